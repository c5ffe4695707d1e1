"""In which order evidence and sentences are shown, and what of a question a passage names."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.text import asks_how, is_content, stem, terms, words
from rag.types import Chunk, Evidence, Span

# What a heading or question keeps of its score, and what of it the sentence after it gets.
_ANNOUNCED, _HANDED_ON = 0.8, 0.95
# Share of the best sentence's weight from which the one beside it answers too, and words of what is quoted, at most. What
# says how something is done has steps, of which the reader finds the first or last one best.
_ANSWERS_TOO, _LONGEST_QUOTE = 0.7, 80
_IS_A_STEP, _LONGEST_STEPS = 0.3, 120


def rank(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Evidence, best first; of equals in the order given."""
    return sorted(evidence, key=lambda item: -item.score)


def coverage(question: str, chunk: Chunk) -> float:
    """Share 0..1 of the question's words of content that stand in the passage or its headings, inflection aside."""
    return covered(asked_of(question), held_by(chunk))


def asked_of(question: str) -> frozenset[str]:
    """The stems of a question's words of content."""
    return frozenset(stem(term) for term in terms(question) if is_content(term))


def held_by(chunk: Chunk) -> frozenset[str]:
    """The stems of a passage's words, and of its headings'."""
    return frozenset(stem(term) for term in terms(chunk.context + " " + chunk.text))


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


def quoted(question: str, chunk: Chunk, spans: Sequence[Span], best: Span) -> Span:
    """The best sentence and those beside it that answer too; what follows a colon belongs to it."""
    text = chunk.text
    enough, longest = (_IS_A_STEP, _LONGEST_STEPS) if asks_how(question) else (_ANSWERS_TOO, _LONGEST_QUOTE)
    first = last = next(n for n, span in enumerate(spans) if span.start == best.start)

    def fits(low: int, high: int) -> bool:
        return len(words(text[spans[low].start : spans[high].end])) <= longest

    def belongs(n: int) -> bool:
        return spans[n].weight >= enough * best.weight and not _announces(chunk, spans[n])

    while last + 1 < len(spans) and fits(first, last + 1):
        if not (belongs(last + 1) or text[: spans[last].end].endswith((":", "："))):
            break
        last += 1
    while first and belongs(first - 1) and fits(first - 1, last):
        first -= 1
    return Span(spans[first].start, spans[last].end, best.weight)


def hand_on(chunk: Chunk, spans: Sequence[Span]) -> list[Span]:
    """A question or heading is no answer: the sentence after it gets its score, where that is higher."""
    handed: list[Span] = []
    waiting = 0.0
    for span in spans:
        announces = _announces(chunk, span)
        handed.append(
            Span(span.start, span.end, _ANNOUNCED * span.weight if announces else max(span.weight, _HANDED_ON * waiting))
        )
        waiting = max(span.weight, waiting) if announces else 0.0
    return handed


def _announces(chunk: Chunk, span: Span) -> bool:
    """Whether a sentence is a question or heading."""
    sentence = chunk.text[span.start : span.end]
    return sentence.endswith(("?", "？")) or sentence.lstrip("# ") in {chunk.title, *chunk.headings}
