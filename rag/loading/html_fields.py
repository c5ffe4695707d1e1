"""Fields of tables and records that hold HTML, as exports of shops and help desks do: they are read as a reader sees them."""

import re

from rag.loading.builder import Builder
from rag.loading.html import append_fragment, fragment_pieces
from rag.loading.html_text import BLOCKS
from rag.loading.html_tree import is_markup
from rag.loading.pieces import text_of
from rag.loading.text import append_text

_BREAKS = re.compile(rf"<(?:br|{'|'.join(sorted(BLOCKS))})\b", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n\s*\n")


def field_text(text: str, name: str) -> str:
    """The text of a field on one line, as a row has it; of a field without HTML, the field."""
    return text_of(fragment_pieces(text, name)) if is_markup(text) else text


def append_field(builder: Builder, text: str, name: str, label: str = "") -> None:
    """Append the paragraphs and list items of a field, the first as "label: text"; no heading in it holds behind it.

    Where no tag breaks its lines, its line breaks do.
    """
    if not is_markup(text):
        append_text(builder, f"{label}: {text}" if label else text)
        return
    if not _BREAKS.search(text):
        text = _BLANK_LINE.sub("<p>", text).replace("\n", "<br>")
    place = builder.place
    append_fragment(builder, text, name, label)
    builder.back_to(place)
