"""Messages that lean on what was said before: what is learnt of them, and what they are searched with."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.conversation.history import CONVERSATION, as_text, first_words, last_words, said_before
from rag.conversation.rewriter import LearntRewriter
from rag.datasets import rewrites
from rag.errors import RagError
from rag.reading.output import ReaderOutput


def leaning(odds: float) -> tuple[LearntRewriter, list[tuple[str, str, str]]]:
    """A rewriter whose network gives each message these log odds of leaning on what was said, and what it was asked."""
    asked: list[tuple[str, str, str]] = []

    def scores(texts: Sequence[tuple[str, str, str]]) -> list[ReaderOutput]:
        asked.extend(texts)
        nothing = np.zeros(0, np.float32)
        return [ReaderOutput(np.zeros((0, 2), int), nothing, nothing, nothing, 0.0, 0.0, odds) for _ in texts]

    return LearntRewriter(scores, lambda text: True), asked


HISTORY = [("what does the Notice 30 account pay", "The Notice 30 pays 2.90% a year.")]


def test_rewriter_tells_how_many_turns_a_message_leans_on() -> None:
    rewriter, asked = leaning(1.0)
    assert rewriter.leans_on("and the 90?", HISTORY) == 1
    assert asked == [("and the 90?", CONVERSATION, "what does the Notice 30 account pay\nThe Notice 30 pays 2.90% a year.")]
    longer = [("hello", ""), *HISTORY, ("monthly?", "Yes."), ("why", "")]
    assert rewriter.leans_on("and the 90?", longer) == 2


def test_rewriter_leaves_a_new_topic_alone() -> None:
    rewriter, _ = leaning(-3.0)
    assert rewriter.leans_on("do you take cards", HISTORY) == 0
    assert rewriter.leans_on("do you take cards", []) == 0


def test_history_is_the_beginning_of_the_last_messages() -> None:
    text = as_text([f"message {n} " + "word " * 80 for n in range(9)])
    assert [line.split()[1] for line in text.split("\n")] == ["3", "4", "5", "6", "7", "8"]
    assert all(len(line.split()) == 50 for line in text.split("\n"))
    assert as_text(["", " \n"]) == ""


def test_of_earlier_messages_the_end_is_searched_and_of_answers_the_beginning() -> None:
    long = "Dear team, " + "I write to you again " * 40 + "how long may I return a lamp?"
    assert last_words(long).endswith("again how long may I return a lamp?")
    assert (len(last_words(long).split()), len(first_words(long).split())) == (40, 50)
    assert first_words(long).startswith("Dear team, I write")
    said = ["bags?", "30 days.", "and lamps?", "60 days."]
    assert [said_before(said, turns) for turns in (1, 2)] == ["and lamps? 60 days.", "bags? and lamps? 60 days."]
    assert said_before([]) == ""


def test_copied_words_are_those_that_the_message_lacks_where_they_were_said_last() -> None:
    history = "what does the notice account pay\nNotice accounts pay 2.90%"
    spans = rewrites.copied(history, "What does the Notice 90 account pay?", lacking="and the 90?")
    assert [history[start:end] for start, end in spans] == ["Notice accounts pay"]
    assert rewrites.leaning("a", "do you take cards", history, "do you take cards").copied == ()


def test_rewrites_are_read_with_what_was_said_before(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    lines = [
        {"history": [], "question": "What group disbanded?", "rewrite": "What group disbanded?"},
        {"history": [{"text": "What group disbanded?"}, {"text": "Zappa"}], "question": "When?", "rewrite": "When did Zappa?"},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    (found,) = rewrites.read(path)
    assert (found.message, found.history[slice(*found.copied[0])]) == ("When?", "Zappa")
    path.write_text(json.dumps({**lines[1], "history": ["Zappa"]}) + "\n")
    with pytest.raises(RagError, match="line 1 has a history"):
        rewrites.read(path)
    path.write_text(json.dumps(lines[0]) + "\n")
    with pytest.raises(RagError, match="no message that something was said before"):
        rewrites.read(path)
