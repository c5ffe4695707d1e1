"""A passage that was quoted once, found again years later: by document, version and characters, otherwise by its words."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Final, Literal

from rapidfuzz import fuzz

from rag.errors import NotFoundError
from rag.types import Document

How = Literal["same", "moved", "changed", "elsewhere", "gone"]
"""`same`: where it was, unchanged; `moved`: at another place of its document; `changed`: what resembles it most; `elsewhere`:
in another document; `gone`: nowhere."""

WORDS: Final = 60  # characters of a passage's beginning, and of its end, that it is known again by
VERSION: Final = 12  # characters of a version, and of a check
_RESEMBLES = 75.0  # of 100: the words of what counts as a changed passage
_MOST_PLACES = 200  # at which its first words, or its last, are looked at
_MOST_CHECKED = 50  # of these places, whose words are checked: those nearest to where the passage was
_LONGEST_COMPARED = 2_000_000  # characters of a document in which what only resembles is looked for


@dataclass(frozen=True, slots=True)
class Reference:
    """What a link or a stored answer says of a passage: characters `[start, end)` of a document in a version of it, and its
    first and last words, with the `check` of all of them; each is "" where nothing is known or may be said of it.
    """

    document: str
    start: int
    end: int
    first: str = ""
    last: str = ""
    check: str = ""
    version: str = ""

    @classmethod
    def of(cls, document: str, start: int, end: int, text: str, version: str = "") -> "Reference":
        """The reference to a passage whose whole text is known. Of a short one the first words are all."""
        plain = " ".join(text.split())
        last = plain[-WORDS:] if len(plain) > WORDS else ""
        return cls(document, start, end, plain[:WORDS], last, check(text), version[:VERSION])


@dataclass(frozen=True, slots=True)
class Found:
    """Where it is now: characters `[start, end)` of the document; (0, 0) where it is gone, and None where that is too."""

    how: How
    document: Document | None
    start: int = 0
    end: int = 0


def check(text: str) -> str:
    """What two texts have in common that differ in white space only, and hardly any others."""
    return sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()[:VERSION]


def find(
    reference: Reference,
    document: Callable[[str], Document],
    version: str = "",
    near: Callable[[str], Iterable[str]] = lambda words: (),
) -> Found:
    """The passage as who asks may see it. `document` gives a document by its name, or raises NotFoundError; `version` is the
    present one of that referred to; `near` names the documents in which some words are likely to stand.
    """
    there = _or_none(document, reference.document)
    if there is not None and (place := _in_its_document(reference, there, version)):
        return place
    for name in near(f"{reference.first} {reference.last}") if reference.first else ():
        other = _or_none(document, name) if name != reference.document else None
        if other is not None and (found := _exact(reference, other.text)):
            return Found("elsewhere", other, *found)
    return Found("gone", there)


def _in_its_document(reference: Reference, document: Document, version: str) -> Found | None:
    start, end = reference.start, reference.end
    inside = 0 <= start < end <= len(document.text)
    if inside and version and version[:VERSION] == reference.version:
        return Found("same", document, start, end)
    if not reference.first:
        return _by_check(reference, document) if inside or reference.check else None
    if found := _exact(reference, document.text):
        return Found("same" if found == (start, end) else "moved", document, *found)
    found = _resembling(reference, document.text)
    return Found("changed", document, *found) if found else None


def _by_check(reference: Reference, document: Document) -> Found | None:
    """By the check of its words alone: where it was, or at the beginning of a block; else where it was, as something else."""
    length = reference.end - reference.start
    for start in (reference.start, *(block.start for block in document.blocks)):
        text = document.text[start : start + length] if start >= 0 and length > 0 else ""
        if text and reference.check in {"", check(text)}:
            return Found("same" if start == reference.start else "moved", document, start, start + len(text))
    end = min(reference.end, len(document.text))
    return Found("changed", document, reference.start, end) if 0 <= reference.start < end else None


def _exact(reference: Reference, text: str) -> tuple[int, int] | None:
    """Where it stands as it was, whatever the white space, nearest to where it was."""
    nearest = sorted(_framed(reference, text), key=lambda place: abs(place[0] - reference.start))[:_MOST_CHECKED]
    return next((place for place in nearest if reference.check in {"", check(text[slice(*place)])}), None)


def _resembling(reference: Reference, text: str) -> tuple[int, int] | None:
    """Where its first and last words stand, or one of both, or what resembles one, with as much text as it had."""
    length = reference.end - reference.start
    found = _framed(reference, text)
    if not found:
        found = [(start, start + length) for start, _ in islice(_places(reference.first, text), _MOST_PLACES)]
        found += [(end - length, end) for _, end in islice(_places(reference.last, text), _MOST_PLACES)]
    if not found and len(text) <= _LONGEST_COMPARED:
        for words in filter(None, (reference.first, reference.last)):
            best = fuzz.partial_ratio_alignment(words, text, score_cutoff=_RESEMBLES)
            if best and best.score:
                is_first = words is reference.first
                found.append(
                    (best.dest_start, best.dest_start + length) if is_first else (best.dest_end - length, best.dest_end)
                )
    if not found:
        return None
    start, end = min(found, key=lambda place: abs(place[0] - reference.start))
    return max(0, start), min(len(text), end)


def _framed(reference: Reference, text: str) -> list[tuple[int, int]]:
    """Where its first and last words stand about as far apart as they did."""
    starts = islice(_places(reference.first, text), _MOST_PLACES)
    if not reference.last:
        return list(starts)
    length = reference.end - reference.start
    ends = [end for _, end in islice(_places(reference.last, text), _MOST_PLACES)]
    return [(start, end) for start, at in starts for end in ends if end >= at and abs(end - start - length) <= length // 4]


def _places(words: str, text: str) -> Iterator[tuple[int, int]]:
    pattern = r"\s+".join(map(re.escape, words.split()))
    # looked ahead for, so that places which overlap are found too
    return (match.span(1) for match in re.finditer(f"(?=({pattern}))", text, re.IGNORECASE)) if pattern else iter(())


def _or_none(document: Callable[[str], Document], name: str) -> Document | None:
    try:
        return document(name)
    except NotFoundError:
        return None
