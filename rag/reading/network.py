"""The trained reader's network: an encoder (BERT, MPNet) over question and passage, a head for tokens, one for the passage.

As the reader of Dense Passage Retrieval (Karpukhin et al. 2020), with a score for evidence beside start and end.
"""

from inspect import signature
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModel

START, END, EVIDENCE = range(3)
RELEVANT, ANSWERS, YES, NO = range(4)


class ReaderNetwork(nn.Module):
    """Token logits `(pairs, tokens, 3)`: START, END, EVIDENCE; passage logits `(pairs, 4)` from [CLS]: RELEVANT, ANSWERS, and
    YES and NO, whether it answers a question of yes or no so.
    """

    def __init__(self, config: Any, encoder: Any = None) -> None:
        """`encoder` is of that configuration; without one it has random weights."""
        super().__init__()
        self.config = config
        self.encoder = encoder or AutoModel.from_config(config, add_pooling_layer=False)  # type: ignore[no-untyped-call]
        self._segments = "token_type_ids" in signature(self.encoder.forward).parameters
        self.token_head = nn.Linear(config.hidden_size, 3)
        self.passage_head = nn.Linear(config.hidden_size, 4)

    @classmethod
    def from_encoder(cls, folder: Path) -> "ReaderNetwork":
        """An encoder with new heads; dropout is off, which trained better in the same time on a CPU."""
        config: Any = AutoConfig.from_pretrained(folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        encoder = AutoModel.from_pretrained(folder, config=config, use_safetensors=True, dtype=torch.float32)
        encoder.pooler = None
        return cls(config, encoder)

    def forward(self, input_ids: torch.Tensor, **rest: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if not self._segments:
            rest.pop("token_type_ids", None)
        hidden = self.encoder(input_ids=input_ids, **rest).last_hidden_state
        return self.token_head(hidden), self.passage_head(hidden[:, 0])
