"""Headings that their writer gave no style: paragraphs that are bold throughout and stand above text, as in a PDF.

A line that says something of the whole document, such as its date or whom it is for, stays a paragraph.
"""

from bisect import bisect_right
from collections.abc import Sequence, Set
from dataclasses import replace

from rag.loading.cleaning import has_words
from rag.loading.notices import of_head
from rag.types import Block, Document, Section

_LONGEST = 100  # Characters of a heading.
_MOST = 0.25  # Of all characters: above this, bold letters tell no headings (forms, posters).
_ENDS = (".", ",", ";", "。", "，", "；")  # Of a sentence or a part of one.


def with_bold_headings(document: Document, closed: Set[int]) -> Document:
    """The document with its bold headings, each below the last real one; all sections end before the blocks `closed`."""
    strong = _strong(document)
    may = [n for n in sorted(strong) if _may_head(document, n)]
    if sum(document.blocks[n].end - document.blocks[n].start for n in may) > _MOST * len(document.text):
        return document
    found = [n for n in may if n + 1 not in strong and n + 1 not in closed and _has_text_below(document, n)]
    while found:
        headed = _headed(document, found, closed)
        if of_head(headed) == of_head(document):
            return headed
        del found[0]
    return document


def _strong(document: Document) -> set[int]:
    """The places of the blocks whose whole text is strong, but for the marker of an item."""
    starts = [block.start for block in document.blocks]
    reached: dict[int, int] = {}  # How far the text of a block is strong.
    for mark in document.marks:
        if mark.kind == "strong":
            n = bisect_right(starts, mark.start) - 1
            done = reached.get(n, starts[n] + len(document.blocks[n].marker))
            if not document.text[done : mark.start].strip():
                reached[n] = mark.end
    return {n for n, done in reached.items() if done == document.blocks[n].end}


def _may_head(document: Document, n: int) -> bool:
    block = document.blocks[n]
    text = _text(document, block)
    lone = _is_numbered(block) and not any(map(_is_numbered, document.blocks[max(0, n - 1) : n]))
    alone = lone or block.kind == "paragraph"
    return alone and len(text) <= _LONGEST and "\n" not in text and has_words(text) and not text.endswith(_ENDS)


def _is_numbered(block: Block) -> bool:
    """Whether it is an item with a number, as "1. Scope" is in Word."""
    return block.kind == "item" and not block.level and any(map(str.isalnum, block.marker))


def _has_text_below(document: Document, n: int) -> bool:
    """Whether a block stands above text: no item of a list above another, no title of a table alone."""
    block = document.blocks[n]
    below = document.blocks[n + 1] if n + 1 < len(document.blocks) else None
    if below is None or below.kind == "heading" or block.kind == below.kind == "item":
        return False
    return below.kind != "row" or below.caption != _text(document, block)


def _headed(document: Document, found: Sequence[int], closed: Set[int]) -> Document:
    """The document with the blocks `found` as headings; each holds up to the next heading of any kind."""
    blocks = list(document.blocks)
    bold = set(found)
    turns = [n for n, block in enumerate(blocks) if n in bold or n in closed or block.kind == "heading"]
    sections: list[Section] = []
    levels: dict[str, int] = {}  # Of real headings, by their text.
    outer: tuple[str, ...] = ()
    title: tuple[str, ...] = ()  # The bold heading that holds, if any.
    at = 0
    for section in document.sections:
        if section.headings != outer:
            outer, title = section.headings, ()
        start = section.start
        while at < len(turns) and blocks[turns[at]].start < section.end:
            n = turns[at]
            at += 1
            text = _text(document, blocks[n])
            if n in bold:
                level = levels.get(outer[-1], 0) + 1 if outer else 1
                blocks[n] = replace(blocks[n], kind="heading", level=level, marker="")
            elif blocks[n].kind == "heading":
                levels[text] = blocks[n].level
            line = document.text.rfind("\n", 0, blocks[n].start) + 1  # Code begins behind its indentation.
            if start < line and (title or n in bold):
                sections.append(Section(start, line, outer + title, section.page))
                start = line
            title = (text,) if n in bold else ()
        sections.append(Section(start, section.end, outer + title, section.page))
    return replace(document, blocks=tuple(blocks), sections=tuple(sections))


def _text(document: Document, block: Block) -> str:
    return document.text[block.start : block.end]
