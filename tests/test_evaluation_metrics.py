"""Figures against values worked out by hand, and against what the official SQuAD script says."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.evaluation import calibration, comparison, overlap, ranking, wording
from rag.evaluation.result import aligned
from rag.evaluation.tasks import refusal_figures

DATA = Path(__file__).parent / "data" / "evaluation"

texts = st.lists(st.sampled_from("the a lamp lamp's 30 days, 退货 三十天 refund . É".split())).map(" ".join)


@pytest.mark.parametrize(
    "row", json.loads((DATA / "squad-official.json").read_text("utf-8"))["rows"], ids=lambda row: row["id"]
)
def test_wording_is_scored_as_the_official_squad_script_does(row: dict[str, object]) -> None:
    said, answers = row["said"], row["answers"]
    assert wording.exact_match(said, answers) == row["EM"]
    assert wording.f1(said, answers) == pytest.approx(row["F1"], abs=1e-6)


def test_normal_form_drops_case_punctuation_articles_and_blanks() -> None:
    assert wording.normalise("The  Lamp's a-la-carte, an Apple!") == "lamps alacarte apple"


def test_chinese_is_scored_by_the_longest_common_run_of_characters() -> None:
    # common run 三十天 (3), said 5 characters, answer 4: F1 = 2 * 3 / 9
    assert wording.f1("在三十天内", ["三十天后"]) == pytest.approx(6 / 9)
    assert wording.exact_match("三十天。", ["三十天"]) == 1
    assert wording.contains("退款将在5个工作日内。", ["5"]) == 1
    # the run 天 alone, though 三 and 天 are both in: F1 = 2 * 1 / (3 + 2)
    assert wording.f1("三个天", ["三天"]) == pytest.approx(2 / 5)


def test_an_answer_inside_a_sentence_is_contained_and_the_words_around_it_cost_nothing() -> None:
    said = "A return takes 30 days, not more."
    assert wording.contains(said, ["30 days"]) == 1
    assert wording.best_span_f1(said, ["30 days"]) == 1
    assert wording.f1(said, ["30 days"]) == pytest.approx(2 * 2 / (6 + 2))
    assert wording.contains(said, ["days 30"]) == 0
    # best stretch "takes 30 days": 2 common of 3 said and 3 accepted
    assert wording.best_span_f1(said, ["30 working days"]) == pytest.approx(2 * 2 / (2 + 3))


def test_what_an_answer_covers_is_counted_in_words_of_content() -> None:
    said = "Press the button, and hold it for 5 seconds."
    assert wording.covered(said, ["Pressing and holding the buttons for 5 seconds resets it."]) == pytest.approx(5 / 6)
    assert wording.covered(said, ["Unplug it.", "Press it."]) == 1
    assert wording.covered(said, []) == wording.covered(said, ["it"]) == wording.covered("", ["Press"]) == 0


SCORES = (wording.exact_match, wording.f1, wording.contains, wording.best_span_f1, wording.covered)


@given(texts, st.lists(texts, max_size=3))
def test_scores_of_wording_stay_in_bounds_and_agree(said: str, answers: list[str]) -> None:
    scores = [score(said, answers) for score in SCORES]
    assert all(0 <= score <= 1 for score in scores)
    assert wording.best_span_f1(said, answers) >= wording.f1(said, answers) - 1e-9
    if wording.contains(said, answers):
        assert wording.best_span_f1(said, answers) == 1


def test_ranking_by_hand() -> None:
    found = ranking.scores(["x", "a", "y", "b"], {"a": 1, "b": 1})
    assert found["R@1"] == 0
    assert found["R@5"] == found["R@10"] == found["R@20"] == 1
    assert found["MRR@10"] == 0.5
    ideal = 1 / math.log2(2) + 1 / math.log2(3)
    assert found["nDCG@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert list(found) == ["R@1", "R@5", "R@10", "R@20", "MRR@10", "nDCG@10"]


def test_nothing_found_ranks_as_zero() -> None:
    assert set(ranking.scores([], {"a": 1}).values()) == {0.0}


def test_words_touched_by_a_span_are_counted_once() -> None:
    text = "thirty days, 退货"
    assert overlap.words_in("d", text, [(2, 8), (7, 9)], 100) == {("d", 100), ("d", 107)}
    assert overlap.words_in("d", text, [(13, 15)]) == {("d", 13), ("d", 14)}
    assert overlap.words_in("d", text, [(6, 7)]) == set()


def test_overlap_by_hand() -> None:
    marked, gold = {("d", 0), ("d", 5), ("d", 9), ("e", 0)}, {("d", 5), ("d", 9)}
    assert overlap.scores(marked, gold) == {"precision": 0.5, "recall": 1.0, "F1": pytest.approx(2 / 3), "IoU": 0.5}
    assert set(overlap.scores(set(), gold).values()) == {0.0}
    assert set(overlap.scores(set(), set()).values()) == {0.0}


def test_calibration_by_hand() -> None:
    confidence, right = np.array([0.9, 0.8, 0.8, 0.2]), np.array([1.0, 1.0, 0.0, 0.0])
    assert calibration.auroc(confidence, right) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    coverage, risk = calibration.risk_coverage(confidence, right)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert risk == pytest.approx([0, 0, 1 / 3, 0.5])
    means, shares, counts = calibration.reliability(confidence, right)
    assert means == pytest.approx([0.2, 0.8, 0.9])
    assert (shares.tolist(), counts.tolist()) == ([0, 0.5, 1], [1, 2, 1])
    assert calibration.expected_calibration_error(confidence, right) == pytest.approx((0.2 + 2 * 0.3 + 0.1) / 4)


def test_refused_while_the_share_of_answerable_is_still_answered() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.1, 0.75, 0.05, 0.6])
    answerable = np.array([1.0, 1, 1, 1, 0, 0, 0])
    assert calibration.refused_at(confidence, answerable, 0.75) == pytest.approx(2 / 3)
    assert calibration.refused_at(confidence, answerable, 1.0) == pytest.approx(1 / 3)
    assert math.isnan(calibration.refused_at(confidence[:4], answerable[:4], 0.5))


def test_auroc_needs_both_kinds() -> None:
    assert math.isnan(calibration.auroc(np.array([0.5, 0.6]), np.array([1.0, 1.0])))


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.99, 1.0]), st.booleans()), min_size=1, max_size=30))
def test_auroc_is_the_share_of_pairs_in_order(rows: list[tuple[float, bool]]) -> None:
    confidence, positive = np.array([c for c, _ in rows]), np.array([float(p) for _, p in rows])
    pairs = [(a > b) + 0.5 * (a == b) for a, p in rows if p for b, q in rows if not q]
    found = calibration.auroc(confidence, positive)
    assert math.isnan(found) if not pairs else found == pytest.approx(np.mean(pairs))
    assert 0 <= calibration.expected_calibration_error(confidence, positive) <= 1


def test_refusal_counts_each_kind_of_question_apart() -> None:
    columns = {
        "confidence": np.array([0.9, 0.4, 0.1, 0.6]),
        "answerability": np.array([0.8, 0.5, 0.1, 0.6]),
        "answerable": np.array([1.0, 1, 0, 0]),
        "right": np.array([1.0, 0, 0, 0]),
        "answered": np.array([1.0, 0, 0, 1]),
    }
    figures = refusal_figures(columns)
    assert (figures["AUROC"], figures["answered"], figures["refused"]) == (0.75, 0.5, 0.5)
    assert figures["ECE"] == pytest.approx((0.1 + 0.4 + 0.1 + 0.6) / 4)


def means(columns: comparison.Columns) -> dict[str, float]:
    return {name: float(values.mean()) for name, values in columns.items()}


scores = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=25).map(np.array)


@given(scores)
@settings(max_examples=15)
def test_a_run_does_not_differ_from_itself(values: np.ndarray) -> None:
    (found,) = comparison.compare({"F1": values}, {"F1": values}, means)
    assert (found.low, found.high, found.p) == (0, 0, 1)
    assert comparison.verdict(found) == "no more than noise"


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 1.0])), min_size=1, max_size=25))
@settings(max_examples=15)
def test_changing_sides_changes_the_sign_only(rows: list[tuple[float, float]]) -> None:
    a, b = ({"F1": np.array(column)} for column in zip(*rows, strict=True))
    (forth,), (back,) = comparison.compare(a, b, means), comparison.compare(b, a, means)
    assert (forth.low, forth.high) == (pytest.approx(-back.high), pytest.approx(-back.low))
    assert forth.p == back.p
    assert 0 < forth.p <= 1
    assert forth.b - forth.a == pytest.approx(back.a - back.b)


def test_a_large_difference_is_more_than_noise_and_a_small_one_is_not() -> None:
    generator = np.random.default_rng(1)
    before = generator.integers(0, 2, 200).astype(float)
    better = np.where(generator.random(200) < 0.3, 1.0, before)
    (found,) = comparison.compare({"R@1": before}, {"R@1": better}, means)
    assert found.low > 0
    assert comparison.verdict(found) == "higher, more than noise"
    other = before.copy()
    other[:2] = 1 - other[:2]
    (small,) = comparison.compare({"R@1": before}, {"R@1": other}, means)
    assert comparison.verdict(small) == "no more than noise"


def test_the_interval_of_a_share_is_that_of_the_binomial() -> None:
    low, high = comparison.interval({"R@1": np.array([1.0] * 50 + [0.0] * 50)}, means)["R@1"]
    assert (low, high) == (pytest.approx(0.4, abs=0.02), pytest.approx(0.6, abs=0.02))


def test_a_figure_that_cannot_be_had_has_no_interval() -> None:
    low, high = comparison.interval({"x": np.array([1.0])}, lambda columns: {"x": float("nan")})["x"]
    assert math.isnan(low)
    assert math.isnan(high)


def test_aligned_keeps_a_row_a_row_whatever_its_cells_hold() -> None:
    assert aligned(("a", "b"), [("x | y\nz", "1")]).splitlines()[2:] == [r"| x \| y z | 1   |"]
