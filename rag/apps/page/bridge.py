"""Between Gradio and the pages: HTML blocks whose elements raise events, and errors shown as one sentence."""

import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from html import escape
from importlib.resources import files
from typing import Any, Final, cast

import gradio as gr

from rag.apps.access import Scope, of_disk, told
from rag.apps.page.contracts import Visit
from rag.errors import RagError
from rag.index.audit import acting_as
from rag.languages.spoken import LANGUAGES, speaking, spoken, texts_in

SAID: Final = (
    "TAB_CHAT",
    "TAB_KNOWLEDGE",
    "CLEAR",
    "QUESTION",
    "QUESTION_HINT",
    "SEND",
    "ADD",
    "ADD_FOR",
    "ADD_FOR_ALL",
    "INTERNAL",
    "FILTER",
    "FILTER_HINT",
)
log = logging.getLogger(__name__)

Update = dict[Any, Any]
"""New values by component; the components that are not named stay as they are."""

HANDLER: Final[dict[str, Any]] = {"api_visibility": "private", "show_progress": "hidden"}
# The index has one writer: uploads, re-reads and deletions of all visitors wait for each other.
WRITER: Final[dict[str, Any]] = {"api_visibility": "private", "concurrency_id": "writer", "concurrency_limit": 1}


def catalogue() -> gr.I18n:
    """What Gradio's components say, for the browser, which chooses the language."""
    return gr.I18n(**{texts_in(one).TAG: {name: getattr(texts_in(one), name) for name in SAID} for one in LANGUAGES})


def said(name: str) -> Any:
    """A text of the catalogue, one of SAID, for a component of Gradio's that is made before anybody asks."""
    assert name in SAID, name
    return gr.I18n()(name)


def in_all(name: str) -> str:
    """A text of the catalogue in every language, for what stands in the page before anybody asks; the style shows one."""
    return "".join(
        f'<span class="said" lang="{texts_in(one).TAG}">{escape(getattr(texts_in(one), name))}</span>' for one in LANGUAGES
    )


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


def guarded(handler: Callable[..., Any], scope: Scope) -> Callable[..., Any]:
    """The handler for who may use `scope`: its parameter `visit` is who asks now, as the server found it in this very request.

    Where anything is raised, it, or its generator, shows that in a notice instead of a traceback, and nothing changes.
    """
    parameters = inspect.signature(handler).parameters
    at = list(parameters).index("visit")

    def admitted(args: tuple[Any, ...]) -> tuple[Any, ...]:
        visit: Visit = args[at].request.state.visit
        visit.person.require(scope)
        return (*args[:at], visit, *args[at + 1 :])

    def run(*args: Any) -> Any:
        try:
            known = admitted(args)
            with acting_as(known[at].person.actor), speaking(known[at].language):
                return handler(*known)
        except Exception as error:
            return _notice(error, args[at])

    def generate(*args: Any) -> Iterator[Any]:
        try:
            known = admitted(args)
            with closing(handler(*known)) as steps:
                while True:
                    # Gradio takes each step in a context of its own
                    with acting_as(known[at].person.actor), speaking(known[at].language):
                        step = next(steps, None)
                    if step is None:
                        return
                    yield step
        except Exception as error:
            yield _notice(error, args[at])

    wrapper: Any = generate if inspect.isgeneratorfunction(handler) else run
    # Gradio fills in what is annotated as a request or as the data of an event.
    wrapper.__annotations__ = {**inspect.get_annotations(getattr(handler, "__func__", handler)), "visit": gr.Request}
    wrapper.__signature__ = inspect.Signature(list(parameters.values()))
    wrapper.__name__ = wrapper.__qualname__ = handler.__qualname__
    wrapper.scope = scope
    return cast("Callable[..., Any]", wrapper)


def _notice(error: Exception, event: Any) -> Any:
    error = of_disk(error)
    if not isinstance(error, RagError):
        log.error("a handler of the page failed", exc_info=error)
    visit: Visit | None = getattr(getattr(getattr(event, "request", None), "state", None), "visit", None)
    with speaking(visit.language if visit else spoken()):
        gr.Warning(escape(told(error, visit.person if visit else None)))
    return gr.skip()
