"""Texts to vectors with any BERT of transformers: [CLS] or mean of the last layer, and token vectors with offsets.

Sentence vectors as in Sentence-BERT (Reimers and Gurevych 2019), token vectors as in ColBERT (Khattab and Zaharia 2020).
"""

import hashlib
import json
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from safetensors import SafetensorError

from rag.errors import ModelError, RagError
from rag.models.batching import length_batches
from rag.models.damage import unreadable
from rag.models.device import choose_device
from rag.text import replace_lone_surrogates
from rag.types import TextKind, TokenVectors, Vectors

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

PROMPTS_FILE = "config_sentence_transformers.json"

# Padded tokens in one batch: larger ones ran no faster on two cores and cost memory.
_BATCH_TOKENS = 4096
# Share of unknown tokens from which a text is in a script the encoder was not trained on.
_UNKNOWN = 0.2
# Texts whose token vectors are kept, as the questions of one conversation find many of the same passages; and queries.
_RECENT = 64


class BertEmbedder:
    """An encoder with its tokenizer. `model` maps input_ids and attention_mask to `last_hidden_state`; `reading`, the same in
    less precision, does so for token vectors, which are compared once and not kept. `prompts` are what the encoder was trained
    to see before a text of each kind; their tokens are part of its vector and of no count.
    """

    def __init__(
        self,
        name: str,
        model: Any,
        tokenizer: Any,
        pooling: Literal["mean", "cls"],
        unit_length: bool = True,
        reading: Any = None,
        prompts: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._prompts = prompts or {}
        self._model = model
        self._reading = reading or model
        self._tokenizer = tokenizer
        self._pooling = pooling
        self._unit_length = unit_length
        # Both may be switched on in tokenizer.json: padding is done a batch, and nothing is cut in silence.
        tokenizer.backend_tokenizer.no_padding()
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.backend_tokenizer.encode_special_tokens = True  # "[SEP]" in a document is text
        self._recent: OrderedDict[str, TokenVectors] = OrderedDict()
        self._asked: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self.dim: int = model.config.hidden_size
        special = tokenizer.num_special_tokens_to_add()
        prompt = max((len(encoding.ids) for encoding in self._encode([*self._prompts.values()])), default=0)
        self.window: int = min(tokenizer.model_max_length, model.config.max_position_embeddings) - special - prompt

    @classmethod
    def from_folder(
        cls,
        folder: Path,
        name: str,
        pooling: Literal["mean", "cls"] = "mean",
        metric: Literal["cosine", "euclidean"] = "cosine",
        converted: Path | None = None,
    ) -> "BertEmbedder":
        """Load a transformers folder, and for token vectors `converted`, the same in 8 bits; raises ModelError if it holds no
        usable encoder.
        """
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        from rag.models.mapped import keep_little
        from rag.models.quantised_bert import QuantisedBert

        disable_progress_bar()  # type: ignore[no-untyped-call]
        device, dtype, reason = choose_device()
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=dtype)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise ModelError(unreadable(f"{name} in {folder} cannot be loaded as an encoder", folder, error)) from error
        if not tokenizer.is_fast:
            raise ModelError(
                f"{name} has no fast tokenizer (tokenizer.json), which character offsets need; choose another encoder."
            )
        log.info("%s runs on %s in %s: %s", name, device, dtype, reason)
        reading = QuantisedBert.from_folder(converted, model.config) if converted else None
        model = model.to(device).eval()
        keep_little(model, folder)
        return cls(name, model, tokenizer, pooling, metric == "cosine", reading, read_prompts(folder))

    @property
    def tokenizer(self) -> Any:
        """Its tokenizer, of the library `tokenizers`; that of e5 takes 290 MB."""
        return self._tokenizer.backend_tokenizer

    def tokenize(self, text: str) -> list[tuple[int, int]]:
        """Characters (start, end) of each token of one text, special tokens left out."""
        return _visible(text, self._encode([text])[0].offsets)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(encoding.ids) for encoding in self._encode(texts)]

    def knows(self, text: str) -> bool:
        """Whether at most a fifth of the tokens are unknown: of XQuAD's questions, none in English, and more in all Chinese."""
        ids = self._encode([text])[0].ids
        unknown: int = ids.count(self._tokenizer.unk_token_id)
        return unknown <= _UNKNOWN * len(ids)

    def embed(self, texts: Sequence[str], kind: TextKind = "passage") -> Vectors:
        """Vectors `(n, dim)`, float32, unit length for the cosine metric; raises RagError for a text over the window.

        Those of single queries are kept for a while: a message is routed and searched by the same one.
        """
        if kind == "query" and len(texts) == 1:
            return self._embed_query(texts[0])
        return self._embed(texts, kind)

    def _embed_query(self, text: str) -> Vectors:
        with self._lock:
            known = self._asked.get(text)
        if known is None:
            known = self._embed([text], "query")
            with self._lock:
                self._asked[text] = known
                while len(self._asked) > _RECENT:
                    self._asked.popitem(last=False)
        return known.copy()

    def _embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for rows, hidden, mask, _ in self._batches(texts, self._model, kind):
            vectors[rows] = self._pool(hidden, mask)
        return vectors

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Unit token vectors `(tokens, dim)` of each text with their character offsets, from one batched pass; questions and
        passages alike are read as passages, so that the same word is the same vector.
        """
        with self._lock:
            known = {text: self._recent[text] for text in texts if text in self._recent}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for rows, hidden, _, before in self._batches(new, self._reading, "passage"):
            for row, vectors in zip(rows, hidden.float().cpu().numpy(), strict=True):
                offsets = np.asarray(self.tokenize(new[row]), np.int64).reshape(-1, 2)
                inner = vectors[1 + before : 1 + before + len(offsets)]  # (tokens, dim): without [CLS], prompt, [SEP], padding
                known[new[row]] = TokenVectors(_unit(inner), offsets)
        with self._lock:
            for text in texts:
                self._recent[text] = known[text]
                self._recent.move_to_end(text)
            while len(self._recent) > _RECENT:
                self._recent.popitem(last=False)
        return [known[text] for text in texts]

    def _encode(self, texts: Sequence[str], special: bool = False) -> Any:
        # The Rust tokenizer itself: its Python wrapper costs ten times as much a call, and truncates.
        return self._tokenizer.backend_tokenizer.encode_batch(
            [replace_lone_surrogates(text) for text in texts], add_special_tokens=special
        )

    def _batches(
        self, texts: Sequence[str], model: Any, kind: TextKind
    ) -> "Iterator[tuple[list[int], torch.Tensor, torch.Tensor, int]]":
        """Rows with their hidden states `(batch, tokens, dim)` and masks `(batch, tokens)`, sorted by length to pad little; and
        how many tokens behind the first are the prompt's.
        """
        import torch

        prompt = self._prompts.get(kind, "")
        before = self.count_tokens([prompt])[0]
        encodings = self._encode([prompt + text for text in texts], special=True)
        lengths = [len(encoding.ids) for encoding in encodings]
        longest = max(lengths, default=0) - self._tokenizer.num_special_tokens_to_add() - before
        if longest > self.window:
            raise RagError(f"A text of {longest} tokens does not fit the {self.window} of {self.name}: lower RAG_CHUNK_TOKENS.")
        pad = self._tokenizer.pad_token_id or 0
        for rows in length_batches(lengths, _BATCH_TOKENS):
            width = lengths[rows[0]]
            ids = torch.full((len(rows), width), pad, dtype=torch.long)
            mask = torch.zeros((len(rows), width), dtype=torch.long)
            for at, row in enumerate(rows):
                ids[at, : lengths[row]] = torch.tensor(encodings[row].ids)
                mask[at, : lengths[row]] = 1
            with torch.inference_mode():
                device = model.device
                hidden = model(input_ids=ids.to(device), attention_mask=mask.to(device)).last_hidden_state
            yield rows, hidden, mask.to(device), before

    def _pool(self, hidden: "torch.Tensor", mask: "torch.Tensor") -> Vectors:
        vectors: Vectors = pool(hidden, mask, self._pooling).cpu().numpy()
        return _unit(vectors) if self._unit_length else vectors


def pool(hidden: "torch.Tensor", mask: "torch.Tensor", pooling: Literal["mean", "cls"]) -> "torch.Tensor":
    """Vectors `(batch, dim)` of hidden states `(batch, tokens, dim)`: [CLS]'s, or the mean over the mask `(batch, tokens)`."""
    if pooling == "cls":
        return hidden[:, 0].float()
    kept = mask[:, :, None].float()
    return (hidden.float() * kept).sum(1) / kept.sum(1)


def read_prompts(folder: Path) -> dict[str, str]:
    """What a folder of sentence-transformers says to put before a text, by its kind; nothing where it says nothing.

    Raises ModelError where the file cannot be read.
    """
    file = folder / PROMPTS_FILE
    if not file.exists():
        return {}
    try:
        found = json.loads(file.read_text("utf-8")).get("prompts") or {}
        return {kind: str(found[kind]) for kind in get_args(TextKind) if found.get(kind)}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ModelError(f"{file} cannot be read: {error}; delete it, or get a new copy of the encoder") from error


def fingerprint(folder: Path) -> str:
    """What tells one set of weights from another: sizes and both ends of the files that make the vectors."""
    digest = hashlib.sha256()
    names = ("config.json", PROMPTS_FILE, "tokenizer.json")
    for path in sorted((*folder.glob("*.safetensors"), *(folder / name for name in names))):
        if path.exists():
            with path.open("rb") as file:
                digest.update(f"{path.name} {path.stat().st_size} ".encode() + file.read(1 << 20))
                file.seek(-min(1 << 20, path.stat().st_size), os.SEEK_END)
                digest.update(file.read())
    return digest.hexdigest()[:16]


def _visible(text: str, offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Offsets without the white space that a SentencePiece token begins with."""
    return [
        (end - len(text[start:end].lstrip()), end) if start < end and text[start].isspace() else (start, end)
        for start, end in offsets
    ]


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return unit
