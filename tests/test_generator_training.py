"""GPT-2 whole: trained from nothing on prompts as the product builds them, run in both precisions."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rag.answering.prompt import SYSTEM
from rag.apps.cli.main import app
from rag.errors import ModelError
from rag.models import files as models
from rag.models.generator import CausalGenerator
from rag.models.generator.vocabulary import Vocabulary
from rag.models.int8 import supported
from rag.training.examples import Group
from rag.training.sft_examples import REFUSAL, SftExample, sft_examples
from rag.types import Evidence, Message, Passage, Span
from tests.training_examples import example

THINGS = "lamp table chair sofa shelf mirror carpet curtain clock vase kettle stool".split()
COLOURS = "red blue green white black grey brown pink".split()
WINDOW = 1024


class Whole:
    """A reader that finds every sentence of a passage as good."""

    name, refuse_below, candidates = "whole", 0.0, 6

    def knows(self, text: str) -> bool:
        return True

    def read(self, question: str, passages: Sequence[Passage]) -> list[Evidence]:
        return [Evidence(passage, (), Span(0, len(passage.chunk.text), 1.0), 1.0, 1.0, 1.0) for passage in passages]


def quiet(done: int, total: int, what: str) -> None:
    pass


def asked(text: str) -> tuple[Message, ...]:
    return (Message("user", text),)


def groups(pairs: list[tuple[str, str]], rng: random.Random) -> list[Group]:
    """What colour a thing is; the passages of other things, in other colours, do not answer."""
    made = []
    for n, (thing, colour) in enumerate(pairs):
        text = f"The {thing} is {colour} ."
        start = text.index(colour)
        positive = example(f"what is the {thing} ?", "", text, (start, start + len(colour)), ((0, len(text)),), True)
        others = rng.sample([other for other in THINGS if other != thing], 2)
        colours = rng.sample([other for other in COLOURS if other != colour], 2)
        negatives = tuple(example(positive.question, "", f"The {o} is {c} .") for o, c in zip(others, colours, strict=True))
        made.append(Group(str(n), positive, negatives))
    return made


def alone(some: list[Group]) -> list[Group]:
    """Without the passages that do not answer: to choose among passages takes longer to learn than a test may."""
    return [replace(group, negatives=()) for group in some]


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained GPT-2 with a token for each word."""
    import torch
    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers.models import WordLevel
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("gpt2")
    text = f"{SYSTEM} {REFUSAL} Question Answer : The is what the ? . {' '.join(THINGS + COLOURS)}"
    split = pre_tokenizers.BertPreTokenizer()
    found = dict.fromkeys(word for word, _ in split.pre_tokenize_str(text))
    ids = {token: n for n, token in enumerate(["<|endoftext|>", "[UNK]", *found])}
    tokenizer = Tokenizer(WordLevel(ids, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = split
    end = "<|endoftext|>"
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=end, bos_token=end).save_pretrained(folder)
    torch.manual_seed(0)
    none = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    shape = {"n_positions": WINDOW, "n_embd": 64, "n_layer": 2, "n_head": 4}
    GPT2LMHeadModel(GPT2Config(vocab_size=len(ids), bos_token_id=0, eos_token_id=0, **shape, **none)).save_pretrained(folder)
    return folder


def test_sft_examples_are_the_products_prompts_with_the_passage_that_answers_among_others(gpt2: Path) -> None:
    generator = CausalGenerator.from_folder(gpt2, "gpt2")
    rng = random.Random(1)
    made = list(sft_examples(groups([("lamp", "red")] * 200, rng), Whole(), generator, 400, rng))
    assert len(made) == 200
    refused = [item for item in made if item.answer == REFUSAL]
    assert 5 <= len(refused) <= 40
    for item in made:
        assert item.messages[0] == Message("system", SYSTEM)
        assert ("The lamp is red ." in item.messages[1].content) == (item.answer == "red")
    prompts = [item.messages[1].content for item in made if item not in refused]
    places = {text.count(" is ", 0, text.index("The lamp is red")) for text in prompts}
    assert len(places) == 3  # first, between and last


def test_sft_examples_refuse_what_nothing_answers_and_leave_out_what_has_no_passages(gpt2: Path) -> None:
    generator = CausalGenerator.from_folder(gpt2, "gpt2")
    nothing = example("what is the moon ?", "", "The lamp is red .")
    made = list(
        sft_examples([Group("1", None, (nothing,) * 3), Group("2", None, ())], Whole(), generator, 400, random.Random(3))
    )
    assert [item.answer for item in made] in ([REFUSAL], [])


@pytest.mark.slow
@pytest.mark.parametrize("step", [2, 5], ids=["before the first checkpoint", "after it"])
def test_fit_network_resumes_to_the_same_weights(gpt2: Path, tmp_path: Path, step: int) -> None:
    import torch
    from transformers import GPT2LMHeadModel

    from rag.training.generator import GeneratorOptions, fit_network

    vocabulary = Vocabulary.from_folder(gpt2, "gpt2")
    some = [SftExample(asked(f"what is the {thing} ?"), "red") for thing in THINGS] * 40
    options = GeneratorOptions(epochs=2, learning_rate=1e-3, rank=4)

    class KilledError(Exception):
        pass

    def killed(done: int, total: int, what: str) -> None:
        if done == step:
            raise KilledError

    def trained(folder: str, progress: Any, **options_: Any) -> Any:
        model: Any = GPT2LMHeadModel.from_pretrained(gpt2)
        return fit_network(model, vocabulary, some, options, tmp_path / folder, progress, save_steps=3, **options_)

    whole = trained("whole", quiet)
    with pytest.raises(KilledError):
        trained("killed", killed)
    resumed = trained("killed", quiet, resume=True)
    for (name, one), other in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        assert torch.allclose(one, other, atol=1e-6), name


@pytest.mark.slow
def test_gpt2_learns_to_answer_from_its_passage_and_says_the_same_in_8_bits(gpt2: Path, tmp_path: Path) -> None:
    from transformers import GPT2LMHeadModel

    from rag.training.generator import GeneratorOptions, fit_network

    rng = random.Random(1)
    every = [(thing, colour) for thing in THINGS for colour in COLOURS]
    rng.shuffle(every)
    held, learnt = every[:16], every[16:]
    vocabulary = Vocabulary.from_folder(gpt2, "gpt2")
    before = CausalGenerator.from_folder(gpt2, "gpt2")
    model: Any = GPT2LMHeadModel.from_pretrained(gpt2)
    made = list(sft_examples(alone(groups(learnt * 40, rng)), Whole(), before, 400, rng))
    model = fit_network(
        model, vocabulary, made, GeneratorOptions(epochs=4, learning_rate=1e-3, rank=0), tmp_path / "checkpoints", quiet
    )
    model.save_pretrained(tmp_path / "model")
    vocabulary.save(tmp_path / "model")

    held_out = list(sft_examples(alone(groups(held * 6, rng)), Whole(), before, 400, rng))
    engines = [
        CausalGenerator.from_folder(tmp_path / "model", "gpt2", int8=int8)
        for int8 in ((False, True) if supported() else (False,))
    ]
    said = [["".join(engine.stream(item.messages, 8)) for item in held_out] for engine in engines]
    for texts in said:
        right = [text.replace(" .", ".") == item.answer for text, item in zip(texts, held_out, strict=True)]
        assert sum(right) > 0.9 * len(right)
    assert sum(one == other for one, other in zip(said[0], said[-1], strict=True)) > 0.9 * len(held_out)
    for engine in engines:
        assert engine.window == WINDOW
        with pytest.raises(ModelError, match="exceed the 1024 of gpt2"):
            next(engine.stream(asked("the " * WINDOW), 8))


@pytest.mark.models
def test_a_table_of_questions_trains_a_generator_behind_the_gate(gpt2: Path, tmp_path: Path, default_models: Path) -> None:
    import csv

    folder = tmp_path / "documents"
    folder.mkdir()
    rows = []
    for n in range(48):
        thing, colour = THINGS[n % len(THINGS)], COLOURS[(n * 7) % len(COLOURS)]
        (folder / f"{n}.md").write_text(f"# Item {n}\n\nThe {thing} number {n} is {colour}.\n")
        rows.append((f"What is the {thing} number {n}?", f"{n}.md", colour))
    path = tmp_path / "questions.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("question", "document", "answer"), *rows])
    out = tmp_path / "model"
    command = ["train", "generator", str(path), "--documents", str(folder), "--base", str(gpt2), "--json"]
    result = CliRunner().invoke(app, [*command, "--learning-rate", "0"])
    assert result.exit_code == 0, result.output
    verdict = json.loads(result.stdout)
    assert verdict["questions"] >= 20
    assert verdict["folder"] is None  # nothing was learnt: it is not used
    result = CliRunner().invoke(app, [*command, "--out", str(out)])
    assert json.loads(result.stdout)["folder"] == str(out), result.output
    out = tmp_path / "something else"
    out.mkdir()
    result = CliRunner().invoke(app, [*command, "--out", str(out)])
    assert result.exit_code == 1
    assert "give another folder" in str(result.exception)


def test_an_adapter_is_merged_into_its_model_once(gpt2: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file
    from transformers import GPT2LMHeadModel

    from rag.models import adapter
    from rag.models.files import adapters
    from rag.training.generator import GeneratorOptions, fit_network

    vocabulary = Vocabulary.from_folder(gpt2, "gpt2")
    some = [SftExample(asked(f"what is the {thing} ?"), "red") for thing in THINGS] * 20
    model: Any = GPT2LMHeadModel.from_pretrained(gpt2)
    learner = fit_network(
        model, vocabulary, some, GeneratorOptions(learning_rate=1e-2, rank=4), tmp_path / "checkpoints", quiet
    )
    made = tmp_path / "adapter"
    adapter.save(learner, str(gpt2), made)
    (made / adapters.RECORD).write_text(json.dumps({"sha256": adapters.sha256(made)}))
    assert (made / adapters.WEIGHTS).stat().st_size < 50_000
    whole = models.resolve(str(made), tmp_path / "models", quiet)
    assert whole == models.resolve(str(made), tmp_path / "models", quiet)
    expected = adapter.merged(learner, 4).state_dict()
    before = load_file(gpt2 / "model.safetensors")
    merged = GPT2LMHeadModel.from_pretrained(whole).state_dict()
    assert not torch.allclose(before["transformer.h.0.attn.c_attn.weight"], merged["transformer.h.0.attn.c_attn.weight"])
    for name, weight in merged.items():
        assert torch.allclose(weight, expected[name], atol=1e-3), name
    said = [
        ["".join(engine.stream(asked("what is the lamp ?"), 4)) for engine in (CausalGenerator.from_folder(folder, "gpt2"),)]
        for folder in (whole, gpt2)
    ]
    assert said[0] != said[1]
    (made / adapters.WEIGHTS).write_bytes((made / adapters.WEIGHTS).read_bytes() + b" ")
    with pytest.raises(ModelError, match="should have"):
        models.resolve(str(made), tmp_path / "other", quiet)
