"""An answer as the frame shows it: paragraphs, items and rows, as runs of text with what each is.

They are cut on the server, whose offsets count characters. The frame makes text nodes of them, so that nothing of a document, a
model or a person is ever read as HTML.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from rag.answering import citations
from rag.apps.dates import foreign
from rag.types import Answer, Block, Citation, Mark

Layer = tuple[int, int, str, Any]
"""Characters `start` to `end` have a property of this name and value."""
Insert = tuple[int, dict[str, Any]]
"""What stands at a character beside the text."""
MOST_CLOSEST = 2


def shown_answer(answer: Answer, link: Callable[[Citation], str]) -> dict[str, Any]:
    """`parts` of the text, with a run `{"n"}` where source n is named; `sources`, and of a refusal the `closest` passages;
    `choices` of what is asked back.
    """
    named = [(position, {"n": n}) for position, n in sorted(citations.markers(answer), key=lambda marker: marker[0])]
    bare: list[Layer] = [(start, end, "unsupported", True) for start, end in citations.unsupported(answer)]
    closest = answer.closest[:MOST_CLOSEST] if answer.status == "refused" else ()
    return {
        "status": answer.status,
        "text": answer.text,
        "parts": parts(answer.text, answer.blocks, [*_marks(answer.marks), *bare], named),
        "sources": [shown_source(one, link, answer.question) for one in answer.citations],
        "closest": [shown_source(one, link, answer.question) for one in closest],
        "choices": list(answer.choices),
    }


def shown_source(citation: Citation, link: Callable[[Citation], str], question: str) -> dict[str, Any]:
    """A passage with the words that matter marked, `level` 1 to 3 says how much; its rows have `cells` in place of `runs`."""
    marked: list[Layer] = [(one.start, one.end, "level", 1 + round(2 * one.weight)) for one in citation.highlights]
    if citation.answer_span:
        marked.append((*citation.answer_span, "level", 3))
    title = citation.title or citation.document
    layers = [*_marks(citation.marks), *marked]
    shown = []
    for block, part in zip(_blocks(citation.text, citation.blocks), parts(citation.text, citation.blocks, layers), strict=True):
        if block.kind == "row" and block.cells:
            names = [*block.columns, *[""] * len(block.cells)]
            cells = [
                {"name": name, "runs": runs(citation.text, layers, (), *cell)}
                for name, cell in zip(names, block.cells, strict=False)
            ]
            shown.append({"kind": "row", "level": 0, "cells": cells})
        else:
            shown.append(part)
    return {
        "n": citation.n,
        "title": title,
        "where": [name for name in (*dict.fromkeys(citation.headings), foreign(citation, question)) if name not in {"", title}],
        "page": citation.page,
        "parts": shown,
        "url": link(citation),
    }


def parts(text: str, blocks: Sequence[Block], layers: Sequence[Layer], inserts: Sequence[Insert] = ()) -> list[dict[str, Any]]:
    """A part for each block, or one for all of the text where there are none."""
    found = _blocks(text, blocks)
    starts = [0, *(block.start for block in found[1:]), len(text)]
    return [
        {
            "kind": block.kind,
            "level": block.level,
            "runs": runs(
                text,
                layers,
                [item for item in inserts if first < item[0] <= after or item[0] == first == 0],
                block.start,
                block.end,
            ),
        }
        for block, (first, after) in zip(found, pairwise(starts), strict=True)
    ]


def runs(
    text: str, layers: Sequence[Layer], inserts: Sequence[Insert] = (), start: int = 0, end: int | None = None
) -> list[dict[str, Any]]:
    """Characters `start` to `end` in pieces, each with the properties of all layers over it; of two values the later layer's
    stands. What is to stand outside them stands at the nearer edge.

    >>> runs("ab c", [(0, 2, "kind", "strong")], [(2, {"n": 1})])
    [{'text': 'ab', 'kind': 'strong'}, {'n': 1}, {'text': ' c'}]
    """
    end = len(text) if end is None else end
    placed = [(min(max(place, start), end), what) for place, what in inserts]
    places = {place for first, last, _, _ in layers for place in (first, last)} | {place for place, _ in placed}
    edges = sorted({start, end, *(place for place in places if start < place < end)})
    found: list[dict[str, Any]] = []
    for a, b in pairwise(edges):
        found += [what for place, what in placed if place == a]
        over = {name: value for first, last, name, value in layers if first <= a and b <= last}
        found.append({"text": text[a:b], **over})
    return found + [what for place, what in placed if place == end]


def _blocks(text: str, blocks: Sequence[Block]) -> Sequence[Block]:
    return blocks or (Block(0, len(text), "paragraph"),)


def _marks(marks: Sequence[Mark]) -> list[Layer]:
    return [
        (mark.start, mark.end, "href", mark.target) if mark.kind == "link" else (mark.start, mark.end, "kind", mark.kind)
        for mark in marks
    ]
