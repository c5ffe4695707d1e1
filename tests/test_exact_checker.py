"""The exact checker bears out what a source says word for word, and nothing else; no meaning is read."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.checking import ExactChecker
from rag.text import words
from tests.conftest import ROOT

CHECKER = ExactChecker()
LIST = "- Batteries are excluded\n- 1,299.00 €"
SOURCE = f"Lamps may be returned within 30 days. Send them in their box; keep the receipt.\n{LIST}"


def supported(sentence: str, *sources: str) -> bool:
    return CHECKER.check(sentence, sources or [SOURCE]).supported >= 0.5


@pytest.mark.parametrize(
    "sentence",
    [
        "Lamps may be returned within 30 days.",
        "lamps may be returned within 30 days",
        "Lamps may be returned within 30 days. Keep the receipt.",
        "Keep the receipt.",
        "- Batteries are excluded",
        "Batteries are excluded.",
        "1,299.00 €",
        "“Lamps may be returned within 30 days.”",
    ],
)
def test_exact_checker_bears_out_clauses_from_edge_to_edge(sentence: str) -> None:
    assert supported(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "...",
        "Lamps may be returned within 3 days.",
        "Lamps may be returned.",
        "may be returned within 30 days",
        "Keep the receipt. Lamps may be returned within 30 days.",
        "Lamps may be returned within 30 days? ",
        "1,299.00 $",
        "1,299.00 %",
        "Batteries are excluded. Penguins fly.",
    ],
)
def test_exact_checker_rejects_anything_else(sentence: str) -> None:
    assert not supported(sentence)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("We pay for return shipping.", "You pay for return shipping."),
        ("Children under 12 may not use it.", "Children over 12 may not use it."),
        ("Items may be returned unless they were opened.", "Items may be returned if they were opened."),
        ("We ship everywhere, except Austria.", "We ship everywhere."),
        ("促销商品不能退款。", "促销商品能退款。"),
        ("Das kann nicht zurückgegeben werden.", "Das kann zurückgegeben werden."),
        ("The unit gives 5 mW.", "The unit gives 5 MW."),
        ("It may be as cold as -5 °C.", "It may be as cold as 5 °C."),
        ("Are dogs allowed? No.", "Are dogs allowed. No."),
    ],
)
def test_exact_checker_rejects_one_changed_word_or_sign(source: str, sentence: str) -> None:
    assert not supported(sentence, source)
    assert supported(source, source)


def test_exact_checker_gives_the_place_in_the_source() -> None:
    check = CHECKER.check("Keep the receipt.", ["Nothing here.", SOURCE])
    assert check.source is not None
    assert check.source.n == 2
    assert SOURCE[check.source.start : check.source.end] == "keep the receipt."


def test_exact_checker_names_what_no_source_says() -> None:
    sentence = "Lamps may be returned within 90 days."
    (issue,) = CHECKER.check(sentence, [SOURCE]).issues
    assert sentence[issue.start : issue.end] == "90"


def test_exact_checker_was_chosen_on_clauses_that_may_be_read() -> None:
    with (ROOT / "tests/data/claims/choose.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    borne_out = {label: 0 for label in ("yes", "no")}
    for row in rows:
        borne_out[row["supported"]] += supported(row["sentence"], row["source"])
    # The two false ones are taken back by the sentence after them, which no comparison of words can know.
    assert borne_out == {"yes": 25, "no": 2}


@given(st.text(max_size=200))
def test_exact_checker_bears_out_a_text_by_itself(text: str) -> None:
    assert supported(text, text) == bool(words(text) and any(part for part in words(text)))


@given(st.text(max_size=80), st.text(max_size=80))
def test_exact_checker_stays_in_bounds(sentence: str, source: str) -> None:
    check = CHECKER.check(sentence, [source])
    assert all(0 <= issue.start < issue.end <= len(sentence) for issue in check.issues)
    assert check.source is None or 0 <= check.source.start <= check.source.end <= len(source)
