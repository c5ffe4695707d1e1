"""A document in, passages for the index out: whole blocks, measured in the encoder's tokens, with exact offsets.

Blocks are packed while they fit. A paragraph that does not fit alone is cut between sentences; a sentence, list item or table
row that does not fit alone, its headings counted, is cut as text: by langchain-text-splitters, then at token boundaries.
"""

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, pairwise, takewhile

from rag.errors import SettingsError
from rag.text import sentences, trim
from rag.types import Block, Chunk, Document, Section
from rag.units import Sorted, clip_block, clip_blocks, clip_marks, document_blocks

Tokenize = Callable[[str], list[tuple[int, int]]]
"""Text to the (start, end) characters of its tokens, special tokens not counted."""

# Paragraph, line, end of sentence (with and without a following blank), clause: from the strongest boundary to the weakest.
_SEPARATORS = [r"\n\n+", r"\n", r"(?<=[.!?…])\s+", r"(?<=[。！？])", r"(?<=[;；，,])\s*"]
# An unknown word is one token however long it is; nothing longer than this counts as one.
_LONGEST_TOKEN = 16
_LONG = 50_000  # characters of a block that is not tokenised whole: its tokens would take 5 MB
_LEAD, _HEADINGS = 4, 2  # what of a chunk's room its lead may take, and its first headings: one part in so many


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is not cut any further: a block, a sentence or a part of either, and how many tokens it has."""

    start: int
    end: int
    tokens: int
    block: Block


def split(document: Document, tokenize: Tokenize, max_tokens: int, overlap: int) -> list[Chunk]:
    """Chunks of at most `max_tokens` tokens, context included, each repeating up to `overlap` tokens of the one before.

    What is repeated are whole sentences or list items. Chunks never cross a section, so each has one heading path and one
    page; a section of headings alone goes with the next. Raises SettingsError if the overlap leaves less than half of a chunk
    for new text.
    """
    if overlap * 2 > max_tokens:
        raise SettingsError(f"RAG_CHUNK_OVERLAP is {overlap}, more than half of RAG_CHUNK_TOKENS={max_tokens}: lower it.")
    chunks: list[Chunk] = []
    seen: Counter[tuple[str, str]] = Counter()
    shortened = lru_cache(maxsize=64)(lambda headings: _shorten_context(document.title, headings, tokenize, max_tokens // 3))
    marks = Sorted(document.marks)
    for section, blocks in _sections(document):
        own = Sorted(blocks)
        title, headings, used = shortened(section.headings)
        draft = Chunk("", document.name, title, "", 0, 0, headings, section.page)
        packer = _Packer(document.text, blocks, tokenize, max_tokens - used, overlap)
        for start, end, lead in packer.chunks():
            text = document.text[start:end]
            found = replace(draft, text=text, start=start, end=end, lead=lead)
            seen[found.context, text] += 1
            key = "\0".join((document.name, found.context, text, str(seen[found.context, text])))
            identity = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
            within = clip_blocks(own.within(start, end), start, end)
            chunks.append(replace(found, id=identity, blocks=within, marks=clip_marks(marks.within(start, end), start, end)))
    return chunks


class _Packer:
    """The blocks of one section to the spans of its chunks, each with its lead."""

    def __init__(self, text: str, blocks: list[Block], tokenize: Tokenize, room: int, overlap: int) -> None:
        self._text, self._blocks, self._tokenize, self._room = text, blocks, tokenize, room
        self._overlap = min(overlap, room // 2)
        # the block before the first of each list or table, by where any of its blocks begins
        self._before_run: dict[int, Block | None] = {}
        for last, block in zip([None, *blocks], blocks, strict=False):
            same = last is not None and last.kind == block.kind
            self._before_run[block.start] = self._before_run[last.start] if last and same else last

    def chunks(self) -> Iterator[tuple[int, int, str]]:
        """(start, end, lead) of each chunk."""
        kept: list[_Piece] = []
        lead, used = "", 0
        for group in self._groups():
            size = sum(piece.tokens for piece in group)
            if kept and used + size <= self._room:
                kept, used = kept + group, used + size
                continue
            if kept:
                yield from self._checked(kept, lead)
            kept = [*self._repeated(kept, group[0], self._room - size), *group]
            lead, used = self._lead(kept[0], self._room - sum(piece.tokens for piece in kept))
            used += sum(piece.tokens for piece in kept)
        if kept:
            yield from self._checked(kept, lead)

    def _checked(self, pieces: list[_Piece], lead: str) -> Iterator[tuple[int, int, str]]:
        """The span, cut once more if its tokens are more than those of its pieces: cuts inside words may make more."""
        start, end = pieces[0].start, pieces[-1].end
        beside = _length(lead, self._tokenize) if lead else 0
        for first, last in _fit(self._text, start, end, self._tokenize, self._room - beside):
            begin, stop = trim(self._text, first, last)
            if begin < stop:
                yield begin, stop, lead if first == start else ""

    def _groups(self) -> Iterator[list[_Piece]]:
        """Pieces that stay together: each with the headings before it."""
        waiting: list[_Piece] = []
        for block in self._blocks:
            if block.kind == "heading":
                pieces = list(self._pieces(block, self._room))
                if len(pieces) > 1 or sum(p.tokens for p in (*waiting, *pieces)) * _HEADINGS > self._room:
                    yield from ([piece] for piece in waiting)  # more headings in a row than leave room for text
                    waiting = []
                yield from ([piece] for piece in pieces[:-1])
                waiting += pieces[-1:]
                continue
            room = self._room - sum(piece.tokens for piece in waiting)
            for piece in self._pieces(block, max(1, room)):
                yield [*waiting, piece]
                waiting = []
        if waiting:
            yield waiting

    def _pieces(self, block: Block, room: int) -> Iterator[_Piece]:
        """The block if it fits, otherwise its sentences if it is a paragraph, and of what does not fit either, parts."""
        text = self._text
        if block.end - block.start > _LONG:
            yield from self._parts(block, block.start, block.end, room)
            return
        tokens = [block.start + at for at, _ in _bounded(self._tokenize(text[block.start : block.end]))]
        if len(tokens) <= room:
            yield _Piece(block.start, block.end, len(tokens), block)
            return
        spans = [(block.start, block.end)]
        if block.kind == "paragraph":
            # a sentence goes up to where the next begins: between two may stand what has no words
            starts = [block.start, *(block.start + at for at, _ in sentences(text[block.start : block.end])[1:]), block.end]
            spans = [trim(text, *span) for span in pairwise(starts)]
        for start, end in spans:
            count = bisect_left(tokens, end) - bisect_left(tokens, start)
            if count <= room:
                yield _Piece(start, end, count, block)
            else:
                yield from self._parts(block, start, end, room)

    def _parts(self, block: Block, start: int, end: int, room: int) -> Iterator[_Piece]:
        for first, last in _cut(self._text, start, end, self._tokenize, room):
            begin, stop = trim(self._text, first, last)
            if begin < stop:
                yield _Piece(begin, stop, _length(self._text[begin:stop], self._tokenize), block)

    def _repeated(self, before: list[_Piece], after: _Piece, room: int) -> list[_Piece]:
        """What of the chunk before is repeated: its last sentences and list items, no rows, and nothing before a heading."""
        found: list[_Piece] = []
        left = min(self._overlap, room)
        if after.block.kind == "heading":
            return found
        for piece in reversed(before):
            if piece.block.kind not in {"paragraph", "item"}:
                break
            units = [piece] if piece.block.kind == "item" else self._sentences(piece)
            for unit in reversed(units):
                if unit.tokens > left or unit.start <= before[0].start:
                    return found
                found.insert(0, unit)
                left -= unit.tokens
        return found

    def _sentences(self, piece: _Piece) -> list[_Piece]:
        text = self._text[piece.start : piece.end]
        if len(text) > _LONG:
            return [piece]
        starts = [0, *(at for at, _ in sentences(text)[1:]), len(text)]
        if len(starts) == 2:
            return [piece]
        spans = [(piece.start + at, piece.start + len(text[:end].rstrip())) for at, end in pairwise(starts)]
        return [_Piece(a, b, _length(self._text[a:b], self._tokenize), piece.block) for a, b in spans]

    def _lead(self, first: _Piece, room: int) -> tuple[str, int]:
        """What the chunk's first piece needs and stands before it, and its tokens; nothing where that does not fit."""
        lead = self._introduction(first)
        tokens = _length(lead + "\n", self._tokenize) if lead else 0
        return (lead, tokens) if tokens <= min(room, self._room // _LEAD) else ("", 0)

    def _introduction(self, first: _Piece) -> str:
        """A table's caption, or the last sentence of the paragraph before the list, or with a colon before the table."""
        block = first.block
        if block.kind not in {"item", "row"}:
            return ""
        if block.kind == "row" and block.caption:
            return block.caption
        before = self._before_run[block.start]
        if before is None or before.kind != "paragraph" or before.end - before.start > _LONG:
            return ""
        text = self._text[before.start : before.end]
        last = text[slice(*sentences(text)[-1])] if sentences(text) else ""
        return " ".join(last.split()) if block.kind == "item" or last.endswith((":", "：")) else ""


def _cut(text: str, start: int, end: int, tokenize: Tokenize, room: int) -> Iterator[tuple[int, int]]:
    """Spans of at most `room` tokens: lines, sentences or clauses, joined while they fit."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    most = room * _LONGEST_TOKEN  # characters that could fit; what is longer need not be tokenised to know that it does not
    splitter = RecursiveCharacterTextSplitter(
        separators=_SEPARATORS,
        is_separator_regex=True,
        keep_separator="end",
        strip_whitespace=False,
        chunk_size=room,
        chunk_overlap=0,
        length_function=lambda piece: max(1, _length(piece, tokenize) if len(piece) <= most else len(piece) // _LONGEST_TOKEN),
    )
    # Running sums of the pieces' lengths are exact where the splitter's own start_index is not.
    ends = list(accumulate((len(piece) for piece in splitter.split_text(text[start:end])), initial=start))
    assert ends[-1] == end, "the splitter lost characters"
    for left, right in pairwise(ends):
        yield from _fit(text, left, right, tokenize, room)


def _fit(text: str, start: int, end: int, tokenize: Tokenize, room: int) -> Iterator[tuple[int, int]]:
    """The span itself if it fits, otherwise cut after its last token that fits (at a blank if one is near), and so on."""
    while start < end:
        # A look at more characters than can fit, never at the whole of a 10 MB line.
        near = text[start : min(end, start + (room + 1) * _LONGEST_TOKEN)]
        tokens = _bounded(tokenize(near))
        if start + len(near) == end and len(tokens) <= room:
            yield start, end
            return
        cut = tokens[room - 1][1] if len(tokens) > room else (tokens[-1][1] if tokens else len(near))
        blank = max(near.rfind(" ", cut // 2, cut), near.rfind("\n", cut // 2, cut))
        cut = blank + 1 if blank > 0 and cut < len(near) else max(cut, 1)
        while cut > 1 and _length(near[:cut], tokenize) > room:  # a cut inside a word may make more tokens of it
            cut = cut * 3 // 4
        yield start, start + cut
        start += cut


def _length(text: str, tokenize: Tokenize) -> int:
    return sum(1 for _ in _bounded(tokenize(text)))


def _bounded(tokens: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if all(end - start <= _LONGEST_TOKEN for start, end in tokens):
        return tokens
    return [
        (at, min(at + _LONGEST_TOKEN, end)) for start, end in tokens for at in range(start, max(end, start + 1), _LONGEST_TOKEN)
    ]


def _shorten_context(title: str, headings: tuple[str, ...], tokenize: Tokenize, room: int) -> tuple[str, tuple[str, ...], int]:
    """Title and headings that leave room for text, and their tokens: outer headings go first, then the ends of long ones."""
    while True:
        context = Chunk("", "", title, "", 0, 0, headings).context
        if (tokens := _length(context + "\n", tokenize)) <= room:
            return title, headings, tokens
        if len(headings) > 1:
            headings = headings[1:]
        elif headings and len(headings[0]) > len(title):
            headings = (headings[0][: len(headings[0]) * 3 // 4].rstrip() + "…",) if len(headings[0]) > 8 else ()
        else:
            title = title[: len(title) * 3 // 4].rstrip() + "…" if len(title) > 8 else ""


def _sections(document: Document) -> Iterator[tuple[Section, list[Block]]]:
    """Sections with their blocks; headings at the end of one, or alone in it, go with the next."""
    blocks = Sorted(document_blocks(document))
    waiting: list[Block] = []
    section = None
    for section in document.sections:
        near = blocks.within(section.start, section.end)
        own = [*waiting, *_covering(document.text, near, section.start, section.end)]
        waiting = list(takewhile(lambda block: block.kind == "heading", reversed(own)))[::-1]
        if len(own) > len(waiting):
            yield section, own[: len(own) - len(waiting)]
    if waiting and section is not None:
        yield section, waiting


def _covering(text: str, blocks: Sequence[Block], start: int, end: int) -> Iterator[Block]:
    """The blocks within a section, and as paragraphs what stands in none."""
    at = start
    for block in blocks:
        first, last = trim(text, max(block.start, at), min(block.end, end))
        if first < last:
            gap = trim(text, at, first)
            if gap[0] < gap[1]:
                yield Block(*gap, "paragraph")
            yield clip_block(block, first, last)
            at = last
    gap = trim(text, at, end)
    if gap[0] < gap[1]:
        yield Block(*gap, "paragraph")
