"""A document to its chunks: section by section, each with its context, its blocks and marks, and an id of its own."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice, takewhile

from rag.chunking.packing import Packer
from rag.chunking.tokens import Tokenize, Tokens
from rag.errors import SettingsError
from rag.text import trim
from rag.types import Block, Chunk, Document, Section
from rag.units import Sorted, clip_block, clip_blocks, clip_marks, document_blocks


def split(document: Document, tokenize: Tokenize, max_tokens: int, overlap: int, most: int | None = None) -> list[Chunk]:
    """Chunks of at most `max_tokens` tokens, context included, each repeating up to `overlap` tokens of the one before.

    What is repeated are whole sentences or list items. Chunks never cross a section, so each has one heading path and one
    page; a section of headings alone goes with the next. After `most` chunks the rest of the document is not looked at.
    Raises SettingsError if the overlap leaves less than half of a chunk for new text.
    """
    if overlap * 2 > max_tokens:
        raise SettingsError(f"RAG_CHUNK_OVERLAP is {overlap}, more than half of RAG_CHUNK_TOKENS={max_tokens}: lower it.")
    return list(islice(_chunks(document, Tokens(document.text, tokenize), max_tokens, overlap), most))


def _chunks(document: Document, tokens: Tokens, max_tokens: int, overlap: int) -> Iterator[Chunk]:
    seen: Counter[tuple[str, str]] = Counter()
    marks = Sorted(document.marks)
    shortened = lru_cache(maxsize=64)(lambda headings: _shorten_context(document.title, headings, tokens, max_tokens // 3))
    for section, blocks in _sections(document):
        own = Sorted(blocks)
        title, headings, used = shortened(section.headings)
        for start, end, lead in Packer(tokens, blocks, max_tokens - used, overlap).chunks():
            text = document.text[start:end]
            within, marked = own.within(start, end), marks.within(start, end)
            found = Chunk(
                id="",
                document=document.name,
                title=title,
                text=text,
                start=start,
                end=end,
                headings=headings,
                page=section.page,
                lead=lead,
                blocks=clip_blocks(within, start, end),
                marks=clip_marks(marked, start, end),
            )
            seen[found.context, text] += 1
            key = "\0".join((document.name, found.context, text, str(seen[found.context, text])))
            yield replace(found, id=hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32])


def _shorten_context(title: str, headings: tuple[str, ...], tokens: Tokens, room: int) -> tuple[str, tuple[str, ...], int]:
    """Title and headings that leave room for text, and their tokens: outer headings go first, then the ends of long ones."""
    while True:
        if (used := tokens.alone(Chunk("", "", title, "", 0, 0, headings).context + "\n")) <= room:
            return title, headings, used
        if len(headings) > 1:
            headings = headings[1:]
        elif headings and len(headings[0]) > len(title):
            headings = (headings[0][: len(headings[0]) * 3 // 4].rstrip() + "…",) if len(headings[0]) > 8 else ()
        else:
            title = title[: len(title) * 3 // 4].rstrip() + "…" if len(title) > 8 else ""


def _sections(document: Document) -> Iterator[tuple[Section, list[Block]]]:
    """Sections with their blocks; headings at the end of one, or alone in it, go with the next.

    Headings that nothing follows answer nothing: they make a passage only where the document has nothing else.
    """
    blocks = Sorted(document_blocks(document))
    waiting: list[Block] = []
    section, empty = None, True
    for section in document.sections:
        near = blocks.within(section.start, section.end)
        own = list(_covering(document.text, near, section.start, section.end))
        headings = list(takewhile(lambda block: block.kind == "heading", reversed(own)))[::-1]
        if len(own) == len(headings):
            waiting += headings
            continue
        yield section, [*waiting, *own[: len(own) - len(headings)]]
        waiting, empty = headings, False
    if waiting and empty and section is not None:
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
