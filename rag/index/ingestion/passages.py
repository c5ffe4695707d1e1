"""The documents of a file to their passages, of which one file may have so many."""

from collections.abc import Callable, Iterable

from rag.errors import LoadError
from rag.types import Chunk, Document


def chunked(
    documents: Iterable[Document], name: str, chunk: Callable[[Document], list[Chunk]], most: int | None
) -> list[tuple[Document, list[Chunk]]]:
    """Each document with its passages; raises LoadError "too large" as soon as there are more than `most` in all."""
    found: list[tuple[Document, list[Chunk]]] = []
    count = 0
    for document in documents:
        chunks = chunk(document)
        count += len(chunks)
        if most is not None and count > most:
            raise LoadError(
                "too large",
                f"{name} gives more than {most:,} passages, the most of one file; split it, or raise RAG_MAX_PASSAGES",
            )
        found.append((document, chunks))
    return found
