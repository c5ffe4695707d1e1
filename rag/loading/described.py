"""Documents as their loader gave them, in; out with all that is known of each: keys, properties, the head, and the language."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rag.about import About, overlaid
from rag.languages.detect import READ, written_in
from rag.loading.notices import of_head
from rag.loading.properties import of_file
from rag.types import Document

_MOST_TOLD = 20_000  # Documents of a file that are told by their own text, which takes a millisecond at most.


def described(documents: Sequence[Document], path: Path) -> list[Document]:
    """Each document with what it says of itself: at its head, else in its keys, else in its file's properties."""
    properties = of_file(path)
    return [_with(document, overlaid(properties, document.about)) for document in documents]


def with_languages(documents: Sequence[Document]) -> list[Document]:
    """The documents with their languages: the one that each names, else that of its text, else, where this is too short to tell
    or stands far down in the file, that of the file's first texts.
    """
    told = [
        document.about.language or (written_in(document.text) if n < _MOST_TOLD else "") for n, document in enumerate(documents)
    ]
    file = "" if all(told) else written_in(_first_texts(documents))
    return [
        replace(document, about=replace(document.about, language=language or file))
        for document, language in zip(documents, told, strict=True)
    ]


def _first_texts(documents: Sequence[Document]) -> str:
    """The texts of the documents that do not name their language, as far as they are read."""
    sample = ""
    for document in documents:
        if not document.about.language:
            sample += f"{document.text[:READ]}\n"
        if len(sample) >= READ:
            break
    return sample


def _with(document: Document, keys: About) -> Document:
    document = replace(document, about=keys)
    return replace(document, about=overlaid(keys, of_head(document)))
