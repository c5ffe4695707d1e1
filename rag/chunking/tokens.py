"""The tokens of a text, found once: how many a stretch of it has is looked up."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator

Tokenize = Callable[[str], list[tuple[int, int]]]
"""Text to the (start, end) characters of its tokens, special tokens not counted.

No token reaches over white space, and only the first word of a text may be read otherwise than the same word further on:
byte-level tokenizers have another token for a word with the blank before it.
"""

# An unknown word is one token however long it is; nothing longer than this counts as one.
LONGEST_TOKEN = 16
_SLAB = 50_000  # characters that are tokenised at once: while they are, their tokens take 5 MB
_BYTES = 4  # of a character at most: so many tokens it may have
_WORD = re.compile(r"\S*")


class Tokens:
    """The tokens of `text`. It is tokenised as far as it is asked for, and of each token only its place is kept."""

    def __init__(self, text: str, tokenize: Tokenize) -> None:
        self.text = text
        self._tokenize = tokenize
        self._starts, self._ends = array("I"), array("I")
        self._torn = array("I")  # where a slab ends inside a word
        self._read = 0
        self._alone: dict[str, int] = {}

    def count(self, start: int, end: int) -> int:
        """Tokens that begin in `[start, end)`; a word that is cut by either may have more when it is read alone."""
        self._read_to(end)
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def fits(self, start: int, end: int, room: int) -> bool:
        """Whether the stretch, read alone, has at most `room` tokens."""
        if end - start > (room + 1) * LONGEST_TOKEN:
            return False
        if self._is_whole(start, end):
            word = _WORD.match(self.text, start, end)
            assert word is not None
            others = self.count(word.end(), end)
            return others <= room and (others + len(word.group()) * _BYTES <= room or others + self.alone(word.group()) <= room)
        return length(self.text[start:end], self._tokenize) <= room

    def alone(self, text: str) -> int:
        """The tokens of a short text that stands beside others, as a heading path or a lead."""
        if text not in self._alone:
            self._alone[text] = length(text, self._tokenize)
        return self._alone[text]

    def after(self, start: int, count: int) -> int | None:
        """Where the `count`-th token that begins at or after `start` ends; None where there are fewer."""
        at = bisect_left(self._starts, start) + count - 1
        while at >= len(self._starts) and self._read < len(self.text):
            self._read_to(self._read + 1)
            at = bisect_left(self._starts, start) + count - 1
        return self._ends[at] if at < len(self._ends) else None

    def _is_whole(self, start: int, end: int) -> bool:
        """Whether no word is cut, by the stretch or by a slab in it."""
        text = self.text
        begins = start == 0 or text[start - 1].isspace() or text[start].isspace()
        ends = end == len(text) or text[end].isspace() or text[end - 1].isspace()
        self._read_to(end)
        return begins and ends and bisect_right(self._torn, start) == bisect_left(self._torn, end)

    def _read_to(self, end: int) -> None:
        text = self.text
        while self._read < min(end, len(text)):
            start, stop = self._read, self._slab_end(self._read)
            for first, last in bounded(self._tokenize(text[start:stop])):
                self._starts.append(start + first)
                self._ends.append(start + last)
            self._read = stop

    def _slab_end(self, start: int) -> int:
        """The last white space of a slab from `start` on, with which the next begins; where there is none, a word is torn."""
        stop = start + _SLAB
        if stop >= len(self.text):
            return len(self.text)
        for at in range(stop, start, -1):
            if self.text[at].isspace():
                return at
        self._torn.append(stop)
        return stop


def length(text: str, tokenize: Tokenize) -> int:
    """The tokens of a text read alone."""
    return len(bounded(tokenize(text)))


def bounded(tokens: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Tokens of at most LONGEST_TOKEN characters."""
    if all(end - start <= LONGEST_TOKEN for start, end in tokens):
        return tokens
    return list(_parts(tokens))


def _parts(tokens: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for start, end in tokens:
        for at in range(start, max(end, start + 1), LONGEST_TOKEN):
            yield at, min(at + LONGEST_TOKEN, end)
