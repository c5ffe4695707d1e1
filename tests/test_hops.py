"""What goes on from the best sentence in another document: when it is looked for, and what is taken."""

from collections.abc import Sequence

import pytest

from rag.answering.compose import compose
from rag.answering.hops import Link, second
from rag.types import Block, Chunk, Evidence, Passage, Span

DEPOT = "The Rotterdam depot is led by the logistics team B."
ASKED = "At which extension do I reach the team that leads the Rotterdam depot?"
TEAMS = "Logistics team A answers at extension 310.\nLogistics team B answers at extension 377."


def chunk(name: str, text: str) -> Chunk:
    blocks, at = [], 0
    for line in text.split("\n"):
        blocks.append(Block(at, at + len(line), "paragraph"))
        at += len(line) + 1
    return Chunk(name, f"{name}.md", name, text, 0, len(text), blocks=tuple(blocks))


def evidence(place: Chunk, sure: float, likely: float) -> Evidence:
    end = place.blocks[0].end
    units = (Span(0, end, 0.7),)
    return Evidence(Passage(place, 1.0, 1.0), (), units[0], sure, sure, sure, units=units, answerable=likely)


def said(
    first: Evidence, others: Sequence[Evidence], found: Sequence[Chunk], question: str = ASKED
) -> tuple[str, list[Evidence], list[str]]:
    """The answer, its evidence, and the sentences behind which something was looked for."""
    looked: list[str] = []

    def retrieve(lead: str) -> list[Passage]:
        looked.append(lead)
        return [Passage(one, 1.0, 1.0) for one in found]

    def read(passages: Sequence[Passage], lead: str) -> list[Evidence]:
        return [item for item in others if item.passage.chunk.id in {passage.chunk.id for passage in passages}]

    chosen = second(question, [first], retrieve, read)
    return compose(chosen).text, chosen, looked


def test_answer_goes_on_in_the_document_that_the_first_names() -> None:
    depot, teams = chunk("depot", DEPOT), chunk("teams", TEAMS)
    text, found, looked = said(evidence(depot, 0.4, 0.7), [evidence(teams, 0.5, 0.9)], [depot, teams])
    assert looked == [DEPOT]
    assert text == f"{DEPOT}\nLogistics team B answers at extension 377."
    assert [item.passage.chunk.id for item in found] == ["depot", "teams"]
    assert (found[0].confidence, found[0].answerable) == (0.5, 0.9)


def test_a_row_goes_on_by_its_first_cell() -> None:
    text = "Plan: Basic; Storage: 5 GB\nPlan: Premium; Storage: 200 GB"
    rows = tuple(
        Block(start, end, "row", columns=("Plan", "Storage"), cells=cells)
        for start, end, cells in ((0, 26, ((6, 11), (22, 26))), (27, 57, ((33, 40), (51, 57))))
    )
    plans = Chunk("plans", "plans.md", "Plans", text, 0, len(text), blocks=rows)
    first = evidence(chunk("people", "Anna Keller is on the Basic plan."), 0.2, 0.4)
    answer, _, _ = said(first, [evidence(plans, 0.3, 0.6)], [plans], "How much storage does Anna Keller have?")
    assert answer == "Anna Keller is on the Basic plan.\nBasic: Storage 5 GB."


@pytest.mark.parametrize(
    ("first", "other"),
    [
        pytest.param((0.5, 0.7), (0.9, 0.9), id="the first is sure"),
        pytest.param((0.4, 0.7), (0.3, 0.9), id="the second is less sure"),
        pytest.param((0.4, 0.7), (0.5, 0.6), id="the second is less likely an answer"),
    ],
)
def test_nothing_is_taken_that_is_no_better(first: tuple[float, float], other: tuple[float, float]) -> None:
    depot, teams = chunk("depot", DEPOT), chunk("teams", TEAMS)
    text, _, looked = said(evidence(depot, *first), [evidence(teams, *other)], [teams])
    assert text == DEPOT
    assert looked == ([] if first[0] >= 0.5 else [DEPOT])


@pytest.mark.parametrize(
    "other",
    [
        "Press extension 9 for an outside line.",  # names nothing of the first
        "The logistics team B meets on Mondays.",  # says nothing that was asked for beyond it
        "The team answers at extension 310.",  # one word, and the question's own
    ],
)
def test_a_sentence_that_does_not_go_on_is_not_read(other: str) -> None:
    depot = chunk("depot", DEPOT)
    text, found, _ = said(evidence(depot, 0.4, 0.7), [evidence(chunk("other", other), 0.9, 0.9)], [chunk("other", other)])
    assert (text, len(found)) == (DEPOT, 1)


def test_a_reader_that_selects_nothing_is_left_alone() -> None:
    first = evidence(chunk("depot", DEPOT), 0.4, 0.7)
    assert second(ASKED, [], lambda _: [], lambda *_: []) == []
    unselected = Evidence(first.passage, (), first.sentence, 0.4, 0.4, 0.4)
    assert second(ASKED, [unselected], lambda _: [], lambda *_: []) == [unselected]


def test_the_longest_name_links() -> None:
    assert [TEAMS[unit.start : unit.end] for unit in Link(ASKED, DEPOT).units(chunk("teams", TEAMS))] == TEAMS.split("\n")[1:]
