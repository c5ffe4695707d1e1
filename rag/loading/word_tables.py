"""Rows and cells of a Word table: those merged downwards, those in content controls, and tables that stand in a cell."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.loading.grid import Cell
from rag.loading.pieces import Piece
from rag.loading.word_xml import CELL, ROW, Element, Styles, W, is_on, unwrapped, value, whole

_MOST_COLUMNS = 63  # Word's own limit.

Lines = list[list[Piece]]
"""What a cell says, a line for each row of a table in it."""


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A cell that is drawn, with the columns it spans and the row its merged part ends before."""

    element: Element | None
    width: int
    last: int


def rows(table: Element, styles: Styles, lines: Callable[[Element, bool], Lines]) -> Iterator[list[Cell]]:
    """The cells of each row; one merged downwards stands in the row it begins in.

    `lines` says a cell, told whether its row may name the columns. Where a cell has several lines, the row becomes as many, and
    its other cells span them.
    """
    bold_top = styles.has_bold_top(table)
    elements = [row for row in unwrapped(table) if row.tag == ROW and not _is_deleted(row)]
    layout = _places(elements)
    waiting: list[tuple[list[tuple[_Place, Lines]], int, bool]] = []
    tall: list[int] = []  # The lines of each row.
    for element, places in zip(elements, layout, strict=True):
        top = not tall or _is_header(element)
        said = [(place, [[]] if place.element is None else lines(place.element, top)) for place in places]
        heights = max((len(inner) for _, inner in said), default=1)
        tall.append(heights)
        waiting.append((said, heights, _is_header(element) or (bold_top and len(tall) == 1)))
    ends = [0]
    for height in tall:
        ends.append(ends[-1] + height)
    for n, (said, height, heads) in enumerate(waiting):
        for k in range(height):
            row = []
            for place, inner in said:
                if len(inner) > 1:
                    row.append(Cell(inner[k] if k < len(inner) else (), place.width, heads=heads))
                elif k == 0:
                    row.append(Cell(inner[0], place.width, ends[place.last] - ends[n], heads=heads))
            yield row


def is_layout(table: Element) -> Element | None:
    """The cell of a table that has but one: a frame around paragraphs."""
    found: list[Element] = []
    for row in unwrapped(table):
        if row.tag == ROW:
            found += [cell for cell in unwrapped(row) if cell.tag == CELL]
            if len(found) > 1:
                return None
    return found[0] if found else None


def _places(elements: list[Element]) -> list[list[_Place]]:
    ends: dict[int, int] = {}  # Of the merged cell that begins in a column, in the rows from here down.
    layout: list[list[_Place]] = []
    for n in range(len(elements) - 1, -1, -1):
        before = whole(value(elements[n], "trPr", "gridBefore"), 0, _MOST_COLUMNS) or 0
        places = [_Place(None, 1, n + 1)] * before
        column = before
        below, ends = ends, {}
        for cell in unwrapped(elements[n]):
            if cell.tag != CELL:
                continue
            properties = cell.find(W + "tcPr")
            width = whole(value(properties, "gridSpan"), 1, _MOST_COLUMNS) or 1
            last = below.get(column, n + 1)
            merge = None if properties is None else properties.find(W + "vMerge")
            if merge is not None and merge.get(W + "val", "continue") != "restart":
                ends[column] = last
            else:
                places.append(_Place(cell, width, n + 1 if merge is None else last))
            column += width
        layout.append(places)
    return layout[::-1]


def _is_deleted(row: Element) -> bool:
    properties = row.find(W + "trPr")
    return properties is not None and properties.find(W + "del") is not None


def _is_header(row: Element) -> bool:
    """Whether Word repeats the row at the head of each page."""
    return bool(is_on(row.find(W + "trPr"), "tblHeader"))
