"""Excel: each visible sheet is a section, its tables are read as they are shown; merged cells stand in all they span."""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from rag.errors import LoadError
from rag.languages.detect import READ, written_in
from rag.loading.archive import open_archive
from rag.loading.areas import Line, SheetCell, append_areas
from rag.loading.builder import Builder
from rag.loading.formulas import Place, Workbook
from rag.loading.pieces import plain
from rag.loading.sheet_cells import Merged, SheetRow, parsed, read_merged, read_rows
from rag.types import Document

_MOST_ROWS = 200_000
_MOST_COMPUTED = 500_000  # Cells that formulas without a stored value are computed from: some 100 MB.
_READ_ROWS = 1_000  # Of each sheet, for the texts that the language is told by.
_LONGEST_REPEATED = 200  # Characters: a longer value stands once, in the first cell of its span.
_MOST_REPEATED = 1_000_000  # Cells of a workbook; beyond, each value stands once.


def load_sheets(path: Path, name: str) -> list[Document]:
    """A workbook, without its hidden sheets, rows and columns. Raises LoadError "too large"."""
    import openpyxl

    with open_archive(path, name, "Excel workbook", "xl/workbook.xml") as archive:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        builder = Builder()
        values = _Formulas(book)
        language = _language(book)
        seen = 0
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                builder.leave_out("hidden sheets", 1, sheet.title)
                continue
            with archive.open(sheet._worksheet_path) as source:
                merged = list(read_merged(source))
            hidden: set[int] = set()
            rows = []
            for row in read_rows(sheet, language, hidden, builder.leave_out, values):
                rows.append(row)
                seen += 1
                if seen > _MOST_ROWS:
                    raise LoadError("too large", f"{name} has more than {_MOST_ROWS:,} rows; split it into smaller workbooks")
            if rows:
                builder.heading(1, plain(sheet.title))
                append_areas(builder, list(_lines(rows, merged, hidden)), labels=True)
        builder.leave_out("pictures without text", sum(member.startswith("xl/media/") for member in archive.namelist()))
    return [builder.document(name, book.properties.title or "")]


def _language(book: Any) -> str:
    """The language of the first texts of a workbook, as `written_in` tells it."""
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    rows = chain.from_iterable(islice(parsed(sheet, set()), _READ_ROWS) for sheet in sheets)
    texts = (cell["value"] for _, _, cells in rows for cell in cells if isinstance(cell["value"], str))
    sample = ""
    while len(sample) < READ and (text := next(texts, None)) is not None:
        sample += f"{text[:READ]}\n"
    return written_in(sample)


class _Formulas:
    """Values of formulas that were stored without one; all cells are read when the first is asked for."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._values: Workbook | None = None

    def __call__(self, sheet: str, row: int, column: int) -> object:
        if self._values is None:
            cells = dict(islice(self._cells(), _MOST_COMPUTED + 1))
            self._values = Workbook(cells if len(cells) <= _MOST_COMPUTED else {})  # Of a part, sums would be wrong.
        return self._values.value((sheet, row, column))

    def _cells(self) -> Iterator[tuple[Place, object]]:
        for sheet in self._book.worksheets:
            for number, _, cells in parsed(sheet, set()):
                for cell in cells:
                    formula = cell.get("formula")
                    value = (formula,) if formula and cell["value"] is None else cell["value"]
                    if value is not None:
                        yield (sheet.title, number, cell["column"]), value


def _lines(rows: list[SheetRow], merged: list[Merged], hidden: set[int]) -> Iterator[Line]:
    """The rows with merged cells in all they span, counted without the hidden rows and columns.

    A row that is a single value over several columns holds it once.
    """
    starts: dict[int, list[Merged]] = {}
    for span in merged:
        starts.setdefault(span.top, []).append(span)
    hanging: list[tuple[Merged, SheetCell]] = []
    last = max(max(row.cells) for row in rows)  # No row is filled beyond.
    places = {column: n for n, column in enumerate(column for column in range(last + 1) if column not in hidden)}
    left = _MOST_REPEATED
    skipped = 0
    for row in rows:
        hanging = [(span, cell) for span, cell in hanging if span.bottom >= row.number]
        skipped += row.hidden_above
        cells = dict(row.cells)
        band = False
        filled = list(hanging)
        for span in starts.get(row.number, ()):
            cell = row.cells.get(span.left)
            if cell is None:
                continue
            if len(row.cells) == 1 and span.right > span.left:
                band = True
            elif len(cell.text) <= _LONGEST_REPEATED:
                filled.append((span, cell))
            if span.bottom > row.number and len(cell.text) <= _LONGEST_REPEATED:
                hanging.append((span, cell))
        for span, cell in filled:
            for column in range(span.left, min(span.right, last) + 1):
                if left > 0 and column in places:
                    cells.setdefault(column, cell)
                    left -= 1
        yield Line(row.number - skipped, {places[column]: cells[column] for column in sorted(cells)}, band)
