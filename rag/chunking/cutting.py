"""A stretch that does not fit to stretches that do: cut at lines, sentences or clauses, then at words, then between tokens."""

import re
from collections.abc import Iterator, Sequence

from rag.chunking.tokens import LONGEST_TOKEN, Tokens

# Paragraph, line, end of sentence (with and without a following blank), clause: from the strongest boundary to the weakest.
_SEPARATORS = tuple(map(re.compile, (r"\n\n+", r"\n", r"(?<=[.!?…])\s+", r"(?<=[。！？])", r"(?<=[;；，,])\s*")))
_SPACE = re.compile(r"\s+")
_JOINT = 1  # tokens that joining two pieces costs: passages stay those that langchain's splitter made in earlier versions
LONG = 50_000  # characters of a block that is looked at as a whole; of a longer one, parts are


def windows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretch in parts of at most LONG characters, each up to the strongest boundary in its second half."""
    while end - start > LONG:
        stop = start + LONG
        for separator in (*_SEPARATORS, _SPACE):
            if ends := [match.end() for match in separator.finditer(text, start + LONG // 2, stop)]:
                stop = ends[-1]
                break
        yield start, stop
        start = stop
    yield start, end


def cut(tokens: Tokens, start: int, end: int, room: int) -> Iterator[tuple[int, int]]:
    """Stretches of at most `room` tokens that leave nothing out: lines, sentences or clauses, joined while they fit."""
    for first, last in _joined(tokens, start, end, room, _SEPARATORS):
        yield from fit(tokens, first, last, room)


def fit(tokens: Tokens, start: int, end: int, room: int) -> Iterator[tuple[int, int]]:
    """The stretch itself if it fits, otherwise cut after its last token that fits (at a blank if one is near), and so on."""
    text = tokens.text
    while start < end:
        if tokens.fits(start, end, room):
            yield start, end
            return
        after = tokens.after(start, room)
        stop = min(end, start + room * LONGEST_TOKEN, end if after is None else max(after, start + 1))
        blank = max(text.rfind(" ", start + 1, stop), text.rfind("\n", start + 1, stop))
        if blank > 0 and stop < end:
            stop = blank + 1
        while stop > start + 1 and not tokens.fits(start, stop, room):  # a cut inside a word may make more tokens of it
            stop = start + max(1, (stop - start) * 3 // 4)
        yield start, stop
        start = stop


def _joined(
    tokens: Tokens, start: int, end: int, room: int, separators: Sequence[re.Pattern[str]]
) -> Iterator[tuple[int, int]]:
    """Pieces between the strongest separators that are there, joined while they fit; what is too long, between weaker ones."""
    if not separators:
        yield start, end
        return
    separator, *weaker = separators
    ends = [match.end() for match in separator.finditer(tokens.text, start, end)]
    if not ends:
        yield from _joined(tokens, start, end, room, weaker)
        return
    begin = at = start
    used = 0
    for stop in (*ends, end):
        if stop <= at:
            continue
        size = _size(tokens, at, stop, room)
        if size >= room:
            if begin < at:
                yield begin, at
            yield from _joined(tokens, at, stop, room, weaker)
            begin, used = stop, 0
        elif begin < at and used + size + _JOINT > room:
            yield begin, at
            begin, used = at, size
        else:
            used += size + (_JOINT if begin < at else 0)
        at = stop
    if begin < at:
        yield begin, at


def _size(tokens: Tokens, start: int, end: int, room: int) -> int:
    """Tokens, at least one; of what has more characters than can fit, so many that it does not."""
    if end - start > room * LONGEST_TOKEN:
        return (end - start) // LONGEST_TOKEN
    return max(1, tokens.count(start, end))
