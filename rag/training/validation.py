"""What is wrong with a dataset before time is spent on training with it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag import loading
from rag.config import Settings
from rag.datasets.dataset import Dataset
from rag.evaluation.harness import EvalHarness
from rag.evaluation.index import eval_assistant
from rag.training.gate import FEWEST
from rag.types import Progress


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a question, or with the whole dataset (None). A table's questions are called by their lines."""

    question: str | None
    message: str


def problems(dataset: Dataset, settings: Settings, progress: Progress) -> Iterator[Problem]:
    """What keeps questions from being learnt from, in the order of the dataset, what is wrong with the whole first."""
    answerable = sum(question.answerable for question in dataset.questions)
    if answerable < FEWEST:
        yield Problem(None, f"{answerable} questions have an answer; training needs at least {FEWEST}")
    names = {name for _, name in loading.discover(dataset.folder)} if dataset.folder else None
    first: dict[str, str] = {}
    sound = []
    for question in dataset.questions:
        missing = [d for d in question.documents if names is not None and d.partition("#")[0] not in names]
        same = first.setdefault(" ".join(question.text.lower().split()), question.id)
        if missing:
            yield Problem(question.id, f"{missing[0]} is no file below {dataset.folder}")
        elif same != question.id:
            yield Problem(question.id, f"the same question as {same}: {question.text!r}")
        else:
            sound.append(question)
    searching = settings.model_copy(update={"reader": "late-interaction"})
    with eval_assistant(replace(dataset, questions=tuple(sound)), searching, progress) as assistant:
        harness = EvalHarness(assistant, searching)
        for question in sound:
            documents = {quote.document for quote in question.quotes}
            if documents and not harness.places(question, documents):
                wanted = question.quotes[0]
                yield Problem(question.id, f"the answer {wanted.text!r} stands nowhere in {wanted.document}, word for word")
