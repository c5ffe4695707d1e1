"""German customers' questions over the sample shop: each fact stands in the pages named, and what nothing answers in none."""

from collections import Counter

import pytest

from rag.datasets import formats
from rag.datasets.dataset import Question
from rag.evaluation.conversation import judge
from rag.evaluation.facts import normalised, says
from rag.loading import discover, load
from rag.types import Answer, Document
from tests.conftest import ROOT

Pages = tuple[Document, ...]

KNOWLEDGE = ROOT / "knowledge"
QUESTIONS = formats.read(ROOT / "tests" / "data" / "customers-de.jsonl", documents=KNOWLEDGE).questions
KINDS = dict.fromkeys(("basic", "table"), 5) | dict.fromkeys(("misspelt", "how-to", "two-part", "story"), 3)
KINDS |= dict.fromkeys(("keywords", "yes-no", "follow-up", "off-topic"), 4) | dict.fromkeys(("social", "handover"), 2)
KINDS |= {"cross-language": 10, "unanswerable": 8}
# What a page that answers would name, in German or English.
NAMED_NOWHERE = {
    "n1": ("liechtenstein",),
    "n2": ("kindersitz", "anhänger", "child seat", "trailer"),
    "n3": ("schriftart", "typeface", "font "),
    "n4": ("jobrad", "leasing", "dienstrad"),
    "n5": ("black friday", "black week"),
    "n6": ("tex ", "öko-", "oeko", "bluesign"),
    "n7": ("solar",),
    "n8": ("bluetooth", "fernbedien", "remote control"),
}


@pytest.fixture(scope="module")
def pages() -> dict[str, Pages]:
    """The documents of each file that comes with the project."""
    return {name: load(path, name, seconds=30, memory_mb=1024, max_mb=20) for path, name in discover(KNOWLEDGE)}


def text_of(documents: Pages) -> str:
    return normalised("\n".join(document.text for document in documents))


def answered(question: Question, text: str) -> bool:
    """Whether a text says one of each group of what a right answer must say."""
    assert question.expected is not None
    return all(any(says(text, fact) for fact in group) for group in question.expected.must)


def test_the_kinds_are_as_many_as_told() -> None:
    assert Counter(question.kind for question in QUESTIONS) == KINDS


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.documents], ids=lambda question: question.id)
def test_each_page_named_says_all_that_an_answer_must(pages: dict[str, Pages], question: Question) -> None:
    assert [name for name in question.documents if not answered(question, text_of(pages[name]))] == []


def test_what_crosses_languages_stands_on_no_german_page(pages: dict[str, Pages]) -> None:
    german = [document for documents in pages.values() for document in documents if document.about.language == "de"]
    assert len(german) >= 16
    for question in QUESTIONS:
        if question.kind == "cross-language":
            assert question.expected is not None
            facts = [fact for group in question.expected.must for fact in group if fact not in {"ja", "yes"}]
            assert [page.name for page in german if any(says(text_of((page,)), fact) for fact in facts)] == [], question.id


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_the_right_answer_noted_is_judged_right(question: Question) -> None:
    expected = question.expected
    assert expected is not None
    text, no = question.text, expected.outcome == "no"
    answer = Answer(text, text, expected.answer, "refused" if no else "answered", 1.0, (), ())
    assert judge(expected, answer).right


def test_what_nothing_answers_is_named_on_no_page(pages: dict[str, Pages]) -> None:
    assert NAMED_NOWHERE.keys() == {question.id for question in QUESTIONS if question.kind == "unanswerable"}
    named = {name: text_of(documents) for name, documents in pages.items()}
    found = [
        (id, word, name)
        for id, words in NAMED_NOWHERE.items()
        for word in words
        for name, text in named.items()
        if word in text
    ]
    assert found == []
