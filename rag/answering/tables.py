"""The tables that answers rest on, whole: the rows of all passages that one is cut into, and what their cells say."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.answering.measures import NUMBER, parsed
from rag.languages import NO_CELLS, YES_CELLS
from rag.languages.chinese import simplified
from rag.text import CJK, is_number, normalise, stem, words
from rag.types import Block, Chunk

_RUN = re.compile(rf"[{CJK}]+")
_ITEM = re.compile(r"\s*[,;/·|，；、]\s*|\s+[&+]\s+")
_ALONE = re.compile(rf"([^\d\-−–]*)({NUMBER})([^\d\-−–]*)")
_BEGINS, _OF_LONGER = 4, 0.6  # characters that two words begin with alike at least, and their share of the longer


@dataclass(frozen=True, slots=True)
class Row:
    """A row in its passage, and the texts of its cells."""

    chunk: Chunk
    block: Block
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of a table below the names of its columns. `names` are what it is called: title, headings, caption; `about` is
    all that says what its rows are.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    names: tuple[str, ...]
    about: str

    def values(self, column: int) -> list[str]:
        return [row.cells[column] for row in self.rows]

    def flags(self, column: int) -> list[bool] | None:
        """Whether each row has what a column of yes and no names; None of another column."""
        flags = {value: _flag(value) for value in set(self.values(column))}
        known = self.columns[column] and None not in flags.values()
        return [bool(flags[value]) for value in self.values(column)] if known else None

    def numbers(self, column: int) -> list[float] | None:
        """The number of each row, where each cell has one, in the same unit, and no two readings."""
        language = self.rows[0].chunk.about.language
        found: list[float] = []
        unit: str | None = None
        for cell in self.values(column):
            value = _number(cell, language)
            if value is None or unit not in {None, value[1]}:
                return None
            found.append(value[0])
            unit = value[1]
        return found if self.columns[column] else None

    def words(self, column: int) -> dict[str, list[str]]:
        """What a column lists, by its words."""
        found: dict[str, list[str]] = {}
        for item in {item for cell in set(self.values(column)) for item in items(cell)}:
            for piece in pieces(item):
                found.setdefault(piece, []).append(item)
        return found


def table_with(chunk: Chunk, row: Block, passages: Sequence[Chunk]) -> Table | None:
    """The table that a row of a passage belongs to, out of all passages of the document, in order.

    None where its rows cannot be told surely: one is cut, or another table of the document has the same columns.
    """
    runs = list(_runs(passages))
    place = chunk.start + row.start
    at = next((n for n, run in enumerate(runs) if any(one.start + block.start == place for one, block in run)), None)
    if at is None or not row.columns:
        return None
    for n, run in enumerate(runs):
        block = run[0][1]
        if n != at and block.kind == "row" and (block.columns == row.columns or (abs(n - at) == 1 and _part(block, row))):
            return None
    rows = tuple(Row(one, block, tuple(one.text[start:end].strip() for start, end in block.cells)) for one, block in runs[at])
    names = tuple(filter(None, (chunk.title, *chunk.headings, row.caption)))
    return Table(row.columns, rows, names, " ".join((chunk.document, *names, row.columns[0])))


def _runs(passages: Sequence[Chunk]) -> Iterator[list[tuple[Chunk, Block]]]:
    """The blocks of passages, each once: rows of one table together, all else alone."""
    run: list[tuple[Chunk, Block]] = []
    seen = -1
    for chunk in passages:
        for block in chunk.blocks:
            if chunk.start + block.start <= seen:
                continue
            seen = chunk.start + block.start
            before = run[-1][1] if run else None
            if not before or before.kind != "row" or _kind(before) != _kind(block):
                if run:
                    yield run
                run = []
            run.append((chunk, block))
    if run:
        yield run


def _kind(block: Block) -> tuple[object, ...]:
    return block.kind, block.columns, block.caption


def _part(block: Block, row: Block) -> bool:
    """Whether a row may be a part of one that is as long as another."""
    return set(block.columns) <= set(row.columns)


@lru_cache(maxsize=4096)
def _flag(value: str) -> bool | None:
    said = normalise(value).strip(" .")
    return True if said in YES_CELLS else False if said in NO_CELLS else None


@lru_cache(maxsize=16384)
def _number(cell: str, language: str) -> tuple[float, str] | None:
    """The number that a cell is, and what stands beside it."""
    match = _ALONE.fullmatch(cell)
    if match is None:
        return None
    value = float(match[2]) if match[2].isdecimal() else parsed(match[2], language)
    return (value, normalise(match[1].strip() + " " + match[3].strip())) if value is not None else None


def beside(cell: str) -> tuple[str, str]:
    """What stands before and behind the number that a cell is."""
    match = _ALONE.fullmatch(cell)
    return (match[1], match[3]) if match else ("", "")


@lru_cache(maxsize=4096)
def pieces(text: str) -> tuple[str, ...]:
    """The words of a text, a run of Chinese, Japanese or Korean as one."""
    found: list[tuple[int, str]] = [(match.start(), simplified(match[0])) for match in _RUN.finditer(text)]
    found += [(start, text[start:end]) for start, end in words(text) if not _RUN.match(text[start])]
    return tuple(piece for _, piece in sorted(found))


def items(cell: str) -> list[str]:
    """What a cell lists: "English, Polish" is two."""
    return [item for item in _ITEM.split(cell) if item]


def holds(text: str, piece: str) -> bool:
    """Whether a text has a word, inflection aside, or a run of Chinese."""
    return any(is_in(piece, other) for other in pieces(text))


def is_in(piece: str, other: str) -> bool:
    """Whether a word is another, inflection aside, or a run of Chinese holds another."""
    return piece in other if _RUN.match(piece) else alike(piece, other)


def made_of(text: str, asked: Sequence[str]) -> bool:
    """Whether each word of a text is among those asked; of Chinese, each character in one of the runs."""
    for piece in pieces(text):
        if _RUN.match(piece):
            for run in sorted(asked, key=len, reverse=True):
                piece = piece.replace(run, "") if _RUN.match(run) else piece  # noqa: PLW2901 - what is left of it
            if piece:
                return False
        elif not any(alike(piece, word) for word in asked):
            return False
    return True


@lru_cache(maxsize=65536)
def alike(one: str, other: str) -> bool:
    """Whether two words are forms of one: "dimmbare" and "dimmbar", "certificate" and "certified"."""
    a, b = normalise(one).replace("-", ""), normalise(other).replace("-", "")
    if a == b or a[:2] != b[:2] or is_number(one) or is_number(other):
        return a == b
    if stem(a) == stem(b):
        return True
    shared = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return shared >= max(_BEGINS, _OF_LONGER * max(len(a), len(b)))
