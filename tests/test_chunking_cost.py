"""What chunking costs, whatever a document holds: tokens are looked up, and work grows with the length of the text."""

import random
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from rag import chunking
from rag.types import Block, Document, Mark, Section

WORDS = (
    "return",
    "##s",
    "within",
    "thirty",
    "days",
    "order",
    "straße",
    "the",
    "is",
    "of",
    "un",
    "##known",
    "##ing",
    "1",
    "##0",
)
CHARACTERS = "abcdefghijklmnopqrstuvwxyz.,;:!?()-&#*|…。，退货政策订单物流"


@cache
def wordpiece() -> Any:
    vocabulary = dict.fromkeys(["[UNK]", *WORDS, *CHARACTERS, *(f"##{character}" for character in CHARACTERS)])
    made = Tokenizer(models.WordPiece({token: n for n, token in enumerate(vocabulary)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return made


@cache
def byte_level() -> Any:
    """Whose words have other tokens after a blank than at the beginning of a text."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [
        ("Ġ", "r"),
        ("e", "t"),
        ("u", "r"),
        ("ur", "n"),
        ("Ġr", "et"),
        ("Ġret", "urn"),
        ("d", "a"),
        ("y", "s"),
        ("da", "ys"),
    ]
    vocabulary = {token: n for n, token in enumerate([*alphabet, *(a + b for a, b in merges)])}
    made = Tokenizer(models.BPE(vocabulary, merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return made


@cache
def unigram() -> Any:
    """As sentencepiece does it: blanks are part of the word after them."""
    pieces = [("<unk>", 0.0), *((f"▁{word}", -2.0) for word in WORDS), *((character, -9.0) for character in "▁" + CHARACTERS)]
    made = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    made.normalizer = normalizers.Replace(Regex(r"\s"), " ")
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    return made


TOKENIZERS = {"wordpiece": wordpiece, "byte level": byte_level, "unigram": unigram}


class Counting:
    """A tokenizer that counts how often it is called, and with how many characters."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer, self.calls, self.characters = tokenizer, 0, 0

    def __call__(self, text: str) -> list[tuple[int, int]]:
        self.calls += 1
        self.characters += len(text)
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)

    def count(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)


def plain(text: str) -> Document:
    return Document("a.md", "Title", text, (Section(0, len(text)),))


texts = st.lists(
    st.sampled_from(
        [
            "returns ",
            "within thirty days. ",
            "\n\n",
            "\n",
            "退货政策。订单",
            "unknowning",
            "x" * 130,
            "😀",
            "&",
            "10 ",
            " ",
            "; ",
        ]
    )
    | st.text(max_size=12).filter(lambda text: text.isprintable()),
    max_size=80,
).map("".join)


@pytest.mark.parametrize("kind", TOKENIZERS)
@given(text=texts, size=st.integers(24, 80), overlap=st.integers(0, 12))
def test_every_passage_fits_the_encoder(kind: str, text: str, size: int, overlap: int) -> None:
    tokenizer = Counting(TOKENIZERS[kind]())
    chunks = chunking.split(plain(text), tokenizer, size, overlap)
    assert all(tokenizer.count(chunk.embedded_text) <= size for chunk in chunks)
    covered = {at for chunk in chunks for at in range(chunk.start, chunk.end)}
    assert all(at in covered for at, character in enumerate(text) if not character.isspace())


def test_a_document_is_tokenised_once() -> None:
    rng = random.Random(0)
    paragraphs = [
        " ".join(rng.choices(["return", "within", "thirty", "days.", "Order"], k=rng.randint(20, 300))) for _ in range(60)
    ]
    tokenizer = Counting(wordpiece())
    chunks = chunking.split(plain("\n\n".join(paragraphs)), tokenizer, 160, 32)
    assert tokenizer.calls <= len(chunks) // 8
    assert tokenizer.characters <= 1.01 * sum(map(len, paragraphs))


MANY = 400_000


def _headings(count: int) -> Document:
    text = "# a\n" * count
    blocks = tuple(Block(at, at + 3, "heading", 1) for at in range(0, len(text), 4))
    return Document("a.md", "Title", text, tuple(Section(at, at + 4, ("a",)) for at in range(0, len(text), 4)), blocks)


def _marked(count: int) -> Document:
    text = "ab " * count
    nested = (Mark(0, len(text), "strong"), *(Mark(at, at + 2, "emphasis") for at in range(0, len(text), 3)))
    return Document("a.md", "Title", text, (Section(0, len(text)),), (Block(0, len(text), "paragraph"),), nested)


def _one_row(count: int) -> Document:
    text = "; ".join(["ab"] * count)
    cells = tuple((at, at + 2) for at in range(0, len(text), 4))
    row = Block(0, len(text), "row", columns=("a",) * count, cells=cells)
    return Document("a.csv", "Title", text, (Section(0, len(text)),), (row,))


def _introduced(count: int) -> Document:
    """A long paragraph, whose last sentence introduces a long list."""
    first = "word. " * 8_000 + "These:"
    text = first + "\n\n" + "\n".join(["- an item"] * count)
    items = (Block(at, at + 9, "item", marker="-") for at in range(len(first) + 2, len(text), 10))
    return Document("a.md", "Title", text, (Section(0, len(text)),), (Block(0, len(first), "paragraph"), *items))


HARD = {
    "ampersands": lambda: plain("&" * MANY),
    "one word": lambda: plain("a" * MANY),
    "words on one line": lambda: plain("word " * (MANY // 5)),
    "full stops": lambda: plain("." * MANY + "a"),
    "quotes": lambda: plain("a." + '"' * MANY + "a"),
    "chinese without stops": lambda: plain("退货政策" * (MANY // 4)),
    "wrapped lines": lambda: plain("a line that goes on and on in the\n" * (MANY // 34)),
    "letters": lambda: plain(("a" * 45_000 + "1\nb ") * (MANY // 45_000)),
    "blanks": lambda: plain(("a" + " " * 999) * (MANY // 1000)),
    "headings": lambda: _headings(MANY // 4),
    "marks": lambda: _marked(MANY // 3),
    "one row": lambda: _one_row(MANY // 4),
    "a list after a long paragraph": lambda: _introduced(MANY // 10),
    "control characters": lambda: plain("\u202e" * MANY),
}


@pytest.mark.parametrize("kind", HARD)
def test_hard_documents_take_work_in_proportion_to_their_length(kind: str) -> None:
    """At most a look and a half at each character for its tokens, and as many again where cuts inside words are tried."""
    whole = HARD[kind]()
    tokenizer = Counting(wordpiece())
    chunks = chunking.split(whole, tokenizer, 160, 32)
    assert tokenizer.characters <= 8 * len(whole.text)
    assert all(whole.text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
    assert all(later.start > earlier.start for earlier, later in pairwise(chunks))


def test_split_stops_after_the_most_passages() -> None:
    tokenizer = Counting(wordpiece())
    chunks = chunking.split(plain("return within thirty days. " * 200_000), tokenizer, 160, 32, most=50)
    assert len(chunks) == 50
    assert tokenizer.characters < 200_000


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Return it within thirty days. " * 30, lambda passage, after: passage.endswith(".")),
        ("return it within thirty days " * 30, lambda passage, after: not passage[-1:].isspace() and after[:1].isspace()),
        ("退货政策。" * 60, lambda passage, after: passage.endswith("。")),
        ("退货政策" * 90, lambda passage, after: len(passage) > 40),
    ],
    ids=["sentences", "words", "chinese sentences", "characters"],
)
def test_a_line_without_breaks_is_cut_where_it_hurts_least(text: str, ends: Callable[[str, str], bool]) -> None:
    chunks = chunking.split(plain(text.rstrip()), Counting(wordpiece()), 64, 0)
    assert len(chunks) > 2
    assert all(ends(chunk.text, text[chunk.end :]) for chunk in chunks[:-1])
