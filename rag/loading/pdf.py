"""PDF: text by page, lines joined into paragraphs, headings told by letters larger than the body's."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import LoadError
from rag.loading.builder import Builder
from rag.loading.cleaning import has_words
from rag.loading.ocr import is_picture, page_lines, why_not
from rag.loading.ocr_layout import append_lines
from rag.loading.pdf_words import Word
from rag.loading.pieces import plain
from rag.loading.text import ITEM, split_marker
from rag.types import Document

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

_SOFT_HYPHEN = re.compile("[\x02\ufffe\u00ad]")  # PDFium's signs for a hyphen that broke a word.
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010]$")
_SENTENCE_END = re.compile(r"[.!?:;。！？：；][\"'”’)\]]*$")
_MADE_UP = re.compile(r"Microsoft \w+ - |untitled|.*\.\w{2,5}$", re.IGNORECASE)  # Titles set by programs, not people.
_FULL_LINE = 0.8  # Of the longest around it: a line that long was broken by the margin, not by its writer.
_SHORTEST_FULL_LINE = 40  # Characters; shorter lines are those of a list or a table.
_LARGER = 1.15  # Headings have letters at least this many times the body's height.
_LONGEST_HEADING = 100
_HEADING_LEVELS = 3
_MOST_HEADINGS = 0.25  # Of all letters: above this, size does not tell headings (forms, posters).


@dataclass(frozen=True, slots=True)
class _Line:
    page: int
    text: str
    height: float


def load_pdf(path: Path, name: str) -> list[Document]:
    """The text of a PDF; its sections have pages. Raises LoadError "encrypted" and, where all pages are pictures, "no text"."""
    with closing(_open(path, name)) as document:
        pages = len(document)
        lines = [line for n in range(pages) for line in _lines(document, n)]
        scans = _scans(document, lines)
        title = document.get_metadata_value("Title")
    if not any(has_words(line.text) for line in lines) and not any(scans.values()):
        hint = why_not() or "OCR finds no text that it is sure of"
        raise LoadError("no text", f"{name}: no text on its {pages} page(s), only pictures; {hint}")
    lines = [line for line in lines if line.page not in scans]
    levels = _levels(lines) if lines else {}
    builder = Builder()
    by_page = {page: list(on_page) for page, on_page in groupby(lines, key=lambda line: line.page)}
    for page in sorted(by_page.keys() | scans.keys()):
        builder.page(page)
        append_lines(builder, scans.get(page, ()))
        on_page = by_page.get(page, [])
        for level, run in groupby(on_page, key=lambda line: levels.get(round(line.height)) if _may_head(line) else None):
            texts = [line.text for line in run]
            if level:
                builder.heading(level, plain(" ".join(texts)))
            else:
                _append(builder, _paragraphs(texts))
    return [builder.document(name, builder.title, "" if _MADE_UP.match(title) else title)]


def _scans(document: "PdfDocument", lines: Sequence[_Line]) -> dict[int, list[Word]]:
    """What OCR reads on the pages that are pictures, by their number."""
    letters = Counter({line.page: 0 for line in lines})
    for line in lines:
        letters[line.page] += len(line.text)
    if why_not():
        return {}
    return {n: page_lines(page) for n, page in enumerate(document, start=1) if is_picture(page, letters[n])}


def _append(builder: Builder, paragraphs: Iterable[str]) -> None:
    """Append list items and paragraphs; a page does not say whether a new line is a new paragraph, so they stand close."""
    for n, text in enumerate(paragraphs):
        marker, pieces = split_marker(plain(text))
        builder.add("item" if marker else "paragraph", pieces, marker=marker, tight=n > 0)


def _open(path: Path, name: str) -> "PdfDocument":
    from pypdfium2 import PdfDocument, PdfiumError
    from pypdfium2.raw import FPDF_ERR_PASSWORD

    try:
        return PdfDocument(path)
    except PdfiumError as error:
        if error.err_code == FPDF_ERR_PASSWORD:
            raise LoadError("encrypted", f"{name} needs a password; save a copy without one") from None
        raise


def _lines(document: "PdfDocument", n: int) -> Iterator[_Line]:
    page = document[n]
    text_page = page.get_textpage()
    start = 0
    for line in text_page.get_text_range().split("\n"):
        text = line.rstrip("\r")
        if stripped := text.strip():
            joined = _SOFT_HYPHEN.sub("", stripped[:-1]) + _SOFT_HYPHEN.sub("-", stripped[-1])
            yield _Line(n + 1, joined, _height(text_page, start + text.index(stripped[0])))
        start += len(line) + 1
    text_page.close()
    page.close()


def _height(text_page: "PdfTextPage", position: int) -> float:
    """Height in points of the box of the letter at a position of the page's text, 0 where it has none."""
    from pypdfium2.raw import FPDFText_GetCharIndexFromTextIndex

    index = FPDFText_GetCharIndexFromTextIndex(text_page, position)
    if index < 0:
        return 0.0
    _, bottom, _, top = text_page.get_charbox(index, loose=True)
    return float(top - bottom)


def _levels(lines: list[_Line]) -> dict[int, int]:
    """Rounded letter height -> heading level; empty where size does not tell headings."""
    letters: Counter[int] = Counter()
    for line in lines:
        letters[round(line.height)] += len(line.text)
    body = letters.most_common(1)[0][0]
    heads = [line for line in lines if _may_head(line) and line.height >= _LARGER * body]
    if not body or sum(len(line.text) for line in heads) > _MOST_HEADINGS * letters.total():
        return {}
    sizes = sorted({round(line.height) for line in heads} - {body}, reverse=True)[:_HEADING_LEVELS]
    return {size: level for level, size in enumerate(sizes, start=1)}


def _may_head(line: _Line) -> bool:
    return 1 < len(line.text) <= _LONGEST_HEADING and has_words(line.text) and not line.text.endswith((".", ",", ";"))


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """Lines joined where the margin broke them; words broken by a hyphen joined too."""
    full = max(_SHORTEST_FULL_LINE, _FULL_LINE * max(map(len, lines)))
    paragraph, last = "", ""
    for line in lines:
        broken = last and not ITEM.match(line) and (len(last) >= full or line[0].islower())
        if broken and _HYPHEN.search(paragraph) and line[0].islower():
            paragraph = paragraph[:-1] + line
        elif broken and not (_SENTENCE_END.search(last) and len(last) < full):
            paragraph += " " + line
        else:
            if paragraph:
                yield paragraph
            paragraph = line
        last = line
    yield paragraph
