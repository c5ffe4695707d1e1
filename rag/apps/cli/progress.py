"""Progress on standard error: a bar on a terminal, elsewhere a line from time to time."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rag.apps.cli.printing import err, plain
from rag.apps.cli.rendering import inert
from rag.types import Progress

EVERY = 10.0  # seconds between two lines of progress; what is quicker says nothing


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar, or `lines` where standard error is no terminal; a total of 0 is one not known."""
    if not err.is_terminal:
        yield lines()
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn()
    # rich would send what is printed meanwhile to the bar's own stream: into a file, it must not.
    beside = sys.stdout.isatty()
    with Progress(*columns, console=err, transient=True, redirect_stdout=beside) as bar:
        task = bar.add_task("", total=None)

        def report(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total or None, description=inert(what[-60:]))

        yield report


def lines(every: float = EVERY) -> Progress:
    """Writes how far it is, a line every so many seconds."""
    last = time.monotonic()

    def report(done: int, total: int, what: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= every:
            last = now
            err.print(plain(f"{done:,} of {total:,}: {what}" if total else what))

    return report
