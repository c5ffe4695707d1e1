"""A Word paragraph as pieces: runs, links and fields, insertions without deletions, notes and text boxes to be placed."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rag.loading.pieces import Piece, Style, link, within
from rag.loading.word_xml import ALTERNATE, CHART, MATH_T, SDT, TEXT_BOX, Element, T, W, inside, is_on, value

PAGE_NUMBER = "\x00"  # Stands for the field of a page's number; no XML can hold it.
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRONG, _EMPHASIS = Style("strong"), Style("emphasis")  # One for all runs: Word cuts a bold stretch into many.
_SIGNS: dict[str, Callable[[Element], str]] = {  # What stands for an element.
    **dict.fromkeys((T, MATH_T), lambda text: text.text or ""),
    **dict.fromkeys((W + "tab", W + "ptab"), lambda _: "\t"),
    W + "cr": lambda _: "\n",
    W + "br": lambda br: " " if br.get(W + "type") in ("page", "column") else "\n",
    W + "noBreakHyphen": lambda _: "-",
}
_FIELD_PARTS = (W + "fldChar", W + "instrText")
_NOTES = {W + "footnoteReference": "footnotes", W + "endnoteReference": "endnotes"}
_DRAWN = {  # The attribute with the relation's id.
    CHART: _R + "id",
    "{http://schemas.openxmlformats.org/drawingml/2006/main}blip": _R + "embed",
    "{urn:schemas-microsoft-com:vml}imagedata": _R + "id",
}
_LEFT_OUT = frozenset(W + name for name in ("del", "moveFrom", "rPr", "pPr", "sdtPr", "rt", "tbl", "p"))
_UNREAD = ("vanish", "strike", "dstrike")  # Of a run: hidden, or struck as no longer valid.
_ADDRESS = re.compile(r'\s*HYPERLINK\s+"([^"\s]{1,2000})"')
_PAGE = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b")
_LONGEST_FIELD = 3_000  # Characters of a field's instruction.

Targets = Mapping[str, str]
"""Addresses of the links of a part by their relation's id."""

Note = tuple[str, str]
"""The part of a note ("footnotes" or "endnotes") and its id."""


@dataclass(slots=True, eq=False)
class Line:
    """What one paragraph says; `notes` stand before the piece of their number, `boxes` and `drawn` are anchored in it."""

    pieces: list[Piece] = field(default_factory=list)
    notes: list[tuple[int, Note]] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)  # Charts and pictures, by their relation's id.


@dataclass(slots=True, eq=False)
class _Field:
    """A field that is open: its instruction until `shown`, then its result, which may be a link or a page's number."""

    instruction: str = ""
    shown: bool = False
    style: Style | None = None
    is_page: bool = False

    def show(self) -> None:
        self.shown = True
        match = _ADDRESS.match(self.instruction)
        self.style = link(match[1]) if match else None
        self.is_page = _PAGE.match(self.instruction) is not None


def read_line(paragraph: Element, targets: Targets) -> Line:
    """The pieces, notes and text boxes of a paragraph."""
    line = Line()
    _read(paragraph, targets, (), line, [])
    return line


def _read(element: Element, targets: Targets, styles: tuple[Style, ...], line: Line, fields: list[_Field]) -> None:
    """Append what stands inside an element; no deeper than the parser lets elements stand in another (256)."""
    for child in inside(element) if element.tag in (ALTERNATE, SDT) else element:
        tag = child.tag
        if tag == W + "r":
            _read_run(child, targets, styles, line, fields)
        elif tag in _SIGNS:
            _say(_SIGNS[tag](child), styles, line, fields)
        elif tag in _FIELD_PARTS:
            _turn(child, line, fields)
        elif tag == W + "hyperlink":
            _read(child, targets, within(styles, link(_target(child, targets))), line, fields)
        elif tag in _NOTES:
            line.notes.append((len(line.pieces), (_NOTES[tag], child.get(W + "id") or "")))
        elif tag == TEXT_BOX:
            line.boxes.append(child)
        elif tag in _DRAWN:
            line.drawn.append(child.get(_DRAWN[tag]) or "")
        elif isinstance(tag, str) and tag not in _LEFT_OUT:
            if tag == W + "fldSimple":
                _open_simple(child, fields)
            _read(child, targets, styles, line, fields)
            if tag == W + "fldSimple":
                _close(line, fields)


def _read_run(run: Element, targets: Targets, styles: tuple[Style, ...], line: Line, fields: list[_Field]) -> None:
    """Append what a run says; of one that is left out no more than where fields begin and end."""
    properties = run.find(W + "rPr")
    if any(is_on(properties, name) for name in _UNREAD):
        for part in run.iter(*_FIELD_PARTS):
            _turn(part, line, fields)
    else:
        _read(run, targets, _styled(properties, styles), line, fields)


def _target(hyperlink: Element, targets: Targets) -> str:
    address, anchor = targets.get(hyperlink.get(_R + "id") or "", ""), hyperlink.get(W + "anchor")
    return f"{address}#{anchor}" if address and anchor else address


def _say(text: str, styles: tuple[Style, ...], line: Line, fields: Sequence[_Field]) -> None:
    if any(opened.is_page for opened in fields[-3:]) or (fields and not fields[-1].shown):
        return
    for opened in fields[-3:]:
        styles = within(styles, opened.style)
    line.pieces.append((text, styles))


def _turn(part: Element, line: Line, fields: list[_Field]) -> None:
    """Follow a field from its begin over its instruction and its result to its end."""
    kind = part.get(W + "fldCharType")
    if part.tag == W + "instrText":
        if fields and not fields[-1].shown:
            fields[-1].instruction = (fields[-1].instruction + (part.text or ""))[:_LONGEST_FIELD]
    elif kind == "begin":
        fields.append(_Field())
    elif kind == "separate" and fields:
        fields[-1].show()
    elif kind == "end":
        _close(line, fields)


def _open_simple(part: Element, fields: list[_Field]) -> None:
    fields.append(_Field((part.get(W + "instr") or "")[:_LONGEST_FIELD]))
    fields[-1].show()


def _close(line: Line, fields: list[_Field]) -> None:
    if fields:
        last = fields.pop()
        if not last.shown:
            last.show()
        if last.is_page:
            line.pieces.append((PAGE_NUMBER, ()))


def _styled(properties: Element | None, styles: tuple[Style, ...]) -> tuple[Style, ...]:
    if properties is None:
        return styles
    named = value(properties, "rStyle")
    bold, italic = is_on(properties, "b"), is_on(properties, "i")
    if bold or (bold is None and named == "Strong"):
        styles = within(styles, _STRONG)
    if italic or (italic is None and named == "Emphasis"):
        styles = within(styles, _EMPHASIS)
    return styles
