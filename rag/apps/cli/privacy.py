"""`rag privacy`: mask a text, erase what people said, and the audit log."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from rag.apps.cli.opening import BASE, AsJson, given_text, person, settings_for_command
from rag.apps.cli.printing import err, out, plain, print_json
from rag.errors import RagError

commands = typer.Typer(help="Personal data: mask, erase, audit.", no_args_is_help=True, rich_markup_mode=None)
_SHOWN = 80  # characters of a question


@commands.command()
def mask(
    text: Annotated[str, typer.Argument(help="A text, or - for standard input.")],
    as_json: AsJson = False,
) -> None:
    """Print a text with its personal data masked, as [email] or [card]."""
    from rag import privacy

    given = given_text(text)
    if as_json:
        print_json({"text": privacy.mask(given), "found": [asdict(item) for item in privacy.find(given)]})
    else:
        print(privacy.mask(given))


@commands.command()
def erase(
    text: Annotated[str | None, typer.Argument(help="Erase what contains this text, in whatever case.")] = None,
    older_than: Annotated[int | None, typer.Option(min=0, max=36_500, help="Erase what is older than so many days.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Erase all that people asked and said.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be erased.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed where there is no terminal.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase what people asked and said, for good. In all bases, or in the one that `rag --base` names.

    That is refused questions, feedback and conversations. In all bases it finds mails that became no message, and conversations
    about a base that is not there, too; answers that agents wrote are found by a text alone.
    """
    from rag.apps.temporary import sweep
    from rag.index import retention
    from rag.index.bases import adopt_version_1, find_base, list_bases

    if everything and (text or older_than is not None):
        raise RagError("--all erases everything: leave it out, or the text and --older-than.")
    if not (text or everything or older_than is not None):
        raise RagError("Say what to erase: a text as in `rag privacy erase anna@example.com`, --older-than DAYS, or --all.")
    settings = settings_for_command()
    adopt_version_1(settings.data_dir)
    named = BASE.get()
    bases = [find_base(settings.data_dir, named).name] if named else [*list_bases(settings.data_dir), retention.NO_BASE]
    before = None if older_than is None else datetime.now(UTC) - timedelta(days=older_than)
    found = retention.find(settings.data_dir, bases, containing=text or "", before=before)
    count = sum(map(len, found.values()))
    if as_json:
        rows = [
            {"base": base, "table": row.table, "id": row.id, "created_at": row.created_at.isoformat(), "question": row.texts[0]}
            for base, kept in found.items()
            for row in kept
        ]
        print_json({"erased": 0 if dry_run else count, "found": rows})
    else:
        for base, kept in found.items():
            for row in kept:
                question = row.texts[0] if len(row.texts[0]) <= _SHOWN else row.texts[0][:_SHOWN] + "…"
                out.print(plain(f"{base or '-'}/{row.table}/{row.id}  {row.created_at:%Y-%m-%d}  {question}"))
    if dry_run:
        err.print(plain(f"{_rows(count)} would be erased"))
        return
    if count and not yes and not (sys.stdin.isatty() and typer.confirm(f"Erase {_rows(count)} for good?")):
        raise RagError("Nothing is erased: answer y, or add --yes where there is no terminal.")
    sweep(settings.data_dir)  # what a backup that was killed has left
    retention.forget_what_is_open(settings.data_dir)
    retention.erase_in(settings.data_dir, found, person())
    err.print(plain(f"erased {_rows(count)}"))


@commands.command()
def audit(
    verify: Annotated[bool, typer.Option("--verify", help="Check that no row was changed or removed.")] = False,
    noted: Annotated[str, typer.Option(help="A hash written down earlier, which must still be in the log.")] = "",
    limit: Annotated[int, typer.Option("-n", min=1, max=1_000_000, help="How many rows at most; the newest come first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Who did what to which id, and when; the newest first."""
    from rag.index.audit import AuditLog

    log = AuditLog(settings_for_command().data_dir)
    if verify or noted:
        check = log.verify(noted)
        if as_json:
            print_json(asdict(check))
        if check.problem:
            raise RagError(f"The audit log does not hold: {check.problem}.")
        if not as_json:
            out.print(plain(f"{_rows(check.entries)}, none changed or removed; the last hash is {check.head or 'none yet'}"))
        return
    entries = log.entries(limit)
    if as_json:
        print_json([asdict(entry) for entry in entries])
        return
    for entry in entries:
        out.print(plain(f"{entry.id:>6}  {entry.at}  {entry.actor}  {entry.action}  {entry.subject}"))


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
