"""Words of a page to lines, cut where gaps are wide, and the words of a cell to its text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.loading.pdf_words import Word
from rag.loading.pieces import Piece, Style

_STRONG = Style("strong")
_TWO_BLANKS = 1.6  # Times a letter's width; in code a blank is as wide as a letter.
_SAME_WIDTH = 1.05
_FIRST_WIDE, _LETTERS_A_WORD = "\u2e80", 3  # Of scripts without blanks.
_DIGITS = 0.2  # Of the letters of a number with its unit.
_LONGEST_NUMBER = 5  # Words: "from 12.50 EUR net".


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words of a line with no wide gap between them."""

    words: tuple[Word, ...]

    @property
    def x0(self) -> float:
        """Where it begins."""
        return self.words[0].x0

    @property
    def x1(self) -> float:
        """Where it ends."""
        return max(word.x1 for word in self.words)

    @property
    def length(self) -> float:
        """Its words, or what would be words in a script with blanks."""
        letters = sum(letter >= _FIRST_WIDE for word in self.words for letter in word.text)
        return max(sum(len(word.text.split()) for word in self.words), letters / _LETTERS_A_WORD)

    @property
    def is_number(self) -> bool:
        """Whether it is a number, with a unit or a few words."""
        text = "".join(word.text for word in self.words)
        digits = sum(map(str.isdigit, text))
        return digits > 0 and digits >= _DIGITS * sum(map(str.isalnum, text)) and self.length <= _LONGEST_NUMBER


Line = list[Stretch]


def lines_of(words: Iterable[Word], gap: float) -> list[Line]:
    """The lines from top to bottom, each cut at gaps of `gap` heights."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.y0 + word.y1) / 2):
        first = rows[-1][0] if rows else None
        if first and (word.y0 + word.y1 - first.y0 - first.y1) / 2 <= min(word.y1 - word.y0, first.y1 - first.y0) / 2:
            rows[-1].append(word)
        else:
            rows.append([word])
    lines = []
    for row in rows:
        line: list[list[Word]] = []
        blank = _TWO_BLANKS * _letter_width(row)
        for word in sorted(row, key=lambda word: word.x0):
            least = max(gap * min(word.height, line[-1][-1].height), blank) if line else 0.0
            if line and word.x0 - max(other.x1 for other in line[-1]) < least:
                line[-1].append(word)
            else:
                line.append([word])
        lines.append([Stretch(tuple(part)) for part in line])
    return lines


def _letter_width(words: Sequence[Word]) -> float:
    """The width of each letter where all have the same, as in code; else 0."""
    widths = [(word.x1 - word.x0) / len(word.text) for word in words if len(word.text) > 1]
    return max(widths) if len(widths) > 1 and max(widths) <= _SAME_WIDTH * min(widths) else 0.0


def cell_of(words: Sequence[Word]) -> list[Piece]:
    """The text of a cell, as pieces; a word that the line's end broke is whole again."""
    text = ""
    for line in lines_of(words, float("inf")):
        part = " ".join(word.text for word in line[0].words)
        if text.endswith("\u00ad") or (text.endswith("-") and text[-2:-1].isalpha() and part[:1].islower()):
            text = text[:-1] + part
        else:
            text = f"{text} {part}" if text else part
    return [(text, (_STRONG,) if words and all(word.bold for word in words) else ())]
