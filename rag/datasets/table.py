"""A table that anyone can write: a CSV with the columns question, document and answer, over a folder of documents."""

from pathlib import Path

from rag.datasets.dataset import Dataset, Question, Quote
from rag.datasets.records import table
from rag.errors import RagError

COLUMNS = ("question", "document", "answer")


def read(path: Path, documents: Path | None) -> Dataset:
    """A row without a document is a question that nothing answers. Other columns are left alone."""
    if documents is None:
        raise RagError(f"{path} asks of documents: name their folder with --documents.")
    questions = []
    for line, (text, document, answer) in table(path, COLUMNS, ","):
        if not text:
            raise RagError(f"{path} line {line} has no question.")
        if not document and answer:
            raise RagError(f"{path} line {line} has an answer, but names no document that gives it.")
        quotes = (Quote(document, answer),) if answer else ()
        grades = {document: 1} if document else {}
        answers = (answer,) if answer else ()
        questions.append(Question(str(line), text, grades, answers, quotes, answerable=bool(document)))
    return Dataset(path.stem, tuple(questions), folder=documents)
