"""Reads by words alone, in every script: for questions in a script that no encoder at hand was trained on."""

from collections.abc import Sequence

from rag.reading.highlights import merge_highlights
from rag.reading.ranking import best_unit, coverage, logistic, passage_units
from rag.text import is_content, stem, terms, words
from rag.types import Evidence, Passage, Span

# Logistic model of "this passage answers" over the share of the question's terms that it holds, fitted on CMRC 2018's trial
# questions with the passage that answers and without (AUROC .953, calibration error .037).
_RELEVANCE = (-5.06, 14.23)
_NEIGHBOUR = 2  # characters: terms of Chinese are pairs of these


class KeywordReader:
    """Marks the question's own terms, and the sentence that has most of them; keeps the order of retrieval."""

    name = "keyword"
    refuse_below = 0.15
    candidates = 6

    def knows(self, text: str) -> bool:
        return True

    def read(self, question: str, passages: Sequence[Passage], before: str = "") -> list[Evidence]:
        """Evidence in the order of the passages; `before` is not read."""
        asked = {stem(term) for term in terms(question) if is_content(term)}
        evidence = []
        for passage in passages:
            text = passage.chunk.text
            spans = [_weighted(text, (unit.start, unit.end), asked) for unit in passage_units(passage.chunk)]
            best = best_unit(passage.chunk, spans)
            most = max(span.weight for span in spans)
            relevance = logistic(_RELEVANCE[0] + _RELEVANCE[1] * coverage(question, passage.chunk))
            marks = merge_highlights(text, [word for span in spans if span.weight for word in _words(text, span, asked, most)])
            evidence.append(Evidence(passage, marks, best, relevance, relevance, passage.score))
        return evidence


def _weighted(text: str, span: tuple[int, int], asked: set[str]) -> Span:
    """A sentence with the share of the question's terms that stand in it."""
    found = {stem(term) for term in terms(text[slice(*span)])}
    return Span(*span, len(asked & found) / len(asked) if asked else 0.0)


def _words(text: str, span: Span, asked: set[str], best: float) -> list[Span]:
    """The words of a sentence that are the question's, or part of a pair of characters that is."""
    found = []
    for first, last in words(text[span.start : span.end]):
        start, end = span.start + first, span.start + last
        near = text[max(span.start, start - _NEIGHBOUR + 1) : min(span.end, end + _NEIGHBOUR - 1)]
        own = {stem(term) for term in (*terms(text[start:end]), *(terms(near) if last - first == 1 else ()))}
        if own & asked:
            found.append(Span(start, end, span.weight / best))
    return found
