"""JSON lines: one document a line, of its question and answer, its title and text, or all its text fields."""

import json
from pathlib import Path

from rag.errors import LoadError
from rag.loading.builder import Builder
from rag.loading.encoding import decode
from rag.loading.table import pair_document, pair_of
from rag.loading.text import append_text
from rag.types import Document


def load_lines(path: Path, name: str) -> list[Document]:
    """Documents `name#line=N`, counted from 1. A line that is no JSON object makes the whole file "damaged"."""
    lines = decode(path.read_bytes(), name).split("\n")
    return [_document(name, n, line) for n, line in enumerate(lines, start=1) if line.strip()]


def _document(name: str, n: int, line: str) -> Document:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LoadError("damaged", f"{name}: line {n} is not JSON ({error}); correct or remove it") from None
    if not isinstance(record, dict):
        raise LoadError("damaged", f"{name}: line {n} is no JSON object but {line[:40]!r}; write one object a line")
    fields = {key: value for key, value in record.items() if isinstance(value, str)}
    if pair := pair_of(list(fields)):
        return pair_document(f"{name}#line={n}", *(fields[key] for key in pair))
    builder = Builder()
    for key, value in fields.items():
        append_text(builder, value if len(fields) == 1 else f"{key}: {value}")
    return builder.document(f"{name}#line={n}")
