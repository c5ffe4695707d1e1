"""What several commands begin with: options they share, the assistant of the settings, a text from standard input."""

import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.about import Audience
from rag.apps.cli.progress import progress_bar
from rag.config import Settings, load_settings

if TYPE_CHECKING:
    from rag.service import Assistant

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Documents = Annotated[list[str] | None, typer.Option("--document", "-d", help="Only this document (may be repeated).")]
Folders = Annotated[
    list[str] | None, typer.Option("--folder", "-f", help="Only documents below this folder (may be repeated).")
]

BASE: ContextVar[str | None] = ContextVar("base", default=None)
"""What `rag --base` names, for the command that runs."""


def settings_for_command(values: Mapping[str, Any] | None = None) -> Settings:
    """The settings, overridden by `rag --base` and `values`."""
    base = BASE.get()
    return load_settings({**({"base": base} if base is not None else {}), **(values or {})})


@contextmanager
def opened_assistant(audience: Audience | None = None) -> "Iterator[Assistant]":
    """The assistant that the settings describe, closed at the end; a command of the maintainer names the `audience` itself."""
    from rag.index.audit import acting_as
    from rag.service import Assistant

    with progress_bar() as progress:
        assistant = Assistant.open(settings_for_command({"audience": audience} if audience else None), progress)
    with closing(assistant), acting_as(person()):
        yield assistant


@contextmanager
def pausing(assistant: "Assistant") -> Iterator[None]:
    """The first Ctrl-C has an ingestion end in order, with what it has done; the second ends the process at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def pause(signum: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        assistant.base.pause()

    before = signal.signal(signal.SIGINT, pause)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def person() -> str:
    """Who runs the command, for the audit log: the number of the operating system's account, which is no name."""
    return f"cli:{os.getuid()}" if hasattr(os, "getuid") else "cli"


def given_text(argument: str) -> str:
    """The argument itself, or standard input for `-`."""
    return sys.stdin.read().strip() if argument == "-" else argument
