"""Blocks of text, headings and pages in, one document with positions out; the one place that cleans text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from rag.about import NOTHING, LeftOut, LeftOutKind
from rag.errors import LoadError
from rag.loading.bold_headings import with_bold_headings
from rag.loading.cleaning import clean, has_words, one_line
from rag.loading.pieces import Piece, flatten
from rag.types import Block, BlockKind, Document, Mark, Section

_LONGEST_HEADING = 200  # A path of headings is embedded with each passage; a longer "heading" is a styled paragraph.
# A cell's span costs some 150 bytes in the process that asks for it, a block some 400. Rows beyond are kept without spans.
_MOST_CELLS = 1_000_000
_MOST_BLOCKS = 1_000_000


def readable(name: str) -> str:
    """A title made of a file name.

    >>> readable("help/returns_policy-2026.pdf")
    'Returns policy 2026'
    """
    stem = one_line(re.sub(r"[-_]+", " ", PurePosixPath(name).stem)) or name
    return stem[:1].upper() + stem[1:]


Place = tuple[tuple[int, str], ...]
"""Headings with their levels, outermost first."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What the rows of one table share. `labelled`: there are no names, but a row's first cell is a label of the second."""

    columns: tuple[str, ...] = ()
    caption: str = ""
    labelled: bool = False


class Builder:
    """Grows one document: `heading` and `page` say where the blocks stand that the other methods append.

    A list item is open from `begin_item` to `end_item` or to the next block that is no text: all text in between is the item,
    a line each; text that follows a table or code in it is a paragraph.
    """

    def __init__(self) -> None:
        self.title = ""  # The first heading of the highest level.
        self.about = NOTHING
        self._left_out: dict[LeftOutKind, LeftOut] = {}
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._marks: list[Mark] = []
        self._cells = 0
        self._path: list[tuple[int, str]] = []
        self._headings: tuple[str, ...] = ()
        self._page: int | None = None
        self._place: tuple[tuple[str, ...], int | None] | None = None  # Of the last block.
        self._starts: list[tuple[int, tuple[str, ...], int | None]] = []
        self._closed: set[int] = set()  # Blocks before which sections end without a heading.
        self._item: tuple[str, int, list[Piece]] | None = None
        self._table: Table | None = None

    def text(self, pieces: Sequence[Piece]) -> None:
        """Append text to the open list item, or else a paragraph."""
        if self._item is None:
            self.add("paragraph", pieces)
        else:
            self._item[2].extend((("\n", ()), *pieces))

    def text_so_far(self) -> str:
        """The text of the blocks appended yet."""
        return "".join(self._parts)

    def begin_item(self, marker: str, level: int) -> None:
        """Open a list item; the text that follows is in it."""
        self.end_item()
        self._item = (marker, level, [])

    def end_item(self) -> None:
        """Append the open list item, where it has text."""
        if self._item is not None:
            (marker, level, pieces), self._item = self._item, None
            self.add("item", pieces, level=level, marker=marker)

    def add(
        self,
        kind: BlockKind,
        pieces: Sequence[Piece],
        *,
        level: int = 0,
        marker: str = "",
        caption: str = "",
        tight: bool = False,
    ) -> None:
        """Append a heading without a section, a paragraph or an item; nothing where it is blank.

        `tight`: on the line after the block before it, as items are after items.
        """
        self.end_item()
        text, marks = flatten(pieces)
        if kind == "heading":
            text = text.replace("\n", " ")
        if text and marker:
            text, marks = f"{marker} {text}", [_moved(mark, len(marker) + 1) for mark in marks]
        if text:
            self._append(Block(0, len(text), kind, level, marker, caption=caption), text, marks, tight=tight)

    def code(self, text: str, caption: str = "") -> None:
        """Append verbatim lines; the block begins behind the first line's indentation."""
        self.end_item()
        if lines := clean(text).strip("\n").rstrip():
            body = lines.lstrip()
            block = Block(0, len(body), "code", caption=one_line(caption)[:_LONGEST_HEADING])
            self._append(block, body, [], indent=lines[: len(lines) - len(body)])

    def row(self, table: Table, cells: Sequence[Sequence[Piece]]) -> None:
        """Append a table's row as "Column: value; Column: value"; nothing where all cells are blank."""
        self.end_item()
        parts: list[str] = []
        spans: list[tuple[int, int]] = []
        marks: list[Mark] = []
        length = 0
        for n, cell in enumerate(cells):
            value, inner = flatten(cell)
            if value:
                name = table.columns[n] if n < len(table.columns) else ""
                joint = _colon(parts[-1]) if parts and table.labelled and n == 1 else "; "
                before = (joint if parts else "") + (name + _colon(name) if name else "")
                parts += (before, value.replace("\n", " "))
                length += len(before)
                marks += [_moved(mark, length) for mark in inner]
                spans.append((length, length + len(value)))
                length += len(value)
            else:
                spans.append((length, length))
        if not length:
            return
        columns = table.columns
        spans += [(length, length)] * (len(columns) - len(spans))
        if len(spans) > len(columns):
            columns = (*columns, *("",) * (len(spans) - len(columns)))
        self._cells += len(spans)
        if self._cells > _MOST_CELLS:
            spans, columns = [], ()
        block = Block(0, length, "row", columns=columns, cells=tuple(spans), caption=table.caption)
        self._append(block, "".join(parts), marks, tight=table is self._table)
        self._table = table

    def heading(self, level: int, pieces: Sequence[Piece]) -> None:
        """Append a heading and open its section; level 1 is the outermost, 0 the title of the whole document.

        What has no words or is too long for a heading is a paragraph.
        """
        self.end_item()
        text, _ = flatten(pieces)
        if self.section(level, text):
            self.add("heading", pieces, level=level)
        else:
            self.add("paragraph", pieces)

    def section(self, level: int, title: str) -> bool:
        """Open the section below a heading that the caller appends; whether `title` can be one."""
        title = one_line(title)
        if not has_words(title) or len(title) > _LONGEST_HEADING:
            return False
        if level <= 1 and not self.title:
            self.title = title
        self._path = [*(outer for outer in self._path if outer[0] < level), (level, title)]
        self._headings = tuple(title for _, title in self._path)
        return True

    def leave_out(self, kind: LeftOutKind, count: int = 1, where: str = "") -> None:
        """Count what is not read of the file; `where` says where the first of it is."""
        if count:
            before = self._left_out.get(kind, LeftOut(kind, 0, one_line(where)[:_LONGEST_HEADING]))
            self._left_out[kind] = LeftOut(kind, before.count + count, before.where)

    @property
    def place(self) -> Place:
        """The headings that what follows stands below, outermost first, to come `back_to`."""
        return tuple(self._path)

    def back_to(self, place: Place) -> None:
        """What follows stands below the headings of `place` again, in the open list item only if it never left them."""
        if place != self.place:
            self.end_item()
        self._closed.add(len(self._blocks))
        self._path = list(place)
        self._headings = tuple(title for _, title in place)

    def close_sections(self) -> None:
        """What follows stands below no heading."""
        self.end_item()
        self.back_to(())

    def page(self, number: int) -> None:
        """What follows stands on this page, counted from 1."""
        self.end_item()
        self._page = number

    def turn_page(self, number: int, characters: int) -> None:
        """The last `characters` of the last block, at least one and not all of it, stand on this page, as does what follows."""
        self._page = number
        self._place = (self._headings, number)
        self._starts.append((self._length - characters, *self._place))

    def document(self, name: str, *titles: str) -> Document:
        """The document, called by the first of `titles` that has words, else after its file.

        Paragraphs in bold letters that stand above text are headings in it. The text ends with its last visible character; the
        sections cover it without gaps. Raises LoadError "too large".
        """
        self.end_item()
        if len(self._blocks) > _MOST_BLOCKS:
            raise LoadError(
                "too large", f"{name} has {len(self._blocks):,} rows and paragraphs; the limit is {_MOST_BLOCKS:,}; split it"
            )
        text = "".join(self._parts)
        ends = [*(start for start, *_ in self._starts[1:]), len(text)]
        sections = tuple(
            Section(start, end, path, page) for (start, path, page), end in zip(self._starts, ends, strict=bool(self._starts))
        )
        title = next((line for line in map(one_line, titles) if has_words(line)), "") or readable(name)
        left_out = tuple(self._left_out.values())
        blocks, marks = tuple(self._blocks), tuple(self._marks)
        document = Document(name, title[:_LONGEST_HEADING], text, sections, blocks, marks, self.about, left_out)
        return with_bold_headings(document, self._closed)

    def _append(self, block: Block, text: str, marks: Sequence[Mark], *, indent: str = "", tight: bool = False) -> None:
        """Append a block whose positions, and those of its marks, count from its own start."""
        if self._blocks:
            last = self._blocks[-1].kind
            gap = "\n" if tight or block.kind == last == "item" else "\n\n"
            self._parts.append(gap)
            self._length += len(gap)
        self._table = None
        place = (self._headings, self._page)
        if place != self._place:
            self._place = place
            self._starts.append((self._length, *place))
        self._parts += (indent, text)
        start = self._length + len(indent)
        cells = tuple([(start + a, start + b) for a, b in block.cells])
        end = start + len(text)
        self._blocks.append(Block(start, end, block.kind, block.level, block.marker, block.columns, cells, block.caption))
        self._marks += [_moved(mark, start) for mark in marks]
        self._length = end


def _colon(label: str) -> str:
    """What parts a label from its value."""
    return " " if label.endswith((":", "：")) else ": "


def _moved(mark: Mark, by: int) -> Mark:
    return Mark(mark.start + by, mark.end + by, mark.kind, mark.target)
