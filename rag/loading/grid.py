"""Rows of cells to row blocks: column names from the header rows, values of merged cells in every row and column they span."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from rag.languages import ANSWER_COLUMNS, QUESTION_COLUMNS
from rag.loading.builder import Builder, Table
from rag.loading.cleaning import one_line
from rag.loading.pieces import Piece, plain, text_of

_LONGEST_REPEATED = 200  # Characters: a longer value stands once, in the first cell of its span.
_MOST_REPEATED = 1_000_000  # Characters and cells a table; beyond, each value stands once.
_MOST_HEADERS = 50  # Rows: a table's names are looked for in no more.
_LONGEST_NAME = 60  # Characters: what is longer is a text, no name of a column.
_FIGURES = re.compile(r"[-+]?\d+(?:[.,: ]\d+)*")


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A cell as its format tells it, with the columns and rows it spans."""

    pieces: Sequence[Piece] = ()
    width: int = 1
    height: int = 1
    heads: bool = False
    text: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", text_of(self.pieces))

    @property
    def bold(self) -> bool:
        """Whether all its text is strong."""
        return all(any(style.kind == "strong" for style in styles) for text, styles in self.pieces if text.strip())


_EMPTY = Cell()


Header = Callable[[Sequence[Sequence[Cell]]], int]
"""Says how many rows at the top of a grid name its columns."""


def append_table(
    builder: Builder, rows: Iterable[Sequence[Cell]], header: Header, caption: str = "", *, labels: bool = False
) -> None:
    """Append a table; the names of several header rows are joined.

    A row that is one cell over all columns is said once, without a name: above the header as a paragraph (and as the caption,
    where there is none). A table that is nothing but header is rows without names. `labels`: two columns without names are
    labels and values.
    """
    grid = (row for row in _filled(rows) if any(cell.text for cell in row))
    caption = one_line(caption)
    if caption:
        builder.text(plain(caption))
    top = list(islice(grid, _MOST_HEADERS + 1))
    while len(top) > 1 and _is_band(top[0]):
        builder.text(top[0][0].pieces)
        caption = caption or top[0][0].text[:_LONGEST_REPEATED]
        del top[0]
    depth = header(top)
    if all(map(_is_band, top[depth:])):
        depth = 0  # The names of no row would be lost.
    names = _names(top[:depth]) if depth < len(top) else ()
    named, lone = Table(names, caption), Table(("",), caption)
    labelled = named if any(names) else Table(names, caption, labelled=True)
    pairs = labels and depth == 0 and len(top) > 1 and all(len(row) == 2 for row in top)
    for row in chain(top[depth:] or top, grid):
        if _is_band(row):
            builder.row(lone, [row[0].pieces])
        else:
            is_pair = (pairs and len(row[0].text) <= _LONGEST_NAME) or (row[0].heads and not row[-1].heads)
            builder.row(labelled if is_pair else named, [cell.pieces for cell in row])


def marked_header(grid: Sequence[Sequence[Cell]]) -> int:
    """The rows at the top that are header cells; where there are none, the first one if it is bold throughout."""
    marked = next((n for n, row in enumerate(grid) if not all(cell.heads or not cell.text for cell in row)), len(grid))
    first = [cell for cell in grid[0] if cell.text] if grid else []
    return marked or int(len(grid) > 1 and len(first) > 1 and all(cell.bold for cell in first))


def guessed_header(grid: Sequence[Sequence[Cell]]) -> int:
    """As `marked_header`; otherwise the first row, where its cells are all filled, short, different and without digits."""
    if (marked := marked_header(grid)) or len(grid) < 2:
        return marked
    texts = [cell.text for cell in grid[0]]
    short = all(text and len(text) <= _LONGEST_NAME and not any(map(str.isdigit, text)) for text in texts)
    return int(len(texts) > 1 and short and len(set(texts)) == len(texts))


def header_beside_labels(grid: Sequence[Sequence[Cell]]) -> int:
    """As `guessed_header`, but two columns are labels and values unless the header is marked, bold, or told by `names_two`."""
    if {len(row) for row in grid} == {2} and not names_two([[row[n].text for row in grid] for n in range(2)]):
        return marked_header(grid)
    return guessed_header(grid)


def names_two(columns: Sequence[Sequence[str]]) -> bool:
    """Whether the first of the texts of two columns names them: it asks and answers, or stands above numbers, or above amounts
    that are written alike ("49 €", "199 €").
    """
    first = {column[0].strip().casefold() for column in columns if column}
    if not first.isdisjoint(QUESTION_COLUMNS) and not first.isdisjoint(ANSWER_COLUMNS):
        return True
    for column in columns:
        name, *forms = [_FIGURES.sub("0", text) for text in column if text] or [""]
        if "0" not in name and len(set(forms)) == 1 and (forms[0] == "0" or (len(forms) > 1 and forms[0].count("0") == 1)):
            return True
    return False


def _names(header: Sequence[Sequence[Cell]]) -> tuple[str, ...]:
    """The columns' names: the levels of the header joined, a name that spans several columns in each."""
    width = max((len(row) for row in header), default=0)
    names = []
    for n in range(width):
        levels = [row[n].text.rstrip(":： ") for row in header if n < len(row)]
        names.append(" ".join(text for k, text in enumerate(levels) if text and text not in levels[:k]))
    return tuple(names)


def _is_band(row: Sequence[Cell]) -> bool:
    """Whether a row is one cell over several columns and nothing else."""
    return len(row) > 1 and row[0].width > 1 and all(cell is row[0] or not cell.text for cell in row)


def _filled(rows: Iterable[Sequence[Cell]]) -> Iterator[list[Cell]]:
    """Rows with a cell in each column; a merged one stands in all that it spans."""
    hanging: dict[int, tuple[Cell, int]] = {}  # Column -> a cell from above and how many rows it still spans.
    left = _MOST_REPEATED
    for row in rows:
        line: list[Cell] = []
        waiting = list(reversed(row))
        last = max(hanging, default=-1)
        while waiting or len(line) <= last:
            column = len(line)
            if column in hanging or not waiting:
                cell, rest = hanging.pop(column, (_EMPTY, 0))
                if rest > 1:
                    hanging[column] = (cell, rest - 1)
                line.append(cell)
                left -= 1 + len(cell.text)
                continue
            cell = waiting.pop()
            repeated = cell if len(cell.text) <= _LONGEST_REPEATED else _EMPTY
            for n in range(cell.width if left > 0 else 1):
                line.append(repeated if n else cell)
                if cell.height > 1:
                    hanging[column + n] = (repeated, cell.height - 1)
                left -= (1 + len(repeated.text)) if n else 0
        if left <= 0:
            hanging.clear()
        if line:
            yield line
