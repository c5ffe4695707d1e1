"""API keys: `fn_<id>_<secret>`. Only a hash of the secret is kept; the key is shown once, when it is made."""

import hashlib
import json
import logging
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Final

from rag.about import Audience
from rag.apps.access import OF_KEYS, Scope
from rag.apps.server.accounts.accounts import check_name, now
from rag.apps.server.accounts.database import AccountsFile
from rag.database import Row
from rag.errors import NotFoundError, RagError, StoreError
from rag.index.audit import AuditLog, acting

log = logging.getLogger(__name__)
PREFIX: Final = "fn"
PER_MINUTE: Final = 60
MOST_PER_MINUTE: Final = 1_000_000
MOST_DAYS: Final = 3650
_PATIENCE = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Key:
    """What one key may: `bases` are those it reaches, None for all of its audience; `per_minute` bounds its requests;
    `ends_at` is when it expires (ISO 8601, UTC), None for never.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    bases: frozenset[str] | None
    audience: Audience
    per_minute: int
    revoked: bool
    created_at: str
    used_at: str | None
    ends_at: str | None

    @property
    def expired(self) -> bool:
        return self.ends_at is not None and self.ends_at <= now()


class Keys:
    """The keys of a file. Safe for threads."""

    def __init__(self, file: AccountsFile) -> None:
        self._file = file
        self._audit = AuditLog(file.path.parent)

    def all(self) -> list[Key]:
        return [_key(row) for row in self._file.read("SELECT * FROM keys ORDER BY created_at, id")]

    def add(
        self,
        name: str,
        scopes: Collection[str],
        bases: Collection[str] | None = None,
        audience: Audience = "public",
        per_minute: int = PER_MINUTE,
        days: int | None = None,
    ) -> str:
        """A new key, as it is to be shown once; it expires after so many `days`. Raises RagError for scopes that are none."""
        unknown = sorted(set(scopes) - set(OF_KEYS))
        if unknown or not scopes:
            raise RagError(f"{', '.join(unknown) or 'nothing'} is no scope of a key; take some of {', '.join(OF_KEYS)}")
        if not 1 <= per_minute <= MOST_PER_MINUTE:
            raise RagError(f"{per_minute} requests a minute: take 1 to {MOST_PER_MINUTE:,}")
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise RagError(f"{days} days: take 1 to {MOST_DAYS:,}, or none for a key without an end")
        id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        limits = None if bases is None else json.dumps(sorted(bases))
        ends = None if days is None else (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")
        values = (id, check_name(name), _hash(secret), json.dumps(sorted(scopes)), limits, audience, per_minute, now(), ends)
        with self._file.write(_PATIENCE) as connection:
            connection.execute(
                """INSERT INTO keys (id, name, hash, scopes, bases, audience, per_minute, created_at, ends_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                values,
            )
            self._audit.add(acting(), "key.add", f"key:{id}")
        return f"{PREFIX}_{id}_{secret}"

    def find(self, shown: str) -> Key | None:
        """The key that somebody shows; None where it is none, revoked or expired."""
        prefix, _, rest = shown.partition("_")
        id, _, secret = rest.partition("_")
        if prefix != PREFIX or not id or not secret or not shown.isascii():
            return None
        for row in self._file.read("SELECT * FROM keys WHERE id = :id AND NOT revoked", {"id": id}):
            key = _key(row)
            if compare_digest(row["hash"], _hash(secret)) and not key.expired:
                self._note_use(row)
                return key
        return None

    def revoke(self, id: str) -> Key:
        """From now on the key is none; raises NotFoundError."""
        with self._file.write(_PATIENCE) as connection:
            row = connection.execute("UPDATE keys SET revoked = 1 WHERE id = ? RETURNING *", (id,)).fetchone()
            if row is None:
                raise NotFoundError(f"no key has the id {id[:64]!r}; `rag keys list` shows all")
            self._audit.add(acting(), "key.revoke", f"key:{row['id']}")
        return _key(row)

    def follow(self, base: str, name: str | None) -> None:
        """The keys of a base, which has another name now, or is deleted: none of them reaches a later base of its name."""
        with self._file.write(_PATIENCE) as connection:
            for id, limits in connection.execute("SELECT id, bases FROM keys WHERE bases IS NOT NULL").fetchall():
                if base in (bases := set(json.loads(limits))):
                    left = bases - {base} | ({name} if name else set())
                    connection.execute("UPDATE keys SET bases = ? WHERE id = ?", (json.dumps(sorted(left)), id))

    def _note_use(self, row: Row) -> None:
        """When it was used last, to the hour: a write for each request would cost more than the request."""
        if row["used_at"] is None or datetime.now(UTC) - datetime.fromisoformat(row["used_at"]) > timedelta(hours=1):
            try:
                with self._file.write(_PATIENCE) as connection:
                    connection.execute("UPDATE keys SET used_at = ? WHERE id = ?", (now(), row["id"]))
            except StoreError as error:  # on a full disk a key still opens
                log.warning("when a key was used last is not kept: %s", error)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _key(row: Row) -> Key:
    return Key(
        row["id"],
        row["name"],
        frozenset(json.loads(row["scopes"])),
        None if row["bases"] is None else frozenset(json.loads(row["bases"])),
        row["audience"],
        row["per_minute"],
        bool(row["revoked"]),
        row["created_at"],
        row["used_at"],
        row["ends_at"],
    )
