"""Rows of a table of questions and answers, by whether their question is the one asked; all else as another reader does."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rag.protocols import Reader
from rag.reading.ranking import passage_units
from rag.types import Evidence, Passage, Span

Match = Callable[[Sequence[tuple[str, str]]], NDArray[np.float64]]
"""Pairs of texts to the probabilities that both match; see `rag.models.matcher.Matcher.match`."""

_MATCHES = 0.5


class FaqReader:
    """A reader, and a matcher that looks at the questions of such rows: those that match come first, the likeliest before."""

    def __init__(self, reader: Reader, match: Match) -> None:
        self.name = reader.name
        self.refuse_below = reader.refuse_below
        self.knows = reader.knows
        self.candidates = reader.candidates
        self._reader = reader
        self.match = match

    def read(self, question: str, passages: Sequence[Passage], before: str = "") -> list[Evidence]:
        """Evidence in the order of the passages; what matches is as relevant as it is likely to match."""
        found = self._reader.read(question, passages, before)
        rows = [n for n, passage in enumerate(passages) if _is_row(passage)]
        if not rows:
            return found
        top = max(item.score for item in found)
        for n, probability in zip(rows, self.match([(question, passages[n].chunk.title) for n in rows]), strict=True):
            if probability >= _MATCHES:
                item = found[n]
                likely, sentence = float(probability), _answer(item)
                found[n] = replace(
                    item,
                    relevance=max(item.relevance, likely),
                    confidence=max(item.confidence, likely),
                    answerable=None if item.answerable is None else max(item.answerable, likely),
                    score=top + likely,
                    sentence=sentence,
                    quote=item.quote if sentence is item.sentence else None,
                    units=None if item.units is None else (sentence,),
                    cells=(),
                    verdict="",
                )
        return found


def _is_row(passage: Passage) -> bool:
    """Whether a passage is a row or line of a file (RFC 7111, RFC 5147) whose title, a question, stands before its answer."""
    chunk = passage.chunk
    is_part = chunk.document.rpartition("#")[2].startswith(("row=", "line="))
    return is_part and bool(chunk.title) and chunk.text.startswith(chunk.title) and chunk.text != chunk.title


def _answer(item: Evidence) -> Span:
    """The best unit, or the first after the row's question where that is the question itself."""
    chunk = item.passage.chunk
    if item.sentence.start >= len(chunk.title):
        return item.sentence
    after = (
        Span(u.start, u.end, item.sentence.weight) for u in passage_units(chunk) if u.start >= len(chunk.title) and u.answers
    )
    return next(after, item.sentence)
