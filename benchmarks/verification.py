"""Whether the check of an answer tells what the passages say from what they do not.

    python -m benchmarks.verification ../shared/data [--answers 400]

BEGIN's development sets: people's verdict on answers of four models, as the area under the curve of the share of words that
rest on the text. SQuAD, half A: sentences of a paragraph, whole or cut at their last comma, as answers that it bears out; and
the same with a name, number, opposite or negation changed for one that the paragraph offers. An answer is let through if
it holds (`rag.checking.holds`).
"""

import argparse
import csv
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import quiet
from rag.checking import Attribution, attribute, holds
from rag.config import load_settings
from rag.datasets import formats
from rag.evaluation.calibration import auroc
from rag.models import files as models
from rag.models.device import share_cores
from rag.models.encoder import BertEmbedder
from rag.text import sentences, words
from rag.training.augmentation import CHANGES

FEWEST = 6  # words of a sentence that is taken for an answer
LONGEST = 1000  # characters of a passage, so that it fits the encoder's window: longer texts are several passages


def true_answers(paragraphs: list[str], count: int, rng: random.Random) -> Iterator[tuple[str, str]]:
    """(answer, paragraph): every other one without what follows its last comma."""
    for n, paragraph in enumerate(rng.sample(paragraphs, count)):
        found = [paragraph[start:end] for start, end in sentences(paragraph) if len(words(paragraph[start:end])) >= FEWEST]
        if not found:
            continue
        sentence = rng.choice(found)
        shorter = sentence.rpartition(", ")[0]
        yield (shorter + "." if n % 2 and len(words(shorter)) >= FEWEST else sentence), paragraph


def passages(text: str) -> list[str]:
    """Sentences in a row, together as long as a passage may be."""
    found = [""]
    for start, end in sentences(text):
        if found[-1] and len(found[-1]) + end - start >= LONGEST:
            found.append("")
        found[-1] += text[start:end] + " "
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--answers", type=int, default=400)
    arguments = parser.parse_args()
    settings = load_settings()
    share_cores(settings.threads)
    folder = models.resolve("minilm", settings.models_dir, quiet)
    embedder = BertEmbedder.from_folder(folder, "minilm")

    def checked(answer: str, text: str) -> Attribution:
        return attribute(answer, passages(text), embedder.embed_tokens)

    for path in sorted((arguments.data / "begin").glob("begin_dev_*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["knowledge"]]
        found = [checked(row["response"], row["knowledge"]) for row in rows]
        attributable = np.array([row["begin_label"].strip() == "Fully attributable" for row in rows])
        share = np.array([item.supported for item in found])
        passed = np.array([holds(item) for item in found])
        judged = auroc(np.where(passed, share, share - 1), attributable)
        through = f"{passed[attributable].mean():.3f} of the attributable, {passed[~attributable].mean():.3f} of the others"
        figures = f"AUC {auroc(share, attributable):.3f}, with the verdict {judged:.3f}"
        print(f"{path.stem}: n = {len(rows)}, {figures}; let through {through}", flush=True)

    paragraphs = [text for _, text in formats.read(arguments.data / "squad-v1.1-dev").passages]
    rng = random.Random(1)
    answers = list(true_answers(paragraphs, arguments.answers, rng))
    passed = np.array([holds(checked(*item)) for item in answers])
    print(f"true: n = {len(answers)}, rejected {1 - passed.mean():.3f}", flush=True)
    for name, change in CHANGES.items():
        changed = [(new, text) for answer, text in answers if (new := change(answer, text, rng)) and new not in text]
        caught = np.array([not holds(checked(*item)) for item in changed])
        print(f"{name} changed: n = {len(changed)}, caught {caught.mean():.3f}", flush=True)


if __name__ == "__main__":
    main()
