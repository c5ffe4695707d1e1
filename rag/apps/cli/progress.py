"""A progress bar on standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rag.apps.cli.printing import err
from rag.apps.cli.rendering import inert
from rag.types import Progress


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Nothing is drawn where standard error is no terminal; a total of 0 is one not known."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn()
    # rich would send what is printed meanwhile to the bar's own stream: into a file, it must not.
    beside = sys.stdout.isatty()
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal, redirect_stdout=beside) as bar:
        task = bar.add_task("", total=None)

        def report(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total or None, description=inert(what[-60:]))

        yield report
