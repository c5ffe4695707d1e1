"""How the trained reader's evidence is ranked: R@1 over several sets, printed as the tables of docs/decisions.md.

    python -m benchmarks.ranking ../shared/data [--questions 150] [--reader trained]

How many passages are read, what retrieval's own score adds to the reader's, and what the best other passage of a document
adds. Measured on questions that are neither trained on nor reported: validation splits, and the titles that training on
SQuAD holds out.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rag.config import load_settings
from rag.evaluation import formats
from rag.evaluation.dataset import Dataset, sample
from rag.evaluation.index import named, opened
from rag.reading import TrainedReader, rank, weights
from rag.types import Evidence

SETS = {
    "SQuAD, held out": ("squad-v1.1-train-part", None),
    "FeedbackQA Australia": ("feedbackqa/Australia", "valid"),
    "FeedbackQA CDC": ("feedbackqa/CDC", "valid"),
    "Cranfield": ("ir-cranfield", "test"),
}
READ = (1, 3, 4, 6, 8, 12)
RETRIEVAL = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
SAME_DOCUMENT = (0.0, 0.1, 0.2, 0.4)
HELD_OUT = 588  # questions of the last titles, as `rag.training.gate.split` takes them


@dataclass(frozen=True, slots=True)
class Asked:
    """What was read for a question, in retrieval's order and without its score, and the documents that answer."""

    read: list[Evidence]
    right: set[str]

    def first_is_right(self, count: int, retrieval: float, same_document: float) -> bool:
        """Whether a right document comes first, if so many passages are read."""
        scored = [replace(item, score=item.score + retrieval * item.passage.score) for item in self.read[:count]]
        return bool(scored) and named(rank(scored, same_document)[0].passage.chunk.document, self.right) in self.right


def ask(dataset: Dataset, reader: TrainedReader, retrieval: float) -> list[Asked]:
    settings = load_settings({"reader": "late-interaction"})
    asked = []
    with opened(dataset, settings, lambda done, total, what: None) as assistant:
        for question in dataset.questions:
            found = reader.read(question.text, assistant.retrieve(question.text, max(READ)))
            bare = [replace(item, score=item.score - retrieval * item.passage.score) for item in found]
            asked.append(Asked(bare, set(question.documents)))
    return asked


def table(asked: list[Asked], head: str, settings: list[tuple[str, int, float, float]]) -> str:
    cells = []
    for label, count, retrieval, same_document in settings:
        right = [item.first_is_right(count, retrieval, same_document) for item in asked]
        cells.append(f"{label} {np.mean(right):.3f}")
    return f"  {head}: " + " | ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=150)
    parser.add_argument("--reader", default="trained")
    parser.add_argument("--retrieval", type=float, default=2.0, help="its weight while the others are tried")
    arguments = parser.parse_args()
    folder = weights.find(arguments.reader, load_settings().data_dir)
    reader = TrainedReader.from_folder(folder)
    own = weights.load(folder)[2]["retrieval"]
    for name, (path, split) in SETS.items():
        dataset = formats.read(arguments.data / path, None, split)
        if split is None:
            dataset = replace(dataset, questions=dataset.questions[-HELD_OUT:])
        asked = ask(sample(dataset, arguments.questions, 1), reader, own)
        print(f"{name}, n = {len(asked)}", flush=True)
        chosen = arguments.retrieval
        print(table(asked, "passages read", [(str(n), n, chosen, 0.2) for n in READ]), flush=True)
        print(table(asked, "retrieval's weight", [(str(w), 6, w, 0.2) for w in RETRIEVAL]), flush=True)
        print(table(asked, "same document", [(str(w), 6, chosen, w) for w in SAME_DOCUMENT]), flush=True)


if __name__ == "__main__":
    main()
