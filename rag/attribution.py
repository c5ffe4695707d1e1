"""An answer and the passages it was written from in; for each stretch of the answer the passage it rests on, or none, out.

A word rests on a sentence or two that hold the same word (inflection aside) or one whose token vector is close to it.
Numbers rest only on the same number, names on the same name, negations on a negation; stop words go with the words around
them. What the sentence that holds the rest says otherwise (another number, another name, the opposite) rests on nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise, takewhile

from rag.text import NEGATIONS, OPPOSITES, is_content, is_number, normalise, sentences, stem, words
from rag.types import Evidence, Support, TokenVectors, Vectors

# Cosine of token vectors from which a word counts as another way to say the same.
_PARAPHRASE = 0.7
# Share of an answer's words of content that must rest on the passages.
_MOSTLY = 0.7
# Share of a sentence's plain words that one sentence of a passage must hold to contradict it.
_SAME_MATTER = 0.6
_AS_MANY = 0.25  # words; less is no difference
# Words that must rest together on another passage than the rest of their sentence, if a number or name is among them.
_TOGETHER = 3
# Share of the best passage's relevance that the passage an answer rests on must have.
_NEAR_BEST = 0.8
# Weight of a highlight from which it answers the question and is not merely near it.
_TO_THE_POINT = 0.6
# Words that must be the same beside a name for another one to stand in its place.
_FRAME = 3
# Words of a draft that states a fact and no more, and how probable the reader's short answer must be to speak against it.
_SHORT, _SURE = 8, 0.3
_CLAUSE_END = re.compile(r"[,;:()]|\s[–—-]\s|\bbut\b|\balthough\b|\bwhile\b")
_WHOLE = re.compile(r"\.0+$")
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
        " nineteen twenty".split(),
        2,
    )
}


@dataclass(frozen=True, slots=True)
class Source:
    """A stretch of the n-th passage that the answer rests on, in characters of that passage."""

    n: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Attribution:
    """`support` covers the answer's words in order; `supported` is the share 0..1 of its content words on `sources`."""

    support: tuple[Support, ...]
    supported: float
    sources: tuple[Source, ...]
    invented: tuple[tuple[int, int], ...]  # numbers, names and negations that rest on nothing: these change what is said


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the answer: what it is compared by, and its token vectors `(tokens, dim)`."""

    start: int
    end: int
    text: str
    key: str
    name: bool
    vectors: Vectors

    @property
    def number(self) -> bool:
        return is_number(self.key)

    @property
    def negation(self) -> bool:
        return _negates(self.text)

    @property
    def content(self) -> bool:
        return is_content(self.text) or self.number or self.negation

    @property
    def exact(self) -> bool:
        """Whether no other word says the same."""
        return self.number or self.name

    @classmethod
    def of(cls, answer: str, sentence: int, start: int, end: int, tokens: TokenVectors) -> "_Word":
        text = answer[start:end]
        rows = (tokens.offsets[:, 0] < end) & (tokens.offsets[:, 1] > start)
        return cls(start, end, text, _key(text), start > sentence and _names(text), tokens.vectors[rows])


@dataclass(frozen=True, slots=True)
class _Region:
    """One or two sentences of a passage, as something to rest on: the keys of its words, of its names, and of each negated
    clause; `alone` if it is one sentence.
    """

    n: int
    start: int
    end: int
    keys: frozenset[str]
    names: frozenset[str]
    denied: tuple[frozenset[str], ...]
    alone: bool
    vectors: Vectors
    order: tuple[str, ...]  # the keys of its words as they stand there

    @property
    def negated(self) -> bool:
        return bool(self.denied)

    def supports(self, word: _Word) -> float:
        """How well, 0..1, the region holds a word: itself or its inflection, or, where that may be, another way to say it."""
        if word.negation:
            return float(self.negated)
        if word.key in self.keys:
            return 1.0
        if word.exact or not len(word.vectors) or not len(self.vectors):
            return 0.0
        closeness = float((word.vectors @ self.vectors.T).max(1).mean())
        return closeness if closeness >= _PARAPHRASE else 0.0


EmbedTokens = Callable[[Sequence[str]], list[TokenVectors]]


def attribute(answer: str, passages: Sequence[str], embed_tokens: EmbedTokens) -> Attribution:
    """Support of `answer` by `passages`; see `Attributor`."""
    return Attributor(passages, embed_tokens)(answer)


class Attributor:
    """Answers to the passages they rest on, which are looked at once, when the first answer comes."""

    def __init__(self, passages: Sequence[str], embed_tokens: EmbedTokens) -> None:
        self._passages = passages
        self._embed_tokens = embed_tokens

    def __call__(self, answer: str) -> Attribution:
        """Support of `answer`; `n` of a Support is the place of its passage, from 1.

        Each sentence of the answer is laid beside each region of the passages, a sentence or two in a row, and rests on the
        one that holds most of its words: words scattered over a passage say nothing. What that region lacks may rest on
        another.
        """
        spans = words(answer)
        if not spans or not self._passages:
            return Attribution((Support(spans[0][0], spans[-1][1], None, 0.0),) if spans else (), 0.0, (), ())
        (own,) = self._embed_tokens([answer])
        return _attributed(answer, own, self._regions)

    @cached_property
    def _regions(self) -> list[_Region]:
        read = zip(self._passages, self._embed_tokens(self._passages), strict=True)
        return [region for n, (text, tokens) in enumerate(read, 1) for region in _regions(n, text, tokens)]


def _attributed(answer: str, own: TokenVectors, regions: Sequence[_Region]) -> Attribution:
    spans = words(answer)
    support: list[Support] = []
    sources: list[Source] = []
    invented: list[tuple[int, int]] = []
    held = total = 0
    for start, end in sentences(answer):
        found = [_Word.of(answer, start, s, e, own) for s, e in spans if start <= s and e <= end]
        labels = _label(found, regions)
        denied = _contradicted(found, regions)
        labels = [(None, 0.0) if word.start in denied else label for word, label in zip(found, labels, strict=True)]
        support += _stretches(found, [(region.n if region else None, weight) for region, weight in labels])
        sources += [Source(region.n, region.start, region.end) for region, _ in labels if region]
        content = [label for label, word in zip(labels, found, strict=True) if word.content]
        invented += [(w.start, w.end) for w, (r, _) in zip(found, labels, strict=True) if not r and (w.exact or w.negation)]
        invented += [span for span in denied.values() if span not in invented]
        held += sum(region is not None for region, _ in content)
        total += len(content)
    return Attribution(tuple(support), held / total if total else 0.0, tuple(dict.fromkeys(sources)), tuple(invented))


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
    said = {_key(draft[start:end]) for start, end in words(draft)}
    best = max((item.relevance for item in evidence), default=0.0)
    read = [
        item.passage.chunk.text[item.answer.start : item.answer.end]
        for item in evidence
        if item.answer and item.answer.weight >= _SURE and item.relevance >= _NEAR_BEST * best
    ]
    if not read or len(words(draft)) > _SHORT:
        return True
    return any(is_content(text[a:b]) and _key(text[a:b]) in said for text in read for a, b in words(text))


def _regions(n: int, text: str, tokens: TokenVectors) -> Iterator[_Region]:
    """The sentences of a passage, each alone and with the next."""
    spans = sentences(text)
    for at, (start, _) in enumerate(spans):
        for last in sorted({at, min(at + 1, len(spans) - 1)}):
            own = spans[at : last + 1]
            stop = own[-1][1]
            rows = (tokens.offsets[:, 0] >= start) & (tokens.offsets[:, 1] <= stop)
            found = [text[start + a : start + b] for a, b in words(text[start:stop])]
            names = {_key(text[a + s : b + s]) for s, e in own for a, b in words(text[s:e])[1:] if _names(text[a + s : b + s])}
            denied = tuple(clause for s, e in own for clause in _denied(text[s:e]))
            yield _Region(
                n,
                start,
                stop,
                frozenset(map(_key, found)),
                frozenset(names),
                denied,
                last == at,
                tokens.vectors[rows],
                tuple(map(_key, found)),
            )


def _denied(sentence: str) -> Iterator[frozenset[str]]:
    """The keys of each clause that has a negation."""
    for clause in _CLAUSE_END.split(sentence):
        found = [clause[a:b] for a, b in words(clause)]
        if any(map(_negates, found)):
            yield frozenset(map(_key, found))


def _contradicted(found: Sequence[_Word], regions: Sequence[_Region]) -> dict[int, tuple[int, int]]:
    """Words by their start of which the sentence that holds the rest says otherwise: another number or name, or the opposite.

    What is denied there and stated here is given as the sentence's first word of content.
    """
    content = [word for word in found if word.content]
    plain = [word for word in content if not word.exact and not word.negation]
    keys = {word.key for word in found}
    best = _closest(plain, content, [region for region in regions if region.alone])
    if best is None or sum(best.supports(word) > 0 for word in plain) < _SAME_MATTER * len(plain):
        return {}
    numbers = {key for key in best.keys if is_number(key)}
    wrong = [
        word
        for word in content
        if (word.number and word.key not in numbers and numbers - keys)
        or (word.name and not word.number and word.key not in best.keys and best.names - keys)
        or (word.negation and not best.negated)
        or (word.key not in best.keys and _key(OPPOSITES.get(normalise(word.text), "")) in best.keys)
    ]
    wrong += _misplaced(found, best)
    if not any(word.negation for word in found):
        held = [word.key for word in content]
        wrong += content[:1] if any(2 * sum(key in clause for key in held) > len(held) for clause in best.denied) else []
    return {word.start: (word.start, word.end) for word in wrong}


def _misplaced(found: Sequence[_Word], region: _Region) -> Iterator[_Word]:
    """Names and numbers in whose place, between the same words, the sentence has others and not these."""
    said, source = [word.key for word in found], region.order
    there = _runs([key in region.names or is_number(key) or n == 0 for n, key in enumerate(source)])
    for start, end in _runs([word.exact or word.key in region.names for word in found]):
        framed = [
            set(source[first:last])
            for first, last in there
            if _framed(said[:start][::-1], source[:first][::-1], said[end:], source[last:])
        ]
        if framed and not any(keys & set(said[start:end]) for keys in framed):
            yield from found[start:end]


def _runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Where words in a row are flagged."""
    edges = [n for n, (one, other) in enumerate(pairwise((False, *flags, False))) if one != other]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _framed(before: Sequence[str], source_before: Sequence[str], after: Sequence[str], source_after: Sequence[str]) -> bool:
    """Whether two places have the same words before (backwards) and after them, `_FRAME` in all, or begin or end alike."""
    sides = ((before, source_before), (after, source_after))
    same = [sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*side, strict=False))) for side in sides]
    alike = all(count or not (one or other) for count, (one, other) in zip(same, sides, strict=True))
    return alike and sum(same) >= _FRAME


def _label(found: Sequence[_Word], regions: Sequence[_Region]) -> list[tuple[_Region | None, float]]:
    """For each word of a sentence the region it rests on; stop words go with the words of content around them."""
    content = [word for word in found if word.content]
    best = _best(content, regions)
    labels = {word.start: (best, weight) if best and (weight := best.supports(word)) else (None, 0.0) for word in content}
    for run in _unsupported_runs(content, labels):
        other = _best(run, regions)
        enough = _TOGETHER if any(word.exact for word in run) else 2
        if other and len(run) >= enough and all(other.supports(word) for word in run):
            labels.update({word.start: (other, other.supports(word)) for word in run})
    ordered: list[tuple[_Region | None, float]] = []
    for at, word in enumerate(found):
        before = ordered[-1] if ordered else None
        after = next((labels[later.start] for later in found[at:] if later.content), None)
        ordered.append(labels.get(word.start) or (before if before and before[0] else after or before or (None, 0.0)))
    return ordered


def _best(content: Sequence[_Word], regions: Sequence[_Region]) -> _Region | None:
    """The region that supports most of the words; of equals the shortest of the earliest passage."""
    scored = [
        (sum(region.supports(word) for word in content), -region.n, region.start - region.end, region) for region in regions
    ]
    best = max(scored, key=lambda item: item[:3], default=None)
    return best[3] if best and best[0] > 0 else None


def _closest(plain: Sequence[_Word], content: Sequence[_Word], regions: Sequence[_Region]) -> _Region | None:
    """The region that supports most of the plain words; of those that support as many the one that agrees with the rest."""
    scored = [(sum(region.supports(word) for word in plain), region) for region in regions]
    most = max((score for score, _ in scored), default=0.0)
    return _best(content, [region for score, region in scored if score >= most - _AS_MANY]) if most else None


def _unsupported_runs(content: Sequence[_Word], labels: Mapping[int, tuple[_Region | None, float]]) -> list[list[_Word]]:
    grouped = groupby(content, key=lambda word: labels[word.start][0] is None)
    return [list(run) for unsupported, run in grouped if unsupported]


def _stretches(found: Sequence[_Word], labels: Sequence[tuple[int | None, float]]) -> list[Support]:
    """Neighbouring words that rest on the same passage, as one support each; its weight is their mean."""
    stretches: list[Support] = []
    for n, group in groupby(zip(found, labels, strict=True), key=lambda item: item[1][0]):
        members = list(group)
        weight = sum(weight for _, (_, weight) in members) / len(members)
        stretches.append(Support(members[0][0].start, members[-1][0].end, n, round(weight, 3)))
    return stretches


def _key(word: str) -> str:
    """The form two words are compared by: the stem, or a number in digits without its separators of thousands."""
    folded = normalise(word)
    if is_number(folded):
        return _WHOLE.sub("", folded.replace(",", ""))
    return _NUMBERS.get(folded) or stem(word)


def _names(word: str) -> bool:
    return word[0].isupper() and is_content(word)


def _negates(word: str) -> bool:
    folded = normalise(word)
    return folded in NEGATIONS or folded.endswith("n't")
