"""Any causal language model of transformers (SmolLM2, GPT-2 and its family), on CPU or GPU; greedy."""

import logging
import threading
from collections.abc import Generator as Stream
from pathlib import Path
from typing import Any

from rag.device import choose_device
from rag.errors import ModelError
from rag.generation.causal import CausalGenerator
from rag.generation.vocabulary import Vocabulary

log = logging.getLogger(__name__)


class TransformersGenerator(CausalGenerator):
    """A causal model with its vocabulary. Concurrent answers take turns step by step: none waits for another to end."""

    def __init__(self, vocabulary: Vocabulary, model: Any) -> None:
        super().__init__(vocabulary)
        self._model = model
        self._turn = threading.Lock()

    @classmethod
    def from_folder(cls, folder: Path, name: str) -> "TransformersGenerator":
        """Load a transformers folder; raises ModelError if it holds no causal language model."""
        from transformers import AutoModelForCausalLM
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        device, dtype, reason = choose_device()
        vocabulary = Vocabulary.from_folder(folder, name)
        try:
            model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=dtype)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{name} in {folder} is no causal language model that transformers can load: {error}") from error
        log.info("%s runs on %s in %s: %s", name, device, dtype, reason)
        return cls(vocabulary, model.to(device).eval())

    def tokens(self, prompt: Any, max_tokens: int) -> Stream[int, None, None]:
        import torch

        cache = None
        step = torch.tensor([prompt.ids], device=self._model.device)  # (1, tokens)
        for _ in range(max_tokens):
            with self._turn, torch.inference_mode():
                output = self._model(input_ids=step, past_key_values=cache, use_cache=True, logits_to_keep=1)
                cache = output.past_key_values
                token = int(output.logits[0, -1].argmax())
            yield token
            step = torch.tensor([[token]], device=self._model.device)
