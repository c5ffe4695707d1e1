"""The visible cells of an Excel sheet: hidden rows and columns, and cells that are only styled, are left out while reading."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from rag.about import LeftOutKind
from rag.loading.areas import SheetCell
from rag.loading.number_format import shown

_MOST_MERGED = 100_000
_MERGED = re.compile(rb"""<(?:\w{1,20}:)?mergeCell\s[^<>]{0,200}?\bref=["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")
_MOST_COLUMNS = 1 << 14
_CHUNK = 1 << 20
_OVERLAP = 300
_YES = ("1", "true", "on")


@dataclass(frozen=True, slots=True)
class Merged:
    """Rows and columns of a merged range, both ends included; rows count from 1, columns from 0."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(slots=True)
class SheetRow:
    """A row's cells by their column (from 0), and how many hidden rows stand between it and the row read before it."""

    number: int
    cells: dict[int, SheetCell]
    hidden_above: int = 0


LeaveOut = Callable[[LeftOutKind, int, str], None]
"""Called with what is not read, how much of it, and where it is."""

Compute = Callable[[str, int, int], object]
"""Called with a sheet's title, row and column (from 1) of a formula without a stored value; gives its value, or None."""


def read_rows(sheet: Any, language: str, hidden: set[int], leave_out: LeaveOut, compute: Compute) -> Iterator[SheetRow]:
    """The rows that have a value in a column that is not hidden; `hidden` is filled with the hidden columns, from 0.

    `sheet` is a read-only sheet of openpyxl, `language` what numbers are shown in.
    """
    above = 0
    unread: set[int] = set()  # Hidden columns with a value.
    for number, attributes, cells in parsed(sheet, hidden):
        if attributes.get("hidden") in _YES or attributes.get("ht") == "0":
            leave_out("hidden rows", any(cell["value"] is not None for cell in cells), f"{sheet.title}, row {number}")
            above += 1
            continue
        row: dict[int, SheetCell] = {}
        for cell in cells:
            column = cell["column"] - 1
            value = cell["value"]
            if column in hidden:
                if value is not None or cell.get("formula"):
                    unread.add(column)
                continue
            if value is None and cell.get("formula"):
                value = compute(sheet.title, number, cell["column"])
                if value is None:
                    leave_out("formulas without a value", 1, f"{sheet.title}, row {number}")
                    continue
            if value is None:
                continue
            code, strong = _style(sheet.parent, cell["style_id"])
            text = shown(value, code, language)
            if text and not text.isspace():
                row[column] = SheetCell(text, strong, not isinstance(value, str))
        if row:
            yield SheetRow(number, row, above)
            above = 0
    leave_out("hidden columns", len(unread), sheet.title)


def parsed(sheet: Any, hidden: set[int]) -> Iterator[tuple[int, dict[str, str], list[dict[str, Any]]]]:
    """Number, attributes and cells of each row that is not blank or is hidden, by the reader of openpyxl.

    A formula without a stored value has the value None and its text under "formula".
    """
    from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

    class Parser(WorkSheetParser):  # type: ignore[misc]
        row_counter: int

        def parse_column_dimensions(self, col: Any) -> None:
            if col.get("hidden") in _YES or col.get("width") == "0":
                hidden.update(range(int(col.get("min")) - 1, min(int(col.get("max")), _MOST_COLUMNS)))

        def parse_row(self, row: Any) -> Any:
            self.row_counter = int(float(row.get("r") or self.row_counter + 1))
            self.col_counter = 0
            # A cell without a child is only styled; without a name it still counts as a column.
            cells = [self.parse_cell(cell) for cell in row if len(cell) or not cell.get("r")]
            return self.row_counter, (dict(row.attrib), cells)

        def parse_cell(self, element: Any) -> Any:
            cell = super().parse_cell(element)
            formula = element.find(FORMULA_TAG)
            if formula is not None and (cell["value"] is None or formula.get("t") == "shared"):
                text = self.parse_formula(element)
                if cell["value"] is None and isinstance(text, str):
                    cell["formula"] = text
                elif cell["value"] is None:
                    cell["formula"] = "="  # Of an array or a data table: not computed.
            return cell

    book = sheet.parent
    with book._archive.open(sheet._worksheet_path) as source:
        parser = Parser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for number, (attributes, cells) in parser.parse():
            if cells or attributes.get("hidden"):
                yield number, attributes, cells


def _style(book: Any, style: int) -> tuple[str, bool]:
    """The number format of a style and whether its font is bold; those of the default where the style is unknown."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    try:
        kind = book._cell_styles[style]
        number = kind.numFmtId
        code = (
            BUILTIN_FORMATS.get(number, "General")
            if number < BUILTIN_FORMATS_MAX_SIZE
            else book._number_formats[number - BUILTIN_FORMATS_MAX_SIZE]
        )
        return code, bool(book._fonts[kind.fontId].b)
    except (IndexError, KeyError):
        return "General", False


def read_merged(source: IO[bytes]) -> Iterator[Merged]:
    """The merged ranges of a sheet, which the reader of big sheets leaves out."""
    from openpyxl.utils import column_index_from_string

    tail = b""
    found = 0
    while (chunk := source.read(_CHUNK)) and found < _MOST_MERGED:
        data = tail + chunk
        for match in _MERGED.finditer(data):
            left, top, right, bottom = (part.decode() for part in match.groups())
            found += 1
            yield Merged(int(top), int(bottom), column_index_from_string(left) - 1, column_index_from_string(right) - 1)
        tail = data[max(data.rfind(b">") + 1, len(data) - _OVERLAP) :]
