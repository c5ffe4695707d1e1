import json

from hypothesis import given
from hypothesis import strategies as st

from rag.conversation.follow_up import ShortMessages
from tests.conftest import ROOT

CHOOSE = [json.loads(line) for line in (ROOT / "tests/data/dialogues/choose.jsonl").read_text("utf-8").splitlines()]
RULE = ShortMessages()


def test_follow_up_rule_is_right_oftener_than_none_on_the_dialogues_it_was_chosen_by() -> None:
    leans = [RULE.leans_on(item["turns"][-1], [(turn, "") for turn in item["turns"][:-1]]) > 0 for item in CHOOSE]
    right = [said == item["leans"] for said, item in zip(leans, CHOOSE, strict=True)]
    without = [not item["leans"] for item in CHOOSE]
    assert (sum(right), sum(without), len(CHOOSE)) == (28, 20, 40)


def test_follow_up_needs_something_before_it() -> None:
    assert RULE.leans_on("and for sale items?", []) == 0
    assert RULE.leans_on("and for sale items?", [("How long do I have to return a lamp?", "30 days.")]) == 1


def test_a_longer_message_leans_on_nothing() -> None:
    assert RULE.leans_on("How much does it cost to ship a parcel to Austria?", [("and lamps?", "30 days.")]) == 0


def test_short_messages_lean_on_each_other_two_turns_back_at_most() -> None:
    history = [("Can I return a lamp that I bought in the sale?", ""), ("in Austria", ""), ("in red", "")]
    assert RULE.leans_on("and blue?", history[:2]) == 2
    assert RULE.leans_on("and blue?", history) == 2


@given(st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_no_message_leans_on_more_than_was_said(message: str, history: list[tuple[str, str]]) -> None:
    assert 0 <= RULE.leans_on(message, history) <= len(history)
