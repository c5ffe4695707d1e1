"""The words of a PDF page with their places, as a person sees it: turned by its /Rotate, without what lies outside."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from ctypes import byref, c_double, c_void_p, cast, create_string_buffer
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.loading.grid import Cell
from rag.loading.pdf_tags import heading_marks

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

Box = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in points from the upper left corner of the page as it is shown: y grows downwards, x0 <= x1, y0 <= y1."""

SLANTED = 4
CHECKED, UNCHECKED = "☒", "☐"  # How a box to tick is read.
_QUARTER = math.pi / 2
_SLANT = math.radians(10)  # From a quarter turn: a watermark across the page is turned further, a crooked scan is not.
_BOLD = re.compile(r"bold|black|heavy|demi|cmbx", re.IGNORECASE)  # In names of fonts, by which PDF tells its weights.
_FORCE_BOLD = 1 << 18  # Font flag, ISO 32000-1, table 123.
_SOFT_HYPHEN = "\u00ad"
_HYPHENS = "\x02\ufffe"  # PDFium's signs for any hyphen at a line's end, whether it belongs to the word or not.
_PRIVATE = range(0xE000, 0xF900)
_SIGNS = {**dict.fromkeys(range(32), " "), **dict.fromkeys(_PRIVATE, "•"), **dict.fromkeys(map(ord, _HYPHENS), "-")}
_RUN = re.compile(r"\S+")
# In heights of a letter:
_APART = 0.6  # No word has a gap that wide, even where no blank is in the file.
_WIDEST = 1.1  # Letters are at most that wide, on average.
_LOWEST, _HIGHEST = 0.5, 2.0  # Of the height of a letter's box: a size that is no more or less is believed.
_SAME_LINE = 0.3  # How much of the lower of two letters stands beside the other; a superscript does.


@dataclass(frozen=True, slots=True)
class Word:
    """A word at its place on the page as it is shown, in points; `height` is the size of its font.

    `turn` says how often a reader turns the page by 90 degrees clockwise to read it; SLANTED is text that stands
    across. `blank`: a blank stands before it in the file, not only a gap on the page. `heading`: the level
    of the heading that the file's tags say it is in, from 1; 0 where they say none.

    A hyphen at the end of a line is "-" and may belong to the word or not; U+00AD there does not. Letters that only their font
    knows (private use) are taken for the bullets that they nearly always are.
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
    blank: bool = False
    heading: int = 0

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
        return list(_Reader(text_page, frame(page), page.get_rotation() // 90, heading_marks(page)).words())
    finally:
        text_page.close()


def frame(page: "PdfPage") -> Callable[[Box], Box]:
    """A function from a box (left, bottom, right, top) of the file's coordinates to its box on the page as it is shown."""
    return _turned(page.get_bbox(), page.get_rotation() // 90)


def _turned(bounds: Box, turn: int) -> Callable[[Box], Box]:
    """As `frame`, of a page with these bounds that is turned clockwise `turn` times by 90 degrees."""
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


class _Reader:
    """The letters of a text page to words. `page_turn` is how often the page is turned clockwise by 90 degrees.

    Asking PDFium for each letter's place would take half of all time, so where the ends of a run without blanks show that it is
    one word, only they are asked for.
    """

    def __init__(self, text_page: "PdfTextPage", place: Callable[[Box], Box], page_turn: int, marks: Mapping[int, int]) -> None:
        from pypdfium2 import raw

        self._marks = marks
        self._raw, self._page, self._place, self._page_turn = raw, text_page.raw, place, page_turn
        self._text = self._letters(text_page)
        bounds = text_page.page.get_bbox()
        width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
        self._shown = (0.0, 0.0, height, width) if page_turn % 2 else (0.0, 0.0, width, height)
        self._frames = [_turned(bounds, turn) for turn in range(4)]
        self._bold: dict[int | None, bool] = {}  # By the address of a font.

    def words(self) -> Iterator[Word]:
        """The words that are visible at least by half."""
        end = 0
        for match in _RUN.finditer(self._text):
            blank = any(not self._raw.FPDFText_IsGenerated(self._page, n) for n in range(end, match.start()))
            end = match.end()
            for word in self._run(match.start(), end, blank=blank):
                left, upper, right, lower = self._shown
                if left <= (word.x0 + word.x1) / 2 <= right and upper <= (word.y0 + word.y1) / 2 <= lower:
                    yield word

    def _letters(self, text_page: "PdfTextPage") -> str:
        """The text with one character for each letter that PDFium counts."""
        count = text_page.count_chars()
        text = str(text_page.get_text_range())
        if len(text) != count:
            codes = (self._raw.FPDFText_GetUnicode(self._page, n) for n in range(count))
            text = "".join(chr(code) if code < 0xD800 or 0xE000 <= code < 0x110000 else "\ufffd" for code in codes)
        return text.translate(_SIGNS)

    def _run(self, start: int, end: int, *, blank: bool) -> Iterator[Word]:
        """The words of a run without blanks: one, or several where its letters stand apart."""
        turn = self._turn(start)
        upright = self._frames[turn % SLANTED]
        first, last = self._box(start), self._box(end - 1)
        if first and last and (turn == SLANTED or _is_word(upright(first), upright(last), end - start)):
            yield self._word(start, end, turn, _union(first, last), blank=blank)
            return
        at, box, before = start, None, None
        for n in range(start, end):
            letter = self._box(n)
            if letter is None:
                continue
            if box is not None and before is not None and (self._turn(n) != turn or not _follows(before, upright(letter))):
                yield self._word(at, n, turn, box, blank=blank)
                at, box, blank = n, None, False
                turn = self._turn(n)
                upright = self._frames[turn % SLANTED]
            box = letter if box is None else _union(box, letter)
            before = upright(letter)
        if box is not None:
            yield self._word(at, end, turn, box, blank=blank)

    def _turn(self, n: int) -> int:
        """How often the page as it is in the file is turned clockwise by 90 degrees to read a letter; SLANTED for others."""
        angle = max(0.0, self._raw.FPDFText_GetCharAngle(self._page, n))  # Clockwise, 0 to 2 pi; -1 where there is none.
        quarters = round(angle / _QUARTER)
        return -quarters % 4 if abs(angle - quarters * _QUARTER) <= _SLANT else SLANTED

    def _word(self, start: int, end: int, turn: int, box: Box, *, blank: bool) -> Word:
        text = self._text[start : end - 1].replace(_SOFT_HYPHEN, "") + self._text[end - 1]
        height = self._size(start, box[3] - box[1] if turn % 2 == 0 else box[2] - box[0])
        shown = turn if turn == SLANTED else (turn - self._page_turn) % 4
        return Word(text, *self._place(box), height, self._is_bold(start), shown, "", blank, self._heading(start))

    def _heading(self, n: int) -> int:
        if not self._marks:
            return 0
        text_object = self._raw.FPDFText_GetTextObject(self._page, n)
        return self._marks.get(self._raw.FPDFPageObj_GetMarkedContentID(text_object), 0) if text_object else 0

    def _size(self, n: int, height: float) -> float:
        """The size of a letter's font in points, or the height of its box where that says something else.

        Boxes of two fonts of one size differ by up to a third, which would look like a heading or another paragraph.
        """
        matrix = self._raw.FS_MATRIX()
        if not self._raw.FPDFText_GetMatrix(self._page, n, byref(matrix)):
            return height
        size = float(self._raw.FPDFText_GetFontSize(self._page, n)) * math.hypot(matrix.c, matrix.d)
        return size if _LOWEST * height <= size <= _HIGHEST * height else height

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


def _is_word(first: Box, last: Box, letters: int) -> bool:
    """Whether a run of letters that begins and ends there is one word: on one line, and no wider than its letters."""
    height = min(first[3] - first[1], last[3] - last[1])
    beside = min(first[3], last[3]) - max(first[1], last[1])
    width = max(first[2], last[2]) - min(first[0], last[0])
    return beside >= _SAME_LINE * height and width <= letters * _WIDEST * height


def _follows(last: Box, box: Box) -> bool:
    """Whether a letter stands beside the last one, to its right or (Arabic) left."""
    height = min(last[3] - last[1], box[3] - box[1])
    beside = min(last[3], box[3]) - max(last[1], box[1])
    return beside >= _SAME_LINE * height and max(box[0] - last[2], last[0] - box[2]) <= _APART * height


def _union(one: Box, other: Box) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
