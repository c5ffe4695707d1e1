"""A question and passages in, evidence out: which words answer, by late interaction of token vectors (ColBERT's MaxSim).

No training needed: every word is compared with every word of the question in the embedder's own vectors.
"""

from collections.abc import Callable, Sequence

import numpy as np

from rag.reading.highlights import merge_highlights
from rag.reading.ranking import best_unit, coverage, logistic, pass_score_after_heading, passage_units
from rag.text import is_content, words
from rag.types import Chunk, Evidence, Passage, Span, TokenVectors, Vectors

# A sentence this much below the best one of all passages is marked no more.
_DEPTH = 0.35
# What the best sentence adds to the retrieval score of 0..1 and the relevance when evidence is ranked.
_BEST_SENTENCE = 2.0
# Marked words weigh at least this much; below, half a passage would be marked.
_MARKED = 0.4
# Logistic model of "this passage answers the question": bias, score of the best sentence, share of the question's words found.
# Fitted on four sets as `python -m benchmarks.relevance` fits it; a passage's cosine added nothing (docs/lab-log.md).
_RELEVANCE = (-4.52, 5.45, 1.67)


class LateInteractionReader:
    """Reads passages with an embedder's token vectors; see `Embedder.embed_tokens` and `Embedder.knows`."""

    name = "late-interaction"
    # 96 to 100 % of the answerable questions of four sets are answered, 67 to 97 % of those of another set refused.
    refuse_below = 0.15
    candidates = 6

    def __init__(
        self, embed_tokens: Callable[[Sequence[str]], list[TokenVectors]], knows: Callable[[str], bool] = lambda text: True
    ) -> None:
        self._embed_tokens = embed_tokens
        self._knows = knows

    def knows(self, text: str) -> bool:
        return self._knows(text)

    def read(self, question: str, passages: Sequence[Passage], before: str = "") -> list[Evidence]:
        """Evidence in the order of the passages, from one batched pass over question and passages; `before` is not read."""
        if not passages:
            return []
        tokens, wanted, scored = self._scored(question, passages)
        best = max(span.weight for spans in scored for span in spans)
        evidence = []
        for passage, vectors, spans in zip(passages, tokens, scored, strict=True):
            sentence = best_unit(passage.chunk, spans)
            highlights = _highlight(passage.chunk.text, vectors, wanted, spans, best)
            relevant = relevance(sentence.weight, coverage(question, passage.chunk))
            score = passage.score + _BEST_SENTENCE * sentence.weight + relevant
            evidence.append(Evidence(passage, highlights, sentence, relevant, relevant, score))
        return evidence

    def score_units(self, question: str, passages: Sequence[Passage]) -> list[list[Span]]:
        """The units of each passage, weighted 0..1 by how close they are to the question."""
        return self._scored(question, passages)[2] if passages else []

    def _scored(self, question: str, passages: Sequence[Passage]) -> tuple[list[TokenVectors], Vectors, list[list[Span]]]:
        """Token vectors of each passage, those of the question's words of content, and each passage's units."""
        asked, *tokens = self._embed_tokens([question, *(passage.chunk.text for passage in passages)])
        wanted = asked.vectors[_content_rows(question, asked)]
        scored = [_score_units(p.chunk, t, asked.vectors, wanted) for p, t in zip(passages, tokens, strict=True)]
        return tokens, wanted, scored


def relevance(best_sentence: float, covered: float) -> float:
    """Probability 0..1 that a passage answers, by the score of its best sentence and the coverage of the question."""
    bias, for_sentence, for_coverage = _RELEVANCE
    return logistic(bias + for_sentence * best_sentence + for_coverage * covered)


def _score_units(chunk: Chunk, tokens: TokenVectors, asked: Vectors, wanted: Vectors) -> list[Span]:
    """Units weighted by the mean of MaxSim over the question's words and the cosine of the mean vectors.

    On 397 SQuAD questions the best sentence held the answer in 88 % (MaxSim alone 86 %, mean vectors alone 76 %).
    """
    spans = []
    for start, end in ((unit.start, unit.end) for unit in passage_units(chunk)):
        rows = (tokens.offsets[:, 0] >= start) & (tokens.offsets[:, 1] <= end)  # (tokens,)
        if not rows.any() or not len(wanted):
            spans.append(Span(start, end, 0.0))
            continue
        vectors = tokens.vectors[rows]  # (tokens of the sentence, dim)
        max_sim = (vectors @ wanted.T).max(0).mean()
        one, other = vectors.mean(0), asked.mean(0)
        cosine = one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-12)
        spans.append(Span(start, end, float(np.clip((max_sim + cosine) / 2, 0, 1))))
    return pass_score_after_heading(chunk, spans)


def _highlight(text: str, tokens: TokenVectors, wanted: Vectors, spans: Sequence[Span], best: float) -> tuple[Span, ...]:
    """Words of the best sentences: half the weight is the sentence's, half the word's own closeness to the question."""
    weighted: list[Span] = []
    closeness = (tokens.vectors @ wanted.T).max(1) if len(wanted) else np.zeros(len(tokens.vectors), np.float32)  # (tokens,)
    for span in spans:
        rank = max(0.0, 1 - (best - span.weight) / _DEPTH)
        for start, end in words(text[span.start : span.end]):
            first, last = span.start + start, span.start + end
            rows = (tokens.offsets[:, 0] < last) & (tokens.offsets[:, 1] > first)
            own = float(closeness[rows].max()) if rows.any() else 0.0
            weight = min(1.0, rank * (0.5 + 0.5 * float(np.clip(own, 0, 1))))
            if weight >= _MARKED:
                weighted.append(Span(first, last, weight))
    return merge_highlights(text, weighted)


def _content_rows(text: str, tokens: TokenVectors) -> list[int]:
    """Rows of the tokens that belong to words with a meaning of their own; all of them where there are none."""
    spans = [(start, end) for start, end in words(text) if is_content(text[start:end])]
    rows = [i for i, (start, end) in enumerate(tokens.offsets) if any(start < stop and end > begin for begin, stop in spans)]
    return rows or list(range(len(tokens.offsets)))
