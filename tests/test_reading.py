from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rag.models.encoder import BertEmbedder
from rag.reading import FaqReader, KeywordReader, LateInteractionReader, coverage, rank, relevance
from rag.reading.ranking import best_unit, expand_to_quote, favour_named_rows, pass_score_after_heading
from rag.types import Block, BlockKind, Chunk, Evidence, Passage, Span
from tests.fakes import FakeEmbedder

texts = st.lists(
    st.sampled_from(["return", "30 days.", "退货。", "😀", "\n", "<b>", "the", "lamp!", "שלום"]), min_size=1, max_size=40
).map(" ".join)


def passage(text: str, similarity: float = 0.5) -> Passage:
    return Passage(Chunk("i", "d.md", "Title", text, 0, len(text)), 1.0, similarity)


def check(evidence: Evidence) -> None:
    text = evidence.passage.chunk.text
    edges = [edge for span in evidence.highlights for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(0 <= span.start < span.end <= len(text) and 0 <= span.weight <= 1 for span in evidence.highlights)
    assert 0 <= evidence.sentence.start <= evidence.sentence.end <= len(text)
    assert 0 <= evidence.relevance <= 1
    if evidence.quote:
        assert 0 <= evidence.quote.start <= evidence.sentence.start <= evidence.sentence.end <= evidence.quote.end <= len(text)


@given(texts, st.lists(texts, max_size=4))
def test_highlights_are_in_bounds_sorted_and_disjoint(question: str, found: list[str]) -> None:
    evidence = LateInteractionReader(FakeEmbedder().embed_tokens).read(question, [passage(text) for text in found])
    assert [item.passage.chunk.text for item in evidence] == found
    for item in evidence:
        check(item)


@pytest.mark.parametrize("text", ["", "   ", "...", "\n\n", "a" * 5000])
def test_texts_without_words_are_read_without_marks(text: str) -> None:
    (evidence,) = LateInteractionReader(FakeEmbedder().embed_tokens).read("return", [passage(text)])
    check(evidence)


def test_the_sentence_with_the_words_of_the_question_is_best_and_marked() -> None:
    text = "The shop is closed on Sunday. A return takes thirty days. Lamps are bright."
    (evidence,) = LateInteractionReader(FakeEmbedder().embed_tokens).read("How many days does a return take?", [passage(text)])
    assert text[evidence.sentence.start : evidence.sentence.end] == "A return takes thirty days."
    marked = " ".join(text[span.start : span.end] for span in evidence.highlights)
    assert "return" in marked
    assert "Lamps" not in marked


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((0.1, 0.9, 0.2, 0.2), "Open Settings:"),  # with what its colon announces
        ((0.8, 0.9, 0.2, 0.2), "To reset it, wait. Open Settings:"),
        ((0.1, 0.2, 0.9, 0.8), "Choose Reset. Then wait."),
        ((0.9, 0.1, 0.9, 0.9), "To reset it, wait."),
    ],
)
def test_sentences_beside_the_best_are_quoted_with_it_where_they_answer_too(weights: Sequence[float], expected: str) -> None:
    text = "To reset it, wait. Open Settings:\nChoose Reset. Then wait."
    ends = (18, 33, 47, len(text))
    starts = (0, 19, 34, 48)
    spans = [Span(start, end, weight) for start, end, weight in zip(starts, ends, weights, strict=True)]
    found = expand_to_quote(passage(text).chunk, spans, max(spans, key=lambda span: span.weight))
    announced = "\nChoose Reset." if expected.endswith(":") else ""
    assert text[found.start : found.end] == expected + announced


def test_what_is_quoted_is_not_long() -> None:
    text = "Return it. " * 100
    spans = [Span(n * 11, n * 11 + 10, 0.9) for n in range(100)]
    found = expand_to_quote(passage(text).chunk, spans, spans[50])
    assert len(text[found.start : found.end].split()) == 80


def structured(*parts: tuple[BlockKind, str], weights: Sequence[float]) -> tuple[Chunk, list[Span]]:
    """A chunk of these blocks, and a span for each, so weighted."""
    text, blocks = "", []
    for kind, own in parts:
        text += "\n" if text else ""
        blocks.append(Block(len(text), len(text) + len(own), kind))
        text += own
    spans = [Span(block.start, block.end, weight) for block, weight in zip(blocks, weights, strict=True)]
    return Chunk("i", "d.md", "Title", text, 0, len(text), blocks=tuple(blocks)), spans


def quote(chunk: Chunk, spans: Sequence[Span]) -> str:
    found = expand_to_quote(chunk, spans, best_unit(chunk, spans))
    return chunk.text[found.start : found.end]


STEPS: tuple[tuple[BlockKind, str], ...] = (
    ("heading", "Reset"),
    ("paragraph", "To reset it:"),
    ("item", "1. Open the lid."),
    ("item", "2. Press the button."),
    ("item", "3. Close it."),
    ("paragraph", "We sell lids."),
)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((0.9, 0.5, 0.4, 0.8, 0.3, 0.5), "1. Open the lid.\n2. Press the button.\n3. Close it."),
        ((0.9, 0.1, 0.1, 0.8, 0.1, 0.5), "2. Press the button."),
        ((0.9, 0.8, 0.1, 0.2, 0.1, 0.1), "To reset it:\n1. Open the lid.\n2. Press the button.\n3. Close it."),
        ((0.9, 0.1, 0.1, 0.1, 0.2, 0.8), "We sell lids."),
    ],
)
def test_quote_takes_the_items_of_a_list_together_and_no_heading(weights: Sequence[float], expected: str) -> None:
    assert quote(*structured(*STEPS, weights=weights)) == expected


def test_quote_of_a_row_is_the_row() -> None:
    rows: tuple[tuple[BlockKind, str], ...] = (("row", "Land: Austria; Days: 4"), ("row", "Land: Italy; Days: 5"))
    assert quote(*structured(*rows, ("paragraph", "All by post."), weights=(0.8, 0.79, 0.78))) == "Land: Austria; Days: 4"


def test_score_of_headings_passes_to_what_stands_below() -> None:
    chunk, spans = structured(("heading", "Top"), ("heading", "Below"), ("item", "- one"), weights=(0.8, 0.4, 0.2))
    assert [span.weight for span in pass_score_after_heading(chunk, spans)] == pytest.approx([0.64, 0.32, 0.76])


@given(st.lists(st.tuples(st.sampled_from(["heading", "paragraph", "item", "row", "code"]), st.integers(0, 9)), min_size=1))
def test_no_reader_answers_with_a_heading_or_cuts_a_unit(parts: list[tuple[BlockKind, int]]) -> None:
    chunk, _ = structured(*((kind, f"return lamp {n}") for kind, n in parts), weights=[0.0] * len(parts))
    for reader in (LateInteractionReader(FakeEmbedder().embed_tokens), KeywordReader()):
        (found,) = reader.read("return 3", [Passage(chunk, 1.0, 0.5)])
        kinds = {(block.start, block.end): block.kind for block in chunk.blocks}
        kind = kinds[found.sentence.start, found.sentence.end]
        assert kind != "heading" or set(kinds.values()) == {"heading"}


def test_a_question_is_not_quoted_with_its_answer() -> None:
    text = "May I carry it? Yes, in hand luggage."
    spans = [Span(0, 15, 0.8), Span(16, len(text), 0.9)]
    assert expand_to_quote(passage(text).chunk, spans, spans[1]).start == 16


def table(*rows: tuple[str, str]) -> Chunk:
    """Rows of a name and a price."""
    text, blocks = "", []
    for name, price in rows:
        start = len(text)
        text += f"Name: {name}; Price: {price}\n"
        cells = ((start + 6, start + 6 + len(name)), (len(text) - 1 - len(price), len(text) - 1))
        blocks.append(Block(start, len(text) - 1, "row", columns=("Name", "Price"), cells=cells))
    return Chunk("i", "d.md", "Title", text, 0, len(text), blocks=tuple(blocks))


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What does the Bonn lamp cost?", 1),
        ("price of kiel lamps", 0),  # inflection aside
        ("What does a lamp cost?", 2),  # all rows hold it: as the network says
        ("Price?", 2),  # a column's name is no cell
    ],
)
def test_of_a_table_s_rows_the_one_that_is_named_is_favoured(question: str, first: int) -> None:
    chunk = table(("Kiel lamp", "4"), ("Bonn lamp", "5"), ("Ulm lamp", "6"))
    spans = [Span(block.start, block.end, weight) for block, weight in zip(chunk.blocks, (0.5, 0.5, 0.6), strict=True)]
    favoured = favour_named_rows(question, chunk, spans)
    assert max(range(3), key=lambda n: favoured[n].weight) == first
    assert all(0 <= span.weight <= 0.6 for span in favoured)


def test_a_row_whose_question_is_the_one_asked_comes_first_with_its_answer() -> None:
    def row(n: int, question: str, answer: str) -> Passage:
        text = f"{question}\n\n{answer}"
        return Passage(Chunk(str(n), f"faq.csv#row={n}", question, text, 0, len(text)), 1.0, 0.5)

    asked: list[tuple[str, str]] = []

    def match(pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        asked.extend(pairs)
        return np.array([0.9 if "PIN" in title else 0.2 for _, title in pairs])

    untrained = LateInteractionReader(FakeEmbedder().embed_tokens)
    reader = FaqReader(untrained, match)
    question = "What can I do when I forgot my secret code?"
    rows = [row(2, "What can I do when I lost my card?", "Call us."), row(3, "How is a PIN reset?", "Choose Reset. Then wait.")]
    other = passage("My secret code is what I forgot.")
    found = reader.read(question, [*rows, other])
    assert asked == [(question, "What can I do when I lost my card?"), (question, "How is a PIN reset?")]
    first = rank(found)[0]
    assert first.passage is rows[1]
    assert first.relevance >= 0.9
    assert first.passage.chunk.text[first.sentence.start : first.sentence.end] in {"Choose Reset.", "Then wait."}
    assert first.units is None  # as those of the reader itself
    assert [found[0], found[2]] == [untrained.read(question, [*rows, other])[n] for n in (0, 2)]
    assert (reader.name, reader.refuse_below, reader.knows("x")) == (untrained.name, untrained.refuse_below, True)

    class Selecting(LateInteractionReader):
        """Chooses nothing of any passage."""

        def read(self, question: str, passages: Sequence[Passage], before: str = "") -> list[Evidence]:
            return [replace(item, units=(), verdict="no") for item in super().read(question, passages, before)]

    matched = rank(FaqReader(Selecting(FakeEmbedder().embed_tokens), match).read(question, [*rows, other]))[0]
    assert (matched.units, matched.cells, matched.verdict) == ((matched.sentence,), (), "")
    asked.clear()
    assert reader.read(question, [other]) == untrained.read(question, [other])
    assert asked == []


def test_evidence_is_ranked_by_its_score_whatever_else_its_document_has() -> None:
    def item(document: str, score: float, sentence: float) -> Evidence:
        chunk = Chunk(document + str(score), document, "", "text", 0, 4)
        return Evidence(Passage(chunk, score, 0.5), (), Span(0, 4, sentence), 0.5, 0.5, score + 2 * sentence)

    found = [item("a.md", 1.0, 0.1), item("b.md", 0.8, 0.4), item("c.md", 0.7, 0.4), item("c.md", 0.6, 0.4)]
    assert [(e.passage.chunk.document, e.passage.score) for e in rank(found)] == [
        ("b.md", 0.8),
        ("c.md", 0.7),
        ("c.md", 0.6),
        ("a.md", 1.0),
    ]


def test_relevance_grows_with_each_sign() -> None:
    assert relevance(0.2, 0.0) < relevance(0.6, 0.0) < relevance(0.6, 1.0)


def test_coverage_counts_inflected_words_and_headings() -> None:
    assert coverage("returning a titled item", passage("An item was returned").chunk) == 1.0
    assert coverage("returning a lamp", passage("An item was returned").chunk) == 0.5
    assert coverage("???", passage("An item was returned").chunk) == 0.0


@pytest.mark.models
def test_the_default_encoder_marks_the_sentence_that_answers(default_models: Path) -> None:
    minilm = BertEmbedder.from_folder(default_models / "minilm", "minilm")
    text = "Our shop opened in 1998. You may send any unused item back within 30 days of delivery. Lamps are made of steel."
    (evidence,) = LateInteractionReader(minilm.embed_tokens).read("How long do I have to return something?", [passage(text)])
    assert text[evidence.sentence.start : evidence.sentence.end].startswith("You may send")
    strongest = max(evidence.highlights, key=lambda span: span.weight)
    assert evidence.sentence.start <= strongest.start < evidence.sentence.end
