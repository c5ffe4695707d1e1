"""Whether the reader can learn from unanswerable questions to tell them: AUROC on SQuAD 2.0, cross-validated by articles.

    python -m benchmarks.answerability ../shared/data [--folds 2] [--epochs 2]

For each fold the shipped reader is trained on the questions of the other articles, and asked those of its own with the
paragraph they were asked of. What is shipped has seen none of them.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import quiet
from rag.config import load_settings
from rag.datasets import formats
from rag.datasets.dataset import Question
from rag.evaluation.calibration import auroc
from rag.evaluation.index import eval_assistant
from rag.models.device import share_cores
from rag.reading import TrainedReader, weights
from rag.reading.pairs import PairEncoder
from rag.reading.reader import SentenceScorer
from rag.training.calibration import calibrate
from rag.training.examples import Group, mine
from rag.training.reader import ReaderOptions, fit_network, untrained_reader
from rag.training.reader_instances import plan
from rag.types import Passage

Asked = tuple[Question, list[Passage]]


def trained(groups: Sequence[Group], options: ReaderOptions, closeness: SentenceScorer) -> TrainedReader:
    """The shipped reader, trained on `groups` but for the last tenth of them, on which it is calibrated."""
    network, tokenizer, card = weights.load(weights.SMALL)
    encoder = PairEncoder(tokenizer, network.config.max_position_embeddings)
    learnt = groups[: -len(groups) // 10]
    with tempfile.TemporaryDirectory() as folder:
        batches = plan([learnt], options.epochs, options.batch_tokens, options.seed)
        fit_network(network, encoder, batches, options, Path(folder) / "checkpoints", quiet)
        weights.save(network, tokenizer, Path(folder), card)
        return calibrate(TrainedReader.from_folder(Path(folder), closeness), groups[-len(groups) // 10 :])


def confidences(reader: TrainedReader, asked: Sequence[Asked]) -> list[float]:
    """How sure the reader is that the paragraph answers: as sure as of its best passage."""
    return [max((item.relevance for item in reader.read(q.text, passages)), default=0.0) for q, passages in asked]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--epochs", type=float, default=2.0)
    arguments = parser.parse_args()
    settings = load_settings({"reader": "late-interaction"})
    share_cores(settings.threads)
    closeness = untrained_reader(settings, quiet).score_units
    dataset = formats.read(arguments.data / "squad-v2.0-dev-half")
    groups = {group.id: group for group in mine(dataset, settings, quiet)}
    with eval_assistant(dataset, settings, quiet) as assistant:
        asked = [(q, assistant.retrieve(q.text, 4, documents=list(q.documents))) for q in dataset.questions]
    titles = [dataset.passages[int(next(iter(q.documents)).partition(".")[0])][0] for q in dataset.questions]
    answerable = np.array([float(q.answerable) for q in dataset.questions])
    fold = {title: n % arguments.folds for n, title in enumerate(dict.fromkeys(titles))}
    untaught = np.array(confidences(TrainedReader.from_folder(weights.SMALL, closeness), asked))
    print(f"{len(asked)} questions of {len(fold)} articles; as shipped: AUROC {auroc(untaught, answerable):.3f}", flush=True)
    figures = []
    for n in range(arguments.folds):
        own = np.array([fold[title] == n for title in titles])
        others = [groups[q.id] for q, mine_too in zip(dataset.questions, own, strict=True) if not mine_too and q.id in groups]
        reader = trained(others, ReaderOptions(epochs=arguments.epochs, learning_rate=8e-5), closeness)
        sure = np.array(confidences(reader, [item for item, chosen in zip(asked, own, strict=True) if chosen]))
        figures.append(auroc(sure, answerable[own]))
        print(f"fold {n + 1}: {own.sum()} questions, AUROC {figures[-1]:.3f}", flush=True)
    print(f"mean AUROC {np.mean(figures):.3f}")


if __name__ == "__main__":
    main()
