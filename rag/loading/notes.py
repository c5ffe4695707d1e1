"""Footnotes said where they belong: a word or two at their place, sentences behind the sentence that refers to them."""

import re
from collections.abc import Iterator, Sequence

from rag.loading.pieces import Piece, text_of

# Where a sentence ends, with the quotes and brackets that close behind it.
_STOP = "[.!?\u3002\uff01\uff1f\u2026][\"'\u201d\u2019\u00bb)\\]]*"
_SENTENCE_ENDS = re.compile(_STOP + r"(?=\s|$)|[\u3002\uff01\uff1f]")
_ENDED = re.compile(_STOP + r"\s*$")


def with_notes(pieces: Sequence[Piece], notes: Sequence[tuple[int, Sequence[Piece]]]) -> list[Piece]:
    """The pieces with the notes in brackets: a word or two at their place, sentences behind the sentence they belong to."""
    places: dict[tuple[int, int], list[Sequence[Piece]]] = {}  # (piece, character in it) -> the notes before it.
    for n, note in notes:
        text = text_of(note)
        if text:
            place = _after_sentence(pieces, n) if _ENDED.search(text) else (n, 0)
            places.setdefault(place, []).append(note)
    said: list[Piece] = []
    done = (0, 0)
    for place in sorted({*places, (len(pieces), 0)}):
        said += _between(pieces, done, place)
        done = place
        for note in places.get(place, ()):
            said += ((" (", ()), *note, (")", ()))
            follows = text_of(_between(pieces, place, (min(len(pieces), place[0] + 2), 0)))
            if follows[:1].isalnum():
                said.append((" ", ()))
    return said


def trimmed(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces without white space at their edges, as a note stands in brackets."""
    kept = [piece for piece in pieces if piece[0]]
    while kept and not kept[-1][0].strip():
        kept.pop()
    while kept and not kept[0][0].strip():
        del kept[0]
    if kept:
        kept[0] = (kept[0][0].lstrip(), kept[0][1])
        kept[-1] = (kept[-1][0].rstrip(), kept[-1][1])
    return kept


def _after_sentence(pieces: Sequence[Piece], n: int) -> tuple[int, int]:
    before = next((text for text, _ in reversed(pieces[:n]) if text.strip()), "")
    if not before or _ENDED.search(before[-20:]):
        return n, 0
    for k in range(n, len(pieces)):
        following = next((text for text, _ in pieces[k + 1 :] if text), " ") if k + 1 < len(pieces) else " "
        for match in _SENTENCE_ENDS.finditer(pieces[k][0]):
            if match.end() < len(pieces[k][0]) or following[:1].isspace():
                return k, match.end()
    return len(pieces), 0


def _between(pieces: Sequence[Piece], start: tuple[int, int], end: tuple[int, int]) -> Iterator[Piece]:
    for k in range(start[0], min(end[0] + 1, len(pieces))):
        text, styles = pieces[k]
        text = text[start[1] if k == start[0] else 0 : end[1] if k == end[0] else None]
        if text:
            yield text, styles
