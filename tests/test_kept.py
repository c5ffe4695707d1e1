"""Conversations that are kept: whose they are, what is in them years later, and how they leave."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rag.config import load_settings
from rag.errors import NotFoundError, RagError
from rag.index.audit import AuditLog
from rag.kept import answers, conversations, export
from rag.kept.conversations import Conversations, Own
from rag.kept.database import FILE, ConversationsFile
from rag.privacy import mask, unmasked
from rag.types import Answer
from tests.scripted import HOSTILE, ScriptedAssistant

ANNA, BOB = "visitor:anna", "account:7"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Conversations]:
    with closing(Conversations(ConversationsFile.of(tmp_path), AuditLog(tmp_path))) as found:
        yield found


@pytest.fixture
def anna(kept: Conversations) -> Own:
    return kept.of(ANNA)


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedAssistant:
    return ScriptedAssistant(load_settings({"data_dir": tmp_path}), delay=0)


def answer_to(scripted: ScriptedAssistant, question: str) -> Answer:
    *_, last = scripted.stream(question)
    assert isinstance(last, Answer)
    return last


def talk(own: Own, *questions: str, base: str = "shop") -> str:
    id = ""
    for question in questions:
        id, _ = own.ask(id, base, question)
    return id


@pytest.mark.parametrize("question", ["How long?", "What does delivery cost?", "off topic", "quote", "退货", HOSTILE])
def test_an_answer_comes_back_as_it_was(scripted: ScriptedAssistant, question: str) -> None:
    answer = answer_to(scripted, question)
    assert answers.from_json(answers.to_json(answer, unmasked)) == answer


def test_an_answer_of_a_later_version_is_read_and_a_broken_one_is_none(scripted: ScriptedAssistant) -> None:
    values = json.loads(answers.to_json(answer_to(scripted, "How long?"), unmasked))
    older = {key: value for key, value in values.items() if key not in ("problem", "marks")}
    read = answers.from_json(json.dumps({**older, "of_a_later_version": 1}))
    assert read is not None
    assert (read.problem, read.text) == ("", values["text"])
    assert answers.from_json('{"question": 3}') is None
    assert answers.from_json("[") is None


def test_a_conversation_is_kept_with_its_answers(anna: Own, scripted: ScriptedAssistant) -> None:
    id, first = anna.ask("", "shop", "How long do I have?")
    answer = answer_to(scripted, "How long do I have?")
    anna.answered(first, answer)
    same, second = anna.ask(id, "shop", "And from abroad?")
    assert same == id
    anna.judged(first)
    conversation, asked = anna.open(id)
    assert (conversation.title, conversation.base, conversation.questions) == ("How long do I have?", "shop", 2)
    assert [(one.id, one.answer, one.judged) for one in asked] == [(first, answer, True), (second, None, False)]


def test_a_question_asked_instead_takes_the_place_of_the_other(anna: Own) -> None:
    id, first = anna.ask("", "shop", "How lnog?")
    anna.ask(id, "shop", "How long?", instead_of=first)
    assert [one.question for one in anna.open(id)[1]] == ["How long?"]


@pytest.mark.parametrize("change", ["deleted", "another's", "of another base", ""])
def test_a_question_begins_a_conversation_where_there_is_none_to_go_on(kept: Conversations, anna: Own, change: str) -> None:
    id = talk(kept.of(BOB) if change == "another's" else anna, "One")
    if change == "deleted":
        anna.delete(id)
    new, _ = anna.ask(id if change else "", "other" if change == "of another base" else "shop", "Two")
    assert new != id
    assert [one.question for one in anna.open(new)[1]] == ["Two"]


def test_nobody_reaches_anothers(kept: Conversations, anna: Own, scripted: ScriptedAssistant) -> None:
    id, exchange = anna.ask("", "shop", "Where is my parcel?")
    bob = kept.of(BOB)
    assert bob.all() == bob.all("parcel") == []
    for act in (bob.open, bob.delete, lambda id: bob.rename(id, "mine now")):
        with pytest.raises(NotFoundError, match="not there"):
            act(id)
    bob.answered(exchange, answer_to(scripted, "How long?"))
    bob.judged(exchange)
    bob.ask(id, "shop", "Mine?", instead_of=exchange)
    assert bob.delete_all() == 1
    conversation, asked = anna.open(id)
    assert conversation.title == "Where is my parcel?"
    assert [(one.answer, one.judged) for one in asked] == [(None, False)]


def test_an_exchange_is_not_taken_out_of_anothers_conversation(kept: Conversations, anna: Own) -> None:
    theirs, exchange = anna.ask("", "shop", "Hers")
    bob = kept.of(BOB)
    bob.ask(talk(bob, "His"), "shop", "His again", instead_of=exchange)
    assert len(anna.open(theirs)[1]) == 1


def test_what_was_asked_as_staff_is_for_staff_only(kept: Conversations) -> None:
    id = talk(kept.of(BOB, "internal"), "What do we pay the carrier?")
    public = talk(kept.of(BOB), "How long?")
    assert [one.id for one in kept.of(BOB).all()] == [public]
    with pytest.raises(NotFoundError):
        kept.of(BOB).open(id)
    assert kept.of(BOB, "internal").open(id)[0].id == id
    kept.of(BOB, "internal").ask(public, "shop", "And inside?")
    assert kept.of(BOB).all() == []
    assert kept.of(BOB).delete_all() == 2


def test_conversations_are_found_by_what_was_said(anna: Own, scripted: ScriptedAssistant) -> None:
    id, exchange = anna.ask("", "shop", "Wie lange für die Rückgabe?")
    anna.answered(exchange, answer_to(scripted, "退货"))
    other = talk(anna, "ÜBER UNS", "Wo?")
    assert [one.id for one in anna.all()] == [other, id]
    for words in ("RÜCKGABE", "三十天", "  für die "):
        assert [one.id for one in anna.all(words)] == [id]
    assert [one.id for one in anna.all("über uns")] == [other]
    assert anna.all("100%_") == []


def test_a_title_is_one_line_that_can_be_changed(anna: Own) -> None:
    id = talk(anna, "What\n  is " + "very " * 40 + "long?")
    title = anna.open(id)[0].title
    assert title.startswith("What is very")
    assert len(title) <= conversations.LONGEST_TITLE
    anna.rename(id, " The\nlong one ")
    assert anna.open(id)[0].title == "The long one"
    with pytest.raises(RagError, match="empty"):
        anna.rename(id, " \n ")


def test_personal_data_is_masked_in_what_is_kept(tmp_path: Path, kept: Conversations, scripted: ScriptedAssistant) -> None:
    said = "I am anna@example.org, how long?"
    id, exchange = kept.of(ANNA).ask("", "shop", said)
    kept.of(ANNA).answered(exchange, answer_to(scripted, said))
    kept.of(ANNA).rename(id, "for anna@example.org")
    assert kept.of(ANNA).open(id)[0].title == "for [email]"
    assert b"anna@example.org" not in b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE}*"))
    _, asked = kept.of(ANNA).open(id)
    assert asked[0].answer is not None
    assert (asked[0].question, asked[0].answer.question) == (mask(said), mask(said))


def test_the_oldest_goes_when_there_are_too_many(anna: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "MOST", 2)
    first, second = talk(anna, "One"), talk(anna, "Two")
    anna.ask(first, "shop", "One more")
    third = talk(anna, "Three")
    assert [one.id for one in anna.all()] == [third, first]
    with pytest.raises(NotFoundError):
        anna.open(second)


def test_what_is_deleted_is_in_no_file_and_told_of_by_its_id(tmp_path: Path, kept: Conversations, anna: Own) -> None:
    id = talk(anna, "My secret is marzipan " * 50)
    stays = talk(kept.of(BOB), "Marzipan is for sale?")
    anna.delete(id)
    left = b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE}*"))
    assert b"secret is marzipan" not in left
    assert b"Marzipan is for sale?" in left
    assert [(one.action, one.subject) for one in AuditLog(tmp_path).entries()] == [
        ("conversation.delete", f"conversations/{id}")
    ]
    assert kept.of(BOB).open(stays)
    with pytest.raises(NotFoundError):
        anna.delete(id)


def test_a_conversation_is_taken_along_as_json_and_text(anna: Own, scripted: ScriptedAssistant) -> None:
    id, exchange = anna.ask("", "shop", "How long?")
    answer = answer_to(scripted, "How long?")
    anna.answered(exchange, answer)
    anna.ask(id, "shop", "Stopped?")
    values = json.loads(export.as_json(*anna.open(id)))
    assert [one["question"] for one in values["exchanges"]] == ["How long?", "Stopped?"]
    assert answers.from_json(json.dumps(values["exchanges"][0]["answer"])) == replace(answer, models={})
    assert values["exchanges"][1]["answer"] is None
    text = export.as_text(*anna.open(id))
    assert answer.text in text
    for citation in answer.citations:
        assert f"[{citation.n}] {citation.title}" in text
        assert citation.text.splitlines()[0] in text


def test_a_conversation_with_a_broken_answer_is_shown_by_its_words(tmp_path: Path, anna: Own) -> None:
    id, exchange = anna.ask("", "shop", "How long?")
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("UPDATE exchanges SET text = 'Thirty days.', answer = '{}' WHERE id = ?", (exchange,))
    (asked,) = anna.open(id)[1]
    assert (asked.text, asked.answer) == ("Thirty days.", None)
