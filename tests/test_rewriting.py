"""Messages that lean on what was said before: what is learnt of them, and what they are searched with."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.conversation.history import CONVERSATION, MESSAGE, as_text, first_words, last_words, said_before
from rag.conversation.rewriter import LearntRewriter
from rag.datasets import rewrites
from rag.errors import RagError
from rag.reading.output import ReaderOutput
from rag.text import words


def marking(wanted: set[str], *, leans: float = 1.0) -> tuple[LearntRewriter, list[tuple[str, str, str]]]:
    """A rewriter whose network marks the wanted words, and what it was asked."""
    asked: list[tuple[str, str, str]] = []

    def scores(texts: Sequence[tuple[str, str, str]]) -> list[ReaderOutput]:
        asked.extend(texts)
        found = []
        for _, _, text in texts:
            spans = words(text)
            evidence = np.array([float(text[a:b] in wanted) for a, b in spans], np.float32)
            nothing = np.zeros(len(spans), np.float32)
            found.append(ReaderOutput(np.array(spans).reshape(-1, 2), nothing, nothing, evidence, 0.0, 0.0, leans))
        return found

    return LearntRewriter(scores, lambda text: True), asked


HISTORY = [("what does the Notice 30 account pay", "The Notice 30 pays 2.90% a year.")]


def test_rewriter_tells_how_many_turns_a_message_leans_on() -> None:
    rewriter, asked = marking(set())
    assert rewriter.leans_on("and the 90?", HISTORY) == 1
    assert asked == [("and the 90?", CONVERSATION, "what does the Notice 30 account pay\nThe Notice 30 pays 2.90% a year.")]
    longer = [("hello", ""), *HISTORY, ("monthly?", "Yes."), ("why", "")]
    assert rewriter.leans_on("and the 90?", longer) == 2


def test_rewriter_leaves_a_new_topic_alone() -> None:
    rewriter, _ = marking({"Notice"}, leans=-3.0)
    assert rewriter.leans_on("do you take cards", HISTORY) == 0
    assert rewriter.leans_on("do you take cards", []) == 0


def test_rewriter_keeps_of_a_long_message_what_asks() -> None:
    rewriter, asked = marking({"How", "long", "may", "I", "return", "it"})
    mail = "Dear team, " + "we had a lovely week by the lake and it rained. " * 6 + "How long may I return it? Yours, Ann."
    assert rewriter.asked(mail).startswith("How long may I return it?")
    assert asked == [("", MESSAGE, mail)]
    assert rewriter.asked("How long may I return it? It rained.") == "How long may I return it? It rained."


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
