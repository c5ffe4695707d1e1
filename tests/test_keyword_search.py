"""Keyword search among many passages: those that hold a rare word are scored, as BM25 scores them among all."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rag.index.catalogue import keyword
from rag.index.catalogue.keyword import asked_terms, chosen, expression, indexed
from tests.fakes import SPEC
from tests.test_catalogue import Shelf, shelf

__all__ = ["shelf"]


def exact(shelf: Shelf, question: str) -> dict[str, float]:
    """BM25 of every passage with any of the terms."""
    sql = """SELECT chunks.hash, -bm25(keywords) AS score FROM keywords JOIN chunks ON chunks.id = keywords.rowid
        WHERE keywords MATCH :match"""
    found = shelf.catalogue.database.read(sql, {"match": expression(asked_terms(question))})
    return {row["hash"]: row["score"] for row in found}


def fill(shelf: Shelf) -> None:
    """Forty passages on delivery, every fourth to Sweden, and two on Gotland."""
    for n in range(40):
        place = "Gotland" if n in {3, 8} else "Sweden" if n % 4 == 0 else "Norway"
        shelf.put(f"{n}.md", f"Delivery number {n} to {place} takes days. " + "Delivery. " * (n % 3))


def test_rare_terms_come_first_and_common_ones_as_far_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyword, "SCORED", 100)
    monkeypatch.setattr(keyword, "FEWEST", 10)
    monkeypatch.setattr(keyword, "READ", 1000)
    counted = {"often": 300, "rare": 5, "some": 60, "most": 900, "all": 2000}
    assert chosen(counted) == (["rare", "some"], ["often"])
    assert chosen({"often": 300, "rare": 5}) == (["rare", "often"], [])  # five passages would be too few
    assert chosen({"most": 900}) == (["most"], [])


def test_all_terms_are_needed_where_the_passages_are_few(shelf: Shelf) -> None:
    fill(shelf)
    hits = dict(shelf.catalogue.search("delivery to Gotland", 100))
    assert hits == pytest.approx(exact(shelf, "delivery to Gotland"))
    assert len(hits) == 40


def test_passages_without_a_rare_term_are_not_scored_and_the_others_as_among_all(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shelf)
    monkeypatch.setattr(keyword, "SCORED", 15)
    monkeypatch.setattr(keyword, "FEWEST", 2)
    question = "days of delivery to Gotland or Sweden"
    hits, all_of_them = shelf.catalogue.search(question, 100), exact(shelf, question)
    chunks = shelf.catalogue.chunks_by_id(id for id, _ in hits)
    assert len(hits) == 11
    assert all("Gotland" in chunk.text or "Sweden" in chunk.text for chunk in chunks.values())
    assert [score for _, score in hits] == pytest.approx([2 * all_of_them[id] for id, _ in hits])


def test_frequencies_are_counted_anew_after_a_change(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyword, "SCORED", 15)
    monkeypatch.setattr(keyword, "FEWEST", 2)
    shelf.put("a.md", "Ferries of Gotland")
    assert shelf.found("ferries delivery") == ["a.md"]
    fill(shelf)
    for n in range(30):
        shelf.put(f"ferry{n}.md", f"Ferries, number {n}")
    assert len(shelf.found("ferries Gotland")) == 3  # those on Gotland: ferries have become common


def test_what_is_not_ready_hides_nothing(shelf: Shelf) -> None:
    """Passages of an unfinished index that say the same and more often are looked past."""
    shelf.put("a.md", "Returns are free.")
    index = shelf.index
    building = shelf.writer.building(SPEC)
    for n in range(30):
        document_and_chunks = _document(f"{n}.md", "Returns, returns")
        shelf.writer.stage(
            building, Path("/root") / f"{n}.md", f"{n}.md", size=1, sha256=str(n), documents=[document_and_chunks]
        )
    assert [score > 0 for _, score in shelf.catalogue.search("returns", 2)] == [True]
    assert shelf.index == index


def test_named_documents_are_searched_whole(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(shelf)
    monkeypatch.setattr(keyword, "SCORED", 5)
    monkeypatch.setattr(keyword, "FEWEST", 1)
    assert shelf.found("delivery to Gotland", ["5.md", "3.md"]) == ["3.md", "5.md"]
    assert shelf.found("delivery to Gotland", ["none.md"]) == []


def _document(name: str, text: str) -> tuple:
    from rag.types import Document, Section
    from tests.fakes import chunk

    document = Document(name, "", text, (Section(0, len(text), (), None),))
    return document, chunk(document)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("退货期限为三十天。", "30天"),
        ("退货期限为 30 天。", "三十天"),
        ("本店支持退貨與換貨。", "退货"),
        ("本店支持退货。", "退貨"),
        ("满２００元包邮。", "两百元"),
        ("Die Größe steht auf dem Etikett.", "groesse"),
        ("Die Groesse steht auf dem Etikett.", "größe"),
        ("Alle Straßen der Stadt.", "STRASSEN"),
    ],
)
def test_forms_of_a_word_find_each_other(written: str, asked: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE keywords USING fts5 (text, tokenize = 'porter unicode61 remove_diacritics 2')")
        connection.executemany(
            "INSERT INTO keywords VALUES (?)", [(indexed(text),) for text in (written, "别的内容 other words")]
        )
        found = connection.execute("SELECT rowid FROM keywords WHERE keywords MATCH ?", [expression(asked_terms(asked))])
        assert found.fetchall() == [(1,)]
