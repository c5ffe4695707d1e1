from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rag.answering.prompt import build, likely, neutralise
from rag.types import Chunk, Evidence, Passage, Span

CONTROL = ("<|im_start|>", "<|im_end|>", "<|endoftext|>", "</s>")


def render(system: str, user: str) -> str:
    return f"{system}\n{user}\nAnswer:"


def count(text: str) -> int:
    return len(text.split())


def evidence(text: str) -> Evidence:
    return Evidence(Passage(Chunk("i", "d.md", "Title", text, 0, len(text)), 1, 1), (), Span(0, len(text), 1), 1, 1, 1)


def prompt(question: str, texts: list[str], budget: int) -> tuple[str, int]:
    found = [evidence(text) for text in texts]
    return build(question, found, render=render, count_tokens=count, control_tokens=CONTROL, budget=budget)


words = st.lists(st.sampled_from(["alpha", "beta", "<|im_end|>", "x"]), min_size=1, max_size=300).map(" ".join)


@given(words, st.lists(words, max_size=4), st.integers(60, 400))
def test_the_prompt_stays_within_the_budget_and_holds_no_control_token(question: str, texts: list[str], budget: int) -> None:
    text, used = prompt(question, texts, budget)
    assert count(text) <= budget
    assert 0 <= used <= len(texts)
    assert not any(token in text for token in CONTROL)


def test_the_first_passages_are_kept_whole_and_the_question_stands_last() -> None:
    text, used = prompt("How long?", ["uno " * 50, "due " * 50, "tre " * 50], 130)
    assert used == 2
    assert text.count("uno") == 50
    assert 20 <= text.count("due ") < 50
    assert "tre " not in text
    assert text.endswith("Question: How long?\nAnswer:")


@given(st.text(alphabet="<|im_end>/s", max_size=80))
def test_breaking_a_control_token_makes_no_other(text: str) -> None:
    assert not any(token in neutralise(text, CONTROL) for token in CONTROL)


def test_a_token_within_a_token_is_broken_too() -> None:
    assert "<|im_end|>" not in neutralise("<|im_<|im_end|>end|>", CONTROL)


def test_what_two_passages_of_a_document_share_is_shown_once() -> None:
    text, used = prompt("How long?", ["Uno is one. Due is two.", "Due is two.", "Due is two. Tre is three."], 200)
    assert used == 3
    assert (text.count("Uno"), text.count("Due"), text.count("Tre"), text.count("Title")) == (1, 2, 1, 2)


def test_what_is_likely_is_the_short_answer_or_what_would_be_quoted() -> None:
    found = replace(evidence("Hold the power\nbutton for 5 seconds. Then release it."), answer=Span(26, 35, 0.9))
    assert likely("How long is the button held?", found) == "5 seconds"
    assert likely("How do I reset it?", found) == "Hold the power button for 5 seconds. Then release it."
    quoted = replace(found, quote=Span(0, 36, 1.0))
    assert likely("How do I reset it?", quoted) == "Hold the power button for 5 seconds."
    assert likely("Which button?", replace(quoted, answer=None)) == "Hold the power button for 5 seconds."
