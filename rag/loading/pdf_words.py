"""The words of a PDF page with their places, as a person sees the page: turned by its /Rotate, what lies outside it left out."""

import math
import re
from collections.abc import Callable, Iterator
from ctypes import byref, c_double, c_void_p, cast, create_string_buffer
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.loading.grid import Cell

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

Box = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in points from the upper left corner of the page as it is shown: y grows downwards, x0 <= x1, y0 <= y1."""

SLANTED = 4
_QUARTER = math.pi / 2
_SLANT = math.radians(10)  # From a quarter turn: a watermark across the page is turned further, a crooked scan is not.
_BOLD = re.compile(r"bold|black|heavy|demi|cmbx", re.IGNORECASE)  # In names of fonts, by which PDF tells its weights.
_FORCE_BOLD = 1 << 18  # Font flag, ISO 32000-1, table 123.
_SOFT_HYPHEN = "\u00ad"
_LINE_HYPHENS = "\x02\ufffe"  # PDFium's signs for any hyphen at a line's end, whether it belongs to the word or not.
# In heights of a letter:
_APART = 0.6  # No word has a gap that wide, even where no blank is in the file.
_TOGETHER = 0.05  # PDFium guesses blanks from the widths that a font declares; letters that touch are one word.
_SAME_LINE = 0.3  # How much of the lower of two letters stands beside the other; a superscript does.


@dataclass(frozen=True, slots=True)
class Word:
    """A word at its place on the page as it is shown, in points; `height` is that of its font's box, in reading direction.

    `turn` says how often a reader turns the page by 90 degrees clockwise to read it; SLANTED is text that stands
    across. A hyphen at the end of a line is "-" and may belong to the word or not; U+00AD there does not.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    height: float
    bold: bool
    turn: int = 0
    link: str = ""

    @property
    def box(self) -> Box:
        """Where it stands."""
        return self.x0, self.y0, self.x1, self.y1


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table on a page: where it stands, and its rows, as `rag.loading.grid.append_table` takes them."""

    box: Box
    rows: tuple[tuple[Cell, ...], ...]


def page_words(page: "PdfPage") -> list[Word]:
    """The words of a page, in the order of the file."""
    text_page = page.get_textpage()
    try:
        return list(_Reader(text_page, frame(page), page.get_rotation() // 90).words())
    finally:
        text_page.close()


def frame(page: "PdfPage") -> Callable[[Box], Box]:
    """A function from a box (left, bottom, right, top) of the file's coordinates to its box on the page as it is shown."""
    return _turned(page.get_bbox(), page.get_rotation() // 90)


def _turned(bounds: Box, turn: int) -> Callable[[Box], Box]:
    """From the file's coordinates to those of the page, which has `bounds` and is turned clockwise `turn` times by 90 degrees."""
    left, bottom, right, top = bounds

    def upright(box: Box) -> Box:
        return box[0] - left, top - box[3], box[2] - left, top - box[1]

    def once(box: Box) -> Box:
        return box[1] - bottom, box[0] - left, box[3] - bottom, box[2] - left

    def twice(box: Box) -> Box:
        return right - box[2], box[1] - bottom, right - box[0], box[3] - bottom

    def thrice(box: Box) -> Box:
        return top - box[3], right - box[2], top - box[1], right - box[0]

    return (upright, once, twice, thrice)[turn]


@dataclass(slots=True)
class _Letters:
    """A word under way: `box` is its place in the file's coordinates, `last` the last letter's place in reading direction."""

    turn: int
    last: Box
    box: Box
    text: list[str] = field(default_factory=list)
    height: float = 0.0
    bold: bool = False


class _Reader:
    """The letters of a text page to words. `page_turn` is how often the page is turned clockwise by 90 degrees."""

    def __init__(self, text_page: "PdfTextPage", place: Callable[[Box], Box], page_turn: int) -> None:
        from pypdfium2 import raw

        self._raw, self._page, self._place, self._page_turn = raw, text_page.raw, place, page_turn
        self._count = text_page.count_chars()
        bounds = text_page.page.get_bbox()
        width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
        self._shown = (0.0, 0.0, height, width) if page_turn % 2 else (0.0, 0.0, width, height)
        self._frames = [_turned(bounds, turn) for turn in range(4)]
        self._bold: dict[int | None, bool] = {}  # By the address of a font.

    def words(self) -> Iterator[Word]:
        """The words that are visible at least by half."""
        for letters in self._runs():
            x0, y0, x1, y1 = self._place(letters.box)
            left, upper, right, lower = self._shown
            if left <= (x0 + x1) / 2 <= right and upper <= (y0 + y1) / 2 <= lower:
                text = "".join(letters.text)
                text = text[:-1].replace(_SOFT_HYPHEN, "") + text[-1]
                turn = letters.turn if letters.turn == SLANTED else (letters.turn - self._page_turn) % 4
                yield Word(text, x0, y0, x1, y1, letters.height, letters.bold, turn)

    def _runs(self) -> Iterator[_Letters]:
        word: _Letters | None = None
        blank = False  # Whether PDFium guesses a blank behind the word under way.
        get_unicode, is_generated = self._raw.FPDFText_GetUnicode, self._raw.FPDFText_IsGenerated
        for n in range(self._count):
            code = get_unicode(self._page, n)
            letter = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
            if letter in _LINE_HYPHENS:
                letter = "-"
            if letter.isspace() or not letter.isprintable() and letter != _SOFT_HYPHEN:
                if word is not None and letter == " " and is_generated(self._page, n) == 1:
                    blank = True
                elif word is not None:
                    yield word
                    word = None
                continue
            box = self._box(n)
            if box is None:
                continue
            if word is not None:
                place = box if word.turn == SLANTED else self._frames[word.turn](box)
                if word.turn != SLANTED and not _follows(word.last, place, _TOGETHER if blank else _APART):
                    yield word
                    word = None
                elif word.turn == SLANTED and blank:
                    yield word
                    word = None
            if word is None:
                word = self._start(n, box)
                place = word.last
            blank = False
            word.text.append(letter)
            word.last = place
            a, b = word.box, box
            word.box = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
        if word is not None:
            yield word

    def _start(self, n: int, box: Box) -> _Letters:
        angle = max(0.0, self._raw.FPDFText_GetCharAngle(self._page, n))  # Clockwise, 0 to 2 pi; -1 where there is none.
        quarters = round(angle / _QUARTER)
        turn = -quarters % 4 if abs(angle - quarters * _QUARTER) <= _SLANT else SLANTED
        last = box if turn == SLANTED else self._frames[turn](box)
        return _Letters(turn, last, box, height=last[3] - last[1], bold=self._is_bold(n))

    def _box(self, n: int) -> Box | None:
        """The place of a letter by its font's measures, or else by its shape; None where it has none."""
        raw = self._raw
        rect = raw.FS_RECTF()
        if raw.FPDFText_GetLooseCharBox(self._page, n, byref(rect)) and rect.right > rect.left and rect.top > rect.bottom:
            return rect.left, rect.bottom, rect.right, rect.top
        left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
        if not raw.FPDFText_GetCharBox(self._page, n, byref(left), byref(right), byref(bottom), byref(top)):
            return None
        return left.value, bottom.value, right.value, top.value

    def _is_bold(self, n: int) -> bool:
        raw = self._raw
        text_object = raw.FPDFText_GetTextObject(self._page, n)
        font = raw.FPDFTextObj_GetFont(text_object) if text_object else None
        key = cast(font, c_void_p).value if font else None
        if key not in self._bold:
            name = create_string_buffer(256)
            if font:
                raw.FPDFFont_GetBaseFontName(font, name, len(name))
            known = bool(_BOLD.search(name.value.decode("utf-8", "replace")))
            self._bold[key] = known or bool(font and raw.FPDFFont_GetFlags(font) & _FORCE_BOLD)
        return self._bold[key]


def _follows(last: Box, box: Box, gap: float) -> bool:
    """Whether a letter stands beside the last one, to its right or (Arabic) left, at most `gap` heights away."""
    height = min(last[3] - last[1], box[3] - box[1])
    beside = min(last[3], box[3]) - max(last[1], box[1])
    return beside >= _SAME_LINE * height and max(box[0] - last[2], last[0] - box[2]) <= gap * height
