"""Between Gradio and the pages: HTML blocks whose elements raise events, and errors shown as one sentence."""

import functools
import inspect
import logging
from collections.abc import Callable, Iterator
from html import escape
from importlib.resources import files
from typing import Any, Final

import gradio as gr

from rag.errors import RagError
from rag.languages import en as texts

log = logging.getLogger(__name__)

Update = dict[Any, Any]
"""New values by component; the components that are not named stay as they are."""

HANDLER: Final[dict[str, Any]] = {"api_visibility": "private", "show_progress": "hidden"}
# The index has one writer: uploads, re-reads and deletions of all visitors wait for each other.
WRITER: Final[dict[str, Any]] = {"api_visibility": "private", "concurrency_id": "writer", "concurrency_limit": 1}


def asset(name: str) -> str:
    """The text of a file beside this module."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def html_block(elem_id: str, html: str = "", *, parts: bool = False) -> gr.HTML:
    """A block for HTML made by the render functions; with `parts`, its value is a list of which only changes are sent.

    The template must stay `${...}`: Gradio evaluates what Handlebars' `{{...}}` inserts as JavaScript.
    """
    return gr.HTML(
        value=[] if parts else html,
        html_template="${value.join('')}" if parts else "${value}",
        js_on_load=asset("page.js"),
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes="footnote",
    )


def reporting(handler: Callable[..., Any]) -> Callable[..., Any]:
    """The handler, or its generator, with errors shown in a notice instead of a traceback; nothing changes then."""
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def generate(*args: Any) -> Iterator[Any]:
            try:
                yield from handler(*args)
            except Exception as error:
                yield _notice(error)

        return generate

    @functools.wraps(handler)
    def run(*args: Any) -> Any:
        try:
            return handler(*args)
        except Exception as error:
            return _notice(error)

    return run


def _notice(error: Exception) -> Any:
    if not isinstance(error, RagError):
        log.error("a handler of the page failed", exc_info=error)
    gr.Warning(escape(str(error)) if isinstance(error, RagError) else texts.UNEXPECTED)
    return gr.skip()
