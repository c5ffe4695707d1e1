"""Documents and files to HTML, as pure functions: the reader that shows a passage in its document, the list, the report."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from rag.interface import texts
from rag.interface.render import count, marked
from rag.types import Document, FileReport, Span

if TYPE_CHECKING:
    from rag.ingestion import IngestReport

AROUND = 4_000  # characters shown on each side: two screens, and a book of 10 MB opens as fast as a note
LISTED = 200  # rows a browser lays out without a pause


def reader(document: Document, at: int = 0, passage: tuple[int, int] | None = None, highlights: Sequence[Span] = ()) -> str:
    """A dialog with the document's text around character `at`; the passage is framed, `highlights` are offsets in it."""
    at = min(max(at, 0), len(document.text))
    first, last = max(0, at - AROUND), min(len(document.text), at + AROUND)
    start, end = passage or (0, 0)
    start, end = max(start, first), min(end, last)
    if start < end:
        shift = (passage or (0, 0))[0]
        spans = [Span(max(s.start + shift, start) - start, min(s.end + shift, end) - start, s.weight) for s in highlights if s.end + shift > start and s.start + shift < end]
        framed = f'<span class="passage">{marked(document.text[start:end], spans)}</span>'
        body = escape(document.text[first:start]) + framed + escape(document.text[end:last])
    else:
        body = escape(document.text[first:last])
    shown = texts.READER_RANGE.format(start=first, end=last, length=len(document.text))
    return (
        f'<dialog class="reader" open aria-labelledby="reader-title"><header><div><h2 id="reader-title" dir="auto">{escape(document.title or document.name)}</h2>'
        f'<p class="where"><bdi>{escape(document.name)}</bdi></p></div>'
        f'<form method="dialog"><button class="close">{texts.READER_CLOSE}</button></form></header>'
        f'<div class="page" tabindex="0" dir="auto">{"…" * (first > 0)}{body}{"…" * (last < len(document.text))}</div>'
        f"<footer>{_turn(document.name, first, passage, texts.READER_EARLIER, enabled=first > 0)}<span>{shown}</span>"
        f"{_turn(document.name, last, passage, texts.READER_LATER, enabled=last < len(document.text))}</footer></dialog>"
    )


def file_list(files: Sequence[FileReport], wanted: str = "") -> str:
    """The files whose name or title contains `wanted`, with their state and what can be done about each."""
    if not files:
        return f'<p class="note">{texts.FILES_NONE}</p>'
    sought = wanted.strip().casefold()
    matching = [file for file in files if sought in f"{file.name}\n{file.title}".casefold()]
    if not matching:
        return f'<p class="note">{texts.FILES_NO_MATCH.format(filter=escape(wanted.strip()))}</p>'
    head = "".join(f'<th scope="col">{column}</th>' for column in texts.FILE_COLUMNS) + "<td></td>"
    rows = "".join(_row(file) for file in matching[:LISTED])
    more = texts.FILES_MORE.format(shown=LISTED, all=len(matching)) if len(matching) > LISTED else ""
    return f'<table class="files"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>' + (f'<p class="note">{more}</p>' if more else "")


def report(outcome: "IngestReport") -> str:
    """What an ingestion did, and why each unreadable file could not be read."""
    done = texts.REPORT.format(added=outcome.added, replaced=outcome.replaced, unchanged=outcome.unchanged)
    if not outcome.quarantined:
        return f'<p class="report" role="status">{done}.</p>'
    failed = texts.REPORT_FAILED.format(files=count(texts.FILES, len(outcome.quarantined)))
    items = "".join(f"<li><strong dir=auto>{escape(file.name)}</strong> <span>{_why(file)}</span></li>" for file in outcome.quarantined)
    return f'<div class="report failed" role="status"><p>{done}; {failed}:</p><ul>{items}</ul></div>'


def deleted(name: str) -> str:
    """The notice that a file is gone."""
    return f'<p class="report" role="status">{texts.DELETED.format(name=f"<bdi>{escape(name)}</bdi>")}</p>'


def size(n: int) -> str:
    """Bytes as a person reads them.

    >>> size(2_400_000)
    '2.4 MB'
    """
    for unit, scale in (("MB", 1_000_000), ("kB", 1_000)):
        if n >= scale:
            return f"{n / scale:.1f} {unit}"
    return f"{n} B"


def _row(file: FileReport) -> str:
    name = escape(file.name)
    title = f'<span class="title" dir="auto">{escape(file.title)}</span>' if file.title and file.title != file.name else ""
    why = f'<span class="why">{_why(file)}</span>' if file.message or file.reason else ""
    entries = f" ({count(texts.ROWS, file.documents)})" if file.documents > 1 else ""
    view = f'<button type="button" data-event="select" data-document="{name}">{texts.VIEW}</button>' if file.state == "ready" else ""
    return (
        f'<tr><th scope="row"><span class="name" dir="auto">{name}</span>{title}{why}</th>'
        f'<td><span class="state" data-state="{file.state}">{texts.FILE_STATES[file.state]}</span></td>'
        f'<td data-label="{texts.FILE_COLUMNS[2]}">{file.chunks:,}{entries}</td><td data-label="{texts.FILE_COLUMNS[3]}">{size(file.size)}</td>'
        f'<td><div class="tools">{view}<button type="button" data-event="retry" data-document="{name}">{texts.REREAD}</button>'
        f'<details class="popover"><summary>{texts.DELETE}</summary><div><p>{texts.DELETE_SURE.format(name=f"<bdi>{name}</bdi>")}</p>'
        f'<button type="button" class="danger" data-event="delete" data-document="{name}">{texts.DELETE_YES}</button></div></details></div></td></tr>'
    )


def _why(file: FileReport) -> str:
    return escape(file.message or file.reason or "")


def _turn(name: str, at: int, passage: tuple[int, int] | None, label: str, *, enabled: bool) -> str:
    start, end = passage or (0, 0)
    state = "" if enabled else " disabled"
    return f'<button type="button" data-event="select" data-document="{escape(name)}" data-at="{at}" data-start="{start}" data-end="{end}"{state}>{label}</button>'
