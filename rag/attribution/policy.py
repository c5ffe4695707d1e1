"""What of a draft may be shown as the answer."""

from collections.abc import Sequence

from rag.attribution.support import Attribution
from rag.attribution.wording import key_of
from rag.text import is_content, words
from rag.types import Evidence

# Share of an answer's words of content that must rest on the passages.
_MOSTLY = 0.7
# Share of the best passage's relevance that the passage an answer rests on must have.
_NEAR_BEST = 0.8
# Weight of a highlight from which it answers the question and is not merely near it.
_TO_THE_POINT = 0.6
# Words of a draft that states a fact and no more, and how probable the reader's short answer must be to speak against it.
_SHORT, _SURE = 8, 0.3


def holds(found: Attribution) -> bool:
    """Whether an answer says what the passages say: most words rest on them, and no number, name or negation is its own."""
    return found.supported >= _MOSTLY and not found.invented


def carries(found: Attribution, evidence: Sequence[Evidence]) -> bool:
    """Whether the evidence carries a draft, so that it may be shown as the answer.

    It holds, and rests on words the reader marked in one of the best passages: true words may answer another question.
    """
    best = max((item.relevance for item in evidence), default=0.0)
    to_the_point = any(
        evidence[source.n - 1].relevance >= _NEAR_BEST * best
        and any(
            span.weight >= _TO_THE_POINT and span.start < source.end and span.end > source.start
            for span in evidence[source.n - 1].highlights
        )
        for source in found.sources
    )
    return to_the_point and holds(found)


def agrees(draft: str, evidence: Sequence[Evidence]) -> bool:
    """Whether a short fact is the reader's: a passage holds many facts, and all but one answer other questions.

    Drafts of more than a few words, and passages in which the reader finds no short answer, decide nothing.
    """
    said = {key_of(draft[start:end]) for start, end in words(draft)}
    best = max((item.relevance for item in evidence), default=0.0)
    read = [
        item.passage.chunk.text[item.answer.start : item.answer.end]
        for item in evidence
        if item.answer and item.answer.weight >= _SURE and item.relevance >= _NEAR_BEST * best
    ]
    if not read or len(words(draft)) > _SHORT:
        return True
    return any(is_content(text[a:b]) and key_of(text[a:b]) in said for text in read for a, b in words(text))
