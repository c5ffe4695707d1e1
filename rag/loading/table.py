"""CSV and TSV: a table of questions and answers is one document a row; in any other table each row reads as a sentence."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from rag.about import LeftOut
from rag.languages import ANSWER_COLUMNS, QUESTION_COLUMNS
from rag.loading.areas import Line, SheetCell, append_areas
from rag.loading.builder import Builder, Table
from rag.loading.cleaning import has_words, one_line
from rag.loading.encoding import decode
from rag.loading.html_fields import append_field, field_text
from rag.loading.notices import of_values
from rag.loading.pieces import plain
from rag.types import Document

_SAMPLE_ROWS = 50
_SAMPLE_LENGTH = 1 << 16
_MOST_ABOVE = 10  # Rows: the names of questions and answers are looked for in no more.
_MOST_LINES = 20_000  # Rows of a file that is searched for several tables; a longer one is one table, read as it comes.
_MOST_CELLS = 1_000_000
_NUMBER = re.compile(r"[-+]?\d{1,30}(?:[.,]\d{1,30})*")
_LARGEST_FIELD = (1 << 31) - 1


def load_table(path: Path, name: str) -> list[Document]:
    """Documents `name#row=N` of a question/answer table (the first row of the file is row 1), else one document of all rows."""
    rows = _rows(decode(path.read_bytes(), name), "\t" if path.suffix.lower() == ".tsv" else None)
    numbered = ((n, row) for n, row in enumerate(rows, start=1) if any(map(has_words, row)))
    top = list(islice(numbered, _MOST_ABOVE))
    for at, (_, header) in enumerate(top):
        if pair := pair_of(header):
            question, answer = map(header.index, pair)
            found: list[Document] = []
            unanswered: list[int] = []
            for n, row in chain(top[at + 1 :], numbered):
                if len(row) > max(question, answer) and has_words(field_text(row[answer], name)):
                    others = _others(header, row, {question, answer})
                    found.append(pair_document(f"{name}#row={n}", row[question], row[answer], others))
                else:
                    unanswered.append(n)
            if found and unanswered:
                left_out = LeftOut("rows without an answer", len(unanswered), f"row {unanswered[0]}")
                found[0] = replace(found[0], left_out=(left_out,))
            return found
    builder = Builder()
    shown = ((n, [field_text(cell, name) for cell in row]) for n, row in chain(top, numbered))
    start = list(islice(shown, _MOST_LINES + 1))
    if len(start) <= _MOST_LINES and sum(len(row) for _, row in start) <= _MOST_CELLS:
        append_areas(builder, [_line(n, row) for n, row in start])
    elif start:
        append_rows(builder, start[0][1], (row for _, row in chain(start[1:], shown)))
    return [builder.document(name)]


def _line(n: int, row: Sequence[str]) -> Line:
    cells = {
        column: SheetCell(text, number=_NUMBER.fullmatch(text) is not None) for column, text in enumerate(row) if text.strip()
    }
    return Line(n, cells)


def _others(header: Sequence[str], row: Sequence[str], known: set[int]) -> Iterator[tuple[str, str]]:
    """The columns beside question and answer, with their names."""
    for n, value in enumerate(row):
        if n not in known and value.strip():
            yield header[n] if n < len(header) else "", value


def pair_of(fields: Sequence[str]) -> tuple[str, str] | None:
    """The two of `fields` that name a question and its answer, where there are such."""
    known = {field.strip().casefold(): field for field in reversed(fields)}
    question = next((known[key] for key in known if key in QUESTION_COLUMNS), None)
    answer = next((known[key] for key in known if key in ANSWER_COLUMNS), None)
    return (question, answer) if question is not None and answer is not None else None


def pair_document(name: str, question: str, answer: str, fields: Iterable[tuple[str, str]] = ()) -> Document:
    """A question and its answer: the title is the question, the text is both, the question as a heading.

    `fields`, the names and values beside them, follow as a paragraph each.
    """
    fields, question = list(fields), field_text(question, name)
    builder = Builder()
    builder.about = of_values((field, [value]) for field, value in fields)
    builder.add("heading", plain(one_line(question)))
    append_field(builder, answer, name)
    append_fields(builder, fields, name)
    return builder.document(name, question)


def append_fields(builder: Builder, fields: Iterable[tuple[str, str]], name: str) -> None:
    """Append each value below its name, as "name: value"; `name` is the document's."""
    for field, value in fields:
        append_field(builder, value, name, label=one_line(field).rstrip(":： "))


def append_rows(builder: Builder, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Append rows below their column names; the header alone, as a row without names, where there are none."""
    table = table_below(header)
    seen = False
    for row in rows:
        builder.row(table, [plain(cell) for cell in row])
        seen = True
    if not seen:
        builder.row(Table(), [plain(cell) for cell in header])


def table_below(header: Sequence[str], caption: str = "") -> Table:
    """The table whose columns a row names."""
    names = [one_line(cell).rstrip(":： ") for cell in header]
    while names and not names[-1]:
        names.pop()
    return Table(tuple(names), caption)


def _rows(text: str, delimiter: str | None) -> Iterator[list[str]]:
    csv.field_size_limit(_LARGEST_FIELD)
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return csv.reader(io.StringIO(lines, newline="\n"), delimiter=delimiter or _delimiter(lines[:_SAMPLE_LENGTH]))


def _delimiter(sample: str) -> str:
    """The sign that cuts most rows of the sample into the same number of cells, at least two."""

    def agreement(sign: str) -> int:
        rows = csv.reader(io.StringIO(sample, newline="\n"), delimiter=sign)
        widths = [len(row) for row in islice(rows, _SAMPLE_ROWS) if row]
        return max((widths.count(width) for width in set(widths) if width > 1), default=0)

    return max(",;\t|", key=agreement)
