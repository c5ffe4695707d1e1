"""The command line: ask search similarity gaps ingest documents bases serve backup restore privacy accounts keys widgets desk
models eval train data.

Data on standard output (`--json` for programs), progress and one-line errors on standard error, exit code 0 only on success.
"""

import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from rag.apps.cli import (
    accounts,
    ask,
    backup,
    bases,
    desk,
    documents,
    evaluation,
    gaps,
    models,
    privacy,
    serve,
    training,
    widgets,
)
from rag.apps.cli.opening import BASE
from rag.apps.cli.printing import print_problem
from rag.apps.cli.progress import progress_bar
from rag.config import misspelt
from rag.errors import RagError, SettingsError
from rag.privacy.logs import log_to_stderr

app = typer.Typer(
    name="rag",
    help="Answers from your documents, every word traced to its source.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def options(
    base: Annotated[str | None, typer.Option(help="The knowledge base to use; by default that of RAG_BASE.")] = None,
) -> None:
    BASE.set(base)


ONE = (documents.ingest, ask.search, ask.ask, ask.similarity, gaps.gaps, serve.serve, backup.backup, backup.restore)
for command in ONE:
    app.command()(command)
app.add_typer(documents.commands, name="documents")
app.add_typer(bases.commands, name="bases")
app.add_typer(accounts.accounts, name="accounts")
app.add_typer(accounts.keys, name="keys")
app.add_typer(widgets.commands, name="widgets")
app.add_typer(desk.commands, name="desk")
app.add_typer(privacy.commands, name="privacy")
app.add_typer(models.commands, name="models")
app.add_typer(evaluation.commands(progress_bar), name="eval")
app.add_typer(training.commands(progress_bar), name="train")
app.add_typer(training.data_commands(progress_bar), name="data")
training.add_model_commands(models.commands, progress_bar)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command, by default the process's own; errors become one line on standard error and an exit code."""
    _open_closed_streams()
    try:
        log_to_stderr(os.environ.get("RAG_LOG", "WARNING").upper(), os.environ.get("RAG_LOG_FORMAT", "text").lower())
    except SettingsError as error:
        sys.exit(_fail(str(error), 1))
    for problem in misspelt(os.environ):
        print_problem(problem)
    try:
        code = app(args=arguments, standalone_mode=False)
    except RagError as error:
        code = _fail(str(error), 1)
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # the reader of our output (`| head`) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except OSError as error:  # no room on the disk, a name too long, a folder that may not be read
        where = f"{str(error.filename)[:200]!r}: " if error.filename else ""
        code = _fail(f"{where}{error.strerror or error}", 1)
    except OverflowError as error:  # of SQLite, of a generator of chance: beyond 64 bits
        code = _fail(f"A number is too large ({error}): take a smaller one.", 1)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        code = _fail(f"{error.format_message()} See `rag --help`.", 2)
    sys.exit(code or 0)


def _fail(message: str, code: int) -> int:
    print_problem(message)
    return code


def _open_closed_streams() -> None:
    """A command may be started with its streams closed (`<&-`): reading finds nothing, what is written goes nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - as long as the process
