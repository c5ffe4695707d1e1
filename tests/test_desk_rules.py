"""What must be impossible at the desk, each tried: two answers, bot and person both, a lost draft, a reply sent twice or to
somebody else, a note that a customer reads, an event missed, a hand-over unseen."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rag.config import load_settings
from rag.desk.desk import Desk
from rag.desk.errors import ChangedError, DeskError, KeyUsedError, NotYoursError, WrongRecipientError
from rag.desk.hours import DeskSettings
from rag.desk.values import Case
from rag.errors import NotFoundError, WithPeopleError
from rag.kept import export
from rag.types import Answer
from tests.desk_world import ANNA, BEN, World, world
from tests.scripted import HOSTILE, ScriptedAssistant


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    *_, last = ScriptedAssistant(load_settings({"data_dir": tmp_path_factory.mktemp("data")}), delay=0).stream("How long?")
    assert isinstance(last, Answer)
    return last


def outs(there: World, conversation: str) -> list[str]:
    return [line.text for line in there.customer().messages(conversation) if line.kind == "out"]


# Two answers to one message by two agents.


def test_the_second_agent_is_told_who_answered_and_when_and_keeps_what_they_wrote(there: World) -> None:
    conversation = there.waiting()
    seen = there.get(conversation)
    there.reply(conversation, "It is on its way.")
    there.clock.go(seconds=8)
    with pytest.raises(ChangedError, match=r"Anna answered 8 sec ago\. Your text is kept as a draft") as raised:
        there.reply(conversation, "It is lost.", BEN, version=seen.version)
    assert (raised.value.actor, raised.value.name, raised.value.kind) == (ANNA, "Anna", "reply")
    assert raised.value.version == there.get(conversation).version
    assert outs(there, conversation) == ["It is on its way."]
    kept = there.desk.drafts.get(conversation, BEN)
    assert kept is not None
    assert kept.text == "It is lost."


def test_an_answer_is_told_of_even_where_more_happened_since(there: World) -> None:
    conversation = there.waiting()
    seen = there.get(conversation).version
    there.reply(conversation)
    there.say(conversation, "Thanks!")
    there.desk.cases.snooze(conversation, ANNA)
    with pytest.raises(ChangedError, match="Anna answered"):
        there.reply(conversation, "Late.", BEN, version=seen)


def send_at_once(case: Case, desks: dict[str, Desk]) -> dict[str, Exception | None]:
    """Each agent sends a reply at the same moment, by a desk of their own; what came of it, None for a message that is sent."""
    begin, results = threading.Barrier(len(desks)), {}

    def send(desk: Desk, agent: str) -> None:
        begin.wait()
        try:
            values = {"version": case.version, "key": f"{agent}{case.id}", "recipient": case.recipient}
            desk.replies.send(case.id, agent, f"By {agent}.", **values)
            results[agent] = None
        except ChangedError as error:
            results[agent] = error

    threads = [threading.Thread(target=send, args=(desk, agent)) for agent, desk in desks.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_agents_who_send_at_once_one_is_refused(tmp_path: Path) -> None:
    with world(tmp_path) as there, closing(Desk.of(tmp_path)) as other:
        there.desk.set_settings(DeskSettings(capacity=10), "cli:0")
        for number in range(10):
            conversation = there.waiting(f"customer{number}")
            results = send_at_once(there.get(conversation), {ANNA: there.desk, BEN: other})
            (won,) = [agent for agent, error in results.items() if error is None]
            (lost,) = [error for error in results.values() if isinstance(error, ChangedError)]
            assert lost.actor == won
            assert there.get(conversation).agent == won
            sent = [entry.message for entry in there.desk.events.timeline(conversation) if entry.message]
            assert [one.author for one in sent if one.kind == "out"] == [won]


def test_what_the_customer_wrote_meanwhile_is_read_before_a_reply_goes_out(there: World) -> None:
    conversation = there.open()
    seen = there.get(conversation).version
    there.say(conversation, "Forget it, it is here.")
    with pytest.raises(ChangedError, match="The customer wrote 1 sec ago"):
        there.reply(conversation, version=seen)


@pytest.mark.parametrize("state", ["open", "snoozed"])
def test_only_who_has_it_replies_and_a_colleague_takes_it_over_in_one_step(there: World, state: str) -> None:
    conversation = there.open()
    if state == "snoozed":
        there.desk.cases.snooze(conversation, ANNA)
    with pytest.raises(NotYoursError, match="Anna has this conversation") as raised:
        there.reply(conversation, agent=BEN)
    assert raised.value.agent == ANNA
    assert outs(there, conversation) == []
    there.desk.cases.assign(conversation, BEN, BEN)
    there.reply(conversation, "Ben here.", BEN)
    assert outs(there, conversation) == ["Ben here."]


# Bot and person both answering.


def test_the_first_reply_of_a_person_takes_a_conversation_from_the_bot_whose_answer_is_then_not_written(
    there: World, answer: Answer
) -> None:
    conversation = there.waiting()
    there.desk.cases.give_back(conversation, ANNA)
    _, exchange = there.own().ask(conversation, "shop", "How long?")
    there.reply(conversation, "Three days.", BEN)
    with pytest.raises(WithPeopleError):
        there.customer().bot_reply(exchange, answer)
    assert there.get(conversation).agent == BEN
    assert outs(there, conversation) == ["Three days."]
    (_, asked) = there.own().open(conversation)
    assert asked[-1].answer is None
    assert "answered" not in there.kinds(conversation)


@pytest.mark.parametrize("before", [True, False])
def test_an_answer_begun_before_a_hand_over_is_not_written_after_it(there: World, answer: Answer, before: bool) -> None:
    conversation, exchange = there.own().ask("", "shop", "How long?")
    if before:
        there.customer().hand_over(conversation, "complaint")
        there.customer().back_to_bot(conversation)
        _, exchange = there.own().ask(conversation, "shop", "How long?")
    there.customer().hand_over(conversation, "complaint")
    with pytest.raises(WithPeopleError):
        there.customer().bot_reply(exchange, answer)
    there.customer().back_to_bot(conversation)
    with pytest.raises(WithPeopleError):
        there.customer().bot_reply(exchange, answer)  # the bot has it again, but was asked before people had it
    _, exchange = there.own().ask(conversation, "shop", "How long?")
    there.desk.notes.add(conversation, ANNA, "Let the bot try.")
    there.customer().bot_reply(exchange, answer)
    assert there.own().open(conversation)[1][-1].answer == answer


def test_the_bot_is_not_asked_where_people_have_the_conversation(there: World) -> None:
    conversation = there.waiting()
    before = there.own().open(conversation)
    with pytest.raises(WithPeopleError, match="A person has this conversation"):
        there.own().ask(conversation, "shop", "How long?")
    assert there.own().open(conversation)[1] == before[1]


def test_questions_to_the_bot_are_events_where_the_desk_knows_the_conversation(there: World, answer: Answer) -> None:
    unknown, exchange = there.own("dora").ask("", "shop", "How long?")
    there.customer("dora").bot_reply(exchange, answer)
    assert there.desk.events.of(unknown) == []
    conversation = there.waiting()
    there.desk.cases.give_back(conversation, ANNA)
    seen = there.get(conversation).version
    _, exchange = there.own().ask(conversation, "shop", "How long?")
    there.customer().bot_reply(exchange, answer)
    assert there.kinds(conversation)[-2:] == ["asked", "answered"]
    assert there.get(conversation).version == seen + 2
    with pytest.raises(ChangedError):
        there.reply(conversation, version=seen)


# A draft is never lost.


def draft(there: World, conversation: str, agent: str = ANNA) -> str:
    found = there.desk.drafts.get(conversation, agent)
    return found.text if found else ""


def test_drafts_are_of_each_agent_and_outlive_owners_states_signing_out_and_a_restart(there: World, tmp_path: Path) -> None:
    conversation = there.open()
    there.desk.drafts.save(conversation, ANNA, "Dear C")
    there.desk.drafts.save(conversation, BEN, "Hello")
    there.desk.drafts.save(conversation, ANNA, "Dear Carla,")
    there.desk.cases.assign(conversation, BEN, BEN)
    there.desk.cases.resolve(conversation, BEN)
    there.desk.cases.reopen(conversation, BEN)
    there.desk.agents.here(ANNA, "Anna M.")
    there.desk.agents.gone(ANNA)
    assert (draft(there, conversation), draft(there, conversation, BEN)) == ("Dear Carla,", "Hello")
    with closing(Desk.of(tmp_path)) as again:
        assert [one.text for one in again.drafts.writing(ANNA)] == ["Dear Carla,"]


def test_a_draft_ends_by_sending_or_discarding_and_can_be_had_back_for_thirty_days(there: World) -> None:
    conversation = there.open()
    there.desk.drafts.save(conversation, ANNA, "Not so.")
    there.desk.drafts.save(conversation, ANNA, "   ")
    there.desk.drafts.save(conversation, ANNA, "It is on its")
    there.reply(conversation, "It is on its way.")
    assert draft(there, conversation) == ""
    ended = there.desk.drafts.ended(conversation, ANNA)
    assert [(one.text, one.ended) for one in ended] == [("It is on its way.", "sent"), ("Not so.", "discarded")]
    with pytest.raises(NotFoundError):
        there.desk.drafts.restore(ended[1].id, BEN)
    there.desk.drafts.save(conversation, ANNA, "Something else")
    assert there.desk.drafts.restore(ended[1].id, ANNA).text == "Not so."
    assert draft(there, conversation) == "Not so."
    assert [one.ended for one in there.desk.drafts.ended(conversation, ANNA)] == ["replaced", "sent", "discarded"]
    there.clock.go(days=29)
    assert there.desk.clockwork.daily() == 0
    there.clock.go(days=2)
    assert there.desk.clockwork.daily() == 3
    assert draft(there, conversation) == "Not so.", "what is being written is kept however old it is"
    with pytest.raises(NotFoundError, match="kept for 30 days"):
        there.desk.drafts.restore(ended[1].id, ANNA)


def test_two_tabs_that_write_over_each_other_lose_nothing(there: World) -> None:
    conversation = there.open()
    first = there.desk.drafts.save(conversation, ANNA, "One")
    assert first is not None
    there.desk.drafts.save(conversation, ANNA, "One, by the other tab", first.revision)
    there.desk.drafts.save(conversation, ANNA, "One more", first.revision)
    assert draft(there, conversation) == "One more"
    assert [one.text for one in there.desk.drafts.ended(conversation, ANNA)] == ["One, by the other tab"]
    there.reply(conversation, "One more thing", revision=first.revision)
    texts = {one.text for one in there.desk.drafts.ended(conversation, ANNA)}
    assert texts == {"One, by the other tab", "One more", "One more thing"}


def test_the_tab_that_saves_over_a_later_draft_is_told_of_it(there: World) -> None:
    conversation, drafts = there.open(), there.desk.drafts
    first = drafts.save(conversation, ANNA, "One", 0)
    assert first is not None
    assert first.other is None
    second = drafts.save(conversation, ANNA, "Two", 0)
    assert second is not None
    assert second.other is not None
    assert second.other.text == "One"
    again = drafts.save(conversation, ANNA, "Two and more", second.revision)
    assert again is not None
    assert again.other is None
    assert drafts.save(conversation, ANNA, "", first.revision) is None
    assert draft(there, conversation) == "Two and more", "a tab that is emptied throws nothing away that it has not seen"
    assert drafts.restore(again.id, ANNA).text == "Two and more"
    assert drafts.restore(second.other.id, ANNA).text == "One"
    assert [one.text for one in drafts.ended(conversation, ANNA)] == ["Two and more", "One"]
    assert drafts.save(conversation, ANNA, "") is None
    assert draft(there, conversation) == ""


def test_who_is_writing_is_known_for_some_minutes_and_is_no_event(there: World) -> None:
    conversation, drafts = there.open(), there.desk.drafts
    events = there.desk.events.last()
    drafts.save(conversation, BEN, "Hello")
    drafts.save(conversation, BEN, "He is angry", kind="note")
    assert (drafts.others(conversation, ANNA), drafts.others(conversation, BEN)) == (["Ben"], [])
    assert drafts.being_written() == {(conversation, BEN)}
    there.clock.go(minutes=2)
    assert drafts.others(conversation, ANNA) == ["Ben"]
    there.clock.go(minutes=1)
    assert drafts.others(conversation, ANNA) == []
    assert drafts.being_written() == frozenset()
    drafts.save(conversation, BEN, "Hello again")
    drafts.discard(conversation, BEN)
    assert drafts.others(conversation, ANNA) == []
    assert there.desk.events.last() == events


@pytest.mark.parametrize("ends", ["sent", "discarded"])
def test_a_tab_that_saw_an_earlier_draft_writes_over_no_later_one(there: World, ends: str) -> None:
    conversation = there.open()
    seen = there.desk.drafts.save(conversation, ANNA, "Dear Carla")
    assert seen is not None
    if ends == "sent":
        there.reply(conversation, "Dear Carla")
    else:
        there.desk.drafts.discard(conversation, ANNA)
    there.desk.drafts.save(conversation, ANNA, "Another, by the other tab", 0)
    there.desk.drafts.save(conversation, ANNA, "Dear Carla,", seen.revision)
    assert draft(there, conversation) == "Dear Carla,"
    assert there.desk.drafts.ended(conversation, ANNA)[0].text == "Another, by the other tab"


def test_a_reply_that_is_refused_is_the_draft_whatever_it_was_refused_for(there: World) -> None:
    conversation = there.open()
    for wrong in ({"version": 1}, {"recipient": "mail:dora@example.com"}):
        text = f"Refused for {next(iter(wrong))}"
        with pytest.raises(DeskError):
            there.reply(conversation, text, **wrong)
        assert draft(there, conversation) == text
    assert outs(there, conversation) == []


# A message sent twice.


@pytest.mark.parametrize("variable", ["{customer}", "{agent}", "{conversation}", "{base}"])
def test_a_reply_with_a_variable_that_is_not_filled_in_is_not_sent(there: World, variable: str) -> None:
    conversation = there.open()
    with pytest.raises(DeskError, match=f"{variable} stands in the reply"):
        there.reply(conversation, f"Hello {variable}, this is Anna.")
    assert (outs(there, conversation), draft(there, conversation)) == ([], f"Hello {variable}, this is Anna.")
    there.reply(conversation, "Hello {you}, this is Anna.")
    assert outs(there, conversation) == ["Hello {you}, this is Anna."]


def test_a_reply_sent_again_is_the_same_one(there: World) -> None:
    conversation = there.open()
    case = there.get(conversation)
    given = {"version": case.version, "key": "k", "recipient": case.recipient}
    first = there.reply(conversation, "Once.", **given)
    assert there.reply(conversation, "Once.", **given) == first
    there.desk.cases.resolve(conversation, ANNA)
    assert there.reply(conversation, "Once.", **given) == first, "also where the conversation has changed since"
    assert outs(there, conversation) == ["Once."]
    assert there.get(conversation).state == "resolved"
    assert there.kinds(conversation).count("reply") == 1


def test_a_reply_sent_again_is_no_draft_any_more(there: World) -> None:
    conversation = there.open()
    there.reply(conversation, "It is on its way.", key="k")
    there.desk.drafts.save(conversation, ANNA, "It is on its way. ")  # its answer was lost: the page keeps what was typed
    there.reply(conversation, "It is on its way.", key="k")
    assert draft(there, conversation) == ""
    there.desk.drafts.save(conversation, ANNA, "And the lamp")
    there.reply(conversation, "It is on its way.", key="k")
    assert draft(there, conversation) == "And the lamp"
    assert outs(there, conversation) == ["It is on its way."]


def test_a_note_that_was_added_is_no_draft_any_more_and_none_that_was_discarded(there: World) -> None:
    conversation, drafts = there.open(), there.desk.drafts
    drafts.save(conversation, ANNA, "He ra", kind="note")
    for key in ("k", "k"):  # sent again, as its answer was lost
        there.desk.notes.add(conversation, ANNA, "He rang.", key)
        assert drafts.get(conversation, ANNA, "note") is None
        assert [(one.text, one.ended) for one in drafts.ended(conversation, ANNA)] == [("He rang.", "sent")]
    seen = drafts.save(conversation, ANNA, "He is", kind="note")
    assert seen
    drafts.save(conversation, ANNA, "Another tab's", seen.revision, kind="note")
    there.desk.notes.add(conversation, ANNA, "He is kind.", "l", seen.revision)
    assert ("Another tab's", "replaced") in [(one.text, one.ended) for one in drafts.ended(conversation, ANNA)]
    assert len(there.desk.notes.of(conversation)) == 2


def test_a_note_sent_again_is_there_once(there: World) -> None:
    conversation = there.open()
    first = there.desk.notes.add(conversation, ANNA, "He rang.", "k")
    assert there.desk.notes.add(conversation, ANNA, "He rang.", "k") == first
    for agent, text, key in (
        (ANNA, "He rang. Twice.", "k"),
        (ANNA, "He rang.", "l"),
        (BEN, "He rang.", "k"),
        (ANNA, "He rang.", ""),
    ):
        there.desk.notes.add(conversation, agent, text, key)
    assert len(there.desk.notes.of(conversation)) == 5
    assert there.kinds(conversation).count("noted") == 5


def test_a_key_is_of_one_text_in_one_conversation_of_one_author(there: World) -> None:
    one, other = there.open(), there.open(who="dora")
    there.reply(one, "Once.", key="k")
    with pytest.raises(KeyUsedError, match="'k' was used for another text"):
        there.reply(one, "Twice.", key="k")
    with pytest.raises(KeyUsedError):
        there.reply(other, "Once.", key="k")
    there.desk.cases.assign(other, BEN, BEN)
    there.reply(other, "Once.", BEN, key="k")
    assert outs(there, one) == ["Once."]


def test_what_a_customer_sends_again_is_there_once(there: World) -> None:
    conversation, customer = there.open(), there.customer()
    first = customer.say(conversation, "Hello?", "k")
    assert customer.say(conversation, "Hello?", "k") == first
    with pytest.raises(KeyUsedError):
        customer.say(conversation, "Another", "k")
    assert [line.text for line in customer.messages(conversation) if line.kind == "in"] == ["Hello?"]


# A reply to another customer.


@pytest.mark.parametrize("recipient", ["", "page:other", "mail:dora@example.com", HOSTILE])
def test_a_reply_goes_to_whom_it_was_written_or_nowhere(there: World, recipient: str) -> None:
    conversation = there.open()
    with pytest.raises(WrongRecipientError, match="nothing is sent"):
        there.reply(conversation, recipient=recipient)
    assert outs(there, conversation) == []


def test_the_recipient_stays_with_a_reply_whatever_the_customer_leaves_later(there: World) -> None:
    conversation = there.open()
    seen = there.get(conversation)
    there.customer().leave_address(conversation, "carla@example.com", "Carla")
    with pytest.raises(WrongRecipientError, match=r"the conversation is with “mail:carla@example\.com”"):
        there.reply(conversation, recipient=seen.recipient)
    sent = there.reply(conversation)
    there.customer().leave_address(conversation, "carla@work.example", "Carla")
    (waiting,) = there.desk.replies.undelivered()
    assert (waiting.id, waiting.recipient) == (sent.id, "mail:carla@example.com")
    assert (there.desk.replies.delivered(sent.id), there.desk.replies.delivered(sent.id)) == (True, False)
    assert there.desk.replies.undelivered() == []


def test_no_address_is_taken_and_none_is_told_where_no_mail_is_sent(there: World) -> None:
    there.customer().leave_address(conversation := there.open(), "carla@example.com")
    sent, without = there.reply(conversation), Desk(there.file, there.clock)
    there.desk.replies.reached(conversation)
    assert there.desk.replies.undelivered() == [sent], "it goes by mail"
    customer = without.customer(there.own())
    assert (there.customer().standing(conversation).address, customer.standing(conversation).address) == (
        "carla@example.com",
        None,
    )
    with pytest.raises(DeskError, match="We do not answer by e-mail"):
        customer.leave_address(conversation, "carla@work.example")
    assert there.get(conversation).recipient == "mail:carla@example.com"
    without.replies.reached(conversation)
    assert there.desk.replies.undelivered() == [], "the customer has it where they wrote"


def test_nothing_of_a_customers_reaches_another(there: World) -> None:
    conversation, dora = there.open(), there.customer("dora")
    for attempt in (
        lambda: dora.standing(conversation),
        lambda: dora.hand_over(conversation, "complaint"),
        lambda: dora.say(conversation, "Mine!", "k"),
        lambda: dora.back_to_bot(conversation),
        lambda: dora.leave_address(conversation, "dora@example.com"),
        lambda: dora.rate(conversation, 1),
    ):
        with pytest.raises(NotFoundError):
            attempt()
    assert dora.messages(conversation) == []
    assert there.kinds(conversation) == ["begun", "hand_over", "claim"]


# A note that a customer reads.


def test_notes_labels_and_evidence_are_in_nothing_that_a_customer_can_have(there: World) -> None:
    conversation = there.open()
    there.desk.notes.add(conversation, ANNA, "SECRET note")
    there.desk.notes.set_labels(conversation, ANNA, ["SECRET label"])
    there.desk.drafts.save(conversation, BEN, "SECRET draft")
    there.reply(conversation, "It is on its way.", evidence={"internal": "SECRET passage"})
    there.desk.cases.resolve(conversation, ANNA)
    own, customer = there.own(), there.customer()
    had = [customer.standing(conversation), customer.messages(conversation), own.all(), own.open(conversation)]
    kept, asked = own.open(conversation)
    lines = customer.messages(conversation)
    said = repr(had) + export.as_json(kept, asked, lines) + export.as_text(kept, asked, lines)
    assert "on its way" in said
    assert "SECRET" not in said
    assert own.all("secret") == []
    assert [one.id for one in own.all("ON ITS way")] == [conversation]


def test_a_note_changes_nothing_for_who_is_writing(there: World) -> None:
    conversation = there.open()
    seen = there.get(conversation).version
    there.desk.notes.add(conversation, BEN, "He rang, too.")
    there.desk.notes.set_priority(conversation, BEN, 3)
    there.reply(conversation, version=seen)
    assert there.kinds(conversation)[-3:] == ["noted", "priority", "reply"]


# An event missed; a hand-over unseen.


def test_who_was_away_gets_exactly_what_they_missed(there: World) -> None:
    conversation = there.open()
    seen = there.desk.events.last()
    there.say(conversation)
    there.reply(conversation)
    other = there.waiting("dora")
    there.desk.notes.add(other, BEN, "Mine.")
    missed = there.desk.events.after(seen)
    assert [(one.conversation, one.kind) for one in missed] == [
        (conversation, "write"),
        (conversation, "reply"),
        (other, "begun"),
        (other, "hand_over"),
        (other, "noted"),
    ]
    some = there.desk.events.after(seen, limit=2)
    assert some + there.desk.events.after(some[-1].id) == missed
    assert there.desk.events.after(there.desk.events.last()) == []


def test_a_hand_over_is_told_to_both_sides_at_once(there: World) -> None:
    conversation = there.asked()
    told = there.customer().hand_over(conversation, "missing_knowledge", by="bot", details={"passages": ["a#1"]})
    (status,) = there.customer().messages(conversation)
    event = there.desk.events.of(conversation)[-1]
    assert (status.kind, status.text, told.state, told.place) == ("status", "waiting", "waiting", 1)
    assert (event.kind, event.actor, event.message) == ("hand_over", "bot", status.id)
    assert event.details == {"from": "bot", "to": "waiting", "reason": "missing_knowledge", "passages": ["a#1"]}
    again = there.customer().hand_over(conversation, "complaint")
    assert again.version == told.version
    assert len(there.customer().messages(conversation)) == 1


@pytest.mark.parametrize("broken", ["desk_events", "desk_messages"])
def test_a_hand_over_that_cannot_be_told_to_one_side_is_not_told_to_the_other(there: World, broken: str) -> None:
    conversation = there.asked()
    with there.file.write() as connection:
        connection.execute(
            f"CREATE TRIGGER broken BEFORE INSERT ON {broken} WHEN NEW.kind IN ('hand_over', 'status') "
            "BEGIN SELECT raise(ABORT, 'no'); END"
        )
    with pytest.raises(Exception, match="no"):
        there.customer().hand_over(conversation, "complaint")
    assert there.desk.store.read("SELECT * FROM desk_messages") == []
    assert there.desk.store.read("SELECT * FROM desk_events WHERE conversation IS NOT NULL") == []
    assert there.customer().standing(conversation).state is None


@pytest.mark.parametrize("text", [HOSTILE, "a\x00b\x1b[31m\r\nc\ud800", "👩‍👧 שלום", "\u200b"])
def test_any_text_is_kept_as_a_text(there: World, text: str) -> None:
    conversation = there.open()
    there.say(conversation, text)
    there.desk.notes.add(conversation, ANNA, text)
    there.reply(conversation, text, evidence={"said": text})
    kept = [line.text for line in there.customer().messages(conversation) if line.kind != "status"]
    assert kept[0] == kept[1] == there.desk.notes.of(conversation)[0].text
    assert not any(c in kept[0] for c in "\x00\x1b\r\ud800")
    json.dumps(kept, ensure_ascii=False).encode()


@pytest.mark.parametrize(("text", "why"), [("", "empty"), (" \n\x00", "empty"), ("x" * 50_001, "50,001 characters")])
def test_no_empty_or_endless_message_is_sent(there: World, text: str, why: str) -> None:
    conversation = there.open()
    for attempt in (there.say, there.reply, lambda one, words: there.desk.notes.add(one, ANNA, words)):
        with pytest.raises(DeskError, match=why):
            attempt(conversation, text)
