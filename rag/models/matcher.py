"""Whether two texts say the same, by a cross-encoder: one BERT pass over both (Devlin et al. 2019), trained on pairs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError

from rag.errors import ModelError
from rag.models.batching import length_batches
from rag.models.device import choose_device
from rag.text import replace_lone_surrogates

_BATCH_CHARACTERS = 16_000  # of both texts, padded: about 4,000 tokens of English


class Matcher:
    """A BERT with two classes, the second of which means that both texts match, and its tokenizer."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model
        self.tokenizer = tokenizer

    @classmethod
    def from_folder(cls, folder: Path) -> "Matcher":
        """What `rag train matcher` wrote; raises ModelError for a folder that holds no such model."""
        from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

        try:
            architectures = AutoConfig.from_pretrained(folder, local_files_only=True).architectures or []
            if not any(name.endswith("ForSequenceClassification") for name in architectures):
                raise ValueError(f"it is a {', '.join(architectures) or 'model without a name'}")
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model: Any = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise ModelError(f"{folder} is no matcher that `rag train matcher` wrote: {error}") from error
        return cls(model.to(choose_device()[0]).eval(), tokenizer)

    def match(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """Probabilities `(pairs,)` that both texts of a pair match; what does not fit the window is cut at its end."""
        import torch

        found = np.zeros(len(pairs))
        for rows in length_batches([len(a) + len(b) for a, b in pairs], _BATCH_CHARACTERS):
            inputs = self.encode([pairs[row] for row in rows]).to(self.model.device)
            with torch.inference_mode():
                found[rows] = self.model(**inputs).logits.float().softmax(-1)[:, 1].cpu().numpy()
        return found

    def encode(self, pairs: Sequence[tuple[str, str]]) -> Any:
        """Tensors `(pairs, tokens)` of both texts as one sequence."""
        window = self.model.config.max_position_embeddings
        texts = [[replace_lone_surrogates(pair[side]) for pair in pairs] for side in (0, 1)]
        return self.tokenizer(*texts, padding=True, truncation=True, max_length=window, return_tensors="pt")
