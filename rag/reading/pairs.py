"""Question and passage as one sequence of tokens, `[CLS] question [SEP] context text [SEP]`, and batches of such.

What was said before it stands behind it: `[CLS] question [SEP] said [SEP] context text [SEP]`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from rag.text import replace_lone_surrogates

# Most tokens of the question, of what was said before it, and of the title and headings: as many, and as a share of what the
# network reads at once.
_QUESTION, _SAID, _CONTEXT = (64, 4), (160, 3), (32, 8)
# First token, separator and padding, of WordPiece and of SentencePiece.
_SPECIAL = (("[CLS]", "[SEP]", "[PAD]"), ("<s>", "</s>", "<pad>"))
# The share of a window that the next one repeats.
_OVERLAP = 8


def longest(config: Any) -> int:
    """The most tokens an encoder of this configuration reads: MPNet's positions begin behind that of its padding."""
    offset = config.pad_token_id + 1 if config.model_type == "mpnet" else 0
    return int(config.max_position_embeddings) - offset


@dataclass(frozen=True, slots=True)
class Pair:
    """One window of one text. `offsets` are characters (start, end) in the text of the tokens from `first` on."""

    ids: tuple[int, ...]
    second: int  # where the second segment begins
    first: int  # where the text begins
    offsets: tuple[tuple[int, int], ...]


class PairEncoder:
    """Makes pairs with a tokenizer of the library `tokenizers`; `window` is the most tokens the network reads at once."""

    def __init__(self, tokenizer: Any, window: int) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        self._window = window
        limits = _QUESTION, _SAID, _CONTEXT
        self._asked, self._said, self._before = (min(most, window // share) for most, share in limits)
        ids = [[tokenizer.token_to_id(name) for name in names] for names in _SPECIAL]
        self._cls, self._sep, self._pad = next(found for found in ids if None not in found)

    def encode(self, question: str, context: str, text: str, said: str = "") -> list[Pair]:
        """The windows of a text, one unless it is longer than the network reads; too long a question loses its end, and
        what was `said` before it its beginning.
        """
        texts = [replace_lone_surrogates(part) for part in (question, said, context, text)]
        asked, behind, before, read = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        head = (self._cls, *asked.ids[: self._asked], self._sep)
        if behind.ids:
            head = (*head, *behind.ids[-self._said :], self._sep)
        start = (*head, *before.ids[: self._before])
        room = self._window - len(start) - 1
        overlap = room // _OVERLAP
        steps = range(0, max(1, len(read.ids) - overlap), room - overlap)
        return [
            Pair((*start, *read.ids[at : at + room], self._sep), len(head), len(start), tuple(read.offsets[at : at + room]))
            for at in steps
        ]

    def batch(self, pairs: Sequence[Pair]) -> dict[str, torch.Tensor]:
        """`input_ids`, `attention_mask` and `token_type_ids`, each `(pairs, tokens of the longest)`."""
        width = max(len(pair.ids) for pair in pairs)
        ids = torch.full((len(pairs), width), self._pad)
        mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
        for row, pair in enumerate(pairs):
            ids[row, : len(pair.ids)] = torch.tensor(pair.ids)
            mask[row, : len(pair.ids)] = 1
            types[row, pair.second : len(pair.ids)] = 1
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
