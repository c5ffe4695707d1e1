"""Word: heading styles open sections, list paragraphs are items, tables become rows, runs and hyperlinks give marks."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.loading.archive import open_archive
from rag.loading.builder import Builder
from rag.loading.grid import Cell, append_table, guessed_header
from rag.loading.pieces import Piece, Style, link, plain, within
from rag.loading.text import split_marker
from rag.types import Document

if TYPE_CHECKING:
    from docx.oxml.table import CT_Row
    from docx.styles.style import BaseStyle
    from docx.table import Table
    from docx.text.hyperlink import Hyperlink
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

_HEADING = re.compile(r"heading ([1-9])$", re.IGNORECASE)
_LIST = re.compile(r"List\b.*?(\d)?$")
_STRONG, _EMPHASIS = Style("strong"), Style("emphasis")  # One for all runs: Word cuts a bold stretch into many.
_MOST_COLUMNS = 63  # Word's own limit.
_DEEPEST_ITEM = 8  # Word's own limit.


def load_word(path: Path, name: str) -> list[Document]:
    """Body text of a Word document; the styles Title and Heading 1-9 open sections."""
    import docx
    from docx.table import Table

    open_archive(path, name, "Word document", "word/document.xml").close()
    document = docx.Document(str(path))
    builder = Builder()
    styles: dict[str | None, tuple[int | None, int | None]] = {}  # Looking a style up costs a search through all of them.
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            append_table(builder, _rows(block), guessed_header)
            continue
        key = block._p.style
        heading, depth = styles[key] if key in styles else styles.setdefault(key, _kind(block.style))
        numbering: Any = block._p.pPr.numPr if block._p.pPr is not None else None
        if heading is not None:
            builder.heading(heading, plain(block.text))
            continue
        marker, pieces = split_marker(list(_pieces(block)))
        if marker or numbering is not None or depth is not None:
            level = numbering.ilvl.val if numbering is not None and numbering.ilvl is not None else depth or 0
            builder.add("item", pieces, level=min(level, _DEEPEST_ITEM), marker=marker or "-")
        else:
            builder.add("paragraph", pieces)
    return [builder.document(name, builder.title, document.core_properties.title or "")]


def _kind(style: "BaseStyle | None") -> tuple[int | None, int | None]:
    """Of a style, own or inherited: the level of a heading (Title stands above Heading 1), the depth of a list's items."""
    while style is not None:
        name = style.name or ""
        if match := _HEADING.match(name):
            return int(match[1]), None
        if name == "Title":
            return 0, None
        if match := _LIST.match(name):
            return None, int(match[1] or 1) - 1
        style = getattr(style, "base_style", None)
    return None, None


def _pieces(paragraph: "Paragraph") -> Iterator[Piece]:
    from docx.text.hyperlink import Hyperlink

    for part in paragraph.iter_inner_content():
        if isinstance(part, Hyperlink):
            style = link(_address(part))
            for run in part.runs:
                yield run.text, within(_styles(run), style)
        else:
            yield part.text, _styles(part)


def _address(hyperlink: "Hyperlink") -> str:
    try:
        return str(hyperlink.url)
    except KeyError:  # A link whose target the file does not have.
        return ""


def _styles(run: "Run") -> tuple[Style, ...]:
    if run._r.rPr is None:
        return ()
    named = run._r.rPr.style
    strong = (_STRONG,) if run.bold or (run.bold is None and named == "Strong") else ()
    emphasis = (_EMPHASIS,) if run.italic or (run.italic is None and named == "Emphasis") else ()
    return (*strong, *emphasis)


def _rows(table: "Table") -> Iterable[list[Cell]]:
    """The cells of each row; one merged downwards stands in the row it begins in."""
    from docx.table import _Cell

    heights: dict[int, int] = {}  # Of the merged cell that begins in a column, in the rows from here down.
    rows: list[list[Cell]] = []
    for row in reversed(table._tbl.tr_lst):
        cells = [Cell()] * min(row.grid_before, _MOST_COLUMNS)
        column = len(cells)
        below, heights = heights, {}
        for tc in row.tc_lst:
            width = min(max(tc.grid_span, 1), _MOST_COLUMNS)
            height = below.get(column, 0) + 1
            if tc.vMerge == "continue":
                heights[column] = height
            else:
                pieces = [piece for p in _Cell(tc, table).paragraphs for piece in (*_pieces(p), (" ", ()))]
                cells.append(Cell(pieces, width, height if tc.vMerge else 1, heads=_is_header(row)))
            column += width
        rows.append(cells)
    return reversed(rows)


def _is_header(row: "CT_Row") -> bool:
    """Whether Word repeats the row at the head of each page."""
    marks = row.xpath("./w:trPr/w:tblHeader[not(@w:val='0' or @w:val='false')]")
    return bool(marks)
