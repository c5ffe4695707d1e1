"""Evidence in, an answer in the document's own words out: whole units as readable text, and how to render it.

A list is said whole, from the sentence that introduces it; a table's row as a sentence; a heading is no part of an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.types import Block, Chunk, Evidence, Mark
from rag.units import Unit, clip_marks, units

# Items of one list that are said whole when one of them answers; of a longer list only what the reader chose.
_WHOLE_LIST = 12


@dataclass(frozen=True, slots=True)
class Composed:
    """Plain text, its blocks and marks in characters of it, and the stretch of the passage it says."""

    text: str
    blocks: tuple[Block, ...]
    marks: tuple[Mark, ...]
    start: int
    end: int


def compose(item: Evidence) -> Composed:
    """What a passage's evidence says, as an answer; empty where the passage has only headings."""
    chunk = item.passage.chunk
    quote = item.quote or item.sentence
    chosen = with_lists(chunk, [unit for unit in units(chunk.text, chunk.blocks) if unit.answers], quote.start, quote.end)
    writer = _Writer(chunk)
    for unit in chosen:
        writer.add(unit)
    start, end = (chosen[0].start, chosen[-1].end) if chosen else (quote.start, quote.end)
    return Composed("".join(writer.parts), tuple(writer.blocks), tuple(writer.marks), start, end)


def with_lists(chunk: Chunk, found: Sequence[Unit], start: int, end: int) -> list[Unit]:
    """The units that a stretch of the passage touches, with the rest of each list and what introduces it."""
    touched = [n for n, unit in enumerate(found) if unit.start < end and unit.end > start]
    if not touched:
        return []
    first, last = touched[0], touched[-1]
    low, high = first, last
    while low > 0 and found[first].kind == found[low - 1].kind == "item":
        low -= 1
    while high + 1 < len(found) and found[high + 1].kind == "item" and _introduces_or_item(chunk, found[last]):
        high += 1
    if sum(unit.kind == "item" for unit in found[low : high + 1]) > _WHOLE_LIST:
        low, high = first, last
    if low > 0 and found[low].kind == "item" and _ends_open(chunk, found[low - 1]):
        low -= 1
    return list(found[low : high + 1])


def say_row(text: str, row: Block) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A table's row as a sentence, "Sweden: Express €26.00, Delivery 3 days.", and where its cells stand in it.

    The first cell that is filled names what the row is about; each other is said with its column. Empty cells have empty spans
    where they would stand.
    """
    values = [text[start:end] for start, end in row.cells]
    filled = [value for value in values if value.strip()]
    gap = "; " if any("," in value for value in filled[1:]) else ", "
    said, place = "", 0
    cells: list[tuple[int, int]] = []
    for name, value in zip((*row.columns, *[""] * len(values)), values, strict=False):
        if value.strip():
            said += ("", ": ", gap)[min(place, 2)] + (f"{name} " if place and name else "")
            place += 1
        else:
            value = ""  # noqa: PLW2901 - an empty cell stands where the next would begin
        cells.append((len(said), len(said) + len(value)))
        said += value
    return said + ("" if said.endswith((".", "!", "?", "。")) else "."), tuple(cells)


class _Writer:
    """Grows the text of an answer from units of one passage."""

    def __init__(self, chunk: Chunk) -> None:
        self.parts: list[str] = []
        self.blocks: list[Block] = []
        self.marks: list[Mark] = []
        self._chunk = chunk
        self._length = 0
        self._last: Unit | None = None

    def add(self, unit: Unit) -> None:
        goes_on = self._last is not None and unit.kind == "paragraph" and unit.block == self._last.block
        if self._last is not None:
            between = self._chunk.text[self._last.end : unit.start]
            self._append((between if "\n" in between else " ") if goes_on else "\n")
        start, self._last = self._length, unit
        if unit.kind == "row" and unit.block.cells:
            said, cells = say_row(self._chunk.text, unit.block)
            placed = tuple((start + a, start + b) for a, b in cells)
            for (first, last), (to, _) in zip(unit.block.cells, placed, strict=True):
                self.marks += clip_marks(self._chunk.marks, first, last, to)
            self._append(said)
            self.blocks.append(replace(unit.block, start=start, end=self._length, cells=placed))
            return
        self.marks += clip_marks(self._chunk.marks, unit.start, unit.end, start)
        self._append(self._chunk.text[unit.start : unit.end])
        if goes_on:
            self.blocks[-1] = replace(self.blocks[-1], end=self._length)
        else:
            self.blocks.append(replace(unit.block, start=start, end=self._length, cells=()))

    def _append(self, text: str) -> None:
        self.parts.append(text)
        self._length += len(text)


def _ends_open(chunk: Chunk, unit: Unit) -> bool:
    """Whether a unit announces what follows it, by its punctuation."""
    return chunk.text[unit.start : unit.end].rstrip().endswith((":", "："))


def _introduces_or_item(chunk: Chunk, unit: Unit) -> bool:
    return unit.kind == "item" or _ends_open(chunk, unit)
