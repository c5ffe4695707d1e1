"""A value in the unit that was asked for, and when none is to be said."""

from dataclasses import replace

import pytest

from rag.about import About
from rag.answering.compose import Composed, compose
from rag.answering.measures import convert
from rag.languages.spoken import Language, speaking
from rag.types import Block, Chunk, Evidence, Passage, Span


def evidence(text: str, answer: str, language: str = "en") -> Evidence:
    at = text.index(answer)
    chunk = Chunk("id", "doc.md", "Title", text, 0, len(text), blocks=(Block(0, len(text), "paragraph"),))
    passage = Passage(replace(chunk, about=About(language=language)), 1.0, 1.0)
    return Evidence(passage, (), Span(0, len(text), 1.0), 1.0, 1.0, 1.0, answer=Span(at, at + len(answer), 0.9))


def said(message: str, item: Evidence, language: Language = "en") -> Composed:
    with speaking(language):
        return convert(message, item, compose([item]))


@pytest.mark.parametrize(
    ("message", "text", "answer", "language", "behind"),
    [
        ("How many grams does it weigh?", "It weighs 2.3 kg.", "2.3 kg", "en", "2.3 kg = 2,300 grams"),
        ("weight in lb pls", "It weighs 2.3 kg.", "2.3", "en", "2.3 kg = 5.071 pounds"),
        ("how wide in inches", "It is 50 cm wide.", "50 cm", "en", "50 cm = 19.69 inches"),
        ("how many liters", "The tank holds 1,500 ml.", "1,500 ml", "en", "1,500 ml = 1.5 litres"),
        ("how many days is that", "Sent within 48 hours.", "48 hours", "en", "48 hours = 2 days"),
        ("How hot in Fahrenheit, degrees Fahrenheit?", "Wash at 40 °C.", "40 °C", "en", "40 °C = 104 degrees Fahrenheit"),
        ("Wie viel Gramm wiegt er?", "Er wiegt 1,5 kg.", "1,5 kg", "de", "1,5 kg = 1.500 Gramm"),
        ("wie viel Kilo sind das", "Er wiegt 1.500 g.", "1.500 g", "de", "1.500 g = 1,5 Kilogramm"),
        ("多少克？", "箱子重2.3公斤。", "2.3公斤", "zh", "2.3公斤 = 2,300克"),
        ("how many grams", "It weighs 2 kg to 2.5 kg.", "2 kg to 2.5 kg", "en", "2 kg = 2,000 grams; 2.5 kg = 2,500 grams"),
    ],
)  # fmt: skip
def test_value_is_said_in_the_unit_asked_for(message: str, text: str, answer: str, language: Language, behind: str) -> None:
    item = evidence(text, answer, language)
    found = said(message, item, language)
    assert found.text == f"{text}\n{behind}"
    assert found.parts == ((0, len(text), 1), (len(text) + 1, len(found.text), 1))
    assert [found.text[block.start : block.end] for block in found.blocks] == [text, behind]


@pytest.mark.parametrize(
    ("message", "text", "answer", "language"),
    [
        ("How much does it weigh?", "It weighs 2.3 kg.", "2.3 kg", "en"),  # no unit is asked for
        ("How many kg?", "It weighs 2.3 kg.", "2.3 kg", "en"),  # it is the one said
        ("How many grams?", "It weighs 2.3 kg (2,300 g).", "2.3 kg (2,300 g)", "en"),
        ("what are your opening hours", "Open 9:00 to 18:00, closed 30 minutes at noon.", "9:00 to 18:00", "en"),
        ("what are your opening hours", "Open on 5 days a week.", "Open", "en"),
        ("my case has 3,000 g, is that ok?", "Up to 5 kg are allowed.", "5 kg", "en"),  # told, not asked for
        ("how wide is it in a box", "It is 50 cm wide.", "50 cm", "en"),  # "in" is no inch
        ("how many inches", "2 in stock.", "2 in stock", "en"),
        ("How many grams?", "It weighs 1.500 kg.", "1.500 kg", ""),  # 1.5 or 1,500
        ("How many grams?", "It is 50 cm wide.", "50 cm", "en"),  # another kind
    ],
)
def test_nothing_is_converted(message: str, text: str, answer: str, language: str) -> None:
    assert said(message, evidence(text, answer, language)).text == text


def test_a_value_that_is_not_said_is_not_converted() -> None:
    item = evidence("It weighs 2.3 kg. The box weighs 5 kg.", "5 kg")
    shown = replace(item, sentence=Span(0, 17, 1.0))
    assert convert("How many grams?", shown, Composed("It weighs 2.3 kg.", parts=((0, 17, 1),))).text == "It weighs 2.3 kg."


def test_no_short_answer_is_not_converted() -> None:
    item = replace(evidence("It weighs 2.3 kg.", "2.3 kg"), answer=None)
    assert said("How many grams?", item).text == "It weighs 2.3 kg."
