"""`rag accounts` and `rag keys`: who may sign in, and which programs may ask."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rag.about import Audience
from rag.apps.access import Role
from rag.apps.cli.opening import AsJson, person, settings_for_command
from rag.apps.cli.printing import err, out, plain, print_json
from rag.errors import RagError
from rag.extras import explain_missing_extra

if TYPE_CHECKING:
    from rag.apps.server.accounts.accounts import Account, Accounts
    from rag.apps.server.accounts.keys import Keys

accounts = typer.Typer(help="People who may sign in.", no_args_is_help=True, rich_markup_mode=None)
keys = typer.Typer(help="Keys for programs.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(help="The name, or the number that `rag accounts list` shows.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; needed where there is no terminal.")]


@accounts.command("add")
def add_account(
    name: Annotated[str, typer.Argument(help="What they sign in with.")],
    role: Annotated[
        Role,
        typer.Option(
            help="visitor: asks. agent: also the desk, and sees what is internal. editor: also documents. admin: all."
        ),
    ] = "visitor",
) -> None:
    """Make an account. Its password is asked for, or read from standard input."""
    with _opened() as (known, _):
        account = known.add(name, role, _password())
    err.print(plain(f"made {account.name}, {account.role}"))


@accounts.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """All accounts."""
    with _opened() as (known, _):
        found = known.all()
    if as_json:
        print_json([{key: value for key, value in asdict(account).items() if key != "session"} for account in found])
        return
    if not found:
        err.print(plain("no account yet; `rag accounts add NAME` makes one"))
    for account in found:
        notes = [account.role, *([account.provider] if account.provider else []), *(["disabled"] if account.disabled else [])]
        out.print(plain(f"{account.id}  {account.name}  ({', '.join(notes)})"))


@accounts.command()
def role(name: Name, role: Annotated[Role, typer.Argument()]) -> None:
    """Give an account another role."""
    with _opened() as (known, _):
        account = _find(known, name)
        known.set_role(account.id, role)
    err.print(plain(f"{account.name} is {role}"))


@accounts.command()
def password(name: Name) -> None:
    """Give an account another password. It is asked for, or read from standard input; the account's sessions end."""
    with _opened() as (known, _):
        account = _find(known, name)
        if account.provider:
            raise RagError(f"{account.name} signs in with {account.provider}, and has no password here")
        known.set_password(account.id, _password())
    err.print(plain(f"changed the password of {account.name}; its sessions have ended"))


@accounts.command()
def disable(name: Name) -> None:
    """End an account's sessions. Nobody can sign in with it until it is enabled."""
    with _opened() as (known, _):
        account = _find(known, name)
        known.disable(account.id)
    err.print(plain(f"disabled {account.name}"))


@accounts.command()
def enable(name: Name) -> None:
    """Let an account sign in again."""
    with _opened() as (known, _):
        account = _find(known, name)
        known.disable(account.id, False)
    err.print(plain(f"enabled {account.name}"))


@accounts.command("delete")
def delete_account(name: Name, yes: Yes = False) -> None:
    """Remove an account, and the conversations that are kept with it."""
    from rag.index.retention import erase_conversations
    from rag.kept.erasing import find

    with _opened() as (known, _):
        account = _find(known, name)
        if not yes and not (sys.stdin.isatty() and typer.confirm(f"Delete {account.name}?")):
            raise RagError(f"{account.name} is not deleted: answer y, or add --yes where there is no terminal.")
        known.delete(account.id)
    data_dir = settings_for_command().data_dir
    erase_conversations(data_dir, find(data_dir, owner=f"account:{account.id}"), person())
    err.print(plain(f"deleted {account.name}"))


@keys.command("add")
def add_key(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may: ask (the default), manage, admin. May be repeated.")
    ] = None,
    base: Annotated[list[str] | None, typer.Option(help="Only this base (may be repeated).")] = None,
    audience: Annotated[Audience, typer.Option(help="internal: it also sees what is for staff.")] = "public",
    per_minute: Annotated[int, typer.Option(help="Requests a minute.")] = 60,
    days: Annotated[int | None, typer.Option(help="Days after which it expires; by default it does not.")] = None,
) -> None:
    """Make a key, and print it: it cannot be shown again."""
    from rag.index.bases import find_base

    settings = settings_for_command()
    bases = [find_base(settings.data_dir, wanted).name for wanted in base] if base else None
    with _opened() as (_, known):
        shown = known.add(name, scope or ["ask"], bases, audience, per_minute, days)
    out.print(plain(shown))
    err.print(plain("keep it: it is not shown again"))


@keys.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """All keys, without their secrets."""
    with _opened() as (_, known):
        found = known.all()
    if as_json:
        print_json(
            [
                {**asdict(key), "scopes": sorted(key.scopes), "bases": None if key.bases is None else sorted(key.bases)}
                for key in found
            ]
        )
        return
    if not found:
        err.print(plain("no key yet; `rag keys add NAME` makes one"))
    for key in found:
        where = "all bases" if key.bases is None else ", ".join(sorted(key.bases)) or "no base"
        where += f"; {key.audience}; {key.per_minute} a minute; used {key.used_at or 'never'}"
        end = "; revoked" if key.revoked else "; expired" if key.expired else f"; until {key.ends_at}" if key.ends_at else ""
        out.print(plain(f"{key.id}  {key.name}  ({', '.join(sorted(key.scopes))}; {where}{end})"))


@keys.command()
def revoke(id: Annotated[str, typer.Argument(help="The id that `rag keys list` shows.")]) -> None:
    """End a key."""
    with _opened() as (_, known):
        key = known.revoke(id)
    err.print(plain(f"revoked {key.name}"))


@contextmanager
def _opened() -> "Iterator[tuple[Accounts, Keys]]":
    with explain_missing_extra():
        from rag.apps.server.accounts.accounts import Accounts
        from rag.apps.server.accounts.database import AccountsFile
        from rag.apps.server.accounts.keys import Keys
    from rag.index.audit import acting_as

    with closing(AccountsFile.of(settings_for_command().data_dir)) as file, acting_as(person()):
        yield Accounts(file), Keys(file)


def _find(known: "Accounts", name: str) -> "Account":
    numbered = known.by_id(int(name)) if name.isdecimal() and len(name) < 19 else None  # 64 bits
    return numbered or known.named(name)


def _password() -> str:
    """Typed twice on a terminal; elsewhere the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
