"""Word vectors looked up in their file: the same states, and less of the model in memory."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModel, AutoModelForCausalLM, BertConfig, BertModel, LlamaConfig, LlamaForCausalLM

from rag.models.int8 import quantize_linear_layers, supported
from rag.models.mapped import MappedEmbedding, keep_little

IDS = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]])


def bert(folder: Path) -> Any:
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 40}
    BertModel(BertConfig(**shape)).half().save_pretrained(folder)
    return AutoModel.from_pretrained(folder, dtype=torch.float32).eval()


def mapped_files() -> str:
    return Path("/proc/self/maps").read_text()


@torch.inference_mode()
def test_states_are_the_same_with_word_vectors_in_their_file(tmp_path: Path) -> None:
    model = bert(tmp_path)
    before = model(input_ids=IDS).last_hidden_state
    keep_little(model, tmp_path)
    assert isinstance(model.embeddings.word_embeddings, MappedEmbedding)
    assert not [name for name, _ in model.named_parameters() if "word_embeddings" in name]
    found = model(input_ids=IDS).last_hidden_state
    assert found.dtype == torch.float32
    assert torch.equal(found, before)


@torch.inference_mode()
@pytest.mark.skipif(not supported(), reason="torch computes nothing in 8 bits on this processor")
def test_a_language_model_in_8_bits_looks_its_words_up(tmp_path: Path) -> None:
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 40}
    LlamaForCausalLM(LlamaConfig(**shape, tie_word_embeddings=True)).save_pretrained(tmp_path)
    model: Any = quantize_linear_layers(AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32).eval())
    before = model(input_ids=IDS).logits
    keep_little(model, tmp_path)
    assert isinstance(model.model.embed_tokens, MappedEmbedding)
    assert torch.equal(model(input_ids=IDS).logits, before)


@torch.inference_mode()
def test_a_model_keeps_word_vectors_that_are_in_no_single_file(tmp_path: Path) -> None:
    model = bert(tmp_path)
    before = model(input_ids=IDS).last_hidden_state
    (tmp_path / "model.safetensors").rename(tmp_path / "model-00001-of-00002.safetensors")
    keep_little(model, tmp_path)
    assert isinstance(model.embeddings.word_embeddings, torch.nn.Embedding)
    assert torch.equal(model(input_ids=IDS).last_hidden_state, before)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux says what is mapped")
def test_weights_that_are_kept_are_not_mapped_from_the_file(tmp_path: Path) -> None:
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 40}
    BertModel(BertConfig(**shape)).save_pretrained(tmp_path)
    model = AutoModel.from_pretrained(tmp_path, dtype=torch.float32).eval()
    keep_little(model, tmp_path)
    del model.embeddings.word_embeddings
    assert str(tmp_path) not in mapped_files()
