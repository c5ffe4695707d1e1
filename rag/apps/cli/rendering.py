"""A text with its blocks and marks to what a terminal shows: tables as tables, items as lines, links with their targets.

Whatever comes from documents, models or people is shown and never obeyed: control characters become pictures of themselves,
and nothing is read as rich's markup. Positions are characters of the text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from rag.types import Block, Mark

Note = tuple[int, str]
"""(position, text) of what is put into a text that is not its own: the marker of a citation."""
Style = tuple[int, int, str]
"""(start, end, style) of a stretch."""

_MARK_STYLES = {"strong": "bold", "emphasis": "bold", "code": "cyan", "link": "blue", "ocr": ""}
_NARROWEST = 8  # characters of a table's column below which rows are easier to read as labelled lines
_INDENT = "  "
_CODE_INDENT = "    "
# Control characters other than line feed and tab, what turns the direction of writing, and halves of characters.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def inert(text: str) -> str:
    """The text, of the same length, without characters that a terminal obeys or cannot be sent.

    >>> inert("a\\x1b[31mb\\u202e")
    'a␛[31mb�'
    """
    return _OBEYED.sub(_picture, text)


def rendered(
    text: str,
    blocks: Sequence[Block] = (),
    marks: Sequence[Mark] = (),
    *,
    styles: Iterable[Style] = (),
    notes: Iterable[Note] = (),
    width: int = 80,
) -> list[RenderableType]:
    """What to print, one below the other; without blocks, the text as it stands."""
    source = _Source(text, marks, styles, notes)
    parts: list[RenderableType] = []
    at = 0
    groups = list(_grouped(blocks))
    starts = [*(group[0].start for group in groups), len(text)]
    for group, next_start in zip(groups, starts[1:], strict=True):
        parts += _between(source, at, group[0].start)
        at = group[-1].end
        until = at if text[at:next_start].strip() else next_start
        parts += _table(source, group, until, width) if _is_row(group[0]) else _lines(source, group[0], until)
    return [*parts, *_between(source, at, len(text))]


class _Source:
    """The text as it is cut into pieces: each keeps its styles, notes and the targets of its links."""

    def __init__(self, text: str, marks: Sequence[Mark], styles: Iterable[Style], notes: Iterable[Note]) -> None:
        self._text = Text(inert(text))
        self.plain = text
        for mark in marks:
            self._text.stylize(_MARK_STYLES[mark.kind], mark.start, mark.end)
        for start, end, style in styles:
            self._text.stylize(style, start, end)
        targets = {mark.target: mark for mark in reversed(marks) if mark.kind == "link" and mark.target}  # each once
        links = [(mark.end, f" <{inert(target)}>") for target, mark in targets.items() if text[mark.start : mark.end] != target]
        self._notes = sorted([*links, *notes], key=lambda note: note[0])

    def cut(self, start: int, end: int, until: int | None = None) -> Text:
        """`[start, end)`, with the notes after `start` up to `until`, by default its end; those beyond the end stand last."""
        piece, at = Text(), start
        for position, note in self._notes:
            if start < position <= (end if until is None else until):
                piece.append_text(self._text[at : min(position, end)])
                piece.append(note)
                at = min(position, end)
        return piece.append_text(self._text[at:end])


def _is_row(block: Block) -> bool:
    return block.kind == "row" and bool(block.cells)


def _grouped(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """The rows of one table together, every other block by itself."""

    def table(item: tuple[int, Block]) -> object:
        n, block = item
        return (block.columns, block.caption) if _is_row(block) else n

    for _, group in groupby(enumerate(blocks), key=table):
        yield [block for _, block in group]


def _between(source: _Source, start: int, end: int) -> list[RenderableType]:
    """What no block holds: all of a text that has none, otherwise white space, of which an empty line is kept."""
    gap = source.plain[start:end]
    if not gap.strip():
        return [Text()] if start and end < len(source.plain) and gap.count("\n") > 1 else []
    last = start + len(gap.rstrip())
    return [source.cut(last - len(gap.strip()), last, until=end)]


def _lines(source: _Source, block: Block, until: int) -> list[RenderableType]:
    line = source.cut(block.start, block.end, until)
    if block.kind == "heading":
        line.stylize("bold")
    elif block.kind == "item":
        return [Text(_INDENT * block.level).append_text(line)]
    elif block.kind == "code":
        line.stylize("cyan")
        return [*_caption(block), Text("\n").join(Text(_CODE_INDENT).append_text(one) for one in line.split("\n"))]
    return [line]


def _table(source: _Source, rows: Sequence[Block], until: int, width: int) -> list[RenderableType]:
    """A table, or labelled lines where its columns would be too narrow."""
    columns = [inert(name) for name in rows[0].columns]
    columns += [""] * (max(len(row.cells) for row in rows) - len(columns))
    ends = [*(row.start for row in rows[1:]), until]
    cells = [_cells(source, row, end) for row, end in zip(rows, ends, strict=True)]
    table = Table(box=SIMPLE_HEAD, show_header=any(columns), pad_edge=False, show_edge=False)
    for name in columns:
        table.add_column(Text(name), overflow="fold")
    for row in cells:
        table.add_row(*row)
    console = Console(width=width)
    least = max(Measurement.get(console, console.options, table).minimum, (_NARROWEST + 2) * len(columns))
    shown = [table] if least <= width else [_labelled(columns, row) for row in cells]
    return [*_caption(rows[0]), *shown]


def _caption(block: Block) -> list[RenderableType]:
    return [Text(inert(block.caption), style="bold")] if block.caption else []


def _cells(source: _Source, row: Block, until: int) -> list[Text]:
    """Each cell, with the notes up to the next: a marker at the end of the row stands in its last cell."""
    ends = [*(start for start, _ in row.cells[1:]), until]
    return [source.cut(start, end, last) for (start, end), last in zip(row.cells, ends, strict=True)]


def _labelled(columns: Sequence[str], cells: Sequence[Text]) -> Text:
    lines = [
        Text.assemble((f"{name}: ", "bold"), cell) if name else cell
        for name, cell in zip(columns, cells, strict=False)
        if cell.plain.strip()
    ]
    return Text("\n").join(lines).append("\n")


def _picture(match: re.Match[str]) -> str:
    character = match.group()
    return chr(0x2400 + ord(character)) if character < " " else "�"
