"""The markers that people type before the items of a list: bullets, numbers and letters, in the forms of East Asia too."""

import re
import unicodedata
from collections.abc import Sequence

from rag.languages import MONTHS_AFTER_DAYS
from rag.text import CJK

# A blank stands behind each of them. "24. Januar", "1. 3. 2026" and "z. B." are dates and abbreviations.
_DATE = rf"\s+(?:(?i:{'|'.join(MONTHS_AFTER_DAYS)})\b|\d{{1,2}}\.\s?\d{{4}})"
ITEM = re.compile(
    rf"([-–•·▪◦*●○]|\(?\d{{1,3}}(?:\)|\.(?!{_DATE}))|\(?[a-z](?:\)|\.(?!\s+[^\W\d_]\.)))\s+(?=\S)",
)
# These need none: 1、 1． 1） （1） 一、 （一） ① ・, and others before a character of East Asia. Sentences begin so too.
_NUMERAL = "[一二三四五六七八九十]{1,3}"
_CLOSE = re.compile(
    rf"(\d{{1,2}}(?:[、）]|．(?!\d))|（\d{{1,2}}）|{_NUMERAL}、|[（(]{_NUMERAL}[）)]|[\u2460-\u2487\u2776-\u277f\u3220-\u3229]|・"
    rf"|(?:\(?\d{{1,2}}[.)]|[•·▪◦●])(?=[{CJK}《「『【“（]))\s*(?=\S)"
)
_FIGURES = re.compile(r"\d+")
_NUMERALS = re.compile(_NUMERAL)
_TEN = "十"
_NEAR = 10  # Lines: the items of a list may have paragraphs of their own.


def marker_of(text: str, *, listed: bool) -> re.Match[str] | None:
    """The marker that a text begins with, as the first group. `listed`: others of its kind are near, so it needs no blank."""
    return ITEM.match(text) or (_CLOSE.match(text) if listed else None)


def in_sequence(lines: Sequence[str]) -> list[bool]:
    """Whether each line begins with a marker that another near it has too; a number, one less or one more."""
    kinds = [_kind(match[1]) if (match := marker_of(line, listed=True)) else None for line in lines]
    found = []
    for n, kind in enumerate(kinds):
        if kind is None:
            found.append(False)
            continue
        form, number = kind
        wanted = {kind} if number is None else {(form, number - 1), (form, number + 1)}
        found.append(not wanted.isdisjoint((*kinds[max(0, n - _NEAR) : n], *kinds[n + 1 : n + 1 + _NEAR])))
    return found


def bullet(marker: str) -> str:
    """A list item's marker: one sign for all bullets, a number as it is."""
    return marker if any(map(str.isalnum, marker)) else "-"


def number_of(marker: str) -> int | None:
    """The number of a marker in figures or in a circle; None of any other."""
    match = _FIGURES.search(marker)
    return int(match[0]) if match else _digit(marker) or None


def _kind(marker: str) -> tuple[str, int | None]:
    """The form of a marker without its number, and the number; a bullet has none."""
    if match := _FIGURES.search(marker):
        return _FIGURES.sub("1", marker), number_of(marker)
    if match := _NUMERALS.search(marker):
        tens, ten, ones = match[0].rpartition(_TEN)
        return _NUMERALS.sub(_TEN, marker), 10 * (_digit(tens) or 1) * bool(ten) + _digit(ones)
    letter = next(filter(str.isalpha, marker), "")
    if letter:
        return marker.replace(letter, "a"), ord(letter)
    if number := _digit(marker):  # ① and the like: those of one form follow each other.
        return chr(ord(marker) - number), number
    return marker, None


def _digit(sign: str) -> int:
    return int(unicodedata.numeric(sign, 0)) if len(sign) == 1 else 0
