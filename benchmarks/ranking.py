"""What orders the trained reader's evidence, and what its confidence rests on, printed as the tables of docs/lab-log.md.

    python -m benchmarks.ranking ../shared/data [--questions 150] [--reader trained]

First: features fitted on all sets but one and judged on that one (right passage first; AUROC and calibration error of what
comes first). Then, with the order of the reader itself, how many passages are read. All on questions that are neither trained
on nor reported: validation splits, and titles that training on SQuAD holds out.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import quiet
from rag.config import load_settings
from rag.datasets import formats
from rag.datasets.dataset import Dataset, sample
from rag.evaluation import calibration
from rag.evaluation.index import canonical_name, eval_assistant
from rag.reading import TrainedReader, rank
from rag.reading.load import reader_folder, resolver
from rag.training.calibration import Candidates, candidates, fit
from rag.training.examples import mine
from rag.training.reader import untrained_reader
from rag.types import Evidence

SETS = {
    "SQuAD, held out": ("squad-v1.1-train-part", None),
    "FeedbackQA Australia": ("feedbackqa/Australia", "valid"),
    "FeedbackQA CDC": ("feedbackqa/CDC", "valid"),
    "Cranfield": ("ir-cranfield", "test"),
}
FEATURES = (
    ("relevant",),
    ("closest",),
    ("relevant", "retrieval"),
    ("relevant", "closest"),
    ("relevant", "span", "coverage"),
    ("relevant", "span", "closest", "coverage"),
    ("relevant", "similarity", "retrieval"),
    ("relevant", "closest", "similarity", "retrieval"),
)
READ = (1, 3, 4, 6, 8, 10, 12)
HELD_OUT = 588  # questions of the last titles, as `rag.training.gate.split` takes them


@dataclass(frozen=True, slots=True)
class Asked:
    """What was read for a question, in retrieval's order, and the documents that answer."""

    read: list[Evidence]
    right: set[str]

    def first_is_right(self, count: int) -> bool:
        """Whether a right document comes first, if so many passages are read."""
        found = rank(self.read[:count])
        return bool(found) and canonical_name(found[0].passage.chunk.document, self.right) in self.right


def ask(dataset: Dataset, reader: TrainedReader) -> list[Asked]:
    settings = load_settings({"reader": "late-interaction"})
    with eval_assistant(dataset, settings, quiet) as assistant:
        return [Asked(reader.read(q.text, assistant.retrieve(q.text, max(READ))), set(q.documents)) for q in dataset.questions]


def judged(lists: Mapping[str, Sequence[Candidates]], left_out: str, names: Sequence[str]) -> tuple[float, float, float]:
    """Right passage first, AUROC and calibration error on a set, with features fitted on the others."""
    found = fit([item for name, part in lists.items() if name != left_out for item in part], names, names)
    firsts = [
        (item, max(range(len(item.features)), key=lambda row: found.ranking(item.features[row]))) for item in lists[left_out]
    ]
    right = np.array([item.answered and first == 0 for item, first in firsts], float)
    sure = np.array([found.confidences(item.features)[first] for item, first in firsts])
    answered = np.array([item.answered for item, _ in firsts])
    error = calibration.expected_calibration_error(sure, right)
    return float(right[answered].mean()), calibration.auroc(sure, right), error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=150)
    parser.add_argument("--reader", default="trained")
    arguments = parser.parse_args()
    settings = load_settings()
    reader = TrainedReader.from_folder(
        reader_folder(arguments.reader, settings.data_dir),
        untrained_reader(settings, quiet).score_units,
        resolve=resolver(settings, quiet),
    )
    datasets = {}
    for name, (path, split) in SETS.items():
        dataset = formats.read(arguments.data / path, None, split)
        if split is None:
            dataset = replace(dataset, questions=dataset.questions[-HELD_OUT:])
        datasets[name] = sample(dataset, arguments.questions, 1)
    lists = {name: candidates(reader, mine(dataset, settings, quiet)) for name, dataset in datasets.items()}
    print("| features | " + " | ".join(lists) + " |", flush=True)
    for names in FEATURES:
        cells = [" / ".join(f"{value:.3f}" for value in judged(lists, name, names)) for name in lists]
        print(f"| {', '.join(names)} | " + " | ".join(cells) + " |", flush=True)
    for name, dataset in datasets.items():
        found = ask(dataset, reader)
        by_count = [f"{n} {np.mean([item.first_is_right(n) for item in found]):.3f}" for n in READ]
        print(f"{name}, n = {len(found)}: read {', '.join(by_count)}", flush=True)


if __name__ == "__main__":
    main()
