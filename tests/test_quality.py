"""The trained reader's figures on a small part of the development data.

The margins are for the draw of the questions (two standard errors), not for getting worse: measured on 100 questions were EM
.450, F1 .585 and best sentence .820.
"""

from pathlib import Path
from typing import Any

import pytest

from rag.config import load_settings
from rag.datasets import formats
from rag.evaluation.index import eval_assistant
from rag.evaluation.result import result_json
from rag.evaluation.run import Request, run
from tests.wordpiece import save_wordpiece

pytestmark = [pytest.mark.models, pytest.mark.shared]


def measure(path: Path, task: Any, limit: int, **options: Any) -> dict[str, float]:
    result = run(Request(path, task, limit=limit, **options), load_settings(), lambda done, total, what: None)
    figures: dict[str, float] = result_json(result)["metrics"]
    return figures


def test_the_right_passage_comes_first(shared_data: Path, default_models: Path) -> None:
    assert measure(shared_data / "xquad", "retrieval", 100, split="en")["R@1"] >= 0.95


def test_the_short_answer_is_found_in_the_right_passage(shared_data: Path, default_models: Path) -> None:
    figures = measure(shared_data / "xquad", "reading", 100, split="en")
    assert figures["F1"] >= 0.6
    assert figures["EM"] >= 0.45


def test_the_best_sentence_holds_the_answer(shared_data: Path, default_models: Path) -> None:
    figures = measure(shared_data / "xquad", "highlight", 100, split="en")
    assert figures["best sentence"] >= 0.78
    assert figures["sentence F1"] >= 0.78


def test_marks_are_where_the_excerpts_that_answer_are(shared_data: Path, default_models: Path) -> None:
    assert measure(shared_data / "chunking-eval", "highlight", 60)["F1"] >= 0.36


def test_manuals_are_searched_as_well_without_training_on_them(shared_data: Path, default_models: Path) -> None:
    assert measure(shared_data / "emanual-tv", "retrieval", 100)["R@1"] >= 0.57


def test_questions_that_nothing_answers_are_refused(shared_data: Path, default_models: Path) -> None:
    figures = measure(shared_data / "emanual-tv", "refusal", 60, off_topic=shared_data / "feedbackqa" / "CDC")
    assert figures["AUROC"] >= 0.97
    assert figures["answered"] >= 0.9
    assert figures["refused"] >= 0.9


def test_chinese_is_found_by_keywords_with_an_english_encoder(
    shared_data: Path, default_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_EMBEDDER", "minilm")
    monkeypatch.setenv("RAG_DENSE_WEIGHT", "0.4")
    figures = measure(shared_data / "xquad", "retrieval", 100, split="zh")
    assert figures["R@1"] >= 0.85
    assert figures["MRR@10"] >= 0.9


@pytest.fixture
def chinese_bert(shared_data: Path, tmp_path: Path) -> Path:
    """A real BERT that has a token for each character of XQuAD's Chinese part. It was not trained: its vectors tell characters
    apart, and nothing else."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path / "chinese-bert"
    characters = sorted(set((shared_data / "xquad" / "xquad.zh.A.json").read_text("utf-8").lower()))
    size = save_wordpiece(folder, characters, 256)
    torch.manual_seed(0)
    shape = {"hidden_size": 128, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 256}
    bert = BertModel(BertConfig(vocab_size=size, max_position_embeddings=256, initializer_range=0.1, **shape))
    bert.embeddings.position_embeddings.weight.data.zero_()
    bert.save_pretrained(folder)
    return folder


def test_chinese_is_read_by_an_encoder_that_knows_it(
    shared_data: Path, chinese_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_EMBEDDER", str(chinese_bert))
    monkeypatch.setenv("RAG_DENSE_WEIGHT", "0.4")  # the default is for vectors that were trained
    assert measure(shared_data / "xquad", "retrieval", 60, split="zh")["R@1"] >= 0.8
    assert measure(shared_data / "xquad", "highlight", 60, split="zh")["best sentence"] >= 0.6
    dataset = formats.read(shared_data / "xquad", None, "zh")
    with eval_assistant(dataset, load_settings(), lambda done, total, what: None) as assistant:
        for question in dataset.questions[:10]:
            for citation in assistant.search(question.text, 3):
                text = assistant.document(citation.document).text
                assert text[citation.start : citation.end] == citation.text
            best = assistant.evidence(question.text, 3)[0]
            assert best.passage.similarity > 0  # found by vectors as well
            sentence = best.passage.chunk.text[best.sentence.start : best.sentence.end]
            assert "。" not in sentence[:-1]
