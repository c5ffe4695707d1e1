"""The trained reader's network: a BERT over question and passage with a head for tokens and one for the passage.

As the reader of Dense Passage Retrieval (Karpukhin et al. 2020), with a score for evidence beside start and end.
"""

from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import BertConfig, BertModel

START, END, EVIDENCE = range(3)
RELEVANT, ANSWERS = range(2)


class ReaderNetwork(nn.Module):
    """Token logits `(pairs, tokens, 3)`: START, END, EVIDENCE; passage logits `(pairs, 2)` from [CLS]: RELEVANT, ANSWERS."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.token_head = nn.Linear(config.hidden_size, 3)
        self.passage_head = nn.Linear(config.hidden_size, 2)

    @classmethod
    def from_encoder(cls, folder: Path) -> "ReaderNetwork":
        """An encoder with new heads; dropout is off, which trained better in the same time on a CPU."""
        config: Any = BertConfig.from_pretrained(folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        network = cls(config)
        encoder = BertModel.from_pretrained(folder, config=config, use_safetensors=True)
        network.encoder.load_state_dict({n: t for n, t in encoder.state_dict().items() if not n.startswith("pooler.")})
        return network

    def forward(self, input_ids: torch.Tensor, **rest: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = self.encoder(input_ids=input_ids, **rest).last_hidden_state
        return self.token_head(hidden), self.passage_head(hidden[:, 0])
