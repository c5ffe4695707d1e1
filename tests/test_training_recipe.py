"""What all trainings share: the order of steps, options, what is kept on disk, and going on after a kill."""

import csv
import random
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer

from rag.apps.cli.main import app
from rag.apps.cli.training import RECIPES
from rag.config import Settings, load_settings
from rag.datasets.dataset import Dataset, Question, Quote
from rag.errors import RagError
from rag.evaluation.index import eval_assistant
from rag.reading import TrainedReader
from rag.reading.calibration import ScoreCalibration
from rag.training import calibration, encoder, matcher, reader
from rag.training.examples import Example, Group, mine
from rag.training.recipe import Data, Fitted, Parts, Recipe, train
from rag.training.run_folder import Run, save_examples, saved_examples
from rag.training.training_data import TrainingData
from rag.types import Block, Chunk, Mark, Passage
from tests.test_matching import pairs, write

THINGS = "return refund delivery invoice lamp bag card".split()


def quiet(done: int, total: int, what: str) -> None:
    pass


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.kind)
def test_options_are_those_of_the_command_line(recipe: Recipe[Any, Any, Any]) -> None:
    group: Any = typer.main.get_command(app)
    command = group.commands["train"].commands[recipe.kind]
    offered = {parameter.name: parameter for parameter in command.params}
    declared = [*fields(recipe.data), *fields(recipe.options)]
    hints = get_type_hints(recipe.data) | get_type_hints(recipe.options)
    assert {item.name for item in declared} | {"out", "resume", "as_json"} == offered.keys() - {"help"}
    for item in declared:
        parameter, said = offered[item.name], item.metadata
        assert parameter.required == (item.default is MISSING)
        assert parameter.default == (None if item.default in (MISSING, ()) else item.default), item.name
        assert parameter.help == said["help"]
        assert (parameter.min, parameter.max) == (said["at_least"], said["at_most"])
        if hints[item.name] is bool:
            assert parameter.opts == [f"--{item.name.replace('_', '-')}"]


def test_train_gives_every_step_what_the_one_before_made(tmp_path: Path) -> None:
    from rag.training.gate import Verdict
    from rag.training.matcher import MatcherOptions

    done: list[Any] = []

    class Numbers:
        def load(self, run: Run) -> list[list[int]]:
            return [[1, 2, 3], [4, 5, 6]]

        only_held = 0

        def recorded(self) -> dict[str, Any]:
            return {"numbers": 6}

    def fit(options: MatcherOptions, parts: Parts[int], run: Run) -> Fitted[str]:
        done.append(("fit", parts.learn, parts.held))
        run.candidate.mkdir()
        return Fitted("fitted", {"seen": 4})

    def calibrate(options: MatcherOptions, fitted: Fitted[str], parts: Parts[int], run: Run) -> Fitted[str]:
        return fitted._replace(model=fitted.model + ", calibrated")

    def judge(options: MatcherOptions, fitted: Fitted[str], parts: Parts[int], run: Run) -> Verdict:
        done.append(("judge", fitted.model, parts.held))
        return Verdict(better, 2, ())

    data: type[Data] = Numbers
    recipe: Recipe[MatcherOptions, int, str] = Recipe(
        kind="matcher",
        options=MatcherOptions,
        data=data,
        split=lambda options, part: (part[:-1], part[-1:]),
        fit=fit,
        calibrate=calibrate,
        judge=judge,
        help="",
        use="",
    )
    settings = load_settings()
    for better in (False, True):
        outcome = train(recipe, MatcherOptions(base="/home/someone/minilm"), Numbers(), settings, quiet)
        assert done == [("fit", [[1, 2], [4, 5]], [3, 6]), ("judge", "fitted, calibrated", [3, 6])]
        done.clear()
        assert not (settings.data_dir / "matcher" / "training").exists()
        assert (outcome.folder is not None) == better
    assert outcome.folder
    record = (outcome.folder / "training.json").read_text()
    assert '"base": "minilm"' in record  # nothing of this machine
    assert '"numbers": 6' in record
    assert '"seen": 4' in record


def test_training_whose_data_cannot_be_read_leaves_the_one_before_to_be_resumed(tmp_path: Path) -> None:
    settings = load_settings()
    checkpoint = settings.data_dir / "reader" / "training" / "checkpoints" / "1"
    checkpoint.mkdir(parents=True)
    mistyped = TrainingData((tmp_path / "no-such-file.csv",))
    with pytest.raises(RagError, match="no-such-file"):
        train(reader.RECIPE, reader.ReaderOptions(), mistyped, settings, quiet)
    assert checkpoint.is_dir()


def run_of(settings: Settings, resume: bool = True) -> Run:
    return Run("reader", {}, settings, quiet, None, resume)


def test_saved_examples_are_read_as_they_were() -> None:
    blocks = (
        Block(0, 9, "item", 1, "1."),
        Block(10, 30, "row", columns=("What", ""), cells=((10, 14), (16, 20)), caption="Prices"),
    )
    marks = (Mark(0, 4, "link", "https://example.org"), Mark(5, 9, "strong"))
    chunk = Chunk("id", "a.md", "T", "Press it. What: lamp; 3 euros", 7, 36, ("H", "\ud800"), 3, "Lead:", blocks, marks)
    positive = Example("q", Passage(chunk, 0.5, 0.25), (0, 5), ((0, 9), (10, 30)), True, "yes")
    negatives = (Example("q", Passage(chunk, 0.0, 0.0)), Example("q", Passage(chunk, 0.1, 0.2), None, None, None))
    parts = [[Group("1", positive, negatives), Group("2", None, (), conversation=True, also=(positive,))], []]
    run = run_of(load_settings())
    assert saved_examples(run) == []
    run.work.mkdir(parents=True)
    save_examples(run, parts)
    assert saved_examples(run) == parts
    assert saved_examples(run_of(load_settings(), resume=False)) == []


def test_saved_examples_of_another_version_are_told() -> None:
    run = run_of(load_settings())
    run.work.mkdir(parents=True)
    example = '{"question": "q", "context": "", "text": "t", "answer": null, "evidence": [], "answers": true}'
    old = f'[{{"id": "1", "positive": {example}, "negatives": []}}]'
    (run.work / "examples.jsonl").write_text(old + "\n")
    with pytest.raises(RagError, match=r"another version.*start the training without --resume"):
        saved_examples(run)


def test_candidates_have_the_features_of_the_passages_that_are_served(
    tiny_bert: Path, tmp_path: Path, single_precision: None
) -> None:
    """Headings and items are told by a passage's blocks: they must be the same when confidence is fitted."""
    import torch
    from tokenizers import Tokenizer

    from rag.reading.network import ReaderNetwork
    from rag.reading.pairs import PairEncoder
    from rag.training.reader import untrained_reader

    folder = tmp_path / "documents"
    folder.mkdir()
    for n, thing in enumerate(THINGS):
        text = f"# The {thing}\n\nAbout it.\n\n## Days of {thing}\n\n- Within {n + 3} days.\n- Not the {thing} of the shop.\n"
        (folder / f"{n}.md").write_text(text)
    answers = tuple(Quote(f"{n}.md", f"Within {n + 3} days.") for n in range(len(THINGS)))
    questions = tuple(
        Question(thing, f"how long is the {thing} ?", {quote.document: 1}, (quote.text,), (quote,))
        for thing, quote in zip(THINGS, answers, strict=True)
    )
    dataset = Dataset("things", questions, folder=folder)
    options = {"embedder": str(tiny_bert), "chunk_tokens": 100, "reader": "late-interaction"}
    settings = load_settings(options)
    run = Run("reader", {}, settings, quiet, None, True)
    run.work.mkdir(parents=True)
    save_examples(run, [mine(dataset, settings, quiet)])
    (groups,) = saved_examples(run) or [[]]
    assert [group.positive is not None for group in groups] == [True] * len(THINGS)

    torch.manual_seed(1)
    closest = untrained_reader(settings, quiet).score_units
    network = ReaderNetwork.from_encoder(tiny_bert).eval()
    pair_encoder = PairEncoder(Tokenizer.from_file(str(tiny_bert / "tokenizer.json")), 128)
    reader = TrainedReader(network, pair_encoder, ScoreCalibration.nothing(), ["LATIN"], closest)
    fitted = calibration.candidates(reader, groups)
    own = [item for item in fitted if item.kind == "in_domain"]
    assert len(own) == len(THINGS)
    with eval_assistant(dataset, settings, quiet) as assistant:
        for group, item in zip(groups, own, strict=True):
            wanted = {example.passage.chunk.id for example in group.examples}
            served = [p for p in assistant.retrieve(group.examples[0].question, 12) if p.chunk.id in wanted]
            assert {p.chunk.id: p for p in served} == {e.passage.chunk.id: e.passage for e in group.examples}
            by_id = dict(zip([p.chunk.id for p in served], reader.features(group.examples[0].question, served), strict=True))
            read = group.examples[0 if item.answered else 1 :]  # what is found too late is not read
            for example, features in zip(read, item.features, strict=True):
                assert features == pytest.approx(by_id[example.passage.chunk.id], abs=1e-5)
    chunks = [example.passage.chunk for group in groups for example in group.examples]
    assert all(chunk.headings and chunk.blocks for chunk in chunks)


class KilledError(Exception):
    pass


def killed_at(step: int) -> Any:
    def progress(done: int, total: int, what: str) -> None:
        if what.startswith(f"step {step} of"):
            raise KilledError

    return progress


def resumed_as_whole(recipe: Recipe[Any, Any, Any], options: Any, data: Data, settings: Settings, step: int) -> None:
    """Asserts that a training killed at that step and resumed writes the weights of one that was left alone."""
    import torch
    from safetensors.torch import load_file

    folders = [settings.data_dir.parent / name for name in ("whole", "resumed")]
    train(recipe, options, data, settings, quiet, out=folders[0])
    with pytest.raises(KilledError):
        train(recipe, options, data, settings, killed_at(step), out=folders[1])
    train(recipe, options, data, settings, quiet, out=folders[1], resume=True)
    one, other = (load_file(folder / "model.safetensors") for folder in folders)
    for name, weight in one.items():
        assert torch.allclose(weight, other[name], atol=1e-6), name


@pytest.mark.slow
@pytest.mark.parametrize("step", [2, 110], ids=["before the first checkpoint", "after it"])
def test_encoder_resumes_to_the_same_weights(tiny_bert: Path, tmp_path: Path, step: int) -> None:
    (tmp_path / "documents").mkdir()
    rows = []
    for n in range(44):
        thing, other = THINGS[n % len(THINGS)], THINGS[n // len(THINGS)]
        (tmp_path / "documents" / f"{n}.md").write_text(f"# {n}\n\nThe {thing} of {other} takes {n} days.\n")
        rows.append((f"How long is the {thing} of {other}?", f"{n}.md", f"takes {n} days"))
    table = tmp_path / "questions.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([("question", "document", "answer"), *rows])
    settings = load_settings({"embedder": str(tiny_bert), "chunk_tokens": 100})
    options = encoder.EncoderOptions(base=str(tiny_bert), epochs=140, learning_rate=1e-3)
    data = TrainingData((table,), documents=tmp_path / "documents")
    resumed_as_whole(encoder.RECIPE, options, data, settings, step)


@pytest.mark.slow
@pytest.mark.parametrize("step", [2, 12, 17, 22])
def test_matcher_resumes_to_the_same_weights(tiny_bert: Path, tmp_path: Path, step: int) -> None:
    data = matcher.LabelledPairs(write(tmp_path / "pairs.csv", pairs(300)))
    options = matcher.MatcherOptions(base=str(tiny_bert), epochs=8, learning_rate=1e-3)
    resumed_as_whole(matcher.RECIPE, options, data, load_settings(), step)


def test_matcher_learns_from_no_pair_that_it_is_judged_by() -> None:
    rows = pairs(600)
    learnt, held = matcher.split(matcher.MatcherOptions(), rows)
    assert (len(learnt), len(held)) == (540, 60)
    assert sorted([*learnt, *held]) == sorted(rows)
    again = matcher.split(matcher.MatcherOptions(most=100), rows)
    assert [len(part) for part in again] == [60, 40]


@pytest.mark.parametrize("counted", [False, True])
def test_length_batches_hold_every_row_once_and_no_more_than_asked(counted: bool) -> None:
    from rag.models.batching import length_batches, shuffled_batches

    rng = random.Random(1)
    lengths = [rng.randint(1, 60) for _ in range(300)]
    counts = [rng.randint(1, 3) for _ in lengths] if counted else None
    for batches in (length_batches(lengths, 100, counts), shuffled_batches(lengths, 100, 40, rng, counts)):
        assert sorted(row for batch in batches for row in batch) == list(range(300))
        for batch in batches:
            texts = sum(counts[row] for row in batch) if counts else len(batch)
            assert len(batch) == 1 or max(lengths[row] for row in batch) * texts <= 100
    sorted_batches = length_batches(lengths, 100)
    padded = sum(len(batch) * max(lengths[row] for row in batch) for batch in sorted_batches)
    assert padded < 1.1 * sum(lengths)
    assert length_batches([], 100) == []
