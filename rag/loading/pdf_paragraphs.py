"""Lines of a PDF's regions to paragraphs and list items: told by spacing, indents, and where a margin broke the line.

A paragraph goes on in the next column and on the next page where its last line was broken by the margin within a sentence.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from rag.loading.items import in_sequence, marker_of
from rag.loading.pdf_lines import Line
from rag.loading.pdf_words import CHECKED, UNCHECKED
from rag.loading.text import SENTENCE_END

NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+(?=[^\W\d_])")
_SAME_SIZE = 0.08  # Letters whose heights differ by less are of one size.
_SMALLER = 0.92  # Of the body's height: footnotes, captions, headers.
_LARGER = 1.15  # Of the body's height: titles, which are broken where they read well.
_LONGEST_TITLE = 150  # Characters of larger letters that are one title whatever the margin.
# In heights of a letter:
_USUAL_STEP = 1.3  # From line to line, where no two lines show it.
_LEAST_STEP = 0.9
_TITLE_STEP = 1.7
_SLACK = 0.5  # A line that had that much room for the next word was not broken by the margin.
_BLANK = 0.25
_INDENT = 0.8
_HANGING = 0.3
_REACH = 3.0  # Lines that end so near a margin show where it is,
_FEWEST_FULL = 2  # if they are so many, and the text
_NARROWEST = 10.0  # so wide, which is some 20 letters.
_NEARLY_FULL = 0.8  # Of the width: so long a line goes on, even where the next word had room, if the next line is
_CLOSE = 1.1  # no further away than that many usual steps,
_LONG = 40  # and it has so many characters.
_SPACED = 1.3  # Of the usual step: more is a new paragraph,
_FAR = 3.0  # and much more a picture or the next part.
_FEWEST_SPACED = 2  # Paragraphs with space between them, in a region where indents say nothing,
_MOST_LINES = 8  # if there is one for so many lines.


@dataclass(slots=True)
class Paragraph:
    """Lines with their pages. `right` is the margin of the last one; a table stands alone as one line."""

    lines: list[Line]
    pages: list[int]
    right: float
    marker: bool
    level: int = 0

    @property
    def text(self) -> str:
        """Its lines, one blank between them."""
        return " ".join(line.text for line in self.lines)


def paragraphs(page: int, lines: Sequence[Line], body: float) -> Iterator[Paragraph]:
    """The paragraphs and items of one region, whose lines stand from top to bottom; `body` is the height of most letters."""
    region = _Region.of(lines, body)
    found: Paragraph | None = None
    indents: list[float] = []
    for line in lines:
        if found is not None and region.goes_on(found, line):
            found.lines.append(line)
            found.pages.append(page)
            continue
        if found is not None:
            yield found
        marker = id(line) in region.items
        found = Paragraph([line], [page], region.rights[_size(line)], marker)
        if marker:
            found.level = _level(indents, line)
        elif not indents or line.x0 < indents[0] + _HANGING * line.height:
            indents.clear()
    if found is not None:
        yield found


def joined(found: Iterable[Paragraph], body: float) -> Iterator[Paragraph]:
    """Paragraphs with those joined that a column's or a page's end broke.

    What stands between does not keep them apart if it is small print or runs along; of the page that the paragraph begins on,
    it comes before it.
    """
    waiting: list[Paragraph] = []  # The last paragraph that may go on, then what does not keep it from that.
    for paragraph in found:
        if waiting and (_is_small(paragraph, body) or paragraph.lines[0].running):
            waiting.append(paragraph)
        elif waiting and _continues(waiting[0], paragraph):
            whole, *between = waiting
            yield from (other for other in between if other.pages[0] == whole.pages[-1])
            waiting = [whole, *(other for other in between if other.pages[0] != whole.pages[-1])]
            whole.lines += paragraph.lines
            whole.pages += paragraph.pages
            whole.right = paragraph.right
        else:
            yield from waiting
            waiting = [paragraph]
    yield from waiting


@dataclass(frozen=True, slots=True)
class _Region:
    """What the lines of a region show of how it is set.

    `items` has the ids of lines that begin like items, `rights` the right margin of each size of letters, `firm` the sizes
    where several lines reach it, so that it is one. `step` is the usual one from line to line, in heights. `spaced`: there is
    more space between paragraphs.
    """

    body: float
    items: frozenset[int]
    left: float
    rights: dict[int, float]
    firm: frozenset[int]
    step: float
    spaced: bool

    @classmethod
    def of(cls, lines: Sequence[Line], body: float) -> "_Region":
        """The region of lines that stand from top to bottom."""
        sizes = {_size(line): line for line in lines}
        rights = {size: max(other.x1 for other in lines if _same_size(line, other)) for size, line in sizes.items()}
        reach = {
            size: sum(1 for other in lines if _same_size(line, other) and other.x1 > rights[size] - _REACH * line.height)
            for size, line in sizes.items()
        }
        pairs = [(line, after) for line, after in pairwise(lines) if line.height]
        broken = [_step(line, after) for line, after in pairs if _broken(line, after, rights[_size(line)])]
        usual = median(broken) if broken else _USUAL_STEP
        wide = sum(1 for line, after in pairs if _same_size(line, after) and _SPACED < _step(line, after) / usual < _FAR)
        spaced = wide >= _FEWEST_SPACED and wide * _MOST_LINES >= len(pairs)
        left = min((line.x0 for line in lines), default=0.0)
        firm = frozenset(
            size
            for size, count in reach.items()
            if count >= _FEWEST_FULL and rights[size] - left >= _NARROWEST * sizes[size].height
        )
        listed = in_sequence([line.text for line in lines])
        items = frozenset(id(line) for line, near in zip(lines, listed, strict=True) if marker_of(line.text, listed=near))
        return cls(body, items, left, rights, firm, max(usual, _LEAST_STEP), spaced)

    def goes_on(self, found: Paragraph, line: Line) -> bool:
        """Whether a line belongs to the paragraph above it."""
        last = found.lines[-1]
        if _stands_alone(last, line) or last.heading != line.heading or not _same_size(last, line):
            return False
        step = _step(last, line)
        if line.height >= _LARGER * self.body and not (id(line) in self.items or NUMBERED.match(line.text)):
            short = len(found.text) + len(line.text) <= _LONGEST_TITLE
            if short and step <= _TITLE_STEP and last.bold == line.bold:
                return True
        apart = line.x0 >= last.x1 or line.x1 <= last.x0
        return not apart and step <= _SPACED * self.step and self._is_next(found, last, line, step)

    def _is_next(self, found: Paragraph, last: Line, line: Line, step: float) -> bool:
        """Whether a line right below a paragraph belongs to it, by its indent and by where the last one ends."""
        broken, ended = _broken(last, line, found.right), bool(SENTENCE_END.search(last.text))
        first, small = found.lines[0], line.text[:1].islower()
        if id(line) in self.items:
            return broken and not ended and not found.marker and line.x0 <= first.x0
        if found.marker and line.x0 > first.x0 + _HANGING * line.height:
            return True
        if (_centred(last, line) and not small) or (not self.spaced and _indented(found, line, ended=ended, broken=broken)):
            return False
        width, room = last.x1 - self.left, found.right - self.left
        if broken:
            return _size(last) in self.firm or not (ended or line.text[:1].isupper())
        if (
            (self.spaced or not ended)
            and width >= _NEARLY_FULL * room
            and step <= _CLOSE * self.step
            and len(last.text) >= _LONG
        ):
            return True
        return small and not ended and 2 * width >= room and not (last.gapped or line.gapped)


def _continues(paragraph: Paragraph, after: Paragraph) -> bool:
    """Whether a paragraph goes on behind the end of a column or page."""
    last, line = paragraph.lines[-1], after.lines[0]
    moved = paragraph.pages[-1] != after.pages[0] or line.y0 < last.y0
    if last.heading or line.heading:
        return False
    if not moved or last.table or line.table or after.marker or not _same_size(last, line) or last.bold != line.bold:
        return False
    if SENTENCE_END.search(last.text) or last.gapped or line.gapped:
        return False
    full = _broken(last, line, paragraph.right)
    return line.text[:1].islower() or (full and (len(paragraph.lines) > 1 or len(after.lines) > 1))


def _is_small(paragraph: Paragraph, body: float) -> bool:
    return all(not line.table and line.height < _SMALLER * body for line in paragraph.lines)


def _broken(line: Line, after: Line, right: float) -> bool:
    """Whether the margin broke a line: the first word of the next one had no room left."""
    return line.height > 0 and after.first + line.x1 + _BLANK * line.height > right - _SLACK * line.height


def _stands_alone(last: Line, line: Line) -> bool:
    """Whether there is a table, a box to tick, or rows whose cells stand below each other."""
    return bool(last.table or line.table) or (last.gapped and line.gapped) or line.text[:1] in (CHECKED, UNCHECKED)


def _centred(last: Line, line: Line) -> bool:
    """Whether both lines have the same middle and other ends: their writer broke them."""
    left, right = line.x0 - last.x0, line.x1 - last.x1
    return min(abs(left), abs(right)) > _INDENT * line.height and abs(left + right) <= _SLACK * line.height


def _indented(found: Paragraph, line: Line, *, ended: bool, broken: bool) -> bool:
    """Whether a line begins a paragraph by its indent, or comes back from a hanging one."""
    if line.x0 > min(part.x0 for part in found.lines) + _INDENT * line.height and (ended or not broken):
        return True
    return len(found.lines) > 1 and ended and line.x0 < found.lines[-1].x0 - _INDENT * line.height


def _step(line: Line, after: Line) -> float:
    """From one base line to the next, in heights of a letter."""
    return (after.y1 - line.y1) / line.height if line.height else 0.0


def _level(indents: list[float], line: Line) -> int:
    """The depth of a list item by its indent among those of the items before it; `indents` grows and shrinks."""
    while indents and line.x0 < indents[-1] - _HANGING * line.height:
        indents.pop()
    if not indents or line.x0 > indents[-1] + _HANGING * line.height:
        indents.append(line.x0)
    return len(indents) - 1


def _same_size(one: Line, other: Line) -> bool:
    return abs(one.height - other.height) <= _SAME_SIZE * max(one.height, other.height)


def _size(line: Line) -> int:
    return round(line.height)
