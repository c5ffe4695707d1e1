"""Gold excerpts, as in chunking-evaluation: `questions_df.csv` quotes, for each question, its document by character offsets."""

import json
from pathlib import Path

from rag.datasets.dataset import Dataset, Question, Quote
from rag.datasets.records import table
from rag.errors import RagError

QUESTIONS, CORPORA = "questions_df.csv", "corpora"


def read(folder: Path, split: str | None) -> Dataset:
    """All questions, or those of one corpus (`split`), over all corpora."""
    path = folder / QUESTIONS
    questions = []
    for line, (text, references, corpus) in table(path, ("question", "references", "corpus_id"), ","):
        name = f"{corpus}.md"
        if not (folder / CORPORA / name).is_file():
            raise RagError(f"{path} line {line}: there is no {CORPORA}/{name}.")
        try:
            quotes = tuple(Quote(name, item["content"], item["start_index"]) for item in json.loads(references))
        except (ValueError, KeyError, TypeError) as error:
            message = f"{path} line {line}: its references are no JSON list of content and start_index ({error})."
            raise RagError(message) from error
        if split in {None, corpus}:
            questions.append(Question(f"{corpus}:{line}", text, {name: 1}, quotes=quotes))
    if not questions:
        raise RagError(f"{path} has no question of the corpus {split!r}.")
    return Dataset(folder.name, tuple(questions), folder=folder / CORPORA)
