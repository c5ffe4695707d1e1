"""An answer and the passages it was written from in; for each stretch of the answer the passage it rests on, or none, out.

A word rests on a passage when the passage has the same word (inflection aside) or one whose token vector is close to it.
Numbers rest only on the same number, negations only on a negation; stop words go with the words around them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.text import NEGATIONS, is_content, is_number, normalise, sentences, stem, words
from rag.types import Answer, Citation, Evidence, Support, TokenVectors

# Cosine of token vectors from which a word counts as another way to say the same.
_PARAPHRASE = 0.7
# Where several passages support a sentence equally, the earlier one is cited; a later one must be this much better.
_LATER = 0.02


@dataclass(frozen=True, slots=True)
class Attribution:
    """`support` covers the answer's words in order; `supported` the share 0..1 of its content words that rest on one."""

    support: tuple[Support, ...]
    supported: float


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    content: bool
    weights: tuple[float, ...]  # how well each passage supports it


def attribute(answer: str, passages: Sequence[str], embed_tokens: Callable[[Sequence[str]], list[TokenVectors]]) -> Attribution:
    """Support of `answer` by `passages`; `n` of a Support is the place of its passage, from 1."""
    spans = words(answer)
    if not spans or not passages:
        return Attribution((Support(spans[0][0], spans[-1][1], None, 0.0),) if spans else (), 0.0)
    own, *others = embed_tokens([answer, *passages])
    sources = [_Source.of(text, tokens) for text, tokens in zip(passages, others, strict=True)]
    support: list[Support] = []
    held = total = 0.0
    for start, end in sentences(answer):
        found = [_weigh(answer, s, e, own, sources) for s, e in spans if start <= s and e <= end]
        content = [word for word in found if word.content] or found
        chosen = _choose(content, len(passages))
        stretches = _stretches(found, chosen)
        support += stretches
        held += sum(any(s.start <= word.start and word.end <= s.end and s.n is not None for s in stretches) for word in content)
        total += len(content)
    return Attribution(tuple(support), held / total if total else 0.0)


@dataclass(frozen=True, slots=True)
class _Source:
    """A passage's stems and its token vectors."""

    stems: frozenset[str]
    negated: bool
    tokens: TokenVectors

    @classmethod
    def of(cls, text: str, tokens: TokenVectors) -> "_Source":
        found = [text[start:end] for start, end in words(text)]
        return cls(frozenset(map(_key, found)), any(normalise(word) in NEGATIONS for word in found), tokens)


def cite(n: int, evidence: Evidence) -> Citation:
    """Evidence as the n-th citation; `score` is the calibrated relevance 0..1."""
    chunk = evidence.passage.chunk
    return Citation(
        n=n,
        document=chunk.document,
        title=chunk.title,
        headings=chunk.headings,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        score=round(evidence.relevance, 3),
        highlights=evidence.highlights,
    )


def keep_cited(
    citations: Sequence[Citation], support: Sequence[Support]
) -> tuple[tuple[Citation, ...], tuple[Citation, ...], tuple[Support, ...]]:
    """Citations the answer rests on, those it does not, and the support, the citations numbered anew from 1."""
    used = sorted({item.n for item in support if item.n is not None})
    number = {n: place for place, n in enumerate(used, 1)}
    cited = tuple(replace(citations[n - 1], n=place) for n, place in number.items())
    rest = [citation for citation in citations if citation.n not in number]
    closest = tuple(replace(citation, n=place) for place, citation in enumerate(rest, len(cited) + 1))
    return cited, closest, tuple(replace(item, n=None if item.n is None else number[item.n]) for item in support)


def markers(answer: Answer) -> Iterator[tuple[int, int]]:
    """(position, n) of each `[n]` to show: where a sentence ends that rests on one citation, else where each stretch ends."""
    for start, end in sentences(answer.text):
        ends: list[tuple[int, int]] = []  # neighbouring stretches of one citation share a marker
        for item in answer.support:
            inside = words(answer.text[max(start, item.start) : min(end, item.end)])
            if item.n is None or not inside:
                continue
            if ends and ends[-1][1] == item.n:
                ends.pop()
            ends.append((max(start, item.start) + inside[-1][1], item.n))
        if len(ends) == 1:
            ends = [(start + words(answer.text[start:end])[-1][1], ends[0][1])]
        yield from ends


def _weigh(answer: str, start: int, end: int, own: TokenVectors, sources: Sequence[_Source]) -> _Word:
    text = answer[start:end]
    folded, key = normalise(text), _key(text)
    if folded in NEGATIONS:
        return _Word(start, end, True, tuple(float(source.negated) for source in sources))
    rows = (own.offsets[:, 0] < end) & (own.offsets[:, 1] > start)
    exact = [float(key in source.stems) for source in sources]
    if is_number(text) or not rows.any():
        return _Word(start, end, True, tuple(exact))
    mine = own.vectors[rows]  # (tokens of the word, dim)
    close = [float((mine @ s.tokens.vectors.T).max(1).mean()) if len(s.tokens.vectors) else 0.0 for s in sources]
    near = [c if c >= _PARAPHRASE else 0.0 for c in close]
    return _Word(start, end, is_content(text), tuple(max(e, n) for e, n in zip(exact, near, strict=True)))


def _choose(content: Sequence[_Word], passages: int) -> int:
    """The passage that supports most of a sentence."""
    totals = [sum(word.weights[i] for word in content) - _LATER * i * len(content) for i in range(passages)]
    return int(np.argmax(totals))


def _stretches(found: Sequence[_Word], chosen: int) -> list[Support]:
    """Runs of words of one sentence that rest on the same passage; stop words join the run before them, or after."""
    labels: list[tuple[int | None, float]] = []
    for word in found:
        n = chosen if word.weights[chosen] > 0 else int(np.argmax(word.weights))
        labels.append((n, word.weights[n]) if word.weights[n] > 0 else (None, 0.0))
    for at, word in enumerate(found):
        if not word.content:
            after = next((labels[i] for i in range(at + 1, len(found)) if found[i].content), None)
            before = labels[at - 1] if at else None
            labels[at] = before if before and before[0] is not None else after or before or labels[at]
    runs: list[Support] = []
    count = 0
    for word, (place, weight) in zip(found, labels, strict=True):
        label = None if place is None else place + 1
        if runs and count and runs[-1].n == label:
            mean = (runs[-1].weight * count + weight) / (count + 1)
            runs[-1], count = Support(runs[-1].start, word.end, label, round(mean, 3)), count + 1
        else:
            runs.append(Support(word.start, word.end, label, round(weight, 3)))
            count = 1
    return runs


def _key(word: str) -> str:
    """The form two words are compared by: the stem, or a number without its thousands separators."""
    return normalise(word).replace(",", "") if is_number(word) else stem(word)
