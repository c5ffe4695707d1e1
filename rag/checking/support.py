"""For each stretch of an answer the passage it rests on, or none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from rag.checking.contradiction import contradicted, cut_off, repeated, surplus
from rag.checking.wording import Region, Word, best_of, regions_of
from rag.text import sentences, words
from rag.types import Support, TokenVectors

# Words that must rest together on another passage than the rest of their sentence, if a number or name is among them.
_TOGETHER = 3
EmbedTokens = Callable[[Sequence[str]], list[TokenVectors]]


@dataclass(frozen=True, slots=True)
class Source:
    """A stretch of the n-th passage that the answer rests on, in characters of that passage."""

    n: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Attribution:
    """`support` covers the answer's words in order; `supported` is the share 0..1 of its content words on `sources`.

    `in_one` is that share on one sentence, or on two that are said whole, of the sentence of the answer that has the least: two
    halves say what neither sentence does.
    """

    support: tuple[Support, ...]
    supported: float
    in_one: float
    sources: tuple[Source, ...]
    invented: tuple[tuple[int, int], ...]  # numbers, names and negations that rest on nothing: these change what is said


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
            return Attribution((Support(spans[0][0], spans[-1][1], None, 0.0),) if spans else (), 0.0, 0.0, (), ())
        (own,) = self._embed_tokens([answer])
        return _attributed(answer, own, self._regions)

    @cached_property
    def _regions(self) -> list[Region]:
        read = zip(self._passages, self._embed_tokens(self._passages), strict=True)
        return [region for n, (text, tokens) in enumerate(read, 1) for region in regions_of(n, text, tokens)]


def _attributed(answer: str, own: TokenVectors, regions: Sequence[Region]) -> Attribution:
    spans = words(answer)
    support: list[Support] = []
    sources: list[Source] = []
    invented: list[tuple[int, int]] = []
    held = total = 0
    in_one = 1.0
    alone = [region for region in regions if region.alone]
    for start, end in sentences(answer):
        found = [Word.of(answer, start, s, e, own) for s, e in spans if start <= s and e <= end]
        labels = _label(found, regions)
        said = [word for word in found if word.content]
        one = best_of(said, [*alone, *(region for region in regions if not region.alone and region.said_whole(found))])
        denied = contradicted(answer[start:end], found, alone) | repeated(found, regions)
        labels = [(None, 0.0) if word.start in denied else label for word, label in zip(found, labels, strict=True)]
        support += _stretches(found, [(region.n if region else None, weight) for region, weight in labels])
        sources += [Source(region.n, region.start, region.end) for region, _ in labels if region]
        invented += [(w.start, w.end) for w, (r, _) in zip(found, labels, strict=True) if not r and (w.exact or w.negation)]
        other = surplus(found, one) | cut_off(found, one) if one else {}
        invented += [span for span in (denied | other).values() if span not in invented]
        held += sum(region is not None for (region, _), word in zip(labels, found, strict=True) if word.content)
        total += len(said)
        in_one = min(in_one, sum(one.supports(word) > 0 for word in said) / len(said) if one else float(not said))
    return Attribution(tuple(support), held / total if total else 0.0, in_one, tuple(dict.fromkeys(sources)), tuple(invented))


def _label(found: Sequence[Word], regions: Sequence[Region]) -> list[tuple[Region | None, float]]:
    """For each word of a sentence the region it rests on; stop words go with the words of content around them."""
    content = [word for word in found if word.content]
    best = best_of(content, regions)
    labels = {word.start: (best, weight) if best and (weight := best.supports(word)) else (None, 0.0) for word in content}
    for run in _unsupported_runs(content, labels):
        other = best_of(run, regions)
        enough = _TOGETHER if any(word.exact for word in run) else 2
        if other and len(run) >= enough and all(other.supports(word) for word in run):
            labels.update({word.start: (other, other.supports(word)) for word in run})
    ordered: list[tuple[Region | None, float]] = []
    for at, word in enumerate(found):
        before = ordered[-1] if ordered else None
        after = next((labels[later.start] for later in found[at:] if later.content), None)
        ordered.append(labels.get(word.start) or (before if before and before[0] else after or before or (None, 0.0)))
    return ordered


def _unsupported_runs(content: Sequence[Word], labels: Mapping[int, tuple[Region | None, float]]) -> list[list[Word]]:
    grouped = groupby(content, key=lambda word: labels[word.start][0] is None)
    return [list(run) for unsupported, run in grouped if unsupported]


def _stretches(found: Sequence[Word], labels: Sequence[tuple[int | None, float]]) -> list[Support]:
    """Neighbouring words that rest on the same passage, as one support each; its weight is their mean."""
    stretches: list[Support] = []
    for n, group in groupby(zip(found, labels, strict=True), key=lambda item: item[1][0]):
        members = list(group)
        weight = sum(weight for _, (_, weight) in members) / len(members)
        stretches.append(Support(members[0][0].start, members[-1][0].end, n, round(weight, 3)))
    return stretches
