"""What a training learns from besides datasets: what people said of answers, and questions written for documents."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rag.config import Settings, load_settings
from rag.datasets.dataset import Dataset, Quote
from rag.errors import RagError
from rag.index.bases import use_base
from rag.index.catalogue import CatalogueReader
from rag.service import Assistant
from rag.training import synthetic
from rag.training.examples import mine
from rag.training.training_data import TrainingData
from rag.types import Message

pytestmark = pytest.mark.models

FILES = {
    "lamp.md": "# Lamp\n\nThe Corrie lamp shines for 14 hours. It weighs 120 grams. It is charged by cable in 3 hours.\n",
    "bag.md": "# Bag\n\nThe Fell bag holds 22 litres. It is sewn from waxed cotton. Its zip can be replaced for 12 pounds.\n",
}


def quiet(done: int, total: int, what: str) -> None:
    pass


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / "documents").mkdir(exist_ok=True)
        (tmp_path / "documents" / name).write_text(text)
    return tmp_path / "documents"


@pytest.fixture
def settings(documents: Path, default_models: Path) -> Settings:
    """Of an index over the documents."""
    settings = load_settings()
    with closing(Assistant.open(settings)) as assistant:
        assistant.ingest([documents])
    return settings


def read(source: TrainingData, settings: Settings) -> Dataset:
    (dataset,) = source.read(settings, quiet)
    return dataset


def test_likes_and_corrections_become_questions_of_the_documents_in_use(settings: Settings) -> None:
    with closing(CatalogueReader.open(use_base(settings.data_dir))) as catalogue:
        catalogue.add_feedback("How long does the lamp shine?", "14 hours", ["lamp.md"], True)
        catalogue.add_feedback("How big is the bag?", "It is quite big.", ["bag.md"], True)
        catalogue.add_feedback("What is the bag made of?", "120 grams", ["lamp.md"], False, comment="waxed cotton")
        catalogue.add_feedback("Who sews the bag?", "22 litres", ["bag.md"], False, comment="That is no answer!")
        catalogue.add_feedback("What does the lamp weigh?", "14 hours", ["lamp.md"], True)
        catalogue.add_feedback("What does the lamp weigh?", "14 hours", ["lamp.md"], False, comment="120 grams")
    dataset = read(TrainingData(from_feedback=True), settings)
    found = {
        q.text: (q.answers, [dataset.passages[int(quote.document[:-3])][0] for quote in q.quotes]) for q in dataset.questions
    }
    assert found == {
        "How long does the lamp shine?": (("14 hours",), ["Lamp"]),
        "How big is the bag?": ((), []),
        "What is the bag made of?": (("waxed cotton",), ["Bag"]),
        "What does the lamp weigh?": (("120 grams",), ["Lamp"]),
    }
    groups = {group.id: group for group in mine(dataset, settings, quiet)}
    positive = groups["What is the bag made of?"].positive
    assert positive is not None
    assert positive.text[slice(*positive.answer or ())] == "waxed cotton"


def test_feedback_that_says_nothing_is_told(settings: Settings) -> None:
    with closing(CatalogueReader.open(use_base(settings.data_dir))) as catalogue:
        catalogue.add_feedback("Who sews the bag?", "22 litres", ["bag.md"], False, comment="wrong")
    with pytest.raises(RagError, match=r"1 verdicts on answers are kept .* nothing to learn from yet"):
        read(TrainingData(from_feedback=True), settings)


class Writer:
    """A generator that writes the questions it was given, one for each passage it knows."""

    name, window = "writer", 2048

    def __init__(self, questions: dict[str, str]) -> None:
        self.questions = questions

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return sum(len(message.content.split()) for message in messages)

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Iterator[str]:
        yield next((question for mark, question in self.questions.items() if mark in messages[-1].content), "")


def test_written_questions_are_kept_where_they_lead_back_to_their_passage(
    documents: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = {"Corrie lamp": "How many hours does the Corrie lamp shine?\nWhy?", "Fell bag": "Who won the cup in 1966?"}
    monkeypatch.setattr("rag.models.load.load_generator", lambda *_: Writer(written))
    dataset = read(TrainingData(documents=documents, synthetic=5), settings)
    (question,) = dataset.questions  # nothing in the documents answers the other
    assert question.text == "How many hours does the Corrie lamp shine?"
    assert dict(question.documents) == {"lamp.md": 1}
    assert "14" in question.answers[0]
    assert question.quotes == (Quote("lamp.md", question.answers[0]),)
    assert [group.positive is not None for group in mine(dataset, settings, quiet)] == [True]
    monkeypatch.setattr("rag.models.load.load_generator", lambda *_: Writer({"Fell bag": "Who won the cup in 1966?"}))
    with pytest.raises(RagError, match="write some by hand"):
        read(TrainingData(documents=documents, synthetic=5), settings)


@pytest.mark.parametrize("text", ["", "One. " * 300, "word " * 500], ids=["nothing", "short sentences", "no sentences"])
def test_passages_cover_a_document_in_order(text: str) -> None:
    from rag.types import Document

    found = [passage for _, passage in synthetic._passages(Document("x.md", "", text.strip(), ()))]
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(len(passage.split()) >= 80 for passage in found[:-1])


@pytest.mark.parametrize(
    ("source", "message"), [({}, "nothing to learn from"), ({"synthetic": 3}, "name their folder with --documents")]
)
def test_a_source_that_lacks_something_says_so(source: dict[str, Any], message: str) -> None:
    with pytest.raises(RagError, match=message):
        list(TrainingData(**source).read(load_settings(), quiet))
