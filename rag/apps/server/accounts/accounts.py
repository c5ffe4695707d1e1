"""Accounts: people with a name, a role and a way to sign in."""

import logging
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rag.apps.access import ROLES, Role
from rag.apps.server.accounts.database import AccountsFile
from rag.apps.server.accounts.passwords import hash_password, is_password
from rag.database import IntegrityError, Row
from rag.errors import NotFoundError, RagError, StoreError
from rag.index.audit import AuditLog, acting
from rag.languages.spoken import texts

log = logging.getLogger(__name__)
LONGEST_NAME: Final = 64
_PATIENCE = 5.0  # seconds: a person waits


@dataclass(frozen=True, slots=True)
class Account:
    """`provider` is "" for who signs in with a password; `session` is the number that their cookies must carry."""

    id: int
    name: str
    role: Role
    provider: str
    disabled: bool
    session: int
    created_at: str
    signed_in_at: str | None


class Accounts:
    """The accounts of a file. Safe for threads. What changes is told to the audit log, or does not change."""

    def __init__(self, file: AccountsFile) -> None:
        self._file = file
        self._audit = AuditLog(file.path.parent)

    def all(self) -> list[Account]:
        """All accounts by name."""
        return [_account(row) for row in self._file.read("SELECT * FROM accounts ORDER BY name, provider")]

    def exist(self) -> bool:
        """Whether there is any."""
        return bool(self._file.read("SELECT 1 FROM accounts LIMIT 1"))

    def have_agent(self) -> bool:
        """Whether there is an account of an agent's that can be used."""
        return bool(self._file.read("SELECT 1 FROM accounts WHERE role = 'agent' AND NOT disabled LIMIT 1"))

    def by_id(self, id: int) -> Account | None:
        return next((_account(row) for row in self._file.read("SELECT * FROM accounts WHERE id = :id", {"id": id})), None)

    def named(self, name: str) -> Account:
        """The account of a name; raises NotFoundError, RagError where several providers have it."""
        found = [account for account in self.all() if account.name.casefold() == name.casefold()]
        if not found:
            raise NotFoundError(f"no account is named {name!r}; `rag accounts list` shows all")
        if len(found) > 1:
            raise RagError(f"{len(found)} accounts are named {name!r}; say which by its number in `rag accounts list`")
        return found[0]

    def add(self, name: str, role: Role, password: str, *, first: bool = False) -> Account:
        """A new account with a password; with `first`, only while there is none. Raises RagError for a name that cannot be."""
        name, hashed = check_name(name), hash_password(password)
        with self._file.write(_PATIENCE) as connection:
            if first and connection.execute("SELECT 1 FROM accounts").fetchone():
                raise RagError(texts.ACCOUNT_EXISTS)
            try:
                sql = "INSERT INTO accounts (id, name, role, password, created_at) VALUES (?, ?, ?, ?, ?) RETURNING *"
                made = _account(connection.execute(sql, (_new_id(), name, role, hashed, now())).fetchone())
            except IntegrityError as error:
                raise RagError(texts.ACCOUNT_NAME_TAKEN.format(name=name)) from error
            self._audit.add(acting(), f"account.add.{role}", f"account:{made.id}")
        return made

    def sign_in(self, name: str, password: str) -> Account | None:
        """The account of a name and its password; None where either is wrong, or it is disabled; which takes as long."""
        sql = "SELECT * FROM accounts WHERE name = :name COLLATE NOCASE AND provider = ''"
        row = next(iter(self._file.read(sql, {"name": unicodedata.normalize("NFC", name)})), None)
        right = is_password(password, row["password"] if row else None)
        if not right or row is None or row["disabled"]:
            return None
        self._touch(row["id"])
        return _account(row)

    def sign_in_with(self, provider: str, subject: str, name: str, role: Role, *, admin: bool) -> Account | None:
        """The account of who a provider says they are, made at the first time with `role`; None where it is disabled.

        With `admin` they are an administrator from now on. The name follows the provider's.
        """
        name = check_name(name[:LONGEST_NAME] or subject[:LONGEST_NAME])
        with self._file.write(_PATIENCE) as connection:
            values = {
                "id": _new_id(),
                "provider": provider,
                "subject": subject,
                "name": name,
                "role": "admin" if admin else role,
                "now": now(),
            }
            taken = "SELECT 1 FROM accounts WHERE provider = :provider AND name = :name COLLATE NOCASE AND subject <> :subject"
            if connection.execute(taken, values).fetchone():
                values["name"] = f"{name[: LONGEST_NAME - 9]}-{secrets.token_hex(4)}"
            sql = """INSERT INTO accounts (id, name, role, provider, subject, created_at, signed_in_at)
                VALUES (:id, :name, :role, :provider, :subject, :now, :now)
                ON CONFLICT (provider, subject) WHERE provider <> '' DO UPDATE SET signed_in_at = :now, name = :name
                RETURNING *"""
            before = connection.execute("SELECT count(*) FROM accounts").fetchone()[0]
            account = _account(connection.execute(sql, values).fetchone())
            if connection.execute("SELECT count(*) FROM accounts").fetchone()[0] > before:
                self._audit.add("provider", f"account.add.{account.role}", f"account:{account.id}")
            if admin and account.role != "admin":
                promote = "UPDATE accounts SET role = 'admin' WHERE id = :id RETURNING *"
                account = _account(connection.execute(promote, {"id": account.id}).fetchone())
                self._audit.add("provider", "account.role.admin", f"account:{account.id}")
        return None if account.disabled else account

    def set_password(self, id: int, password: str) -> None:
        """Another password; all sessions end."""
        self._change(id, "password = :value, session = session + 1", hash_password(password), "account.password")

    def set_role(self, id: int, role: Role) -> None:
        self._change(id, "role = :value", role, f"account.role.{role}")

    def disable(self, id: int, disabled: bool = True) -> None:
        """Nobody signs in with it any more, and all sessions end; or the other way round."""
        did = "account.disable" if disabled else "account.enable"
        self._change(id, "disabled = :value, session = session + 1", disabled, did)

    def end_sessions(self, id: int) -> None:
        """Whoever holds a cookie of this account has to sign in again."""
        self._change(id, "session = session + :value", 1)

    def delete(self, id: int) -> None:
        with self._file.write(_PATIENCE) as connection:
            connection.execute("DELETE FROM accounts WHERE id = ?", (id,))
            self._audit.add(acting(), "account.delete", f"account:{id}")

    def secret(self) -> bytes:
        """The key that signs cookies: made once, and kept."""
        with self._file.write(_PATIENCE) as connection:
            connection.execute("INSERT OR IGNORE INTO secrets VALUES ('cookies', ?)", (secrets.token_bytes(32),))
            (value,) = connection.execute("SELECT value FROM secrets WHERE name = 'cookies'").fetchone()
        return bytes(value)

    def _touch(self, id: int) -> None:
        try:
            self._change(id, "signed_in_at = :value", now())
        except StoreError as error:  # on a full disk people can still sign in
            log.warning("when somebody signed in last is not kept: %s", error)

    def _change(self, id: int, change: str, value: object, did: str = "") -> None:
        """`did` is what the audit log is told, if anything."""
        with self._file.write(_PATIENCE) as connection:
            connection.execute(f"UPDATE accounts SET {change} WHERE id = :id", {"id": id, "value": value})  # noqa: S608
            if did:
                self._audit.add(acting(), did, f"account:{id}")


def check_name(name: str) -> str:
    """The name in its one spelling; raises RagError for one that is empty, too long, or holds what cannot be seen."""
    plain = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(plain) <= LONGEST_NAME or any(unicodedata.category(character)[0] == "C" for character in plain):
        raise RagError(texts.ACCOUNT_NAME_BAD.format(name=name[:LONGEST_NAME], longest=LONGEST_NAME))
    return plain


def check_role(role: str) -> Role:
    """Raises RagError for what is no role."""
    if role not in ROLES:
        raise RagError(f"{role!r} is no role; take one of {', '.join(ROLES)}")
    return role


def _new_id() -> int:
    """A number by chance, so that it is nobody else's where the file was made anew, or put back without what others kept under
    theirs: conversations and the audit log name accounts by it.
    """
    return 1 + secrets.randbelow(1 << 48)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _account(row: Row) -> Account:
    return Account(
        row["id"],
        row["name"],
        row["role"],
        row["provider"],
        bool(row["disabled"]),
        row["session"],
        row["created_at"],
        row["signed_in_at"],
    )
