import json

from hypothesis import given
from hypothesis import strategies as st

from rag.conversation.follow_up import is_follow_up, standalone
from tests.conftest import ROOT

CHOOSE = [json.loads(line) for line in (ROOT / "tests/data/dialogues/choose.jsonl").read_text("utf-8").splitlines()]


def test_follow_up_rule_is_right_oftener_than_none_on_the_dialogues_it_was_chosen_by() -> None:
    right = [is_follow_up(item["turns"][-1], item["turns"][:-1]) == item["leans"] for item in CHOOSE]
    without = [not item["leans"] for item in CHOOSE]
    assert (sum(right), sum(without), len(CHOOSE)) == (28, 20, 40)


def test_follow_up_needs_something_before_it() -> None:
    assert not is_follow_up("and for sale items?", [])
    assert standalone(" and for sale items? ", []) == "and for sale items?"


def test_standalone_puts_the_earlier_message_before_a_short_one() -> None:
    history = [("How long do I have to return a lamp?", "30 days.")]
    assert standalone("and for sale items?", history) == "How long do I have to return a lamp? and for sale items?"


def test_standalone_leaves_a_longer_message_alone() -> None:
    history = [("How long do I have to return a lamp?", "30 days.")]
    assert standalone("How much does it cost to ship a parcel to Austria?", history).startswith("How much does it cost")


def test_standalone_looks_back_over_short_messages_at_most_two() -> None:
    history = [("Can I return a lamp that I bought in the sale?", ""), ("in Austria", ""), ("in red", "")]
    assert standalone("and blue?", history) == "in Austria in red and blue?"


def test_standalone_joins_no_answer() -> None:
    assert "30 days" not in standalone("and sale?", [("How long is the return period of lamps?", "30 days")])


@given(st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_standalone_ends_with_the_message(message: str, history: list[tuple[str, str]]) -> None:
    assert standalone(message, history).endswith(message.strip())


def test_standalone_keeps_the_end_of_a_long_message_and_all_of_the_short_one() -> None:
    long = "Dear team, " + "I write to you again " * 40 + "how long may I return a lamp?"
    found = standalone("and to Austria?", [(long, "30 days.")])
    assert found.endswith("how long may I return a lamp? and to Austria?")
    assert len(found.split()) == 43
