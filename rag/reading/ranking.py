"""In which order evidence and sentences are shown, and what of a question a passage names."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.reading.scale import DEFAULT, Scale
from rag.text import is_content, stem, terms, words
from rag.types import Block, Chunk, Evidence, Span
from rag.units import Unit, units


def rank(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Evidence, best first; of equals in the order given."""
    return sorted(evidence, key=lambda item: -item.score)


def answerable(evidence: Sequence[Evidence]) -> float:
    """How likely 0..1 anything answers, by evidence that stands best first: what is compared with the reader's threshold."""
    if not evidence:
        return 0.0
    return evidence[0].confidence if evidence[0].answerable is None else evidence[0].answerable


def coverage(question: str, chunk: Chunk) -> float:
    """Share 0..1 of the question's words of content that stand in the passage or its headings, inflection aside."""
    return covered(asked_of(question), held_by(chunk))


def asked_of(question: str) -> frozenset[str]:
    """The stems of a question's words of content."""
    return frozenset(stem(term) for term in terms(question) if is_content(term))


def held_by(chunk: Chunk) -> frozenset[str]:
    """The stems of a passage's words, and of its headings'."""
    return stems(chunk.context + " " + chunk.text)


def stems(text: str) -> frozenset[str]:
    """The stems of a text's words."""
    return frozenset(stem(term) for term in terms(text))


def covered(asked: frozenset[str], held: frozenset[str]) -> float:
    """Share 0..1 of the stems asked that are held."""
    return len(asked & held) / len(asked) if asked else 0.0


def softmax(scores: NDArray[Any]) -> NDArray[Any]:
    """Scores (n,) in log odds to shares of 1; none where there are none."""
    powers = np.exp(scores - scores.max()) if len(scores) else scores
    return powers / powers.sum() if len(scores) else powers


def logistic(value: float) -> float:
    """The probability 0..1 that a log-odds stands for."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))


def log_odds(probability: float, least: float = 0.01) -> float:
    """The log odds of a probability, which is cut off at `least` and as far below 1 so that they stay finite."""
    p = min(1 - least, max(least, probability))
    return math.log(p / (1 - p))


def passage_units(chunk: Chunk) -> list[Unit]:
    """The units of a passage; of one without words, the whole as one."""
    whole = Block(0, len(chunk.text), "paragraph")
    return units(chunk.text, chunk.blocks) or [Unit(whole.start, whole.end, whole.kind, whole)]


def best_unit(chunk: Chunk, spans: Sequence[Span]) -> Span:
    """The span of most weight; a heading only where there is nothing else. `spans` are those of `passage_units`."""
    pairs = list(zip(passage_units(chunk), spans, strict=True))
    return max([span for unit, span in pairs if unit.answers] or spans, key=lambda span: span.weight)


def expand_to_quote(chunk: Chunk, spans: Sequence[Span], best: Span, scale: Scale = DEFAULT) -> Span:
    """The best unit and those beside it that answer too, whole; what follows a colon belongs to it.

    The items of a list are quoted together from a lower share than sentences: of steps, a reader finds the first or last one
    best. A row is quoted alone, a heading never.
    """
    text, found = chunk.text, passage_units(chunk)
    first = last = next(n for n, span in enumerate(spans) if span.start == best.start)

    def belongs(n: int, beside: int, low: int, high: int) -> bool:
        one, other = found[n], found[beside]
        if not one.answers or "row" in {one.kind, other.kind} or _asks(text, one):
            return False
        if len(words(text[found[low].start : found[high].end])) > (
            scale.longest_list if "item" in {one.kind, other.kind} else scale.longest_quote
        ):
            return False
        both = one.kind == other.kind == "item"
        return announced or spans[n].weight >= (scale.listed_from if both else scale.quoted_from) * best.weight

    announced = False
    while last + 1 < len(found):
        colon = text[: found[last].end].endswith((":", "："))
        announced = colon or (announced and found[last + 1].kind == "item")  # with what introduces a list, all of it
        if not belongs(last + 1, last, first, last + 1):
            break
        last += 1
    announced = False
    while first and belongs(first - 1, first, first - 1, last):
        first -= 1
    return Span(found[first].start, found[last].end, best.weight)


def pass_score_after_heading(chunk: Chunk, spans: Sequence[Span], scale: Scale = DEFAULT) -> list[Span]:
    """A heading or question is no answer: the unit after it gets its score, where that is higher.

    `spans` are those of `passage_units`.
    """
    passed: list[Span] = []
    waiting = 0.0
    for unit, span in zip(passage_units(chunk), spans, strict=True):
        announces = not unit.answers or _asks(chunk.text, unit)
        weight = scale.heading_keeps * span.weight if announces else max(span.weight, scale.heading_passes * waiting)
        passed.append(Span(span.start, span.end, weight))
        waiting = max(span.weight, waiting) if announces else 0.0
    return passed


def favour_named_rows(question: str, chunk: Chunk, spans: Sequence[Span], scale: Scale = DEFAULT) -> list[Span]:
    """Of a table's rows, the one that the question names in words that few of the others hold is favoured.

    `spans` are those of `passage_units`. Rows of one table differ by a name or two, which a network that reads all of them at
    once mixes up. A row's share 0..1 is that of the question's words, weighted by how few of the passage's rows hold them
    (inverse document frequency), that its cells hold; its weight moves towards that share of the best row's.
    """
    rows = [(n, unit.block) for n, unit in enumerate(passage_units(chunk)) if unit.kind == "row" and unit.block.cells]
    if len(rows) < 2:
        return list(spans)
    asked = asked_of(question)
    held = [asked & {stem(term) for first, last in row.cells for term in terms(chunk.text[first:last])} for _, row in rows]
    found = Counter(word for own in held for word in own)
    rarity = {word: math.log((len(rows) + 1) / count) for word, count in found.items() if count < len(rows)}
    total = sum(rarity.values())
    if not total:
        return list(spans)
    best = max(spans[n].weight for n, _ in rows)
    favoured = list(spans)
    for (n, _), own in zip(rows, held, strict=True):
        share = sum(rarity.get(word, 0.0) for word in own) / total
        weight = (1 - scale.named_row) * spans[n].weight + scale.named_row * share * best
        favoured[n] = Span(spans[n].start, spans[n].end, weight)
    return favoured


def _asks(text: str, unit: Unit) -> bool:
    """Whether a unit ends as questions are written: in many documents they stand as paragraphs before their answers."""
    return text[unit.start : unit.end].endswith(("?", "？"))
