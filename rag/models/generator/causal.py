"""Any causal language model of transformers (SmolLM2, GPT-2 and its family), on CPU or GPU; greedy.

Answers repeat their passages, so the engine guesses: what followed the last tokens where they stood before is read in one step
with the last token, and kept as far as the model would have written it (prompt lookup decoding, Saxena 2023).
"""

import copy
import logging
import threading
from collections.abc import Generator as Stream
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from rag.errors import ModelError
from rag.models.damage import unreadable
from rag.models.device import SingleThread, choose_device
from rag.models.generator.vocabulary import Vocabulary, common_prefix_length
from rag.types import Message

log = logging.getLogger(__name__)

# Tokens that are guessed at once.
LOOKAHEAD = 8
# The longest run of last tokens that is looked for.
MAX_NGRAM = 4
# A step of at most so many tokens, through layers of at most so many numbers, is for one thread: with two a token takes 39 ms
# instead of 24, beside another busy process 63 instead of 36, and only from 64 tokens on they are faster.
_SINGLE_THREAD_TOKENS = 32
_SINGLE_THREAD_WIDTH = 768


class CausalGenerator:
    """A causal model with its vocabulary. Concurrent answers take turns step by step: none waits for another to end.

    What is computed for `prompt_prefix`, the tokens that prompts begin with, is kept. `lookahead` tokens are guessed at once, 0
    for none.
    """

    def __init__(
        self, vocabulary: Vocabulary, model: Any, prompt_prefix: Sequence[int] = (), lookahead: int = LOOKAHEAD
    ) -> None:
        self.name = vocabulary.name
        self.window = vocabulary.window
        self.vocabulary = vocabulary
        self._model = model
        self._prompt_prefix = list(prompt_prefix)
        self._prefix_cache: Any = None
        self._lookahead = lookahead
        thin = model.device.type == "cpu" and model.config.hidden_size <= _SINGLE_THREAD_WIDTH
        self._single_thread = SingleThread() if thin else None
        self._turn = threading.Lock()

    @classmethod
    def from_folder(
        cls, folder: Path, name: str, system: str = "", *, int8: bool = False, lookahead: int = LOOKAHEAD
    ) -> "CausalGenerator":
        """Load a transformers folder, with `int8` onto the CPU in 8 bits; `system` is what most prompts are rendered with.

        Raises ModelError if it holds no causal language model, UnsupportedModelError where nothing computes in 8 bits.
        """
        import torch
        from transformers import AutoModelForCausalLM
        from transformers.utils.logging import disable_progress_bar

        from rag.models.int8 import quantize_linear_layers
        from rag.models.mapped import keep_little

        disable_progress_bar()  # type: ignore[no-untyped-call]
        device, dtype, reason = choose_device()
        if int8:
            device, dtype, reason = torch.device("cpu"), torch.float32, "its weights are kept in 8 bits"
        vocabulary = Vocabulary.from_folder(folder, name)
        try:
            model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=dtype)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            what = f"{name} in {folder} is no causal language model that transformers can load"
            raise ModelError(unreadable(what, folder, error)) from error
        log.info("%s runs on %s in %s: %s", name, device, dtype, reason)
        if int8:
            model = quantize_linear_layers(model.eval())
            keep_little(model, folder)
        else:
            model = model.to(device).eval()
        return cls(vocabulary, model, vocabulary.prompt_prefix(system) if system else (), lookahead)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """The tokens of the rendered prompt."""
        return self.vocabulary.count_tokens(messages)

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Stream[str, None, None]:
        """Pieces of the answer, whole characters each; raises ModelError if prompt and answer exceed the window."""
        words = self.vocabulary
        yield from words.pieces(self.tokens(words.encode(messages, max_tokens), max_tokens))

    def tokens(self, prompt: Sequence[int], max_tokens: int) -> Stream[int, None, None]:
        """The answer's tokens; closing the stream stops the model after the step it is in."""
        import torch

        ids = list(prompt)
        with self._turn, torch.inference_mode():
            cache = self._cached_prefix(ids)
        step = ids[cache.get_seq_length() if cache else 0 :]
        guess: list[int] = []
        while (left := max_tokens - (len(ids) - len(prompt))) > 0:
            with self._turn, torch.inference_mode():
                best, cache = self._forward([*step, *guess], cache, len(guess) + 1)
                accepted = common_prefix_length(guess, best)
                if accepted < len(guess):
                    cache.crop(accepted - len(guess))
            new_tokens = best[: accepted + 1]
            yield from new_tokens
            ids += new_tokens
            step = new_tokens[-1:]
            guess = continuation(ids, min(self._lookahead, left - len(new_tokens) - 1)) if _can_go_back(cache) else []

    def _forward(self, ids: Sequence[int], cache: Any, last: int) -> tuple[list[int], Any]:
        """The most probable token after each of the `last` of the tokens, and the cache with these in it."""
        if self._single_thread and len(ids) <= _SINGLE_THREAD_TOKENS:
            return self._single_thread.run(lambda: self._compute(ids, cache, last))
        return self._compute(ids, cache, last)

    def _compute(self, ids: Sequence[int], cache: Any, last: int) -> tuple[list[int], Any]:
        import torch

        with torch.inference_mode():
            step = torch.tensor([ids], device=self._model.device)  # (1, tokens)
            output = self._model(input_ids=step, past_key_values=cache, use_cache=True, logits_to_keep=last)
            return output.logits[0].argmax(-1).tolist(), output.past_key_values

    def _cached_prefix(self, ids: Sequence[int]) -> Any:
        """A cache of the prefix, if the prompt begins with it; computed for the first."""
        size = len(self._prompt_prefix)
        if not size or len(ids) <= size or ids[:size] != self._prompt_prefix:
            return None
        if self._prefix_cache is None:
            _, self._prefix_cache = self._forward(self._prompt_prefix, None, 1)
        return copy.deepcopy(self._prefix_cache)


def continuation(ids: Sequence[int], most: int) -> list[int]:
    """So many tokens that followed the last ones where these stood before, or none: of the longest run the last place. What
    repeats itself up to the end goes on so.
    """
    for length in range(min(MAX_NGRAM, len(ids) - 1), 0, -1):
        tail = ids[-length:]
        for start in range(len(ids) - length - 1, -1, -1):
            if ids[start : start + length] == tail:
                copied = list(ids)
                for place in range(start + length, start + length + most):
                    copied.append(copied[place])
                return copied[len(ids) :]
    return []


def _can_go_back(cache: Any) -> bool:
    """Whether tokens can be taken out of a cache again; one that keeps a window or a state of its own cannot."""
    return bool(getattr(cache, "is_croppable", False)) and not any(getattr(cache, "is_sliding", ()))
