"""Evidence in, an answer in the documents' own words out: whole units as readable text, and how to render it.

Steps are said whole, a list with the sentence that introduces it, a table's row as a sentence with the cells that were asked
for; a heading is no part of an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from unicodedata import east_asian_width, numeric

from rag.languages.detect import is_chinese
from rag.languages.spoken import texts
from rag.loading.notices import is_of_page
from rag.text import is_content, is_number, stem, words
from rag.types import Block, Chunk, Evidence, Mark, Span
from rag.units import Unit, clip_marks, units

# Items of one list that are said whole when one of them answers; of a longer list only what the reader chose.
_WHOLE_LIST = 12
# Share of a unit's words of content that an answer holds already from which it says nothing new.
_SAID = 0.85
_BETWEEN = 2  # characters between two passages of one list at most
_LONGEST_NAME = 80  # characters of a first cell that names a row; of a row that was cut, the first may be a text
_QUOTES = "\"'”’)"  # may close a sentence behind its full stop


@dataclass(frozen=True, slots=True)
class Composed:
    """Plain text, its blocks and marks in characters of it, and the parts (start, end, n) that rest on the n-th evidence,
    counted from 1.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    marks: tuple[Mark, ...] = ()
    parts: tuple[tuple[int, int, int], ...] = ()


NOTHING = Composed("")


@dataclass(slots=True)
class Choice:
    """What is said of one passage; of a table's rows those `cells` (start, end), if any are named."""

    n: int
    chunk: Chunk
    units: list[Unit] = field(default_factory=list)
    cells: frozenset[tuple[int, int]] = frozenset()


def compose(evidence: Sequence[Evidence]) -> Composed:
    """What the evidence, best first, says as an answer; empty where there are only headings."""
    writer = Writer()
    verdict = evidence[0].verdict if evidence else ""
    for choice in _choices(evidence):
        if not writer.parts and verdict:
            writer.announce(texts.VERDICTS[verdict])
        for unit in choice.units:
            writer.add(choice, unit)
    return writer.composed()


def _choices(evidence: Sequence[Evidence]) -> list[Choice]:
    """The units of each passage to be said, those that were said before left out, and notices of the page beside others."""
    selects = bool(evidence) and evidence[0].units is not None
    said: set[str] = set()
    places: set[tuple[str, int]] = set()
    found: list[Choice] = []
    for n, item in enumerate(evidence if selects else evidence[:1], 1):
        chunk = item.passage.chunk
        own = _selected(item) if selects else _quoted(item)
        own = [unit for unit in own if (chunk.document, chunk.start + unit.start) not in places]
        fresh = [unit for unit in own if not said or unit.kind == "item" or _news(chunk, unit, said)]
        said.update(word for unit in fresh for word in _content(chunk, unit))
        places.update((chunk.document, chunk.start + unit.start) for unit in fresh)
        if fresh:
            choice = Choice(n, chunk, fresh, frozenset((cell.start, cell.end) for cell in item.cells))
            found.insert(next((at for at, one in enumerate(found) if _lists_on(choice, one)), len(found)), choice)
    answers = max(evidence[0].units or (), key=lambda span: span.weight, default=None) if selects else None
    return [choice for one in found if (choice := _without_notices(one, answers)).units] or found


def _lists_on(first: Choice, second: Choice) -> bool:
    """Whether a list that ends one choice goes on at the beginning of another, in the passage behind it."""
    one, other = first.chunk, second.chunk
    follows = one.document == other.document and one.start < other.start <= one.end + _BETWEEN
    return follows and first.units[-1].kind == second.units[0].kind == "item"


def _without_notices(choice: Choice, answers: Span | None) -> Choice:
    """Without what only says of the page when it was written or from when on it holds, which stands beside each source; but for
    the unit of the first evidence that `answers` best.
    """
    text, about = choice.chunk.text, choice.chunk.about
    asked = answers.start if answers and choice.n == 1 else None
    kept = [one for one in choice.units if one.start == asked or not is_of_page(text[one.start : one.end], about)]
    return replace(choice, units=kept)


def _quoted(item: Evidence) -> list[Unit]:
    """The stretch that a reader without a selection quotes, with the rest of its list."""
    chunk, quote = item.passage.chunk, item.quote or item.sentence
    return with_lists(chunk, [unit for unit in units(chunk.text, chunk.blocks) if unit.answers], quote.start, quote.end)


def _selected(item: Evidence) -> list[Unit]:
    """The units that were chosen of a passage, steps and what is announced with them."""
    chunk = item.passage.chunk
    found = [unit for unit in units(chunk.text, chunk.blocks) if unit.answers]
    chosen = {n for span in item.units or () for n, unit in enumerate(found) if unit.start == span.start}
    chosen |= {n - 1 for n in chosen if n and _goes_on(chunk, found[n - 1], found[n])}
    for items in _lists(found):
        inside = chosen & set(items)
        numbered = any(_number(found[n]) is not None for n in items)
        if inside and len(items) <= _WHOLE_LIST and (numbered or 2 * len(inside) >= len(items)):
            chosen |= set(items)
        before = items[0] - 1
        if before >= 0 and chosen & set(items) and _ends_open(chunk, found[before]):
            chosen.add(before)
        elif before in chosen and _ends_open(chunk, found[before]) and len(items) <= _WHOLE_LIST:
            chosen |= set(items)
    return [found[n] for n in sorted(chosen)]


def _goes_on(chunk: Chunk, before: Unit, unit: Unit) -> bool:
    """Whether a sentence goes on from another in its paragraph, without which it may not be understood; no question is one."""
    same = unit.kind == "paragraph" and before.block == unit.block
    return same and not chunk.text[before.start : before.end].endswith(("?", "？"))


def _lists(found: Sequence[Unit]) -> list[range]:
    """The runs of items among units; one of numbers goes on behind the code, the table or the note that belongs to a step."""
    runs: list[range] = []
    last: dict[int, int | None] = {}  # by level the number of the last item of the last run
    for n, unit in enumerate(found):
        if unit.kind != "item":
            continue
        number, before = _number(unit), last.get(unit.block.level)
        if runs and (runs[-1].stop == n or (before is not None and number == before + 1)):
            runs[-1] = range(runs[-1].start, n + 1)
        else:
            runs.append(range(n, n + 1))
            last = {}
        last[unit.block.level] = number
    return runs


def _number(item: Unit) -> int | None:
    """The number that an item's marker is: of "3.", "(3)", "③" and "三、" it is 3."""
    marker = item.block.marker.strip(" .)(（）、．")
    if marker.isdecimal():
        return int(marker)
    value = numeric(marker, None) if len(marker) == 1 else None
    return int(value) if value is not None else None


def _content(chunk: Chunk, unit: Unit) -> set[str]:
    text = chunk.text[unit.start : unit.end]
    return {stem(text[a:b]) for a, b in words(text) if is_content(text[a:b])}


def _news(chunk: Chunk, unit: Unit, said: set[str]) -> bool:
    """Whether a unit says more than was said: a row of a table any other word, all else enough of them, or another number."""
    own = _content(chunk, unit)
    new = own - said
    return bool(new) if unit.kind == "row" else len(own) - len(new) < _SAID * len(own) or any(map(is_number, new))


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


@dataclass(frozen=True, slots=True)
class _Signs:
    """What stands between the cells of a row: before a named value, behind the first cell, behind others, and at the end."""

    named: str
    first: str
    next: str
    between: str
    end: str


_SIGNS = {
    True: _Signs(named="：", first="，", next="，", between="；", end="。"),
    False: _Signs(named=" ", first=": ", next=", ", between="; ", end="."),
}


def say_row(text: str, row: Block, cells: frozenset[tuple[int, int]] = frozenset()) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A table's row as a sentence and where its cells stand in it: "Sweden: Express €26.00, Delivery 3 days."; of a Chinese one
    "瑞典，特快：26 欧元，时效：3 天。"

    The first cell that is filled names what the row is about; each other is said with its column, as is a first one that is
    only a number or long. Of `cells` only those are said, beside the first. Cells that are empty or not said have empty spans
    where they would stand.
    """
    named = any(cell in cells for cell in row.cells)
    first = next((n for n, cell in enumerate(row.cells) if text[slice(*cell)].strip()), 0)
    values = [
        text[start:end] if not named or n == first or (start, end) in cells else "" for n, (start, end) in enumerate(row.cells)
    ]
    filled = [value for value in values if value.strip()]
    signs = _SIGNS[is_chinese(" ".join([*row.columns, *filled]))]
    gap = signs.between if any(signs.next.strip() in value for value in filled[1:]) else signs.next
    said, lead, place = "", "", 0
    placed: list[tuple[int, int]] = []
    for name, value in zip((*row.columns, *[""] * len(values)), values, strict=False):
        if value.strip():
            leads = not place and len(value) <= _LONGEST_NAME
            names = leads and any(map(str.isalpha, value))
            said += lead + (f"{name}{signs.named}" if name and not names else "")
            lead = signs.first if leads else gap
            place += 1
        else:
            value = ""  # noqa: PLW2901 - an empty cell stands where the next would begin
        placed.append((len(said), len(said) + len(value)))
        said += value
    return said + ("" if said.endswith(tuple(".!?…。！？")) else signs.end), tuple(placed)


def _gap(before: str, between: str) -> str:
    """What stands between two sentences of a paragraph: what stood there, or where others did a blank, but none in Chinese."""
    if not between.strip():
        return between if "\n" in between else between[:1]
    return "" if east_asian_width(before.rstrip(_QUOTES)[-1:] or " ") in {"W", "F"} else " "


class Writer:
    """Grows the text of an answer from units of passages."""

    def __init__(self) -> None:
        self.parts: list[tuple[int, int, int]] = []
        self._texts: list[str] = []
        self._blocks: list[Block] = []
        self._marks: list[Mark] = []
        self._length = 0
        self._opening = 0  # where what was announced begins, until the unit that it rests on is added
        self._last: tuple[int, Unit] | None = None

    def composed(self) -> Composed:
        return Composed("".join(self._texts), tuple(self._blocks), tuple(self._marks), tuple(self.parts))

    def announce(self, text: str, gap: str = "") -> None:
        """Words that stand before the first unit and rest on it."""
        self._append(text + (gap or _gap(text, "…")))

    def add(self, choice: Choice, unit: Unit) -> None:
        chunk = choice.chunk
        last = self._last[1] if self._last and self._last[0] == choice.n else None
        goes_on = last is not None and unit.kind == "paragraph" and unit.block == last.block
        if self._last is not None:
            self._append(_gap(chunk.text[: last.end], chunk.text[last.end : unit.start]) if last and goes_on else "\n")
        start, self._last = self._length, (choice.n, unit)
        begin = 0 if not self.parts else start  # with what was announced
        if unit.kind == "row" and unit.block.cells:
            said, cells = say_row(chunk.text, unit.block, choice.cells)
            placed = tuple((start + a, start + b) for a, b in cells)
            for (first, end), (to, stop) in zip(unit.block.cells, placed, strict=True):
                self._marks += clip_marks(chunk.marks, first, end, to) if stop > to else ()
            self._append(said)
            if begin < start:  # a table shows its cells alone: what was announced stands before it
                self._blocks.append(Block(begin, start, "paragraph"))
            self._blocks.append(replace(unit.block, start=start, end=self._length, cells=placed))
        else:
            self._marks += clip_marks(chunk.marks, unit.start, unit.end, start)
            self._append(chunk.text[unit.start : unit.end])
            if goes_on:
                self._blocks[-1] = replace(self._blocks[-1], end=self._length)
            else:
                self._blocks.append(replace(unit.block, start=begin, end=self._length, cells=()))
        self.parts.append((begin, self._length, choice.n))

    def _append(self, text: str) -> None:
        self._texts.append(text)
        self._length += len(text)


def _ends_open(chunk: Chunk, unit: Unit) -> bool:
    """Whether a unit announces what follows it, by its punctuation."""
    return chunk.text[unit.start : unit.end].rstrip().endswith((":", "："))


def _introduces_or_item(chunk: Chunk, unit: Unit) -> bool:
    return unit.kind == "item" or _ends_open(chunk, unit)
