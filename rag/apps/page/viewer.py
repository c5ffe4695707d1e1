"""A document to HTML, as a pure function: the dialog that shows a passage in its place."""

from collections.abc import Sequence
from functools import partial
from html import escape

from rag.apps.page import blocks
from rag.apps.page.evidence import highlights
from rag.apps.page.markup import Html, Inserts
from rag.apps.page.render import button
from rag.languages.formats import number
from rag.languages.spoken import texts
from rag.types import Block, Document, Span

AROUND = 4_000  # characters shown on each side: two screens, and a book of 10 MB opens as fast as a note


def document_viewer(
    document: Document,
    at: int = 0,
    passage: tuple[int, int] = (0, 0),
    marked: Sequence[Span] = (),
    answer: tuple[int, int] | None = None,
    note: str = "",
) -> str:
    """A dialog with the document around character `at`; the passage is framed, `marked` and `answer` are offsets in it.

    `note` says what is to be known of the passage.
    """
    length = len(document.text)
    body, first, last = excerpt(document, at, passage, marked, answer)
    start, end = passage
    turn = partial(button, event="select", document=document.name, start=start, end=end)
    earlier = turn(texts.VIEWER_EARLIER, at=first) if first > 0 else "<span></span>"
    later = turn(texts.VIEWER_LATER, at=last) if last < length else "<span></span>"
    shown = texts.VIEWER_RANGE.format(start=number(first), end=number(last), length=number(length))
    more = '<p aria-hidden="true">…</p>'
    said = f'<p class="changed" role="status">{escape(note)}</p>' if note else ""
    return (
        '<dialog class="viewer" open aria-labelledby="viewer-title">'
        f'<header><div><h2 id="viewer-title" dir="auto">{escape(document.title or document.name)}</h2>'
        f'<p class="where"><bdi>{escape(document.name)}</bdi></p></div>'
        f'<form method="dialog"><button>{texts.VIEWER_CLOSE}</button></form></header>{said}'
        '<div class="page blocks" tabindex="0" role="region" aria-labelledby="viewer-title" dir="auto">'
        f"{more * (first > 0)}{body}{more * (last < length)}</div>"
        f"<footer>{earlier}<span>{shown}</span>{later}</footer></dialog>"
    )


def excerpt(
    document: Document,
    at: int = 0,
    passage: tuple[int, int] = (0, 0),
    marked: Sequence[Span] = (),
    answer: tuple[int, int] | None = None,
    inserts: Inserts = (),
) -> tuple[Html, int, int]:
    """The document around character `at`, and the characters [first, last) that are shown. The passage is framed where
    it is among them, and `inserts` stand in it.
    """
    length = len(document.text)
    at = min(max(at, 0), length)
    first, last = _whole_rows(document.blocks, max(0, at - AROUND), min(length, at + AROUND))
    start, end = passage
    framed = first <= start < end <= last
    body = blocks.render(
        document.text,
        document.blocks,
        document.marks,
        layers=[highlights(marked, answer, start)] if framed else (),
        inserts=inserts if framed else (),
        window=(first, last),
        frame=passage if framed else (0, 0),
        top=3,
    )
    return body, first, last


def _whole_rows(of: Sequence[Block], first: int, last: int) -> tuple[int, int]:
    """The window, wide enough that no row is cut: half a row would look as if it had empty cells."""
    for block in of:
        if block.kind == "row" and block.end - block.start <= AROUND:
            first = block.start if block.start < first < block.end else first
            last = block.end if block.start < last < block.end else last
    return first, last
