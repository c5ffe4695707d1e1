"""The same models on a CPU by CTranslate2, in 8 bits; greedy.

Answers are written one after another, in the order they were asked for.
"""

import queue
import threading
from collections.abc import Generator as Stream
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rag.errors import ModelError
from rag.generation.causal import CausalGenerator
from rag.generation.vocabulary import Vocabulary

_LOOK = 0.05  # seconds between looks at whether the engine failed or ended


class CTranslate2Generator(CausalGenerator):
    """A model that `rag.models.quantise` converted, with its vocabulary.

    What is computed for `opening`, the tokens that prompts begin with, is kept from the first prompt on.
    """

    def __init__(self, vocabulary: Vocabulary, engine: Any, opening: Sequence[str] = ()) -> None:
        super().__init__(vocabulary)
        self._engine = engine
        self._opening = list(opening)

    @classmethod
    def from_folder(cls, folder: Path, converted: Path, name: str, threads: int, system: str = "") -> "CTranslate2Generator":
        """Weights from `converted`, the vocabulary from the transformers `folder` they were made of, `system` what most prompts
        are rendered with; raises ModelError.
        """
        import ctranslate2

        vocabulary = Vocabulary.from_folder(folder, name)
        try:
            engine = ctranslate2.Generator(str(converted), device="cpu", inter_threads=1, intra_threads=threads)
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"{converted} cannot be read: {error}. Delete it: it is made again.") from error
        return cls(vocabulary, engine, vocabulary.opening(system))

    def tokens(self, prompt: Any, max_tokens: int) -> Stream[int, None, None]:
        """Tokens as the engine's own thread makes them; it stops at the first step after this is closed."""
        made: queue.SimpleQueue[int] = queue.SimpleQueue()
        closed = threading.Event()

        def step(result: Any) -> bool:
            made.put(result.token_id)
            return closed.is_set()

        opening = self._opening if prompt.tokens[: len(self._opening)] == self._opening else []
        (job,) = self._engine.generate_batch(
            [prompt.tokens[len(opening) :]],
            static_prompt=opening or None,
            max_length=max_tokens,
            end_token=sorted(self.vocabulary.ends),
            include_prompt_in_result=False,
            asynchronous=True,
            callback=step,
        )
        try:
            while not job.done() or not made.empty():
                with suppress(queue.Empty):
                    yield made.get(timeout=_LOOK)
            job.result()
        finally:
            closed.set()
