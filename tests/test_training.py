import csv
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rag.apps.cli.main import app
from rag.config import load_settings
from rag.errors import ModelError, RagError
from rag.models import versions
from rag.reading import TrainedReader, weights
from rag.reading.calibration import Judgement
from rag.training import gate
from rag.training.augmentation import corrupt, crop, surround
from rag.training.examples import Example, Group

THINGS = "lamp table chair sofa shelf mirror carpet curtain clock vase".split()
COLOURS = "red blue green white black grey brown pink".split()


def example() -> Example:
    question, text = "When was Paris first taken?", "Paris was taken in 845. However, Rouen fell in 841."
    return Example(question, "History", text, (19, 22), ((0, 23),), True)


def groups(n: int = 60) -> list[Group]:
    """Questions for the colour of a thing; the passage of another thing does not answer."""
    made = []
    for i in range(n):
        thing, other = THINGS[i % len(THINGS)], THINGS[(i + 3) % len(THINGS)]
        colour = COLOURS[(i * 7) % len(COLOURS)]
        text = f"The {thing} is {colour} ."
        start = text.index(colour)
        positive = Example(f"what is the {thing} ?", f"t{i}", text, (start, start + len(colour)), ((0, len(text)),), True)
        negative = Example(positive.question, f"t{i}", f"The {other} is {colour} .")
        made.append(Group(str(i), positive, (negative,)))
    return made


def test_a_corrupted_question_is_another_question_that_nothing_answers() -> None:
    changed = [corrupt(example(), random.Random(seed)) for seed in range(40)]
    questions = {item.question for item in changed if item}
    assert "When was Paris last taken?" in questions
    assert "When was Rouen first taken?" in questions
    assert example().question not in questions
    assert not any("However" in question for question in questions)  # in capitals, and no name
    assert all(item.answers is False and item.answer is None and item.evidence == () for item in changed if item)


def test_a_cropped_passage_keeps_its_evidence_where_it_stands() -> None:
    text = "One. Two two. The answer is 42 here. Four. Five five."
    start = text.index("42")
    whole = Example("what", "T", text, (start, start + 2), ((14, 36),), True)
    lengths = set()
    for seed in range(40):
        found = crop(whole, random.Random(seed))
        assert found.answer
        assert found.evidence
        assert found.text[slice(*found.answer)] == "42"
        assert found.text[slice(*found.evidence[0])] == "The answer is 42 here."
        lengths.add(len(found.text))
        assert crop(Example("what", "T", text), random.Random(seed)).text in text
    assert min(lengths) == 22
    assert max(lengths) == len(text)
    unknown = Example("what", "T", text, None, None, True)
    assert crop(unknown, random.Random(1)) == unknown


def test_surrounded_text_is_marked_where_it_stands() -> None:
    whole = Example("how", "", "Press the button. Wait.", None, None, True)
    for seed in range(20):
        found = surround(whole, ["One. Two. Three.", "Four. Five."], random.Random(seed))
        ((start, end),) = found.evidence or ()
        assert found.text[start:end] == whole.text


def test_a_plan_is_the_same_for_the_same_seed_and_sees_each_question() -> None:
    from rag.training.reader import Options, plan

    one, again, other = (plan([groups()], Options(epochs=2, seed=seed)) for seed in (1, 1, 2))
    assert one == again != other
    seen = [visit[0].question for batch in one for visit in batch]
    assert len(seen) == 120
    assert len(plan([groups(), groups()], Options(epochs=1), most=10)[0]) <= 20


def test_a_step_reads_as_many_tokens_as_asked() -> None:
    from rag.training.reader import Options, plan

    few, many = (plan([groups()], Options(epochs=2, batch_tokens=tokens)) for tokens in (60, 600))
    assert len(many) < len(few) / 4
    assert sum(map(len, few)) == sum(map(len, many)) == 120
    assert all(len(visits) == 1 for visits in plan([groups()], Options(epochs=2, batch_tokens=1)))


def test_a_question_that_nothing_answers_is_read_with_the_text_it_was_asked_of() -> None:
    from rag.training.reader import Options, plan

    unanswerable = Group("u", None, tuple(Example("what", "T", f"text {n} .") for n in range(8)))
    visits = [visit for batch in plan([[unanswerable]], Options(epochs=4)) for visit in batch]
    assert [visit[0].text for visit in visits] == ["text 0 ."] * 4
    assert all(len(visit) == 2 for visit in visits)
    assert plan([[Group("u", None, ())]], Options(epochs=1)) == []


def test_held_out_questions_share_no_title_with_the_others() -> None:
    learnt, held = gate.split(groups())
    assert len(learnt) + len(held) == 60
    assert 20 <= len(held) <= 30
    titles = [{group.positive.context for group in part if group.positive} for part in (learnt, held)]
    assert not titles[0] & titles[1]
    with pytest.raises(RagError, match="at least 40"):
        gate.split(groups(39))


def test_the_loss_of_what_is_right_is_smaller(tiny_bert: Path) -> None:
    import torch

    from rag.training.reader import losses

    targets = {
        "text": torch.ones(2, 4, dtype=torch.bool),
        "start": torch.tensor([2, 0]),
        "end": torch.tensor([3, 0]),
        "evidence": torch.tensor([[-100, 0, 1, 1], [-100, 0, 0, 0]]),
        "answers": torch.tensor([1.0, 0.0]),
        "members": torch.tensor([[0, 1]]),
    }
    right = torch.zeros(2, 4, 3)
    right[0, 2, 0] = right[0, 3, 1] = right[1, 0, 0] = right[1, 0, 1] = 9
    right[..., 2] = torch.tensor([[0, -9, 9, 9], [0, -9, -9, -9]])
    passages = torch.tensor([[5.0, 5.0], [-5.0, -5.0]])
    assert losses(right, passages, **targets) < 0.05 < losses(-right, passages, **targets)
    assert losses(right, -passages, **targets) > 1
    unknown = targets | {"answers": torch.full((2,), float("nan")), "members": torch.zeros(0, 0, dtype=torch.long)}
    assert losses(right, passages, **unknown).isfinite()


@pytest.mark.slow
def test_what_comes_out_is_the_mean_of_the_second_half(tiny_bert: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    from rag.reading.network import ReaderNetwork
    from rag.reading.pairs import PairEncoder
    from rag.training.reader import Options, plan, train

    network = ReaderNetwork.from_encoder(tiny_bert)
    options = Options(epochs=4, learning_rate=1e-3)
    batches = plan([groups()], options) * 4
    encoder = PairEncoder(Tokenizer.from_file(str(tiny_bert / "tokenizer.json")), 128)
    train(network, encoder, batches, options, tmp_path, lambda done, total, what: None)
    states = [load_file(path) for path in sorted(tmp_path.glob("state-*.safetensors"))]
    assert 2 <= len(states) <= 5
    learnt = [state["token_head.weight"] for state in states]
    assert not torch.allclose(learnt[0], learnt[-1], atol=1e-6)
    assert torch.allclose(network.token_head.weight, torch.stack(learnt).mean(0), atol=1e-6)
    assert not network.training


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


def run(*arguments: object) -> object:
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


@pytest.mark.models
def test_a_table_of_questions_trains_a_reader_behind_the_gate(table: Path, tmp_path: Path, default_models: Path) -> None:
    out = tmp_path / "reader"
    options = ("--documents", table.parent / "documents", "--epochs", "0.2", "--json")
    result = run("reader", table, *options, "--out", out)
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["questions"] >= 20
    assert {item["metric"] for item in said["differences"]} == {"right passage first", "answer F1", "mean"}
    assert TrainedReader.from_folder(out, lambda question, passages: []).read("x", []) == []
    settings = load_settings()
    with pytest.raises(ModelError):  # --out changes nothing in use
        versions.find("trained", "reader", settings.data_dir)
    # next to nothing was learnt: it cannot be better beyond chance, and is not used
    result = run("reader", table, *options, "--learning-rate", "0")
    assert json.loads(result.stdout)["folder"] is None, result.output
    with pytest.raises(ModelError):
        versions.find("trained", "reader", settings.data_dir)


@pytest.mark.models
def test_a_dataset_is_checked_before_it_is_trained_with(table: Path, default_models: Path) -> None:
    options = ("--documents", table.parent / "documents")
    assert run("data", table, *options).exit_code == 0  # type: ignore[attr-defined]
    with table.open("a", newline="") as file:
        lines = [("Who?", "nowhere.md", "x"), ("What does the lamp number 0 cost?", "0.md", ""), ("How?", "1.md", "by train")]
        csv.writer(file).writerows(lines)
    result = run("data", table, *options, "--json")
    assert result.exit_code == 1  # type: ignore[attr-defined]
    said = [(item["question"], item["message"]) for item in json.loads(result.stdout)]  # type: ignore[attr-defined]
    assert [line for line, _ in said] == ["50", "51", "52"]
    assert "nowhere.md is no file" in said[0][1]
    assert "the same question as 2" in said[1][1]
    assert "'by train' stands nowhere in 1.md" in said[2][1]


def test_order_and_confidence_rest_on_what_tells_the_passage_that_answers() -> None:
    import numpy as np

    from rag.reading.ranking import logistic
    from rag.training.calibration import Candidates, fit

    rng = random.Random(1)
    lists = []
    for n in range(200):
        rows = [{"relevant": rng.gauss(0, 1), "noise": rng.gauss(0, 1)} for _ in range(5)]
        if answered := n % 2 == 0:
            rows[0]["relevant"] += 4
        lists.append(Candidates(rows, "asked" if answered else "elsewhere", answered))
    found = fit(lists, ("relevant", "noise"), ("relevant", "noise"))
    for model in (found.ranking, found.relevance):
        assert model.weights["relevant"] > 0.8
        assert abs(model.weights["noise"]) < 0.5
    first = {True: [], False: []}  # type: ignore[var-annotated]
    for item in lists:
        at = max(range(5), key=lambda row: found.ranking(item.features[row]))
        sure = found.confidences(item.features)[at]
        first[item.answered].append(math.log(sure / (1 - sure)))
    assert sum(value > 0 for value in first[True]) > 90 > 20 > sum(value > 0 for value in first[False])
    halfway = (np.quantile(first[True], 0.01) + np.quantile(first[False], 0.9)) / 2
    assert found.refuse_below == round(logistic(halfway), 3)
    answered, others = (np.array([logistic(value) for value in first[kind]]) >= found.refuse_below for kind in (True, False))
    assert answered.mean() > 0.95
    assert others.mean() <= 0.1  # what the rule allows


def test_what_rivals_take_away_is_fitted() -> None:
    import numpy as np

    from rag.reading.calibration import beside
    from rag.training.calibration import fit_beside

    rng = np.random.default_rng(1)
    odds, shares = rng.normal(0, 3, 20_000), rng.uniform(0.2, 1, 20_000)
    likely = beside(1 / (1 + np.exp(-(0.5 + 1.5 * odds))), 1 / (1 + np.exp(-(-2 + 5 * shares))))
    right = (rng.uniform(size=20_000) < likely).astype(float)
    certain, foremost = fit_beside(odds, shares, right, np.ones(20_000), ridge=0.0)
    assert (certain.bias, certain.weights["relevance"]) == pytest.approx((0.5, 1.5), abs=0.3)
    assert (foremost.bias, foremost.weights["share"]) == pytest.approx((-2, 5), abs=0.5)


def test_confidence_is_fitted_beside_the_nearest_passages_of_other_titles(tiny_bert: Path) -> None:
    from tokenizers import Tokenizer

    from rag.reading.network import ReaderNetwork
    from rag.reading.pairs import PairEncoder
    from rag.training.calibration import asked
    from rag.types import Span

    seen: list[list[str]] = []

    def closeness(question: str, passages: Any) -> list[list[Span]]:
        seen.append([passage.chunk.text for passage in passages])
        return [[Span(0, len(passage.chunk.text), 0.0)] for passage in passages]

    encoder = PairEncoder(Tokenizer.from_file(str(tiny_bert / "tokenizer.json")), 128)
    network = ReaderNetwork.from_encoder(tiny_bert).eval()
    reader = TrainedReader(network, encoder, Judgement.nothing(), ["LATIN"], closeness)
    found = asked(reader, groups(80))
    assert {item.kind for item in found} == {"asked", "beside", "elsewhere"}
    assert [item.answered for item in found if item.kind == "asked"] == [True] * 80
    assert not any(item.answered for item in found if item.kind == "elsewhere")
    own, negative, *others = seen[0]
    assert (own, negative) == ("The lamp is red .", "The sofa is red .")
    assert len(others) == 10
    assert all("lamp" in text for text in others[:6])  # of other titles, as many as there are within reach


def test_readers_of_one_base_are_averaged(tiny_bert: Path, tmp_path: Path) -> None:
    import torch
    from tokenizers import Tokenizer

    from rag.reading.network import ReaderNetwork

    tokenizer = Tokenizer.from_file(str(tiny_bert / "tokenizer.json"))
    card = {"scripts": ["LATIN"], **Judgement.nothing().as_card()}
    for name, fill in (("one", 1.0), ("other", 3.0)):
        network = ReaderNetwork.from_encoder(tiny_bert)
        torch.nn.init.constant_(network.token_head.weight, fill)
        weights.save(network, tokenizer, tmp_path / name, card)
    result = run("average", tmp_path / "one", tmp_path / "other", "--out", tmp_path / "both")
    assert result.exit_code == 0  # type: ignore[attr-defined]
    network, _, found = weights.load(tmp_path / "both")
    assert torch.allclose(network.token_head.weight, torch.tensor(2.0), atol=1e-4)
    assert found["averaged"] == ["one", "other"]
    assert "name two or more" in str(run("average", tmp_path / "one", "--out", tmp_path / "x").exception)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["reader", "generator", "embedder", "matcher"])
def test_a_better_model_is_used_and_can_be_rolled_back(tmp_path: Path, kind: Any) -> None:
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
        assert said in run("rollback", kind).stdout  # type: ignore[attr-defined]
        found.append(versions.find("trained", kind, data_dir, shipped))
    assert [Path(folder).name for folder in found] == ["0002", "0001", "shipped"]
    assert (Path(found[0]) / "x").read_text() == "2"
    assert run("rollback", kind).exit_code == 1  # type: ignore[attr-defined]
    assert versions.find("another", kind, data_dir) == "another"


def test_only_the_training_that_was_started_can_be_resumed(tmp_path: Path) -> None:
    from rag.training.run import Request, train_reader
    from rag.training.source import Source

    settings = load_settings()
    request = Request(Source((tmp_path / "questions.csv",)), resume=True)
    with pytest.raises(RagError, match="no training to resume"):
        train_reader(request, settings, lambda done, total, what: None)
    work = settings.data_dir / "reader" / "training"
    work.mkdir(parents=True)
    (work / "examples.jsonl").write_text("[]\n")
    (work / "request.json").write_text("{}")
    with pytest.raises(RagError, match="give the same options"):
        train_reader(request, settings, lambda done, total, what: None)


@pytest.mark.slow
@pytest.mark.parametrize("step", [2, 5], ids=["before the first checkpoint", "after it"])
def test_a_training_that_is_interrupted_goes_on_to_the_same_weights(tiny_bert: Path, tmp_path: Path, step: int) -> None:
    import torch
    from tokenizers import Tokenizer

    from rag.reading.network import ReaderNetwork
    from rag.reading.pairs import PairEncoder
    from rag.training.reader import Options, plan, train

    options = Options(epochs=4, learning_rate=1e-3)
    batches = plan([groups()], options) * 4
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
    train(whole, encoder, batches, options, tmp_path / "whole", lambda done, total, what: None, save_steps=3)
    with pytest.raises(KilledError):
        train(network(), encoder, batches, options, tmp_path / "killed", killed, save_steps=3)
    train(resumed, encoder, batches, options, tmp_path / "killed", lambda done, total, what: None, resume=True, save_steps=3)
    for (name, one), other in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        assert torch.allclose(one, other, atol=1e-6), name
