"""What parent and parser process say to each other: one JSON object a line, checked when read; never pickle."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from typing import Any, get_args

from rag.about import LeftOut, LeftOutKind, about_of, said
from rag.errors import LoadError
from rag.loading.pieces import is_target
from rag.types import Block, BlockKind, Document, Mark, MarkKind, Section

_BLOCK_KINDS = frozenset(get_args(BlockKind))
_MARK_KINDS = frozenset(get_args(MarkKind))
_LEFT_OUT_KINDS = frozenset(get_args(LeftOutKind))


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
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise ValueError(f"malformed reply: {error!r}") from error


def _line(reply: dict[str, Any]) -> bytes:
    return json.dumps(reply, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def _plain(document: Document) -> list[Any]:
    sections = [[section.start, section.end, section.headings, section.page] for section in document.sections]
    tables: dict[tuple[tuple[str, ...], str], int] = {}  # A hundred thousand rows share their columns and caption.
    blocks = [
        [
            *(block.start, block.end, block.kind, block.level, block.marker),
            tables.setdefault((block.columns, block.caption), len(tables)),
            [position for cell in block.cells for position in cell],
        ]
        for block in document.blocks
    ]
    marks = [[mark.start, mark.end, mark.kind, mark.target] for mark in document.marks]
    besides = [said(document.about), [astuple(part) for part in document.left_out]]
    return [document.name, document.title, document.text, sections, blocks, list(tables), marks, *besides]


def _document(plain: list[Any]) -> Document:
    name, title, text, sections, blocks, tables, marks, about, left_out = plain
    _expect(isinstance(name, str) and isinstance(title, str) and isinstance(text, str), "name, title and text are strings")
    shared = [(tuple(map(_string, columns)), _string(caption)) for columns, caption in tables]
    covering = tuple(_sections(sections, len(text)))
    found = tuple(_blocks(blocks, shared, text))
    return Document(
        name, title, text, covering, found, tuple(_marks(marks, found, text)), about_of(about), tuple(_left_out(left_out))
    )


def _sections(plain: list[Any], length: int) -> Iterable[Section]:
    position = 0
    for start, end, headings, page in plain:
        _expect(
            start == position and isinstance(end, int) and start < end <= length,
            f"sections do not cover the text at {position}",
        )
        _expect(page is None or isinstance(page, int), f"page {page!r} is no number")
        yield Section(start, end, tuple(map(str, headings)), page)
        position = end
    _expect(position == length, f"sections end at {position} of {length}")


def _blocks(plain: list[Any], tables: Sequence[tuple[tuple[str, ...], str]], text: str) -> Iterable[Block]:
    position = 0
    for start, end, kind, level, marker, table, cells in plain:
        _expect(_is_visible(text, start, end, position), f"block {start!r} to {end!r} is none of the text behind {position}")
        _expect(not text[position:start].strip(), f"text before {start} is in no block")
        _expect(kind in _BLOCK_KINDS and type(level) is int and level >= 0, f"block {kind!r} of level {level!r}")
        _expect(type(table) is int and table >= 0, f"table {table!r} is no number")
        _expect(text.startswith(_string(marker), start), f"marker {marker!r} is not where its block begins")
        columns, caption = tables[table]
        spans = tuple(_cells(cells, start, end))
        _expect(len(spans) == len(columns) and (kind == "row" or not spans), f"{len(spans)} cells in {len(columns)} columns")
        yield Block(start, end, kind, level, marker, columns, spans, caption)
        position = end
    _expect(not text[position:].strip(), f"text behind {position} is in no block")


def _cells(plain: list[Any], start: int, end: int) -> Iterable[tuple[int, int]]:
    position = start
    for first, last in zip(plain[::2], plain[1::2], strict=True):
        _expect(type(first) is int and type(last) is int and position <= first <= last <= end, f"cell {first!r} to {last!r}")
        yield first, last
        position = last


def _marks(plain: list[Any], blocks: Sequence[Block], text: str) -> Iterable[Mark]:
    """Marks in the order of their starts, each in one block."""
    at = position = 0
    for start, end, kind, target in plain:
        _expect(_is_visible(text, start, end, position), f"mark {start!r} to {end!r} is none of the text from {position}")
        while at < len(blocks) and blocks[at].end <= start:
            at += 1
        _expect(at < len(blocks) and blocks[at].start <= start and end <= blocks[at].end, f"mark at {start} is in no block")
        _expect(kind in _MARK_KINDS, f"mark {kind!r}")
        _expect(is_target(_string(target)) if kind == "link" else not target, f"{kind} to {target!r}")
        yield Mark(start, end, kind, target)
        position = start


def _left_out(plain: list[Any]) -> Iterable[LeftOut]:
    for kind, count, where in plain:
        _expect(kind in _LEFT_OUT_KINDS and type(count) is int and count > 0, f"{count!r} {kind!r} left out")
        yield LeftOut(kind, count, _string(where))


def _is_visible(text: str, start: Any, end: Any, lowest: int) -> bool:
    """Whether a stretch of text is in bounds and neither begins nor ends with white space."""
    within = type(start) is int and type(end) is int and lowest <= start < end <= len(text)
    return within and not (text[start].isspace() or text[end - 1].isspace())


def _string(value: Any) -> str:
    _expect(isinstance(value, str), f"{value!r} is no string")
    return str(value)


def _expect(right: bool, otherwise: str) -> None:
    if not right:
        raise TypeError(otherwise)
