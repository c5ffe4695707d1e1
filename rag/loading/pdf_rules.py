"""The ruled lines of a PDF page, and the cells that they enclose."""

from collections.abc import Iterator, Sequence
from ctypes import byref, c_float, c_int
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from rag.loading.pdf_words import Box, frame

if TYPE_CHECKING:
    from pypdfium2 import PdfMatrix, PdfObject, PdfPage

# In points:
_THIN = 3.0  # A rectangle that thin is a line.
_SHORTEST = 6.0  # Shorter ones are dots, dashes and letters.
_NEAR = 3.0  # Ends that close meet; lines that close are one.
_MOST_SEGMENTS = 20_000  # A page with more is a drawing; so is one with more lines, those that meet counted as one.
_MOST_LINES = 600
_MOST_CELLS = 5_000


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line: at `at` from `start` to `end`, across the page (`at` is y) or down the page (`at` is x)."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Rules:
    """The lines of a page, those across and those down, sorted by `at`; those on one line that meet are one."""

    across: tuple[Rule, ...] = ()
    down: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells between lines: `edges` of columns and rows in ascending order, and each cell's (column, row, width, height)."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[tuple[int, int, int, int], ...]

    @property
    def box(self) -> Box:
        """Where it stands."""
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]


def page_rules(page: "PdfPage") -> Rules:
    """The lines that are drawn on a page, edges of filled rectangles included; none of a page that is a drawing."""
    across: list[Rule] = []
    down: list[Rule] = []
    place = frame(page)
    for n, (a, b) in enumerate(_segments(page)):
        if n >= _MOST_SEGMENTS:
            return Rules()
        x0, y0, x1, y1 = place((min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])))
        if y1 - y0 <= _THIN / 2 and x1 - x0 >= _SHORTEST:
            across.append(Rule((y0 + y1) / 2, x0, x1))
        elif x1 - x0 <= _THIN / 2 and y1 - y0 >= _SHORTEST:
            down.append(Rule((x0 + x1) / 2, y0, y1))
    rules = Rules(tuple(_merged(across)), tuple(_merged(down)))
    return rules if len(rules.across) + len(rules.down) <= _MOST_LINES else Rules()


def grids(rules: Rules) -> list[Grid]:
    """The grids of at least two columns and two rows that lines across and down make."""
    return [grid for group in connected(rules) if (grid := _grid(group)) is not None]


Point = tuple[float, float]


def _segments(page: "PdfPage") -> Iterator[tuple[Point, Point]]:
    """The straight pieces of what is drawn, in the file's coordinates; a thin rectangle is the line in its middle."""
    from pypdfium2.raw import FPDF_PAGEOBJ_PATH

    for item in page.get_objects(filter=[FPDF_PAGEOBJ_PATH], max_depth=2):
        if _is_drawn(item):
            yield from _pieces(item)


def _middle(left: float, bottom: float, right: float, top: float) -> tuple[Point, Point]:
    if top - bottom <= right - left:
        return (left, (bottom + top) / 2), (right, (bottom + top) / 2)
    return ((left + right) / 2, bottom), ((left + right) / 2, top)


def _is_drawn(item: "PdfObject") -> bool:
    from pypdfium2 import raw

    fill, stroke = c_int(), c_int()
    return bool(raw.FPDFPath_GetDrawMode(item.raw, byref(fill), byref(stroke)) and (fill.value or stroke.value))


def _pieces(item: "PdfObject") -> Iterator[tuple[Point, Point]]:
    """The straight pieces of one path. Its thin rectangles, as some programs draw all lines of a table, are lines."""
    from pypdfium2 import raw

    matrix = _matrix(item)
    points: list[Point] = []
    x, y = c_float(), c_float()
    for n in range(raw.FPDFPath_CountSegments(item.raw)):
        segment = raw.FPDFPath_GetPathSegment(item.raw, n)
        kind = raw.FPDFPathSegment_GetType(segment)
        raw.FPDFPathSegment_GetPoint(segment, byref(x), byref(y))
        point = matrix.on_point(x.value, y.value)
        if kind == raw.FPDF_SEGMENT_LINETO and points:
            points.append(point)
            if raw.FPDFPathSegment_GetClose(segment):
                points.append(points[0])
        else:
            yield from _lines(points)
            points = [point]
    yield from _lines(points)


def _lines(points: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    if len(points) >= 4:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        if min(max(xs) - min(xs), max(ys) - min(ys)) <= _THIN:
            yield _middle(min(xs), min(ys), max(xs), max(ys))
            return
    yield from pairwise(points)


def _matrix(item: "PdfObject") -> "PdfMatrix":
    """From an object's own coordinates to the page's; what stands in a form is moved with it."""
    from pypdfium2 import PdfMatrix, raw

    matrix = item.get_matrix()
    form = raw.FS_MATRIX()
    if item.container and raw.FPDFPageObj_GetMatrix(item.container, form):
        matrix = matrix.multiply(PdfMatrix.from_raw(form))
    return matrix


def _merged(rules: list[Rule]) -> list[Rule]:
    """Lines that lie on each other as one, sorted by where they are."""
    found: list[Rule] = []
    group: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if group and rule.at - group[0].at > _NEAR:
            found += _joined(group)
            group = []
        group.append(rule)
    return found + _joined(group)


def _joined(group: list[Rule]) -> list[Rule]:
    found: list[Rule] = []
    for rule in sorted(group, key=lambda rule: rule.start):
        if found and rule.start - found[-1].end <= _NEAR:
            found[-1] = Rule(found[-1].at, found[-1].start, max(found[-1].end, rule.end))
        else:
            found.append(rule)
    return found


def connected(rules: Rules) -> list[Rules]:
    """Lines across and down that cross or meet, directly or through others."""
    lines = [*rules.across, *rules.down]
    parent = list(range(len(lines)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    for n, across in enumerate(rules.across):
        for m, down in enumerate(rules.down, start=len(rules.across)):
            if _meet(across, down):
                parent[root(n)] = root(m)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for n, line in enumerate(lines):
        groups.setdefault(root(n), ([], []))[n >= len(rules.across)].append(line)
    return [Rules(tuple(across), tuple(down)) for across, down in groups.values() if across and down]


def _meet(across: Rule, down: Rule) -> bool:
    return across.start - _NEAR <= down.at <= across.end + _NEAR and down.start - _NEAR <= across.at <= down.end + _NEAR


def _edges(rules: Sequence[Rule]) -> list[float]:
    edges: list[float] = []
    for rule in rules:
        if not edges or rule.at - edges[-1] > _NEAR:
            edges.append(rule.at)
    return edges


def _grid(rules: Rules) -> Grid | None:
    """The cells between connected lines. A side of the whole that is not drawn is where the other lines end."""
    xs = _edges(sorted([*rules.down, *_ends(rules.across)], key=lambda rule: rule.at))
    ys = _edges(sorted([*rules.across, *_ends(rules.down)], key=lambda rule: rule.at))
    columns, rows = len(xs) - 1, len(ys) - 1
    if columns < 2 or rows < 2 or columns * rows > _MOST_CELLS:
        return None
    cells: list[tuple[int, int, int, int]] = []
    taken: set[tuple[int, int]] = set()
    for row in range(rows):
        for column in range(columns):
            if (column, row) in taken:
                continue
            width = height = 1
            while (
                column + width < columns
                and (column + width, row) not in taken
                and not _drawn(rules.down, xs[column + width], ys[row], ys[row + 1])
            ):
                width += 1
            while row + height < rows and not any(
                _drawn(rules.across, ys[row + height], xs[n], xs[n + 1]) for n in range(column, column + width)
            ):
                height += 1
            taken |= {(column + n, row + m) for n in range(width) for m in range(height)}
            cells.append((column, row, width, height))
    return Grid(tuple(xs), tuple(ys), tuple(cells))


def _ends(rules: Sequence[Rule]) -> list[Rule]:
    """Where all the lines begin and end, as lines."""
    first, last = min(rule.start for rule in rules), max(rule.end for rule in rules)
    return [Rule(first, 0, 0), Rule(last, 0, 0)]


def _drawn(rules: Sequence[Rule], at: float, start: float, end: float) -> bool:
    """Whether a line is drawn at least along half of a cell's side."""
    return any(
        abs(rule.at - at) <= _NEAR and min(rule.end, end) - max(rule.start, start) >= (end - start) / 2 for rule in rules
    )
