"""The knowledge page: a drop zone that ingests, and the list of files with what can be done about each."""

from pathlib import Path

import gradio as gr

from rag.about import Audience
from rag.apps.page import documents
from rag.apps.page.bridge import HANDLER, WRITER, Update, html_block, reporting
from rag.apps.page.contracts import Bases
from rag.apps.page.document_dialog import opener
from rag.apps.page.session import Session
from rag.languages import en as texts
from rag.loading import SUFFIXES
from rag.types import Progress


class KnowledgePage:
    """Its components, and the handlers that fill them."""

    def __init__(self, bases: Bases, session: gr.State, dialog: gr.HTML, max_upload_mb: int) -> None:
        self.bases = bases
        suffixes = sorted(SUFFIXES)
        hint = texts.ADD_HINT.format(suffixes=", ".join(suffixes), megabytes=max_upload_mb)
        with gr.Column(elem_id="knowledge"):
            gr.HTML(f"<h2>{texts.ADD}</h2><p class='note'>{hint}</p>", apply_default_css=False, elem_classes="footnote")
            self.audience = gr.Radio(
                [(label, value) for value, label in texts.ADD_AUDIENCES.items()],
                value="",
                label=texts.ADD_FOR,
                elem_id="audience",
            )
            self.drop = gr.File(
                label=texts.ADD, file_count="multiple", file_types=list(suffixes), show_label=False, height=140, elem_id="drop"
            )
            self.report = html_block("report")
            gr.HTML(f"<h2>{texts.DOCUMENTS}</h2>", apply_default_css=False, elem_classes="footnote")
            self.filter = gr.Textbox(
                "", label=texts.FILTER, placeholder=texts.FILTER_HINT, show_label=False, container=False, elem_id="filter"
            )
            self.files = html_block("files")
        changed, known = [self.files, self.report], [self.filter, session]
        self.drop.upload(
            reporting(self.ingest),
            [self.drop, self.audience, *known],
            [*changed, self.drop],
            show_progress_on=self.report,
            **WRITER,
        )
        self.files.retry(reporting(self.reread), known, changed, show_progress_on=self.report, **WRITER)
        self.files.delete(reporting(self.delete), known, changed, show_progress_on=self.report, **WRITER)
        self.files.select(reporting(opener(bases)), session, dialog, **HANDLER)
        self.filter.change(reporting(self.show), known, self.files, **HANDLER, trigger_mode="always_last")

    def show(self, wanted: str, session: Session) -> Update:
        """The list as it stands."""
        return {self.files: documents.file_list(self.bases.open(session.base).files(), wanted)}

    def ingest(
        self,
        paths: list[str],
        audience: str,
        wanted: str,
        session: Session,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio injects it
    ) -> Update:
        """Takes in the dropped files and tells what became of each."""
        chosen: Audience | None = "internal" if audience == "internal" else None
        outcome = self.bases.open(session.base).upload([Path(path) for path in paths], _bar(progress), audience=chosen)
        return {self.report: documents.report(outcome, audience), self.drop: None, **self.show(wanted, session)}

    def reread(self, wanted: str, session: Session, event: gr.EventData, progress: gr.Progress = gr.Progress()) -> Update:  # noqa: B008
        """Reads one file again, after a failure or a change."""
        outcome = self.bases.open(session.base).retry([str(event._data["document"])], _bar(progress))
        return {self.report: documents.report(outcome), **self.show(wanted, session)}

    def delete(self, wanted: str, session: Session, event: gr.EventData) -> Update:
        """Removes one file from the index."""
        name = str(event._data["document"])
        self.bases.open(session.base).delete(name)
        return {self.report: documents.deleted(name), **self.show(wanted, session)}


def _bar(progress: gr.Progress) -> Progress:
    progress((0, None), desc=texts.READING_FILES)

    def advance(done: int, total: int, what: str) -> None:
        progress((done, total), desc=what)

    return advance
