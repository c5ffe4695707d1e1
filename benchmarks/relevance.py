"""What ranks evidence, and when nothing answers: measured over four sets, printed as the tables of docs/lab-log.md.

    python -m benchmarks.relevance ../shared/data [--questions 150]

Passages go through the product's own ingestion and stages. Each set's questions are answerable; 25 questions of each other
set are asked besides and should be refused. The relevance model is fitted on three sets and judged on the fourth.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag import reading
from rag.config import load_settings
from rag.service import Assistant

Array = NDArray[np.float64]
READ = 8  # candidates looked at; the product reads `top_k`
FOREIGN = 25
THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3)


@dataclass(frozen=True, slots=True)
class Task:
    """Passages (title, text), and questions with the places of the passages that answer them."""

    passages: list[tuple[str, str]]
    questions: list[tuple[str, set[int]]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage read for a question, and what is known of it."""

    right: bool
    fused: float
    sentence: float
    similarity: float
    coverage: float


Asked = tuple[bool, list[Candidate]]
"""Whether the set answers the question at all, and the candidates in the order of retrieval."""


def beir(folder: Path, split: str) -> Task:
    corpus = [json.loads(line) for line in (folder / "corpus.jsonl").open(encoding="utf-8")]
    place = {row["_id"]: at for at, row in enumerate(corpus)}
    text = {row["_id"]: row["text"] for row in map(json.loads, (folder / "queries.jsonl").open(encoding="utf-8"))}
    answers: dict[str, set[int]] = {}
    for line in (folder / "qrels" / f"{split}.tsv").read_text("utf-8").splitlines()[1:]:
        query, passage, _ = line.split("\t")
        answers.setdefault(query, set()).add(place[passage])
    return Task(
        [(row["title"], row["text"] or row["title"]) for row in corpus], [(text[q], found) for q, found in answers.items()]
    )


def squad(path: Path, most: int = 600) -> Task:
    passages: list[tuple[str, str]] = []
    questions: list[tuple[str, set[int]]] = []
    for article in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            if len(passages) < most:
                questions += [(qa["question"], {len(passages)}) for qa in paragraph["qas"]]
                passages.append((article["title"].replace("_", " "), paragraph["context"]))
    return Task(passages, questions)


def tasks(data: Path, questions: int) -> dict[str, Task]:
    found = {
        "emanual-tv": beir(data / "emanual-tv", "test"),
        "FeedbackQA Australia": beir(data / "feedbackqa" / "Australia", "train"),
        "FeedbackQA CDC": beir(data / "feedbackqa" / "CDC", "train"),
        "SQuAD train part": squad(min((data / "squad-v1.1-train-part").glob("*.json"))),
    }
    draw = random.Random(1)
    return {name: Task(t.passages, draw.sample(t.questions, min(questions, len(t.questions)))) for name, t in found.items()}


def read(task: Task, foreign: list[str], folder: Path) -> Iterator[Asked]:
    """Ask every question of an index of the task's passages."""
    documents = folder / "documents"
    documents.mkdir(parents=True)
    rows = (json.dumps({"title": title, "text": text}) for title, text in task.passages)
    (documents / "corpus.jsonl").write_text("\n".join(rows), "utf-8")
    assistant = Assistant.open(load_settings({"data_dir": folder / "data"}))
    assistant.ingest([documents])
    for question, answers in [*task.questions, *((question, set[int]()) for question in foreign)]:
        names = {f"corpus.jsonl#line={at + 1}" for at in answers}
        found = assistant.evidence(question, READ)
        candidates = [
            Candidate(
                item.passage.chunk.document in names,
                item.passage.score,
                item.sentence.weight,
                item.passage.similarity,
                reading.coverage(question, item.passage.chunk),
            )
            for item in found
        ]
        yield bool(answers), sorted(candidates, key=lambda candidate: -candidate.fused)
    assistant.close()


def fit(rows: Array, right: Array, ridge: float = 1e-4, steps: int = 200) -> Array:
    """Logistic regression by Newton's method, bias first: weights `(features + 1,)` of rows `(n, features)`."""
    design = np.column_stack([np.ones(len(rows)), rows])
    weights = np.zeros(design.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-design @ weights))
        hessian = (design * (p * (1 - p))[:, None]).T @ design / len(design) + ridge * np.eye(len(weights))
        weights -= np.linalg.solve(hessian, design.T @ (p - right) / len(design) + ridge * weights)
    return weights


def recall_at_1(asked: list[Asked], key: Callable[[Candidate], float], most: int = READ) -> float:
    return float(np.mean([bool(found) and max(found[:most], key=key).right for answerable, found in asked if answerable]))


def first(asked: Iterable[Asked]) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Features of the evidence the product puts first, whether it is right, and whether the question has an answer."""
    top = [(answerable, max(found, key=lambda c: c.fused + 2 * c.sentence)) for answerable, found in asked if found]
    features = np.array([(c.sentence, c.coverage) for _, c in top])
    return features, np.array([c.right for _, c in top], float), np.array([answerable for answerable, _ in top])


def report(results: dict[str, list[Asked]]) -> None:
    print("\nR@1 of the first evidence, by the weight of its best sentence beside the fused score")
    for name, asked in results.items():
        by_weight = {w: recall_at_1(asked, lambda c, w=w: c.fused + w * c.sentence) for w in (0, 0.5, 1, 2, 3)}  # type: ignore[misc]
        print(f"{name:22}", "  ".join(f"{w}: {value:.3f}" for w, value in by_weight.items()))
    print("\nRelevance fitted on the other three sets (bias, sentence, coverage): answered / refused at thresholds")
    for name, asked in results.items():
        features, right, _ = first(chain.from_iterable(other for n, other in results.items() if n != name))
        weights = fit(features, right)
        features, right, answerable = first(asked)
        p = 1 / (1 + np.exp(-(weights[0] + features @ weights[1:])))
        auroc = float(np.mean(p[answerable][:, None] > p[~answerable][None]))
        table = "  ".join(f"{t}: {(p[answerable] >= t).mean():.2f}/{(p[~answerable] < t).mean():.2f}" for t in THRESHOLDS)
        print(f"{name:22} {weights.round(2)}  AUROC {auroc:.3f}  {table}")
    features, right, _ = first(chain.from_iterable(results.values()))
    print("all four:", fit(features, right).round(2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=150)
    arguments = parser.parse_args()
    found = tasks(arguments.data, arguments.questions)
    results: dict[str, list[Asked]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, task in found.items():
            foreign = [question for other, t in found.items() if other != name for question, _ in t.questions[:FOREIGN]]
            results[name] = list(read(task, foreign, Path(folder) / name))
            print(name, len(task.passages), "passages,", len(results[name]), "questions", flush=True)
    report(results)


if __name__ == "__main__":
    main()
