"""Evidence of two editions of one page: where both speak of the same, the newer answers, and the older stands behind it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag.about import first_day, last_day
from rag.index.editions import is_other_edition, names_edition
from rag.text import is_number, sentences, terms
from rag.types import Chunk, Evidence

_SAME = 0.5  # Share of terms, numbers apart, that the sentences of two editions have in common when they speak of one thing.


def newest_first(evidence: Sequence[Evidence], question: str) -> list[Evidence]:
    """The evidence with each older edition behind the newest that speaks of the same, and no part of the answer; the two change
    places and confidence.

    The edition that the question names comes first instead, where it names only one; where it names both, both answer.
    """
    found = list(evidence)
    for n in range(len(found)):
        for m in range(n + 1, len(found)):
            one, other = found[n].passage.chunk, found[m].passage.chunk
            if not is_other_edition(one, other) or not _speaks_of(found[n], other):
                continue
            named, other_named = names_edition(question, one), names_edition(question, other)
            alike = named == other_named
            yields = _is_older(one, other) if alike else other_named
            leads = _is_older(other, one) if alike else named
            if yields:
                found[n], found[m] = _in_place_of(found[m], found[n]), _in_place_of(found[n], found[m])
            if (yields or leads) and not (named and other_named):
                found[n], found[m] = _answering(found[n]), _silent(found[m])
    return found


def _is_older(one: Chunk, other: Chunk) -> bool:
    since, later = one.about.since, other.about.since
    return bool(since and later) and last_day(since) < first_day(later)


def _speaks_of(evidence: Evidence, other: Chunk) -> bool:
    """Whether a sentence of another chunk is the sentence that answers, with other numbers or a few other words."""
    said = _words(evidence.passage.chunk.text[evidence.sentence.start : evidence.sentence.end])
    for start, end in sentences(other.text):
        words = _words(other.text[start:end])
        if (said & words).total() >= _SAME * (said | words).total() > 0:
            return True
    return False


def _words(text: str) -> Counter[str]:
    return Counter(term for term in terms(text) if not is_number(term))


def _answering(evidence: Evidence) -> Evidence:
    return replace(evidence, units=(evidence.sentence,)) if evidence.units == () else evidence


def _silent(evidence: Evidence) -> Evidence:
    return evidence if evidence.units is None else replace(evidence, units=(), cells=(), verdict="")


def _in_place_of(evidence: Evidence, other: Evidence) -> Evidence:
    return replace(
        evidence, relevance=other.relevance, confidence=other.confidence, answerable=other.answerable, score=other.score
    )
