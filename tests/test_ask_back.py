"""What is asked back about, how a choice is read, and that nothing else changes."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.ask_back import Gate, about, behind, candidates, load_gate
from rag.apps.json_format import answer_json
from rag.config import load_settings
from rag.conversation.follow_up import asked_back, chosen, with_choices
from rag.conversation.router import route_in
from rag.kept.answers import from_json, to_json
from rag.languages.spoken import LANGUAGES, Language, speaking
from rag.privacy import mask
from rag.reading.calibration import Linear
from rag.route import Route
from rag.service import Assistant
from rag.text import is_content, words
from rag.types import Answer, Block, Chunk, Evidence, Passage, Span, Support

ALWAYS = Gate(Linear(5.0, {}), 0.5, 0.5)


def section(heading: str, text: str, title: str = "Vouchers", score: float = 1.0) -> Evidence:
    blocks = (Block(0, len(text), "paragraph"),)
    chunk = Chunk(heading, f"{title}.md", title, text, 0, len(text), (title, heading), blocks=blocks)
    unit = Span(0, len(text), 0.8)
    return Evidence(Passage(chunk, 1.0, 1.0), (), unit, 0.9, 0.9, score, units=(unit,))


def table(columns: tuple[str, ...], *rows: tuple[str, ...], lead: int = 0) -> Evidence:
    text, blocks = "", []
    for row in rows:
        start, cells = len(text), []
        for name, cell in zip(columns, row, strict=True):
            text += f"{name}: "
            cells.append((len(text), len(text) + len(cell)))
            text += f"{cell}; "
        blocks.append(Block(start, len(text), "row", columns=columns, cells=tuple(cells)))
        text += "\n"
    chunk = Chunk("t", "fees.csv", "Fees", text, 0, len(text), blocks=tuple(blocks))
    units = tuple(Span(block.start, block.end, 0.9 if n == lead else 0.8) for n, block in enumerate(blocks))
    return Evidence(Passage(chunk, 1.0, 1.0), (), units[lead], 0.9, 0.9, 1.0, units=units)


def names(message: str, *evidence: Evidence, before: str = "") -> tuple[str, ...]:
    """What is asked about where the gate asks about everything."""
    return ALWAYS.choices(candidates(message, before, evidence))


GIFT = section("Gift vouchers", "A gift voucher is valid for 24 months.")
FEES = ("Item", "Fee", "Where"), ("Hold bag", "18", "Islands"), ("Ski", "9", "Islands"), ("Hold bag", "27", "Abroad")
REFUND = section("Refund vouchers", "A refund voucher is valid for 12 months.", score=0.9)


def test_sections_beside_each_other_are_asked_about_as_they_are_called() -> None:
    assert names("when does my voucher expire", GIFT, REFUND) == ("Gift vouchers", "Refund vouchers")


@pytest.mark.parametrize(
    "message", ["when does my gift voucher expire", "refund voucher expiry", "gift or refund, which lasts?"]
)
def test_nothing_is_asked_about_what_the_message_names(message: str) -> None:
    assert names(message, GIFT, REFUND) == ()


def test_nothing_is_asked_about_a_message_that_leans_on_what_was_said() -> None:
    assert names("when does it expire", GIFT, REFUND, before="I have a voucher. It is valid in all shops.") == ()


def test_documents_beside_each_other_are_asked_about_by_their_titles() -> None:
    found = section("Guests", "Up to three nights.", "Kittiwake House"), section("Guests", "Up to two nights.", "Aldercroft")
    assert names("how many nights can someone sleep over in halls", *found) == ("Kittiwake House", "Aldercroft")


def test_rows_that_hold_the_same_words_are_asked_about_by_the_cells_that_tell_them_apart() -> None:
    assert names("what does a hold bag cost", table(*FEES)) == ("Islands", "Abroad")
    assert names("what does a ski cost", table(*FEES, lead=1)) == ()


def test_rows_that_the_answer_does_not_say_are_not_asked_about_alone() -> None:
    fees = table(*FEES)
    assert names("what does a hold bag cost", replace(fees, units=fees.units[:2])) == ()


def test_a_row_of_numbers_is_not_asked_about_where_the_message_has_one() -> None:
    rates = table(("Amount", "Rate"), ("2,000 to 4,999 euros", "9"), ("5,000 to 14,999 euros", "7"))
    assert names("loan rate", rates) == ("2,000 to 4,999 euros", "5,000 to 14,999 euros")
    assert names("loan rate for 10000", rates) == ()


def test_titles_that_share_no_word_and_no_heading_are_of_different_kinds() -> None:
    found = section("Guests", "Up to three nights.", "Kittiwake House"), section("Fees", "Up to two nights.", "Graduation")
    assert names("how many nights", *found) == ()


def test_more_rows_than_anybody_chooses_from_are_not_asked_about() -> None:
    zones = [(zone, str(n)) for n, zone in enumerate(("North", "South", "Quay", "Keld", "Vale"))]
    assert names("water charge", table(("Zone", "Charge"), *zones)) == ()
    assert names("water charge", table(("Zone", "Charge"), *zones[:4])) == ("North", "South", "Quay", "Keld")


def test_of_the_evidence_only_what_was_chosen_answers() -> None:
    unsaid = replace(GIFT, units=())
    assert about("gift vouchers", [REFUND, unsaid]) == [replace(unsaid, units=(unsaid.sentence,))]
    assert about("Something else", [REFUND, GIFT]) == about("?", [REFUND, GIFT]) == [REFUND, GIFT]
    (fees,) = about("abroad", [GIFT, table(*FEES)])
    (unit,) = fees.units
    assert fees.passage.chunk.text[unit.start : unit.end] == "Item: Hold bag; Fee: 27; Where: Abroad; "


@pytest.mark.parametrize("heading", ["How long is it valid?", "Valid for 12 months.", "12", "x" * 61])
def test_what_is_no_name_is_no_choice(heading: str) -> None:
    assert names("when does my voucher expire", GIFT, section(heading, "It is valid for 12 months.")) == ()


def test_a_reader_that_selects_nothing_asks_nothing() -> None:
    assert names("when does my voucher expire", replace(GIFT, units=None), REFUND) == ()


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "Which one do you mean: Skip, Hop or Leap?"),
        ("de", "Was davon meinen Sie: Skip, Hop oder Leap?"),
        ("zh", "您指的是哪一个：Skip、Hop或Leap？"),
    ],
)
def test_the_question_is_one_sentence_in_the_language_spoken(language: Language, question: str) -> None:
    with speaking(language):
        assert asked_back(("Skip", "Hop", "Leap")) == question
    for said in ("Skip", " hop ", "LEAP.", "leap\n"):
        assert chosen(said, f"Skip costs 35.\n{question}")
    for said in ("Hop fares", "ski", "or", "", "?", "and for children?"):
        assert not chosen(said, f"Skip costs 35.\n{question}")
    assert not chosen("Skip", "Which one do you mean? Skip, Hop or Leap.")
    assert not chosen("Skip", "Skip costs 35, Hop nothing.")


@given(st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=60), min_size=2, max_size=4))
def test_every_choice_with_a_word_of_content_is_known_again(choices: list[str]) -> None:
    for language in LANGUAGES:
        with speaking(language):
            asked = asked_back(choices)
        for choice in choices:
            folded = choice.casefold()
            assert chosen(choice, asked) == any(is_content(folded[start:end]) for start, end in words(folded))


def test_a_choice_stands_behind_the_question_it_answers() -> None:
    asked = f"It depends.\n{asked_back(('Gift vouchers', 'Refund vouchers'))}"
    turns = [("hello", "Hi!"), ("when does my voucher expire", asked), ("gift vouchers", "24 months."), ("and in Sandrey?", "")]
    assert with_choices(turns) == [
        ("hello", "Hi!"),
        ("when does my voucher expire gift vouchers", "24 months."),
        ("and in Sandrey?", ""),
    ]
    assert with_choices(turns[:2]) == turns[:2]


ANSWER = Answer("q", "q", "24 months.", "quoted", 0.7, (), (Support(0, 10, 1, 1.0),))


class Thanks:
    """Takes every message for thanks."""

    def route(self, message: str) -> Route:
        return Route("thanks", "en", 0.9)


def test_a_choice_is_a_question_whatever_it_is_called() -> None:
    asked = asked_back(("Thank you cards", "Gift vouchers"))
    assert route_in(Thanks(), "thank you cards", [("how much", asked)]).kind == "question"
    assert route_in(Thanks(), "thanks a lot", [("how much", asked)]).kind == "thanks"
    assert route_in(Thanks(), "thank you cards", []).kind == "thanks"


def test_the_question_stands_behind_the_answer_and_rests_on_nothing() -> None:
    asked = behind(ANSWER, ("Gift vouchers", "Refund vouchers"))
    assert asked.text == "24 months.\nWhich one do you mean: Gift vouchers or Refund vouchers?"
    assert [asked.text[block.start : block.end] for block in asked.blocks] == asked.text.split("\n")
    assert asked.support == ANSWER.support
    assert behind(ANSWER, ()) is ANSWER


def test_choices_are_kept_with_the_answer() -> None:
    asked = behind(ANSWER, ("Gift vouchers", "<b>Refund</b>"))
    assert from_json(to_json(asked, mask)) == asked
    assert answer_json(asked)["choices"] == ["Gift vouchers", "<b>Refund</b>"]
    before = json.loads(to_json(ANSWER, mask))
    del before["choices"]
    assert from_json(json.dumps(before)) == ANSWER


def test_the_gate_that_ships_weighs_what_candidates_have() -> None:
    gate = load_gate()
    (found, *_) = candidates("when does my voucher expire", "", (GIFT, REFUND))
    assert set(gate.asks.weights) <= set(found.features[0])
    assert gate.asks.weights
    assert Path("rag/answering/ask_back.json").stat().st_size < 4000


HALL = """# {hall}

## Guests

You may have one guest at a time overnight, for up to {n} nights in any seven.

## Rent

The rent is {rent} pounds a week.
"""


@pytest.mark.models
def test_a_choice_is_answered_about_that_one_thing(default_models: Path, tmp_path: Path) -> None:
    halls = {"kittiwake.md": ("Kittiwake House", "three", 142), "aldercroft.md": ("Aldercroft House", "two", 118)}
    (tmp_path / "halls").mkdir()
    for file, (hall, n, rent) in halls.items():
        (tmp_path / "halls" / file).write_text(HALL.format(hall=hall, n=n, rent=rent))
    question = "how many nights can a guest sleep over in halls"
    with closing(Assistant.open(load_settings({"data_dir": tmp_path / "data", "audience": "internal"}))) as assistant:
        assistant.ingest([tmp_path / "halls"])
        asked = assistant.ask(question)
        assert set(asked.choices) == {"Kittiwake House", "Aldercroft House"}
        assert asked.text.endswith(f"Which one do you mean: {asked.choices[0]} or {asked.choices[1]}?")
        for choice, file, said in (
            ("aldercroft house", "aldercroft.md", "two nights"),
            ("Kittiwake", "kittiwake.md", "three nights"),
        ):
            answer = assistant.ask(choice, [(question, asked.text)])
            assert answer.question == choice
            assert answer.searched == f"{question} {choice}"
            assert [citation.document for citation in answer.citations] == [file]
            assert said in answer.text
            assert answer.choices == ()
            named = assistant.ask(f"how many nights can a guest sleep over in {choice}")
            assert named.choices == ()
