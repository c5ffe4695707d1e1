"""A link to a passage opens it years later, and says so where it moved, changed or is gone."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import NotFoundError
from rag.index.catalogue import CatalogueReader
from rag.index.passage import Reference, find
from rag.types import Document
from tests.fakes import FakeStores, make_ingestion

PASSAGE = (
    "You may return any item within 30 days of delivery for a full refund if it is unused and in its original packaging. "
    "Sale items are exchanged, not refunded."
)
BEFORE = "Returns\n\nPlease read this first.\n\n"
AFTER = "\n\nReturn shipping is free within the country.\n"
OLD = BEFORE + PASSAGE + AFTER
REFERENCE = Reference.of("returns.md", len(BEFORE), len(BEFORE) + len(PASSAGE), PASSAGE, "a" * 64)


def library(**texts: str) -> Callable[[str], Document]:
    def document(name: str) -> Document:
        if name not in texts:
            raise NotFoundError(name)
        return Document(name, name, texts[name], ())

    return document


def now(text: str, reference: Reference = REFERENCE, version: str = "") -> tuple[str, str]:
    """How it is found in its document as it is now, and its words there."""
    found = find(reference, library(**{"returns.md": text}), version)
    return found.how, text[found.start : found.end]


def test_an_unchanged_passage_is_where_it_was() -> None:
    assert now(OLD, version="a" * 64) == ("same", PASSAGE)
    assert now(OLD + "Something new at the end.", version="b" * 64) == ("same", PASSAGE)


def test_the_same_version_is_not_searched() -> None:
    other_words = Reference("returns.md", 3, 7, "words that stand nowhere", "", "", "a" * 12)
    assert now(OLD, other_words, "a" * 64)[0] == "same"


def test_a_passage_that_moved_is_found_by_its_words() -> None:
    assert now("A new chapter.\n\n" * 50 + OLD) == ("moved", PASSAGE)
    wrapped = PASSAGE.replace(" original ", "\n  original\t")
    assert now(f"{BEFORE}News.\n\n{wrapped}{AFTER}")[1] == wrapped


def test_of_several_places_it_is_the_nearest() -> None:
    text = f"{PASSAGE}\n\n{'x ' * 400}\n\n{PASSAGE}"
    assert find(REFERENCE, library(**{"returns.md": text})).start == 0


@pytest.mark.parametrize(
    "change",
    [
        ("30 days", "14 days"),  # as many characters, between the first words and the last
        ("You may return any item within 30 days", "Customers may give back what they bought within 14 days"),
        ("Sale items are exchanged, not refunded.", "Sale items can be returned too, since May."),
        ("You may return any item", "You can return each item"),
    ],
)
def test_a_passage_that_changed_is_shown_as_changed(change: tuple[str, str]) -> None:
    how, words = now("News.\n\n" + OLD.replace(*change))
    assert how == "changed"
    assert "original packaging" in words


def test_a_passage_is_found_in_another_document() -> None:
    there = library(**{"new/returns.md": "Moved here.\n\n" + OLD, "press.md": "Nothing of it."})
    asked: list[str] = []

    def near(words: str) -> list[str]:
        asked.append(words)
        return ["press.md", "gone.md", "new/returns.md"]

    found = find(REFERENCE, there, near=near)
    assert found.document is not None
    assert (found.how, found.document.name) == ("elsewhere", "new/returns.md")
    assert found.document.text[found.start : found.end] == PASSAGE
    assert asked == [f"{REFERENCE.first} {REFERENCE.last}"]


def test_a_passage_that_is_nowhere_is_gone() -> None:
    assert now("This page is about something else altogether: opening hours, jobs, and how to find us by bus.") == ("gone", "")
    found = find(REFERENCE, library(), near=lambda words: ["returns.md"])
    assert (found.how, found.document) == ("gone", None)


def test_a_link_without_words_shows_its_characters_or_nothing() -> None:
    assert now(OLD, Reference("returns.md", 0, 7)) == ("same", "Returns")
    for start, end in ((0, 10_000), (7, 3), (-5, 3)):
        assert now(OLD, Reference("returns.md", start, end)) == ("gone", "")


def test_chinese_is_found_too() -> None:
    passage = "您可以在收到商品后三十天内退货。退款将在五个工作日内原路退回。促销商品只能换货，不能退款。" * 3
    reference = Reference.of("returns.md", 5, 5 + len(passage), passage)
    assert now(f"新的一章。\n\n{passage}\n", reference) == ("moved", passage)


@given(text=st.text(max_size=300), first=st.text(max_size=60), last=st.text(max_size=60), start=st.integers(-9, 400))
def test_whatever_a_link_says_the_place_is_within_the_document(text: str, first: str, last: str, start: int) -> None:
    found = find(Reference("d", start, start + 50, first, last), library(d=text))
    assert 0 <= found.start <= found.end <= len(text)
    assert found.how != "gone" or found.end == 0


def test_a_link_of_a_stranger_has_few_places_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    monkeypatch.setattr("rag.index.passage.check", lambda text: checked.append(text) or "other")
    text = "a b " * 5_000
    find(Reference("d", 5, 900, "a", "b", "c" * 12), library(d=text), near=lambda words: ())
    assert 0 < len(checked) <= 50


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[CatalogueReader]:
    catalogue, ingestion = make_ingestion(tmp_path, FakeStores())
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "returns.md").write_text(OLD)
    ingestion.ingest([tmp_path / "in"])
    with closing(catalogue):
        yield catalogue


def test_the_version_of_a_document_is_that_of_its_content(tmp_path: Path, catalogue: CatalogueReader) -> None:
    first = catalogue.version("returns.md")
    assert len(first) == 64
    _, ingestion = make_ingestion(tmp_path, FakeStores(), catalogue=catalogue)
    (tmp_path / "in" / "returns.md").write_text(OLD + "More.")
    ingestion.ingest([tmp_path / "in"])
    assert catalogue.version("returns.md") not in {first, ""}
    assert catalogue.version("none.md") == ""
