"""Tables of a PDF page: those between ruled lines, those between horizontal lines only, and those told by their columns alone.

What is taken for a table and is none does more harm than a table that is missed, as its lines are torn apart. So words that
merely stand in columns are a table only where something besides says so: numbers, or a header.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.loading.grid import Cell, guessed_header
from rag.loading.pdf_alignment import Row, aligned_rows, split_rows
from rag.loading.pdf_cells import cell_of
from rag.loading.pdf_rules import Grid, Rule, Rules, connected, grids, page_rules
from rag.loading.pdf_words import Box, PageTable, Word

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_SAME_END = 6.0  # Points: the lines of one table begin and end at the same places.
_LONGEST_CELL = 120  # Words: what encloses more is a frame around text, no cell.
_FULL_ROWS = 0.4  # Of a table's rows have several texts, ...
_FILLED = 0.3  # ... of its cells one, ...
_NUMBER = re.compile(r"[-+−±<>≤≥~≈]?\s?[$€£¥]?\s?\d")
_NUMBERS = 0.75  # Of a column of numbers.
_LONGEST_NAME = 60  # Characters.
_BOOKED = 3  # Lines of a table in a book: above and below the header, and at the end.
_MOST_STACKED = 80  # Lines; more are those of ruled paper.
_MOST_LEVELS = 3  # Rows of a header.
_BLOCKS = 0.2  # ... and no more of these span both columns and rows, as the boxes of a drawing do.


def tables(page: "PdfPage", words: Sequence[Word]) -> list[PageTable]:
    """The tables of an upright page, whose words these are, from top to bottom."""
    return tables_among(words, page_rules(page))


def tables_among(words: Sequence[Word], rules: Rules) -> list[PageTable]:
    """The tables among upright words and ruled lines, from top to bottom."""
    found = [table for grid in grids(rules) if (table := _of_grid(grid, words)) is not None]
    for stack in _stacks(rules, found):
        found += _of_stack(stack, _outside(words, found))
    for row in aligned_rows(_outside(words, found), rules.across):
        found.append(_table(row))
    return sorted(found, key=lambda table: (table.box[1], table.box[0]))


def continued(before: PageTable, after: PageTable, header: int) -> PageTable | None:
    """Where `after`, a page's first table, goes on with `before`, the last of the page before: `after` below its header.

    None where it does not: then its columns are others or stand elsewhere. `header` is the number of rows that name the columns
    of `before`. Where these stand again on the new page, `after` stays as it is.
    """
    widths = [sum(cell.width for cell in table.rows[0]) for table in (before, after)]
    if widths[0] != widths[1] or any(abs(before.box[n] - after.box[n]) > _SAME_END for n in (0, 2)):
        return None
    head = before.rows[:header]
    if [[cell.text for cell in row] for row in head] == [[cell.text for cell in row] for row in after.rows[:header]]:
        return after
    return PageTable(after.box, (*head, *after.rows))


def _names_numbers(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether the first row has short texts in all columns but the first, and numbers stand below one of them."""
    first, *body = rows
    if any(cell.width > 1 for cell in first) or not all(cell.text and len(cell.text) <= _LONGEST_NAME for cell in first[1:]):
        return False
    for n, name in enumerate(first[1:], start=1):
        below = [row[n].text for row in body if len(row) == len(first) and row[n].text]
        if below and not _NUMBER.match(name.text) and sum(map(bool, map(_NUMBER.match, below))) >= _NUMBERS * len(below):
            return True
    return False


def _outside(words: Sequence[Word], found: Iterable[PageTable]) -> list[Word]:
    boxes = [table.box for table in found]
    return [word for word in words if not any(_holds(box, word) for box in boxes)]


def _holds(box: Box, word: Word) -> bool:
    return box[0] <= (word.x0 + word.x1) / 2 <= box[2] and box[1] <= (word.y0 + word.y1) / 2 <= box[3]


def _of_grid(grid: Grid, words: Sequence[Word]) -> PageTable | None:
    """The table in a grid; None where it is a frame, a drawing or a form without text."""
    inside: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        if _holds(grid.box, word):
            column = bisect_right(grid.xs, (word.x0 + word.x1) / 2) - 1
            row = bisect_right(grid.ys, (word.y0 + word.y1) / 2) - 1
            inside.setdefault((min(column, len(grid.xs) - 2), min(row, len(grid.ys) - 2)), []).append(word)
    filled: dict[tuple[int, int, int, int], list[Word]] = {}
    for column, row, width, height in grid.cells:
        places = [(column + n, row + m) for m in range(height) for n in range(width)]
        filled[column, row, width, height] = [word for place in places for word in inside.get(place, ())]
    if any(len(cell) > _LONGEST_CELL for cell in filled.values()):
        return None
    kept_columns = sorted({c for (column, _, width, _), cell in filled.items() if cell for c in range(column, column + width)})
    used = {column for (column, _, width, _), cell in filled.items() if cell and width == 1}
    kept_columns = [column for column in kept_columns if column in used] or kept_columns
    rows: list[list[Cell]] = []
    for n in range(len(grid.ys) - 1):
        line = [(place, filled[place]) for place in filled if place[1] == n]
        open_rows = [place for place in filled if place[1] < n < place[1] + place[3]]
        spans = [place for place, _ in line if place[3] > 1] or open_rows
        parts = None if spans else split_rows([(place[0], place[2], cell) for place, cell in line])
        if parts is not None:
            rows += [
                [Cell(cell_of(ws), width=_span(kept_columns, c, w)) for c, w, ws in part if _span(kept_columns, c, w)]
                for part in parts
            ]
            continue
        cells = [
            Cell(cell_of(cell), width=width, height=place[3])
            for place, cell in line
            if (width := _span(kept_columns, place[0], place[2]))
        ]
        rows.append(cells)
    rows = _without_blank(rows)
    full = sum(1 for row in rows if sum(1 for cell in row if cell.text) > 1)
    blocks = sum(1 for (_, _, width, height), cell in filled.items() if cell and width > 1 and height > 1)
    texts = sum(map(bool, filled.values()))
    is_drawing = blocks > texts * _BLOCKS or texts < len(filled) * _FILLED
    if len(kept_columns) < 2 or full < max(2, len(rows) * _FULL_ROWS) or is_drawing:
        return None
    return PageTable(grid.box, with_header(rows, 0))


def _span(kept: Sequence[int], column: int, width: int) -> int:
    return sum(1 for n in kept if column <= n < column + width)


def _without_blank(rows: list[list[Cell]]) -> list[list[Cell]]:
    """The rows without those at which nothing begins or spans; blank ones that others span are kept."""
    kept: list[list[Cell]] = []
    hanging = 0
    for row in rows:
        if hanging or any(cell.text for cell in row):
            kept.append(row)
        hanging = max([hanging, *(cell.height for cell in row)]) - 1
    return kept


def _stacks(rules: Rules, found: Sequence[PageTable]) -> Iterator[list[Rule]]:
    """Lines across the page that begin and end at the same places, three or more below each other, outside the tables found.

    Those with sides are of one frame: several boxes below each other are no table.
    """
    framed = [group.across for group in connected(rules)]
    inside = {rule for group in framed for rule in group}
    for lines in (*framed, [rule for rule in rules.across if rule not in inside]):
        free = [rule for rule in lines if not any(_covers(table.box, rule) for table in found)]
        while free:
            stack = [rule for rule in free if _same_ends(rule, free[0])]
            free = [rule for rule in free if not _same_ends(rule, stack[0])]
            if 2 < len(stack) <= _MOST_STACKED:
                yield stack


def _covers(box: Box, rule: Rule) -> bool:
    return box[1] - 1 <= rule.at <= box[3] + 1 and rule.end > box[0] and rule.start < box[2]


def _same_ends(one: Rule, other: Rule) -> bool:
    return abs(one.start - other.start) <= _SAME_END and abs(one.end - other.end) <= _SAME_END


def _of_stack(stack: Sequence[Rule], words: Sequence[Word]) -> list[PageTable]:
    """The tables between lines: from the top, as many lines as enclose nothing but rows of columns; and so on below."""
    found: list[PageTable] = []
    first = 0
    while first < len(stack) - 2:
        table: PageTable | None = None
        last = first + 2
        while last < len(stack) and (wider := _between(stack[first : last + 1], words)) is not None:
            table, last = wider, last + 1
        if table is not None:
            found.append(table)
        first = last - 1 if table is not None else first + 1
    return found


def _between(stack: Sequence[Rule], words: Sequence[Word]) -> PageTable | None:
    box = (stack[0].start, stack[0].at, stack[0].end, stack[-1].at)
    rows = aligned_rows([word for word in words if _holds(box, word)], stack, ruled=True)
    return _table(rows[0], stack) if rows else None


def _table(rows: Sequence[Row], stack: Sequence[Rule] = ()) -> PageTable:
    boxes = [row.box for row in rows]
    box = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    cells = [row.cells for row in rows]
    first = next((rule.at for rule in stack[1:]), box[1]) if len(stack) == _BOOKED else box[1]
    return PageTable(box, with_header(cells, sum(row.box[3] <= first + _SAME_END for row in rows)))


def with_header(rows: Sequence[Sequence[Cell]], header: int) -> tuple[tuple[Cell, ...], ...]:
    """Rows of which the first `header` are known to name the columns, or a row with cells that span others and the next.

    Cells of a header that stand over one cell each, or that stand alone, are what `append_table` needs to see as such.
    """
    depth = header
    if not header and not (rows[0][0].text and not any(cell.text for cell in rows[0][1:])):  # No title of the table.
        while depth < min(_MOST_LEVELS, len(rows) - 1) and any(c.text and c.width > 1 for c in rows[depth]):
            depth += 1
        depth += depth > 0
    if not depth and guessed_header(rows) == 0 and _names_numbers(rows):
        depth = 1
    if depth >= len(rows):
        depth = 0
    return tuple(tuple(replace(cell, heads=True) for cell in row) if n < depth else tuple(row) for n, row in enumerate(rows))
