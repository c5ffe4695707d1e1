"""A stretch that does not fit to stretches that do: cut at lines, sentences or clauses, then at words, then between tokens."""

import re
from collections.abc import Iterator
from itertools import accumulate, pairwise

from rag.chunking.tokens import LONGEST_TOKEN, Tokens

# Paragraph, line, end of sentence (with and without a following blank), clause: from the strongest boundary to the weakest.
_SEPARATORS = (r"\n\n+", r"\n", r"(?<=[.!?…])\s+", r"(?<=[。！？])", r"(?<=[;；，,])\s*")
_BOUNDARIES = tuple(map(re.compile, (*_SEPARATORS, r"\s+")))
LONG = 50_000  # characters of a block that is looked at as a whole; of a longer one, parts are


def windows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretch in parts of at most LONG characters, each up to the strongest boundary in its second half."""
    while end - start > LONG:
        stop = start + LONG
        for boundary in _BOUNDARIES:
            if ends := [match.end() for match in boundary.finditer(text, start + LONG // 2, stop)]:
                stop = ends[-1]
                break
        yield start, stop
        start = stop
    yield start, end


def cut(tokens: Tokens, start: int, end: int, room: int) -> Iterator[tuple[int, int]]:
    """Stretches of at most `room` tokens that leave nothing out: lines, sentences or clauses, joined while they fit."""
    for first, last in _joined(tokens, start, end, room):
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


def _joined(tokens: Tokens, start: int, end: int, room: int) -> Iterator[tuple[int, int]]:
    """Pieces between the strongest separators that are there, joined while they fit; what is too long, between weaker ones."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    most = room * LONGEST_TOKEN  # characters that could fit; what is longer need not be tokenised to know that it does not
    splitter = RecursiveCharacterTextSplitter(
        separators=list(_SEPARATORS),
        is_separator_regex=True,
        keep_separator="end",
        strip_whitespace=False,
        chunk_size=room,
        chunk_overlap=0,
        length_function=lambda text: max(1, tokens.alone(text) if len(text) <= most else len(text) // LONGEST_TOKEN),
    )
    # Running sums of the pieces' lengths are exact where the splitter's own start_index is not.
    ends = list(accumulate(map(len, splitter.split_text(tokens.text[start:end])), initial=start))
    assert ends[-1] == end, "the splitter lost characters"
    yield from pairwise(ends)
