from collections.abc import Collection

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.index.retrieval import Retriever, collapse, fuse
from rag.types import Chunk, Passage

hits = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-5, 5)).map(
    lambda d: sorted(d.items(), key=lambda item: -item[1])
)


@given(hits, hits, st.floats(0, 1))
def test_fused_scores_are_in_bounds_sorted_and_complete(dense: list, keyword: list, weight: float) -> None:
    fused = fuse(dense, keyword, weight)
    scores = [score for _, score in fused]
    assert {i for i, _ in fused} == {i for i, _ in dense} | {i for i, _ in keyword}
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 + 1e-9 for score in scores)


def test_the_rule_is_min_max_and_a_weighted_sum() -> None:
    fused = dict(fuse([("a", 0.9), ("b", 0.5), ("c", 0.1)], [("b", 12.0), ("d", 2.0)], 0.4))
    assert fused == pytest.approx({"a": 0.4, "b": 0.2 + 0.6, "c": 0.0, "d": 0.0})


def test_a_follow_up_is_searched_with_and_without_what_it_leans_on() -> None:
    found = {"and lamps?": [("a", 9.0), ("b", 1.0)], "returns and lamps?": [("b", 9.0), ("c", 8.0), ("a", 1.0)]}
    retriever = Retriever(
        lambda texts: np.zeros((len(texts), 2), np.float32),
        lambda vector, k, documents: [],
        lambda question, k, documents: found[question],
        lambda ids: {i: passage(i, f"text of {i}").chunk for i in ids},
        dense_weight=0.0,
    )
    scores = {item.chunk.id: item.score for item in retriever.retrieve("and lamps?", 5, context="returns and lamps?")}
    assert scores == pytest.approx({"b": 0.75, "c": 0.75 * 7 / 8, "a": 0.25})
    assert [item.chunk.id for item in retriever.retrieve("and lamps?", 5)] == ["a", "b"]


def passage(name: str, text: str) -> Passage:
    return Passage(Chunk(name, f"{name}.md", name, text, 0, len(text)), 1.0, 1.0)


def test_near_duplicates_are_shown_once_but_another_number_is_another_passage() -> None:
    text = "Parcels to this country take three working days and cost nothing for large orders."
    found = [passage("a", text), passage("b", text + " Really."), passage("c", text + " 7"), passage("d", "Something else.")]
    assert [item.chunk.id for item in collapse(found, 10)] == ["a", "c", "d"]


def test_passages_unknown_to_the_catalogue_are_left_out_and_filters_are_passed_on() -> None:
    seen: list[Collection[str] | None] = []

    def dense(vector: np.ndarray, k: int, documents: Collection[str] | None) -> list[tuple[str, float]]:
        seen.append(documents)
        return [("gone", 0.9), ("a", 0.8)]

    retriever = Retriever(
        lambda texts: np.zeros((len(texts), 2), np.float32),
        dense,
        lambda question, k, documents: [("b", 3.0)],
        lambda ids: {i: passage(i, f"text of {i}").chunk for i in ids if i in "ab"},
        dense_weight=0.5,
    )
    found = retriever.retrieve("q", 5, ["a.md", "b.md"])
    assert {item.chunk.id for item in found} == {"a", "b"}
    assert seen == [["a.md", "b.md"]]
    assert next(item.similarity for item in found if item.chunk.id == "b") == 0.8
    assert retriever.retrieve("q", 5, []) == []
