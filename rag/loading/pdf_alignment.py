"""Words in columns to the rows of tables: lines, the gaps that go down through all of them, and which lines are one row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from rag.loading.grid import Cell
from rag.loading.items import ITEM
from rag.loading.pdf_cells import Line, Stretch, cell_of, lines_of
from rag.loading.pdf_rules import Rule
from rag.loading.pdf_words import Box, Word

_SECTION = re.compile(r"\d+(\.\d+)*\.?$")
_LEADER = re.compile(r"[.·…_]{4,}|(?:[.·…] ?){4,}")
# In heights of a letter:
_GAP = 0.6  # Between cells; between words it may be as wide in justified text, but not at one place in all lines.
_GAP_RULED = 0.5  # The same between the lines of a table.
_APART = 3.0  # From line to line of a table, at most.
_WIDER = 1.25  # Times the distance of lines in a cell: the distance of rows.
_TEXT_WORDS = 4  # Words in a line of running text, at least.
_FULL = 0.65  # Of its column's width: as long are lines of running text.
_MOST = 0.6  # Of a column's cells.
_PADDING = 12.0  # Points from a table's text to its edge, at most.
_WIDER_RULE = 0.25  # Of a table's width: texts of the last column may end that far from its edge.
_NUMBERS = 0.75  # Of a column of numbers.
_LONGEST_ADDRESS = 6  # Lines.
_LONGEST_UNIT = 4  # Letters.
_LEAST_ROWS = 3
_MOST_LINES = 300  # Of a table on a page: more are no page that people read.
_DEEPEST_HEADER = 4  # Lines.


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, and where it stands."""

    box: Box
    cells: tuple[Cell, ...]


def aligned_rows(words: Sequence[Word], rules: Sequence[Rule], *, ruled: bool = False) -> list[list[Row]]:
    """The tables told by their columns. `ruled`: lines enclose the words, which are one table or none."""
    lines = lines_of(words, _GAP_RULED if ruled else _GAP)
    if ruled:  # The header stands between the first two.
        runs = [lines] if 0 < sum(_middle(line) < rules[1].at for line in lines) <= _DEEPEST_HEADER else []
    else:
        runs = _runs(lines)
    found = []
    for run in runs:
        columns = _columns(run, _GAP_RULED if ruled else _GAP)
        if len(columns) < 2:
            continue
        rows = [_row(group, columns) for group in _grouped(run, columns, rules if ruled else ())]
        if _is_table(run, rows, columns, rules, ruled):
            found.append(rows)
    return found


def _runs(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines below each other that share gaps, as many as do."""
    runs: list[list[Line]] = []
    run: list[Line] = []
    for line in lines:
        if run and not _goes_on(run, line):
            runs.append(run)
            run = []
        if run or (len(line) > 1 and not _is_led(line)):
            run.append(line)
    runs.append(run)
    return [whole for run in runs if len(whole := _trimmed(run)) >= _LEAST_ROWS]


def _trimmed(run: list[Line]) -> list[Line]:
    """The lines without those at the end that are text below the table."""
    end = len(run)
    while end and len(run[end - 1]) == 1 and not _is_end_of_cell(run[:end]):
        end -= 1
    return run[:end]


def _is_end_of_cell(run: Sequence[Line]) -> bool:
    """Whether the last line goes on with a cell that is not in the first column."""
    close = min(_middle(b) - _middle(a) for a, b in pairwise(run)) if len(run) > 1 else 0.0
    near = len(run) > 1 and _middle(run[-1]) - _middle(run[-2]) <= _WIDER * close
    return near and 0 not in _places(run[-1][0], _columns(run, _GAP))


def _is_led(line: Line) -> bool:
    """Whether dots lead from one text to the next, as in a table of contents: such a line is read as it stands."""
    return _LEADER.search(" ".join(word.text for stretch in line for word in stretch.words)) is not None


def _goes_on(run: Sequence[Line], line: Line) -> bool:
    height = median(word.height for stretch in line for word in stretch.words)
    if _is_led(line) or len(run) >= _MOST_LINES:
        return False
    if _middle(line) - _middle(run[-1]) > _APART * height:
        return False
    before, after = _columns(run, _GAP), _columns([*run, line], _GAP)
    if len(after) < 2 or (len(run) >= _LEAST_ROWS and len(after) < len(before)):
        return False
    return len(line) > 1 or len(_places(line[0], after)) == 1


def _middle(line: Line) -> float:
    return median((word.y0 + word.y1) / 2 for stretch in line for word in stretch.words)


def _columns(lines: Sequence[Line], gap: float) -> list[tuple[float, float]]:
    """Where the columns begin and end: no stretch of a line goes over the gap between two, but in the first line."""
    multiple = [line for line in lines if len(line) > 1]
    columns = _apart(multiple, gap)
    if len(multiple) > _LEAST_ROWS and multiple[0] is lines[0]:
        below = _apart(multiple[1:], gap)
        return below if len(below) > len(columns) else columns
    return columns


def _apart(lines: Sequence[Line], gap: float) -> list[tuple[float, float]]:
    spans = sorted((stretch.x0, stretch.x1) for line in lines for stretch in line)
    if not spans:
        return []
    least = gap * median(word.height for line in lines for stretch in line for word in stretch.words)
    columns = [spans[0]]
    for x0, x1 in spans[1:]:
        if x0 - columns[-1][1] < least:
            columns[-1] = (columns[-1][0], max(columns[-1][1], x1))
        else:
            columns.append((x0, x1))
    return columns


def _places(stretch: Stretch, columns: Sequence[tuple[float, float]]) -> list[int]:
    """The columns that a stretch stands in; the nearest where it stands beside all."""
    over = [n for n, (x0, x1) in enumerate(columns) if min(x1, stretch.x1) - max(x0, stretch.x0) > 0]
    middle = (stretch.x0 + stretch.x1) / 2
    return over or [min(range(len(columns)), key=lambda n: abs(sum(columns[n]) / 2 - middle))]


def _grouped(lines: Sequence[Line], columns: Sequence[tuple[float, float]], rules: Sequence[Rule]) -> list[list[Line]]:
    """The lines of each row: those between two ruled lines, where these part all rows; else lines that go on with a cell."""
    bands: list[list[Line]] = []
    edges = [rule.at for rule in rules]
    for line in lines:
        if bands and not any(_middle(bands[-1][-1]) < edge < _middle(line) for edge in edges):
            bands[-1].append(line)
        else:
            bands.append([line])
    filled = [[{n for stretch in line for n in _places(stretch, columns)} for line in band] for band in bands]
    if len(bands) > 2 and all(sum(0 in places for places in band) < _LEAST_ROWS for band in filled):
        return bands
    return [row for band in bands for row in _split(band, columns)]


def _split(band: Sequence[Line], columns: Sequence[tuple[float, float]]) -> list[list[Line]]:
    distances = [_middle(b) - _middle(a) for a, b in pairwise(band)]
    close = min(distances, default=0.0)
    wide = [distance for distance in distances if distance > _WIDER * close]
    rows: list[list[Line]] = [[band[0]]]
    for line, distance in zip(band[1:], distances, strict=True):
        above = {n for stretch in rows[-1][0] for n in _places(stretch, columns)}
        places = {n for stretch in line for n in _places(stretch, columns)}
        near = distance <= _WIDER * close
        spaced = len(wide) >= len(distances) / 4  # Rows stand further apart than the lines of a cell.
        goes_on = places < above and 0 not in places and not any(stretch.is_number for stretch in line)
        if near and (goes_on or (spaced and (places < above or above < places))):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _row(lines: Sequence[Line], columns: Sequence[tuple[float, float]]) -> Row:
    cells: dict[tuple[int, int], list[Word]] = {}
    for line in lines:
        for stretch in line:
            places = _places(stretch, columns)
            key = next((k for k in cells if k[0] <= places[-1] and places[0] <= k[1]), (places[0], places[-1]))
            held = cells.pop(key, [])
            cells[min(key[0], places[0]), max(key[1], places[-1])] = [*held, *stretch.words]
    row: list[Cell] = []
    at = 0
    for (first, last), words in sorted(cells.items()):
        row += [Cell()] * (first - at)
        row.append(Cell(cell_of(words), width=last - first + 1))
        at = last + 1
    row += [Cell()] * (len(columns) - at)
    words = [word for part in cells.values() for word in part]
    box = (min(w.x0 for w in words), min(w.y0 for w in words), max(w.x1 for w in words), max(w.y1 for w in words))
    return Row(box, tuple(row))


def _is_table(
    lines: Sequence[Line], rows: Sequence[Row], columns: Sequence[tuple[float, float]], rules: Sequence[Rule], ruled: bool
) -> bool:
    """Whether lines in columns are a table: no running text, no list, and with numbers, a header or short texts throughout."""
    full = [row for row in rows if sum(1 for cell in row.cells if cell.text) > 1]
    filled = sum(cell.width for row in rows for cell in row.cells if cell.text)
    if len(full) < (2 if ruled else _LEAST_ROWS) or len(full) < _MOST * len(rows) or filled < len(rows) * len(columns) / 2:
        return False
    inside: list[list[Stretch]] = [[] for _ in columns]
    for line in lines[1:]:
        for n, part in groupby(line, key=lambda stretch: _places(stretch, columns)[0]):
            inside[n].append(Stretch(tuple(word for stretch in part for word in stretch.words)))
    if not ruled and sum(map(_is_running, inside, columns)) > 1:
        return False
    first = [text for row in full[1:] if (text := row.cells[0].text)]
    if first and all(_is_marker(text) or (len(columns) == 2 and _SECTION.match(text)) for text in first):
        return False
    if ruled or _has_header(lines, rules):
        return True
    numbers = [sum(stretch.is_number for stretch in part) >= _NUMBERS * len(part) > 0 for part in inside]
    if len(columns) == 2 and len(lines) <= _LONGEST_ADDRESS and _has_digit(inside[0]):
        return sum(map(_has_few_letters, inside[1])) >= _NUMBERS * len(inside[1])  # Addresses have numbers too.
    whole = len(columns) > 2 and all(len(part) >= _MOST * (len(lines) - 1) for part in inside)
    return any(numbers[1:]) or (whole and all(median(s.length for s in part) < _TEXT_WORDS for part in inside))


def _has_digit(column: Sequence[Stretch]) -> bool:
    return any(map(str.isdigit, "".join(word.text for part in column for word in part.words)))


def _has_few_letters(part: Stretch) -> bool:
    """Whether it is a number, with a unit at most."""
    return part.is_number and sum(letter.isalpha() for word in part.words for letter in word.text) <= _LONGEST_UNIT


def _is_marker(text: str) -> bool:
    return ITEM.match(text + " .") is not None or not any(map(str.isalnum, text))


def _is_running(part: Sequence[Stretch], column: tuple[float, float]) -> bool:
    if not part or sum(stretch.is_number for stretch in part) > len(part) / 2:
        return False
    width = max(1.0, column[1] - column[0])
    return median(s.length for s in part) >= _TEXT_WORDS and median((s.x1 - s.x0) / width for s in part) >= _FULL


def _has_header(lines: Sequence[Line], rules: Sequence[Rule]) -> bool:
    """Whether the first line is bold above others that are not, or a ruled line stands below it and nothing else."""
    bold = [all(word.bold for stretch in line for word in stretch.words) for line in lines]
    if bold[0] and not any(bold[1:]) and len(lines[0]) > 1:
        return True
    left, right = min(s.x0 for line in lines for s in line), max(s.x1 for line in lines for s in line)
    below = [
        rule.at
        for rule in rules
        if _middle(lines[0]) < rule.at < _middle(lines[-1])
        and abs(rule.start - left) <= _PADDING
        and abs(rule.end - right) <= _WIDER_RULE * (right - left)
    ]
    return bool(below) and below[0] < _middle(lines[1])


def split_rows(cells: Sequence[tuple[int, int, Sequence[Word]]]) -> list[list[tuple[int, int, list[Word]]]] | None:
    """The rows that stand in one row of cells (column, width, words), where lines part the columns only; None for one row.

    Each line of it is a row then: the cells have as many lines as each other, at the same heights, and are no running text.
    """
    lines = [lines_of(words, float("inf")) for _, _, words in cells]
    counts = {len(part) for part in lines if part}
    if len(counts) != 1 or sum(map(bool, lines)) < 2 or (count := counts.pop()) < _LEAST_ROWS:
        return None
    for part in lines:
        whole = [line[0] for line in part]
        if whole and _is_running(whole, (min(one.x0 for one in whole), max(one.x1 for one in whole))):
            return None
    return [
        [(column, width, list(part[n][0].words) if part else []) for (column, width, _), part in zip(cells, lines, strict=True)]
        for n in range(count)
    ]
