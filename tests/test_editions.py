"""Editions of a page: which of them answers today, and who names an older one."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.about import NOTHING, About
from rag.answering.citations import cite
from rag.answering.editions import newest_first
from rag.apps.dates import edition, other_editions
from rag.apps.page import evidence as page_evidence
from rag.apps.page.session import Exchange
from rag.index.editions import holding, is_other_edition, names_edition, without_future
from rag.index.retrieval import collapse
from rag.types import Answer, Chunk, Citation, Evidence, Passage, Span

TODAY = date(2026, 11, 1)
OLD = About(valid_from="2023-01-01", valid_until="2025-03-31", superseded=True)


def passage(document: str, title: str, text: str = "It costs 20 euros.", about: About = NOTHING) -> Passage:
    return Passage(Chunk(document, document, title, text, 0, len(text), about=about), 1.0, 1.0)


def evidence(found: Passage, confidence: float) -> Evidence:
    whole = Span(0, len(found.chunk.text), 1.0)
    return Evidence(found, (), whole, confidence, confidence, confidence)


OLD_PAGE = passage("returns/policy-2023.md", "Returns policy 2023 (superseded)", about=OLD)
NEW_PAGE = passage("returns/policy.md", "Returns policy", about=About(valid_from="2025-04-01"))


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("How long may I return an item?", ["returns/policy.md"]),
        ("How long may I return an item bought in 2024?", ["returns/policy-2023.md", "returns/policy.md"]),
        ("What did the returns policy of 2023 say?", ["returns/policy-2023.md", "returns/policy.md"]),
        ("Ich habe am 3. Februar 2024 bestellt. Wie lange?", ["returns/policy-2023.md", "returns/policy.md"]),
        ("我在2024年2月订购的，可以退货吗？", ["returns/policy-2023.md", "returns/policy.md"]),
        ("And for an order of May 2026?", ["returns/policy.md"]),
        ("Is item 20241 returnable?", ["returns/policy.md"]),
    ],
)
def test_what_holds_no_more_answers_only_who_names_its_date(question, found):
    assert [kept.chunk.document for kept in holding([OLD_PAGE, NEW_PAGE], question, TODAY)] == found


@pytest.mark.parametrize(
    ("about", "holds"),
    [
        (About(valid_until="2026-11-01"), True),
        (About(valid_until="2026-10-31"), False),
        (About(valid_until="2026-11"), True),
        (About(valid_until="2026"), True),
        (About(valid_until="2025"), False),
        (About(superseded=True), False),
        (About(date="2001"), True),
    ],
)
def test_the_last_day_of_a_page_is_one_on_which_it_holds(about, holds):
    assert bool(list(holding([passage("a.md", "A", about=about)], "What?", TODAY))) == holds


def test_a_document_that_is_asked_by_name_answers_though_it_holds_no_more():
    assert list(holding([OLD_PAGE], "How long?", TODAY, {"returns/policy-2023.md"})) == [OLD_PAGE]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What does version 3.1 say?", True),
        ("What does v3.1 say?", True),
        ("Was steht in Version 3.1?", True),
        ("What does version 3.2 say?", False),
        ("Does 3.1 litres fit?", False),
    ],
)
def test_a_question_can_name_a_version(question, named):
    assert names_edition(question, passage("a.md", "A", about=About(version="3.1")).chunk) == named


@pytest.mark.parametrize("question", ["What did the 3rd edition say?", "Was stand in der 3. Auflage?", "第3版怎么说？"])
def test_a_question_can_name_an_edition_by_its_number(question):
    assert names_edition(question, passage("a.md", "A", about=About(version="3")).chunk)
    assert not names_edition(question, passage("a.md", "A", about=About(version="4")).chunk)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("prices-2024.md", "Price list"), ("prices-2026.md", "Price list"), True),
        (("2024/prices.md", "Prices 2024"), ("2026/prices.md", "Prices 2026"), True),
        (("a.pdf", "Handbook, version 3"), ("b.pdf", "Handbook, version 4"), True),
        (("a.md", "Preisliste März 2024"), ("b.md", "Preisliste Mai 2026"), True),
        (("a.pdf", "Handbook, 3rd edition"), ("b.pdf", "Handbook, 4th edition"), True),
        (("a.pdf", "Handbuch, 3. Auflage"), ("b.pdf", "Handbuch, 4. Auflage"), True),
        (("berlin/prices.md", "Price list"), ("munich/prices.md", "Price list"), False),
        (("a.md", "Corrie 600 manual"), ("b.md", "Corrie 1000 manual"), False),
        (("a.md", "Delivery to France"), ("b.md", "Delivery to Germany"), False),
        (("a.md", "Prices"), ("a.md", "Prices"), False),
    ],
)
def test_editions_are_told_by_title_and_folder(one, other, same):
    assert is_other_edition(passage(*one).chunk, passage(*other).chunk) == same


OLDER = passage("prices-2024.md", "Price list", "The monthly service costs 29 euros.", About(date="2024-01"))
NEWER = passage("prices-2026.md", "Price list", "The monthly service costs 34 euros.", About(date="2026-03"))


def order(found: list[Evidence], question: str = "What does the service cost?") -> list[str]:
    return [item.passage.chunk.document for item in newest_first(found, question)]


def test_an_older_edition_stands_behind_the_newer_that_says_it_otherwise():
    found = newest_first([evidence(OLDER, 0.9), evidence(NEWER, 0.1)], "What does the service cost?")
    assert [(item.passage, item.confidence) for item in found] == [(NEWER, 0.9), (OLDER, 0.1)]


def test_of_two_editions_that_both_were_chosen_the_newer_answers_unless_both_are_named():
    def units(question: str, *found: Evidence) -> list[tuple[str, bool]]:
        return [(item.passage.chunk.document, bool(item.units)) for item in newest_first(found, question)]

    old, new = (replace(evidence(one, sure), units=(Span(0, 35, 0.9),)) for one, sure in ((OLDER, 0.9), (NEWER, 0.1)))
    answers = [("prices-2026.md", True), ("prices-2024.md", False)]
    assert units("What does the service cost?", old, new) == answers
    assert units("What does the service cost?", new, old) == answers
    assert units("What does the service cost?", old, replace(new, units=())) == answers
    assert units("What did the service cost in 2024?", new, old) == [("prices-2024.md", True), ("prices-2026.md", False)]
    assert units("What does it cost in 2024 and 2026?", old, new) == [("prices-2026.md", True), ("prices-2024.md", True)]


def test_editions_change_places_only_where_they_speak_of_the_same_and_are_dated():
    elsewhere = replace(NEWER, chunk=replace(NEWER.chunk, text="We are closed on Sundays and on holidays."))
    undated = replace(NEWER, chunk=replace(NEWER.chunk, about=NOTHING))
    for other in (elsewhere, undated):
        assert order([evidence(OLDER, 0.9), evidence(other, 0.1)]) == ["prices-2024.md", "prices-2026.md"]
    assert order([evidence(NEWER, 0.9), evidence(OLDER, 0.1)]) == ["prices-2026.md", "prices-2024.md"]


def test_the_edition_that_a_question_names_comes_first():
    question = "What did the service cost in 2024?"
    assert order([evidence(OLDER, 0.9), evidence(NEWER, 0.1)], question) == ["prices-2024.md", "prices-2026.md"]
    assert order([evidence(NEWER, 0.9), evidence(OLDER, 0.1)], question) == ["prices-2024.md", "prices-2026.md"]


def test_of_three_editions_the_newest_comes_first():
    newest = replace(NEWER, chunk=replace(NEWER.chunk, document="prices-2025.md", about=About(date="2025-03")))
    found = order([evidence(OLDER, 0.9), evidence(newest, 0.2), evidence(NEWER, 0.1)])
    assert found == ["prices-2026.md", "prices-2025.md", "prices-2024.md"]


def test_an_edition_that_does_not_hold_yet_waits_while_there_is_a_present_one():
    coming = passage("prices-2027.md", "Price list", about=About(valid_from="2027-01-01"))
    assert without_future([coming, NEWER], "What does it cost?", TODAY) == [NEWER]
    assert without_future([coming, NEWER], "What will it cost in 2027?", TODAY) == [coming, NEWER]
    assert without_future([coming], "What does it cost?", TODAY) == [coming]


def test_an_edition_with_other_words_is_not_taken_for_a_repetition_of_one_that_is_near():
    text = "Lamps and shades may {}be returned in our shops within 30 days in their own box, with the receipt and all parts."
    present = passage("r-2026.md", "Returns", text.format(""), About(valid_from="2026-01-01"))
    coming = passage("r-2027.md", "Returns", text.format("not "), About(valid_from="2027-01-01"))
    copied = passage("copy.md", "Returns", text.format(""), About(valid_from="2026-01-01"))
    found = collapse([coming, present, copied], 8)
    assert found == [coming, present]
    assert without_future(found, "May I return lamps?", TODAY) == [present]


@given(st.text(max_size=200), st.sampled_from([OLD_PAGE, NEW_PAGE, OLDER]))
def test_any_question_names_an_edition_or_not(question, found):
    assert names_edition(question, found.chunk) in {True, False}


def cited(found: Passage) -> Citation:
    return cite(1, evidence(found, 0.5))


@pytest.mark.parametrize(
    ("about", "line"),
    [
        (About(version="14", valid_from="2026-10-01"), "version 14 · valid from 1 October 2026"),
        (About(date="2026-03"), "as of March 2026"),
        (About(valid_until="2025-03-31"), "valid until 31 March 2025 · no longer valid"),
        (About(audience="internal"), "staff only"),
        (NOTHING, ""),
    ],
)
def test_a_source_says_how_old_it_is(about, line):
    assert edition(about, TODAY) == line


def test_another_edition_is_named_with_its_date():
    lines = other_editions(cited(NEWER), [cited(NEWER), cited(OLDER), cited(NEW_PAGE)], TODAY)
    assert lines == ["another edition was found too: prices-2024.md, as of January 2024"]
    card = page_evidence.evidence_block(exchange_of(cited(NEWER), cited(OLDER)), 0, current=True)
    assert card.count("as of March 2026") == 1
    assert card.count("as of January 2024") == 2  # on the card of the newer, and on its own


def exchange_of(used: Citation, near: Citation) -> Exchange:
    answer = Answer("q", "q", "It costs 34 euros.", "quoted", 0.9, (used,), (), closest=(replace(near, n=2),))
    return Exchange("q", running=False, answer=answer)
