"""Which messages lean on what was said before them, by the words of the message."""

from pathlib import Path

import numpy as np
import pytest

from rag.config import load_settings
from rag.conversation import leaning
from rag.conversation.leaning import HeadRewriter, LeaningHead
from rag.conversation.load import load_leaning
from rag.errors import ModelError
from rag.models import files
from rag.models.encoder import BertEmbedder
from tests.fakes import FakeEmbedder

HISTORY = [("what does the Notice 30 account pay", "The Notice 30 pays 2.90% a year.")]


def test_head_adds_up_vector_and_shape_and_is_read_as_it_was_saved(tmp_path: Path) -> None:
    head = LeaningHead([2.0, 0.0, 0.0, 0.0, 0.0, 1.0], -0.5, -0.25, "e5", "query")
    vectors = np.array([[3.0, 4.0], [0.0, 1.0]], np.float32)
    assert head.odds(vectors, ["and?", "and"]).tolist() == pytest.approx([2 * 0.6 + 1 - 0.5, -0.5], abs=1e-6)
    leaning.save(head, tmp_path / "leaning.json", ["a.zip"])
    assert leaning.load(tmp_path / "leaning.json") == head
    (tmp_path / "leaning.json").write_text("{}")
    with pytest.raises(ModelError, match="is not what"):
        leaning.load(tmp_path / "leaning.json")


def test_a_message_leans_on_two_turns_at_most_and_on_none_without_any() -> None:
    embedder = FakeEmbedder()
    weights = [0.0] * (embedder.dim + 4)
    always, never = (HeadRewriter(LeaningHead(weights, bias, 0.0, "e5", "query"), embedder) for bias in (1.0, -1.0))
    assert [always.leans_on("and the 90?", HISTORY * n) for n in range(4)] == [0, 1, 2, 2]
    assert never.leans_on("and the 90?", HISTORY) == 0


@pytest.mark.models
def test_shipped_head_tells_follow_ups_from_new_questions_in_three_languages() -> None:
    settings = load_settings({})
    folder = files.resolve("e5", settings.models_dir, lambda done, total, what: None)
    embedder = BertEmbedder.from_folder(folder, "e5", settings.pooling, settings.metric)
    (rewriter,) = load_leaning(settings, embedder)
    follow = [
        "and for sale items?",
        "what if that doesnt work",
        "und nach Österreich?",
        "那退货呢？",
        "how long does that take",
    ]
    new = [
        "How much does it cost to send a parcel to Austria?",
        "I lost my password and the phone with it, how do I sign in again?",
        "my card was stolen in Madrid yesterday, which papers do you need",
        "Was kostet der Versand nach Österreich?",
        "Wie lange habe ich Zeit, eine Lampe zurückzugeben?",
        "我想退货，因为收到的灯坏了，运费由谁承担？",
    ]
    assert [rewriter.leans_on(message, HISTORY) for message in follow] == [1] * len(follow)
    assert sum(rewriter.leans_on(message, HISTORY) for message in new) <= 2


def test_no_head_comes_with_other_encoders() -> None:
    assert load_leaning(load_settings({"embedder": "minilm"}), FakeEmbedder()) == []
