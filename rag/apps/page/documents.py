"""Documents and files to HTML, as pure functions: the reader that shows a passage in its document, the list, the report."""

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from rag.apps.page import texts
from rag.apps.page.render import button, count, marked
from rag.types import Document, FileReport, Span

if TYPE_CHECKING:
    from rag.index.ingestion import IngestReport

AROUND = 4_000  # characters shown on each side: two screens, and a book of 10 MB opens as fast as a note
LISTED = 200  # rows a browser lays out without a pause


def reader(
    document: Document,
    at: int = 0,
    passage: tuple[int, int] = (0, 0),
    highlights: Sequence[Span] = (),
    answer: tuple[int, int] | None = None,
) -> str:
    """A dialog with the document's text around character `at`; the passage is framed, the rest are offsets in it."""
    length = len(document.text)
    at = min(max(at, 0), length)
    first, last = max(0, at - AROUND), min(length, at + AROUND)
    start, end = passage
    if first <= start < end <= last:
        framed = f'<span class="passage">{marked(document.text[start:end], highlights, answer)}</span>'
        body = escape(document.text[first:start]) + framed + escape(document.text[end:last])
    else:
        body = escape(document.text[first:last])
    turn = partial(button, event="select", document=document.name, start=start, end=end)
    earlier = turn(texts.READER_EARLIER, at=first) if first > 0 else "<span></span>"
    later = turn(texts.READER_LATER, at=last) if last < length else "<span></span>"
    shown = texts.READER_RANGE.format(start=first, end=last, length=length)
    return (
        '<dialog class="reader" open aria-labelledby="reader-title">'
        f'<header><div><h2 id="reader-title" dir="auto">{escape(document.title or document.name)}</h2>'
        f'<p class="where"><bdi>{escape(document.name)}</bdi></p></div>'
        f'<form method="dialog"><button>{texts.READER_CLOSE}</button></form></header>'
        f'<div class="page" tabindex="0" dir="auto">{"…" * (first > 0)}{body}{"…" * (last < length)}</div>'
        f"<footer>{earlier}<span>{shown}</span>{later}</footer></dialog>"
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
    table = f'<table class="files"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return table + (f'<p class="note">{more}</p>' if more else "")


def report(outcome: "IngestReport") -> str:
    """What an ingestion did, and why each unreadable file could not be read."""
    done = texts.REPORT.format(added=outcome.added, replaced=outcome.replaced, unchanged=outcome.unchanged)
    if not outcome.quarantined:
        return f'<p class="report" role="status">{done}.</p>'
    failed = texts.REPORT_FAILED.format(files=count(texts.FILES, len(outcome.quarantined)))
    items = "".join(f"<li>{_why(file)}</li>" for file in outcome.quarantined)
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
    one_text = file.state == "ready" and file.documents == 1  # the rows of a table are documents of their own
    view = button(texts.VIEW, "select", document=file.name) if one_text else ""
    sure = texts.DELETE_SURE.format(name=f"<bdi>{name}</bdi>")
    return (
        f'<tr><th scope="row"><span class="name" dir="auto">{name}</span>{title}{why}</th>'
        f'<td><span class="state" data-state="{file.state}">{texts.FILE_STATES[file.state]}</span></td>'
        f'<td data-label="{texts.FILE_COLUMNS[2]}">{file.chunks:,}{entries}</td>'
        f'<td data-label="{texts.FILE_COLUMNS[3]}">{size(file.size)}</td>'
        f'<td><div class="tools">{view}{button(texts.REREAD, "retry", document=file.name)}'
        f'<details class="popover"><summary>{texts.DELETE}</summary>'
        f"<div><p>{sure}</p>{button(texts.DELETE_YES, 'delete', document=file.name)}</div></details></div></td></tr>"
    )


def _why(file: FileReport) -> str:
    why = file.message or file.reason or ""
    return escape(why if file.name in why else f"{file.name}: {why}")
