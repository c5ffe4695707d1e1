"""A count over all rows of a table, and the rows that have the most or the least of something: computed, and said so.

What a message wants, and which of its words name the things, a condition or a measure, a learnt head tells. A condition holds
where a column of yes and no, or what a cell lists, has its words; where any word of it finds no place in the table, or two,
nothing is computed, and the answer stays what the passages say.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from rag.answering.compose import Choice, Composed, Writer
from rag.answering.tables import Row, Table, beside, holds, is_in, items, made_of, pieces, table_with
from rag.languages.formats import number
from rag.languages.spoken import texts
from rag.text import is_content, is_number
from rag.types import Block, Chunk, Evidence, Passage, Span
from rag.units import Unit, units

Role = Literal["thing", "condition", "measure", "not", "other"]
_ROWS = 12  # of so many rows at most each is said, of more the names
_NAMES = 60


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message wants of all rows, and its stretches of text that say of which; `others` are its other words."""

    kind: Literal["count", "extreme", "sum"]
    stretches: tuple[tuple[str, Role], ...]
    others: tuple[str, ...] = ()

    def of(self, *roles: Role) -> list[str]:
        return [piece for text, role in self.stretches if role in roles for piece in pieces(text)]


class Wishes(Protocol):
    """Tells what a message wants of all rows of a table."""

    def wish(self, message: str) -> Wish | None:
        """None where it wants no count and no extreme, or says "not": what that is about is not known."""
        ...

    def column(self, message: str, wish: Wish, names: Sequence[str]) -> tuple[int, bool] | None:
        """Which of the columns has what is to be compared or added up, and whether the highest number is wanted."""
        ...


class Held(NamedTuple):
    """A condition: a column, what its cells say, and of which rows it is true."""

    column: int
    said: str
    rows: Sequence[bool]


@dataclass(frozen=True, slots=True)
class Tally:
    """The rows that were asked for, out of those `among` which they were counted or compared, and the columns that say why.

    `column` was compared, or where `highest` is None, added up.
    """

    table: Table
    rows: tuple[Row, ...]
    among: int
    held: tuple[Held, ...]
    column: int | None = None
    highest: bool | None = None


def tally(
    message: str,
    evidence: Sequence[Evidence],
    composed: Composed,
    wishes: Wishes,
    passages: Callable[[str], Sequence[Chunk]],
) -> tuple[Composed, tuple[Evidence, ...]] | None:
    """The answer computed from the first table that `composed` rests on and that makes it well defined, and the evidence that
    it rests on: other passages of the table stand behind those given. None where there is no such table.
    """
    wish = wishes.wish(message)
    rests = list(dict.fromkeys(n for *_, n in composed.parts)) if wish else []
    for n in rests:
        for chunk, row in _rows(evidence[n - 1]):
            table = table_with(chunk, row, passages(chunk.document))
            found = table and wish and computed(message, wish, table, wishes)
            if found:
                return _said(found, evidence, n)
            break  # the rows of one passage that were chosen are of one table
    return None


def _rows(item: Evidence) -> list[tuple[Chunk, Block]]:
    chunk = item.passage.chunk
    chosen = {span.start for span in item.units or ()} or {item.sentence.start}
    rows = [unit for unit in units(chunk.text, chunk.blocks) if unit.kind == "row"]
    return [(chunk, unit.block) for unit in rows if unit.start in chosen]


def computed(message: str, wish: Wish, table: Table, wishes: Wishes) -> Tally | None:
    """What a wish comes to in a table; None where that is not well defined."""
    held = conditions(wish, table)
    if held is None:
        return None
    kept = [n for n in range(len(table.rows)) if all(one.rows[n] for one in held)]
    if wish.kind == "count":
        return Tally(table, tuple(table.rows[n] for n in kept), len(table.rows), held)
    columns = {n: numbers for n in range(1, len(table.columns)) if (numbers := table.numbers(n))}
    chosen = wishes.column(message, wish, [_label(table, n) for n in columns]) if columns and len(kept) > 1 else None
    if chosen is None:
        return None
    column, highest = list(columns)[chosen[0]], chosen[1]
    if wish.kind == "sum":
        return Tally(table, tuple(table.rows[n] for n in kept), len(kept), held, column)
    best = (max if highest else min)(columns[column][n] for n in kept)
    rows = tuple(table.rows[n] for n in kept if columns[column][n] == best)
    return Tally(table, rows, len(kept), held, column, highest) if len(rows) <= _ROWS else None


def _label(table: Table, column: int) -> str:
    """A column's name, with the unit of its numbers where it does not say that itself."""
    unit = "".join(beside(table.rows[0].cells[column])).strip()
    return f"{table.columns[column]} ({unit})" if unit else table.columns[column]


def conditions(wish: Wish, table: Table) -> tuple[Held, ...] | None:
    """The conditions of a wish as columns of a table have them; None where a word of it finds no place, or two."""
    things, others = wish.of("thing"), [piece for text in wish.others for piece in pieces(text)]
    asked = [*things, *wish.of("condition")]
    every = [*asked, *others]
    flags = {n: flags for n in range(1, len(table.columns)) if (flags := table.flags(n))}
    listed = {n: table.words(n) for n in range(len(table.columns)) if n not in flags}
    places = {piece: _places(piece, every, table, flags, listed) for piece in dict.fromkeys(every)}
    open_ = [piece for piece in asked if is_content(piece)]
    # a word that is taken for no condition, but is one in this table, is one
    open_ += [one for one in others if is_content(one) and places[one] and not holds(table.about, one)]
    of_all = {piece for piece in things if holds(table.about, piece) and not _of_some(piece, places[piece], table, flags)}
    left = [piece for piece in dict.fromkeys(open_) if piece not in of_all]
    found: list[Held] = []
    while needed := [piece for piece in left if places[piece]]:
        score = Counter(column for piece in needed for column in places[piece])
        best = max(score, key=lambda column: score[column])
        words = [piece for piece in needed if best in places[piece]]
        rivals = {column for piece in words for column in places[piece]} - {best}
        if best == 0 or any(score[column] == score[best] for column in rivals):
            return None
        held = _flagged(best, flags[best], table) if best in flags else _listing(best, words, every, table, listed[best])
        if held is None or any(map(is_number, words)):
            return None
        found.append(held)
        left = [piece for piece in left if piece not in words and not holds(table.columns[best], piece)]
    named = {piece for one in found if one.column in flags for piece in things if one.column in places[piece]}
    if not (things or found) or (things and named.issuperset(things)):  # what a column names is no row
        return None
    if not found and wish.kind == "count" and not any(made_of(name, every) for name in (table.columns[0], *table.names)):
        return None
    return tuple(found) if all(holds(table.about, piece) for piece in left) else None


def _of_some(piece: str, columns: Sequence[int], table: Table, flags: Collection[int]) -> bool:
    """Whether a word is listed for some rows of a column and not for others."""
    for column in set(columns).difference(flags):
        held = {cell: holds(cell, piece) for cell in set(table.values(column))}
        if not all(held.values()):
            return True
    return False


def _places(
    piece: str, every: Sequence[str], table: Table, flags: dict[int, list[bool]], listed: dict[int, dict[str, list[str]]]
) -> list[int]:
    """The columns that a word may be a condition on: of yes and no that it names, or that list it. What names a row is none."""
    named = [n for n in flags if holds(table.columns[n], piece) and made_of(table.columns[n], every)]
    return named + [n for n, known in listed.items() if piece in known or any(is_in(piece, other) for other in known)]


def _flagged(column: int, flags: Sequence[bool], table: Table) -> Held:
    said = next((value for value, flag in zip(table.values(column), flags, strict=True) if flag), texts.TALLY_YES)
    return Held(column, said, flags)


def _listing(column: int, words: Sequence[str], every: Sequence[str], table: Table, known: dict[str, list[str]]) -> Held | None:
    """The rows whose cell lists what the words say; None where another has them beside words that were not said."""
    asked = [*every, *pieces(table.columns[column])]
    near = {item for word in words for other, own in known.items() if is_in(word, other) for item in own}
    true = {item for item in near if all(holds(item, word) for word in words) and made_of(item, asked)}
    held = {}
    for cell in set(table.values(column)):
        listed = set(items(cell))
        held[cell] = bool(listed & true)
        if listed & near and not held[cell]:
            return None
    return Held(column, min(true, key=len), [held[cell] for cell in table.values(column)]) if true else None


def _said(found: Tally, evidence: Sequence[Evidence], n: int) -> tuple[Composed, tuple[Evidence, ...]]:
    """A tally in words: each row that was found with the cells that say why; of many, the names. It rests on their passages,
    or, where there are none, on the n-th evidence.
    """
    every = list(evidence)
    places = {item.passage.chunk.id: at for at, item in enumerate(every, 1)}
    for row in found.rows[:_NAMES]:
        if row.chunk.id not in places:
            every.append(_unread(row.chunk, evidence[0]))
            places[row.chunk.id] = len(every)
    if not 0 < len(found.rows) <= _ROWS:
        return _named(found, [places[row.chunk.id] for row in found.rows[:_NAMES]] or [n]), tuple(every)
    shown = {0, *(one.column for one in found.held), *([found.column] if found.column is not None else [])}
    writer = Writer()
    writer.announce(_lead(found), "\n")
    for row in found.rows:
        cells = frozenset(row.block.cells[at] for at in shown)
        writer.add(Choice(places[row.chunk.id], row.chunk, cells=cells), Unit(row.block.start, row.block.end, "row", row.block))
    return writer.composed(), tuple(every)


def _named(found: Tally, places: Sequence[int]) -> Composed:
    """How many rows, and the names of the first ones."""
    said, parts, begin = _lead(found), [], 0
    for at, (n, row) in enumerate(zip(places, found.rows, strict=False)):
        said += (" " if not at else texts.TALLY_BETWEEN) + row.cells[0]
        if at + 1 == len(places) or places[at + 1] != n:
            parts.append((begin, len(said), n))
            begin = len(said)
    if more := len(found.rows) - len(places):
        said += texts.TALLY_MORE.format(n=number(more)) if found.rows else ""
    parts = [*parts[:-1], (parts[-1][0], len(said), parts[-1][2])] if parts else [(0, len(said), places[0])]
    return Composed(said, (Block(0, len(said), "paragraph"),), (), tuple(parts))


def _lead(found: Tally) -> str:
    table = found.table
    held = texts.TALLY_AND.join(f"{table.columns[one.column]}{texts.COLON}{one.said}" for one in found.held)
    names = {"table": table.rows[0].chunk.title or table.rows[0].chunk.document, "held": held}
    if found.column is None:
        said = texts.TALLY_HELD if held else texts.TALLY_ALL
        return said.format(n=number(len(found.rows)), rows=number(found.among), **names)
    if found.highest is None:
        said = texts.TALLY_SUM_HELD if held else texts.TALLY_SUM
        return said.format(rows=number(found.among), column=table.columns[found.column], value=_total(found), **names)
    said = texts.TALLY_EXTREME_HELD if held else texts.TALLY_EXTREME
    value = found.rows[0].cells[found.column]
    which = texts.TALLY_HIGHEST if found.highest else texts.TALLY_LOWEST
    return said.format(rows=number(found.among), which=which, column=table.columns[found.column], value=value, **names)


def _total(found: Tally) -> str:
    """The sum of the rows' numbers, written with what stands beside them."""
    column = found.column or 0
    numbers = found.table.numbers(column) or []
    own = [value for value, row in zip(numbers, found.table.rows, strict=True) if row in found.rows]
    decimals = max(len(f"{value:.4f}".rstrip("0").partition(".")[2]) for value in own)
    before, after = beside(found.rows[0].cells[column])
    return before + number(math.fsum(own), decimals) + after


def _unread(chunk: Chunk, best: Evidence) -> Evidence:
    """Evidence for a passage with rows that were counted and no reader looked at."""
    whole = Span(0, len(chunk.text), 1.0)
    return Evidence(Passage(chunk, 0.0, 0.0), (), whole, best.relevance, best.confidence, 0.0)
