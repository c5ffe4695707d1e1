"""Where an answer says otherwise than the sentence that holds the rest of it: another number or name, or the opposite; and
where it says a thing more often, stops in the middle of one, or goes round in circles.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, takewhile

from rag.checking.wording import Region, Word, closest, denied, key_of
from rag.text import is_number, opposites

# Share of a sentence's plain words that one sentence of a passage must hold to contradict it.
_SAME_MATTER = 0.6
# Words that must be the same beside a name for another one to stand in its place.
_FRAME = 3
# What a number in a row of words is bounded by, and what must follow once the other was said; a range is from one to another.
_BOUNDS = frozenset(("at least", "at most", "up to", "more than", "less than", "fewer than"))
_PARTNERS = {"between": "and", "either": "or", "neither": "nor", "rang from": "to", "vari from": "to"}


def contradicted(sentence: str, found: Sequence[Word], regions: Sequence[Region]) -> dict[int, tuple[int, int]]:
    """Words by their start of which the sentence that holds the rest says otherwise: another number or name, or the opposite.

    `found` are the words of `sentence`, `regions` sentences. What is denied there and stated here is given as the sentence's
    first word of content.
    """
    content = [word for word in found if word.content]
    plain = [word for word in content if not word.exact and not word.negation]
    keys = {word.key for word in found}
    best = closest(plain, content, regions)
    if best is None or sum(best.supports(word) > 0 for word in plain) < _SAME_MATTER * len(plain):
        return {}
    numbers = {key for key in best.keys if is_number(key)}
    wrong = [
        word
        for word in content
        if (word.number and word.key not in numbers and numbers - keys)
        or (word.name and not word.number and word.key not in best.keys and best.names - keys)
        or (word.negation and not _denied_alike(sentence, best))
    ]
    wrong += [w for w in found if w.key not in best.keys and best.keys & set(map(key_of, opposites(w.text)))]
    wrong += _misplaced(found, best)
    if not any(word.negation for word in found):
        held = [word.key for word in content]
        wrong += content[:1] if any(2 * sum(key in clause for key in held) > len(held) for clause in best.denied) else []
    return {word.start: (word.start, word.end) for word in wrong}


def surplus(found: Sequence[Word], region: Region) -> dict[int, tuple[int, int]]:
    """Words of content by their start that are said more often than the region says them: repeated, or in the place of another
    ("federal, state, and federal" for "federal, state, and local").
    """
    said, source = Counter[str](), Counter(region.order)
    wrong: dict[int, tuple[int, int]] = {}
    for word in found:
        said[word.key] += word.content
        if 0 < source[word.key] < said[word.key]:
            wrong[word.start] = (word.start, word.end)
    return wrong


def cut_off(found: Sequence[Word], region: Region) -> dict[int, tuple[int, int]]:
    """Words by their start of which the region goes on and the sentence does not: a number whose bound is left out ("30 days"
    for "up to 30 days"), and the first half of a pair ("between 2" for "between 2 and 5").
    """
    said, source = [word.key for word in found], region.order
    wrong: dict[int, tuple[int, int]] = {}
    for at, word in enumerate(found):
        places = [n for n, key in enumerate(source) if key == word.key]
        bounds = {_before(source, n) for n in places if word.number}
        left_out = bounds and bounds <= _BOUNDS and _before(said, at) not in bounds
        missing = {_PARTNERS[pair] for pair in (word.key, _before(said, at + 1)) if pair in _PARTNERS} - {*said[at + 1 :]}
        if left_out or any(partner in source[n + 1 :] for partner in missing for n in places):
            wrong[word.start] = (word.start, word.end)
    return wrong


def _before(order: Sequence[str], at: int) -> str:
    """The two words before a place."""
    return " ".join(order[max(0, at - 2) : at])


def repeated(found: Sequence[Word], regions: Sequence[Region]) -> dict[int, tuple[int, int]]:
    """Words by their start that say once more what was just said ("the end of the end of"), as no region does."""
    said = tuple(word.key for word in found)
    wrong: dict[int, tuple[int, int]] = {}
    for length in range(1, len(said) // 2 + 1):
        for start in range(len(said) - 2 * length + 1):
            middle, end = start + length, start + 2 * length
            again = said[start:middle] == said[middle:end] and any(
                len(word.text) > 1 and word.content for word in found[middle:end]
            )
            if again and not any(_has(region.order, said[start:end]) for region in regions):
                wrong.update((word.start, (word.start, word.end)) for word in found[middle:end])
    return wrong


def _has(order: Sequence[str], run: Sequence[str]) -> bool:
    return any(order[at : at + len(run)] == run for at in range(len(order) - len(run) + 1))


def _denied_alike(sentence: str, region: Region) -> bool:
    """Whether each clause of a sentence that denies something has half of its words in one that denies in the region."""
    return all(any(2 * len(clause & other) >= len(clause) for other in region.denied) for clause in denied(sentence))


def _misplaced(found: Sequence[Word], region: Region) -> Iterator[Word]:
    """Names and numbers in whose place, between the same words, the sentence has others and not these."""
    said, source = [word.key for word in found], region.order
    there = _runs([_kind(key, key in region.names or n == 0) for n, key in enumerate(source)])
    for start, end in _runs([_kind(word.key, word.name or word.key in region.names) for word in found]):
        framed = [
            source[first:last]
            for first, last in there
            if _framed(said[:start][::-1], source[:first][::-1], said[end:], source[last:])
        ]
        if framed and not any(_same(said[start:end], run) for run in framed):
            yield from found[start:end]


def _same(said: Sequence[str], source: Sequence[str]) -> bool:
    """Whether a run says no other words than the source has there: a longer one's may be left out."""
    return set(said) == set(source) if len(said) == len(source) else set(said) < set(source)


def _kind(key: str, name: bool) -> str:
    return "number" if is_number(key) else "name" if name else ""


def _runs(kinds: Sequence[str]) -> list[tuple[int, int]]:
    """Where words in a row are of one kind; those of none are in no run."""
    groups = [(kind, [n for n, _ in group]) for kind, group in groupby(enumerate(kinds), key=lambda item: item[1])]
    return [(rows[0], rows[-1] + 1) for kind, rows in groups if kind]


def _framed(before: Sequence[str], source_before: Sequence[str], after: Sequence[str], source_after: Sequence[str]) -> bool:
    """Whether two places have the same words before (backwards) and after them, `_FRAME` in all; what is said may begin later
    and end earlier than the source.
    """
    sides = ((before, source_before), (after, source_after))
    same = [sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*side, strict=False))) for side in sides]
    alike = all(count or not one for count, (one, _) in zip(same, sides, strict=True))
    return alike and sum(same) >= _FRAME
