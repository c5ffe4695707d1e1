"""A second document where the first names what it lacks: "The depot is led by team B.", then "Team B answers at extension 377."

Looked for once, and only where the best passage is not sure to answer, in passages that the reader, told of the first sentence,
takes for an answer sooner than the first.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Final

from rag.languages import STOP_WORDS
from rag.reading import answerable
from rag.text import stem, terms
from rag.types import Chunk, Evidence, Passage, Span
from rag.units import Unit, units

SURE: Final = 0.5  # confidence from which nothing more is looked for


class Link:
    """How a unit goes on from another, for a question: it holds a name that this one brought, which is two words or more in a
    row or the first cell of a table's row, and a word of the question that this one lacks.
    """

    def __init__(self, question: str, lead: str) -> None:
        asked = _named(question)
        self._said = _named(lead)
        self._brought, self._lacking = {*self._said} - {*asked}, {*asked} - {*self._said}

    def units(self, chunk: Chunk) -> list[Unit]:
        """The units of a passage that go on from the lead: those that hold the longest name."""
        joined = []
        for unit in units(chunk.text, chunk.blocks):
            own = _named(chunk.text[unit.start : unit.end])
            if unit.answers and self._lacking & {*own} and (length := self._named_by(chunk, unit, own)):
                joined.append((length, unit))
        longest = max((length for length, _ in joined), default=0)
        return [unit for length, unit in joined if length == longest]

    def _named_by(self, chunk: Chunk, unit: Unit, own: Sequence[str]) -> int:
        """Words of the longest name that the unit has from the lead."""
        if unit.kind == "row" and unit.block.cells:
            first = _named(chunk.text[slice(*unit.block.cells[0])])
            return len(first) if self._brought & {*first} and {*first} <= {*self._said} else 0
        runs = SequenceMatcher(None, self._said, own, autojunk=False).get_matching_blocks()
        names = [self._said[run.a : run.a + run.size] for run in runs]
        return max((len(name) for name in names if len(name) > 1 and self._brought & {*name}), default=0)


def second(
    question: str,
    evidence: Sequence[Evidence],
    retrieve: Callable[[str], Sequence[Passage]],
    read: Callable[[Sequence[Passage], str], Sequence[Evidence]],
) -> list[Evidence]:
    """The evidence, best first; where another passage goes on from its best unit, that unit, what goes on from it, and no more.

    `retrieve` gives the passages found behind a sentence, `read` evidence of passages as they are read behind it.
    """
    found = list(evidence)
    if not found or not found[0].units or found[0].confidence >= SURE:
        return found
    first, opening = found[0], max(found[0].units, key=lambda unit: unit.weight)
    lead = first.passage.chunk.text[opening.start : opening.end]
    link = Link(question, lead)
    passages = [one for one in retrieve(lead) if one.chunk.id != first.passage.chunk.id and link.units(one.chunk)]
    behind = read(passages, lead) if passages else ()
    if not behind or answerable(behind) <= answerable(found) or behind[0].confidence <= first.confidence:
        return found
    best = behind[0]
    joined = tuple(Span(unit.start, unit.end, 1.0) for unit in link.units(best.passage.chunk))
    sure, likely = best.confidence, answerable(behind)
    return [
        replace(first, units=(opening,), cells=(), verdict="", confidence=sure, answerable=likely),
        replace(best, units=joined, verdict=""),
        *(replace(item, units=()) for item in found[1:] if item.passage.chunk.id != best.passage.chunk.id),
    ]


def _named(text: str) -> list[str]:
    """The stems of all words but stop words, in their order; a lone letter may be a name."""
    return [stem(term) for term in terms(text) if term not in STOP_WORDS]
