"""Which units of the passages read belong to an answer, and how the choice is fitted."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest

from rag.about import About
from rag.errors import ModelError
from rag.reading.calibration import Linear, Perceptron
from rag.reading.output import ReaderOutput
from rag.reading.selection import ReadPassage, Selection, asked_cells, describe
from rag.text import words
from rag.training.fitting import fit_logistic, fit_perceptron
from rag.training.selection import MarkedRead, unit_f1
from rag.types import Block, Chunk, Passage, Span
from rag.units import units

BELONGS = Selection(Linear(0.0, {"weight": 1.0}), 0.5)


def read(text: str, likely: dict[str, float], *, document: str = "a.md", start: int = 0, score: float = 1.0) -> ReadPassage:
    """A passage whose units have the weights given, otherwise .1."""
    chunk = Chunk(f"{document}:{start}", document, "T", text, start, start + len(text))
    spans = [Span(u.start, u.end, likely.get(text[u.start : u.end], 0.1)) for u in units(text)]
    places = words(text)
    nothing = np.zeros(len(places), np.float32)
    evidence = np.array([next(s.weight for s in spans if s.start <= a < s.end) for a, _ in places], np.float32)
    output = ReaderOutput(np.array(places), nothing, nothing, evidence, 0.0, 0.0, 0.0)
    return ReadPassage(Passage(chunk, 0.5, 0.5), output, spans, 0.0, score)


def chosen(selection: Selection, passages: list[ReadPassage]) -> list[list[str]]:
    found = selection.choose("", passages)
    return [[p.passage.chunk.text[s.start : s.end] for s in spans] for p, spans in zip(passages, found, strict=True)]


def test_selection_takes_what_is_likely_of_all_passages_and_always_something() -> None:
    one = read("Bags: 30 days. Lamps: 14 days. We are nice.", {"Bags: 30 days.": 0.9, "Lamps: 14 days.": 0.8})
    two = read("Sale items: never.", {"Sale items: never.": 0.7}, document="b.md", score=0.5)
    assert chosen(BELONGS, [one, two]) == [["Bags: 30 days.", "Lamps: 14 days."], ["Sale items: never."]]
    assert chosen(BELONGS, [read("One. Two.", {"Two.": 0.3})]) == [["Two."]]
    assert chosen(BELONGS, []) == []


def test_selection_takes_what_two_passages_share_once_from_the_one_ranked_higher() -> None:
    low = read("Two. Three.", {"Two.": 0.9}, start=5, score=1.0)
    high = read("One. Two.", {"Two.": 0.9}, start=0, score=2.0)
    assert chosen(BELONGS, [low, high]) == [[], ["Two."]]


def test_selection_always_says_the_best_unit_of_the_passage_ranked_first() -> None:
    first = read("One. Two.", {"Two.": 0.3}, score=2.0)
    other = read("Three. Four.", {"Four.": 0.9}, document="b.md", score=1.0)
    assert chosen(BELONGS, [other, first]) == [["Four."], ["Two."]]


def test_an_answer_is_in_the_language_of_the_unit_that_leads() -> None:
    def written(language: str, text: str, *, document: str, score: float) -> ReadPassage:
        item = read(text, {text: 0.9}, document=document, score=score)
        chunk = replace(item.passage.chunk, about=About(language=language))
        return replace(item, passage=replace(item.passage, chunk=chunk))

    german = written("de", "Sie haben 30 Tage.", document="de.md", score=2.0)
    english = written("en", "You have 30 days.", document="en.md", score=1.0)
    unknown = written("", "EU: 30", document="table.csv", score=0.5)
    assert chosen(BELONGS, [german, english, unknown]) == [["Sie haben 30 Tage."], [], ["EU: 30"]]
    assert chosen(BELONGS, [unknown, english]) == [["EU: 30"], ["You have 30 days."]]


def test_selection_of_many_units_ends_at_six() -> None:
    text = " ".join(f"Sentence number {n} is here." for n in range(9))
    many = read(text, {f"Sentence number {n} is here.": 0.9 for n in range(9)})
    assert len(chosen(BELONGS, [many])[0]) == 6


def test_selection_says_yes_or_no_only_where_it_is_sure() -> None:
    output = replace(read("One.", {}).output, yes=3.0, no=-3.0)
    assert replace(BELONGS, sure_verdict=0.9).verdict(output) == "yes"
    assert replace(BELONGS, sure_verdict=0.99).verdict(output) == ""
    assert replace(BELONGS, sure_verdict=0.9).verdict(replace(output, yes=-3.0, no=4.0)) == "no"
    assert BELONGS.verdict(output) == ""


def test_cells_are_asked_for_where_the_short_answer_surely_stands_in_them() -> None:
    text = "Sweden 26 3"
    cells = ((0, 6), (7, 9), (10, 11))
    row = ReaderOutput(np.array(words(text)), *np.array([[0, 5, 0], [0, 5, 0], [0, 0, 0]], np.float32), 0.0, 0.0, 0.0)
    assert asked_cells(row, cells) == [1]
    assert asked_cells(replace(row, start=row.evidence, end=row.evidence), cells) == [1, 2]
    named = np.array([5, 0, 0], np.float32)
    assert asked_cells(replace(row, start=named, end=named), cells) == []
    assert asked_cells(row, ((20, 22), (23, 24))) == []


def test_rows_and_items_are_told_from_sentences() -> None:
    text = "Press it.\nGo."
    blocks = (Block(0, 9, "item", 1, "1."), Block(10, 13, "paragraph"))
    passage = read(text, {})
    own = replace(passage, passage=replace(passage.passage, chunk=replace(passage.passage.chunk, blocks=blocks)))
    assert [about["item"] for about in describe("", [own])[0]] == [1.0, 0.0]
    assert describe("", []) == []


def test_units_are_told_by_what_they_add_to_the_best_one() -> None:
    first = read("Oslo is in Norway. It rains there. Shipping to Oslo costs 9.", {"Shipping to Oslo costs 9.": 0.9}, score=2.0)
    other = read("Lamps break.", {}, document="b.md")
    told = describe("shipping to Oslo in Norway", [first, other])
    assert [about["leads"] for about in told[0]] == [0, 0, 1]
    assert [about["precedes_lead"] for about in told[0]] == [0, 1, 0]
    assert [about["far"] for row in told for about in row] == [0.4, 0.2, 0, 1]
    assert [round(about["covers"], 2) for about in told[0]] == [0.67, 0, 0.67]
    assert [round(about["adds"], 2) for about in told[0]] == [0.33, 0, 0]
    assert told[0][2]["repeats"] == 1


def test_selection_is_read_from_the_card_as_it_was_written() -> None:
    assert Selection.from_card(BELONGS.as_card()) == BELONGS
    assert Selection.from_card({}) is None
    with pytest.raises(ModelError, match="train it again"):
        Selection.from_card({"selection": {"least": 0.5}})


def test_a_perceptron_learns_what_no_weighted_sum_can_and_is_read_from_the_card_as_it_was_written() -> None:
    rng = np.random.default_rng(1)
    rows = rng.uniform(-1, 1, (400, 2)) * [1, 50] + [3, -200]  # of any scale
    right = ((rows[:, 0] > 3) != (rows[:, 1] > -200)).astype(float)
    hidden, output = (part.tolist() for part in fit_perceptron(rows, right))
    learnt = Perceptron(["a", "b"], hidden, output)
    said = [learnt({"a": a, "b": b}) > 0 for a, b in rows]
    assert np.mean(said == (right > 0.5)) > 0.95
    assert fit_perceptron(rows, right)[1].tolist() == output
    selection = Selection(learnt, 0.5)
    assert Selection.from_card(json.loads(json.dumps(selection.as_card()))) == selection


def test_fitted_selection_finds_units_that_the_weights_alone_do_not() -> None:
    """Right are the units near the best one of their question, however high that is."""
    rng = random.Random(1)
    some: list[MarkedRead] = []
    for _ in range(120):
        high = rng.uniform(0.3, 0.95)
        text = "Alpha one. Beta two. Gamma three."
        weights = dict(zip(("Alpha one.", "Beta two.", "Gamma three."), (high, high * 0.9, high * 0.3), strict=True))
        some.append(MarkedRead("", [read(text, weights)], [{(0, 10), (11, 20)}]))
    rows = [about for item in some for about in describe("", item.passages)[0]]
    truth = np.array([float(n % 3 < 2) for n in range(len(rows))])
    bias, *found = map(float, fit_logistic(np.array([list(about.values()) for about in rows]), truth))
    fitted = Selection(Linear(bias, dict(zip(rows[0], found, strict=True))), 0.5)
    assert unit_f1(fitted, some) > 0.95 > unit_f1(BELONGS, some)
