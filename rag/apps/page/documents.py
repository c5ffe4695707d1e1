"""Files to HTML, as pure functions: the list, and the report of what became of them."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from rag.apps.page.render import button, count
from rag.languages import en as texts
from rag.types import FileReport

if TYPE_CHECKING:
    from rag.index.ingestion import IngestReport

LISTED = 200  # rows a browser lays out without a pause


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
    table = f'<table class="files" aria-label="{texts.DOCUMENTS}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return table + (f'<p class="note">{more}</p>' if more else "")


def report(outcome: "IngestReport", audience: str = "") -> str:
    """What an ingestion did, and why each unreadable file could not be read; and for whom, where somebody chose."""
    done = texts.REPORT.format(added=outcome.added, replaced=outcome.replaced, unchanged=outcome.unchanged)
    if not outcome.quarantined:
        hidden = f" {texts.ADDED_INTERNAL}" if audience == "internal" else ""
        return f'<p class="report" data-say="{done}.{hidden}">{done}.{hidden}</p>'
    failed = texts.REPORT_FAILED.format(files=count(texts.FILES, len(outcome.quarantined)))
    items = "".join(f"<li>{_why(file)}</li>" for file in outcome.quarantined)
    return f'<div class="report failed" data-say="{done}; {failed}."><p>{done}; {failed}:</p><ul>{items}</ul></div>'


def deleted(name: str) -> str:
    """The notice that a file is gone."""
    shown, said = (texts.DELETED.format(name=named) for named in (f"<bdi>{escape(name)}</bdi>", escape(name)))
    return f'<p class="report" data-say="{said}">{shown}</p>'


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
    if file.internal:
        title += f'<span class="audience">{texts.INTERNAL}</span>'
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
