import csv
import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rag.apps.cli.main import app
from rag.config import load_settings
from rag.conversation.history import CONVERSATION
from rag.datasets.dataset import Dataset, Leaning, Question, Quote
from rag.errors import ModelError, RagError
from rag.models import versions
from rag.reading import TrainedReader, weights
from rag.reading.calibration import ScoreCalibration
from rag.training import gate, reader
from rag.training.augmentation import crop, pad_with_distractors, perturb
from rag.training.examples import Example, Group, mine, of_conversation, with_before
from rag.training.reader_instances import Collator, plan
from rag.training.recipe import train
from rag.training.training_data import TrainingData
from tests.training_examples import example

THINGS = "lamp table chair sofa shelf mirror carpet curtain clock vase".split()
COLOURS = "red blue green white black grey brown pink".split()


def quiet(done: int, total: int, what: str) -> None:
    pass


def taken() -> Example:
    question, text = "When was Paris first taken?", "Paris was taken in 845. However, Rouen fell in 841."
    return example(question, "History", text, (19, 22), ((0, 23),), True)


def groups(n: int = 60) -> list[Group]:
    """Questions for the colour of a thing; the passage of another thing does not answer."""
    made = []
    for i in range(n):
        thing, other = THINGS[i % len(THINGS)], THINGS[(i + 3) % len(THINGS)]
        colour = COLOURS[(i * 7) % len(COLOURS)]
        text = f"The {thing} is {colour} ."
        start = text.index(colour)
        positive = example(f"what is the {thing} ?", f"t{i}", text, (start, start + len(colour)), ((0, len(text)),), True)
        negative = example(positive.question, f"t{i}", f"The {other} is {colour} .")
        made.append(Group(str(i), positive, (negative,)))
    return made


def test_perturb_changes_a_name_or_the_sentence_that_answers_and_nothing_answers_then() -> None:
    changed = [perturb(taken(), ["It rained in Caen. Nobody was hurt."], random.Random(seed)) for seed in range(40)]
    found = {(item.question, item.text) for item in changed if item}
    rest = " However, Rouen fell in 841."
    assert found == {
        ("When was Rouen first taken?", taken().text),  # a name of the same passage; "However" is none
        (taken().question, "It rained in Caen." + rest),
        (taken().question, "Nobody was hurt." + rest),
    }
    assert all(item.answers is False and item.answer is None and item.evidence == () for item in changed if item)
    assert {item.passage.chunk.title for item in changed if item} == {"History"}


def test_perturb_takes_numbers_and_names_from_elsewhere_where_the_passage_has_no_other() -> None:
    asked = example("Who won in 1966 against Germany?", "", "England won it.", None, None, True)
    others = ["The cup of 1970 went to Brazil and Pele."]
    questions = {item.question for seed in range(40) if (item := perturb(asked, others, random.Random(seed)))}
    assert questions == {
        "Who won in 1970 against Germany?",
        "Who won in 1966 against Brazil?",
        "Who won in 1966 against Pele?",
    }
    assert perturb(example("who won?", "", "England won it.", None, None, True), others, random.Random(1)) is None
    twice = example("When?", "", "In 845. Yes, in 845.", (3, 6), ((0, 7),), True)
    assert perturb(twice, ["No."], random.Random(1)) is None  # the answer stands in what would be left


def test_crop_keeps_its_evidence_where_it_stands() -> None:
    text = "One. Two two. The answer is 42 here. Four. Five five."
    start = text.index("42")
    whole = example("what", "T", text, (start, start + 2), ((14, 36),), True)
    lengths = set()
    for seed in range(40):
        found = crop(whole, random.Random(seed))
        assert found.answer
        assert found.evidence
        assert found.text[slice(*found.answer)] == "42"
        assert found.text[slice(*found.evidence[0])] == "The answer is 42 here."
        lengths.add(len(found.text))
        assert crop(example("what", "T", text), random.Random(seed)).text in text
    assert min(lengths) == 22
    assert max(lengths) == len(text)
    unknown = example("what", "T", text, None, None, True)
    assert crop(unknown, random.Random(1)) == unknown


def test_pad_with_distractors_marks_the_text_where_it_stands() -> None:
    whole = example("how", "", "Press the button. Wait.", None, None, True)
    for seed in range(20):
        found = pad_with_distractors(whole, ["One. Two. Three.", "Four. Five."], random.Random(seed))
        ((start, end),) = found.evidence or ()
        assert found.text[start:end] == whole.text


def test_plan_is_the_same_for_the_same_seed_and_sees_each_question() -> None:
    one, again, other = (plan([groups()], 2, 3000, seed) for seed in (1, 1, 2))
    assert one == again != other
    seen = [instance[0].question for batch in one for instance in batch]
    assert len(seen) == 120
    assert len(plan([groups(), groups()], 1, 3000, 1, most=10)[0]) <= 20


def test_plan_reads_each_follow_up_and_some_questions_behind_what_they_have_nothing_to_do_with() -> None:
    follow_ups = [with_before(Group(f"f{n}", example("and you", "T", "yes ."), ()), "who was it") for n in range(4)]
    part = [*follow_ups, *(Group(f"q{n}", example(f"question {n}", "T", "yes ."), ()) for n in range(96))]
    seen = [instance[0] for batch in plan([part], 1, 3000, 1, most=50) for instance in batch]
    assert len(seen) == 50
    assert [item.before for item in seen if item.question == "and you"] == ["who was it"] * 4
    assert 1 < sum(item.before == "who was it" for item in seen if item.question != "and you") < 23


def test_plan_reads_each_question_that_nothing_answers() -> None:
    unanswered = [Group(f"n{n}", None, (example(f"nothing {n}", "T", "no ."),)) for n in range(6)]
    part = [*(Group(f"q{n}", example(f"question {n}", "T", "yes ."), ()) for n in range(94)), *unanswered]
    seen = {instance[0].question for batch in plan([part], 1, 3000, 1, most=20) for instance in batch}
    assert len(seen) == 20
    assert seen >= {f"nothing {n}" for n in range(6)}


def test_plan_reads_each_of_the_passages_that_answer() -> None:
    one, other = (example("what and when", "T", text, None, ((0, 5),), True) for text in ("A lamp .", "On Monday ."))
    part = [Group(str(n), one, (), also=(other,)) for n in range(20)]
    seen = [instance[0].text for batch in plan([part], 1, 3000, 1) for instance in batch]
    assert set(seen) == {"A lamp .", "On Monday ."}


def test_a_follow_up_is_learnt_as_it_was_typed_and_as_it_stands_alone(default_models: Path) -> None:
    quote, documents = Quote("000000.md", "Lamps: 60 days."), {"000000.md": 1}
    typed = Question(
        "a", "How long may lamps be returned?", documents, quotes=(quote,), message="and lamps", before="bags? 30 days."
    )
    dataset = Dataset("shop", (typed, replace(typed, id="b", message="")), (("Returns", "Bags: 30 days.\n\nLamps: 60 days."),))
    found = [(g.id, g.positive.question, g.before) for g in mine(dataset, load_settings(), quiet) if g.positive]
    assert found == [
        ("a", "How long may lamps be returned?", ""),
        ("a:typed", "and lamps", "bags? 30 days."),
        ("b", "How long may lamps be returned?", "bags? 30 days."),
    ]


def test_plan_reads_as_many_passages_that_do_not_answer_as_asked() -> None:
    wrong = tuple(example("what", "T", f"passage {n} .") for n in range(8))
    part = [Group(str(n), example("what", "T", "yes .", None, ((0, 5),), True), wrong) for n in range(20)]
    part += [Group(f"n{n}", None, wrong) for n in range(20)]
    instances = [instance for batch in plan([part], 1, 3000, 1, negatives=4) for instance in batch]
    assert {sum(item.text.startswith("passage") for item in instance) for instance in instances} == {4}
    assert all(len({item.text for item in instance}) == len(instance) for instance in instances)


def test_plan_makes_batches_of_as_many_tokens_as_asked() -> None:
    few, many = (plan([groups()], 2, tokens, 1) for tokens in (60, 600))
    assert len(many) < len(few) / 4
    assert sum(map(len, few)) == sum(map(len, many)) == 120
    assert all(len(instances) == 1 for instances in plan([groups()], 2, 1, 1))


def test_plan_puts_fewer_chinese_passages_into_a_batch() -> None:
    """A character of Chinese is nearly a token: batches as long in characters took all memory."""
    few, many = (
        plan([[Group(str(n), example("q", "", text * 100, None, ((0, 1),), True), ()) for n in range(40)]], 1, 1000, 1)
        for text in ("word", "退货期限")
    )
    assert len(many) > 2 * len(few)


def test_plan_reads_a_question_that_nothing_answers_with_the_text_it_was_asked_of() -> None:
    unanswerable = Group("u", None, tuple(example("what", "T", f"text {n} .") for n in range(8)))
    instances = [instance for batch in plan([[unanswerable]], 4, 3000, 1) for instance in batch]
    assert [instance[0].text for instance in instances] == ["text 0 ."] * 4
    assert all(len(instance) == 2 for instance in instances)
    assert plan([[Group("u", None, ())]], 1, 3000, 1) == []


def test_split_holds_out_questions_that_share_no_title_with_the_others() -> None:
    learnt, held = gate.split(groups())
    assert len(learnt) + len(held) == 60
    assert 20 <= len(held) <= 30
    titles = [{group.title for group in part} for part in (learnt, held)]
    assert not titles[0] & titles[1]
    with pytest.raises(RagError, match="at least 40"):
        gate.split(groups(39))


def test_losses_are_smaller_for_what_is_right(tiny_bert: Path) -> None:
    import torch

    from rag.training.reader import losses

    targets = {
        "text": torch.ones(2, 4, dtype=torch.bool),
        "start": torch.tensor([2, 0]),
        "end": torch.tensor([3, 0]),
        "evidence": torch.tensor([[-100, 0, 1, 1], [-100, 0, 0, 0]]),
        "answers": torch.tensor([1.0, 0.0]),
        "verdicts": torch.tensor([[1.0, 0.0], [float("nan")] * 2]),
        "members": torch.tensor([[0, 1]]),
    }
    right = torch.zeros(2, 4, 3)
    right[0, 2, 0] = right[0, 3, 1] = right[1, 0, 0] = right[1, 0, 1] = 9
    right[..., 2] = torch.tensor([[0, -9, 9, 9], [0, -9, -9, -9]])
    passages = torch.tensor([[5.0, 5.0, 5.0, -5.0], [-5.0, -5.0, 0.0, 0.0]])
    assert losses(right, passages, **targets) < 0.05 < losses(-right, passages, **targets)
    assert losses(right, -passages, **targets) > 1
    nobody = {name: torch.full_like(targets[name], float("nan")) for name in ("answers", "verdicts")}
    unknown = targets | nobody | {"members": torch.zeros(0, 0, dtype=torch.long)}
    assert losses(right, passages, **unknown).isfinite()


@pytest.mark.slow
def test_fit_network_gives_the_mean_of_the_second_half(tiny_bert: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    from rag.reading.network import ReaderNetwork
    from rag.reading.pairs import PairEncoder
    from rag.training.reader import ReaderOptions, fit_network

    network = ReaderNetwork.from_encoder(tiny_bert)
    options = ReaderOptions(epochs=4, learning_rate=1e-3)
    batches = plan([groups()], 4, 3000, 1) * 4
    encoder = PairEncoder(Tokenizer.from_file(str(tiny_bert / "tokenizer.json")), 128)
    fit_network(network, encoder, batches, options, tmp_path, quiet)
    states = [load_file(path) for path in sorted(tmp_path.glob("state-*.safetensors"))]
    assert 2 <= len(states) <= 5
    learnt = [state["token_head.weight"] for state in states]
    assert not torch.allclose(learnt[0], learnt[-1], atol=1e-6)
    assert torch.allclose(network.token_head.weight, torch.stack(learnt).mean(0), atol=1e-6)
    assert not network.training


@pytest.mark.slow
def test_a_reader_that_is_an_adapter_goes_on_as_one(tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from safetensors.torch import load_file

    from rag.models import files
    from rag.training.reader import ReaderOptions
    from rag.training.recipe import Parts
    from rag.training.run_folder import Run

    monkeypatch.setattr(files, "resolve", lambda name, *_: tiny_bert)
    settings = load_settings()
    run, parts = Run("reader", {}, settings, quiet), Parts([groups(8)], [])
    reader.fit(ReaderOptions(base="mpnet", rank=4, epochs=1), parts, run)
    first = run.candidate.rename(tmp_path / "first")
    reader.fit(ReaderOptions(base=str(first), epochs=1), parts, run)
    assert {name: weights.card(run.candidate)[name] for name in ("base", "rank")} == {"base": "mpnet", "rank": 4}
    before, after = (load_file(folder / weights.WEIGHTS) for folder in (first, run.candidate))
    assert before.keys() == after.keys()
    assert any(".lora_" in name and not torch.equal(before[name], after[name]) for name in before)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A maintainer's own table over their own documents."""
    folder = tmp_path / "documents"
    folder.mkdir()
    rows = []
    for n in range(48):
        thing, colour = THINGS[n % len(THINGS)], COLOURS[(n * 7) % len(COLOURS)]
        (folder / f"{n}.md").write_text(f"# Item {n}\n\nThe {thing} number {n} is {colour}. It costs {n + 10} euros.\n")
        rows.append((f"What does the {thing} number {n} cost?", f"{n}.md", f"{n + 10} euros"))
    path = tmp_path / "questions.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("question", "document", "answer"), *rows])
    return path


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.mark.models
def test_a_table_of_questions_trains_a_reader_behind_the_gate(table: Path, tmp_path: Path, default_models: Path) -> None:
    out = tmp_path / "reader"
    options = ("--documents", table.parent / "documents", "--epochs", "0.2", "--json")
    result = run("train", "reader", table, *options, "--out", out)
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["questions"] >= 20
    assert {item["metric"] for item in said["differences"]} == {"right passage first", "answer F1", "mean"}
    assert TrainedReader.from_folder(out, lambda question, passages: []).read("x", []) == []
    settings = load_settings()
    with pytest.raises(ModelError):  # --out changes nothing in use
        versions.find("trained", "reader", settings.data_dir)
    # next to nothing was learnt: it cannot be better beyond chance, and is not used
    result = run("train", "reader", table, *options, "--learning-rate", "0")
    assert json.loads(result.stdout)["folder"] is None, result.output
    with pytest.raises(ModelError):
        versions.find("trained", "reader", settings.data_dir)


@pytest.mark.models
def test_data_check_says_what_is_wrong_with_which_question(table: Path, default_models: Path) -> None:
    options = ("--documents", table.parent / "documents")
    assert run("data", "check", table, *options).exit_code == 0
    with table.open("a", newline="") as file:
        lines = [("Who?", "nowhere.md", "x"), ("What does the lamp number 0 cost?", "0.md", ""), ("How?", "1.md", "by train")]
        csv.writer(file).writerows(lines)
    result = run("data", "check", table, *options, "--json")
    assert result.exit_code == 1
    said = [(item["question"], item["message"]) for item in json.loads(result.stdout)]
    assert [line for line, _ in said] == ["50", "51", "52"]
    assert "nowhere.md is no file" in said[0][1]
    assert "the same question as 2" in said[1][1]
    assert "'by train' stands nowhere in 1.md" in said[2][1]


def test_fit_rests_order_and_confidence_on_what_tells_the_passage_that_answers() -> None:
    import numpy as np

    from rag.training.calibration import Candidates, fit

    rng = random.Random(1)
    lists = []
    for n in range(200):
        rows = [{"relevant": rng.gauss(0, 1), "noise": rng.gauss(0, 1)} for _ in range(5)]
        if answered := n % 2 == 0:
            rows[0]["relevant"] += 4
        lists.append(Candidates(rows, "in_domain" if answered else "off_topic", int(answered)))
    found = fit(lists, ("relevant", "noise"), ("relevant", "noise"), ("relevant", "noise"))
    for model in (found.ranking, found.relevance, found.answerable):
        assert model is not None
        assert model.weights["relevant"] > 0.8
        assert abs(model.weights["noise"]) < 0.5
    first = {True: [], False: []}  # type: ignore[var-annotated]
    likely = {True: [], False: []}  # type: ignore[var-annotated]
    for item in lists:
        at = max(range(5), key=lambda row: found.ranking(item.features[row]))
        sure = found.confidences(item.features)[at]
        first[bool(item.answered)].append(math.log(sure / (1 - sure)))
        likely[bool(item.answered)].append(found.answerabilities(item.features)[at])
    assert sum(value > 0 for value in first[True]) > 90 > 20 > sum(value > 0 for value in first[False])
    answered, others = (np.array(likely[kind]) >= found.refuse_below for kind in (True, False))
    assert answered.mean() > 0.9
    assert others.mean() < 0.2


def test_fit_with_rivals_finds_what_rivals_take_away() -> None:
    import numpy as np

    from rag.reading.calibration import combine_with_rivals
    from rag.training.calibration import fit_with_rivals

    rng = np.random.default_rng(1)
    odds, shares = rng.normal(0, 3, 20_000), rng.uniform(0.2, 1, 20_000)
    likely = combine_with_rivals(1 / (1 + np.exp(-(0.5 + 1.5 * odds))), 1 / (1 + np.exp(-(-2 + 5 * shares))))
    right = (rng.uniform(size=20_000) < likely).astype(float)
    answerable, top1 = fit_with_rivals(odds, shares, right, np.ones(20_000), ridge=0.0)
    assert (answerable.bias, answerable.weights["relevance"]) == pytest.approx((0.5, 1.5), abs=0.3)
    assert (top1.bias, top1.weights["share"]) == pytest.approx((-2, 5), abs=0.5)


def test_candidates_are_read_beside_the_nearest_passages_of_other_titles(tiny_bert: Path) -> None:
    from tokenizers import Tokenizer

    from rag.reading.network import ReaderNetwork
    from rag.reading.pairs import PairEncoder
    from rag.training.calibration import candidates
    from rag.types import Span

    seen: list[list[str]] = []

    def closeness(question: str, passages: Any) -> list[list[Span]]:
        seen.append([passage.chunk.text for passage in passages])
        return [[Span(0, len(passage.chunk.text), 0.0)] for passage in passages]

    encoder = PairEncoder(Tokenizer.from_file(str(tiny_bert / "tokenizer.json")), 128)
    network = ReaderNetwork.from_encoder(tiny_bert).eval()
    reader = TrainedReader(network, encoder, ScoreCalibration.nothing(), ["LATIN"], closeness)
    found = candidates(reader, groups(80))
    assert {item.kind for item in found} == {"in_domain", "near_miss", "off_topic"}
    assert [item.answered for item in found if item.kind == "in_domain"] == [True] * 80
    assert not any(item.answered for item in found if item.kind == "off_topic")
    own, negative, *others = seen[0]
    assert (own, negative) == ("The lamp is red .", "The sofa is red .")
    assert len(others) == 10
    assert all("lamp" in text for text in others[:6])  # of other titles, as many as there are within reach


def test_models_average_takes_readers_of_one_base(tiny_bert: Path, tmp_path: Path) -> None:
    import torch
    from tokenizers import Tokenizer

    from rag.reading.network import ReaderNetwork

    tokenizer = Tokenizer.from_file(str(tiny_bert / "tokenizer.json"))
    card = {"scripts": ["LATIN"], **ScoreCalibration.nothing().as_card()}
    for name, fill in (("one", 1.0), ("other", 3.0)):
        network = ReaderNetwork.from_encoder(tiny_bert)
        torch.nn.init.constant_(network.token_head.weight, fill)
        weights.save(network, tokenizer, tmp_path / name, card)
    result = run("models", "average", tmp_path / "one", tmp_path / "other", "--out", tmp_path / "both")
    assert result.exit_code == 0
    network, _, found = weights.load(tmp_path / "both")
    assert torch.allclose(network.token_head.weight, torch.tensor(2.0), atol=1e-4)
    assert found["averaged"] == ["one", "other"]
    assert "name two or more" in str(run("models", "average", tmp_path / "one", "--out", tmp_path / "x").exception)


def test_readers_that_are_adapters_are_averaged_as_adapters(
    tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    from rag.models import files
    from rag.models.adapter import adapted
    from rag.reading.network import ReaderNetwork

    monkeypatch.setattr(files, "resolve", lambda name, *_: tiny_bert)
    tokenizer = Tokenizer.from_file(str(tiny_bert / "tokenizer.json"))
    card = {"base": "mpnet", "rank": 4, "scripts": ["LATIN"], **ScoreCalibration.nothing().as_card()}
    for name, fill in (("one", 1.0), ("other", 3.0)):
        network = ReaderNetwork.from_encoder(tiny_bert)
        network.encoder = adapted(network.encoder, 4)
        for key, weight in network.named_parameters():
            if ".lora_" in key:
                torch.nn.init.constant_(weight, fill)
        weights.save(network, tokenizer, tmp_path / name, card)
    assert run("models", "average", tmp_path / "one", tmp_path / "other", "--out", tmp_path / "both").exit_code == 0
    both = load_file(tmp_path / "both" / weights.WEIGHTS)
    assert {float(weight.mean()) for name, weight in both.items() if ".lora_" in name} == {2.0}
    assert both.keys() == load_file(tmp_path / "one" / weights.WEIGHTS).keys()
    weights.save(network, tokenizer, tmp_path / "other", {**card, "base": "e5"})
    refused = run("models", "average", tmp_path / "one", tmp_path / "other", "--out", tmp_path / "x")
    assert "readers of one base only" in str(refused.exception)


@pytest.mark.parametrize("kind", ["reader", "generator", "embedder", "matcher"])
def test_models_rollback_goes_back_one_version(tmp_path: Path, kind: Any) -> None:
    data_dir = load_settings().data_dir
    with pytest.raises(ModelError, match=f"run `rag train {kind}` first"):
        versions.find("trained", kind, data_dir)
    for n in (1, 2):
        made = tmp_path / f"made{n}"
        made.mkdir()
        (made / "x").write_text(str(n))
        (data_dir / kind).mkdir(parents=True, exist_ok=True)
        assert versions.install(made, kind, data_dir).name == f"000{n}"
    shipped = tmp_path / "shipped"
    found = [versions.find("trained", kind, data_dir, shipped)]
    for said in ("0001", "package"):
        assert said in run("models", "rollback", kind).stdout
        found.append(versions.find("trained", kind, data_dir, shipped))
    assert [Path(folder).name for folder in found] == ["0002", "0001", "shipped"]
    assert (Path(found[0]) / "x").read_text() == "2"
    assert run("models", "rollback", kind).exit_code == 1
    assert versions.find("another", kind, data_dir) == "another"


def test_train_resumes_only_the_training_that_was_started(tmp_path: Path) -> None:
    settings = load_settings()

    def resume() -> None:
        data = TrainingData((tmp_path / "questions.csv",))
        train(reader.RECIPE, reader.ReaderOptions(), data, settings, quiet, resume=True)

    with pytest.raises(RagError, match="no training to resume"):
        resume()
    work = settings.data_dir / "reader" / "training"
    work.mkdir(parents=True)
    (work / "examples.jsonl").write_text("[]\n")
    (work / "request.json").write_text("{}")
    with pytest.raises(RagError, match="give the same options"):
        resume()


@pytest.mark.slow
@pytest.mark.parametrize("step", [2, 5], ids=["before the first checkpoint", "after it"])
def test_fit_network_resumes_to_the_same_weights(tiny_bert: Path, tmp_path: Path, step: int) -> None:
    import torch
    from tokenizers import Tokenizer

    from rag.reading.network import ReaderNetwork
    from rag.reading.pairs import PairEncoder
    from rag.training.reader import ReaderOptions, fit_network

    options = ReaderOptions(epochs=4, learning_rate=1e-3)
    batches = plan([groups()], 4, 3000, 1) * 4
    encoder = PairEncoder(Tokenizer.from_file(str(tiny_bert / "tokenizer.json")), 128)

    class KilledError(Exception):
        pass

    def killed(done: int, total: int, what: str) -> None:
        if done == step:
            raise KilledError

    def network() -> ReaderNetwork:
        torch.manual_seed(0)
        return ReaderNetwork.from_encoder(tiny_bert)

    whole, resumed = network(), network()
    fit_network(whole, encoder, batches, options, tmp_path / "whole", quiet, save_steps=3)
    with pytest.raises(KilledError):
        fit_network(network(), encoder, batches, options, tmp_path / "killed", killed, save_steps=3)
    fit_network(resumed, encoder, batches, options, tmp_path / "killed", quiet, resume=True, save_steps=3)
    for (name, one), other in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        assert torch.allclose(one, other, atol=1e-6), name


def test_threshold_is_where_answers_and_refusals_are_worth_most() -> None:
    import numpy as np

    from rag.training.calibration import threshold

    sure = np.array([0.9, 0.8, 0.6, 0.5, 0.3, 0.2])
    right = np.array([1, 1, 0, 1, 0, 0], float)
    unanswerable = np.array([0, 0, 0, 0, 1, 1], float)
    assert 0.3 < threshold(sure, right, unanswerable, np.ones(6)) <= 0.5
    few_unanswerable = np.array([1, 1, 1, 1, 0.01, 0.01])
    assert threshold(sure, right, unanswerable, few_unanswerable) <= 0.5
    assert threshold(sure, np.zeros(6), np.ones(6), np.ones(6)) > 0.6


def test_conversations_are_learnt_from_and_nothing_is_judged_by_them() -> None:
    leaning = of_conversation(Leaning("a", "and the 90?", "what does the Notice 30 pay", ((14, 20),)))
    new = of_conversation(Leaning("b", "do you take cards", "what does the Notice 30 pay", ()))
    assert (leaning.positive and leaning.positive.question, leaning.title) == ("and the 90?", CONVERSATION)
    assert (new.positive, new.negatives[0].answers) == (None, False)
    learnt, held = gate.split([*groups(), leaning, new])
    assert [group.id for group in learnt if group.conversation] == ["a", "b"]
    assert not any(group.conversation for group in held)
    assert gate.split([leaning, new]) == ([leaning, new], [])
    batches = plan([[leaning, new]], 1, 3000, 1)
    assert sorted(len(instance) for batch in batches for instance in batch) == [1, 1]


def test_collator_says_yes_and_no_only_of_what_is_known(tiny_bert: Path) -> None:
    import torch
    from tokenizers import Tokenizer

    from rag.reading.pairs import PairEncoder

    encoder = PairEncoder(Tokenizer.from_file(str(tiny_bert / "tokenizer.json")), 64)
    said = [(example("may i ?", "T", "you may .", None, ((0, 9),), True, verdict),) for verdict in ("yes", "no", "neither")]
    unknown = (example("may i ?", "T", "you may .", None, ((0, 9),), True),)
    found = Collator(encoder)([[*said, unknown]])["verdicts"]  # type: ignore[list-item]
    assert found[:3].tolist() == [[1, 0], [0, 1], [0, 0]]
    assert torch.isnan(found[3]).all()
