from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.checking import agrees, attribute, holds, tells_how
from rag.checking.wording import in_identifier
from rag.models.encoder import BertEmbedder
from rag.text import words
from rag.types import Chunk, Evidence, Passage, Span, Support
from tests.fakes import FakeEmbedder

embed = FakeEmbedder().embed_tokens
PASSAGES = ["Items may be returned within 30 days of delivery.", "Refunds are not paid in cash. They cost 1,299 pounds."]


def labelled(answer: str, passages: list[str] = PASSAGES) -> list[tuple[str, int | None]]:
    return [(answer[item.start : item.end], item.n) for item in attribute(answer, passages, embed).support]


texts = st.lists(
    st.sampled_from(["return", "30", "days.", "退货。", "😀", "\n", "<b>", "the", "not", "lamp!"]), max_size=30
).map(" ".join)


@given(texts, st.lists(texts, max_size=3))
def test_support_covers_every_word_once_in_order(answer: str, passages: list[str]) -> None:
    found = attribute(answer, passages, embed)
    edges = [edge for item in found.support for edge in (item.start, item.end)]
    assert edges == sorted(edges)
    assert all(0 <= item.start < item.end <= len(answer) and 0 <= item.weight <= 1 for item in found.support)
    assert all(item.n is None or 1 <= item.n <= len(passages) for item in found.support)
    assert all(any(item.start <= start and end <= item.end for item in found.support) for start, end in words(answer))
    assert 0 <= found.supported <= 1


def test_a_sentence_rests_on_the_passage_that_holds_its_words() -> None:
    assert labelled("You return items within 30 days. Refunds cost 1299 pounds.") == [
        ("You return items within 30 days", 1),
        ("Refunds cost 1299 pounds", 2),
    ]


def test_a_changed_number_and_an_invented_name_rest_on_nothing() -> None:
    assert ("45", None) in labelled("Items may be returned within 45 days of delivery.")
    assert ("Zanzibar", None) in labelled("Items may be returned within 30 days of delivery Zanzibar.")


def test_a_negation_rests_only_on_a_negation() -> None:
    assert ("not", None) in labelled("Items may not be returned.", PASSAGES[:1])
    assert labelled("Refunds are not paid in cash.") == [("Refunds are not paid in cash", 2)]


def test_words_scattered_over_a_passage_support_nothing_together() -> None:
    passage = "Lamps burn for 30 hours. Bags are blue. Kettles whistle. A return takes 9 days."
    found = attribute("A return takes 30 days.", [passage], embed)
    assert ["A return takes 30 days."[slice(*span)] for span in found.invented] == ["30"]


RETURNS = (
    "Items may be returned within 30 days of delivery. Refunds take 14 days. The shop in Leeds opened after the one in York."
)


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("Items may be returned within 14 days of delivery.", "14"),  # the number of another sentence
        ("Items may not be returned within 30 days.", "not"),
        ("Items were returned within 30 days to Leeds.", "Leeds"),  # the name of another sentence
        ("The shop in Bath opened after the one in York.", "Bath"),
        ("Refunds take 14 days in Zanzibar.", "Zanzibar"),
        ("The shop in Leeds opened before the one in York.", "before"),  # a stop word turns it round as well
    ],
)
def test_what_the_sentence_that_holds_the_rest_says_otherwise_is_invented(answer: str, wrong: str) -> None:
    found = attribute(answer, [RETURNS], embed)
    assert [answer[slice(*span)] for span in found.invented] == [wrong]
    assert not holds(found)


@pytest.mark.parametrize(
    "answer",
    [
        "Items may be returned within 30 days.",
        "Refunds take fourteen days.",
        "Items may be returned within 30 days of delivery and refunds take 14 days.",
        "The shop in Leeds opened after the one in York.",
    ],
)
def test_what_the_passages_say_holds(answer: str) -> None:
    assert holds(attribute(answer, [RETURNS], embed))


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("In the final Denver beat Denver by 24 to 10 in Santa Clara.", ["Denver"]),
        ("In the final Carolina beat Denver by 24 to 10 in Santa Clara.", ["Carolina", "Denver"]),
        ("In the final Denver beat Carolina by 10 to 24 in Santa Clara.", ["10", "24"]),
        ("In the final Carolina was beaten by Denver in Santa Clara.", []),
        ("Denver beat Carolina by 24 to 10.", []),
        ("In the final Denver beat Carolina by 24 to 24.", ["24"]),
        ("Carolina beat Denver by 24 to 10.", ["Denver"]),
    ],
    ids=["twice", "names swapped", "numbers swapped", "in other words", "cut", "number at the end", "name at the start"],
)
def test_a_name_in_another_ones_place_is_invented(answer: str, wrong: list[str]) -> None:
    passage = "The season was long. In the final Denver beat Carolina by 24 to 10 in Santa Clara."
    found = attribute(answer, [passage], embed)
    assert [answer[slice(*span)] for span in found.invented] == wrong


def test_of_two_sentences_on_the_same_matter_one_that_agrees_is_enough() -> None:
    others = ["Sale items may be returned within 14 days.", "Items may be returned within 30 days of delivery."]
    assert holds(attribute("Items may be returned within 30 days.", others, embed))
    assert not holds(attribute("Items may be returned within 45 days.", others, embed))


def test_a_denial_does_not_bear_out_what_it_denies() -> None:
    passage = "Opened bags cannot be returned to a shop, but they can be exchanged."
    assert not holds(attribute("Opened bags can be returned to a shop.", [passage], embed))
    assert holds(attribute("Opened bags cannot be returned to a shop.", [passage], embed))
    both = ["Refunds are paid by card, but they are not paid in cash."]
    assert holds(attribute("Refunds are not paid in cash.", both, embed))
    assert not holds(attribute("Refunds are not paid by card.", both, embed))
    assert not holds(attribute("Sales increase in spring.", ["Sales decrease in spring."], embed))
    assert not holds(attribute("The Vistula is in west-central Poland.", ["The Vistula is in east-central Poland."], embed))


def test_a_decade_does_not_bear_out_a_year() -> None:
    passage = "In the 1890s the works of Tesla lit the fair. The 1,890 lamps burned for 30 days."
    found = attribute("1890", [passage.partition(".")[0]], embed)
    assert found.invented == ((0, 4),)
    assert not holds(attribute("The works lit the fair in 1890.", [passage.partition(".")[0]], embed))
    assert holds(attribute("In the 1890s the works lit the fair.", [passage], embed))
    assert holds(attribute("In the 1890's the works lit the fair.", [passage], embed))
    assert holds(attribute("1890 lamps burned for 30 days.", [passage], embed))


def test_the_half_of_a_range_is_another_number() -> None:
    passage = "The outbreak took as much as 10–15% of the people."
    assert not holds(attribute("10", [passage], embed))
    assert not holds(attribute("The outbreak took as much as 10% of the people.", [passage], embed))
    assert holds(attribute("10–15%", [passage], embed))
    assert holds(attribute("The outbreak took 10 – 15% of the people.", [passage], embed))


def test_a_word_is_said_no_oftener_than_by_its_source() -> None:
    passages = [
        "Follow all applicable federal, state, and local regulations.",
        "Local health departments, housing authorities, and clinics should plan where to isolate people.",
    ]
    assert holds(attribute("Follow all applicable federal, state, and local regulations.", passages, embed))
    assert not holds(attribute("Follow all applicable federal, state, and federal regulations.", passages, embed))
    assert holds(attribute("Housing authorities and clinics should plan where to isolate people.", passages, embed))
    wrong = "Local authorities, housing authorities, and clinics should plan where to isolate people."
    assert not holds(attribute(wrong, passages, embed))


def test_an_address_is_right_to_the_letter() -> None:
    passage = "Ships can share their questions by sending an email to eocevent431@cdc.gov or order part UN60-EH6."
    assert holds(attribute("Ships can share their questions by sending an email to eocevent431@cdc.gov.", [passage], embed))
    wrong = "Ships can share their questions by sending an email to ecevent431@cdc.gov."
    found = attribute(wrong, [passage], embed)
    assert not holds(found)
    assert [wrong[start:end] for start, end in found.invented] == ["ecevent"]
    assert not holds(attribute("Ships can order part UM60-EH6.", [passage], embed))


@pytest.mark.parametrize("text", ["mail a431@cdc.gov", "www.cdc.gov", "COVID-19,", "part UN60EH6.", "my_file", "5km"])
def test_what_is_spelt_and_not_said(text: str) -> None:
    assert any(in_identifier(text, start, end) for start, end in words(text))
    for said in ("the 20th and 2nd", "the 1890s", "and/or", "twenty-one", "10–15%", "v. 2.0", "It ends. Next"):
        assert not any(in_identifier(said, start, end) for start, end in words(said))


def test_halves_of_two_sentences_are_no_sentence() -> None:
    passage = "Pierre met Marie in spring in Paris. He was born in 1859 in a suburb. She studied physics."
    assert holds(attribute("He was born in 1859.", [passage], embed))
    assert not holds(attribute("Marie was born in 1859 in a suburb.", [passage], embed))
    assert not holds(attribute("Pierre met Marie in spring and studied physics.", [passage], embed))
    assert holds(attribute("He was born in 1859 in a suburb and she studied physics.", [passage], embed))


def test_a_bound_and_the_second_half_of_a_pair_are_not_left_out() -> None:
    passage = (
        "Illness ranges from mild to severe. Signs appear between 2 and 14 days later. Returns take up to 30 days, not 45."
    )
    assert holds(attribute("Illness ranges from mild to severe.", [passage], embed))
    assert not holds(attribute("Illness ranges from mild.", [passage], embed))
    assert holds(attribute("Signs appear between 2 and 14 days later.", [passage], embed))
    assert not holds(attribute("Signs appear between 2 days.", [passage], embed))
    assert holds(attribute("Returns take up to 30 days.", [passage], embed))
    answer = "Returns take 30 days."
    assert [answer[slice(*span)] for span in attribute(answer, [passage], embed).invented] == ["30"]
    assert holds(attribute("You have 30 days.", ["You have 30 days, or up to 30 days more if you have a card."], embed))
    assert holds(
        attribute("The bridge between both banks is 30 years old.", ["The bridge between both banks is 30 years old."], embed)
    )


def test_what_goes_round_in_circles_does_not_hold() -> None:
    passage = "The age of the mind begins with the maturation of the body. Row, row, row the boat, row the boat, row."
    answer = "It begins with the maturation of the maturation of the body."
    found = attribute(answer, [passage], embed)
    assert answer[found.invented[0][0] : found.invented[-1][1]] == "the maturation of the"
    assert not holds(found)
    assert holds(attribute("It begins with the maturation of the body.", [passage], embed))
    assert holds(attribute("Row the boat, row the boat.", [passage], embed))
    twice = "The age of the mind and the age of the body begin in spring."
    assert not holds(attribute("The age of the age of the body begins in spring.", [twice], embed))
    assert not holds(attribute("It begins with the maturation of the body body.", [passage], embed))
    assert holds(attribute("请慢慢走。", ["请慢慢走路。"], embed))


def test_one_word_of_its_own_is_too_many_for_a_sentence() -> None:
    assert holds(attribute("Items may be returned within 30 days of delivery.", PASSAGES, embed))
    assert not holds(attribute("Items may be painted within 30 days of delivery.", PASSAGES, embed))


def test_the_places_an_answer_rests_on_are_named() -> None:
    (source,) = attribute("Refunds cost 1,299 pounds.", PASSAGES, embed).sources
    assert source.n == 2
    assert PASSAGES[1][source.start : source.end].endswith("They cost 1,299 pounds.")


def test_a_copied_sentence_is_wholly_supported_and_an_invention_is_not() -> None:
    assert attribute(PASSAGES[0], PASSAGES, embed).supported == 1
    assert attribute("Penguins juggle quietly.", PASSAGES, embed).supported == 0
    assert attribute("", PASSAGES, embed).supported == 0
    assert attribute("Anything", [], embed).support == (Support(0, 8, None, 0.0),)


@pytest.mark.models
def test_the_default_encoder_sees_a_paraphrase(default_models: Path) -> None:
    minilm = BertEmbedder.from_folder(default_models / "minilm", "minilm")
    found = attribute("Buyers may return items.", ["Customers may return articles."], minilm.embed_tokens)
    assert found.supported >= 0.5


@pytest.mark.parametrize(
    ("draft", "weight", "agreed"),
    [
        ("24 to 10", 0.9, True),
        ("by 24", 0.9, True),
        ("Santa Clara", 0.9, False),
        ("Santa Clara", 0.1, True),
        ("The final that Denver won was played in Santa Clara.", 0.9, True),
    ],
    ids=["the same", "a part of it", "another fact", "an unsure reader", "more than a fact"],
)
def test_a_short_fact_is_the_readers(draft: str, weight: float, agreed: bool) -> None:
    text = "In the final Denver beat Carolina by 24 to 10 in Santa Clara."
    start = text.index("24")
    passage = Passage(Chunk("i", "d.md", "", text, 0, len(text)), 1.0, 0.5)
    item = Evidence(passage, (), Span(0, len(text), 1.0), 0.9, 0.9, 1.0, Span(start, start + 8, weight))
    weak = Evidence(passage, (), Span(0, len(text), 1.0), 0.1, 0.1, 0.1, Span(text.index("Santa"), len(text) - 1, 0.9))
    assert agrees(draft, [item, weak]) == agreed


@pytest.mark.parametrize(
    ("quoted", "agreed"),
    [
        ("You may return any item within 30 days. Sale items can be returned within 14 days.", False),
        ("Sale items can be returned within 14 days. You need no reason.", True),
        ("Sale items can be returned within 14 days, at a cost of 5 pounds.", True),
    ],
)
def test_one_of_two_numbers_that_answer_is_half_an_answer(quoted: str, agreed: bool) -> None:
    start = quoted.index("14")
    passage = Passage(Chunk("i", "d.md", "", quoted, 0, len(quoted)), 1.0, 0.5)
    whole = Span(0, len(quoted), 1.0)
    item = Evidence(passage, (), whole, 0.9, 0.9, 1.0, Span(start, start + 2, 0.6), whole)
    assert agrees("14 days", [item]) == agreed


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        ("Press the button.", False),
        ("Open the lid, press the button for five seconds, then close the lid.", True),
        ("Close the lid again.", False),
    ],
)
def test_one_of_several_steps_does_not_tell_how_something_is_done(draft: str, told: bool) -> None:
    steps = "Open the lid. Press the button for five seconds. Close the lid again."
    passage = Passage(Chunk("i", "d.md", "", steps, 0, len(steps)), 1.0, 0.5)
    item = Evidence(passage, (), Span(14, 48, 0.9), 0.9, 0.9, 1.0, None, Span(0, len(steps), 0.9))
    assert tells_how(draft, [item]) == told
    alone = Evidence(passage, (), Span(14, 48, 0.9), 0.9, 0.9, 1.0)
    assert tells_how(draft, [alone])
    assert tells_how(draft, [])
