"""PowerPoint: each slide is a page; text frames become paragraphs and items, tables and charts rows, notes paragraphs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.loading.archive import open_archive
from rag.loading.builder import Builder
from rag.loading.charts import append_chart
from rag.loading.grid import Cell, append_table, header_beside_labels
from rag.loading.images import lines_within
from rag.loading.items import in_sequence
from rag.loading.ocr_layout import append_lines
from rag.loading.pictures import is_picture_without_text
from rag.loading.pieces import Piece, Style, link, text_of, within
from rag.loading.text import split_marker
from rag.types import Document

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.table import Table

_STRONG, _EMPHASIS = Style("strong"), Style("emphasis")  # One for all runs: PowerPoint cuts a bold stretch into many.


def load_slides(path: Path, name: str) -> list[Document]:
    """A presentation: each slide is a page, headed by its title, with its tables, charts and the speaker's notes."""
    import pptx
    from pptx.shapes.picture import Picture

    open_archive(path, name, "PowerPoint presentation", "ppt/presentation.xml").close()
    presentation = pptx.Presentation(str(path))
    builder = Builder()
    seen = {b""}  # A logo stands on each slide.
    for number, slide in enumerate(presentation.slides, start=1):
        builder.page(number)
        builder.close_sections()
        title = slide.shapes.title
        if title is not None:
            builder.heading(1, _on_one_line(title.text_frame))
        for shape in _shapes(slide.shapes):
            if shape.has_text_frame and (title is None or shape.shape_id != title.shape_id):
                _append(builder, shape.text_frame, bullets=_has_bullets(shape))
            elif shape.has_table:
                header = _first_row if shape.table.first_row else header_beside_labels
                append_table(builder, _rows(shape.table), header, labels=True)
            elif shape.has_chart:
                _append_chart(builder, shape, f"slide {number}")
            elif isinstance(shape, Picture) and (picture := _blob(shape)) not in seen:
                seen.add(picture)
                lines = lines_within(picture, name)
                append_lines(builder, lines, headings=False)
                if not lines and is_picture_without_text(shape._element):
                    builder.leave_out("pictures without text", 1, f"slide {number}")
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
            _append(builder, notes, bullets=False)
    return [builder.document(name, builder.title, presentation.core_properties.title)]


def _blob(picture: Any) -> bytes:
    """The file of a picture; nothing for one that is elsewhere."""
    try:
        return bytes(picture.image.blob)
    except (KeyError, ValueError):
        return b""


def _append(builder: Builder, frame: Any, bullets: bool) -> None:
    """Append a text frame. Its own bullets or numbers make a paragraph an item, or `bullets`: those of its layout."""
    numbers: Counter[int] = Counter()
    paragraphs = list(frame.paragraphs)
    for paragraph, listed in zip(paragraphs, in_sequence([paragraph.text.strip() for paragraph in paragraphs]), strict=True):
        properties = paragraph._p.pPr
        kinds = {child.tag.rpartition("}")[2] for child in properties} if properties is not None else set()
        level = paragraph.level
        for deeper in [depth for depth in numbers if depth > level]:
            del numbers[deeper]
        marker, pieces = split_marker(list(_pieces(paragraph)), listed=listed)
        if not marker and "buAutoNum" in kinds and text_of(pieces):
            numbers[level] += 1
            marker = f"{numbers[level]}."
        elif not marker and "buNone" not in kinds and (bullets or kinds & {"buChar", "buBlip"}):
            marker = "-"
        if marker:
            builder.add("item", pieces, level=level, marker=marker)
        else:
            builder.add("paragraph", pieces)


def _append_chart(builder: Builder, shape: Any, where: str) -> None:
    """Append a chart's values; a chart whose part is missing or damaged is left out."""
    try:
        append_chart(builder, shape.chart._chartSpace)
    except (KeyError, SyntaxError, ValueError):  # what lxml raises is a SyntaxError
        builder.leave_out("unreadable parts", 1, where)


def _has_bullets(shape: Any) -> bool:
    """Whether a shape is the body of a slide with several paragraphs: layouts set bullets before them."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    if not shape.is_placeholder or shape.placeholder_format.type not in {PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT}:
        return False
    return sum(1 for paragraph in shape.text_frame.paragraphs if paragraph.text.strip()) > 1


def _on_one_line(frame: Any) -> list[Piece]:
    return [piece for paragraph in frame.paragraphs for piece in (*_pieces(paragraph), (" ", ()))]


def _pieces(paragraph: Any) -> Iterator[Piece]:
    """The runs, fields and line breaks of a paragraph."""
    runs = {run._r: run for run in paragraph.runs}
    for child in paragraph._p:
        if child in runs:
            run = runs[child]
            if run._r.rPr is not None and run._r.rPr.get("strike", "noStrike") != "noStrike":
                continue
            styles = ((_STRONG,) if run.font.bold else ()) + ((_EMPHASIS,) if run.font.italic else ())
            yield run.text, within(styles, link(_address(run)))
        elif child.tag.endswith("}br"):
            yield "\n", ()
        elif child.tag.endswith("}fld"):
            yield "".join(node.text or "" for node in child if node.tag.endswith("}t")), ()


def _address(run: Any) -> str | None:
    if run._r.rPr is None or run._r.rPr.hlinkClick is None:
        return None
    try:
        return str(run.hyperlink.address or "")
    except KeyError:  # A link whose target the file does not have.
        return None


def _first_row(grid: Sequence[Sequence[Cell]]) -> int:
    """The header of a table that is drawn with one."""
    return 1


def _rows(table: "Table") -> Iterator[list[Cell]]:
    for row in table.rows:
        yield [
            Cell(
                _on_one_line(cell.text_frame),
                width=cell.span_width if cell.is_merge_origin else 1,
                height=cell.span_height if cell.is_merge_origin else 1,
            )
            for cell in row.cells
            if not cell.is_spanned
        ]


def _shapes(shapes: Iterable["BaseShape"]) -> Iterator[Any]:
    from pptx.shapes.group import GroupShape

    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _shapes(shape.shapes)
        else:
            yield shape
