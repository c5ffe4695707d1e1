from collections.abc import Collection
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.index.across import Languages, Middles, nearest
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
    text = "会员可以在我们的任何一家门店免费借用{}盏灯，最长期限以收据上的说明为准，归还时请带上原包装和全部配件。"
    assert len(collapse([passage(n, text.format(n)) for n in "三五两"], 10)) == 3


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


def test_of_two_languages_that_of_the_question_comes_first_where_it_answers_as_well() -> None:
    alike = fuse([("en", 0.9), ("de", 0.9), ("far", 0.1)], [("de", 9.0), ("far", 1.0)], 0.6, {"en"})
    assert [i for i, _ in alike] == ["de", "en", "far"]
    better = fuse([("en", 0.9), ("de", 0.6), ("far", 0.1)], [("de", 9.0), ("far", 1.0)], 0.6, {"en"})
    assert [i for i, _ in better] == ["en", "de", "far"]
    assert fuse([("a", 0.9), ("b", 0.1)], [], 0.6, {"a", "b"})[0][0] == "a"


class Mixed:
    """Passages in English and German: a language is an axis of their vectors, and what they say another."""

    said: ClassVar = {"tea": (1.0, 0.0), **{f"other{n}": (0.4, 0.4 + n / 100) for n in range(8)}}

    def __init__(self, languages: dict[str, dict[str, tuple[float, float]]]) -> None:
        rows = {
            f"{language} {what}": (*place, language) for language, held in languages.items() for what, place in held.items()
        }
        self.vectors = {name: self.vector(*row) for name, row in rows.items()}
        self.taken = 0

    def vector(self, one: float, other: float, language: str) -> np.ndarray:
        found = np.array((one, other, language == "en", language == "de"), np.float32)
        return found / np.linalg.norm(found)

    def search(self, vector: np.ndarray, k: int, documents: Collection[str] | None) -> list[tuple[str, float]]:
        found = sorted(((i, float(vector @ held)) for i, held in self.vectors.items()), key=lambda hit: -hit[1])
        return found[:8]  # as if there were many more

    def of(self, ids: Collection[str]) -> dict[str, np.ndarray]:
        self.taken += 1
        return {i: self.vectors[i] for i in ids}

    def sample(self, most: int) -> dict[str, list[str]]:
        return {language: [i for i in self.vectors if i.startswith(language)][:most] for language in ("en", "de")}

    def state(self) -> object:
        return len(self.vectors)

    def nearest(self, asked: np.ndarray, language: str) -> list[str]:
        languages = Languages(lambda ids: {i: i[:2] for i in ids}, self.of, Middles(self))
        hits = self.search(asked, 100, None)
        return [i for i, _ in nearest(asked, hits, language, languages, self.search, None)]


def test_what_answers_in_another_language_is_found_among_what_is_near_by_its_language() -> None:
    mixed = Mixed({"en": {**Mixed.said, "lamps": (0.0, 1.0)}, "de": Mixed.said})
    asked = mixed.vector(0.0, 1.0, "de")
    assert "en lamps" not in [i for i, _ in mixed.search(asked, 100, None)]
    assert mixed.nearest(asked, "de")[0] == "en lamps"
    assert mixed.nearest(asked, "fr")[0] == "en lamps"  # there is no page in French: the nearest language is taken for it


def test_in_a_base_of_one_language_nothing_is_moved() -> None:
    mixed = Mixed({"en": Mixed.said, "de": {"tea": (1.0, 0.0)}})  # one page is too few to tell its language's middle
    asked = mixed.vector(0.0, 1.0, "en")
    assert mixed.nearest(asked, "en") == [i for i, _ in mixed.search(asked, 100, None)]
    assert not mixed.taken
