"""Lines of JSON and rows of tables read from a dataset's files; what is wrong is told with its file and line."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rag.errors import RagError


def text_of(path: Path) -> str:
    """The whole file, UTF-8 with or without a byte order mark."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise RagError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise RagError(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8.") from error


def json_of(path: Path) -> Any:
    """The file as one JSON value."""
    try:
        return json.loads(text_of(path))
    except ValueError as error:
        raise RagError(f"{path} is not JSON: {error}.") from error


def json_lines(path: Path, required: Sequence[str]) -> Iterator[dict[str, Any]]:
    """One object a line, each with the required fields; blank lines are skipped."""
    return (record for _, record in numbered_json_lines(path, required))


def numbered_json_lines(path: Path, required: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """`json_lines` with the number of each line, from 1."""
    for n, line in enumerate(text_of(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise RagError(f"{path} line {n} is not JSON ({error}): {line[:60]!r}.") from error
        missing = [name for name in required if not isinstance(record, dict) or name not in record]
        if missing:
            raise RagError(f"{path} line {n} has no {' and no '.join(missing)}: {line[:60]!r}.")
        yield n, record


def table(path: Path, columns: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells of `columns`) of each row; the first row names the columns, others may stand beside them."""
    reader = csv.reader(io.StringIO(text_of(path), newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().casefold() for cell in next(reader, [])]
        missing = [column for column in columns if column not in header]
        if missing:
            raise RagError(f"{path} line 1 has no column {' and none '.join(missing)}: it names {', '.join(header) or 'none'}.")
        places = [header.index(column) for column in columns]
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) <= max(places):
                raise RagError(f"{path} line {reader.line_num} has {len(row)} cells, the header has {len(header)}.")
            yield reader.line_num, [row[place].strip() for place in places]
    except csv.Error as error:
        raise RagError(f"{path} line {reader.line_num} is no row of a table: {error}.") from error
