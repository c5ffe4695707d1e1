"""What an agent sees at a glance: a summary in the conversation's own words, the bot's note, conversations solved before."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.desk.desk import Desk
from rag.desk.solved import FEWEST, SolvedConversations
from rag.desk.summary import hand_over, summarise
from rag.desk.thread import read_thread
from rag.kept.conversations import Conversations
from rag.reading.faq import FaqReader
from rag.service import Models
from tests.desk_bases import handed_over, models

TOPICS = ("kites", "lamps", "boats", "tents", "ropes", "maps", "knives", "boots", "stoves")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with closing(Desk.of(tmp_path)) as found:
        found.agents.here("account:1", "Ada")
        yield found


@pytest.fixture(scope="module")
def fakes() -> Models:
    return models()


def reply(desk: Desk, conversation: str, text: str) -> None:
    case = desk.cases.get(conversation)
    desk.replies.send(
        conversation, "account:1", text, version=case.version, key=f"{conversation} {text}"[:100], recipient=case.recipient
    )


def solved(desk: Desk, owner: str, question: str, *replies: str) -> str:
    _, conversation = handed_over(desk, question, owner)
    for text in replies:
        reply(desk, conversation, text)
    desk.cases.resolve(conversation, "account:1")
    return conversation


def test_a_summary_quotes_what_was_said_and_changes_with_it(desk: Desk, fakes: Models) -> None:
    customer, conversation = handed_over(desk, "My kite is torn. May I return the kite?")
    reply(desk, conversation, "Sorry to hear that. You may return the kite within 30 days.")
    first = summarise(desk.store, conversation, fakes)
    assert [one.text for one in first.wanted] == ["May I return the kite?"]
    assert [one.text for one in first.tried] == ["You may return the kite within 30 days."]
    assert (first.open, first.left_out) == ((), ("promised",))
    customer.say(conversation, "Thanks! Who pays for the parcel?", "k1")
    second = summarise(desk.store, conversation, fakes)
    assert second.mark != first.mark
    assert second.open[-1].text == "Who pays for the parcel?"
    texts = {one.id: one.text for one in read_thread(desk.store, conversation).said}
    for one in (*second.wanted, *second.tried, *second.open):
        assert texts[one.said][one.start : one.end] == one.text


def test_of_a_long_conversation_only_the_last_answers_are_read(
    desk: Desk, fakes: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, conversation = handed_over(desk, "May I return the kite?")
    for n in range(8):
        customer.say(conversation, f"Who pays for parcel {n}?", f"k{n}")
        reply(desk, conversation, f"You pay for parcel {n}. " + "We are sorry. " * 100)
    embedded: list[str] = []
    embed = fakes.embedder.embed
    monkeypatch.setattr(fakes.embedder, "embed", lambda texts, kind: embedded.extend(texts) or embed(texts, kind))
    found = summarise(desk.store, conversation, fakes)
    assert [one.text for one in found.tried] == [f"You pay for parcel {n}." for n in (5, 6, 7)]
    assert len(embedded) < 250, "three answers, of each the first 60 sentences, and what was asked"


def test_the_bots_note_says_why_and_what_was_tried(desk: Desk) -> None:
    _, conversation = handed_over(desk, "May I return the kite?")
    note = hand_over(desk.store, conversation)
    assert note.reason == "customer_request"
    assert [(one.question, one.status) for one in note.tried] == [("May I return the kite?", "refused")]


def test_the_bots_note_tells_of_what_it_failed_to_answer_and_of_what_was_closed(desk: Desk) -> None:
    customer, conversation = handed_over(desk, "May I return the kite?")
    customer.back_to_bot(conversation)
    own = Conversations(desk.store.file).of("visitor:1")
    _, exchange = own.ask(conversation, "default", "Who pays for the parcel?")
    assert len(hand_over(desk.store, conversation).tried) == 1  # it may be answering
    customer.hand_over(conversation, "tool_failure")
    note = hand_over(desk.store, conversation)
    assert [(one.question, one.status) for one in note.tried] == [
        ("Who pays for the parcel?", "none"),
        ("May I return the kite?", "refused"),
    ]
    assert not note.again
    with desk.store.write() as connection:
        connection.execute("UPDATE exchanges SET answer = 'of old', text = 'You.' WHERE id = ?", (exchange,))
    assert hand_over(desk.store, conversation).tried[0].status == ""
    desk.cases.resolve(conversation, "account:1")
    desk.cases.reopen(conversation, "account:1")
    assert (hand_over(desk.store, conversation).tried, hand_over(desk.store, conversation).again) == ((), True)


def test_a_solved_conversation_is_found_by_how_it_began(desk: Desk, fakes: Models) -> None:
    found = SolvedConversations(desk.store, fakes)
    for n, topic in enumerate(TOPICS[: FEWEST - 1]):
        solved(desk, f"visitor:{n}", f"Are {topic} for rent?", f"Yes, {topic} are for rent.", "Bye.")
    assert found.find("kites rent", ["default"]) == []  # too few to tell what all have in common
    last = solved(desk, "visitor:last", "Are stoves sold by ada@example.com?", "Stoves are sold by the gate.")
    (one,) = found.find("stoves sold by whom?", ["default"])
    assert (one.conversation, one.reply, one.question) == (last, "Stoves are sold by the gate.", "Are stoves sold by [email]?")
    assert found.find("stoves sold by whom?", ["staff"]) == []
    assert found.find("stoves sold by whom?", ["default"], without=last) == []
    assert found.find("kites rent?", ["default"])[0].reply == "Yes, kites are for rent."
    assert found.catch_up() == 0


def test_a_matcher_decides_where_one_is_set(desk: Desk, fakes: Models) -> None:
    conversation = solved(desk, "visitor:1", "Are kites for rent?", "They are.")
    solved(desk, "visitor:2", "Are boats for rent?", "No.")

    def match(pairs):  # type: ignore[no-untyped-def]
        return np.array([0.9 if "kites" in other else 0.1 for _, other in pairs])

    matched = replace(fakes, readers=[FaqReader(fakes.readers[0], match)])
    (one,) = SolvedConversations(desk.store, matched).find("Can I borrow a dragon?", ["default"])
    assert (one.conversation, one.alike) == (conversation, 0.9)


def test_erasing_a_conversation_erases_what_was_learnt_of_it(desk: Desk, fakes: Models) -> None:
    conversation = solved(desk, "visitor:1", "Are kites for rent?", "They are.")
    SolvedConversations(desk.store, fakes).catch_up()
    with desk.store.write() as connection:
        connection.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
    assert desk.store.read("SELECT * FROM desk_solved") == []
