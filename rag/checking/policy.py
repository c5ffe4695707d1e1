"""What of a draft may be shown as the answer."""

from collections.abc import Sequence

from rag.checking.support import Attribution
from rag.checking.wording import key_at, keys_of
from rag.text import is_content, is_number, sentences, words
from rag.types import Evidence

# Share of an answer's words of content that must rest on the passages: one word is enough to say something else.
_NEARLY_ALL = 0.95
# Share of the best passage's relevance that the passage an answer rests on must have.
_NEAR_BEST = 0.8
# Weight of a highlight from which it answers the question and is not merely near it.
_TO_THE_POINT = 0.6
# Words of a draft that states a fact and no more, and how probable the reader's short answer must be to speak against it.
_SHORT, _SURE = 8, 0.3
# Share of the words of content of what would be quoted that a draft must have, to say how something is done.
_THE_STEPS = 0.5


def holds(found: Attribution) -> bool:
    """Whether an answer says what the passages say: the words of each sentence rest on one of theirs, and no number, name or
    negation is its own.
    """
    return min(found.supported, found.in_one) >= _NEARLY_ALL and not found.invented


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
    """Whether a short fact is the reader's, and the only one: most facts of a passage answer other questions.

    Drafts of more than a few words, and passages in which the reader finds no short answer, decide nothing. Where several
    sentences answer, each with a number of its own ("30 days. Sale items 14 days."), one of the numbers is half an answer.
    """
    if len(words(draft)) > _SHORT:
        return True
    said = set(keys_of(draft))
    best = max((item.relevance for item in evidence), default=0.0)
    read = [
        item.passage.chunk.text[item.answer.start : item.answer.end]
        for item in evidence
        if item.answer and item.answer.weight >= _SURE and item.relevance >= _NEAR_BEST * best
    ]
    numbers = {word for word in said if is_number(word)}
    quoted = _numbers_quoted(evidence[0]) if numbers and evidence else []
    if len(quoted) > 1 and not all(own & numbers for own in quoted):
        return False
    return not read or any(_content(text) & said for text in read)


def tells_how(draft: str, evidence: Sequence[Evidence]) -> bool:
    """Whether a draft has the steps that would be quoted, or most of them: one of several steps gets nobody there."""
    if not evidence:
        return True
    steps = _quoted(evidence[0])
    wanted = _content(steps)
    return len(sentences(steps)) < 2 or len(wanted & _content(draft)) >= _THE_STEPS * len(wanted)


def _content(text: str) -> set[str]:
    return {key_at(text, start, end) for start, end in words(text) if is_content(text[start:end])}


def _quoted(item: Evidence) -> str:
    quote = item.quote or item.sentence
    return item.passage.chunk.text[quote.start : quote.end]


def _numbers_quoted(item: Evidence) -> list[set[str]]:
    """The numbers of each sentence that would be quoted, where it has any."""
    text = _quoted(item)
    found = [{key for key in keys_of(text[start:end]) if is_number(key)} for start, end in sentences(text)]
    return [numbers for numbers in found if numbers]
