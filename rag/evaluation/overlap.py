"""Words marked beside the words that should be: precision, recall, F1 and intersection over union, each 0..1."""

from collections.abc import Iterable

from rag.text import words

Word = tuple[str, int]
"""A word of a document: the document's name, and the character it starts at."""


def words_in(document: str, text: str, spans: Iterable[tuple[int, int]], offset: int = 0) -> set[Word]:
    """The words of `text` that a span touches; `offset` is where the text begins in its document."""
    touching = list(spans)
    return {
        (document, offset + start)
        for start, end in words(text)
        if any(start < stop and end > begin for begin, stop in touching)
    }


def scores(marked: set[Word], gold: set[Word]) -> dict[str, float]:
    """Nothing marked has precision 0, as it has recall 0."""
    common = len(marked & gold)
    return {
        "precision": common / len(marked) if marked else 0.0,
        "recall": common / len(gold) if gold else 0.0,
        "F1": 2 * common / (len(marked) + len(gold)) if common else 0.0,
        "IoU": common / len(marked | gold) if common else 0.0,
    }
