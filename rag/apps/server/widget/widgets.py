"""Widgets: under a public id, the sites that may show the chat, and how it looks and speaks there. Kept beside the accounts."""

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from rag.apps.server.accounts.accounts import check_name, now
from rag.apps.server.accounts.database import AccountsFile
from rag.apps.server.place import is_loopback
from rag.database import Row
from rag.errors import NotFoundError, RagError
from rag.index.audit import AuditLog, acting
from rag.languages.spoken import LANGUAGES, Language

Theme: TypeAlias = Literal["auto", "light", "dark"]
LONGEST_GREETING: Final = 500  # characters
MOST_SITES: Final = 50  # each stands in a header of the frame
MOST_QUESTIONS: Final = 1_000_000_000  # that a limit can be
COLOUR: Final = "#1d5680"
_PATIENCE = 5.0  # seconds
_DARK = 0.179  # relative luminance below which white has more contrast than black


@dataclass(frozen=True, slots=True)
class Widget:
    """One widget. `id` is public: it stands in the pages of `sites`, which are origins (`https://shop.example`).

    `colour` is #rrggbb. One client may ask `per_minute` questions, all together `per_day`.
    """

    id: str
    name: str
    base: str
    sites: tuple[str, ...]
    greeting: str = ""
    language: Language = "en"
    colour: str = COLOUR
    theme: Theme = "auto"
    per_minute: int = 10
    per_day: int = 2000
    created_at: str = ""

    @property
    def on_colour(self) -> str:
        """Black or white, whichever reads better on `colour`: a contrast of 4.5 or more."""
        return "#ffffff" if _luminance(self.colour) < _DARK else "#000000"


FIELDS: Final = tuple(field.name for field in fields(Widget))


class Widgets:
    """The widgets of a file. Safe for threads. What changes is told to the audit log, or does not change."""

    def __init__(self, file: AccountsFile) -> None:
        self._file = file
        self._audit = AuditLog(file.path.parent)

    def all(self) -> list[Widget]:
        return [_widget(row) for row in self._file.read("SELECT * FROM widgets ORDER BY created_at, id")]

    def find(self, id: str) -> Widget:
        """Raises NotFoundError."""
        rows = self._file.read("SELECT * FROM widgets WHERE id = :id", {"id": id})
        if not rows:
            raise NotFoundError(f"no widget has the id {id[:64]!r}; `rag widgets list` shows all")
        return _widget(rows[0])

    def add(self, name: str, base: str, sites: Sequence[str], **values: Any) -> Widget:
        """A new widget; `values` are its other fields. Raises RagError for what one of them cannot be."""
        made = _checked(Widget(secrets.token_hex(8), name, base, tuple(sites), created_at=now(), **values))
        columns = ", ".join(f":{field}" for field in FIELDS)
        with self._file.write(_PATIENCE) as connection:
            connection.execute(f"INSERT INTO widgets ({', '.join(FIELDS)}) VALUES ({columns})", _row(made))  # noqa: S608
            self._audit.add(acting(), "widget.add", f"widget:{made.id}")
        return made

    def change(self, id: str, **values: Any) -> Widget:
        """Another value for some fields; raises NotFoundError, and RagError as `add` does."""
        changed = _checked(replace(self.find(id), **values))
        columns = ", ".join(f"{field} = :{field}" for field in FIELDS)
        with self._file.write(_PATIENCE) as connection:
            connection.execute(f"UPDATE widgets SET {columns} WHERE id = :id", _row(changed))  # noqa: S608
            self._audit.add(acting(), "widget.change", f"widget:{id}")
        return changed

    def secret(self, id: str) -> str:
        """What the ids of its site's users are signed with; "" where it knows none, as at first. Raises NotFoundError."""
        self.find(id)
        (row,) = self._file.read("SELECT secret FROM widgets WHERE id = :id", {"id": id})
        return str(row["secret"])

    def set_secret(self, id: str, *, on: bool = True) -> str:
        """A new secret in place of the one before, or none: signatures made with that fit no more. Raises NotFoundError."""
        self.find(id)
        made = secrets.token_urlsafe(32) if on else ""
        with self._file.write(_PATIENCE) as connection:
            connection.execute("UPDATE widgets SET secret = ? WHERE id = ?", (made, id))
            self._audit.add(acting(), "widget.secret", f"widget:{id}")
        return made

    def follow(self, base: str, name: str | None) -> None:
        """The widgets of a base, which has another name now, or is deleted: they answer nothing until they get another."""
        with self._file.write(_PATIENCE) as connection:
            connection.execute("UPDATE widgets SET base = ? WHERE base = ?", (name or "", base))

    def remove(self, id: str) -> Widget:
        """From now on it is shown nowhere; raises NotFoundError."""
        removed = self.find(id)
        with self._file.write(_PATIENCE) as connection:
            connection.execute("DELETE FROM widgets WHERE id = ?", (id,))
            self._audit.add(acting(), "widget.remove", f"widget:{id}")
        return removed


def snippet(server: str, id: str, *, signed: bool = False) -> str:
    """The line for the pages of a widget's sites; `server` is the address of this server without its last slash."""
    named = ' data-user="ID OF YOUR USER" data-signature="ITS SIGNATURE"' if signed else ""
    return f'<script async src="{server}/widget.js?id={id}"{named}></script>'


def origin_of(address: str) -> str | None:
    """The origin of a web address as browsers write it; None for what has none."""
    try:
        parts = urlsplit(address.strip())
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not name or parts.username is not None:
        return None
    try:
        plain = name if ":" in name else name.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not re.fullmatch(r"[a-z0-9.:_-]+", plain):
        return None
    host = f"[{plain}]" if ":" in plain else plain
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


def _checked(widget: Widget) -> Widget:
    """The widget with its values in their one spelling; raises RagError."""
    if widget.language not in LANGUAGES:
        raise RagError(f"{widget.language!r} is no language of the widget; take one of {', '.join(LANGUAGES)}")
    if widget.theme not in get_args(Theme):
        raise RagError(f"{widget.theme!r} is no theme; take one of {', '.join(get_args(Theme))}")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", widget.colour):
        raise RagError(f"{widget.colour[:20]!r} is no colour; take one as {COLOUR}")
    if len(widget.greeting) > LONGEST_GREETING:
        raise RagError(f"the greeting has {len(widget.greeting)} characters; take at most {LONGEST_GREETING}")
    if not (1 <= widget.per_minute <= MOST_QUESTIONS and 1 <= widget.per_day <= MOST_QUESTIONS):
        raise RagError(f"{widget.per_minute} questions a minute, {widget.per_day} a day: take 1 to {MOST_QUESTIONS:,}")
    if not 1 <= len(widget.sites) <= MOST_SITES:
        raise RagError(f"{len(widget.sites)} sites: name 1 to {MOST_SITES}, as --site https://shop.example")
    sites = tuple(dict.fromkeys(_site(site) for site in widget.sites))
    return replace(widget, name=check_name(widget.name), sites=sites, colour=widget.colour.lower())


def _site(site: str) -> str:
    origin = origin_of(site)
    if origin is None:
        raise RagError(f"{site[:100]!r} is no site: take its address, as https://shop.example")
    if origin.startswith("http:") and not is_loopback(urlsplit(origin).hostname or ""):
        raise RagError(f"{origin} is not https: anybody on the way could change its pages and read the chat; take https")
    return origin


def _luminance(colour: str) -> float:
    """Relative luminance 0..1 of #rrggbb, as WCAG 2.2 defines it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _row(widget: Widget) -> dict[str, Any]:
    values = {field: getattr(widget, field) for field in FIELDS}
    return {**values, "sites": json.dumps(widget.sites)}


def _widget(row: Row) -> Widget:
    values = {field: row[field] for field in FIELDS}
    return Widget(**{**values, "sites": tuple(json.loads(row["sites"]))})
