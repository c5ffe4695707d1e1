"""Files to HTML, as pure functions: the list, and the report of what became of them."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from rag.apps import left_out
from rag.apps.page.render import button
from rag.languages.formats import count, number
from rag.languages.spoken import texts
from rag.types import FileReport

if TYPE_CHECKING:
    from rag.index.ingestion import Activity, IngestReport

MOST_TOLD = 20  # files of one kind in a report; the list has the others
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
    more = texts.FILES_MORE.format(shown=number(LISTED), all=number(len(matching))) if len(matching) > LISTED else ""
    table = f'<table class="files" aria-label="{texts.DOCUMENTS}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return table + (f'<p class="note">{more}</p>' if more else "")


def report(outcome: "IngestReport", audience: str = "") -> str:
    """What an ingestion did, why each unreadable file could not be read, what was left out of others; and for whom they are,
    where somebody chose.
    """
    done = texts.REPORT.format(
        added=number(outcome.added), replaced=number(outcome.replaced), unchanged=number(outcome.unchanged)
    )
    if outcome.stopped:
        done = texts.REPORT_STOPPED.format(done=done)
    if outcome.not_read:
        done += texts.REPORT_NOT_READ.format(files=count(texts.FILES, outcome.not_read))
    failed = [_why(file) for file in outcome.quarantined]
    unread = [f"<bdi>{escape(file.name)}</bdi>{texts.COLON}{_left_out(file)}" for file in outcome.incomplete]
    for heading, items in ((texts.REPORT_FAILED, failed), (texts.REPORT_LEFT_OUT, unread)):
        if items:
            done += heading.format(files=count(texts.FILES, len(items)))
    told = [*failed[:MOST_TOLD], *unread[:MOST_TOLD]]
    if more := len(failed) + len(unread) - len(told):
        told.append(texts.REPORT_MORE.format(n=number(more)))
    listed = f"<ul>{''.join(f'<li>{item}</li>' for item in told)}</ul>" if told else ""
    bad = " failed" if failed or outcome.stopped else ""
    hidden = texts.SPACE + texts.ADDED_INTERNAL if (audience == "internal" or outcome.internal) and not told else ""
    end = texts.COLON if told else texts.FULL_STOP
    return f'<div class="report{bad}" data-say="{done}{texts.FULL_STOP}{hidden}"><p>{done}{end}{hidden}</p>{listed}</div>'


def activity(now: "Activity", *, stopping: bool = False) -> str:
    """What is being done with the files, and the button that ends it."""
    if now.waits:
        return f'<p class="activity">{texts.ACTIVITY_WAITS}</p>'
    steps = []
    if now.files:
        steps.append(_bar(texts.ACTIVITY_FILES, now.done, now.files))
    if now.passages:
        steps.append(_bar(texts.ACTIVITY_PASSAGES, now.embedded, now.passages))
    what = f'<p class="what" dir="auto">{escape(now.what)}</p>' if now.what else ""
    stop = f'<button type="button" disabled>{texts.STOPPING}</button>' if stopping else button(texts.STOP_READING, "stop")
    body = "".join(steps) or f"<p>{texts.ACTIVITY_STARTS}</p>"
    return f'<div class="activity" role="group" aria-label="{texts.ACTIVITY}"><div>{body}{what}</div>{stop}</div>'


def _bar(text: str, done: int, total: int) -> str:
    said = text.format(done=number(done), total=number(total))
    return f'<p>{said}</p><progress aria-label="{said}" value="{done}" max="{total}"></progress>'


def _left_out(file: FileReport) -> str:
    return escape(left_out.say(file.left_out))


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
            return f"{number(n / scale, 1)} {unit}"
    return f"{n} B"


def _row(file: FileReport) -> str:
    name = escape(file.name)
    title = f'<span class="title" dir="auto">{escape(file.title)}</span>' if file.title and file.title != file.name else ""
    if file.internal:
        title += f'<span class="audience">{texts.INTERNAL}</span>'
    why = f'<span class="why">{_why(file)}</span>' if file.message or file.reason else ""
    if file.left_out:
        why += f'<span class="unread">{texts.LEFT_OUT_OF_FILE.format(parts=_left_out(file))}</span>'
    origin = f' <span class="origin">{texts.UPLOADED}</span>' if file.uploaded else ""
    state = "stopped" if (file.state, file.reason) == ("quarantined", "stopped") else file.state
    entries = f" ({count(texts.ROWS, file.documents)})" if file.documents > 1 else ""
    one_text = file.state == "ready" and file.documents == 1  # the rows of a table are documents of their own
    view = button(texts.VIEW, "select", document=file.name) if one_text else ""
    sure = texts.DELETE_SURE.format(name=f"<bdi>{name}</bdi>")
    return (
        f'<tr><th scope="row"><span class="name" dir="auto">{name}</span>{origin}{title}{why}</th>'
        f'<td><span class="state" data-state="{state}">{texts.FILE_STATES[state]}</span></td>'
        f'<td data-label="{texts.FILE_COLUMNS[2]}">{number(file.chunks)}{entries}</td>'
        f'<td data-label="{texts.FILE_COLUMNS[3]}">{size(file.size)}</td>'
        f'<td><div class="tools">{view}{button(texts.REREAD, "retry", id=file.id)}'
        f'<details class="popover" data-key="{file.id}"><summary>{texts.DELETE}</summary>'
        f"<div><p>{sure}</p>{button(texts.DELETE_YES, 'delete', id=file.id)}</div></details></div></td></tr>"
    )


def _why(file: FileReport) -> str:
    if file.reason == "stopped":
        return escape(texts.STOPPED_FILE.format(name=file.name))
    why = file.message or file.reason or ""
    return escape(why if file.name in why else f"{file.name}{texts.COLON}{why}")
