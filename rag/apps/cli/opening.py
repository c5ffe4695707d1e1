"""What several commands begin with: options they share, the assistant of the settings, a text from standard input."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from rag.apps.cli.progress import progress_bar
from rag.config import load_settings

if TYPE_CHECKING:
    from rag.service import Assistant

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Documents = Annotated[list[str] | None, typer.Option("--document", "-d", help="Only this document (may be repeated).")]
Folders = Annotated[
    list[str] | None, typer.Option("--folder", "-f", help="Only documents below this folder (may be repeated).")
]


@contextmanager
def opened_assistant() -> "Iterator[Assistant]":
    """The assistant that the settings describe, closed at the end."""
    from rag.service import Assistant

    with progress_bar() as progress:
        assistant = Assistant.open(load_settings(), progress)
    with closing(assistant):
        yield assistant


def given_text(argument: str) -> str:
    """The argument itself, or standard input for `-`."""
    return sys.stdin.read().strip() if argument == "-" else argument
