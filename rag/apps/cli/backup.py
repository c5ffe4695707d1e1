"""`rag backup` and `rag restore`: all that nobody can make again, in one file, and back."""

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from rag.apps.cli.opening import person, settings_for_command
from rag.apps.cli.printing import err, plain
from rag.apps.cli.progress import progress_bar
from rag.errors import RagError
from rag.extras import explain_missing_extra


def backup(file: Annotated[Path, typer.Argument(help="Where to write it, such as footnote.zip.")]) -> None:
    """Write all that nobody can make again to one file.

    It holds bases, uploads, conversations, models, accounts and the audit log; a server may run meanwhile.
    """
    with explain_missing_extra():
        from rag.apps.backup import save
    from rag.index.audit import AuditLog

    data_dir = settings_for_command().data_dir
    with progress_bar() as progress:
        size = save(data_dir, file, progress)
    AuditLog(data_dir).add(person(), "backup", datetime.now(UTC).isoformat(timespec="seconds"))
    err.print(
        plain(
            f"wrote {file} ({size / 1e6:,.1f} MB); it holds all documents, conversations and accounts: keep it as safe as them"
        )
    )


def restore(
    file: Annotated[Path, typer.Argument(help="What `rag backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed where there is no terminal.")] = False,
) -> None:
    """Put a backup in the place of what is there. It is checked first; vectors are made again. A server may run meanwhile."""
    with explain_missing_extra():
        from rag.apps.backup import restore as put_back
    from rag.index.audit import acting_as
    from rag.service import load_models, open_base

    settings = settings_for_command()
    if not yes and not (sys.stdin.isatty() and typer.confirm(f"Replace what is in {settings.data_dir}?")):
        raise RagError("nothing is restored: answer y, or add --yes where there is no terminal.")
    with acting_as(person()):
        done = put_back(settings.data_dir, file)
    at, bases = done.made.isoformat(timespec="minutes"), ", ".join(done.bases) or "no base"
    err.print(plain(f"restored what was kept at {at}: {bases}"))
    if done.kept:
        err.print(plain(f"not in the backup, and left as they are: {', '.join(done.kept)}"))
    if done.before:
        err.print(plain(f"what was there before is in {done.before}"))
    with progress_bar() as progress:
        models = load_models(settings, progress)
        for base in done.bases:
            with closing(open_base(settings.model_copy(update={"base": base}), models)) as opened:
                opened.ingest([], progress)
