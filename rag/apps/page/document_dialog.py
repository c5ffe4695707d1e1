"""The dialog that shows a document's text; opened by a card of the evidence or from the list of files."""

from collections.abc import Callable

import gradio as gr

from rag.apps.page.bridge import HANDLER, html_block, reporting
from rag.apps.page.contracts import Bases
from rag.apps.page.session import Session
from rag.apps.page.viewer import document_viewer


def document_dialog(bases: Bases, session: gr.State) -> gr.HTML:
    """The dialog, closed; its own buttons turn its pages."""
    dialog = html_block("viewer")
    dialog.select(reporting(opener(bases)), session, dialog, **HANDLER)
    return dialog


def opener(bases: Bases) -> Callable[[Session, gr.EventData], str]:
    """A handler that opens the document an event names, around its character `at`."""

    def open_document(session: Session, event: gr.EventData) -> str:
        asked = event._data
        passage = int(asked.get("start", 0)), int(asked.get("end", 0))
        document = bases.open(session.base).document(str(asked["document"]))
        return document_viewer(document, int(asked.get("at", 0)), passage)

    return open_document
