"""Any causal language model of transformers (SmolLM2, GPT-2 and its family), on CPU or GPU; greedy.

Answers repeat their passages, so the engine guesses: what followed the last tokens where they stood before is read in one step
with the last token, and kept as far as the model would have written it (prompt lookup decoding, Saxena 2023). What the reader
takes for the answer is guessed first, together with the prompt. The text is the one it would write token by token.
"""

import copy
import logging
import threading
from collections.abc import Generator as Stream
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.errors import ModelError
from rag.models.device import choose_device, one_thread
from rag.models.generator.vocabulary import Vocabulary, shared

log = logging.getLogger(__name__)

# Tokens that are guessed at once, and the longest run of last tokens that is looked for.
AHEAD, _RUN = 8, 4
# A step of at most so many tokens through layers of at most so many numbers is for one thread: with two a token takes 39 ms
# instead of 24, beside another busy process 63 instead of 36, and only from 64 tokens on they are faster.
_FEW, _THIN = 32, 768


class CausalGenerator:
    """A causal model with its vocabulary. Concurrent answers take turns step by step: none waits for another to end.

    What is computed for `opening`, the tokens that prompts begin with, is kept. `ahead` tokens are guessed at once, 0 for none.
    """

    def __init__(self, vocabulary: Vocabulary, model: Any, opening: Sequence[int] = (), ahead: int = AHEAD) -> None:
        import torch

        self.name = vocabulary.name
        self.window = vocabulary.window
        self.control_tokens = vocabulary.control_tokens
        self.count_tokens = vocabulary.count_tokens
        self.render = vocabulary.render
        self.vocabulary = vocabulary
        self._model = model
        self._opening = list(opening)
        self._opened: Any = None
        self._ahead = ahead
        self._thin = model.device.type == "cpu" and model.config.hidden_size <= _THIN
        self._threads = torch.get_num_threads()
        self._turn = threading.Lock()

    @classmethod
    def from_folder(
        cls, folder: Path, name: str, system: str = "", *, int8: bool = False, ahead: int = AHEAD
    ) -> "CausalGenerator":
        """Load a transformers folder, with `int8` onto the CPU in 8 bits; `system` is what most prompts are rendered with.

        Raises ModelError if it holds no causal language model, UnsupportedModelError where nothing computes in 8 bits.
        """
        import torch
        from transformers import AutoModelForCausalLM
        from transformers.utils.logging import disable_progress_bar

        from rag.models.generator.int8 import in_int8

        disable_progress_bar()  # type: ignore[no-untyped-call]
        device, dtype, reason = choose_device()
        if int8:
            device, dtype, reason = torch.device("cpu"), torch.float32, "its weights are kept in 8 bits"
        vocabulary = Vocabulary.from_folder(folder, name)
        try:
            model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=dtype)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{name} in {folder} is no causal language model that transformers can load: {error}") from error
        log.info("%s runs on %s in %s: %s", name, device, dtype, reason)
        model = in_int8(model.eval()) if int8 else model.to(device).eval()
        return cls(vocabulary, model, vocabulary.opening(system) if system else (), ahead)

    def stream(self, prompt: str, max_tokens: int, likely: str = "") -> Stream[str, None, None]:
        """Pieces of the answer, whole characters each; raises ModelError if prompt and answer exceed the window.

        `likely` is read together with the prompt: as far as the model would have written it, it costs no step.
        """
        words = self.vocabulary
        guess = words.answer(likely) if likely else []
        yield from words.pieces(self.tokens(words.encode(prompt, max_tokens), max_tokens, guess))

    def tokens(self, prompt: Sequence[int], max_tokens: int, likely: Sequence[int] = ()) -> Stream[int, None, None]:
        """The answer's tokens; closing the stream stops the model after the step it is in."""
        import torch

        ids = list(prompt)
        with self._turn, torch.inference_mode():
            cache = self._open(ids)
        step = ids[cache.get_seq_length() if cache else 0 :]
        guess = list(likely[: max_tokens - 1]) if self._ahead and _can_go_back(cache) else []
        while (left := max_tokens - (len(ids) - len(prompt))) > 0:
            with self._turn, torch.inference_mode():
                best, cache = self._read([*step, *guess], cache, len(guess) + 1)
                held = shared(guess, best)
                if held < len(guess):
                    cache.crop(held - len(guess))
            made = best[: held + 1]
            yield from made
            ids += made
            step = made[-1:]
            guess = continuation(ids, min(self._ahead, left - len(made) - 1)) if _can_go_back(cache) else []

    def _read(self, ids: Sequence[int], cache: Any, last: int) -> tuple[list[int], Any]:
        """The most probable token after each of the `last` of the tokens, and the cache with these in it."""
        import torch

        step = torch.tensor([ids], device=self._model.device)  # (1, tokens)
        with one_thread(self._thin and len(ids) <= _FEW, self._threads):
            output = self._model(input_ids=step, past_key_values=cache, use_cache=True, logits_to_keep=last)
        return output.logits[0].argmax(-1).tolist(), output.past_key_values

    def _open(self, ids: Sequence[int]) -> Any:
        """A cache of the opening, if the prompt begins with it; computed for the first."""
        size = len(self._opening)
        if not size or len(ids) <= size or ids[:size] != self._opening:
            return None
        if self._opened is None:
            _, self._opened = self._read(self._opening, None, 1)
        return copy.deepcopy(self._opened)


def continuation(ids: Sequence[int], most: int) -> list[int]:
    """So many tokens that followed the last ones where these stood before, or none: of the longest run the last place. What
    repeats itself up to the end goes on so.
    """
    for length in range(min(_RUN, len(ids) - 1), 0, -1):
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
