"""What parent and parser process say to each other: one JSON object a line, checked when read; never pickle."""

import json
from collections.abc import Iterable
from typing import Any

from rag.errors import LoadError
from rag.types import Document, Section


def pack(documents: Iterable[Document]) -> bytes:
    """The reply that carries documents."""
    return _line({"documents": [_plain(document) for document in documents]})


def pack_error(error: LoadError) -> bytes:
    """The reply that carries a failure."""
    return _line({"reason": error.reason, "message": str(error)})


def unpack(line: bytes) -> tuple[Document, ...]:
    """The documents of a reply. Raises the LoadError it carries, and ValueError where it is malformed."""
    try:
        reply = json.loads(line)
        if "reason" in reply:
            raise LoadError(str(reply["reason"]), str(reply["message"]))
        return tuple(map(_document, reply["documents"]))
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"malformed reply: {error!r}") from error


def _line(reply: dict[str, Any]) -> bytes:
    return json.dumps(reply, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _plain(document: Document) -> list[Any]:
    sections = [[section.start, section.end, section.headings, section.page] for section in document.sections]
    return [document.name, document.title, document.text, sections]


def _document(plain: list[Any]) -> Document:
    name, title, text, sections = plain
    if not (isinstance(name, str) and isinstance(title, str) and isinstance(text, str)):
        raise TypeError("name, title and text are strings")
    return Document(name, title, text, tuple(_sections(sections, len(text))))


def _sections(plain: list[Any], length: int) -> Iterable[Section]:
    position = 0
    for start, end, headings, page in plain:
        if start != position or not (isinstance(end, int) and start < end <= length):
            raise TypeError(f"sections do not cover the text at {position}")
        if not (page is None or isinstance(page, int)):
            raise TypeError(f"page {page!r} is no number")
        yield Section(start, end, tuple(map(str, headings)), page)
        position = end
    if position != length:
        raise TypeError(f"sections end at {position} of {length}")
