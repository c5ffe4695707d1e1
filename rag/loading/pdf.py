"""PDF: text as a person reads the pages: columns in their order, paragraphs whole, headings, values of forms, links."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import LoadError
from rag.loading.builder import Builder
from rag.loading.cleaning import has_words
from rag.loading.grid import append_table, guessed_header
from rag.loading.ocr import is_picture, page_lines, why_not
from rag.loading.ocr_layout import append_lines
from rag.loading.pdf_columns import regions
from rag.loading.pdf_fields import with_fields, with_links
from rag.loading.pdf_headings import Bookmarks, body_height, bookmarks, heading_levels
from rag.loading.pdf_hyphens import Dictionary
from rag.loading.pdf_lines import Line, layers, slanted, stretches, whole_lines
from rag.loading.pdf_paragraphs import Paragraph, joined, paragraphs
from rag.loading.pdf_rules import Rules, page_rules
from rag.loading.pdf_running import running
from rag.loading.pdf_tables import continued, tables_among
from rag.loading.pdf_words import SLANTED, PageTable, Word, page_words
from rag.loading.pieces import Piece, Style, flatten, link
from rag.loading.text import split_marker
from rag.text import sentences
from rag.types import Document

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_MADE_UP = re.compile(r"Microsoft \w+ - |untitled|.*\.\w{2,5}$", re.IGNORECASE)  # Titles set by programs, not people.
_CLOSE = 1.5  # Heights of a letter from line to line: paragraphs that close are lines that their writer broke.


@dataclass(frozen=True, slots=True)
class _Page:
    """Stretches of lines as they stand on a page; `asides` are those that are read with the page turned, by their turn."""

    number: int
    height: float
    lines: list[Line]
    asides: list[list[Line]]
    scan: list[Word] = field(default_factory=list)  # What OCR reads, where the page is a picture.
    unread: bool = False  # A picture that nothing is read of.


def load_pdf(path: Path, name: str) -> list[Document]:
    """The text of a PDF; its sections have pages. Raises LoadError "encrypted" and, where all pages are pictures, "no text"."""
    with closing(_open(path, name)) as document:
        if document.get_formtype():
            document.init_forms()
        pages = [_read(document, n) for n in range(len(document))]
        title, outline = document.get_metadata_value("Title"), bookmarks(document)
    if not any(page.scan or any(line.table or has_words(line.text) for line in _all_lines(page)) for page in pages):
        hint = why_not() or "OCR finds no text that it is sure of"
        raise LoadError("no text", f"{name}: no text on its {len(pages)} page(s), only pictures; {hint}")
    builder = Builder()
    _build(builder, pages, outline)
    unread = [page.number for page in pages if page.unread]
    if unread:
        builder.leave_out("pages without text", len(unread), f"page {unread[0]}")
    return [builder.document(name, builder.title, "" if _MADE_UP.match(title) else title)]


def _open(path: Path, name: str) -> "PdfDocument":
    from pypdfium2 import PdfDocument, PdfiumError
    from pypdfium2.raw import FPDF_ERR_PASSWORD

    try:
        return PdfDocument(path)
    except PdfiumError as error:
        if error.err_code == FPDF_ERR_PASSWORD:
            raise LoadError("encrypted", f"{name} needs a password; save a copy without one") from None
        raise


def _read(document: "PdfDocument", n: int) -> _Page:
    page = document[n]
    try:
        words = with_links(page, with_fields(page, page_words(page)))
        width, height = page.get_size()
        picture = is_picture(page, sum(len(word.text) for word in words))
        if picture and not why_not():
            scan = page_lines(page)
            return _Page(n + 1, height, [], [], scan, unread=not scan)
        main, *others = layers(words, width, height) or [(0, [])]
        turn, upright = main
        lines = stretches(upright, tables_among(upright, Rules() if turn else page_rules(page)))
        asides = [slanted(layer) if turn == SLANTED else stretches(layer) for turn, layer in others]
        return _Page(n + 1, width if turn % 2 else height, lines, asides, unread=picture)
    finally:
        page.close()


def _build(builder: Builder, pages: Sequence[_Page], outline: Bookmarks) -> None:
    left_out, stay = running([(page.height, page.lines) for page in pages])
    pages = [
        replace(
            page,
            lines=[
                replace(line, running=True) if id(line) in stay else line for line in page.lines if id(line) not in left_out
            ],
        )
        for page in pages
    ]
    pages = list(_with_whole_tables(pages))
    body = body_height(line for page in pages for line in _all_lines(page))
    found = list(joined((paragraph for page in pages for paragraph in _paragraphs(page, body)), body))
    levels = heading_levels(found, body, outline)
    dictionary = Dictionary.of(line.text for paragraph in found for line in paragraph.lines)
    scans = [page for page in pages if page.scan]
    last: Paragraph | None = None
    for n, paragraph in enumerate(found):
        while scans and scans[0].number < paragraph.pages[0]:
            _add_scan(builder, scans.pop(0))
        builder.page(paragraph.pages[0])
        if (table := paragraph.lines[0].table) is not None:
            append_table(builder, table.rows, guessed_header)
        elif n in levels:
            builder.heading(levels[n], [piece for line in _pieces(paragraph.lines, dictionary) for piece in line])
        else:
            _add(builder, paragraph, dictionary, tight=last is not None and _close(last, paragraph))
        last = None if n in levels or table is not None else paragraph
    for page in scans:
        _add_scan(builder, page)


def _add_scan(builder: Builder, page: _Page) -> None:
    builder.page(page.number)
    append_lines(builder, page.scan)


def _with_whole_tables(pages: Sequence[_Page]) -> Iterator[_Page]:
    """The pages; a table that goes on at the top of one has the names of its columns there too."""
    last: PageTable | None = None
    for page in pages:
        lines = page.lines
        if last is not None and lines and lines[0].table is not None:
            whole = continued(last, lines[0].table, guessed_header(last.rows))
            lines = [replace(lines[0], table=whole or lines[0].table), *lines[1:]]
        yield replace(page, lines=lines)
        last = lines[-1].table if lines else None


def _all_lines(page: _Page) -> Iterator[Line]:
    for lines in (page.lines, *page.asides):
        yield from lines


def _paragraphs(page: _Page, body: float) -> Iterator[Paragraph]:
    for lines in (page.lines, *page.asides):
        for region in regions(lines):
            yield from paragraphs(page.number, whole_lines(region), body)


def _close(last: Paragraph, after: Paragraph) -> bool:
    """Whether a paragraph stands right below another, as the lines of an address do."""
    above, line = last.lines[-1], after.lines[0]
    return last.pages[-1] == after.pages[0] and 0 < line.y1 - above.y1 <= _CLOSE * above.height


def _add(builder: Builder, paragraph: Paragraph, dictionary: Dictionary, *, tight: bool) -> None:
    """Append a paragraph or item. Of one that runs over a page's end, a sentence belongs to the page that it begins on."""
    lines = _pieces(paragraph.lines, dictionary)
    flat = [piece for line in lines for piece in line]
    marker, pieces = split_marker(flat) if paragraph.marker else ("", flat)
    builder.add("item" if marker else "paragraph", pieces, level=paragraph.level, marker=marker, tight=tight)
    if paragraph.pages[0] == paragraph.pages[-1]:
        return
    text, _ = flatten(pieces)
    starts = [start for start, _ in sentences(text)]
    for n, (page, after) in enumerate(pairwise(paragraph.pages), start=1):
        if page != after:
            rest, _ = flatten([piece for line in lines[n:] for piece in line])
            start = next((start for start in starts if start and start >= len(text) - len(rest)), None)
            if start is not None:
                builder.turn_page(after, len(text) - start)


def _pieces(lines: Sequence[Line], dictionary: Dictionary) -> list[list[Piece]]:
    """The pieces of each line, with what stands between it and the next."""
    found: list[list[Piece]] = []
    style: Style | None = None
    target = ""
    for n, line in enumerate(lines):
        pieces: list[Piece] = []
        for text, address in line.parts:
            if address != target:
                target, style = address, link(address)
            pieces.append((text, (style,) if style else ()))
        if n + 1 < len(lines):
            text, styles = pieces[-1]
            text, joint = dictionary.joined(text, lines[n + 1].text)
            pieces[-1] = (text + joint, styles)
        found.append(pieces)
    return found
