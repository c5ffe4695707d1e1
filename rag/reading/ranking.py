"""In which order evidence and sentences are shown, and what of a question a passage names."""

import math
from collections.abc import Sequence

from rag.text import is_content, stem, terms
from rag.types import Chunk, Evidence, Span

# What the best other passage of the same document adds. Page ranked first on FeedbackQA Australia: .840 without, .865 with.
_SAME_DOCUMENT = 0.2
# What a heading or question keeps of its score, and what of it the sentence after it gets.
_ANNOUNCED, _HANDED_ON = 0.8, 0.95


def rank(evidence: Sequence[Evidence], same_document: float = _SAME_DOCUMENT) -> list[Evidence]:
    """Evidence, best first: by its own score, and by what else its document has to say to the question."""
    documents = [item.passage.chunk.document for item in evidence]
    scores = [item.score for item in evidence]
    total = [
        score
        + same_document
        * max((s for j, s in enumerate(scores) if j != i and documents[j] == documents[i] and s > 0), default=0.0)
        for i, score in enumerate(scores)
    ]
    return [evidence[i] for i in sorted(range(len(evidence)), key=lambda i: -total[i])]


def coverage(question: str, chunk: Chunk) -> float:
    """Share 0..1 of the question's words of content that stand in the passage or its headings, inflection aside."""
    asked = {stem(term) for term in terms(question) if is_content(term)}
    found = {stem(term) for term in terms(chunk.context + " " + chunk.text)}
    return len(asked & found) / len(asked) if asked else 0.0


def logistic(value: float) -> float:
    """The probability 0..1 that a log-odds stands for."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))


def hand_on(chunk: Chunk, spans: Sequence[Span]) -> list[Span]:
    """A question or heading is no answer: the sentence after it gets its score, where that is higher."""
    handed: list[Span] = []
    waiting = 0.0
    headings = {chunk.title, *chunk.headings}
    for span in spans:
        sentence = chunk.text[span.start : span.end]
        announces = sentence.endswith(("?", "？")) or sentence.lstrip("# ") in headings
        handed.append(
            Span(span.start, span.end, _ANNOUNCED * span.weight if announces else max(span.weight, _HANDED_ON * waiting))
        )
        waiting = max(span.weight, waiting) if announces else 0.0
    return handed
