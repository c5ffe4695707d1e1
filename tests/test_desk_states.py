"""The table of states: every move from every state by everybody, as it says and not otherwise."""

import json
import random
from contextlib import suppress
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from rag.desk.errors import DeskError, IllegalMoveError
from rag.desk.states import BY, MOVES, RULES, STATES, allowed, check
from rag.errors import NotFoundError, WithPeopleError
from rag.languages.en.desk import STATES as NAMES
from tests.desk_world import ANNA, BEN, World, world


def test_each_move_is_allowed_by_one_rule_and_all_others_raise() -> None:
    legal = 0
    for move, by, source, target in product(MOVES, BY, STATES, STATES):
        rules = [r for r in RULES if r.move == move and by in r.by and source in r.sources and r.target == target]
        assert len(rules) <= 1
        assert allowed(move, by, source, target) == bool(rules)
        if rules:
            check(move, by, source, target)
            legal += 1
        else:
            with pytest.raises(IllegalMoveError, match=f"“{NAMES[source]}” cannot become “{NAMES[target]}”"):
                check(move, by, source, target)
    assert legal == 39


def test_every_state_can_be_reached_and_left() -> None:
    for state in STATES:
        assert any(rule.target == state for rule in RULES)
        assert any(state in rule.sources and rule.target != state for rule in RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.move}-{rule.target}")
def test_no_rule_lets_the_bot_take_a_conversation_from_people(rule: object) -> None:
    assert "bot" not in rule.by or rule.sources == {"bot"}  # type: ignore[attr-defined]
    assert "clock" not in rule.by or rule.target in {"open", "waiting"}  # type: ignore[attr-defined]


def step(there: World, conversation: str, draw: random.Random) -> None:
    """Something that somebody may try, legal or not."""
    agent, desk, customer = draw.choice((ANNA, BEN)), there.desk, there.customer()
    tries = (
        lambda: customer.hand_over(conversation, "complaint"),
        lambda: customer.say(conversation, "Hm.", there.key()),
        lambda: customer.back_to_bot(conversation),
        lambda: customer.rate(conversation, 3),
        lambda: there.own().ask(conversation, "shop", "And now?"),
        lambda: desk.cases.claim(conversation, agent),
        lambda: desk.cases.assign(conversation, draw.choice((ANNA, BEN)), agent),
        lambda: desk.cases.release(conversation, agent),
        lambda: desk.cases.give_back(conversation, agent),
        lambda: desk.cases.snooze(conversation, agent, there.clock.now + timedelta(minutes=5) if draw.random() < 0.5 else None),
        lambda: desk.cases.wake(conversation, agent),
        lambda: desk.cases.resolve(conversation, agent),
        lambda: desk.cases.reopen(conversation, agent),
        lambda: there.reply(conversation, agent=agent),
        lambda: desk.notes.add(conversation, agent, "Look at this."),
        lambda: (there.clock.go(minutes=draw.choice((1, 20))), desk.clockwork.tick()),
    )
    with suppress(DeskError, WithPeopleError, NotFoundError):
        draw.choice(tries)()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_tried_every_change_is_a_rule_of_the_table_and_has_its_event(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    kinds = {"account": "agent", "customer": "customer", "clock": "clock", "visitor": "customer", "bot": "bot"}
    with world(tmp_path) as there:
        conversation = there.waiting()
        for _ in range(60):
            step(there, conversation, draw)
        case, state, version = there.get(conversation), None, 0
        for event in there.desk.events.of(conversation):
            if event.kind == "begun":
                state, version = event.details["to"], event.version
                continue
            version += event.moves
            assert event.version == version, "the version goes up with each move, by one, and with nothing else"
            if event.kind in MOVES:
                by = kinds[event.actor.split(":")[0]]
                assert event.details["from"] == state
                state = event.details["to"]
                assert allowed(event.kind, by, event.details["from"], state)  # type: ignore[arg-type]
        assert (case.state, case.version) == (state, version)
        assert (case.agent is not None) >= (case.state == "open"), "an open conversation has an agent"
        assert case.state not in {"bot", "waiting"} or case.agent is None
        assert (case.due_at is None) or case.waiting_since is not None
        text = json.dumps([dict(row) for row in there.desk.store.read("SELECT details FROM desk_events")])
        assert not any(said in text for said in ("Hm.", "on its way", "Look at", "And now")), "events hold no text of anybody's"
