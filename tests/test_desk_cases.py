"""Who has a conversation: queues, claims, capacity, snoozing, targets, timeouts, closing and opening again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from rag.desk.canned import fill
from rag.desk.errors import DeskError, FullError, IllegalMoveError, NotYoursError
from rag.desk.hours import DeskSettings
from rag.desk.numbers import numbers
from rag.errors import NotFoundError
from rag.types import Answer
from tests.desk_world import ALWAYS, ANNA, BEN, MONDAY, World, world
from tests.scripted import HOSTILE


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def setting(there: World, **values: object) -> None:
    there.desk.set_settings(DeskSettings(**{**ALWAYS.model_dump(), **values}), "cli:0")


def state(there: World, conversation: str) -> tuple[str, str | None]:
    case = there.get(conversation)
    return case.state, case.agent


# Coming to people.


def test_the_bots_word_and_the_hand_over_stand_together_or_not_at_all(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    own, customer = there.own(), there.customer()
    conversation, exchange = own.ask("", "shop", "A person, please")
    answer = Answer("A person, please", "", "A colleague will write here.", "handover", 1.0, (), ())
    with monkeypatch.context() as broken:
        broken.setattr(there.desk.store, "move", lambda *given, **more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            customer.answered_by_people(exchange, answer, "customer_request")
    assert own.open(conversation)[1][0].answer is None
    assert customer.standing(conversation).state is None
    assert customer.answered_by_people(exchange, answer, "customer_request").state == "waiting"
    assert own.open(conversation)[1][0].text == answer.text
    with pytest.raises(NotFoundError):
        there.customer("mallory").answered_by_people(exchange, answer, "customer_request")


# Taking conversations.


def test_a_conversation_is_claimed_once(there: World) -> None:
    conversation = there.waiting()
    case = there.desk.cases.claim(conversation, ANNA)
    assert (case.state, case.agent, case.agent_name) == ("open", ANNA, "Anna")
    assert there.desk.cases.claim(conversation, ANNA) == case
    with pytest.raises(NotYoursError, match="Anna has this conversation"):
        there.desk.cases.claim(conversation, BEN)
    assert there.customer().standing(conversation).agent == "Anna"


def test_who_was_never_at_the_desk_takes_nothing(there: World) -> None:
    conversation = there.waiting()
    for attempt in (
        lambda: there.desk.cases.claim(conversation, "account:9"),
        lambda: there.desk.cases.assign(conversation, "account:9", ANNA),
        lambda: there.reply(conversation, agent="account:9"),
        lambda: there.desk.notes.add(conversation, "account:9", "Me."),
    ):
        with pytest.raises(NotFoundError, match="No agent is known as “account:9”"):
            attempt()
    assert state(there, conversation) == ("waiting", None)


def test_the_next_is_the_overdue_then_the_urgent_then_who_waits_longest(there: World) -> None:
    late, plain, later, urgent = (there.waiting(who) for who in ("a", "b", "c", "d"))
    with there.file.write() as connection:
        early = (MONDAY - timedelta(hours=1)).isoformat(timespec="microseconds")
        connection.execute("UPDATE desk_cases SET due_at = ? WHERE conversation = ?", (early, late))
    there.desk.notes.set_priority(urgent, ANNA, 3)
    there.desk.notes.set_priority(late, ANNA, 0)
    expected = [late, urgent, plain, later]
    assert [case.id for case in there.desk.queue.view("waiting", ANNA)] == expected
    assert [case.overdue for case in there.desk.queue.view("waiting", ANNA)] == [True, False, False, False]
    places = {who: there.customer(who).standing(id).place for who, id in zip("abcd", (late, plain, later, urgent), strict=True)}
    assert places == {"a": 1, "d": 2, "b": 3, "c": 4}
    answered = there.open(who="e")
    there.reply(answered)
    there.desk.cases.release(answered, ANNA)
    there.clock.go(seconds=1)
    last = there.waiting("f")
    assert [case.id for case in there.desk.queue.view("waiting", ANNA)] == [*expected, last, answered]
    assert [there.customer(who).standing(id).place for who, id in (("f", last), ("e", answered))] == [5, 6]
    expected += [last, answered]
    there.desk.agents.set_capacity(ANNA, 9)
    taken = [there.desk.cases.claim_next(ANNA) for _ in range(7)]
    assert [case.id if case else None for case in taken] == [*expected, None]


def test_the_next_is_of_the_agents_teams_or_of_none(there: World) -> None:
    other, own = there.waiting("a"), there.waiting("b")
    there.desk.notes.set_team(other, ANNA, "billing")
    there.desk.notes.set_team(own, ANNA, "returns")
    there.desk.agents.set_teams(ANNA, ["returns", "returns"])
    assert [case.id for case in there.desk.queue.view("team", ANNA)] == [own]
    taken = there.desk.cases.claim_next(ANNA)
    assert taken is not None
    assert taken.id == own
    assert there.desk.cases.claim_next(ANNA) is None
    assert there.desk.agents.teams() == ["returns"]
    assert there.desk.cases.claim(other, ANNA).state == "open", "by hand, whoever it is for"


def test_an_agent_has_no_more_than_they_take_unless_they_say_so(there: World) -> None:
    for who in "abcdef":
        there.waiting(who)
    for _ in range(5):
        there.desk.cases.claim_next(ANNA)
    with pytest.raises(FullError, match="Anna has 5 of 5 conversations open"):
        there.desk.cases.claim_next(ANNA)
    (left,) = there.desk.queue.view("waiting", ANNA)
    with pytest.raises(FullError, match="Anna has 5 of 5 conversations open"):
        there.reply(left.id)  # which would take it
    assert (there.get(left.id).state, there.desk.drafts.writing(ANNA)[0].text) == ("waiting", "It is on its way.")
    with pytest.raises(FullError):
        there.desk.cases.assign(left.id, ANNA, BEN)
    assert there.desk.cases.assign(left.id, ANNA, BEN, beyond=True).agent == ANNA
    there.desk.agents.set_capacity(BEN, 0)
    with pytest.raises(FullError, match="Ben has 0 of 0"):
        there.desk.cases.assign(left.id, BEN, ANNA)
    assert [(agent.name, agent.open, agent.capacity) for agent in there.desk.agents.all()] == [("Anna", 6, 5), ("Ben", 0, 0)]


def test_who_has_enough_takes_over_claims_and_reopens_only_where_they_say_so(there: World) -> None:
    theirs, closed, waits = there.open(BEN, "a"), there.open(BEN, "b"), there.waiting("c")
    there.desk.cases.resolve(closed, BEN)
    there.desk.agents.set_capacity(ANNA, 0)
    cases = there.desk.cases
    for take in (
        lambda **given: cases.assign(theirs, ANNA, ANNA, **given),
        lambda **given: cases.claim(waits, ANNA, **given),
        lambda **given: cases.reopen(closed, ANNA, **given),
    ):
        events = there.desk.events.last()
        with pytest.raises(FullError, match="Anna has"):
            take()
        assert there.desk.events.last() == events
        assert take(beyond=True).agent == ANNA
    cases.snooze(closed, ANNA)
    assert cases.wake(closed, ANNA).agent == ANNA, "what is theirs comes back to them"
    cases.resolve(closed, ANNA)
    there.say(closed, "It came back in pieces", "b")
    assert (there.get(closed).state, there.get(closed).agent) == ("open", ANNA)


def test_counts_are_those_of_the_lists(there: World) -> None:
    conversations = [there.open(who=who) for who in "abc"] + [there.waiting(who) for who in "de"]
    there.desk.cases.assign(conversations[0], BEN, BEN)
    there.desk.cases.snooze(conversations[1], ANNA)
    there.desk.cases.resolve(conversations[2], ANNA)
    there.desk.notes.set_team(conversations[3], ANNA, "returns")
    there.desk.agents.set_teams(BEN, ["returns"])
    there.clock.go(minutes=61)
    counts = there.desk.queue.counts(BEN)
    assert counts == {"mine": 1, "waiting": 2, "team": 1, "snoozed": 1, "all": 4, "overdue": 3}
    for view in ("mine", "waiting", "team", "snoozed", "all"):
        assert len(there.desk.queue.view(view, BEN)) == counts[view]  # type: ignore[arg-type]
    assert [case.id for case in there.desk.queue.view("all", BEN, limit=1, offset=1)] == [
        there.desk.queue.view("all", BEN)[1].id
    ]
    with pytest.raises(DeskError, match="“everything” is no list: mine, waiting"):
        there.desk.queue.view("everything", BEN)  # type: ignore[arg-type]


# Presence.


def test_an_agent_is_there_while_their_desk_says_so(there: World) -> None:
    assert there.desk.agents.get(ANNA).present
    there.desk.agents.set_away(ANNA, True)
    assert not there.desk.agents.get(ANNA).present
    there.desk.agents.here(ANNA, "Anna")
    assert there.desk.agents.get(ANNA).away
    there.desk.agents.set_away(ANNA, False)
    seen = there.desk.events.last()
    there.clock.go(seconds=25)
    there.desk.agents.here(ANNA, "Anna")
    assert there.desk.events.last() == seen, "a heartbeat is no event"
    there.clock.go(seconds=61)
    assert not there.desk.agents.get(ANNA).present
    there.desk.agents.here(ANNA, "Anna")
    there.desk.agents.gone(BEN)
    told = [(event.actor, event.details["now"]) for event in there.desk.events.after(seen)]
    assert told == [(ANNA, "here"), (BEN, "gone")]


# Targets and timeouts.


def test_the_first_and_the_next_reply_have_targets_of_their_own(there: World) -> None:
    conversation = there.waiting()
    case = there.get(conversation)
    assert case.due_at is not None
    assert (case.due_kind, case.due_at - MONDAY) == ("first", pytest.approx(timedelta(minutes=60), abs=timedelta(seconds=1)))
    there.clock.go(minutes=30)
    there.say(conversation)
    assert there.get(conversation).due_at == case.due_at, "asking again moves no target"
    there.reply(conversation)
    case = there.get(conversation)
    assert (case.due_at, case.waiting_since, case.due_kind) == (None, None, "")
    assert case.first_reply_at is not None
    there.say(conversation)
    case = there.get(conversation)
    assert case.due_at is not None
    assert (case.due_kind, case.due_at - there.clock.now) == (
        "next",
        pytest.approx(timedelta(minutes=120), abs=timedelta(seconds=1)),
    )


def test_targets_stand_still_outside_hours_and_while_put_off(there: World) -> None:
    setting(there, hours=DeskSettings().hours)
    there.clock.go(hours=6.5)  # 16:30
    conversation = there.waiting()
    case = there.get(conversation)
    assert case.due_at is not None
    assert f"{case.due_at:%a %H:%M}" == "Tue 09:30"
    there.clock.go(hours=2)
    told = there.customer().standing(conversation)
    assert (told.is_open, f"{told.opens_at:%a %H:%M}") == (False, "Tue 09:00")
    there.desk.cases.claim(conversation, ANNA)
    there.desk.cases.snooze(conversation, ANNA, there.clock.now + timedelta(days=7))
    assert there.get(conversation).due_at is None
    there.clock.go(days=7, hours=16)  # Tuesday, half past ten
    there.desk.agents.here(ANNA, "Anna")
    assert there.desk.clockwork.tick() == 1
    case = there.get(conversation)
    assert case.due_at is not None
    assert (case.state, case.agent, f"{case.due_at:%a %H:%M}") == ("open", ANNA, "Tue 11:30")


def test_a_conversation_that_nobody_answers_goes_back_to_the_queue(there: World) -> None:
    conversation = there.open()
    there.clock.go(minutes=14)
    assert there.desk.clockwork.tick() == 0
    there.clock.go(minutes=2)
    assert (there.desk.clockwork.tick(), there.desk.clockwork.tick()) == (1, 0)
    assert state(there, conversation) == ("waiting", None)
    event = there.desk.events.of(conversation)[-1]
    assert (event.kind, event.actor, event.details["agent"]) == ("time_out", "clock", ANNA)
    assert there.customer().messages(conversation)[-1].text == "released"


def test_who_has_replied_keeps_it_while_they_are_there(there: World) -> None:
    conversation = there.open()
    there.reply(conversation)
    there.say(conversation)
    there.clock.go(minutes=16)
    there.desk.agents.here(ANNA, "Anna")
    assert there.desk.clockwork.tick() == 0
    assert state(there, conversation) == ("open", ANNA)
    there.clock.go(minutes=16)  # not heard of since
    assert there.desk.clockwork.tick() == 1
    assert state(there, conversation) == ("waiting", None)


def test_without_a_time_nothing_goes_back(there: World) -> None:
    setting(there, assign_minutes=0, first_minutes=0)
    conversation = there.open()
    there.clock.go(days=30)
    assert there.desk.clockwork.tick() == 0
    assert there.get(conversation).due_at is None


# Putting off.


def test_put_off_until_a_time_it_comes_back_to_who_is_there_or_to_the_queue(there: World) -> None:
    kept, left = there.open(who="a"), there.open(BEN, "b")
    for conversation, agent in ((kept, ANNA), (left, BEN)):
        there.desk.cases.snooze(conversation, agent, there.clock.now + timedelta(hours=1))
    there.clock.go(minutes=59)
    assert there.desk.clockwork.tick() == 0
    there.clock.go(minutes=2)
    there.desk.agents.here(ANNA, "Anna")
    assert there.desk.clockwork.tick() == 2
    assert (state(there, kept), state(there, left)) == (("open", ANNA), ("waiting", None))
    there.clock.go(days=3)
    assert there.desk.clockwork.tick() == 1
    assert state(there, kept) == ("waiting", None), "nobody replied, and who had it is gone"
    with pytest.raises(DeskError, match="is over already"):
        there.desk.cases.snooze(kept, ANNA, there.clock.now - timedelta(seconds=1))


@pytest.mark.parametrize("hours", [1, None])
def test_what_the_customer_writes_takes_up_what_was_put_off(there: World, hours: int | None) -> None:
    conversation = there.open()
    there.reply(conversation)
    there.desk.cases.snooze(conversation, ANNA, there.clock.now + timedelta(hours=hours) if hours else None)
    there.say(conversation)
    assert state(there, conversation) == ("open", ANNA)
    assert there.kinds(conversation)[-1] == "wake"
    there.clock.go(hours=2)
    assert there.get(conversation).snoozed_until is None


def test_what_was_put_off_while_the_customer_waits_has_a_target_again_in_the_queue(there: World) -> None:
    conversation = there.open()
    there.desk.cases.snooze(conversation, ANNA)
    case = there.desk.cases.release(conversation, ANNA)
    assert (case.state, case.agent, case.due_kind) == ("waiting", None, "first")
    assert case.due_at is not None


# Closing, opening again, following.


def test_what_was_closed_is_opened_again_for_some_days(there: World) -> None:
    conversation = there.open()
    there.desk.cases.resolve(conversation, ANNA, "no_reply")
    case = there.get(conversation)
    assert (case.code, case.due_at, case.since_exchange) == ("no_reply", None, 1)
    there.clock.go(days=6)
    there.desk.agents.here(ANNA, "Anna")
    there.say(conversation, "It is broken.")
    assert state(there, conversation) == ("open", ANNA)
    there.desk.cases.resolve(conversation, ANNA)
    there.clock.go(days=6)
    there.say(conversation, "Again.")
    assert state(there, conversation) == ("waiting", None), "who had it is not there"
    assert there.kinds(conversation).count("reopen") == 2
    with pytest.raises(DeskError, match="Code"):
        there.desk.cases.resolve(conversation, ANNA, "done")  # type: ignore[arg-type]


def test_after_those_days_another_begins_with_the_bot_and_names_it(there: World) -> None:
    conversation = there.open()
    there.desk.cases.resolve(conversation, ANNA)
    there.clock.go(days=8)
    assert there.customer().standing(conversation).to == "new"
    said = there.customer().say(conversation, "Another thing.", "k")
    assert (said.to, said.message, said.conversation != conversation) == ("bot", None, True)
    assert there.customer().say(conversation, "Another thing.", "k2").conversation == said.conversation
    case = there.get(said.conversation)
    assert (case.state, case.previous, case.base) == ("bot", conversation, "shop")
    assert there.own().ask(said.conversation, "shop", "Another thing.")[0] == said.conversation
    assert there.get(conversation).state == "resolved"
    assert [one.id for one in there.desk.queue.of_customer(conversation)] == [said.conversation]


def test_what_is_written_where_the_following_one_is_with_people_or_closed_reaches_somebody(there: World) -> None:
    conversation = there.open()
    there.desk.cases.resolve(conversation, ANNA)
    there.clock.go(days=8)
    second = there.customer().say(conversation, "Another thing.", "k1").conversation
    there.own().ask(second, "shop", "Another thing.")
    there.customer().hand_over(second, "asked")
    said = there.customer().say(conversation, "I write in the old one.", "k2")
    assert (said.to, said.conversation) == ("people", second)
    there.desk.cases.claim(second, ANNA)
    there.desk.cases.resolve(second, ANNA)
    there.clock.go(days=8)
    third = there.customer().say(conversation, "And again.", "k3")
    assert (third.to, there.get(third.conversation).previous) == ("bot", second)


def test_a_mail_is_for_people_and_so_is_one_that_follows_later(there: World) -> None:
    customer = there.customer("mail")
    values = {"channel": "mail", "address": "eva@example.com", "name": "Eva\nX"}
    said = customer.begin("shop", "Where is it?", "<1@example.com>", **values)
    assert customer.begin("shop", "Where is it?", "<1@example.com>", **values) == said
    case = there.get(said.conversation)
    assert (case.state, case.recipient, case.customer, case.reason) == ("waiting", "mail:eva@example.com", "Eva X", "direct")
    assert (case.title, case.due_kind) == ("Where is it?", "first")
    there.reply(case.id)
    there.desk.cases.resolve(case.id, ANNA)
    there.clock.go(days=8)
    later = customer.say(case.id, "Still not here.", "<2@example.com>")
    assert customer.say(case.id, "Still not here.", "<2@example.com>") == later
    case = there.get(later.conversation)
    assert (case.state, case.previous, case.recipient) == ("waiting", said.conversation, "mail:eva@example.com")


@pytest.mark.parametrize("address", ["", "eva", "eva@", "a@b\nBcc: c@d", "eva@x, dora@x", "<eva@x>", "e" * 65 + "@x", HOSTILE])
def test_what_is_no_address_is_refused(there: World, address: str) -> None:
    conversation = there.waiting()
    with pytest.raises(DeskError, match="is no e-mail address"):
        there.customer().leave_address(conversation, address)
    assert there.get(conversation).recipient == f"page:{conversation}"


def test_the_customer_goes_back_to_the_bot_while_nobody_has_taken_it(there: World) -> None:
    conversation = there.waiting()
    told = there.customer().back_to_bot(conversation)
    assert (told.state, told.to, told.place) == ("bot", "bot", None)
    assert there.own().ask(conversation, "shop", "And now?")[0] == conversation
    there.customer().hand_over(conversation, "complaint")
    there.desk.cases.claim(conversation, ANNA)
    with pytest.raises(IllegalMoveError, match="“Open” cannot become “With the bot”"):
        there.customer().back_to_bot(conversation)


def test_a_rating_is_given_once_it_is_closed(there: World) -> None:
    conversation, customer = there.open(), there.customer()
    with pytest.raises(DeskError, match="when it is closed"):
        customer.rate(conversation, 5)
    there.desk.cases.resolve(conversation, ANNA)
    with pytest.raises(DeskError, match="6 is no rating"):
        customer.rate(conversation, 6)
    customer.rate(conversation, 2, "Slow.")
    customer.rate(conversation, 4)
    assert (there.get(conversation).rating, there.get(conversation).comment) == (4, "")


def test_a_rating_counts_on_the_day_it_was_given(there: World) -> None:
    conversation = there.open()
    there.desk.cases.resolve(conversation, ANNA)
    there.customer().rate(conversation, 4)
    there.clock.go(days=3)
    there.say(conversation)  # opens it again
    assert [numbers(there.desk.store, days).rated for days in (1, 7)] == [0, 1]


# Labels, search, canned replies.


def test_labels_priority_and_team_are_what_was_set_last(there: World) -> None:
    conversation = there.waiting()
    there.desk.notes.set_labels(conversation, ANNA, ["late", "parcel", "late "])
    there.desk.notes.set_labels(conversation, ANNA, ["parcel", "vip"])
    there.desk.notes.set_labels(conversation, BEN, ["vip", "parcel"])
    assert there.get(conversation).labels == ("parcel", "vip")
    assert there.kinds(conversation).count("labelled") == 2
    assert there.desk.notes.labels() == ["parcel", "vip"]
    assert [case.id for case in there.desk.queue.view("all", ANNA, label="vip")] == [conversation]
    assert there.desk.queue.view("all", ANNA, label="late") == []
    with pytest.raises(DeskError, match="4 is no priority"):
        there.desk.notes.set_priority(conversation, ANNA, 4)
    with pytest.raises(DeskError, match="Label"):
        there.desk.notes.set_labels(conversation, ANNA, ["x" * 41])


def test_search_finds_what_anybody_said_and_noted_in_any_case(there: World) -> None:
    asked, written, noted, named = (
        there.waiting(who, question=q) for who, q in zip("abcd", ("Äpfel?", "b?", "c?", "d?"), strict=True)
    )
    there.say(written, "100 % ÄPFEL", "b")
    there.desk.notes.add(noted, ANNA, "He wants\näpfel")
    there.customer("d").leave_address(named, "aepfel@example.com")
    assert {case.id for case in there.desk.queue.search("  äpfel ")} == {asked, written, noted}
    assert [case.id for case in there.desk.queue.search("100 %")] == [written]
    assert [case.id for case in there.desk.queue.search("AEPFEL@")] == [named]
    assert [case.id for case in there.desk.queue.search(asked)] == [asked]
    there.desk.notes.set_labels(noted, ANNA, ["Über Obst"])
    assert [case.id for case in there.desk.queue.search("über obst")] == [noted]
    assert (there.desk.queue.search(" "), there.desk.queue.search("birnen")) == ([], [])
    assert len(there.desk.queue.search("?", limit=2)) == 2
    there.own("e").ask("", "shop", "Äpfel with the bot alone")
    assert len(there.desk.queue.search("äpfel")) == 3, "what the bot alone was asked is nobody's at the desk"


def test_canned_replies_are_those_of_all_the_team_and_the_agent_the_nearest_first(there: World) -> None:
    canned = there.desk.canned
    there.desk.agents.set_teams(ANNA, ["returns"])
    for scope in ("all", "team:returns", "team:billing", f"agent:{ANNA}", f"agent:{BEN}"):
        canned.save("hi", f"Hello from {scope}", scope)
    bye = canned.save("bye", "Goodbye, hi again")
    assert [one.scope for one in canned.of(ANNA, "HI")] == [f"agent:{ANNA}", "team:returns", "all", "all"]
    assert canned.of(ANNA, "hi")[-1] == bye
    with pytest.raises(DeskError, match="There is a canned reply “hi” already"):
        canned.save("hi", "Once more")
    assert canned.save("bye", "Bye", id=bye.id).text == "Bye"
    canned.delete(bye.id)
    for attempt in (lambda: canned.delete(bye.id), lambda: canned.save("bye", "Bye", id=bye.id)):
        with pytest.raises(NotFoundError):
            attempt()
    for code, scope in (("two words", "all"), ("", "all"), (HOSTILE, "all"), ("ok", "everybody"), ("ok", "team:")):
        with pytest.raises(DeskError, match=r"is no (shortcode|scope)"):
            canned.save(code, "x", scope)
    assert len(canned.all()) == 5


def test_variables_are_filled_in_once_and_nothing_else_is(there: World) -> None:
    conversation = there.waiting()
    there.customer().leave_address(conversation, "c@example.com", "{agent} {0.__class__}")
    case = there.get(conversation)
    assert fill("Dear {customer}, {agent} of {base}: {else} {}", case, "Anna") == (
        "Dear {agent} {0.__class__}, Anna of shop: {else} {}"
    )
    there.customer("x")
    assert fill("Dear {customer}", there.get(there.waiting("x")), "Anna") == "Dear {customer}"
