"""One question back where the passages answer alike for several things and the message names none: "Which one do you mean: …?"

The things are rows of one table, or passages below headings or titles that stand beside each other; they are called as the
documents call them. No word decides whether to ask: a sum of weighted numbers does, which `benchmarks/ask_back.py` fits.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rag.conversation.follow_up import asked_back
from rag.index.editions import is_other_edition
from rag.reading.calibration import Features, Linear
from rag.reading.ranking import asked_of, covered, log_odds, logistic, stems
from rag.text import is_content, is_number, normalise, words
from rag.types import Answer, Block, Chunk, Evidence, Span

CARD = Path(__file__).parent / "ask_back.json"
MOST = 4  # things that are asked about; of more nobody chooses
_LONGEST = 60  # characters of a name


class Thing(NamedTuple):
    """What the answer may be about: its name, what a passage says of it, and the evidence that this is from."""

    name: str
    said: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Candidate:
    """The names of the thing that the answer is about and of others of its kind, with the features of each of the others."""

    names: tuple[str, ...]
    features: tuple[Features, ...]
    things: tuple[Thing, ...] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """`asks` is the log odds that a thing may be meant as well as the one that leads; it is asked where one reaches `least`,
    a probability, and then about all that reach `among`, and all rows of a table.
    """

    asks: Linear
    least: float
    among: float

    def choices(self, found: Sequence[Candidate]) -> tuple[str, ...]:
        """The names of those to choose from, of the likeliest candidate; none where nothing is to be asked."""
        best: tuple[float, tuple[str, ...]] = (0.0, ())
        for candidate in found:
            lead, *others = candidate.names
            likely = [logistic(self.asks(one)) for one in candidate.features]
            likely_too = (p >= self.among or one["row"] for p, one in zip(likely, candidate.features, strict=True))
            meant = [name for name, too in zip(others, likely_too, strict=True) if too]
            if max(likely) >= self.least and 0 < len(meant) < MOST:
                best = max(best, (max(likely), (lead, *meant)))
        return best[1]


def behind(answer: Answer, choices: Sequence[str]) -> Answer:
    """An answer with the question about choices behind it, which rests on nothing; as it is where there are none."""
    if not choices:
        return answer
    start = len(answer.text) + 1
    text = f"{answer.text}\n{asked_back(choices)}"
    blocks = answer.blocks or (Block(0, len(answer.text), "paragraph"),)
    return replace(answer, text=text, blocks=(*blocks, Block(start, len(text), "paragraph")), choices=tuple(choices))


@cache
def load_gate() -> Gate:
    """The gate that comes with the package."""
    card = json.loads(CARD.read_text("utf-8"))
    return Gate(Linear(**card["asks"]), card["least"], card["among"])


def candidates(question: str, before: str, evidence: Sequence[Evidence]) -> list[Candidate]:
    """What could be asked about, by the structure of what was read: nothing of a question that leans on something, of which is
    known what it is about, or where the reader was not fitted to select.
    """
    if before or not evidence or evidence[0].units is None:
        return []
    found = []
    for row, things in ((True, _rows(question, evidence)), (False, _sections(evidence))):
        for lead, others in things:
            open_ = tuple(other for other in others if _said(lead) != _said(other) and not _is_named(question, lead, other))
            if open_:
                features = tuple(_features(question, lead, other, row=row) for other in open_)
                found.append(Candidate(tuple(thing.name for thing in (lead, *open_)), features, (lead, *open_)))
    return found


def _said(thing: Thing) -> frozenset[str]:
    return stems(thing.said) - stems(thing.name)


def about(choice: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Of the evidence what is about the thing that was chosen: passages below its name, and of a table its row; all of it where
    nothing is. The first of them answers.
    """
    wanted = asked_of(choice)
    kept = []
    for item in evidence if wanted else ():
        chunk = item.passage.chunk
        rows = [row for row in chunk.blocks if any(wanted <= asked_of(cell) for cell in _cells(chunk, row))]
        if any(wanted <= asked_of(name) for name in _path(chunk)):
            kept.append(item)
        elif rows:
            sentence = Span(rows[0].start, rows[0].end, item.sentence.weight)
            units = tuple(unit for unit in item.units or () if any(unit.start == row.start for row in rows))
            cells = tuple(cell for cell in item.cells if any(row.start <= cell.start < row.end for row in rows))
            kept.append(replace(item, units=units, cells=cells, sentence=sentence, quote=sentence))
    if kept and not kept[0].units:
        kept[0] = replace(kept[0], units=(kept[0].sentence,))
    return kept or list(evidence)


def _is_named(question: str, *things: Thing) -> bool:
    """Whether a question has a word that tells one of two names from the other, or a number where one of them has."""
    names = [thing.name for thing in things]
    one, other = map(asked_of, names)
    return bool((one ^ other) & stems(question)) or bool(_numbers(question) and any(map(_numbers, names)))


def _rows(question: str, evidence: Sequence[Evidence]) -> Iterator[tuple[Thing, tuple[Thing, ...]]]:
    """The row that leads, and all of its table that hold the same words of the question, where the answer says one of these."""
    first = evidence[0]
    lead = next((block for block in first.passage.chunk.blocks if block.start == _best(first).start and block.cells), None)
    if lead is None:
        return
    asked, cells = asked_of(question), _cells(first.passage.chunk, lead)
    held = asked & _said_in(cells)
    alike, said = [(first, cells)], 0
    for item in evidence:
        chunk = item.passage.chunk
        for row in chunk.blocks if chunk.document == first.passage.chunk.document else ():
            other = _cells(chunk, row)
            same = row.kind == "row" and row.columns == lead.columns and len(other) == len(cells)
            if same and all(other != own for _, own in alike) and asked & _said_in(other) == held:
                alike.append((item, other))
                said += row.start in {span.start for span in item.units or ()}
    if not said or len(alike) > MOST:
        return
    for n, names in enumerate(zip(*(own for _, own in alike), strict=True)):
        answers = any(cell.start == lead.cells[n][0] for cell in first.cells)
        if not answers and all(map(_is_name, names)) and len(set(map(normalise, names))) == len(names):
            things = [Thing(name, " ".join(own), item) for name, (item, own) in zip(names, alike, strict=True)]
            yield things[0], tuple(things[1:])
            return


def _said_in(cells: Sequence[str]) -> frozenset[str]:
    """The stems of cells, but of those that are only a value."""
    return stems(" ".join(cell for cell in cells if any(map(str.isalpha, cell))))


def _cells(chunk: Chunk, row: Block) -> list[str]:
    return [chunk.text[start:end].strip() for start, end in row.cells]


def _sections(evidence: Sequence[Evidence]) -> Iterator[tuple[Thing, tuple[Thing, ...]]]:
    """The passage that leads, and for each of its headings and its title those below another one in the same place. Titles are
    of one kind where they share a word, or the passages below them stand under the same heading.
    """
    first = evidence[0]
    path = _path(first.passage.chunk)
    found: dict[int, list[Thing]] = {}
    for item in evidence[1:]:
        chunk, own = item.passage.chunk, _path(item.passage.chunk)
        at = next((n for n, (one, other) in enumerate(zip(path, own, strict=False)) if one != other), None)
        if at is None or is_other_edition(first.passage.chunk, chunk) or not (_is_name(path[at]) and _is_name(own[at])):
            continue
        kind = at > 0 or asked_of(path[at]) & asked_of(own[at]) or path[1:][-1:] == own[1:][-1:] != ()
        things = found.setdefault(at, [])
        if kind and all(normalise(own[at]) != normalise(thing.name) for thing in things):
            things.append(_thing(own[at], item))
    for at, things in found.items():
        yield _thing(path[at], first), tuple(things)


def _thing(name: str, item: Evidence) -> Thing:
    best = _best(item)
    return Thing(name, item.passage.chunk.text[best.start : best.end], item)


def _path(chunk: Chunk) -> tuple[str, ...]:
    return chunk.headings if chunk.headings[:1] == (chunk.title,) else (chunk.title, *chunk.headings)


def _best(item: Evidence) -> Span:
    """The likeliest unit of those that were chosen, or else of the passage."""
    return max(item.units or (), key=lambda span: span.weight, default=item.sentence)


def _is_name(text: str) -> bool:
    """Whether a thing may be called so: not a number alone, not a question, not a whole sentence."""
    return 0 < len(text) <= _LONGEST and any(map(str.isalpha, text)) and "\n" not in text and text[-1] not in "?？.。!！:："


def _features(question: str, lead: Thing, other: Thing, *, row: bool) -> Features:
    asked = asked_of(question)
    first, second = lead.evidence, other.evidence
    held, also = (stems(f"{thing.evidence.passage.chunk.context} {thing.said}") for thing in (lead, other))
    return {
        "row": float(row),
        "behind": first.score - second.score,
        "relevance": log_odds(second.relevance),
        "sentence": log_odds(second.sentence.weight),
        "alike": _shared(_content(lead), _content(other)),
        "named_alike": _shared(asked_of(lead.name), asked_of(other.name)),
        "covers": covered(asked, held & also),
        "words": min(len(words(question)), 40) / 10,
    }


def _shared(one: frozenset[str], two: frozenset[str]) -> float:
    return len(one & two) / len(one | two) if one | two else 0.0


def _content(thing: Thing) -> frozenset[str]:
    """The stems of what is said of a thing, but numbers and its name's."""
    held = [thing.said[a:b] for a, b in words(thing.said)]
    return stems(" ".join(word for word in held if is_content(word) and not is_number(word))) - stems(thing.name)


def _numbers(text: str) -> set[str]:
    return {text[a:b] for a, b in words(text) if is_number(text[a:b])}
