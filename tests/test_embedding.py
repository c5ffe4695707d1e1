from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import ModelError, RagError
from rag.models import files as models
from rag.models.encoder import BertEmbedder


@pytest.fixture(scope="module")
def converted(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights for CTranslate2, in the precision they were made in: both engines must say the same."""
    return models.quantise("tiny", tiny_bert, tmp_path_factory.mktemp("models"), lambda done, total, what: None, "float32")


@pytest.fixture(scope="module", params=["mean", "cls", "converted"])
def embedder(request: pytest.FixtureRequest, tiny_bert: Path, converted: Path) -> BertEmbedder:
    if request.param == "converted":
        return BertEmbedder.from_folder(tiny_bert, "tiny", converted=converted)
    return BertEmbedder.from_folder(tiny_bert, "tiny", request.param)


def reference(folder: Path, text: str, pooling: str) -> np.ndarray:
    """One text alone through transformers, pooled by hand."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    with torch.inference_mode():
        hidden = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
    vector = (hidden[0] if pooling == "cls" else hidden.mean(0)).numpy()
    return vector / np.linalg.norm(vector)


@pytest.mark.usefixtures("single_precision")
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_batches_of_mixed_lengths_equal_each_text_alone(tiny_bert: Path, pooling: Any) -> None:
    texts = ["return", "how long is the return of a lamp in the shop", "", "退货 order 12", "refund " * 100]
    vectors = BertEmbedder.from_folder(tiny_bert, "tiny", pooling).embed(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (5, 32)
    for vector, text in zip(vectors, texts, strict=True):
        np.testing.assert_allclose(vector, reference(tiny_bert, text, pooling), atol=1e-5)


@pytest.mark.usefixtures("single_precision")
def test_token_vectors_are_the_same_in_both_engines_and_batches(tiny_bert: Path, converted: Path) -> None:
    texts = ["return", "how long is the return of a lamp in the shop", "", "退货 order 12", "refund " * 100]
    exact, fast = (BertEmbedder.from_folder(tiny_bert, "tiny", converted=place) for place in (None, converted))
    for one, other in zip(exact.embed_tokens(texts), fast.embed_tokens(texts), strict=True):
        np.testing.assert_allclose(one.vectors, other.vectors, atol=1e-5)
        assert (one.offsets == other.offsets).all()


def test_euclidean_keeps_the_length(tiny_bert: Path) -> None:
    vectors = BertEmbedder.from_folder(tiny_bert, "tiny", metric="euclidean").embed(["return of the lamp"])
    assert abs(np.linalg.norm(vectors[0]) - 1) > 0.1


def test_token_vectors_carry_character_offsets(embedder: BertEmbedder) -> None:
    text = "The lamp 退货, 😀 orders"
    tokens = embedder.embed_tokens([text, "x"])[0]
    pieces = [text[start:end] for start, end in tokens.offsets]
    assert pieces[:4] == ["The", "lamp", "退", "货"]
    assert tokens.vectors.shape == (len(pieces), 32)
    np.testing.assert_allclose(np.linalg.norm(tokens.vectors, axis=1), 1, atol=1e-5)


def test_a_text_over_the_window_is_refused_not_cut(embedder: BertEmbedder) -> None:
    assert embedder.window == 126
    embedder.embed(["lamp " * 126])
    with pytest.raises(RagError, match="A text of 127 tokens does not fit the 126 of tiny: lower RAG_CHUNK_TOKENS"):
        embedder.embed(["lamp " * 127])


def test_nothing_in_nothing_out(embedder: BertEmbedder) -> None:
    assert embedder.embed([]).shape == (0, 32)
    assert embedder.embed_tokens([]) == []


def test_a_query_is_computed_once_and_nobody_can_change_what_is_kept(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = BertEmbedder.from_folder(tiny_bert, "tiny")
    computed: list[str] = []
    inner = embedder._embed
    monkeypatch.setattr(embedder, "_embed", lambda texts, kind: computed.extend(texts) or inner(texts, kind))
    first = embedder.embed(["return"], "query")
    kept = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(embedder.embed(["return"], "query"), kept)
    embedder.embed(["return"])
    embedder.embed(["refund"], "query")
    assert computed == ["return", "return", "refund"]


def test_lone_surrogates_keep_offsets(embedder: BertEmbedder) -> None:
    text = "lamp \ud800 order"
    assert text[slice(*embedder.tokenize(text)[-1])] == "order"


def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nothing in .* cannot be loaded as an encoder"):
        BertEmbedder.from_folder(tmp_path, "nothing")


@pytest.mark.models
def test_the_default_encoder_knows_what_is_similar(default_models: Path) -> None:
    minilm = BertEmbedder.from_folder(default_models / "minilm", "minilm")
    question, right, wrong = minilm.embed(["How long can I return it?", "Send items back within 30 days.", "The lamp is red."])
    assert question @ right > question @ wrong + 0.2


@pytest.mark.models
def test_the_default_encoder_says_almost_the_same_in_8_bits(default_models: Path) -> None:
    folder = default_models / "minilm"
    in_bytes = models.quantise("minilm", folder, default_models, lambda done, total, what: None)
    texts = ["How long can I return it?", "Send items back within 30 days. " * 20, "The lamp is red."]
    found = []
    for place in (None, in_bytes):
        embedder = BertEmbedder.from_folder(folder, "minilm", converted=place)
        found.append((embedder.embed(texts), np.concatenate([tokens.vectors for tokens in embedder.embed_tokens(texts)])))
    (kept, exact), (kept_too, near) = found
    assert (kept == kept_too).all()
    assert (exact * near).sum(1).mean() > 0.99


def test_a_broken_conversion_says_so(tiny_bert: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot be read: .* Delete it"):
        BertEmbedder.from_folder(tiny_bert, "tiny", converted=tmp_path)
