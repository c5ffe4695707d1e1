from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rag.models.encoder import BertEmbedder
from rag.reading import FaqReader, LateInteractionReader, coverage, rank, relevance
from rag.reading.ranking import quoted
from rag.types import Chunk, Evidence, Passage, Span
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
        ((0.1, 0.2, 0.9, 0.8), "choose Reset. Then wait."),
        ((0.9, 0.1, 0.9, 0.9), "To reset it, wait."),
    ],
)
def test_sentences_beside_the_best_are_quoted_with_it_where_they_answer_too(weights: Sequence[float], expected: str) -> None:
    text = "To reset it, wait. Open Settings: choose Reset. Then wait."
    ends = (18, 33, 47, len(text))
    starts = (0, 19, 34, 48)
    spans = [Span(start, end, weight) for start, end, weight in zip(starts, ends, weights, strict=True)]
    found = quoted("Which?", passage(text).chunk, spans, max(spans, key=lambda span: span.weight))
    announced = " choose Reset." if expected.endswith(":") else ""
    assert text[found.start : found.end] == expected + announced


def test_what_is_quoted_is_not_long() -> None:
    text = "Return it. " * 100
    spans = [Span(n * 11, n * 11 + 10, 0.9) for n in range(100)]
    found = quoted("Which?", passage(text).chunk, spans, spans[50])
    assert len(text[found.start : found.end].split()) == 80


def test_steps_are_quoted_together_where_a_question_asks_how() -> None:
    text = "Open the lid. Press the button for five seconds. Close it. We sell lids."
    starts = [0, 14, 49, 59]
    spans = [Span(s, e, w) for s, e, w in zip(starts, (13, 48, 58, len(text)), (0.4, 0.9, 0.3, 0.1), strict=True)]
    steps = quoted("How do I reset it?", passage(text).chunk, spans, spans[1])
    assert text[steps.start : steps.end] == text[:58]
    fact = quoted("Which button resets it?", passage(text).chunk, spans, spans[1])
    assert text[fact.start : fact.end] == text[14:48]


def test_a_question_is_not_quoted_with_its_answer() -> None:
    text = "May I carry it? Yes, in hand luggage."
    spans = [Span(0, 15, 0.8), Span(16, len(text), 0.9)]
    assert quoted("May I?", passage(text).chunk, spans, spans[1]).start == 16


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
    assert [found[0], found[2]] == [untrained.read(question, [*rows, other])[n] for n in (0, 2)]
    assert (reader.name, reader.refuse_below, reader.knows("x")) == (untrained.name, untrained.refuse_below, True)
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
