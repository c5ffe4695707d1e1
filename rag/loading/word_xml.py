"""WordprocessingML as python-docx parses it: names, values that may be wrong or missing, content controls, styles."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
T, P, TABLE, ROW, CELL, SDT = W + "t", W + "p", W + "tbl", W + "tr", W + "tc", W + "sdt"
TEXT_BOX = W + "txbxContent"
ALTERNATE = MC + "AlternateContent"
MATH_T = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_WRAPPERS = frozenset((SDT, W + "customXml", W + "smartTag", W + "ins", W + "moveTo", ALTERNATE))
_HEADING = re.compile(r"heading ([1-9])$", re.IGNORECASE)
_CONTENTS = re.compile(r"toc [1-9]$", re.IGNORECASE)
_LIST = re.compile(r"List\b.*?(\d)?$")
_TOP = re.compile(r"..[2367ABEF].", re.IGNORECASE)  # In hexadecimal, with the bit of a first row that is drawn as a header.
_OFF = frozenset(("0", "false", "off", "none"))
_LONGEST_CHAIN = 20  # Styles that one builds on; hostile ones build on themselves.

Element = Any  # lxml has no types of its own.


def value(element: Element, *path: str) -> str | None:
    """The attribute `w:val` of the element at the end of a path of children; None where either is missing."""
    for name in path:
        element = None if element is None else element.find(W + name)
    found = None if element is None else element.get(W + "val")
    return None if found is None else str(found)


def whole(text: str | None, low: int, high: int) -> int | None:
    """A whole number, moved into its bounds; None where there is none."""
    try:
        return None if text is None or len(text) > 12 else min(max(int(text), low), high)
    except ValueError:
        return None


def is_on(properties: Element, name: str) -> bool | None:
    """A switch among the properties; None where it is not set."""
    switch = None if properties is None else properties.find(W + name)
    return None if switch is None else switch.get(W + "val", "1") not in _OFF


def inside(wrapper: Element) -> Iterable[Element]:
    """What stands for a wrapper: of alternatives the first with text; nothing of placeholders and tables of contents."""
    if wrapper.tag == ALTERNATE:
        said: Iterable[Element] = next((b for b in wrapper if next(b.iter(T, MATH_T, CHART), None) is not None), ())
        return said
    children: Iterable[Element] = wrapper
    if wrapper.tag != SDT:
        return children
    properties = wrapper.find(W + "sdtPr")
    if properties is not None and is_on(properties, "showingPlcHdr"):
        return ()
    if value(properties, "docPartObj", "docPartGallery") == "Table of Contents":
        return ()
    content: Iterable[Element] | None = wrapper.find(W + "sdtContent")
    return () if content is None else content


def unwrapped(element: Iterable[Element]) -> Iterator[Element]:
    """The children, with those of content controls, insertions and alternatives in their place."""
    stack = [iter(element)]
    while stack:
        for child in stack[-1]:
            if child.tag in _WRAPPERS:
                stack.append(iter(inside(child)))
                break
            yield child
        else:
            stack.pop()


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """What a style, own or inherited, makes of a paragraph: a heading's level (Title is 0), the depth of a list's item, the
    list and level that number it; `contents` is a line of the table of contents."""

    heading: int | None = None
    depth: int | None = None
    number: int | None = None
    level: int | None = None
    contents: bool = False
    names: tuple[str, ...] = ()


class Styles:
    """The styles of a document's paragraphs and tables by their ids."""

    def __init__(self, root: Element) -> None:
        self._elements: dict[str | None, Element] = {}
        self._tables: dict[str | None, Element] = {}
        self._default: str | None = None
        for style in root.findall(W + "style"):
            if style.get(W + "type") == "table":
                self._tables[style.get(W + "styleId")] = style
            if style.get(W + "type") in ("paragraph", "numbering"):
                self._elements[style.get(W + "styleId")] = style
                if style.get(W + "type") == "paragraph" and style.get(W + "default", "0") not in _OFF:
                    self._default = style.get(W + "styleId")
        self._found: dict[str | None, ParagraphStyle] = {}

    def of(self, name: str | None) -> ParagraphStyle:
        """The style of a paragraph that names this id."""
        if name not in self._found:
            self._found[name] = self._resolve(name if name in self._elements else self._default)
        return self._found[name]

    def has_bold_top(self, table: Element) -> bool:
        """Whether a table's style, own or inherited, sets its first row in bold, and the table has it do so."""
        look = table.find(f"{W}tblPr/{W}tblLook")
        if look is None or look.get(W + "firstRow", "1" if _TOP.fullmatch(look.get(W + "val") or "") else "0") in _OFF:
            return False
        name = value(table, "tblPr", "tblStyle")
        for _ in range(_LONGEST_CHAIN):
            style = self._tables.get(name)
            if style is None:
                break
            for part in style.findall(W + "tblStylePr"):
                if part.get(W + "type") == "firstRow" and (bold := is_on(part.find(W + "rPr"), "b")) is not None:
                    return bold
            name = value(style, "basedOn")
        return False

    def _resolve(self, name: str | None) -> ParagraphStyle:
        chain: list[str] = []
        heading = depth = number = level = None
        contents = False
        while name in self._elements and name not in chain and len(chain) < _LONGEST_CHAIN:
            style = self._elements[name]
            chain.append(str(name))
            title = value(style, "name") or ""
            contents = contents or _CONTENTS.match(title) is not None
            if heading is None and depth is None:
                if match := _HEADING.match(title):
                    heading = int(match[1])
                elif title == "Title":
                    heading = 0
                elif match := _LIST.match(title):
                    depth = int(match[1] or 1) - 1
            if number is None:
                number = whole(value(style, "pPr", "numPr", "numId"), 0, 1 << 31)
            if level is None:
                level = whole(value(style, "pPr", "numPr", "ilvl"), 0, 8)
            name = value(style, "basedOn")
        return ParagraphStyle(heading, depth, number, level, contents, tuple(chain))
