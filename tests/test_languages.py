"""Which language a text is in."""

import pytest

from rag.languages.detect import language_of, written_in
from rag.languages.spoken import Language


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
