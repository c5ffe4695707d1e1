import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import ModelError
from rag.models import files as models
from rag.models import versions
from rag.models.encoder import BertEmbedder
from rag.reading import KeywordReader, LateInteractionReader, TrainedReader, answerable, weights
from rag.reading.calibration import Linear, ScoreCalibration
from rag.reading.highlights import merge_highlights
from rag.reading.load import reader_folder, shipped_reader
from rag.reading.output import ReaderOutput
from rag.reading.scale import Scale
from rag.text import sentences
from rag.types import Chunk, Evidence, Passage, Span
from tests.test_reading import check, passage, texts

CARD = {
    "scripts": ["LATIN"],
    "ranking": {"bias": 0.0, "weights": {"relevant": 1.0, "retrieval": 1.0}},
    "relevance": {"bias": 0.0, "weights": {"answers": 1.0}},
    "answerability_model": {"bias": 0.0, "weights": {"relevance": 1.0}},
    "top1_model": {"bias": -1.0, "weights": {"share": 4.0}},
    "refuse_below": 0.5,
}


def far(question: str, passages: Sequence[Passage]) -> list[list[Span]]:
    """Closeness that says nothing."""
    texts = [passage.chunk.text for passage in passages]
    return [[Span(start, end, 0.0) for start, end in sentences(text) or [(0, len(text))]] for text in texts]


@pytest.fixture(scope="module")
def folder(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader with a real, untrained network."""
    import torch
    from tokenizers import Tokenizer

    from rag.reading.network import ReaderNetwork

    torch.manual_seed(0)
    place = tmp_path_factory.mktemp("reader")
    weights.save(ReaderNetwork.from_encoder(tiny_bert), Tokenizer.from_file(str(tiny_bert / "tokenizer.json")), place, CARD)
    return place


def test_a_card_of_version_1_does_not_say_how_likely_anything_answers(folder: Path) -> None:
    before = TrainedReader.from_folder(folder, far)
    now = before.adjusted(replace(before.calibration, answerable=Linear(0.0, {"answers": 2.0})))
    old, new = (reader.read("q", [passage("A lamp costs 9 pounds.")]) for reader in (before, now))
    assert (old[0].answerable, answerable(old)) == (None, old[0].confidence)
    assert answerable(new) == new[0].answerable != new[0].confidence
    card = now.calibration.as_card()
    assert ScoreCalibration.from_card(card) == now.calibration
    assert ScoreCalibration.from_card(before.calibration.as_card()) == before.calibration


@given(texts, st.lists(texts, max_size=3))
@settings(max_examples=30)
def test_spans_are_in_bounds_sorted_and_disjoint(folder: Path, question: str, found: list[str]) -> None:
    for reader in (TrainedReader.from_folder(folder, far), KeywordReader()):
        evidence = reader.read(question, [passage(text) for text in found])
        assert [item.passage.chunk.text for item in evidence] == found
        for item in evidence:
            check(item)
            if item.answer:
                assert 0 <= item.answer.start < item.answer.end <= len(item.passage.chunk.text)


@pytest.mark.parametrize("text", ["", "   ", "...", "\ud800 x", "days " * 500])
def test_texts_without_words_and_longer_than_the_window_are_read(folder: Path, text: str) -> None:
    (evidence,) = TrainedReader.from_folder(folder, far).read("return \udfff?", [passage(text)])
    check(evidence)


def test_a_long_text_is_read_in_windows_that_cover_every_token_once(folder: Path) -> None:
    text = " ".join(f"day {n}" for n in range(300))
    (found,) = TrainedReader.from_folder(folder, far).scores([("when", "", text)])
    assert list(found.offsets[:, 0]) == sorted(set(found.offsets[:, 0]))
    assert {i for start, end in found.offsets for i in range(start, end)} == {i for i, c in enumerate(text) if c != " "}


def test_what_was_said_before_stands_between_the_question_and_the_passage(tiny_bert: Path) -> None:
    from tokenizers import Tokenizer

    from rag.reading.pairs import PairEncoder

    encoder = PairEncoder(Tokenizer.from_file(str(tiny_bert / "tokenizer.json")), 64)
    (alone,), (beside,) = encoder.encode("days", "shop", "refund of the lamp"), encoder.encode("days", "shop", "refund", "lamp")
    assert encoder.encode("days", "shop", "refund of the lamp", "") == [alone]
    assert beside.ids[:2] == alone.ids[:2]
    assert len(beside.ids[: beside.second]) == len(alone.ids[: alone.second]) + 2  # the word and a separator
    (long,) = encoder.encode("days", "shop", "refund", "lamp " * 500)
    assert len(long.ids) <= 64
    assert long.offsets == beside.offsets


@pytest.mark.parametrize("follows", [True, False])
def test_only_a_reader_that_learnt_it_heeds_what_was_said_before(folder: Path, tmp_path: Path, follows: bool) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    card = json.loads((tmp_path / weights.CARD).read_text("utf-8"))
    (tmp_path / weights.CARD).write_text(json.dumps({**card, "follow_ups": follows}), "utf-8")
    reader = TrainedReader.from_folder(tmp_path, far)
    found = [passage("refund of the lamp within days")]
    (alone,), (beside,) = reader.features("when", found), reader.features("when", found, "the lamp")
    assert (alone["answers"] != beside["answers"]) is follows


@pytest.mark.usefixtures("single_precision")
def test_reading_many_passages_at_once_changes_nothing(folder: Path) -> None:
    reader = TrainedReader.from_folder(folder, far)
    some = [("when is the refund", "shop", "refund " * n) for n in (3, 40, 1, 17)]
    for alone, together in zip([reader.scores([one])[0] for one in some], reader.scores(some), strict=True):
        assert np.allclose(alone.start, together.start, atol=1e-4)
        assert alone.answers == pytest.approx(together.answers, abs=1e-4)


def test_a_converted_encoder_reads_where_the_rest_would_be_in_half_precision(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    export, identity = partial(weights.export, folder), weights.identity(folder)
    converted = models.quantise("the reader", folder, tmp_path, lambda *_: None, "float32", export=export, identity=identity)
    asked = [("when is the refund", "shop", "refund of the lamp within days")]
    found = []
    for precision in (torch.float32, torch.bfloat16):
        monkeypatch.setattr("rag.models.device.choose_device", lambda precision=precision: (torch.device("cpu"), precision, ""))
        found += TrainedReader.from_folder(folder, far, converted).scores(asked)
    assert np.allclose(found[0].start, found[1].start, atol=1e-4)


def test_in_8_bits_a_reader_says_about_the_same(folder: Path) -> None:
    asked = [("when is the refund", "shop", "refund of the lamp within days"), ("the lamp", "shop", "days of the refund")]
    exact, rounded = (TrainedReader.from_folder(folder, far, int8=int8).scores(asked) for int8 in (False, True))
    for one, other in zip(exact, rounded, strict=True):
        assert np.allclose(one.start, other.start, atol=0.1)
        assert one.answers == pytest.approx(other.answers, abs=0.1)
    assert not np.array_equal(exact[0].start, rounded[0].start)


def test_the_best_span_is_the_most_probable_and_none_takes_the_rest() -> None:
    start, end = np.array([0, 5, 0], np.float32), np.array([0, 0, 4], np.float32)
    found = ReaderOutput(np.array([[0, 1], [2, 3], [4, 5]]), start, end, np.zeros(3, np.float32), 9.0, 0.0, 0.0)
    first, last, probability, none = found.span()
    assert (first, last) == (1, 2)
    assert probability == pytest.approx(none, rel=1e-6)
    assert probability < 0.5


def test_of_two_answers_in_a_row_one_is_the_short_answer() -> None:
    edges = np.zeros(12, np.float32)
    start, end = edges.copy(), edges.copy()
    start[[0, 10]] = 5.0, 4.9  # "12,000 people employed and approximately 7,500 ..."
    end[[1, 11]] = 4.9, 5.0
    offsets = np.array([[2 * n, 2 * n + 1] for n in range(12)])
    found = ReaderOutput(offsets, start, end, edges, 0.0, 0.0, 0.0)
    assert found.span(cost=False)[:2] == (0, 11)
    assert found.span()[:2] == (0, 1)


def test_the_short_answer_stands_in_what_is_quoted() -> None:
    start, end = np.array([9.0, 0, 5, 0], np.float32), np.array([0, 9.0, 0, 5], np.float32)
    found = ReaderOutput(np.array([[0, 2], [3, 5], [6, 8], [9, 11]]), start, end, np.zeros(4, np.float32), 0.0, 0.0, 0.0)
    assert found.span()[:2] == (0, 1)
    inner = found.within(Span(6, 11, 1.0))
    assert inner.span()[:2] == (0, 1)
    assert inner.offsets.tolist() == [[6, 8], [9, 11]]
    assert found.within(Span(20, 30, 1.0)).span() == (0, 0, 0.0, 1.0)


def test_a_linear_model_weighs_the_features_it_names() -> None:
    assert Linear(1.0, {"a": 2.0})({"a": -0.5, "b": 99.0}) == 0


def test_rivals_take_from_confidence_where_something_answers() -> None:
    calibration = ScoreCalibration.from_card({**CARD, "ranking": CARD["relevance"]})
    answering, rival, other = ({"answers": value} for value in (3.0, 2.8, -3.0))
    (alone,) = calibration.confidences([answering])
    ahead, _ = calibration.confidences([answering, other])
    contested, second = calibration.confidences([answering, rival])
    assert alone == pytest.approx(ahead, abs=0.01)
    assert alone > 0.8
    assert second < contested < 0.85 * alone
    (unlikely,), (beside, _) = calibration.confidences([other]), calibration.confidences([other, other])
    assert unlikely == pytest.approx(beside, abs=0.01)  # which of two that do not answer is first says nothing
    assert calibration.rank_softmax([answering, rival, other]) == pytest.approx([0.549, 0.450, 0.001], abs=1e-3)
    assert calibration.confidences([]) == []


def test_a_card_of_another_version_is_refused() -> None:
    with pytest.raises(ModelError, match=r"'top1_model'.*train it again"):
        ScoreCalibration.from_card({name: part for name, part in CARD.items() if name != "top1_model"})


def test_a_card_of_version_1_is_read_under_its_names_and_with_the_shipped_scale() -> None:
    before = {"answerability_model": "certain", "top1_model": "foremost"}
    old = {before.get(name, name): part for name, part in CARD.items()}
    assert ScoreCalibration.from_card(old) == ScoreCalibration.from_card(CARD)
    assert Scale.from_card(old) == Scale()


def test_scale_comes_from_the_card() -> None:
    scale = Scale(longest_span=7, listed_from=0.5)
    assert Scale.from_card(scale.as_card()) == scale
    shipped = json.loads((weights.SMALL / weights.CARD).read_text("utf-8"))
    assert set(shipped["scale"]) == set(Scale().as_card()["scale"])
    with pytest.raises(ModelError, match=r"scale that is not known here .*'depth'.*train it again"):
        Scale.from_card({"scale": {"depth": 1}})


def test_weights_come_back_within_a_rounding_step(folder: Path, tiny_bert: Path) -> None:
    from rag.reading.network import ReaderNetwork

    before, (after, _, card) = ReaderNetwork.from_encoder(tiny_bert).encoder.state_dict(), weights.load(folder)
    for name, tensor in before.items():
        step = tensor.abs().amax(-1, keepdim=True) / 127 if tensor.ndim > 1 else 1e-6
        assert ((tensor - after.encoder.state_dict()[name]).abs() <= step * 0.51 + 1e-7).all(), name
    assert card["ranking"] == CARD["ranking"]


def test_changed_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    for name in (weights.WEIGHTS, weights.TOKENIZER, weights.CARD):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with (tmp_path / weights.WEIGHTS).open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError, match="sha256"):
        weights.load(tmp_path)
    (tmp_path / weights.CARD).write_text(json.dumps({"sha256": {}}))
    with pytest.raises(ModelError, match="is no reader"):
        weights.load(tmp_path)
    with pytest.raises(ModelError, match="is no reader"):
        weights.load(tmp_path / "nothing")


def test_scripts_it_was_not_trained_on_are_left_to_others(folder: Path) -> None:
    reader = TrainedReader.from_folder(folder, far)
    assert reader.knows("How long is it?")
    assert reader.knows("Wie lange dauert's, Müller?")
    assert reader.knows("42?")
    assert not reader.knows("退货要多久？")
    assert not reader.knows("Сколько?")
    assert KeywordReader().knows("退货要多久？")


def test_keywords_find_the_sentence_in_any_script_and_keep_the_order() -> None:
    text = "商店周日关门。退货需要三十天。灯很亮。"
    evidence = KeywordReader().read("退货需要多久？", [passage("灯很亮。"), passage(text)])
    assert [item.passage.chunk.text for item in evidence] == ["灯很亮。", text]
    best = evidence[1].sentence
    assert text[best.start : best.end] == "退货需要三十天。"
    assert "退货" in "".join(text[span.start : span.end] for span in evidence[1].highlights)
    assert evidence[0].relevance < evidence[1].relevance


def test_a_short_answer_is_a_mark_of_its_own() -> None:
    text = "Send it back within 30 days."
    marks = merge_highlights(text, [Span(0, 4, 0.8), Span(5, 7, 0.8), Span(8, 12, 0.85), Span(20, 22, 1.0), Span(23, 27, 1.0)])
    assert [(text[s.start : s.end], s.weight) for s in marks] == [("Send it back", 0.8), ("30 days", 1.0)]


@pytest.fixture(scope="module", params=[weights.SMALL, weights.LARGE], ids=["small", "large"])
def shipped(request: pytest.FixtureRequest, default_models: Path) -> TrainedReader:
    minilm = BertEmbedder.from_folder(default_models / "minilm", "minilm")
    closeness = LateInteractionReader(minilm.embed_tokens).score_units
    return TrainedReader.from_folder(request.param, closeness, resolve=lambda name: default_models / name)


def read(reader: TrainedReader, question: str, *found: str) -> list[Evidence]:
    chunks = [Chunk(str(n), "d.md", "", text, 0, len(text)) for n, text in enumerate(found)]
    return reader.read(question, [Passage(chunk, 0.5, 0.5) for chunk in chunks])


@pytest.mark.models
def test_the_shipped_reader_marks_the_answer_and_tells_what_answers(shipped: TrainedReader) -> None:
    returns = "Our shop opened in 1998. You may send any unused item back within 30 days of delivery. Lamps are made of steel."
    other = "The lamps are made in Sweden by a family business. Every lamp is tested twice before it leaves the workshop."
    right, wrong = read(shipped, "How long do I have to send something back?", returns, other)
    assert right.answer is not None
    assert "30 days" in returns[right.answer.start : right.answer.end]
    assert returns[right.sentence.start : right.sentence.end].startswith("You may send")
    assert max(right.highlights, key=lambda span: span.weight).start == right.answer.start
    assert right.relevance > 0.5 > wrong.relevance
    assert right.confidence > 0.5 > wrong.confidence
    assert right.score > wrong.score


def test_the_shipped_weights_are_small_enough_for_the_package() -> None:
    assert sum(path.stat().st_size for path in weights.SMALL.iterdir()) <= 25_000_000


@pytest.mark.parametrize(
    ("dtype", "vnni", "name"),
    [("float32", False, "small"), ("float32", True, "large"), ("bfloat16", False, "large"), ("float16", False, "large")],
)
def test_the_reader_that_ships_is_chosen_by_the_hardware(
    dtype: str, vnni: bool, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    hardware = torch.device("cpu"), getattr(torch, dtype), "a test asked for it"
    monkeypatch.setattr("rag.reading.load.choose_device", lambda: hardware)
    monkeypatch.setattr("rag.models.int8.has_vnni", lambda: vnni)
    shipped = {"small": weights.SMALL, "large": weights.LARGE}
    assert shipped_reader()[0] == name
    assert reader_folder("trained", tmp_path) == shipped[name]
    assert {other: reader_folder(other, tmp_path) for other in shipped} == shipped
    own = tmp_path / "own"
    own.mkdir()
    versions.install(own, "reader", tmp_path)
    assert reader_folder("trained", tmp_path) == tmp_path / "reader" / "0001"  # one's own comes first


def test_the_large_reader_is_an_adapter_beside_an_encoder_that_needs_no_hub() -> None:
    card = weights.card(weights.LARGE)
    assert card["base"] in models.known()
    assert card["scripts"] == ["LATIN"]
    assert "_name_or_path" not in card["config"]  # says nothing of the machine it was made on
    assert sum(path.stat().st_size for path in weights.LARGE.iterdir()) <= 12_000_000
