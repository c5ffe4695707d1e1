"""Which language a text is in."""

from pathlib import Path

import pytest

from rag.config import load_settings
from rag.languages.detect import language_of, written_in
from rag.languages.spoken import Language
from rag.models.encoder import BertEmbedder
from rag.reading import TrainedReader, weights
from rag.reading.load import load_readers
from rag.types import Chunk, Passage


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("Can I still send the kettle back after a month?", "en"),
        ("opening hours", "en"),
        ("Kann ich den Wasserkocher nach einem Monat noch zurückschicken?", "de"),
        ("lieferzeit österreich", "de"),
        ("我的包裹到哪里了", "zh"),
        ("退貨", "zh"),
        ("DHL 到了吗", "zh"),
        ("注文をキャンセルできますか", None),
        ("반품은 어떻게 하나요", None),
        ("Je voudrais annuler ma commande, comment faire ?", None),
        ("Можно вернуть товар?", None),
        ("INV-2611-042", None),
        ("", None),
    ],
)
def test_language_of_a_message(message: str, language: Language | None) -> None:
    assert language_of(message) == language


def test_written_in_needs_a_sentence() -> None:
    assert written_in("Dieses Blatt sagt, wie Sie eine Bestellung zurückschicken.") == "de"
    assert written_in("Ce document explique comment renvoyer une commande.") == "fr"
    assert written_in("Returns") == ""
    names = "kind: basic, turns: 寄到上海运费多少钱啊, documents: shop/shipping/shipping-china-zh.md, answer: 标准 23.60 美元"
    assert written_in(names) == "zh"  # py3langid says Wu.


@pytest.mark.models
def test_questions_are_read_by_the_reader_that_knows_their_language(
    default_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """German has Latin letters, too: a script is no language. That of other languages is loaded when it is asked."""
    loaded: list[Path] = []
    load = TrainedReader.from_folder
    monkeypatch.setattr(
        TrainedReader, "from_folder", lambda folder, *parts, **more: loaded.append(folder) or load(folder, *parts, **more)
    )
    settings = load_settings({"models_dir": default_models, "embedder": "e5"})
    embedder = BertEmbedder.from_folder(default_models / "e5", "e5")
    english, other, *_ = load_readers(settings, embedder, lambda done, total, what: None).readers
    asked = {"How long is the warranty?": True, "Wie lange gilt die Garantie?": False, "保修期是多久？": False}
    assert {question: english.knows(question) for question in asked} == asked
    assert all(other.knows(question) for question in asked)
    texts = ["Ein Fahrradhelm hat zwei Jahre Garantie.", "Die Lieferung dauert drei Tage.", "Montags ist der Laden zu."]
    passages = [Passage(Chunk(text[:4], "a.md", "", text, 0, len(text)), 1.0, 1.0) for text in texts]
    assert loaded == [weights.SMALL]
    read = other.read("Wie lange gilt die Garantie?", passages)
    assert loaded == [weights.SMALL, weights.MULTILINGUAL]
    assert max(read, key=lambda evidence: evidence.score).passage == passages[0]
