"""Excel: each sheet is a section, its first row names the columns of the rows below; merged cells stand in all they span."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from rag.errors import LoadError
from rag.loading.archive import open_archive
from rag.loading.builder import Builder, Table
from rag.loading.pieces import plain
from rag.loading.table import table_below
from rag.types import Document

_MOST_ROWS = 200_000
_MOST_MERGED = 100_000
_LONGEST_REPEATED = 200  # Characters: a longer value stands once, in the first cell of its span.
_MERGED = re.compile(rb"""<(?:\w{1,20}:)?mergeCell\s[^<>]{0,200}?\bref=["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")
_CHUNK = 1 << 20
_OVERLAP = 300


@dataclass(frozen=True, slots=True)
class _Merged:
    """Rows and columns of a merged range, both ends included; rows count from 1, columns from 0."""

    top: int
    bottom: int
    left: int
    right: int


def load_sheets(path: Path, name: str) -> list[Document]:
    """A workbook: the first row of a sheet names the columns; one above it that is a single merged cell is the caption."""
    import openpyxl

    with open_archive(path, name, "Excel workbook", "xl/workbook.xml") as archive:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        builder = Builder()
        seen = 0
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            with archive.open(sheet._worksheet_path) as source:
                merged = list(_merged(source))
            rows = []
            for row in _filled(sheet.iter_rows(values_only=True), merged):
                rows.append(row)
                seen += 1
                if seen > _MOST_ROWS:
                    raise LoadError("too large", f"{name} has more than {_MOST_ROWS:,} rows; split it into smaller workbooks")
            if rows:
                builder.heading(1, plain(sheet.title))
                _append(builder, rows)
    return [builder.document(name, book.properties.title or "")]


def _append(builder: Builder, rows: list[tuple[list[str], bool]]) -> None:
    caption = ""
    first = 0
    while first + 1 < len(rows) and rows[first][1]:
        title = next(filter(None, rows[first][0]))
        builder.add("paragraph", plain(title))
        caption = caption or title
        first += 1
    table, lone = table_below(rows[first][0] if first + 1 < len(rows) else (), caption), Table(("",), caption)
    for row, is_title in rows[first + 1 :] or rows[first:]:
        builder.row(lone if is_title else table, [plain(value) for value in row if value or not is_title])


def _filled(rows: Any, merged: list[_Merged]) -> Iterator[tuple[list[str], bool]]:
    """The rows that have values, and whether one is a single value over several columns, which it then holds once."""
    starts: dict[int, list[_Merged]] = {}
    for span in merged:
        starts.setdefault(span.top, []).append(span)
    hanging: list[tuple[_Merged, str]] = []
    widest = 0  # Of the rows so far: no row is filled beyond.
    for number, values in enumerate(rows, start=1):
        hanging = [(span, value) for span, value in hanging if span.bottom >= number]
        row = [_cell(value) for value in values]
        widest = max(widest, len(row))
        row += [""] * (widest - len(row) if hanging or number in starts else 0)
        own = sum(1 for value in row if value)
        band = False
        for span, value in hanging:
            if own:
                _fill(row, span.left, span.right, value)
        for span in starts.get(number, ()):
            value = row[span.left] if span.left < len(row) else ""
            if not value:
                continue
            if own == 1 and span.right > span.left:
                band = True
            elif len(value) <= _LONGEST_REPEATED:
                _fill(row, span.left, span.right, value)
            if span.bottom > number and len(value) <= _LONGEST_REPEATED:
                hanging.append((span, value))
        if own:
            yield row, band


def _fill(row: list[str], left: int, right: int, value: str) -> None:
    """Write a value into the blank cells of a range, as far as the row has cells."""
    for column in range(left, min(right + 1, len(row))):
        row[column] = row[column] or value


def _merged(source: IO[bytes]) -> Iterator[_Merged]:
    """The merged ranges of a sheet, which the reader of big sheets leaves out."""
    from openpyxl.utils import column_index_from_string

    tail = b""
    found = 0
    while (chunk := source.read(_CHUNK)) and found < _MOST_MERGED:
        data = tail + chunk
        for match in _MERGED.finditer(data):
            left, top, right, bottom = (part.decode() for part in match.groups())
            found += 1
            yield _Merged(int(top), int(bottom), column_index_from_string(left) - 1, column_index_from_string(right) - 1)
        tail = data[max(data.rfind(b">") + 1, len(data) - _OVERLAP) :]


def _cell(value: object) -> str:
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, float):
        return f"{value:.15g}"  # 0.1 + 0.2 as Excel shows it.
    return "" if value is None else str(value)
