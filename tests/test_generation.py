import shutil
import threading
import time
from pathlib import Path

import pytest

from rag import models
from rag.assembly import load_generator
from rag.config import load_settings
from rag.errors import ModelError, UnsupportedModelError
from rag.generation import SHIPPED, CTranslate2Generator, TransformersGenerator
from rag.prompting import SYSTEM

Engine = TransformersGenerator | CTranslate2Generator


def quiet(done: int, total: int, what: str) -> None:
    pass


@pytest.fixture(scope="module", params=["transformers", "ctranslate2"])
def gpt2(request: pytest.FixtureRequest, tiny_gpt2: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The same model in each engine, in the precision it was made in: both must write the same."""
    if request.param == "transformers":
        import torch

        with pytest.MonkeyPatch.context() as patch:
            where = (torch.device("cpu"), torch.float32, "it is compared token by token")
            patch.setattr("rag.generation.transformers_engine.choose_device", lambda: where)
            return TransformersGenerator.from_folder(tiny_gpt2, "tiny-gpt2")
    converted = models.quantise("tiny-gpt2", tiny_gpt2, tmp_path_factory.mktemp("models"), quiet, "float32")
    return CTranslate2Generator.from_folder(tiny_gpt2, converted, "tiny-gpt2", 1, "Answer from the text.")


@pytest.mark.parametrize("user", ["the return is within days", "an order of a lamp", "Answer from the text."])
def test_gpt2_completes_a_prompt_as_transformers_does(gpt2: Engine, tiny_gpt2: Path, user: str) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(tiny_gpt2), AutoModelForCausalLM.from_pretrained(tiny_gpt2)
    prompt = gpt2.render("Answer from the text.", user)
    assert prompt == f"Answer from the text.\n\n{user}\nAnswer:"
    inputs = tokenizer(prompt, return_tensors="pt")
    expected = model.generate(**inputs, max_new_tokens=11, do_sample=False, pad_token_id=tokenizer.eos_token_id)
    text = tokenizer.decode(expected[0, inputs.input_ids.shape[1] :], skip_special_tokens=True)
    assert "".join(gpt2.stream(prompt, 11)) == text.lstrip().partition("\n")[0].rstrip("\ufffd")


def test_the_window_counts_prompt_and_answer(gpt2: Engine) -> None:
    assert gpt2.window == 512
    prompt = "the " * 505
    with pytest.raises(ModelError, match=r"A prompt of \d+ tokens and an answer of 20 exceed the 512 of tiny-gpt2"):
        next(gpt2.stream(prompt, 20))


def test_closing_the_stream_stops_the_model(gpt2: Engine) -> None:
    pieces = gpt2.stream("the return", 400)
    next(pieces)
    if isinstance(gpt2, CTranslate2Generator):
        pieces.close()
        until = time.monotonic() + 5
        while gpt2._engine.num_active_batches and time.monotonic() < until:
            time.sleep(0.01)
        assert not gpt2._engine.num_active_batches
        return
    steps = 0
    original = gpt2._model.forward

    def forward(*args: object, **kwargs: object) -> object:
        nonlocal steps
        steps += 1
        return original(*args, **kwargs)

    gpt2._model.forward = forward
    try:
        next(pieces)
        taken = steps
        pieces.close()
        assert steps == taken
    finally:
        gpt2._model.forward = original


def test_a_stream_that_waits_for_another_can_be_closed(gpt2: Engine) -> None:
    first, second = gpt2.stream("the return", 300), gpt2.stream("an order", 300)
    next(first)
    second.close()
    assert "".join(first)


def test_answers_written_at_once_equal_answers_written_in_turn(gpt2: Engine) -> None:
    prompts = ["the return", "an order of a lamp", "how long", "refund"]
    alone = ["".join(gpt2.stream(prompt, 24)) for prompt in prompts]
    together: dict[str, str] = {}
    threads = [threading.Thread(target=lambda p=p: together.update({p: "".join(gpt2.stream(p, 24))})) for p in prompts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[prompt] for prompt in prompts] == alone


def test_a_model_that_repeats_itself_is_stopped(gpt2: Engine) -> None:
    assert gpt2.count_tokens("".join(gpt2.stream("the the the the", 400))) < 400


def test_a_folder_without_a_model_says_so(tmp_path: Path, tiny_gpt2: Path) -> None:
    with pytest.raises(ModelError, match="is no causal language model"):
        TransformersGenerator.from_folder(tmp_path, "nothing")
    with pytest.raises(ModelError, match="Delete it: it is made again"):
        CTranslate2Generator.from_folder(tiny_gpt2, tmp_path, "nothing", 1)


def test_weights_are_converted_once_and_again_when_they_change(tiny_gpt2: Path, tmp_path: Path) -> None:
    said: list[str] = []

    def progress(done: int, total: int, what: str) -> None:
        said.append(what)

    folder = Path(shutil.copytree(tiny_gpt2, tmp_path / "gpt2"))
    first = models.quantise("mine", folder, tmp_path / "models", progress)
    assert models.quantise("mine", folder, tmp_path / "models", progress) == first
    assert said == ["preparing mine for this processor (once)"]
    config = folder / "config.json"
    config.write_text(config.read_text() + "\n")
    assert models.quantise("mine", folder, tmp_path / "models", progress) != first
    assert not list((tmp_path / "models").glob("*.partial"))


def test_a_model_that_ctranslate2_does_not_know_runs_in_transformers(
    tiny_bert: Path, tiny_gpt2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnsupportedModelError, match="CTranslate2 cannot run odd in"):
        models.quantise("odd", odd_model(tiny_gpt2, tmp_path / "odd"), tmp_path / "models", quiet)
    values = {"generator": str(tmp_path / "odd"), "models_dir": tmp_path / "models", "engine": "auto"}
    assert isinstance(load_generator(load_settings(values), quiet), TransformersGenerator)
    with pytest.raises(UnsupportedModelError):
        load_generator(load_settings({**values, "engine": "ctranslate2"}), quiet)
    chosen = load_generator(load_settings({**values, "generator": str(tiny_gpt2)}), quiet)
    assert isinstance(chosen, CTranslate2Generator)
    assert "".join(chosen.stream("the return", 8)) is not None


def odd_model(tiny_gpt2: Path, folder: Path) -> Path:
    """A causal model of an architecture that only transformers knows."""
    from transformers import AutoTokenizer, GPTNeoConfig, GPTNeoForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(tiny_gpt2)
    tokenizer.save_pretrained(folder)
    sizes = {"hidden_size": 16, "num_layers": 2, "num_heads": 2, "max_position_embeddings": 64, "window_size": 16}
    config = GPTNeoConfig(vocab_size=len(tokenizer), attention_types=[[["global", "local"], 1]], **sizes)
    GPTNeoForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.mark.models
def test_the_default_model_answers_from_the_passage(default_models: Path) -> None:
    smollm2 = TransformersGenerator.from_folder(default_models / "smollm2", "smollm2")
    prompt = smollm2.render(SYSTEM, "Items may be returned within 30 days.\n\nQuestion: How long can I return items?")
    assert prompt.endswith("<|im_start|>assistant\n")
    assert {"<|im_start|>", "<|im_end|>", "<|endoftext|>"} <= smollm2.control_tokens
    assert "30 days" in "".join(smollm2.stream(prompt, 40))


@pytest.mark.models
def test_the_shipped_adapter_answers_in_either_engine_and_stops(default_models: Path) -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 12_000_000
    passage = "Returns\nYou may send items back within 30 days of delivery. Refunds take 5 business days."
    for engine in ("transformers", "ctranslate2"):
        generator = load_generator(load_settings({"engine": engine}), quiet)
        prompt = generator.render(SYSTEM, f"{passage}\n\nQuestion: How long does a refund take?")
        assert "5 business days" in "".join(generator.stream(prompt, 40))
        assert len("".join(generator.stream(prompt, 80)).split()) <= 15
