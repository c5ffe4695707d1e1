"""A chart of Office as the table behind it: a row for each category, a column for each series, values as they are shown."""

from collections.abc import Iterator, Sequence
from typing import Any

from rag.loading.builder import Builder
from rag.loading.cleaning import one_line
from rag.loading.grid import Cell, append_table
from rag.loading.pieces import plain

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A_T = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_CATEGORY_AXES = frozenset((_C + "catAx", _C + "dateAx", _C + "serAx"))
_MOST_SERIES = 255  # Excel's own limit.
_MOST_CELLS = 500_000  # A chart that is drawn has some hundred.
_LONGEST_TITLE = 200

Element = Any  # lxml has no types of its own.
_Points = dict[int, str]


def append_chart(builder: Builder, space: Element) -> None:
    """Append the values that the file keeps of a chart (`c:chartSpace`), under its title; series of equal categories share a
    table."""
    chart = space.find(_C + "chart")
    area = None if chart is None else chart.find(_C + "plotArea")
    if area is None:
        return
    across, along = _axis_titles(area)
    tables: dict[tuple[tuple[int, str], ...], list[tuple[str, _Points]]] = {}
    for series in list(area.iter(_C + "ser"))[:_MOST_SERIES]:
        labels = _points(series.find(_C + "cat")) or _points(series.find(_C + "xVal"))
        values = _points(series.find(_C + "val")) or _points(series.find(_C + "yVal"))
        sizes = _points(series.find(_C + "bubbleSize"))
        name = one_line(" ".join(_points(series.find(_C + "tx")).values()) or _typed(series.find(_C + "tx")))
        columns = tables.setdefault(tuple(sorted(labels.items())), [])
        columns.append((f"{name} ({along})" if name and along else name or along, values))
        if sizes:
            columns.append(("", sizes))
    title = _text(chart.find(_C + "title"))
    for categories, columns in tables.items():
        if any(values for _, values in columns):
            append_table(builder, _rows(across, dict(categories), columns), _first_row, title)


def _rows(across: str, labels: _Points, columns: Sequence[tuple[str, _Points]]) -> Iterator[list[Cell]]:
    yield [Cell(plain(across)), *(Cell(plain(name)) for name, _ in columns)]
    places = sorted({*labels, *(n for _, values in columns for n in values)})
    for n in places[: _MOST_CELLS // (len(columns) + 1)]:
        yield [Cell(plain(labels.get(n, ""))), *(Cell(plain(values.get(n, ""))) for _, values in columns)]


def _first_row(grid: Sequence[Sequence[Cell]]) -> int:
    """The names of the series."""
    return 1


def _axis_titles(area: Element) -> tuple[str, str]:
    """The titles of the axis of the categories and of that of the values; none of the values' where there are two."""
    axes = [axis for axis in area if axis.tag in _CATEGORY_AXES or axis.tag == _C + "valAx"]
    of_values = [axis for axis in axes if axis.tag == _C + "valAx"]
    of_categories = [axis for axis in axes if axis.tag in _CATEGORY_AXES] or of_values[:1]
    if len(of_categories) == 1 and of_categories == of_values[:1]:  # Points have two axes of values.
        of_values = of_values[1:]
    across = _text(of_categories[0].find(_C + "title")) if of_categories else ""
    return across, _text(of_values[0].find(_C + "title")) if len(of_values) == 1 else ""


def _text(title: Element | None) -> str:
    return "" if title is None else one_line(" ".join(node.text or "" for node in title.iter(_A_T)))[:_LONGEST_TITLE]


def _typed(name: Element | None) -> str:
    """A series' name that was typed into the chart."""
    return "" if name is None else name.findtext(_C + "v") or ""


def _points(data: Element | None) -> _Points:
    """The kept values of categories or of a series by their place; labels of several levels are joined, outermost first."""
    if data is None:
        return {}
    levels = list(data.iter(_C + "lvl"))
    if levels:
        return _joined([_cached(level, "") for level in levels[:9]])
    cache = next(data.iter(_C + "strCache", _C + "numCache", _C + "strLit", _C + "numLit"), None)
    return {} if cache is None else _cached(cache, cache.findtext(_C + "formatCode") or "")


def _joined(levels: Sequence[_Points]) -> _Points:
    inner, *outer = levels
    found: _Points = {}
    current = [""] * len(outer)
    for n in sorted(inner):
        for k, level in enumerate(outer):
            current[k] = level.get(n, current[k])[:_LONGEST_TITLE]
        found[n] = " ".join(text for text in (*reversed(current), inner[n]) if text)
    return found


def _cached(cache: Element, form: str) -> _Points:
    points: _Points = {}
    is_number = cache.tag in (_C + "numCache", _C + "numLit")
    for point in cache.findall(_C + "pt")[:_MOST_CELLS]:
        place, text = point.get("idx") or "", point.findtext(_C + "v") or ""
        if place.isdecimal() and len(place) < 10 and text:
            points[int(place)] = _shown(text, point.get("formatCode") or form) if is_number else text
    return points


def _shown(text: str, form: str) -> str:
    """A kept number as its format shows it: percent, a date, or without the dust of binary fractions."""
    from openpyxl.styles.numbers import is_date_format
    from openpyxl.utils.datetime import from_excel

    try:
        number = float(text)
        if form != "General" and is_date_format(form):
            return str(from_excel(number)).removesuffix(" 00:00:00")
    except (ValueError, OverflowError, TypeError):
        return text
    return f"{100 * number:.10g}%" if "%" in form else f"{number:.15g}"
