"""The dialog that shows a document's text; opened by a card of the evidence or from the list of files."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import gradio as gr

from rag.apps.page import documents
from rag.apps.page.bridge import HANDLER, html_block, reporting

if TYPE_CHECKING:
    from rag.service import Assistant


def reader_dialog(assistant: "Assistant") -> gr.HTML:
    """The dialog, closed; its own buttons turn its pages."""
    dialog = html_block("reader")
    dialog.select(reporting(opener(assistant)), outputs=dialog, **HANDLER)
    return dialog


def opener(assistant: "Assistant") -> Callable[[gr.EventData], str]:
    """A handler that opens the document an event names, around its character `at`."""

    def open_document(event: gr.EventData) -> str:
        asked = event._data
        passage = int(asked.get("start", 0)), int(asked.get("end", 0))
        return documents.reader(assistant.document(str(asked["document"])), int(asked.get("at", 0)), passage)

    return open_document
