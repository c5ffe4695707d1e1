"""Lines that OCR read to blocks, marked as such: columns in their order, tables as rows, lines joined to paragraphs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median

from rag.loading.builder import Builder
from rag.loading.cleaning import has_words
from rag.loading.grid import append_table, guessed_header
from rag.loading.items import in_sequence, marker_of
from rag.loading.pdf_rules import Rules
from rag.loading.pdf_tables import tables_among
from rag.loading.pdf_words import PageTable, Word
from rag.loading.pieces import Piece, Style, soft_break
from rag.loading.text import split_marker

# In heights of a line:
_CLOSE = 1.9  # From line to line of a paragraph.
_LARGER = 1.3  # Times the height of most lines: a heading.
_FULL = 0.85  # Of its column's width: the margin broke the line.
_LONGEST_HEADING = 80
_LEAST_LINES = 3  # On each side of the gap between two columns.


def append_lines(builder: Builder, lines: Sequence[Word], *, headings: bool = True) -> None:
    """Append the lines of one picture or page, as `rag.loading.ocr.lines_of` gives them.

    `headings`: what has larger letters opens a section, as is right for a page, but not for a picture within a text.
    """
    found = tables_among(lines, Rules())
    rest = [line for line in lines if not any(_holds(table, line) for table in found)]
    largest = _LARGER * median(line.height for line in lines) if lines and headings else float("inf")
    for part in _in_order([*rest, *map(_place, found)]):
        at = 0
        for n, line in enumerate(part):
            if line.text:
                continue
            _append(builder, part[at:n], largest)
            _append_table(builder, next(table for table in found if table.box == line.box))
            at = n + 1
        _append(builder, part[at:], largest)


def _append(builder: Builder, lines: Sequence[Word], largest: float) -> None:
    for text, is_heading, listed in _paragraphs(lines, largest):
        if is_heading:
            builder.heading(1, [(text, (Style("ocr"),))])
        else:
            marker, pieces = split_marker([(text, ())], listed=listed)
            marked: list[Piece] = [(piece, (Style("ocr"),)) for piece, _ in pieces]
            builder.add("item" if marker else "paragraph", marked, marker=marker)


def _append_table(builder: Builder, table: PageTable) -> None:
    rows = [
        [replace(cell, pieces=[(text, (*styles, Style("ocr"))) for text, styles in cell.pieces]) for cell in row]
        for row in table.rows
    ]
    append_table(builder, rows, guessed_header)


def _place(table: PageTable) -> Word:
    """Where a table stands among the lines; it has no text of its own."""
    return Word("", *table.box, height=0.0, bold=False)


def _holds(table: PageTable, line: Word) -> bool:
    x0, y0, x1, y1 = table.box
    return x0 <= (line.x0 + line.x1) / 2 <= x1 and y0 <= (line.y0 + line.y1) / 2 <= y1


def _in_order(lines: Sequence[Word]) -> Iterator[list[Word]]:
    """The lines of each column; what goes over the gap between columns parts what stands above from what stands below."""
    ordered = sorted(lines, key=lambda line: line.y0 + line.y1)
    gap = _gap(ordered)
    if gap is None:
        yield ordered
        return
    band: list[Word] = []
    for line in [*ordered, None]:
        if line is not None and not line.x0 < gap < line.x1:
            band.append(line)
            continue
        for side in ([one for one in band if one.x1 <= gap], [one for one in band if one.x0 >= gap]):
            if side:
                yield from _in_order(side)
        if line is not None:
            yield [line]
        band = []


def _gap(lines: Sequence[Word]) -> float | None:
    """The middle of a gap with lines at both sides of it, at the same heights; the one that fewest lines go over."""
    best: tuple[int, float] | None = None
    for line in lines:
        x = line.x1 + 0.1
        left, right = [one for one in lines if one.x1 < x], [one for one in lines if one.x0 > x]
        over = len(lines) - len(left) - len(right)
        if min(len(left), len(right)) < _LEAST_LINES or over > len(lines) / 4:
            continue
        together = min(max(one.y1 for one in left), max(one.y1 for one in right)) - max(
            min(one.y0 for one in left), min(one.y0 for one in right)
        )
        if together >= _LEAST_LINES * median(one.height for one in lines) and (best is None or over < best[0]):
            best = over, (max(one.x1 for one in left) + min(one.x0 for one in right)) / 2
    return best[1] if best else None


def _paragraphs(lines: Sequence[Word], largest: float) -> Iterator[tuple[str, bool, bool]]:
    """(text, whether it is a heading, whether it begins as items near it do) of lines of one column; headings have letters
    higher than `largest`.
    """
    if not lines:
        return
    right, width = max(line.x1 for line in lines), max(line.x1 for line in lines) - min(line.x0 for line in lines)
    text, listed = "", False
    last: Word | None = None
    for line, near in zip(lines, in_sequence([line.text for line in lines]), strict=True):
        if line.height >= largest and len(line.text) <= _LONGEST_HEADING and has_words(line.text):
            if text:
                yield text, False, listed
            yield line.text, True, False
            text, last = "", None
            continue
        if last is not None and marker_of(line.text, listed=near) is None and _goes_on(last, line, right, width):
            text = _joined(text, line.text)
        else:
            if text:
                yield text, False, listed
            text, listed = line.text, near
        last = line
    if text:
        yield text, False, listed


def _goes_on(last: Word, line: Word, right: float, width: float) -> bool:
    same_row = abs(line.y0 + line.y1 - last.y0 - last.y1) < line.height
    close = line.y0 + line.y1 - last.y0 - last.y1 <= 2 * _CLOSE * max(line.height, last.height)
    return same_row or (close and (line.text[:1].islower() or last.x1 >= right - (1 - _FULL) * width))


def _joined(text: str, line: str) -> str:
    if text.endswith("-") and text[-2:-1].isalpha() and line[:1].islower():
        return text[:-1] + line
    return text + soft_break(text, line) + line
