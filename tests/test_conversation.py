import pytest

from rag.conversation.follow_up import standalone

HISTORY = [("How long do I have to return a lamp?", "30 days.")]


@pytest.mark.parametrize(
    "question",
    [
        "and for sale items?",
        "What about bags?",
        "Is it free?",
        "Why?",
        "那打折商品呢？",
        "How do I do that?",
        "for sale items?",
        "Sale items?",
        "Who pays?",
        "When do I pay?",
    ],
)
def test_a_question_that_leans_on_the_last_one_is_joined_to_it(question: str) -> None:
    assert standalone(question, HISTORY) == f"How long do I have to return a lamp? {question}"


@pytest.mark.parametrize(
    "question",
    [
        "How much does express shipping to Austria cost?",
        "Which payment methods do you accept in the shop?",
        "How do I reset my password?",
        "Can I pay by invoice?",
        "Where is the workshop in Leeds?",
    ],
)
def test_a_question_about_something_new_stands_alone(question: str) -> None:
    assert standalone(question, HISTORY) == question


def test_a_chain_of_follow_ups_reaches_its_subject() -> None:
    history = [*HISTORY, ("and for sale items?", "14 days.")]
    assert standalone("and abroad?", history) == "How long do I have to return a lamp? and for sale items? and abroad?"


def test_without_a_history_nothing_is_added() -> None:
    assert standalone(" and for sale items? ", []) == "and for sale items?"
