"""Text to a model's tokens and tokens to text that can be shown: its prompt format, its control tokens, where answers end."""

from collections.abc import Generator as Stream
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import Any

from rag.errors import ModelError

# How a model without a chat template is asked; the answer ends at the first line break.
_COMPLETION = "{system}\n\n{user}\nAnswer:"
_COMPLETION_STOPS = ("\n",)
# A small model's second paragraph explains itself, or asks the next question.
_CHAT_STOPS = ("\n\n", "\nQuestion:")
# A small greedy model that starts to repeat itself never stops: this many tokens again in the same order end the answer.
_REPEATED = 12


class Vocabulary:
    """A tokenizer of transformers with what its model's configuration says of the window and the tokens that end an answer."""

    def __init__(self, name: str, tokenizer: Any, config: Any, ends: Any = None) -> None:
        self.name = name
        self.window: int = config.max_position_embeddings
        self.control_tokens: frozenset[str] = frozenset(tokenizer.all_special_tokens) | {
            str(token) for token in tokenizer.added_tokens_decoder.values()
        }
        ends = ends or config.eos_token_id
        self.ends: frozenset[int] = frozenset(ends if isinstance(ends, list) else [ends]) | {tokenizer.eos_token_id}
        self._tokenizer = tokenizer
        self._chat = bool(tokenizer.chat_template)
        # What an answer to be learnt ends with, and begins with: one that completes a text goes on after a blank.
        self.end: int = tokenizer.eos_token_id
        self.lead = "" if self._chat else " "

    @classmethod
    def from_folder(cls, folder: Path, name: str) -> "Vocabulary":
        """Of a transformers folder; raises ModelError."""
        from transformers import AutoConfig, AutoTokenizer, GenerationConfig

        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            config = AutoConfig.from_pretrained(folder, local_files_only=True)
            given = (folder / "generation_config.json").is_file()
            ends = GenerationConfig.from_pretrained(folder, local_files_only=True).eos_token_id if given else None
            return cls(name, tokenizer, config, ends)
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise ModelError(f"{name} in {folder} is no causal language model that transformers can load: {error}") from error

    def ids(self, text: str) -> list[int]:
        """The tokens of a text, without any that a tokenizer adds."""
        ids: list[int] = self._tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def answer(self, text: str) -> list[int]:
        """The tokens of a whole answer, the one that ends it included."""
        return [*self.ids(self.lead + text), self.end]

    def count_tokens(self, text: str) -> int:
        return len(self.ids(text))

    def save(self, folder: Path) -> None:
        self._tokenizer.save_pretrained(folder)

    def render(self, system: str, user: str) -> str:
        """The prompt in the model's chat template, or as a text to complete where it has none (GPT-2)."""
        if not self._chat:
            return _COMPLETION.format(system=system, user=user)
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        prompt: str = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return prompt

    def opening(self, system: str) -> list[int]:
        """The tokens that prompts with this system text begin with, whatever is asked."""
        one, two = (self.ids(self.render(system, user)) for user in ("One", "two"))
        return one[: shared(one, two)]

    def encode(self, prompt: str, max_tokens: int) -> list[int]:
        """The prompt's tokens; raises ModelError if prompt and answer exceed the window."""
        ids = self.ids(prompt)
        if len(ids) + max_tokens > self.window:
            raise ModelError(
                f"A prompt of {len(ids)} tokens and an answer of {max_tokens} exceed the {self.window} of {self.name}: "
                "lower RAG_PROMPT_TOKENS or RAG_ANSWER_TOKENS."
            )
        return ids

    def pieces(self, tokens: Stream[int, None, None]) -> Iterator[str]:
        """The text of an answer as its tokens come, whole characters each; closes `tokens` where the answer ends."""
        written: list[int] = []
        shown = ""
        with closing(tokens):
            for token in tokens:
                if token in self.ends or _repeats(written, token):
                    break
                written.append(token)
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


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts have in common from their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _repeats(written: list[int], token: int) -> bool:
    """Whether the last tokens stood in the answer before, in the same order."""
    tail = [*written, token][-_REPEATED:]
    return len(tail) == _REPEATED and any(written[i : i + _REPEATED] == tail for i in range(len(written) - _REPEATED))
