"""`rag bases`: the knowledge bases of the data folder, each with documents of its own."""

import sys
from typing import Annotated

import typer

from rag.about import Audience
from rag.apps.cli.opening import AsJson, person, settings_for_command
from rag.apps.cli.printing import err, out, plain, print_json, print_problem
from rag.config import Settings
from rag.errors import RagError, StoreError

commands = typer.Typer(help="Knowledge bases, each with its own documents.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(help="Letters, digits, - and _.")]


@commands.command("list")
def list_names(as_json: AsJson = False) -> None:
    """The names of all bases, with their files and passages."""
    from contextlib import closing

    from rag.index.bases import base_audience, base_folder, list_bases, use_base
    from rag.index.catalogue import CatalogueReader

    settings = _settings()
    use_base(settings.data_dir)
    found, damaged = [], False
    for name in list_bases(settings.data_dir):
        try:
            with closing(CatalogueReader.open(base_folder(settings.data_dir, name))) as catalogue:
                counts = catalogue.counts()
        except StoreError as error:  # one that is damaged does not hide the others
            print_problem(str(error))
            damaged = True
            continue
        who = base_audience(settings.data_dir, name)
        found.append(
            {"base": name, "used": name == settings.base, "files": counts.files, "passages": counts.chunks, "audience": who}
        )
    if as_json:
        print_json(found)
    else:
        for base in found:
            used = "*" if base["used"] else " "
            told = ", internal" if base["audience"] == "internal" else ""
            out.print(plain(f"{used} {base['base']}  ({base['files']} files, {base['passages']} passages{told})"))
    if damaged:
        raise typer.Exit(1)


@commands.command()
def create(name: Name) -> None:
    """Make a new, empty base."""
    from rag.index.audit import AuditLog
    from rag.index.bases import create_base

    settings = _settings()
    folder = create_base(settings.data_dir, name)
    AuditLog(settings.data_dir).add(person(), "base.create", folder.name)
    err.print(plain(f"made {folder.name}; fill it with `rag --base {folder.name} ingest PATH`"))


@commands.command()
def audience(name: Name, who: Annotated[Audience, typer.Argument(help="public or internal.")]) -> None:
    """Say who a base is for. Visitors get no answer from one that is internal, and are not told its name."""
    from rag.index.audit import AuditLog
    from rag.index.bases import find_base, set_base_audience

    settings = _settings()
    set_base_audience(settings.data_dir, name, who)
    AuditLog(settings.data_dir).add(person(), f"base.audience.{who}", find_base(settings.data_dir, name).name)
    err.print(plain(f"{name} is {who}"))


@commands.command()
def rename(name: Name, new_name: Name) -> None:
    """Give a base another name; its keys and widgets go with it."""
    from rag.index.audit import AuditLog
    from rag.index.bases import find_base, rename_base

    settings = _settings()
    name = find_base(settings.data_dir, name).name
    folder = rename_base(settings.data_dir, name, new_name)
    _follow(settings, name, folder.name)
    AuditLog(settings.data_dir).add(person(), "base.rename", f"{name} {folder.name}")
    err.print(plain(f"renamed {name} to {folder.name}"))


@commands.command()
def delete(
    name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed where there is no terminal.")] = False
) -> None:
    """Remove a base. Its index, uploads, feedback and conversations go with it; the files it was made from stay.

    Keys and widgets of it reach nothing from then on, also where another base gets its name.
    """
    from rag.index.audit import AuditLog
    from rag.index.bases import delete_base, find_base
    from rag.index.store import Chroma

    settings = _settings()
    name = find_base(settings.data_dir, name).name
    if not yes and not (
        sys.stdin.isatty() and typer.confirm(f"Delete {name} with its index, uploads, feedback and conversations?")
    ):
        raise RagError(f"{name} is not deleted: answer y, or add --yes where there is no terminal.")
    chroma = Chroma.at(settings.data_dir, url=settings.chroma_url) if settings.chroma_url else None
    delete_base(settings.data_dir, name, chroma.drop if chroma else None)
    _follow(settings, name, None)
    AuditLog(settings.data_dir).add(person(), "base.delete", name)
    err.print(plain(f"deleted {name}"))


def _follow(settings: Settings, name: str, new_name: str | None) -> None:
    """Keys and widgets keep to their base under its new name; those of one that is deleted have none."""
    from contextlib import closing

    from rag.apps.server.accounts.database import FILE as ACCOUNTS
    from rag.apps.server.accounts.database import AccountsFile

    if (settings.data_dir / ACCOUNTS).exists():
        from rag.apps.server.accounts.keys import Keys
        from rag.apps.server.widget.widgets import Widgets

        with closing(AccountsFile.of(settings.data_dir)) as file:
            Keys(file).follow(name, new_name)
            Widgets(file).follow(name, new_name)


def _settings() -> Settings:
    """The settings, with an index of version 1 brought into its place."""
    from rag.index.bases import adopt_version_1

    settings = settings_for_command()
    adopt_version_1(settings.data_dir)
    return settings
