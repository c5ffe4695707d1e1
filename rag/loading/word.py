"""Word: styles and numbers make headings and items, tables rows; notes, text boxes, headers and footers stand in the text."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from rag.loading.archive import open_archive
from rag.loading.builder import Builder
from rag.loading.charts import append_chart
from rag.loading.grid import append_table, header_beside_labels
from rag.loading.images import lines_within
from rag.loading.items import in_sequence
from rag.loading.notes import with_notes
from rag.loading.ocr_layout import append_lines
from rag.loading.pictures import drawings, is_picture_without_text, source
from rag.loading.pieces import Piece, plain, text_of
from rag.loading.text import split_marker
from rag.loading.word_numbers import Numbers
from rag.loading.word_tables import Lines, is_layout, rows
from rag.loading.word_text import PAGE_NUMBER, Line, Note, Targets, read_line
from rag.loading.word_xml import TABLE, Element, P, Styles, T, W, is_on, unwrapped, value
from rag.types import Document

if TYPE_CHECKING:
    from docx.opc.part import Part

_DEEPEST = 20  # Tables and text boxes in another; what stands deeper is said without its form.
_DEEPEST_ITEM = 8  # Word's own limit.
_MOST_HEADERS = 100  # Parts of a document; each section may bring six.


def load_word(path: Path, name: str) -> list[Document]:
    """A Word document: the headers, the body, the footers; the styles Title and Heading 1-9 open sections."""
    import docx

    open_archive(path, name, "Word document", "word/document.xml").close()
    document = docx.Document(str(path))
    builder = Builder()
    story = _Story(document.part, builder)
    body = document.element.body
    headers, footers = _margin_parts(document.part, body, "header"), _margin_parts(document.part, body, "footer")
    said = {_typed(paragraph) for paragraph in body.iter(P)} if headers or footers else set()
    story.margins(headers, said)
    story.blocks(body, _targets(document.part))
    builder.close_sections()
    story.margins(footers, said)
    silent = (picture for picture in drawings(body) if source(picture) not in story.read_off)
    builder.leave_out("pictures without text", sum(map(is_picture_without_text, silent)))
    return [builder.document(name, builder.title, document.core_properties.title or "")]


class _Story:
    """Appends what stands in a document's parts; numbers go on through all of it, each note is said once."""

    def __init__(self, part: "Part", builder: Builder) -> None:
        self._builder = builder
        style_part = _related(part, "styles")
        self._styles = Styles(_root(style_part) if style_part is not None else part.styles.element)  # type: ignore[attr-defined]
        numbering = _related(part, "numbering")
        self._numbers = Numbers(None if numbering is None else _root(numbering), self._styles)
        self._notes: dict[Note, tuple[Element, Targets]] = {}
        for kind in ("footnotes", "endnotes"):
            if (notes := _related(part, kind)) is not None:
                targets = _targets(notes)
                for note in _root(notes):
                    if note.get(W + "type", "normal") == "normal":
                        self._notes.setdefault((kind, note.get(W + "id") or ""), (note, targets))
        self._drawn = {key: r for key, r in part.rels.items() if not r.is_external and r.reltype.endswith(("/chart", "/image"))}
        self.read_off: set[str] = set()  # Pictures that OCR read something on, by their relation's id.
        self._below: list[list[Piece]] = []  # Notes of a table's first rows: in a column's name they would stand in each row.

    def blocks(self, container: Iterable[Element], targets: Targets, depth: int = 0) -> None:
        """Append the paragraphs and tables of the body, a cell or a text box."""
        carried = Line()  # Of paragraphs whose end was deleted: the next one goes on.
        inner = list(unwrapped(container))
        for block, listed in zip(inner, in_sequence([_typed(block) if block.tag == P else "" for block in inner]), strict=True):
            if block.tag == P:
                carried = self._paragraph(block, targets, depth, carried, listed)
                continue
            if block.tag == TABLE and carried.pieces:
                self._builder.add("paragraph", carried.pieces)
                carried = Line()
            if block.tag == TABLE and depth >= _DEEPEST:
                self._builder.add("paragraph", _flat(block))
            elif block.tag == TABLE and (cell := is_layout(block)) is not None:
                self.blocks(cell, targets, depth + 1)
            elif block.tag == TABLE:
                grid = rows(block, self._styles, lambda cell, top: self._lines(cell, targets, depth + 1, top))
                append_table(self._builder, grid, header_beside_labels, labels=True)
                below, self._below = self._below, []
                for note in below:
                    self._builder.add("paragraph", note)
        if carried.pieces:
            self._builder.add("paragraph", carried.pieces)

    def margins(self, parts: Iterable["Part"], said: set[str]) -> None:
        """Append the lines of headers or footers that nothing else says, without what numbers the page."""
        for part in parts:
            targets = _targets(part)
            for paragraph in _root(part).iter(P):
                line = read_line(paragraph, targets)
                pieces = [piece for stretch in _stretches(line.pieces) for piece in stretch]
                text = text_of(pieces)
                if text not in said and any(map(str.isalpha, text)):
                    said.add(text)
                    self._builder.add("paragraph", pieces)

    def _paragraph(self, paragraph: Element, targets: Targets, depth: int, before: Line, listed: bool) -> Line:
        """Append a paragraph with its text boxes; what the next one has to go on with, where its end was deleted."""
        line = read_line(paragraph, targets)
        properties = paragraph.find(W + "pPr")
        pieces = [*before.pieces, *self._noted(line)]
        if _goes_on(properties):
            return Line(pieces, boxes=[*before.boxes, *line.boxes])
        name = value(properties, "pStyle")
        style = self._styles.of(name)
        number, level = self._numbers.of(properties, name) or (None, 0)
        marker = self._numbers.count(number, level) if number else ""
        if style.contents:
            return Line()
        if style.heading is not None:
            title = self._builder.title
            self._builder.heading(style.heading, [*_before(marker), *pieces])
            if self._builder.title != title:  # The document is not called "1 Scope".
                self._builder.title = text_of(pieces)
        else:
            typed, rest = split_marker(pieces, listed=listed) if marker in ("", "-") else ("", pieces)
            marker = typed or marker or ("-" if style.depth is not None and number is None else "")
            own = value(properties, "numPr", "ilvl") is not None
            level = level if own else max(level, style.depth or 0)
            if marker:
                self._builder.add("item", rest, level=min(level, _DEEPEST_ITEM), marker=marker)
            else:
                self._builder.add("paragraph", rest)
        for box in (*before.boxes, *line.boxes):
            if depth < _DEEPEST:
                self.blocks(box, targets, depth + 1)
            else:
                self._builder.add("paragraph", _flat(box))
        self._append_drawn(line.drawn)
        return Line()

    def _append_drawn(self, keys: Iterable[str]) -> None:
        """Append charts, and what OCR reads on pictures; each once."""
        for key in keys:
            part = self._drawn.pop(key, None)
            if part is not None and part.reltype.endswith("/image"):
                if lines := lines_within(part.target_part.blob, key):
                    self.read_off.add(key)
                    append_lines(self._builder, lines, headings=False)
            elif part is not None:
                _append_chart(self._builder, part.target_part)

    def _noted(self, line: Line, below: bool = False) -> list[Piece]:
        """The pieces of a line with its notes, or with these kept for below the table."""
        pieces = [(text.replace(PAGE_NUMBER, ""), styles) for text, styles in line.pieces]
        found = [(n, self._notes.pop(note)) for n, note in line.notes if note in self._notes]
        if not found:
            return pieces
        rest, self._notes = self._notes, {}  # A note has none of its own.
        notes = [(n, _joined(self._lines(note, targets, _DEEPEST))) for n, (note, targets) in found]
        self._notes = rest
        if below:
            self._below += [note for _, note in notes]
            return pieces
        return with_notes(pieces, notes)

    def _lines(self, cell: Iterable[Element], targets: Targets, depth: int, top: bool = False) -> Lines:
        """The lines of a cell: its text, and one for each row of a table in it."""
        lines: Lines = [[]]
        is_open = True  # Whether text goes on in the last line.
        for block in unwrapped(cell):
            if block.tag == P:
                line = read_line(block, targets)
                properties = block.find(W + "pPr")
                number, level = self._numbers.of(properties, value(properties, "pStyle")) or (None, 0)
                marker = self._numbers.count(number, level) if number else ""
                pieces = [*_before(marker), *self._noted(line, below=top)]
                for box in line.boxes:
                    inner = self._lines(box, targets, depth + 1) if depth < _DEEPEST else [_flat(box)]
                    pieces += [(" ", ()), *_joined(inner)]
                lines[-1] += [*pieces, ("" if _goes_on(properties) else " ", ())]
            elif block.tag == TABLE:
                inner = self._table_lines(block, targets, depth + 1) if depth < _DEEPEST else [_flat(block)]
                if not inner:
                    continue
                if is_open and not text_of(lines[-1]):
                    lines.pop()
                    lines += inner
                else:
                    lines[-1] += inner[0]
                    lines += inner[1:]
                is_open = False
        return lines

    def _table_lines(self, table: Element, targets: Targets, depth: int) -> Lines:
        """A table in a cell: each row as "name: value; name: value", or "label: value" where there are no names."""
        found = rows(table, self._styles, lambda cell, _: self._lines(cell, targets, depth))
        grid = [row for row in found if any(cell.text for cell in row)]
        head = header_beside_labels(grid)
        names = [cell.text for cell in grid[head - 1]] if 0 < head < len(grid) else []
        lines: Lines = []
        for row in grid[head if names else 0 :]:
            line: list[Piece] = []
            for cell, column in zip_longest(row, names[: len(row)]):
                if cell.text:
                    joint = "" if not line else "; " if column or len(row) != 2 else ": "
                    line += [(f"{joint}{column}: " if column else joint, ()), *_trimmed(cell.pieces)]
            lines.append([*line, (" ", ())])
        return lines


def _append_chart(builder: Builder, part: "Part") -> None:
    """Append a chart's values; a chart whose part is damaged is left out."""
    try:
        append_chart(builder, _root(part))
    except (SyntaxError, ValueError):  # what lxml raises is a SyntaxError
        builder.leave_out("unreadable parts", 1, str(part.partname))


def _goes_on(properties: Element | None) -> bool:
    """Whether a paragraph's end was deleted or moved away: the next one stands in it."""
    mark = None if properties is None else properties.find(W + "rPr")
    return mark is not None and (mark.find(W + "del") is not None or mark.find(W + "moveFrom") is not None)


def _before(marker: str) -> list[Piece]:
    return plain(f"{marker} ") if marker not in ("", "-") else []


def _joined(lines: Lines) -> list[Piece]:
    """The lines of a cell on one."""
    pieces: list[Piece] = []
    for line in lines:
        pieces += [*([("; ", ())] if pieces else []), *_trimmed(line)]
    return pieces


def _trimmed(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces without white space at their edges."""
    worded = [n for n, (text, _) in enumerate(pieces) if text.strip()]
    kept = list(pieces[worded[0] : worded[-1] + 1]) if worded else []
    if kept:
        kept[0] = (kept[0][0].lstrip(), kept[0][1])
        kept[-1] = (kept[-1][0].rstrip(), kept[-1][1])
    return kept


def _stretches(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """What tabs part in a header's line, but for the stretches with a page's number."""
    stretch: list[Piece] = []
    for text, styles in (*pieces, ("\t", ())):
        if text != "\t":
            stretch.append((text, styles))
            continue
        if not any(PAGE_NUMBER in text for text, _ in stretch):
            yield [*stretch, (" ", ())]
        stretch = []


def _typed(paragraph: Element) -> str:
    return text_of([(node.text or "", ()) for node in paragraph.iter(T)])


def _flat(element: Element) -> list[Piece]:
    return [(f"{node.text or ''} ", ()) for node in element.iter(T)]


def _root(part: "Part") -> Element:
    from docx.oxml.parser import parse_xml

    element = getattr(part, "element", None)
    return parse_xml(part.blob) if element is None else element


def _related(part: "Part", kind: str) -> "Part | None":
    """The part that a document has of a kind."""
    return next((r.target_part for r in part.rels.values() if not r.is_external and r.reltype.endswith(f"/{kind}")), None)


def _targets(part: "Part") -> Targets:
    return {key: r.target_ref for key, r in part.rels.items() if r.is_external and r.reltype.endswith("/hyperlink")}


def _margin_parts(part: "Part", body: Element, kind: str) -> list["Part"]:
    """The headers or footers that are shown: of first and even pages only where the document has such."""
    settings = _related(part, "settings")
    even = settings is not None and is_on(_root(settings), "evenAndOddHeaders")
    found: dict[str, Part] = {}
    for section in body.iter(W + "sectPr"):
        for reference in section.findall(f"{W}{kind}Reference"):
            form = reference.get(W + "type", "default")
            shown = form == "default" or (even if form == "even" else bool(is_on(section, "titlePg")))
            relation = part.rels.get(next((v for k, v in reference.items() if k.endswith("}id")), ""))
            if shown and relation is not None and not relation.is_external and len(found) < _MOST_HEADERS:
                found.setdefault(str(relation.target_part.partname), relation.target_part)
    return list(found.values())
