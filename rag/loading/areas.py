"""A sheet's filled cells to tables: what stands above a header, which rows name the columns, where another table begins.

Excel and CSV say nothing of this. A header is told by what it holds (texts above numbers, bold above plain), not by its place
alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low

from rag.loading.builder import Builder, Table
from rag.loading.cleaning import one_line
from rag.loading.grid import names_two
from rag.loading.pieces import plain

_SAMPLE = 50  # Rows: what a table is like shows in its first ones.
_DEEPEST = 8  # Tables beside tables below tables.
_LONGEST_NAME = 60  # Characters: what is longer is a text, no name of a column.
_LONGEST_TITLE = 30  # Characters of a name over a single column.
_MOST_LEVELS = 5  # Rows of a header.
_FULL = 0.6  # Of the cells of most rows: a row above them with fewer is no header.
_COMMA = re.compile(r",(?=\d{1,2}$)")  # A decimal one.


@dataclass(frozen=True, slots=True, eq=False)
class SheetCell:
    """A cell as it is shown; `strong`: its font is bold. `number`: its value is a number or a moment, not a text.

    A cell that spans others is the same object in each.
    """

    text: str
    strong: bool = False
    number: bool = False

    @property
    def digits(self) -> bool:
        """Whether it holds a number or a digit."""
        return self.number or any(map(str.isdigit, self.text))


@dataclass(slots=True, eq=False)
class Line:
    """A row's filled cells by their column. `position` counts the visible rows; `band`: one cell over several columns."""

    position: int
    cells: dict[int, SheetCell]
    band: bool = False

    @property
    def lone(self) -> bool:
        """Whether it is one cell and nothing else."""
        return self.band or len(self.cells) == 1


def append_areas(builder: Builder, lines: Sequence[Line], *, labels: bool = False) -> None:
    """Append the tables and texts of one sheet; a text directly above a table is its caption too.

    `labels`: two columns are labels and values where their first row is not bold, unless it stands above numbers.
    """
    caption = ""
    for area in _areas(list(lines), _DEEPEST):
        if all(line.lone for line in area) and len({column for line in area for column in line.cells}) == 1 and len(area) < 3:
            for line in area:
                builder.add("paragraph", plain(_first(line)))
            caption = _first(area[0])
            continue
        _append(builder, area, caption, labels)
        caption = ""


def _areas(lines: list[Line], depth: int) -> list[list[Line]]:
    for cut in (_stacked, _beside):
        parts = cut(lines)
        if len(parts) > 1 and depth:
            return [area for part in parts for area in _areas(part, depth - 1)]
    return [lines]


def _stacked(lines: list[Line]) -> list[list[Line]]:
    """The tables below each other: a blank row parts them where the rows below it are not those of the table above."""
    groups: list[list[Line]] = []
    for line in lines:
        if groups and line.position == groups[-1][-1].position + 1:
            groups[-1].append(line)
        else:
            groups.append([line])
    parts = groups[:1]
    for group in groups[1:]:
        if _is_new(parts[-1], group):
            parts.append(group)
        else:
            parts[-1] += group
    return parts


def _is_new(before: list[Line], after: list[Line]) -> bool:
    """Whether the rows below a blank one begin another table, or are a text of their own."""
    above, below = before[:_SAMPLE], after[:_SAMPLE]
    wide = any(not line.lone for line in above)
    full = [line for line in below if not line.lone]
    if not wide or not full or not _columns(above) & _columns(below):
        return wide or bool(full)
    head, rest = full[0], full[1:]
    if rest and _is_strong(head):
        return len(above) == 1 or not all(map(_is_strong, above[1:]))
    if any(map(_is_strong, above)) or any(cell.digits or len(cell.text) > _LONGEST_NAME for cell in head.cells.values()):
        return False
    if not rest or len(head.cells) < max(len(line.cells) for line in rest):
        return False
    values = [[line.cells[column] for line in rest if column in line.cells] for column in head.cells]
    contrast = any(column and all(cell.digits for cell in column) for column in values)
    return contrast or max(len(line.cells) for line in above) != len(head.cells)


def _beside(lines: list[Line]) -> list[list[Line]]:
    """The tables beside each other, parted by blank columns."""
    blocks: list[list[int]] = []
    for column in sorted(_columns(lines)):
        if blocks and column == blocks[-1][-1] + 1:
            blocks[-1].append(column)
        else:
            blocks.append([column])
    if len(blocks) < 2:
        return [lines]
    parts = [(blocks[0], _within(lines, blocks[0]))]
    for block in blocks[1:]:
        columns, left = parts[-1]
        right = _within(lines, block)
        if _are_two(left, right, block[0] - columns[-1] - 1):
            parts.append((block, right))
        else:
            parts[-1] = ([*columns, *block], _within(lines, [*columns, *block]))
    return [part for _, part in parts]


def _within(lines: list[Line], columns: list[int]) -> list[Line]:
    kept = [(line, {column: line.cells[column] for column in columns if column in line.cells}) for line in lines]
    return [Line(line.position, cells, line.band) for line, cells in kept if cells]


def _are_two(left: list[Line], right: list[Line], gap: int) -> bool:
    """Whether two groups of columns are two tables, and not one with a blank column.

    A row of one table that is cut loses its subject; two tables read as one still say each value beside its name. So it
    takes a sign: other rows, a wide gap, the same names again, or texts as keys beside numbers.
    """
    tables = [[line for line in part if not line.lone] for part in (left, right)]
    if any(len(table) < 2 for table in tables):
        return False
    one, two = tables
    if gap > 1 or (one[0].position, one[-1].position) != (two[0].position, two[-1].position):
        return True
    names = [{cell.text.casefold() for cell in table[0].cells.values()} for table in tables]
    if names[0] & names[1]:
        return True
    first = min(two[0].cells)
    keys = [line.cells.get(first) for line in two]
    values = [cell for line in two[1:] for column, cell in line.cells.items() if column != first]
    texts = [key.text for key in keys if key and not key.digits]
    return len(set(texts)) == len(keys) and bool(values) and all(cell.digits for cell in values)


def _append(builder: Builder, lines: list[Line], caption: str, labels: bool) -> None:
    """Append one table: the texts above its header, and its rows below their names."""
    columns = sorted(_columns(lines))
    top = _top(lines, len(columns))
    for line in lines[:top]:
        if line.lone:
            builder.add("paragraph", plain(_first(line)))
            caption = caption or _first(line)
        else:
            builder.row(Table(labelled=True), [plain(cell.text) for cell in line.cells.values()])
    depth = 0 if labels and _is_of_labels(lines[top:], columns) else _depth(lines[top : top + _SAMPLE])
    if not depth and len(columns) == 1:
        for line in lines[top:]:
            builder.add("paragraph", plain(_first(line)))
        return
    head, body = lines[top : top + depth], lines[top + depth :]
    names = _names(head, columns)
    caption = one_line(caption)
    firsts = [line.cells[columns[0]] for line in body if columns[0] in line.cells]
    pairs = not depth and len(columns) == 2 and (len(body) > 1 or top > 0) and not any(first.number for first in firsts)
    table, lone = Table(names, caption, labelled=pairs), Table(("",), caption)
    said = {tuple(_texts(line, columns)) for line in head if len(line.cells) > 1}
    if all(tuple(_texts(line, columns)) in said for line in body):  # nothing but a header, once or more
        body, table, said = head, Table(("",) * len(columns), caption), set()
    for line in body:
        texts = _texts(line, columns)
        if line.band:
            builder.row(lone, [plain(_first(line))])
        elif tuple(texts) not in said:  # Not a header that is printed again.
            builder.row(table, [plain(text) for text in texts])


def _top(lines: list[Line], width: int) -> int:
    """The number of rows above the header: titles, notes and whatever has fewer cells than most rows have."""
    counts = [len(line.cells) for line in lines[:_SAMPLE] if not line.band]
    least = max(min(2, width), _FULL * median_low(counts)) if counts else 0
    return next((n for n, line in enumerate(lines[:_SAMPLE]) if not line.band and len(line.cells) >= least), 0)


def _depth(lines: list[Line]) -> int:
    """The number of rows that name the columns: one where a row stands above what differs from it, more where cells span."""
    head, body = lines[0], [line for line in lines[1:] if not line.band]
    if not body:
        return 0
    if len(_columns(lines)) == 1:
        text = _first(head)
        return int(
            _is_strong(head) != _is_strong(lines[1])
            or (len(lines) > 2 and len(text) <= _LONGEST_TITLE and text[-1] not in ".!?。")
        )
    if not _is_strong(head) and not _can_name(head, body):
        return 0
    depth = 1
    while depth < min(_MOST_LEVELS, len(lines) - 1):
        row, below = lines[depth - 1].cells, lines[depth]
        spans = any(row[column] is row.get(column + 1) or row[column] is below.cells.get(column) for column in row)
        if not spans or below.band or any(cell.number and not cell.strong for cell in below.cells.values()):
            break
        depth += 1
    return depth


def _is_of_labels(lines: Sequence[Line], columns: Sequence[int]) -> bool:
    """Whether two columns are labels and values: nothing tells a first row that names them from the others."""
    if len(columns) != 2 or _is_strong(lines[0]):
        return False
    cells = ([line.cells[column] for line in lines if column in line.cells] for column in columns)
    return not names_two([["0" if cell.number else cell.text for cell in column] for column in cells])


def _can_name(head: Line, body: Sequence[Line] = ()) -> bool:
    """Whether a row's cells can be names: short, and no numbers above numbers unless they ascend, as years and sizes do."""
    if (
        any(len(cell.text) > _LONGEST_NAME for cell in head.cells.values())
        and body
        and any(cell.number for cell in head.cells.values())
    ):
        return False
    numbers = [
        cell.text
        for column, cell in head.cells.items()
        if cell.number and any(column in line.cells and line.cells[column].number for line in body[:_SAMPLE])
    ]
    if not numbers:
        return True
    points = [_COMMA.sub(".", text) for text in numbers]
    values = [float(text) if text.replace(".", "", 1).isdecimal() else -1.0 for text in points]
    return len(values) > 1 and values[0] >= 0 and all(a < b for a, b in pairwise(values))


def _names(head: list[Line], columns: list[int]) -> tuple[str, ...]:
    names = []
    for column in columns:
        levels = [one_line(line.cells[column].text).rstrip(":： ") for line in head if column in line.cells]
        names.append(" ".join(text for n, text in enumerate(levels) if text not in levels[:n]))
    return tuple(names) if any(names) else ()


def _is_strong(line: Line) -> bool:
    return all(cell.strong for cell in line.cells.values())


def _columns(lines: Sequence[Line]) -> set[int]:
    return {column for line in lines for column in line.cells}


def _texts(line: Line, columns: Sequence[int]) -> list[str]:
    return [line.cells[column].text if column in line.cells else "" for column in columns]


def _first(line: Line) -> str:
    return next(iter(line.cells.values())).text
