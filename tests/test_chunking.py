import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import chunking
from rag.errors import SettingsError
from rag.types import Block, BlockKind, Chunk, Document, Mark, Section


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


@dataclass
class Draft:
    """A random document: its blocks in order, joined as loaders join them."""

    text: str = ""
    blocks: list[Block] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    def add(self, kind: BlockKind, words: int, sentences: int, level: int) -> "Draft":
        same = bool(self.blocks) and self.blocks[-1].kind == kind and kind in ("item", "row")
        self.text += "" if not self.text else "\n" if same else "\n\n"
        if kind == "heading" and level < 2:
            self.sections.append(Section(len(self.text), 0, (f"H{len(self.sections)}",)))
        start, cells = len(self.text), ()
        one = " ".join(f"w{len(self.blocks)}" for _ in range(words)) + "."
        if kind == "row":
            self.text += f"Name: {one}; Price: 9"
            cells = ((start + 6, start + 6 + len(one)), (len(self.text) - 1, len(self.text)))
        else:
            self.text += ("- " if kind == "item" else "") + " ".join([one] * (sentences if kind == "paragraph" else 1))
        columns = ("Name", "Price") if cells else ()
        marker = "-" if kind == "item" else ""
        caption = "Our prices" if kind == "row" else ""
        self.blocks.append(Block(start, len(self.text), kind, level, marker, columns, cells, caption))
        return self

    def document(self) -> Document:
        starts = [0, *(section.start for section in self.sections if section.start), len(self.text)]
        paths = {section.start: section.headings for section in self.sections}
        sections = tuple(Section(a, b, paths.get(a, ())) for a, b in pairwise(starts) if a < b)
        marks = tuple(Mark(at, min(at + 9, len(self.text)), "strong") for at in range(0, len(self.text), 7))
        return Document("a.md", "Title", self.text, sections, tuple(self.blocks), marks)


pieces = st.tuples(
    st.sampled_from(["heading", "paragraph", "item", "row", "code"]), st.integers(1, 30), st.integers(1, 4), st.integers(0, 3)
)
documents = st.lists(pieces, min_size=1, max_size=25).map(
    lambda parts: reduce(lambda draft, part: draft.add(*part), parts, Draft()).document()
)


@given(documents, st.integers(24, 90), st.integers(0, 12))
def test_chunks_of_blocks_keep_offsets_blocks_and_marks(whole: Document, size: int, overlap: int) -> None:
    chunks = chunking.split(whole, tokenize, size, overlap)
    covered = {at for chunk in chunks for at in range(chunk.start, chunk.end)}
    said = [block.end for block in whole.blocks if block.kind != "heading"]
    end = said[-1] if said else len(whole.text)  # headings that nothing follows make no passage, but of a document of headings
    assert all(at in covered for at, character in enumerate(whole.text[:end]) if not character.isspace())
    assert lengths(chunks, size)
    assert [chunk.start for chunk in chunks] == sorted({chunk.start for chunk in chunks})
    for chunk in chunks:
        assert whole.text[chunk.start : chunk.end] == chunk.text
        for block, before in zip(chunk.blocks, overlapped(whole.blocks, chunk), strict=True):
            start, end = max(before.start, chunk.start), min(before.end, chunk.end)
            assert (block.start + chunk.start, block.end + chunk.start) == (start, end)
            assert (block.kind, block.level, block.caption) == (before.kind, before.level, before.caption)
            cut = (start, end) != (before.start, before.end)
            within = [n for n, (a, b) in enumerate(before.cells) if not cut or (a < end and b > start)]
            assert block.columns == tuple(before.columns[n] for n in within)
            assert all(block.start <= first <= last <= block.end for first, last in block.cells)
            if not cut:
                values = [whole.text[slice(*cell)] for cell in before.cells]
                assert [chunk.text[slice(*cell)] for cell in block.cells] == values
                assert block.marker == before.marker
        marked = {at for mark in whole.marks for at in range(mark.start, mark.end) if chunk.start <= at < chunk.end}
        assert {chunk.start + at for mark in chunk.marks for at in range(mark.start, mark.end)} == marked


@given(documents, st.integers(30, 90), st.integers(0, 12))
def test_chunks_cut_no_item_and_no_row_that_fits(whole: Document, size: int, overlap: int) -> None:
    for chunk in chunking.split(whole, tokenize, size, overlap):
        for block in overlapped(whole.blocks, chunk):
            if block.kind in ("item", "row") and not (chunk.start <= block.start and block.end <= chunk.end):
                at = whole.blocks.index(block)
                headings = list(takewhile(lambda b: b.kind == "heading", reversed(whole.blocks[:at])))
                tokens = sum(len(tokenize(whole.text[b.start : b.end])) for b in (*headings, block))
                # the rest of a chunk has the context: a title and a heading
                assert tokens > size - 3


@given(documents, st.integers(30, 90), st.integers(0, 12))
def test_chunks_never_end_with_a_heading(whole: Document, size: int, overlap: int) -> None:
    chunks = chunking.split(whole, tokenize, size, overlap)
    last = max((block.start for block in whole.blocks if block.kind != "heading"), default=-1)
    for chunk in chunks:
        if chunk.blocks[-1].kind == "heading" and chunk.end <= last:
            # only so many headings in a row that no text fits beside them
            first = [*takewhile(lambda b: b.kind == "heading", reversed(overlapped(whole.blocks, chunk)))][-1]
            run = takewhile(lambda b: b.kind == "heading", whole.blocks[whole.blocks.index(first) :])
            assert 2 * sum(len(tokenize(whole.text[b.start : b.end])) for b in run) > size - 3


def overlapped(blocks: Sequence[Block], chunk: Chunk) -> list[Block]:
    return [block for block in blocks if block.start < chunk.end and block.end > chunk.start]


def build(*parts: tuple[BlockKind, str], caption: str = "") -> Document:
    """A document of these blocks."""
    text, blocks = "", []
    for kind, own in parts:
        text += "\n\n" if text else ""
        marker = own.split()[0] if kind == "item" else ""
        blocks.append(Block(len(text), len(text) + len(own), kind, 0, marker, caption=caption if kind == "row" else ""))
        text += own
    return Document("a.md", "Title", text, (Section(0, len(text)),), tuple(blocks))


def test_chunks_of_a_list_repeat_the_sentence_that_introduces_it() -> None:
    items = [("item", f"- step {n} takes you so many words further") for n in range(9)]
    chunks = chunking.split(build(("paragraph", "We sell lamps. To return one:"), *items), tokenize, 40, 0)
    assert len(chunks) > 2
    assert chunks[0].lead == ""
    assert {chunk.lead for chunk in chunks[1:]} == {"To return one:"}
    assert chunks[1].context == "Title\nTo return one:"
    assert chunks[1].embedded_text == f"Title\nTo return one:\n{chunks[1].text}"
    assert chunks[1].text.startswith("- step")
    assert chunks[1].blocks[0].marker == "-"


def test_chunks_of_a_table_repeat_its_caption_and_no_rows() -> None:
    rows = [("row", f"Country: land {n}; Days: {n}; Price: {n} pounds and some more") for n in range(9)]
    chunks = chunking.split(build(("paragraph", "Where we ship."), *rows, caption="Shipping"), tokenize, 40, 15)
    assert len(chunks) > 2
    assert [chunk.lead for chunk in chunks] == ["", *["Shipping"] * (len(chunks) - 1)]
    assert all(earlier.end < later.start for earlier, later in pairwise(chunks))


def test_lead_that_is_long_is_left_out() -> None:
    items = [("item", f"- step {n} takes you so many words further") for n in range(9)]
    chunks = chunking.split(build(("paragraph", "word " * 20 + "end:"), *items), tokenize, 40, 0)
    assert {chunk.lead for chunk in chunks} == {""}


def test_lead_makes_another_passage_of_the_same_text() -> None:
    items = [("item", f"- step {n} takes you so many words further") for n in range(9)]
    one, other = (chunking.split(build(("paragraph", lead), *items), tokenize, 40, 0)[1] for lead in ("Do:", "Never do:"))
    assert one.text == other.text
    assert one.id != other.id


def test_overlap_repeats_whole_items() -> None:
    items = [("item", f"- step {n} takes you so many words further") for n in range(9)]
    chunks = chunking.split(build(*items), tokenize, 40, 12)
    for earlier, later in pairwise(chunks):
        assert later.start < earlier.end
        assert later.text.startswith("- step")


def test_a_document_without_blocks_has_its_headings_and_paragraphs() -> None:
    text = "# Returns\n\nYou have 30 days.\n\nAsk for a label.\n"
    whole = Document("a.md", "Returns", text, (Section(0, len(text), ("Returns",)),))
    (chunk,) = chunking.split(whole, tokenize, 64, 0)
    found = [(block.kind, chunk.text[block.start : block.end]) for block in chunk.blocks]
    assert found == [("heading", "# Returns"), ("paragraph", "You have 30 days."), ("paragraph", "Ask for a label.")]


def test_part_of_a_cut_row_has_only_its_own_columns() -> None:
    names = [f"c{n}" for n in range(400)]
    text = "; ".join(f"{name}: {name}" for name in names)
    starts = [text.index(f"{name}: {name}") + len(name) + 2 for name in names]
    cells = tuple((start, start + len(name)) for start, name in zip(starts, names, strict=True))
    row = Block(0, len(text), "row", columns=tuple(names), cells=cells)
    whole = Document("a.md", "Title", text, (Section(0, len(text)),), (row,))
    chunks = chunking.split(whole, tokenize, 60, 0)
    assert len(chunks) > 5
    said = [
        (column, chunk.text[a:b])
        for chunk in chunks
        for block in chunk.blocks
        for column, (a, b) in zip(block.columns, block.cells, strict=True)
    ]
    assert {column for column, _ in said} == set(names)
    assert len(said) <= len(names) + len(chunks)
    assert all("c0: c0" in chunk.context for chunk in chunks[1:])  # what the row is of


def test_headings_without_a_body_are_no_passage() -> None:
    draft = Draft().add("heading", 3, 1, 0).add("paragraph", 5, 2, 0).add("heading", 3, 1, 0).add("heading", 2, 1, 0)
    (chunk,) = chunking.split(draft.document(), tokenize, 80, 0)
    assert chunk.end == draft.blocks[1].end
    alone = Draft().add("heading", 3, 1, 0).document()
    assert [chunk.text for chunk in chunking.split(alone, tokenize, 80, 0)] == [alone.text.strip()]
