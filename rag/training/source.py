"""Where a training's questions come from: datasets, what people said of answers, or questions written for documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.config import Settings
from rag.datasets import formats
from rag.datasets.dataset import Dataset
from rag.errors import RagError
from rag.types import Progress


@dataclass(frozen=True, slots=True)
class Source:
    """Datasets in the `formats` that evaluation reads too; `documents` is the folder that tables ask of.

    `feedback` takes likes and corrected answers from the index in use; `synthetic` is the number of questions to be written for
    the files in `documents`.
    """

    datasets: tuple[Path, ...] = ()
    format: formats.Format | None = None
    split: str | None = None
    documents: Path | None = None
    feedback: bool = False
    synthetic: int = 0

    def read(self, settings: Settings, progress: Progress) -> Iterator[Dataset]:
        """All of it; raises RagError for what cannot be read, and where there is nothing to learn from."""
        from rag.training import feedback, synthetic

        if not (self.datasets or self.feedback or self.synthetic):
            raise RagError("There is nothing to learn from: name a dataset, or give --from-feedback or --synthetic N.")
        if self.synthetic and self.documents is None:
            raise RagError(f"--synthetic {self.synthetic} writes questions for documents: name their folder with --documents.")
        for path in self.datasets:
            dataset = formats.read(path, self.format, self.split, self.documents)
            if any(question.expected for question in dataset.questions):
                raise RagError(f"{path} holds acceptance questions: what was learnt from them they could not measure.")
            yield dataset
        if self.feedback:
            yield feedback.read(settings)
        if self.synthetic and self.documents is not None:
            yield synthetic.write(self.documents, self.synthetic, settings, progress)

    def recorded(self) -> dict[str, Any]:
        """What decides the result, in names that say nothing of this machine."""
        own = {"from_feedback": True} if self.feedback else {}
        written = {"synthetic": self.synthetic} if self.synthetic else {}
        return {"datasets": [path.name for path in self.datasets], "split": self.split, **own, **written}
