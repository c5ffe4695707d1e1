"""Where questions to learn from come from: datasets, what people said of answers, or questions written for documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.config import Settings
from rag.datasets import formats
from rag.datasets.dataset import Dataset
from rag.datasets.formats import Format
from rag.errors import RagError
from rag.training.examples import Group, mine
from rag.training.options import option
from rag.training.run_folder import Run, save_examples, saved_examples
from rag.types import Progress


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Datasets in the `formats` that evaluation reads too; `documents` is the folder that tables ask of.

    `from_feedback` takes likes and corrected answers from the index in use; `synthetic` is the number of questions to be
    written for the files in `documents`.
    """

    datasets: tuple[Path, ...] = option(
        (), "SQuAD files, BEIR folders, or tables of question, document, answer.", argument=True
    )
    format: Format | None = option(None, "The datasets' layout; found out where not given.")
    split: str | None = option(None, "The part of each dataset to learn from, such as train.")
    documents: Path | None = option(None, "The folder of documents that a table asks of.")
    from_feedback: bool = option(False, "Learn from liked answers, and from the right ones that people gave.")
    synthetic: int = option(0, "So many questions, written by the language model for --documents.", at_least=0)

    def read(self, settings: Settings, progress: Progress) -> Iterator[Dataset]:
        """All of it; raises RagError for what cannot be read, and where there is nothing to learn from."""
        from rag.training import feedback, synthetic

        if not (self.datasets or self.from_feedback or self.synthetic):
            raise RagError("There is nothing to learn from: name a dataset, or give --from-feedback or --synthetic N.")
        if self.synthetic and self.documents is None:
            raise RagError(f"--synthetic {self.synthetic} writes questions for documents: name their folder with --documents.")
        for path in self.datasets:
            dataset = formats.read(path, self.format, self.split, self.documents)
            if any(question.expected for question in dataset.questions):
                raise RagError(f"{path} holds acceptance questions: what was learnt from them they could not measure.")
            yield dataset
        if self.from_feedback:
            yield feedback.read(settings)
        if self.synthetic and self.documents is not None:
            yield synthetic.write(self.documents, self.synthetic, settings, progress)

    def load(self, run: Run) -> list[list[Group]]:
        """The groups of each dataset, mined once a training: a resumed one reads them from its folder."""
        parts = saved_examples(run)
        if parts is None:
            parts = [mine(dataset, run.settings, run.progress) for dataset in self.read(run.settings, run.progress)]
            save_examples(run, parts)
        return parts

    def recorded(self) -> dict[str, Any]:
        """What decides the result, in names that say nothing of this machine."""
        own = {"from_feedback": True} if self.from_feedback else {}
        written = {"synthetic": self.synthetic} if self.synthetic else {}
        return {"datasets": [path.name for path in self.datasets], "split": self.split, **own, **written}
