"""What an answer is made of: a sentence, a whole list item, a table row or a piece of code, as spans of a passage."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from operator import itemgetter
from typing import Generic, TypeVar

from rag.text import sentences, trim
from rag.types import Block, BlockKind, Document, Mark

Stretch = TypeVar("Stretch", Block, Mark)
_RUN = 512  # items that are passed over at once where none of them reaches a passage
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit in characters of the text; headings are units that answer nothing."""

    start: int
    end: int
    kind: BlockKind
    block: Block

    @property
    def answers(self) -> bool:
        """Whether it can be part of an answer."""
        return self.kind != "heading"


def units(text: str, blocks: Sequence[Block] = ()) -> list[Unit]:
    """The units of a text in order; without blocks, the whole text is one paragraph. None overlap."""
    return list(_units(text, tuple(blocks)))


def document_blocks(document: Document) -> tuple[Block, ...]:
    """The blocks of a document; of one that was read before there were any, its headings and what blank lines part."""
    return document.blocks or tuple(_paragraphs(document))


class Sorted(Generic[Stretch]):
    """Blocks or marks, sorted by their start, to be asked for those of a passage without looking at all of them."""

    def __init__(self, items: Sequence[Stretch]) -> None:
        self._items: Sequence[Stretch] = items
        self._starts = [item.start for item in items]
        # of marks, one may stand in another: how far those before reach, and in each run of items those in it
        self._ends = list(accumulate((item.end for item in items), max))
        self._reach = [max(item.end for item in items[at : at + _RUN]) for at in range(0, len(items), _RUN)]

    def within(self, start: int, end: int) -> list[Stretch]:
        """Those that share a character with `[start, end)`."""
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        found: list[Stretch] = []
        for run in range(first // _RUN, -(-last // _RUN)):
            if self._reach[run] > start:
                near = self._items[max(first, run * _RUN) : min(last, (run + 1) * _RUN)]
                found += [item for item in near if item.end > start]
        return found


def clip_block(block: Block, start: int, end: int) -> Block:
    """What of a block lies in `[start, end)`: the rest of an item has no marker, a part of a row only the columns in it."""
    if start <= block.start and block.end <= end:
        return block
    first, last = max(block.start, start), min(block.end, end)
    begin, stop = bisect_right(block.cells, first, key=itemgetter(1)), bisect_left(block.cells, last, key=itemgetter(0))
    inside = range(begin, stop)
    cells = tuple((max(block.cells[n][0], first), min(block.cells[n][1], last)) for n in inside)
    columns = tuple(block.columns[n] for n in inside)
    marker = block.marker if block.start >= start else ""
    return replace(block, start=first, end=last, cells=cells, columns=columns, marker=marker)


def clip_blocks(blocks: Iterable[Block], start: int, end: int) -> tuple[Block, ...]:
    """The blocks of a text within `[start, end)`, in characters from `start` on."""
    inside = (clip_block(block, start, end) for block in blocks if block.start < end and block.end > start)
    return tuple(
        Block(
            block.start - start,
            block.end - start,
            block.kind,
            block.level,
            block.marker,
            block.columns,
            tuple((first - start, last - start) for first, last in block.cells),
            block.caption,
        )
        for block in inside
    )


def clip_marks(marks: Iterable[Mark], start: int, end: int, to: int = 0) -> tuple[Mark, ...]:
    """The marks of a text within `[start, end)`, in characters of a text where this stretch begins at `to`."""
    return tuple(
        replace(mark, start=max(mark.start, start) - start + to, end=min(mark.end, end) - start + to)
        for mark in marks
        if mark.start < end and mark.end > start
    )


@lru_cache(maxsize=1024)
def _units(text: str, blocks: tuple[Block, ...]) -> tuple[Unit, ...]:
    found: list[Unit] = []
    for block in blocks or (Block(0, len(text), "paragraph"),):
        if block.kind == "paragraph":
            spans = [(block.start + a, block.start + b) for a, b in sentences(text[block.start : block.end])]
        else:
            spans = [(block.start, block.end)]
        found += [Unit(start, end, block.kind, block) for start, end in spans if start < end]
    return tuple(found)


def _paragraphs(document: Document) -> Iterator[Block]:
    text = document.text
    for section in document.sections:
        at, heading = section.start, section.headings[-1] if section.headings else None
        for end in [*(match.end() for match in _BLANK_LINES.finditer(text, section.start, section.end)), section.end]:
            start, stop = trim(text, at, end)
            line = text.find("\n", start, stop)
            first = trim(text, start, stop if line < 0 else line)
            if heading and text[slice(*first)].lstrip("# ") == heading:
                yield Block(*first, "heading", max(1, len(section.headings)))
                start, heading = trim(text, first[1], stop)[0], None
            if start < stop:
                yield Block(start, stop, "paragraph")
            at = end
