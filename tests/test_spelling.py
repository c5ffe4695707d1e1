"""Slips of typing: words that no passage holds are looked for as the nearest that one does; all others stay as they are."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rag.index.catalogue import spelling
from rag.languages.dictionary import is_word
from tests.test_catalogue import Shelf, shelf
from tests.test_migrations import old

__all__ = ["old", "shelf"]


def nothing(word: str) -> bool:
    return False


@pytest.fixture
def shop(shelf: Shelf) -> Shelf:
    shelf.put("a.md", "A refund for a cancellation is paid within ten days. Die Kündigungsfrist beträgt drei Monate.")
    shelf.put("b.md", "Refund of prescriptions by Dr Harrowick: order RX-4400, form BX12345. Rates are lower. 退货 免费")
    return shelf


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("how do i get my refnud", "how do i get my refund"),
        ("Refuund?", "refund?"),
        ("erfund", "refund"),
        ("canelation and prescriptoins!", "cancellation and prescriptions!"),
        ("Kündigungfrist", "kündigungsfrist"),
        ("kundigungfrist", "kündigungsfrist"),
        ("does harowick work here", "does harrowick work here"),
    ],
)
def test_slips_become_the_word_that_a_passage_holds(shop: Shelf, typed: str, corrected: str) -> None:
    assert shop.catalogue.corrected(typed, nothing) == corrected


@pytest.mark.parametrize(
    "typed",
    [
        "refunds, refunded, REFUND",  # one word with what stands there
        "kundigungsfrist",  # nor is another way to write a letter
        "rfnd adn rate",  # short ones
        "RX-4401 BX12346 bx12344x 4401",  # numbers and codes
        "退货費 免费",
        "cancion",  # two slips of a word that is too short for them
        "refund " + "x" * 5000,
        "",
        "\ud800 '\"* NEAR(",
    ],
)
def test_other_words_stay_as_they_are(shop: Shelf, typed: str) -> None:
    assert shop.catalogue.corrected(typed, nothing) == typed


def test_words_that_are_spelt_right_are_no_slips(shop: Shelf) -> None:
    assert shop.catalogue.corrected("refute, flower", nothing) == "refute, lower"
    assert shop.catalogue.corrected("refute, flower", is_word) == "refute, flower"


@pytest.mark.parametrize("word", ["bust", "arent", "theyre", "Authorization", "Kündigung", "aren't"])
def test_dictionary_knows_a_word(word: str) -> None:
    assert is_word(word)


@pytest.mark.parametrize("word", ["intrest", "acount", "hygenist", "statment"])
def test_dictionary_does_not_know_a_slip(word: str) -> None:
    assert not is_word(word)


def test_the_commoner_of_two_near_words_is_taken(shelf: Shelf) -> None:
    shelf.put("a.md", "The carrot.")
    for n in range(3):
        shelf.put(f"{n}.md", f"The carton, number {n}.")
    assert shelf.catalogue.corrected("cartot", nothing) == "carton"


def test_words_of_staff_pages_are_for_staff(shelf: Shelf) -> None:
    shelf.put("a.md", "The secret word is marzipan.")
    shelf.writer.choose(next(iter(shelf.writer.known().values())), "internal")
    assert shelf.catalogue.corrected("marzipn", nothing) == "marzipn"
    assert shelf.catalogue.corrected("marzipn", nothing, internal=True) == "marzipan"


def test_vocabulary_follows_the_passages(shelf: Shelf) -> None:
    shelf.put("a.md", "Marzipan and nougat")
    shelf.put("b.md", "Nougat")
    assert shelf.catalogue.corrected("marzipn nougt", nothing) == "marzipan nougat"
    shelf.put("a.md", "Chocolate")
    assert shelf.catalogue.corrected("marzipn nougt chocolte", nothing) == "marzipn nougat chocolate"
    assert words_of(shelf) == {"below": 2, "chocolate": 1, "nougat": 1}


def test_vocabulary_is_empty_when_all_is_gone(shelf: Shelf) -> None:
    shelf.put("a.md", 'Quoted "marzipan" \\ and nougat’s')
    for file in shelf.writer.known().values():
        shelf.writer.delete(file.id)
    assert words_of(shelf) == {}


def test_pages_that_are_not_published_give_no_words(shelf: Shelf) -> None:
    shelf.put("a.md", "Marzipan", publish=False)
    assert shelf.catalogue.corrected("marzipn", nothing) == "marzipn"


def test_a_text_of_slips_costs_a_bounded_number_of_searches(shop: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling, "MOST_CORRECTED", 3)
    assert shop.catalogue.corrected("refnud " * 5, nothing) == "refund refund refund refnud refnud "


def test_vocabulary_of_an_older_catalogue_is_made_from_its_passages(old: Path) -> None:
    from rag.index.catalogue import CatalogueReader

    with closing(CatalogueReader.open(old)) as catalogue:
        assert catalogue.corrected("waranty", nothing) == "warranty"
    with closing(sqlite3.connect(old / "catalogue.sqlite3")) as connection:
        assert connection.execute("SELECT passages FROM vocabulary WHERE word = 'warranty'").fetchone()


def words_of(shelf: Shelf) -> dict[str, int]:
    return dict(map(tuple, shelf.catalogue.database.read("SELECT word, passages FROM vocabulary")))
