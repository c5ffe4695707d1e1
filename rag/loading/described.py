"""Documents as their loader gave them, in; out with all that is known of each: keys, properties, the head, and the language."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rag.about import About, overlaid
from rag.languages.detect import written_in
from rag.loading.notices import of_head
from rag.loading.properties import of_file
from rag.types import Document

_READ = 2_000  # Characters of a file of many documents that its language is told by.


def described(documents: Sequence[Document], path: Path) -> list[Document]:
    """Each document with what it says of itself: at its head, else in its keys, else in its file's properties."""
    properties = of_file(path)
    return [_with(document, overlaid(properties, document.about)) for document in documents]


def with_languages(documents: Sequence[Document]) -> list[Document]:
    """The documents, those that do not name their language with that of the file's first texts."""
    unnamed = [document for document in documents if not document.about.language]
    if not unnamed:
        return list(documents)
    sample, length = [], 0
    for document in unnamed:
        sample.append(document.text[:_READ])
        length += len(sample[-1])
        if length >= _READ:
            break
    language = written_in("\n".join(sample))
    return [
        replace(document, about=replace(document.about, language=document.about.language or language)) for document in documents
    ]


def _with(document: Document, keys: About) -> Document:
    document = replace(document, about=keys)
    return replace(document, about=overlaid(keys, of_head(document)))
