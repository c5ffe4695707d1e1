"""Words of a PDF page to stretches of lines without wide gaps, and those to whole lines where no column parts them."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from rag.loading.items import ITEM
from rag.loading.pdf_words import SLANTED, Box, PageTable, Word

# In heights of a letter:
GUTTER = 0.75  # A gap that wide may part columns; in LaTeX they stand 0.8 to 1 heights apart, words in justified text 0.6.
_CELLS = 1.5  # A gap that wide is none between words: the line is a row of a table or form.
_SAME_BASE = 0.3  # The lower ends of two sizes of letters on one line differ by less.
_TOUCHING = 0.1  # Words that close are one: a file may set its letters in any order.
_BAND = 8.0  # Points: lines are looked up by bands of the page's height.
_MOST_BANDS = 8  # Of those, at each side of a word: what is higher than 64 points is looked up as if it were not.

_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3})*\.?")


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of a line, or a whole one. `parts` are (text, target of its link or ""); `first` is its first word's width.

    `gapped`: it has gaps as between the cells of a table; `running`: it runs along the edge of pages; `heading`: the level
    that the file's tags give it, 0 where they give none. A table stands in the place of lines as `table`, without parts.
    """

    parts: tuple[tuple[str, str], ...]
    x0: float
    y0: float
    x1: float
    y1: float
    height: float
    bold: bool
    first: float
    gapped: bool = False
    running: bool = False
    heading: int = 0
    table: PageTable | None = None

    @property
    def text(self) -> str:
        """The text of all parts; U+00AD may stand at its end."""
        return "".join(text for text, _ in self.parts)


def layers(words: Sequence[Word], width: float, height: float) -> list[tuple[int, list[Word]]]:
    """The words by how the page is turned to read them, each layer upright: that of most letters first, slanted text last."""
    letters: dict[int, int] = defaultdict(int)
    for word in words:
        letters[word.turn] += len(word.text)
    order = sorted(letters, key=lambda turn: (turn == SLANTED, -letters[turn], turn))
    return [(turn, [_upright(word, width, height) for word in words if word.turn == turn]) for turn in order]


def _upright(word: Word, width: float, height: float) -> Word:
    """The word on the page as it is when turned clockwise for reading it; `width` and `height` are those of the page before."""
    a, b, c, d = word.box
    if word.turn in (0, SLANTED):
        return word
    box = {
        1: (height - d, a, height - b, c),
        2: (width - c, height - d, width - a, height - b),
        3: (b, width - c, d, width - a),
    }
    return Word(word.text, *box[word.turn], word.height, word.bold, 0, word.link, word.blank, word.heading)


def stretches(words: Iterable[Word], tables: Iterable[PageTable] = ()) -> list[Line]:
    """Words that stand beside each other, joined; tables, and no words where a table stands."""
    found = [_of_table(table) for table in tables]
    boxes = [line.table.box for line in found if line.table]
    rows: list[list[Word]] = []
    bands: dict[int, list[list[Word]]] = defaultdict(list)  # Rows that go on, by where their last word stands.
    for word in sorted(words, key=lambda word: word.x0):
        middle = (word.y0 + word.y1) / 2
        if any(_holds(box, word) for box in boxes):
            continue
        reach = min(_MOST_BANDS, int(word.height / 2 / _BAND) + 1)
        band = int(middle / _BAND)
        near: list[list[Word]] = []
        for at in range(band - reach, band + reach + 1):
            if at in bands:
                bands[at] = [row for row in bands[at] if word.x0 - row[-1].x1 <= GUTTER * row[-1].height]
                near += [row for row in bands[at] if _beside(row[-1], word)]
        row = max(near, key=lambda row: row[-1].x1, default=None)
        if row is None:
            row = []
            rows.append(row)
        else:
            last = row[-1]
            at = int((last.y0 + last.y1) / 2 / _BAND)
            bands[at] = [other for other in bands[at] if other is not row]
        row.append(word)
        bands[band].append(row)
    return sorted([*found, *(_of_words(row) for row in rows)], key=lambda line: (line.y0, line.x0))


def slanted(words: Iterable[Word]) -> list[Line]:
    """Words that stand across the page, a line each, in the order of the file."""
    return [_of_words([word]) for word in words]


def whole_lines(lines: Iterable[Line]) -> list[Line]:
    """Stretches that stand beside each other, as whole lines from top to bottom."""
    found: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.y1):
        if found and not line.table and not found[-1][-1].table and _level(found[-1][-1], line):
            found[-1].append(line)
        else:
            found.append([line])
    return [_joined(sorted(row, key=lambda line: line.x0)) if len(row) > 1 else row[0] for row in found]


def _beside(last: Word, word: Word) -> bool:
    height = min(last.height, word.height)
    return _overlap(last, word) and -height < word.x0 - last.x1 <= GUTTER * height


def _overlap(one: Word | Line, other: Word | Line) -> bool:
    """Whether they stand on the same line: by half of the lower one."""
    low = min(one.y1 - one.y0, other.y1 - other.y0)
    return min(one.y1, other.y1) - max(one.y0, other.y0) >= low / 2


def _level(one: Line, other: Line) -> bool:
    """Whether two stretches stand on one base line; what stands beside text on lines of its own is no part of it."""
    return abs(one.y1 - other.y1) <= _SAME_BASE * min(one.height, other.height)


def _holds(box: Box, word: Word) -> bool:
    return box[0] <= (word.x0 + word.x1) / 2 <= box[2] and box[1] <= (word.y0 + word.y1) / 2 <= box[3]


def _of_table(table: PageTable) -> Line:
    return Line((), *table.box, height=0.0, bold=False, first=0.0, table=table)


def _of_words(words: list[Word]) -> Line:
    letters: Counter[float] = Counter()
    for word in words:
        letters[word.height] += len(word.text)
    height = max(letters, key=lambda height: (letters[height], height))
    tall = [word for word in words if word.height >= height / 2] or words
    first = words[0].height if _is_wide(words[0].text[0]) else words[0].x1 - words[0].x0
    return Line(
        tuple(_merged(_spaced(_reading_order(words)))),
        min(word.x0 for word in words),
        min(word.y0 for word in tall),
        max(word.x1 for word in words),
        max(word.y1 for word in tall),
        height,
        all(word.bold for word in words),
        first,
        heading=min(word.heading for word in words),
    )


def _spaced(words: Sequence[Word]) -> Iterator[tuple[str, str]]:
    """(text, link) of each word, with a blank before it where it does not touch the last one."""
    last: Word | None = None
    for word in words:
        if last is not None:
            gap = max(word.x0 - last.x1, last.x0 - word.x1)
            if word.blank or gap > _TOUCHING * word.height:
                yield " ", last.link if last.link == word.link else ""
        yield word.text, word.link
        last = word


def _merged(parts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Parts of one link, or of none, as one."""
    for link, group in groupby(parts, key=itemgetter(1)):
        yield "".join(text for text, _ in group), link


def _reading_order(words: list[Word]) -> list[Word]:
    """The words of a line from left to right; from right to left where Arabic or Hebrew is most of it."""
    if all(word.text.isascii() for word in words):
        return words
    back = [any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in word.text) for word in words]
    if 2 * sum(back) <= len(back):
        return words
    ordered: list[Word] = []
    for backwards, group in groupby(zip(reversed(back), reversed(words), strict=True), key=lambda item: item[0]):
        run = [word for _, word in group]
        ordered += run if backwards else run[::-1]
    return ordered


def _joined(row: list[Line]) -> Line:
    """Stretches from left to right as one line."""
    parts: list[tuple[str, str]] = []
    gapped = False
    for n, line in enumerate(row):
        if n:
            parts.append((" ", ""))
            is_number = len(row) == 2 and (ITEM.fullmatch(row[0].text + " ") or _NUMBER.fullmatch(row[0].text))
            gapped = gapped or (not is_number and line.x0 - row[n - 1].x1 > _CELLS * min(line.height, row[n - 1].height))
        parts += line.parts
    longest = max(row, key=lambda line: len(line.text))
    return Line(
        tuple(_merged(parts)),
        row[0].x0,
        min(line.y0 for line in row),
        max(line.x1 for line in row),
        max(line.y1 for line in row),
        longest.height,
        all(line.bold for line in row),
        row[0].first,
        gapped or any(line.gapped for line in row),
        all(line.running for line in row),
        min(line.heading for line in row),
    )


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
