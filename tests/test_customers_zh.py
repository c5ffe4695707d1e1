"""The sample shop's Chinese pages, and what its Chinese customers ask: each fact expected stands in the page named, and what
nothing answers is in no page (tests/data/customers-zh.md).
"""

from collections import Counter, defaultdict

import pytest

from rag.datasets import formats
from rag.datasets.dataset import Question
from rag.evaluation.facts import normalised, says
from rag.loading import discover, load
from rag.loading.rules import Rules, overruled
from tests.conftest import ROOT

KNOWLEDGE = ROOT / "knowledge"
QUESTIONS = formats.read(ROOT / "tests" / "data" / "customers-zh.jsonl", documents=KNOWLEDGE).questions
ANSWERED = [question for question in QUESTIONS if question.expected.outcome == "answer"]
# What a page that answers one of the questions answered nowhere could not do without.
WITHOUT = {
    "zh44": ("澳门", "澳門", "Macau", "Macao"),
    "zh45": ("304", "316"),
    "zh46": ("大行", "Dahon"),
    "zh47": ("儿童", "座椅", "child seat"),
    "zh48": ("密码锁", "锁扣", "combination lock"),
    "zh49": ("佳明", "Garmin", "蓝牙", "Bluetooth", "码表"),
    "zh50": ("军人", "退役", "veteran", "armed forces"),
    "zh51": ("denier", "旦尼尔", "420D", "600D", "900D", "1000D"),
}


class Page:
    """A file as visitors may be answered from it: its language, whether it is for staff only, and its text."""

    def __init__(self) -> None:
        self.language, self.internal, self.text = "", False, ""


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    """The files of the base that comes with the project, by name."""
    found, rules = defaultdict[str, Page](Page), Rules()
    for path, name in discover(KNOWLEDGE):
        for document in load(path, name, seconds=30, memory_mb=1024, max_mb=20):
            page, about = found[name], overruled(document.about, rules.of(path))
            page.language, page.internal = about.language, about.audience == "internal"
            page.text += document.text + "\n\n"
    return dict(found)


def chinese(pages: dict[str, Page]) -> list[str]:
    return [name for name, page in pages.items() if page.language == "zh"]


def says_all(text: str, question: Question) -> bool:
    said = normalised(text)
    return all(any(says(said, fact) for fact in group) for group in question.expected.must)


def test_there_are_sixty_questions_of_every_kind() -> None:
    assert Counter(question.kind for question in QUESTIONS) == {
        "basic": 4,
        "keywords": 3,
        "typo": 3,
        "story": 6,
        "conversation": 7,
        "table": 4,
        "howto": 2,
        "two-part": 2,
        "traditional": 3,
        "cross-language": 10,
        "unanswerable": 8,
        "offtopic": 4,
        "social": 2,
        "handover": 2,
    }


def test_chinese_customers_have_pages_of_their_own(pages: dict[str, Page]) -> None:
    long = [name for name in chinese(pages) if len("".join(pages[name].text.split())) >= 400]
    assert len(long) >= 10


@pytest.mark.parametrize("question", ANSWERED, ids=lambda question: question.id)
def test_each_fact_stands_word_for_word_in_the_page_named_first(pages: dict[str, Page], question: Question) -> None:
    first, *others = question.documents
    for group in question.expected.must:
        assert any(fact in pages[first].text for fact in group), f"{first} says none of {group}"
    assert says_all(pages[first].text, question)
    assert not any(pages[name].internal for name in (first, *others))


def test_only_pages_in_english_answer_the_questions_across_languages(pages: dict[str, Page]) -> None:
    for question in QUESTIONS:
        if question.kind == "cross-language":
            assert {pages[name].language for name in question.documents} == {"en"}
            assert not [name for name in chinese(pages) if says_all(pages[name].text, question)], question.id
        elif question.documents:
            assert pages[next(iter(question.documents))].language == "zh", question.id


def test_what_is_answered_nowhere_is_in_no_page(pages: dict[str, Page]) -> None:
    assert WITHOUT.keys() == {question.id for question in QUESTIONS if question.kind == "unanswerable"}
    whole = normalised("\n".join(page.text for page in pages.values()))
    assert [word for words in WITHOUT.values() for word in words if says(whole, word)] == []
