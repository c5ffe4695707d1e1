"""Word, PowerPoint and Excel: heading styles, slides and sheets become sections; tables become rows."""

import datetime
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import LoadError
from rag.loading.archive import open_archive
from rag.loading.builder import Builder
from rag.loading.table import append_rows
from rag.types import Document

if TYPE_CHECKING:
    from docx.styles.style import BaseStyle
    from pptx.shapes.base import BaseShape

_HEADING = re.compile(r"heading ([1-9])$", re.IGNORECASE)
_MOST_ROWS = 200_000


def load_word(path: Path, name: str) -> list[Document]:
    """Body text of a Word document; the styles Title and Heading 1-9 open sections."""
    import docx
    from docx.table import Table

    open_archive(path, name, "Word document", "word/document.xml").close()
    document = docx.Document(str(path))
    builder = Builder()
    styles: dict[str | None, tuple[int | None, bool]] = {}  # Looking a style up costs a search through all of them.
    in_list = False
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            builder.add(_grid([cell.text for cell in _distinct(row.cells)] for row in block.rows))
            in_list = False
            continue
        key = block._p.style
        level, item = styles[key] if key in styles else styles.setdefault(key, _kind(block.style))
        item = item or (block._p.pPr is not None and block._p.pPr.numPr is not None)
        if level is not None:
            builder.heading(level, block.text)
        elif block.text.strip():
            builder.add(f"- {block.text}" if item else block.text, "\n" if item and in_list else "\n\n")
        in_list = item and level is None
    return [builder.document(name, builder.title, document.core_properties.title or "")]


def load_slides(path: Path, name: str) -> list[Document]:
    """A presentation: each slide is a page, headed by its title, with its tables and the speaker's notes."""
    import pptx

    open_archive(path, name, "PowerPoint presentation", "ppt/presentation.xml").close()
    presentation = pptx.Presentation(str(path))
    builder = Builder()
    for number, slide in enumerate(presentation.slides, start=1):
        builder.page(number)
        builder.close_sections()
        title = slide.shapes.title
        if title is not None:
            builder.heading(1, title.text_frame.text)
        for shape in _shapes(slide.shapes):
            if shape.has_text_frame and (title is None or shape.shape_id != title.shape_id):
                builder.add(shape.text_frame.text)
            elif shape.has_table:
                builder.add(_grid([cell.text for cell in row.cells if not cell.is_spanned] for row in shape.table.rows))
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
            builder.add(notes.text)
    return [builder.document(name, builder.title, presentation.core_properties.title)]


def load_sheets(path: Path, name: str) -> list[Document]:
    """A workbook: each sheet is a section, each row below its first a line `Header: value; Header: value`."""
    import openpyxl

    open_archive(path, name, "Excel workbook", "xl/workbook.xml").close()
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    builder = Builder()
    seen = 0
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        rows = []
        for row in sheet.iter_rows(values_only=True):
            if any(value is not None for value in row):
                rows.append([_cell(value) for value in row])
                seen += 1
            if seen > _MOST_ROWS:
                raise LoadError("too large", f"{name} has more than {_MOST_ROWS:,} rows; split it into smaller workbooks")
        if rows:
            builder.heading(1, sheet.title)
            append_rows(builder, rows[0], rows[1:])
    return [builder.document(name, book.properties.title or "")]


def _kind(style: "BaseStyle | None") -> tuple[int | None, bool]:
    """The level of a heading style, own or inherited (the style Title stands above Heading 1), and whether it is a list's."""
    while style is not None:
        name = style.name or ""
        if match := _HEADING.match(name):
            return int(match[1]), False
        if name == "Title" or name.startswith("List"):
            return (0, False) if name == "Title" else (None, True)
        style = getattr(style, "base_style", None)
    return None, False


def _distinct(cells: Iterable[Any]) -> Iterator[Any]:
    """Cells of a row, a merged one once."""
    last = None
    for cell in cells:
        if cell._tc is not last:
            yield cell
        last = cell._tc


def _grid(rows: Iterable[Iterable[str]]) -> str:
    return "\n".join(" | ".join(" ".join(cell.split()) for cell in row) for row in rows)


def _shapes(shapes: Iterable["BaseShape"]) -> "Iterator[Any]":
    from pptx.shapes.group import GroupShape

    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _cell(value: object) -> str:
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, float):
        return f"{value:.15g}"  # 0.1 + 0.2 as Excel shows it.
    return "" if value is None else str(value)
