"""The stretches of lines of a page to regions in reading order: what stands above columns, each column, what stands below.

A recursive X-Y cut (Nagy and Seth 1984) whose vertical cuts run along tall white rectangles between lines (Breuel 2002, "Two
geometric algorithms for layout analysis"), so that a heading over all columns ends a cut, however close it stands. Only columns
of running text are cut apart: rows of tables and forms are read from left to right.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from rag.loading.pdf_lines import GUTTER, Line

_MOST_LINES = 3_000  # On a page: a newspaper has 1,000; more are a drawing, and cuts take the square of them.
_DEEPEST = 8  # Cuts in cuts.
_FEWEST = 3  # Lines beside a gutter that can be columns.
_LETTERS = 12  # In a line of a column, on average: cells of tables are shorter.
_FEW_LETTERS = 8  # The same where the lines do not stand on those of the other side: no table does that.
_FULL = 0.7  # Of the widest: lines that the margin broke are that wide,
_MOSTLY = 0.5  # and these are so many of all.
_FLOW = 0.25  # So many lines of running text begin with a small letter; of list items and cells, fewer do on both sides.
_SPACED = 1.7  # Heights from line to line: those of running text stand closer, rows of tables wider.
_LEVEL = 0.15  # Heights: lines whose ends differ by less stand on the same line.
_SMALL_GAP = 3.0  # Heights: at a taller gap on both sides, what stands beyond is not in the columns.


@dataclass(frozen=True, slots=True)
class _Gutter:
    """A white rectangle, and the lines beside it."""

    x0: float
    x1: float
    left: list[Line]
    right: list[Line]


def regions(lines: Sequence[Line]) -> list[list[Line]]:
    """The regions of a page in reading order, each with its lines from top to bottom."""
    if len(lines) > _MOST_LINES:
        return [list(lines)]
    return [region for region in _cut(sorted(lines, key=lambda line: (line.y0, line.x0)), 0) if region]


def _cut(lines: list[Line], depth: int) -> Iterator[list[Line]]:
    gutter = _best(lines) if depth < _DEEPEST else None
    if gutter is None:
        yield lines
        return
    beside = {id(line) for line in (*gutter.left, *gutter.right)}
    top = min(line.y0 for line in (*gutter.left, *gutter.right))
    others = [line for line in lines if id(line) not in beside]
    yield from _cut([line for line in others if line.y0 < top], depth + 1)
    yield from _cut(gutter.left, depth + 1)
    yield from _cut(gutter.right, depth + 1)
    yield from _cut([line for line in others if line.y0 >= top], depth + 1)


def _best(lines: list[Line]) -> _Gutter | None:
    """The gutter between columns that has most lines on its weaker side."""
    best, most = None, _FEWEST - 1
    tried: list[tuple[float, float, float, float]] = []
    after = _neighbours(lines)
    before = {id(right): left for left, right in after.values()}
    for left, right in after.values():
        middle, level = (left.x1 + right.x0) / 2, max(left.y0, right.y0)
        if right.x0 - left.x1 < GUTTER * left.height or any(
            x0 <= middle <= x1 and y0 <= level <= y1 for x0, x1, y0, y1 in tried
        ):
            continue
        gutter = _along(lines, left, right)
        both = [left, right, *gutter.left, *gutter.right]
        tried.append((gutter.x0, gutter.x1, min(line.y0 for line in both), max(line.y1 for line in both)))
        if _weaker(gutter) > most:
            gutter = _without_far(gutter)
            if _weaker(gutter) > most and _parts_columns(gutter, after, before):
                best, most = gutter, _weaker(gutter)
    return best


def _weaker(gutter: _Gutter) -> int:
    return min(len(gutter.left), len(gutter.right))


def _neighbours(lines: list[Line]) -> dict[int, tuple[Line, Line]]:
    """Of each line that has one, by its id: itself and the nearest line to its right at the same height."""
    found: dict[int, tuple[Line, Line]] = {}

    def offer(left: Line, right: Line) -> None:
        known = found.get(id(left))
        if left.x1 <= right.x0 and (known is None or right.x0 < known[1].x0):
            found[id(left)] = (left, right)

    for n, line in enumerate(lines):
        for other in lines[n + 1 :]:
            if other.y0 >= line.y1:
                break
            offer(line, other)
            offer(other, line)
    return found


def _along(lines: list[Line], left: Line, right: Line) -> _Gutter:
    """The gutter that runs between two lines, up and down to what lies across it."""
    x0, x1 = left.x1, right.x0
    narrowest = GUTTER * min(left.height, right.height) if min(left.height, right.height) else GUTTER
    level = max(left.y0, right.y0)
    beside: tuple[list[Line], list[Line]] = ([], [])
    below = [line for line in lines if line.y0 >= level]
    above = sorted((line for line in lines if line.y0 < level), key=lambda line: -line.y1)
    for side in (below, above):
        for line in side:
            if line.x1 <= x1 - narrowest and line.x1 - x0 <= x1 - line.x0:
                x0 = max(x0, line.x1)
                beside[0].append(line)
            elif line.x0 >= x0 + narrowest:
                x1 = min(x1, line.x0)
                beside[1].append(line)
            else:
                break
    return _Gutter(x0, x1, *(sorted(side, key=lambda line: (line.y0, line.x0)) for side in beside))


def _without_far(gutter: _Gutter) -> _Gutter:
    """Without what stands above or below the columns behind a tall gap, and lines of one side alone beyond the other's."""
    both = sorted((*gutter.left, *gutter.right), key=lambda line: line.y0)
    blocks: list[list[Line]] = [[]]
    end = both[0].y0
    for line in both:
        if line.y0 - end > _SMALL_GAP * max(line.height, 1.0):
            blocks.append([])
        blocks[-1].append(line)
        end = max(end, line.y1)
    kept = {id(line) for block in blocks if len(block) >= _FEWEST for line in block}
    left, right = ([line for line in side if id(line) in kept] for side in (gutter.left, gutter.right))
    return _Gutter(gutter.x0, gutter.x1, left, right)


def _parts_columns(gutter: _Gutter, after: dict[int, tuple[Line, Line]], before: dict[int, Line]) -> bool:
    """Whether there is running text on both sides: many lines, long ones, close to each other, and broken by a margin."""
    inside = {id(line) for line in gutter.left}, {id(line) for line in gutter.right}
    left = [line for line in gutter.left if id(line) not in after or id(after[id(line)][1]) not in inside[0]]
    right = [line for line in gutter.right if id(line) not in before or id(before[id(line)]) not in inside[1]]
    left, right = [line for line in left if line.parts], [line for line in right if line.parts]
    if min(len(left), len(right)) < _FEWEST:
        return False
    aligned = _aligned(left, right)
    fewest = _LETTERS if aligned else _FEW_LETTERS
    return all(_is_text(side, fewest) for side in (left, right)) and (
        not aligned or all(_flows(side) for side in (left, right))
    )


def _aligned(left: list[Line], right: list[Line]) -> bool:
    """Whether most lines of the side with fewer stand on a line of the other."""
    fewer, more = sorted((left, right), key=len)
    ends = sorted(line.y1 for line in more)
    level = 0
    for line in fewer:
        slack = _LEVEL * line.height
        level += bisect_left(ends, line.y1 - slack) < bisect_right(ends, line.y1 + slack)
    return 2 * level >= len(fewer)


def _is_text(side: list[Line], fewest: int) -> bool:
    """Whether most letters of a side stand in long and full lines; a table or short heading in a column is little of it."""
    widest = max(line.x1 - line.x0 for line in side)
    letters = [len(line.text) for line in side]
    full = sum(len(line.text) for line in side if line.x1 - line.x0 >= _FULL * widest)
    steps = [after.y1 - line.y1 for line, after in pairwise(side)]
    return (
        sum(count * count for count in letters) >= fewest * sum(letters)
        and full >= _MOSTLY * sum(letters)
        and median(steps) <= _SPACED * median(line.height for line in side)
    )


def _flows(side: list[Line]) -> bool:
    """Whether lines go on in the next: begin with small letters, or are of a script that has none."""
    small = sum(len(line.text) for line in side if line.text[:1].islower())
    caseless = sum(
        len(line.text) for line in side if line.text[:1].isalpha() and line.text[:1].lower() == line.text[:1].upper()
    )
    total = sum(len(line.text) for line in side)
    return small >= _FLOW * total or 2 * caseless >= total
