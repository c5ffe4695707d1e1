import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import chunking
from rag.errors import SettingsError
from rag.types import Document, Section


def tokenize(text: str) -> list[tuple[int, int]]:
    """A token a word, whatever its length; what an encoder does with words it does not know."""
    spans, start = [], None
    for i, character in enumerate(text + " "):
        if character.isspace():
            if start is not None:
                spans.append((start, i))
            start = None
        elif start is None:
            start = i
    return spans


def document(text: str, *sections: Section) -> Document:
    return Document("a.md", "Title", text, sections or (Section(0, len(text)),))


def lengths(chunks: list, max_tokens: int) -> bool:
    return all(len(tokenize(chunk.context + "\n" + chunk.text)) <= max_tokens for chunk in chunks)


texts = st.lists(
    st.sampled_from(["word", "A sentence ends. ", "\n\n", "\n", "退货政策。", "שלום עולם ", "😀", "x" * 70, " ", "\t", "# H\n"])
    | st.text(max_size=9),
    max_size=60,
).map("".join)


@given(texts, st.integers(24, 80), st.integers(0, 10))
def test_chunks_slice_the_document_and_leave_no_word_out(text: str, size: int, overlap: int) -> None:
    chunks = chunking.split(document(text), tokenize, size, overlap)
    covered: set[int] = set()
    for chunk in chunks:
        assert text[chunk.start : chunk.end] == chunk.text
        covered.update(range(chunk.start, chunk.end))
    assert all(i in covered for i, character in enumerate(text) if not character.isspace())
    assert lengths(chunks, size)
    assert len({chunk.id for chunk in chunks}) == len(chunks)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 300_000,
        "word " * 50_000,
        "".join(random.Random(0).choices("退货政策订单物流", k=50_000)),
        "שלום עולם. " * 5_000,
        "😀🏳️‍🌈 " * 5_000,
        "\u202eabc\u202c " * 3_000,
    ],
    ids=["no spaces", "one line", "chinese", "right to left", "emoji", "direction marks"],
)
def test_hard_texts_keep_their_offsets(text: str) -> None:
    chunks = chunking.split(document(text), tokenize, 64, 8)
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
    assert chunks[0].start == 0
    assert chunks[-1].end == len(text.rstrip())
    assert all(later.start <= earlier.end + 1 for earlier, later in pairwise(chunks))
    assert max(len(chunk.text) for chunk in chunks) <= 64 * 16


def test_a_chunk_never_crosses_a_section_and_knows_its_place() -> None:
    text = "# A\nfirst\n# B\nsecond\n"
    chunks = chunking.split(document(text, Section(0, 10, ("A",), 1), Section(10, 21, ("B",), 2)), tokenize, 64, 8)
    assert [(chunk.headings, chunk.page, chunk.text) for chunk in chunks] == [
        (("A",), 1, "# A\nfirst"),
        (("B",), 2, "# B\nsecond"),
    ]
    assert chunks[0].context == "Title > A"


def test_a_heading_without_text_goes_with_the_section_below_it() -> None:
    text = "# A\n## B\nbody\n"
    chunks = chunking.split(document(text, Section(0, 4, ("A",)), Section(4, 14, ("A", "B"))), tokenize, 64, 8)
    assert [chunk.text for chunk in chunks] == ["# A\n## B\nbody"]


def test_a_heading_stays_with_the_first_items_of_a_long_list() -> None:
    text = "Steps\n\n" + "\n".join(f"{i}. Do the thing number {i} with care." for i in range(1, 15))
    first = chunking.split(document(text), tokenize, 40, 0)[0]
    assert first.text.startswith("Steps\n\n1. Do")


def test_overlap_repeats_whole_sentences() -> None:
    text = " ".join(f"Sentence number {i} is here." for i in range(30))
    chunks = chunking.split(document(text), tokenize, 40, 12)
    assert len(chunks) > 2
    for earlier, later in pairwise(chunks):
        assert earlier.start < later.start < earlier.end
        assert later.text.startswith("Sentence number")


def test_an_edit_keeps_the_ids_of_what_did_not_change() -> None:
    sections = "Alpha one two three.\n\n", "Beta four five six.\n\n"
    before = chunking.split(document("".join(sections), Section(0, 22), Section(22, 43)), tokenize, 30, 0)
    longer = "Alpha one two three and more.\n\n"
    after = chunking.split(document(longer + sections[1], Section(0, 31), Section(31, 52)), tokenize, 30, 0)
    assert before[0].id != after[0].id
    assert before[1].id == after[1].id
    assert before[1].start != after[1].start


def test_endless_headings_leave_room_for_text() -> None:
    text = "body of the text " * 30
    section = Section(0, len(text), ("h " * 400, "i" * 4000, "j " * 90))
    chunks = chunking.split(Document("a", "t " * 500, text, (section,)), tokenize, 64, 8)
    assert lengths(chunks, 64)
    assert all(len(tokenize(chunk.context)) <= 22 for chunk in chunks)


def test_overlap_over_half_a_chunk_is_refused() -> None:
    with pytest.raises(SettingsError, match="RAG_CHUNK_OVERLAP is 40, more than half of RAG_CHUNK_TOKENS=64"):
        chunking.split(document("text"), tokenize, 64, 40)
