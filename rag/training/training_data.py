"""Where questions to learn from come from: datasets, what people said of answers, or questions written for documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.config import Settings
from rag.datasets import formats, rewrites
from rag.datasets.dataset import Dataset, sample
from rag.datasets.formats import Format
from rag.errors import RagError
from rag.training.examples import Group, mine, of_conversation
from rag.training.options import option
from rag.training.run_folder import Run, save_examples, saved_examples
from rag.types import Progress

_SEED = 1  # of the questions that are drawn


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Datasets in the `formats` that evaluation reads too; `documents` is the folder that tables ask of.

    `from_feedback` takes likes and corrected answers from the index in use, `from_desk` what agents sent; `synthetic` is the
    number of questions to be written for the files in `documents`.
    """

    datasets: tuple[Path, ...] = option(
        (), "SQuAD files, BEIR folders, or tables of question, document, answer.", argument=True
    )
    calibrate_on: tuple[Path, ...] = option(
        (),
        "Datasets to fit and judge confidence on. Of them nothing is learnt, of the others all; may be given several times. "
        "Without them a tenth of each dataset is kept for it, on which the model is surer than on strange documents.",
    )
    format: Format | None = option(None, "The datasets' layout; found out where not given.")
    split: str | None = option(None, "The part of each folder to learn from, such as train; files are read whole.")
    questions: int | None = option(None, "Questions of each dataset, drawn at random, at most.", at_least=1)
    documents: Path | None = option(None, "The folder of documents that a table asks of.")
    rewrites: tuple[Path, ...] = option(
        (), "Conversations with each message as it would stand alone (JSON lines: history, question, rewrite); may be repeated."
    )
    from_feedback: bool = option(False, "Learn from liked answers, and from the right ones that people gave.")
    from_desk: bool = option(False, "Learn from what agents sent with its evidence, and from answers to gaps; masked.")
    synthetic: int = option(0, "So many questions, written by the language model for --documents.", at_least=0)

    def read(self, settings: Settings, progress: Progress) -> Iterator[Dataset]:
        """All of it; raises RagError for what cannot be read, and where there is nothing to learn from."""
        from rag.training import desk, feedback, synthetic

        if not (self.datasets or self.from_feedback or self.from_desk or self.synthetic):
            raise RagError(
                "There is nothing to learn from: name a dataset or give --from-feedback, --from-desk or --synthetic N."
            )
        if self.synthetic and self.documents is None:
            raise RagError(f"--synthetic {self.synthetic} writes questions for documents: name their folder with --documents.")
        for path in (*self.calibrate_on, *self.datasets):
            split = self.split if path.is_dir() or len(self.datasets) == 1 else None
            dataset = sample(formats.read(path, self.format, split, self.documents), self.questions, _SEED)
            if any(question.expected for question in dataset.questions):
                raise RagError(f"{path} holds acceptance questions: what was learnt from them they could not measure.")
            yield dataset
        if self.from_feedback:
            yield feedback.read(settings)
        if self.from_desk:
            yield desk.read(settings)
        if self.synthetic and self.documents is not None:
            yield synthetic.write(self.documents, self.synthetic, settings, progress)

    def load(self, run: Run) -> list[list[Group]]:
        """The groups of each dataset, mined once a training: a resumed one reads what was mined from its folder."""
        parts = saved_examples(run)
        for n, dataset in enumerate(self.read(run.settings, run.progress)):
            if n < len(parts):
                continue
            parts.append(mine(dataset, run.settings, run.progress))
            if n >= self.only_held:
                parts[-1] += map(of_conversation, dataset.leaning)
            save_examples(run, parts)
        return parts + [[of_conversation(item) for item in rewrites.read(path)] for path in self.rewrites]

    @property
    def only_held(self) -> int:
        """How many of the parts, the first ones, nothing is learnt of."""
        return len(self.calibrate_on)

    def recorded(self) -> dict[str, Any]:
        """What decides the result, in names that say nothing of this machine."""
        given = {
            "calibrate_on": [path.name for path in self.calibrate_on],
            "rewrites": [path.name for path in self.rewrites],
            "drawn": self.questions,
            "from_feedback": self.from_feedback,
            "from_desk": self.from_desk,
            "synthetic": self.synthetic,
        }
        return {
            "datasets": [path.name for path in self.datasets],
            "split": self.split,
            **{name: value for name, value in given.items() if value},
        }
