import threading
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.generation import TransformersGenerator
from rag.prompting import SYSTEM


@pytest.fixture(scope="module")
def gpt2(tiny_gpt2: Path) -> TransformersGenerator:
    return TransformersGenerator.from_folder(tiny_gpt2, "tiny-gpt2")


def test_gpt2_completes_a_prompt_as_transformers_does(gpt2: TransformersGenerator, tiny_gpt2: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(tiny_gpt2), AutoModelForCausalLM.from_pretrained(tiny_gpt2)
    prompt = gpt2.render("Answer from the text.", "the return is within days")
    assert prompt == "Answer from the text.\n\nthe return is within days\nAnswer:"
    inputs = tokenizer(prompt, return_tensors="pt")
    expected = model.generate(**inputs, max_new_tokens=11, do_sample=False, pad_token_id=tokenizer.eos_token_id)
    text = tokenizer.decode(expected[0, inputs.input_ids.shape[1] :], skip_special_tokens=True)
    assert "".join(gpt2.stream(prompt, 11)) == text.lstrip().partition("\n")[0].rstrip("\ufffd")


def test_the_window_counts_prompt_and_answer(gpt2: TransformersGenerator) -> None:
    assert gpt2.window == 512
    prompt = "the " * 505
    with pytest.raises(ModelError, match=r"A prompt of \d+ tokens and an answer of 20 exceed the 512 of tiny-gpt2"):
        next(gpt2.stream(prompt, 20))


def test_closing_the_stream_stops_the_model(gpt2: TransformersGenerator) -> None:
    steps = 0
    original = gpt2._model.forward

    def forward(*args: object, **kwargs: object) -> object:
        nonlocal steps
        steps += 1
        return original(*args, **kwargs)

    gpt2._model.forward = forward
    try:
        pieces = gpt2.stream("the return", 200)
        next(pieces)
        taken = steps
        pieces.close()
        assert steps == taken
    finally:
        gpt2._model.forward = original


def test_answers_written_at_once_equal_answers_written_in_turn(gpt2: TransformersGenerator) -> None:
    prompts = ["the return", "an order of a lamp", "how long", "refund"]
    alone = ["".join(gpt2.stream(prompt, 24)) for prompt in prompts]
    together: dict[str, str] = {}
    threads = [threading.Thread(target=lambda p=p: together.update({p: "".join(gpt2.stream(p, 24))})) for p in prompts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[prompt] for prompt in prompts] == alone


def test_a_model_that_repeats_itself_is_stopped(gpt2: TransformersGenerator) -> None:
    assert gpt2.count_tokens("".join(gpt2.stream("the the the the", 400))) < 400


def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no causal language model"):
        TransformersGenerator.from_folder(tmp_path, "nothing")


@pytest.mark.models
def test_the_default_model_answers_from_the_passage(default_models: Path) -> None:
    smollm2 = TransformersGenerator.from_folder(default_models / "smollm2", "smollm2")
    prompt = smollm2.render(SYSTEM, "Items may be returned within 30 days.\n\nQuestion: How long can I return items?")
    assert prompt.endswith("<|im_start|>assistant\n")
    assert {"<|im_start|>", "<|im_end|>", "<|endoftext|>"} <= smollm2.control_tokens
    assert "30 days" in "".join(smollm2.stream(prompt, 40))
