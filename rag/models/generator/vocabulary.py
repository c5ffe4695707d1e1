"""Text to a model's tokens and tokens to text that can be shown: its prompt format, its control tokens, where answers end."""

from collections.abc import Generator as Stream
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import Any

from rag.errors import ModelError
from rag.models.generator.control_tokens import neutralise
from rag.types import Message

# How a model without a chat template is asked; the answer ends at the first line break.
_COMPLETION = {"system": "{}\n\n", "user": "{}\nAnswer:", "assistant": " {}\n\n"}
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
        added = (str(token) for token in tokenizer.added_tokens_decoder.values())
        # Runs of blanks, which some tokenizers add, command nothing.
        self.control_tokens = frozenset(token for token in (*tokenizer.all_special_tokens, *added) if token.strip())
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

    def save(self, folder: Path) -> None:
        self._tokenizer.save_pretrained(folder)

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt in the model's chat template, or as a text to complete where it has none (GPT-2).

        Only the template writes control tokens: those in the messages are broken.
        """
        inert = [(message.role, neutralise(message.content, self.control_tokens)) for message in messages]
        if not self._chat:
            return "".join(_COMPLETION[role].format(content) for role, content in inert)
        chat = [{"role": role, "content": content} for role, content in inert]
        prompt: str = self._tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        return prompt

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """The tokens of the rendered prompt."""
        return len(self.ids(self.render(messages)))

    def prompt_prefix(self, system: str) -> list[int]:
        """The tokens that prompts with this system text begin with, whatever is asked."""
        one, two = (self.ids(self.render((Message("system", system), Message("user", user)))) for user in ("One", "two"))
        return one[: common_prefix_length(one, two)]

    def encode(self, messages: Sequence[Message], max_tokens: int) -> list[int]:
        """The prompt's tokens; raises ModelError if prompt and answer exceed the window."""
        ids = self.ids(self.render(messages))
        check_window(self.name, self.window, len(ids), max_tokens)
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


def check_window(name: str, window: int, prompt_tokens: int, max_tokens: int) -> None:
    """Raises ModelError if prompt and answer exceed the window."""
    if prompt_tokens + max_tokens > window:
        raise ModelError(
            f"A prompt of {prompt_tokens} tokens and an answer of {max_tokens} exceed the {window} of {name}: "
            "lower RAG_PROMPT_TOKENS or RAG_ANSWER_TOKENS."
        )


def common_prefix_length(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts have in common from their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _repeats(written: list[int], token: int) -> bool:
    """Whether the last tokens stood in the answer before, in the same order."""
    tail = [*written, token][-_REPEATED:]
    return len(tail) == _REPEATED and any(written[i : i + _REPEATED] == tail for i in range(len(written) - _REPEATED))
