"""What every engine shares: a prompt becomes tokens, the engine's tokens become text that can be shown as they come."""

from abc import ABC, abstractmethod
from collections.abc import Generator as Stream
from typing import Any

from rag.generation.vocabulary import Vocabulary


class CausalGenerator(ABC):
    """A `rag.types.Generator`; an engine says only how it makes tokens."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.name = vocabulary.name
        self.window = vocabulary.window
        self.control_tokens = vocabulary.control_tokens
        self.count_tokens = vocabulary.count_tokens
        self.render = vocabulary.render
        self.vocabulary = vocabulary

    def stream(self, prompt: str, max_tokens: int) -> Stream[str, None, None]:
        """Pieces of the answer, whole characters each; raises ModelError if prompt and answer exceed the window."""
        encoding = self.vocabulary.encode(prompt, max_tokens)
        yield from self.vocabulary.pieces(self.tokens(encoding, max_tokens))

    @abstractmethod
    def tokens(self, prompt: Any, max_tokens: int) -> Stream[int, None, None]:
        """The answer's tokens, greedy, to a `prompt` with `ids` and `tokens`; closing the stream stops the engine."""
