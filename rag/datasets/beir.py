"""BEIR folders: `corpus.jsonl`, `queries.jsonl` (an `answer` is used where there is one) and `qrels/SPLIT.tsv`."""

from collections import defaultdict
from pathlib import Path

from rag.datasets.dataset import Dataset, Question, passage_name
from rag.datasets.records import json_lines, table
from rag.errors import RagError

PAGES = "passage_to_page.tsv"


def read(folder: Path, split: str | None, documents: Path | None = None) -> Dataset:
    """A split over its passages, or over the files of `documents`, which `passage_to_page.tsv` names for each passage."""
    qrels = _qrels(folder, split)
    if documents is not None:
        if not (folder / PAGES).is_file():
            raise RagError(f"{folder} has no {PAGES}, which says on which page of {documents} each passage stands.")
        places = dict(cells for _, cells in table(folder / PAGES, ("corpus-id", "file"), "\t"))
        return Dataset(folder.name, _questions(folder, qrels, places), folder=documents)
    rows = [row for row in json_lines(folder / "corpus.jsonl", ("_id", "text")) if row["text"] or row.get("title")]
    places = {str(row["_id"]): passage_name(n) for n, row in enumerate(rows)}
    passages = tuple((row.get("title") or "", row["text"] or row["title"]) for row in rows)
    return Dataset(folder.name, _questions(folder, qrels, places), passages)


def _questions(folder: Path, qrels: Path, places: dict[str, str]) -> tuple[Question, ...]:
    queries = {str(row["_id"]): row for row in json_lines(folder / "queries.jsonl", ("_id", "text"))}
    relevant: dict[str, dict[str, int]] = defaultdict(dict)
    for line, (query, passage, grade) in table(qrels, ("query-id", "corpus-id", "score"), "\t"):
        if query not in queries:
            raise RagError(f"{qrels} line {line}: query {query!r} is not in queries.jsonl.")
        if not grade.lstrip("-").isdigit():
            raise RagError(f"{qrels} line {line}: the score is {grade!r}, not a whole number.")
        if passage in places and int(grade) > 0:  # BEIR's own sets judge passages that are not in their corpus
            relevant[query][places[passage]] = int(grade)
    return tuple(
        Question(query, queries[query]["text"], documents, (answer,) if (answer := queries[query].get("answer")) else ())
        for query, documents in relevant.items()
    )


def _qrels(folder: Path, split: str | None) -> Path:
    """The file of the split; without one, `test`, or the only one there is."""
    known = sorted(path.stem for path in (folder / "qrels").glob("*.tsv"))
    chosen = split or ("test" if "test" in known else known[0] if len(known) == 1 else None)
    if chosen not in known:
        raise RagError(f"{folder} has no split {chosen or 'test'}: name one with --split, of {', '.join(known) or 'none'}.")
    return folder / "qrels" / f"{chosen}.tsv"
