"""JSON lines: one document a line, of its question and answer, its title and text, or all its fields."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rag.about import LeftOut
from rag.errors import LoadError
from rag.loading.builder import Builder
from rag.loading.encoding import decode
from rag.loading.html_fields import append_field
from rag.loading.notices import of_values
from rag.loading.table import append_fields, pair_document, pair_of
from rag.types import Document

_DEEPEST = 50  # Levels of a record; what is deeper stands as JSON.
_MOST_FIELDS = 10_000  # Of a record.


def load_lines(path: Path, name: str) -> list[Document]:
    """Documents `name#line=N`, counted from 1. Lines that are no JSON object are left out; where they are half of all or more,
    the file is "damaged".
    """
    found: list[Document] = []
    failed: list[tuple[int, LoadError]] = []
    for n, line in enumerate(decode(path.read_bytes(), name).split("\n"), start=1):
        if line.strip():
            try:
                found.append(_document(name, n, line))
            except LoadError as error:
                if error.reason != "damaged":
                    raise
                failed.append((n, error))
    if failed:
        if len(failed) >= len(found):
            raise failed[0][1]
        left_out = LeftOut("lines that are no JSON", len(failed), f"line {failed[0][0]}")
        found[0] = replace(found[0], left_out=(left_out,))
    return found


def _document(name: str, n: int, line: str) -> Document:
    try:
        # A number stays as it is written: 189.00 and 12345678901234567890 are no floats.
        record = json.loads(line, parse_float=_Number, parse_int=_Number)
    except (ValueError, RecursionError) as error:
        raise LoadError("damaged", f"{name}: line {n} is not JSON ({error}); correct or remove it") from None
    if not isinstance(record, dict):
        raise LoadError("damaged", f"{name}: line {n} is no JSON object but {line[:40]!r}; write one object a line")
    texts = [key for key, value in record.items() if isinstance(value, str) and not isinstance(value, _Number)]
    if pair := pair_of(texts):
        question, answer = (record.pop(key) for key in pair)
        return pair_document(f"{name}#line={n}", question, answer, list(_fields(record, name, n)))
    builder = Builder()
    if len(record) == len(texts) == 1:
        append_field(builder, record[texts[0]], name)
    else:
        fields = list(_fields(record, name, n))
        builder.about = of_values((field, [value]) for field, value in fields)
        append_fields(builder, fields, name)
    return builder.document(f"{name}#line={n}")


class _Number(str):
    """A number of JSON as it is written."""

    __slots__ = ()


def _fields(record: dict[str, object], name: str, n: int) -> Iterator[tuple[str, str]]:
    """The values of a record with their paths ("specs.poles"), in its order; a list of plain values is one value."""
    waiting = [(key, value, 1) for key, value in reversed(record.items())]
    found = 0
    while waiting:
        path, value, depth = waiting.pop()
        if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
            value = ", ".join(map(_said, filter(lambda item: item not in (None, ""), value)))
        if isinstance(value, dict | list) and depth < _DEEPEST:
            inner = value.items() if isinstance(value, dict) else enumerate(value, start=1)
            waiting += [(f"{path}.{key}", item, depth + 1) for key, item in reversed(list(inner))]
            continue
        if text := _said(value):
            found += 1
            if found > _MOST_FIELDS:
                raise LoadError(
                    "too large", f"{name}: line {n} has more than {_MOST_FIELDS:,} fields; cut it into several lines"
                )
            yield path, text


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)
