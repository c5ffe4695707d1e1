"""Headers, footers and page numbers that run along a PDF's pages, told by their place and by what they say on other pages."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.loading.pdf_lines import Line

_EDGE = 0.15  # Of the page's height, above and below;
_ROWS = 3  # and so many rows of lines in it.
_SAME_PLACE = 6.0  # Points from one page to another.
_FEW_PAGES = (
    4  # In so short a document, or where half of all pages have a line at that place, two pages are enough, else three.
)
_SHORTEST = 4  # Characters of a line that is left out because it is part of one that runs along.
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line at the edge of a page; `distance` is from the edge in points, `row` counts from it, `numbers` are in its text."""

    page: int
    line: Line
    distance: float
    numbers: tuple[int, ...]
    top: bool
    row: int


def running(pages: Sequence[tuple[float, Sequence[Line]]]) -> tuple[set[int], set[int]]:
    """The ids of lines to leave out, and of those that run along and stay, of pages as (height, lines).

    What is the same on all pages stays where it stands first; what counts the pages does not.
    """
    groups: dict[tuple[bool, str, int], list[list[_Edge]]] = defaultdict(list)
    places: dict[tuple[bool, int, int], set[int]] = defaultdict(set)
    edges: list[_Edge] = []
    for page, (height, lines) in enumerate(pages):
        for top in (True, False):
            for line, distance, row in _at_edge(lines, height, top=top):
                numbers = tuple(map(_value, _NUMBER.findall(line.text)))
                edge = _Edge(page, line, distance, numbers, top, row)
                edges.append(edge)
                places[_place(edge)].add(page)
                same = groups[top, " ".join(_NUMBER.sub("#", line.text).split()), round(line.height)]
                group = next((group for group in same if abs(group[-1].distance - distance) <= _SAME_PLACE), None)
                if group is None:
                    same.append([edge])
                else:
                    group.append(edge)
    left_out: set[int] = set()
    stay: set[int] = set()
    said: list[Line] = []
    for group in (group for same in groups.values() for group in same):
        often = len(places[_place(group[0])]) * 2 >= len(pages)
        fewest = 2 if often or len(pages) <= _FEW_PAGES else 3
        if len({edge.page for edge in group}) < fewest:
            continue
        for run in _runs(group):
            counts = len({edge.numbers for edge in run}) > 1
            if len(run) >= fewest:
                left_out.update(id(edge.line) for edge in (run if counts else run[1:]))
                said.append(run[0].line)
                stay.add(id(run[0].line))
    left_out.update(id(edge.line) for edge in edges if edge.page and edge.row == 1 and _is_part(edge.line, said))
    for _, lines in pages:  # What is all that a page says is no header.
        if all(id(line) in left_out for line in lines):
            left_out.difference_update(map(id, lines))
    return left_out, stay - left_out


def _place(edge: _Edge) -> tuple[bool, int, int]:
    """Where a line stands: chapters' titles that run along differ, but stand at one place."""
    return edge.top, round(edge.line.height), round(edge.distance / _SAME_PLACE)


def _at_edge(lines: Sequence[Line], height: float, *, top: bool) -> Iterable[tuple[Line, float, int]]:
    """The outermost lines with their distance from the upper or lower edge and their row, counted from there."""
    found = sorted(((line.y0 if top else height - line.y1, line) for line in lines if line.parts), key=lambda item: item[0])
    row, end = 0, 0.0
    for distance, line in found:
        if distance > _EDGE * height:
            return
        if distance >= end:
            row += 1
            end = distance + (line.y1 - line.y0) / 2
        if row > _ROWS:
            return
        yield line, distance, row


def _runs(group: list[_Edge]) -> list[list[_Edge]]:
    """Lines whose numbers are the same on all pages or count them; rows of a table that goes on have others."""
    runs: dict[tuple[int | None, ...], list[_Edge]] = defaultdict(list)
    constant = [len({edge.numbers[n] for edge in group}) == 1 for n in range(len(group[0].numbers))]
    for edge in group:
        key = tuple(None if same else number - edge.page for same, number in zip(constant, edge.numbers, strict=True))
        runs[key].append(edge)
    return list(runs.values())


def _value(number: str) -> int:
    if number.isdecimal():
        return int(number[:9])
    digits = [_DIGITS[letter] for letter in number]
    return sum(-digit if digit < after else digit for digit, after in zip(digits, [*digits[1:], 0], strict=True))


def _is_part(line: Line, said: Iterable[Line]) -> bool:
    """Whether a line is part of one that runs along, in letters of the same size: the shorter header of another page."""
    return len(line.text) >= _SHORTEST and any(
        line.text != other.text and line.text in other.text and round(line.height) == round(other.height) for other in said
    )
