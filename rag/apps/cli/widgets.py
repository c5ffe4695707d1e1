"""`rag widgets`: the chat in other sites' pages."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.apps.cli.opening import AsJson, person, settings_for_command
from rag.apps.cli.printing import err, out, plain, print_json
from rag.errors import RagError
from rag.extras import explain_missing_extra

if TYPE_CHECKING:
    from rag.apps.server.widget.widgets import Widget, Widgets

commands = typer.Typer(help="The chat in other sites' pages.", no_args_is_help=True, rich_markup_mode=None)
Id = Annotated[str, typer.Argument(help="The id that `rag widgets list` shows.")]
Site = Annotated[list[str] | None, typer.Option(help="A site that may show it, as https://shop.example (may be repeated).")]
Greeting = Annotated[str | None, typer.Option(help="What it says first.")]
Language = Annotated[str | None, typer.Option(help="Language of its buttons: en, de or zh.")]
Colour = Annotated[str | None, typer.Option(help="Colour of its button and head, as #1d5680.")]
Theme = Annotated[str | None, typer.Option(help="light, dark, or auto: as the visitor's system is set.")]
PerMinute = Annotated[int | None, typer.Option(help="Questions that one visitor may ask in a minute.")]
PerDay = Annotated[int | None, typer.Option(help="Questions that all visitors together may ask in a day.")]
Base = Annotated[str | None, typer.Option(help="The base it answers from; by default that of RAG_BASE.")]


@commands.command()
def add(
    name: Annotated[str, typer.Argument(help="What visitors see at its head.")],
    site: Site = None,
    base: Base = None,
    greeting: Greeting = None,
    language: Language = None,
    colour: Colour = None,
    theme: Theme = None,
    per_minute: PerMinute = None,
    per_day: PerDay = None,
) -> None:
    """Make a widget, and print what the pages of its sites need."""
    given = _given(greeting=greeting, language=language, colour=colour, theme=theme, per_minute=per_minute, per_day=per_day)
    with _opened() as widgets:
        made = widgets.add(name, _known(base or settings_for_command().base), site or [], **given)
    err.print(plain(f"made {made.name}, {made.id}; put this at the end of each page:"))
    out.print(plain(_snippet(made)))


@commands.command("list")
def list_widgets(as_json: AsJson = False) -> None:
    """All widgets."""
    with _opened() as widgets:
        found = widgets.all()
    if as_json:
        print_json([asdict(widget) for widget in found])
        return
    if not found:
        err.print(plain("no widget yet; `rag widgets add NAME --site https://shop.example` makes one"))
    for widget in found:
        limits = f"{widget.per_minute} a minute each, {widget.per_day} a day"
        notes = f"{widget.base or 'no base'}; {', '.join(widget.sites)}; {widget.language}; {limits}"
        out.print(plain(f"{widget.id}  {widget.name}  ({notes})"))


@commands.command()
def change(
    id: Id,
    name: Annotated[str | None, typer.Option(help="What visitors see at its head.")] = None,
    site: Site = None,
    base: Base = None,
    greeting: Greeting = None,
    language: Language = None,
    colour: Colour = None,
    theme: Theme = None,
    per_minute: PerMinute = None,
    per_day: PerDay = None,
) -> None:
    """Change what is given; sites replace those that were there. Pages show it within five minutes."""
    given = _given(
        name=name,
        sites=tuple(site) if site else None,
        base=_known(base) if base else None,
        greeting=greeting,
        language=language,
        colour=colour,
        theme=theme,
        per_minute=per_minute,
        per_day=per_day,
    )
    with _opened() as widgets:
        changed = widgets.change(id, **given)
    err.print(plain(f"changed {changed.name}"))


@commands.command()
def snippet(id: Id) -> None:
    """Print what the pages of a widget's sites need."""
    with _opened() as widgets:
        found, signed = widgets.find(id), bool(widgets.secret(id))
    out.print(plain(_snippet(found, signed=signed)))


@commands.command()
def secret(
    id: Id,
    off: Annotated[bool, typer.Option("--off", help="Make none: from now on the widget knows no users of its site.")] = False,
) -> None:
    """Make and print a secret to sign the ids of users with. It is for the server of the widget's site; the one before ends."""
    with _opened() as widgets:
        made = widgets.set_secret(id, on=not off)
    if off:
        err.print(plain("from now on everybody is a guest in it"))
        return
    out.print(plain(made))
    err.print(plain("keep it on the site's server, and out of its pages"))


@commands.command()
def forget(id: Id, user: Annotated[str, typer.Argument(help="The id of one of the site's users.")]) -> None:
    """Erase the conversations of a user whom the widget's site named."""
    from rag.index.retention import erase_conversations
    from rag.kept.erasing import find

    with _opened() as widgets:
        widgets.find(id)
        from rag.apps.server.widget.identity import known_as
    data_dir = settings_for_command().data_dir
    found = find(data_dir, owner=f"visitor:{known_as(id, user)}")
    erase_conversations(data_dir, found, person())
    err.print(plain(f"erased {len(found)} conversations"))


@commands.command()
def remove(id: Id) -> None:
    """End a widget: no page shows it any more."""
    with _opened() as widgets:
        removed = widgets.remove(id)
    err.print(plain(f"removed {removed.name}"))


def _snippet(widget: "Widget", *, signed: bool = False) -> str:
    """The line for a page. The server's name is that of the settings, where they have one."""
    settings = settings_for_command()
    named = [host.strip() for host in settings.trusted_hosts.split(",") if host.strip() and "*" not in host]
    server = f"https://{named[0] if named else 'YOUR-SERVER'}{settings.base_path}"
    from rag.apps.server.widget.widgets import snippet

    return snippet(server, widget.id, signed=signed)


def _known(base: str) -> str:
    """The name of a base that visitors may ask; raises NotFoundError, RagError for one that is for staff."""
    from rag.index.bases import base_audience, find_base

    settings = settings_for_command()
    name = find_base(settings.data_dir, base).name
    if settings.audience == "public" and base_audience(settings.data_dir, name) == "internal":
        raise RagError(f"{name} is for staff, and a widget answers visitors: `rag bases audience {name} public` opens it")
    return name


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


@contextmanager
def _opened() -> "Iterator[Widgets]":
    with explain_missing_extra():
        from rag.apps.server.accounts.database import AccountsFile
        from rag.apps.server.widget.widgets import Widgets
    from rag.index.audit import acting_as

    with closing(AccountsFile.of(settings_for_command().data_dir)) as file, acting_as(person()):
        yield Widgets(file)
