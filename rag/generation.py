"""A prompt in, a stream of text out, from any causal language model of transformers (SmolLM2, GPT-2 and its family)."""

import logging
import threading
from collections.abc import Generator as Stream
from pathlib import Path
from typing import Any

from rag.device import choose_device
from rag.errors import ModelError

log = logging.getLogger(__name__)

# How a model without a chat template is asked; the answer ends at the first line break.
_COMPLETION = "{system}\n\n{user}\nAnswer:"
_COMPLETION_STOPS = ("\n",)
# A small model's second paragraph explains itself, or asks the next question.
_CHAT_STOPS = ("\n\n", "\nQuestion:")
# A small greedy model that starts to repeat itself never stops: this many tokens again in the same order end the answer.
_REPEATED = 12


class TransformersGenerator:
    """A causal model with its tokenizer; greedy. Concurrent answers take turns step by step: none waits for another to end."""

    def __init__(self, name: str, model: Any, tokenizer: Any) -> None:
        self.name = name
        self._model = model
        self._tokenizer = tokenizer
        self._turn = threading.Lock()
        self._chat = bool(tokenizer.chat_template)
        config = model.config
        self.window: int = config.max_position_embeddings
        ends = getattr(model.generation_config, "eos_token_id", None) or config.eos_token_id
        self._ends = frozenset(ends if isinstance(ends, list) else [ends]) | {tokenizer.eos_token_id}
        self.control_tokens: frozenset[str] = frozenset(tokenizer.all_special_tokens) | {
            str(token) for token in tokenizer.added_tokens_decoder.values()
        }

    @classmethod
    def from_folder(cls, folder: Path, name: str) -> "TransformersGenerator":
        """Load a transformers folder; raises ModelError if it holds no causal language model."""
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        device, dtype, reason = choose_device()
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=dtype)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{name} in {folder} is no causal language model that transformers can load: {error}") from error
        log.info("%s runs on %s in %s: %s", name, device, dtype, reason)
        return cls(name, model.to(device).eval(), tokenizer)

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids)

    def render(self, system: str, user: str) -> str:
        """The prompt in the model's chat template, or as a text to complete where it has none (GPT-2)."""
        if not self._chat:
            return _COMPLETION.format(system=system, user=user)
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        prompt: str = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return prompt

    def stream(self, prompt: str, max_tokens: int) -> Stream[str, None, None]:
        """Pieces of the answer, whole characters each; raises ModelError if prompt and answer exceed the window."""
        import torch

        ids: list[int] = self._tokenizer.backend_tokenizer.encode(prompt, add_special_tokens=False).ids
        if len(ids) + max_tokens > self.window:
            raise ModelError(
                f"A prompt of {len(ids)} tokens and an answer of {max_tokens} exceed the {self.window} of {self.name}: "
                "lower RAG_PROMPT_TOKENS or RAG_ANSWER_TOKENS."
            )
        written: list[int] = []
        shown, cache = "", None
        step = torch.tensor([ids], device=self._model.device)  # (1, tokens)
        while len(written) < max_tokens:
            with self._turn, torch.inference_mode():
                output = self._model(input_ids=step, past_key_values=cache, use_cache=True, logits_to_keep=1)
                cache = output.past_key_values
                token = int(output.logits[0, -1].argmax())
            if token in self._ends or _repeats(written, token):
                break
            written.append(token)
            step = torch.tensor([[token]], device=self._model.device)
            text, ended = self._readable(written)
            if len(text) > len(shown):
                yield text[len(shown) :]
                shown = text
            if ended:
                return
        text, _ = self._readable(written, final=True)
        if len(text) > len(shown):
            yield text[len(shown) :]

    def _readable(self, written: list[int], final: bool = False) -> tuple[str, bool]:
        """The text so far and whether a stop ends it; what may become a stop or a character is held back until the end."""
        text: str = self._tokenizer.decode(written, skip_special_tokens=True)
        text = text.rstrip("\ufffd").lstrip()
        stops = _CHAT_STOPS if self._chat else _COMPLETION_STOPS
        found = [text.index(stop) for stop in stops if stop in text]
        if found:
            return text[: min(found)].rstrip(), True
        if final:
            return text.rstrip(), False
        held = max((n for stop in stops for n in range(len(stop)) if text.endswith(stop[:n])), default=0)
        return text[: len(text) - held].rstrip("\n"), False


def _repeats(written: list[int], token: int) -> bool:
    """Whether the last tokens stood in the answer before, in the same order."""
    tail = [*written, token][-_REPEATED:]
    return len(tail) == _REPEATED and any(written[i : i + _REPEATED] == tail for i in range(len(written) - _REPEATED))
