"""The table from suffix to loader: the one line to edit for a new format."""

from collections.abc import Callable, Mapping
from pathlib import Path

from rag.loading.epub import load_book
from rag.loading.html import load_html
from rag.loading.images import load_image
from rag.loading.jsonl import load_lines
from rag.loading.markdown import load_markdown, load_mdx
from rag.loading.pdf import load_pdf
from rag.loading.restructured import load_restructured
from rag.loading.sheets import load_sheets
from rag.loading.slides import load_slides
from rag.loading.table import load_table
from rag.loading.text import load_text
from rag.loading.word import load_word
from rag.types import Document

Loader = Callable[[Path, str], list[Document]]

LOADERS: Mapping[str, Loader] = {
    ".txt": load_text,
    ".text": load_text,
    ".log": load_text,
    ".rst": load_restructured,
    ".md": load_markdown,
    ".markdown": load_markdown,
    ".mdx": load_mdx,
    ".html": load_html,
    ".htm": load_html,
    ".xhtml": load_html,
    ".pdf": load_pdf,
    ".docx": load_word,
    ".pptx": load_slides,
    ".xlsx": load_sheets,
    ".csv": load_table,
    ".tsv": load_table,
    ".jsonl": load_lines,
    ".ndjson": load_lines,
    ".epub": load_book,
    ".png": load_image,
    ".jpg": load_image,
    ".jpeg": load_image,
    ".tif": load_image,
    ".tiff": load_image,
    ".webp": load_image,
    ".bmp": load_image,
}
