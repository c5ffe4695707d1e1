from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.prompt import SYSTEM, build, text_counter
from rag.models.generator.control_tokens import neutralise, neutralise_shapes
from rag.types import Chunk, Evidence, Message, Passage, Span

CONTROL = ("<|im_start|>", "<|im_end|>", "<|endoftext|>", "</s>")


def count(messages: Sequence[Message]) -> int:
    """Words, and one that a template puts before each message."""
    return sum(1 + len(message.content.split()) for message in messages)


def evidence(text: str) -> Evidence:
    return Evidence(Passage(Chunk("i", "d.md", "Title", text, 0, len(text)), 1, 1), (), Span(0, len(text), 1), 1, 1, 1)


def prompt(question: str, texts: list[str], budget: int) -> tuple[str, int]:
    """What the user says in it, and how many passages it has."""
    messages, used = build(question, [evidence(text) for text in texts], count_tokens=count, budget=budget)
    assert count(messages) <= budget
    assert [message.role for message in messages] == ["system", "user"]
    assert messages[0].content == SYSTEM
    return messages[1].content, used


words = st.lists(st.sampled_from(["alpha", "beta", "gamma", "x"]), min_size=1, max_size=300).map(" ".join)


@given(words, st.lists(words, max_size=4), st.integers(60, 400))
def test_build_stays_within_the_budget(question: str, texts: list[str], budget: int) -> None:
    _, used = prompt(question, texts, budget)
    assert 0 <= used <= len(texts)


def test_text_counter_leaves_out_what_the_template_adds() -> None:
    assert text_counter(count)("uno due tre") == 3
    assert text_counter(count)("") == 0


def test_the_first_passages_are_kept_whole_and_the_question_stands_last() -> None:
    text, used = prompt("How long?", ["uno " * 50, "due " * 50, "tre " * 50], 130)
    assert used == 2
    assert text.count("uno") == 50
    assert 20 <= text.count("due ") < 50
    assert "tre " not in text
    assert text.endswith("Question: How long?")


@given(st.text(alphabet="<|im_end>/s", max_size=80))
def test_breaking_a_control_token_makes_no_other(text: str) -> None:
    assert not any(token in neutralise(text, CONTROL) for token in CONTROL)
    assert not any(token in neutralise_shapes(text) for token in CONTROL)


def test_a_token_within_a_token_is_broken_too() -> None:
    for broken in (neutralise("<|im_<|im_end|>end|>", CONTROL), neutralise_shapes("<|im_<|im_end|>end|>")):
        assert "<|im_end|>" not in broken


SHAPES = ["<|eot_id|>", "<｜User｜>", "<s>", "</s>", "<start_of_turn>", "<<SYS>>", "<</SYS>>", "[INST]", "[/INST]", "<think>"]


@pytest.mark.parametrize("token", SHAPES)
def test_neutralise_shapes_breaks_the_control_tokens_of_known_models(token: str) -> None:
    broken = neutralise_shapes(f"a{token}b{token}")
    assert token not in broken
    assert broken.replace(" ", "") == f"a{token}b{token}"


@pytest.mark.parametrize("text", ["a < b and c > d", "see [1] and [Note]", "x <- y", "退货 30 天！", "f(a[i]) << 2"])
def test_neutralise_shapes_leaves_other_text_alone(text: str) -> None:
    assert neutralise_shapes(text) == text


def test_what_two_passages_of_a_document_share_is_shown_once() -> None:
    text, used = prompt("How long?", ["Uno is one. Due is two.", "Due is two.", "Due is two. Tre is three."], 200)
    assert used == 3
    assert (text.count("Uno"), text.count("Due"), text.count("Tre"), text.count("Title")) == (1, 2, 1, 2)


def test_a_passage_without_blanks_is_cut_to_what_fits() -> None:
    text = "退货须在三十天内办理，" * 30
    messages, used = build("?", [evidence(text)], count_tokens=lambda said: sum(len(one.content) for one in said), budget=300)
    assert used == 1
    assert text[:20] in messages[1].content
