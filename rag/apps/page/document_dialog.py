"""The dialog that shows a document's text; opened by a card of the evidence or from the list of files."""

import gradio as gr

from rag.apps.page.bridge import HANDLER, guarded, html_block
from rag.apps.page.contracts import Visit
from rag.apps.page.session import Session
from rag.apps.page.viewer import document_viewer


def document_dialog(session: gr.State) -> gr.HTML:
    """The dialog, closed; its own buttons turn its pages."""
    dialog = html_block("viewer")
    dialog.select(guarded(open_document, "ask"), session, dialog, **HANDLER)
    return dialog


def open_document(session: Session, visit: Visit, event: gr.EventData) -> str:
    """The document an event names, around its character `at`."""
    asked = event._data
    passage = int(asked.get("start", 0)), int(asked.get("end", 0))
    document = visit.open(session.base).document(str(asked["document"]))
    return document_viewer(document, int(asked.get("at", 0)), passage)
