"""The knowledge page: a drop zone that ingests, what is being read, and the list of files with what can be done about each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr

from rag.about import Audience
from rag.apps.page import documents
from rag.apps.page.bridge import HANDLER, WRITER, Update, guarded, html_block, in_all, said
from rag.apps.page.contracts import PageAssistant, Visit
from rag.apps.page.document_dialog import open_document
from rag.apps.page.session import Session
from rag.index.ingestion import Activity, IngestReport
from rag.loading import SUFFIXES

LOOK_SECONDS = 1.0  # between two looks at what is being read, while something is


class KnowledgePage:
    """Its components, and the handlers that fill them.

    While files are being read, by this visitor or by anybody else, the timer looks how far that is; otherwise it rests.
    """

    def __init__(self, session: gr.State, dialog: gr.HTML, max_upload_mb: int) -> None:
        suffixes = sorted(SUFFIXES)
        hint = in_all("ADD_HINT").format(suffixes=", ".join(suffixes), megabytes=max_upload_mb)
        with gr.Column(elem_id="knowledge"):
            gr.HTML(f"<h2>{in_all('ADD')}</h2><p class='note'>{hint}</p>", apply_default_css=False, elem_classes="footnote")
            self.audience = gr.Radio(
                [(said("ADD_FOR_ALL"), ""), (said("INTERNAL"), "internal")],
                value="",
                label=said("ADD_FOR"),
                elem_id="audience",
            )
            self.drop = gr.File(
                label=said("ADD"),
                file_count="multiple",
                file_types=list(suffixes),
                show_label=False,
                height=140,
                elem_id="drop",
            )
            self.activity = html_block("activity")
            self.report = html_block("report")
            links = f"<a href='gaps'>{in_all('GAPS_LINK')}</a> · <a href='widgets'>{in_all('WIDGETS')}</a>"
            gr.HTML(
                f"<h2>{in_all('DOCUMENTS')}</h2><p class='note'>{links}</p>", apply_default_css=False, elem_classes="footnote"
            )
            self.filter = gr.Textbox(
                "", label=said("FILTER"), placeholder=said("FILTER_HINT"), show_label=False, container=False, elem_id="filter"
            )
            self.files = html_block("files")
            self.timer = gr.Timer(LOOK_SECONDS, active=False)
        typed, watched = [self.filter, session], [self.activity, self.timer]
        self.shown = [self.files, *watched]
        changed = [self.report, *self.shown]
        writer = {**WRITER, "show_progress": "hidden"}
        self.drop.upload(guarded(self.begin, "manage"), None, [self.report, *watched], **HANDLER)
        self.drop.upload(guarded(self.ingest, "manage"), [self.drop, self.audience, session], [*changed, self.drop], **writer)
        self.files.retry(guarded(self.begin, "manage"), None, [self.report, *watched], **HANDLER)
        self.files.retry(guarded(self.reread, "manage"), session, changed, **writer)
        self.files.delete(guarded(self.delete, "manage"), session, changed, **HANDLER)
        self.files.select(guarded(self.list_document, "manage"), session, dialog, **HANDLER)
        self.filter.change(guarded(self.rows, "manage"), typed, self.files, **HANDLER, trigger_mode="always_last")
        self.activity.stop(guarded(self.stop, "manage"), session, self.activity, **HANDLER)
        self.timer.tick(guarded(self.look, "manage"), session, self.shown, **HANDLER)

    def rows(self, wanted: str, session: Session, visit: Visit) -> Update:
        """The files whose name or title holds what is wanted, from now on."""
        session.wanted = wanted
        return self._list(session, visit)

    def _list(self, session: Session, visit: Visit) -> Update:
        """The files that are wanted now: what was typed since an event began would be lost with what stood there then."""
        files = visit.open(session.base).files()
        session.pending = {file.id for file in files if file.state == "pending"}
        return {self.files: documents.file_list(files, session.wanted)}

    def show(self, session: Session, visit: Visit) -> Update:
        """Everything as it stands."""
        now = visit.open(session.base).activity()
        rests = now is None and not session.writing
        watched = {self.activity: "" if now is None else documents.activity(now), self.timer: gr.Timer(active=not rests)}
        return {**self._list(session, visit), **watched}

    def list_document(self, session: Session, visit: Visit, event: gr.EventData) -> str:
        """The document of a row of the list."""
        return open_document(session, visit, event)

    def look(self, session: Session, visit: Visit) -> Update:
        """How far it is; the list, where files have begun or ceased to wait."""
        assistant = visit.open(session.base)
        now = assistant.activity()
        if now is None:
            return {self.activity: gr.skip()} if session.writing else self.show(session, visit)
        update: Update = {self.activity: documents.activity(now)}
        if session.pending != {file.id for file in assistant.files() if file.state == "pending"}:
            update |= self._list(session, visit)
        return update

    def begin(self, visit: Visit) -> Update:
        """Shows at once that something has begun, and has the timer look."""
        return {self.report: "", self.activity: documents.activity(Activity()), self.timer: gr.Timer(active=True)}

    def stop(self, session: Session, visit: Visit) -> Update:
        """Ends what is being read, whoever began it."""
        assistant = visit.open(session.base)
        assistant.stop()
        now = assistant.activity()
        return {self.activity: documents.activity(now, stopping=True) if now else ""}

    def ingest(self, paths: list[str], audience: str, session: Session, visit: Visit) -> Iterator[Update]:
        """Takes in the dropped files and tells what became of each."""
        files = [Path(path) for path in paths]
        chosen: Audience | None = "internal" if audience == "internal" else None
        write = self._write(session, visit, lambda assistant: assistant.upload(files, audience=chosen), audience)
        for update in write:
            yield {self.drop: None, **update}

    def reread(self, session: Session, visit: Visit, event: gr.EventData) -> Iterator[Update]:
        """Reads one file again, after a failure or a change."""
        id = int(event._data["id"])
        yield from self._write(session, visit, lambda assistant: assistant.retry(ids=[id]))

    def delete(self, session: Session, visit: Visit, event: gr.EventData) -> Update:
        """Removes one file from the index."""
        file = visit.open(session.base).delete(int(event._data["id"]))
        return {self.report: documents.deleted(file.name), **self.show(session, visit)}

    def _write(
        self, session: Session, visit: Visit, work: Callable[[PageAssistant], IngestReport], audience: str = ""
    ) -> Iterator[Update]:
        session.writing = True
        try:
            outcome = work(visit.open(session.base))
        finally:
            session.writing = False
        yield {self.report: documents.report(outcome, audience), **self.show(session, visit)}
