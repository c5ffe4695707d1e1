"""The file of accounts, keys and widgets, and its schema as the steps that lead to it."""

from pathlib import Path

from rag.database import Connection, Database, Step

FILE = "accounts.sqlite3"


def create_tables(connection: Connection, folder: Path) -> None:
    for statement in (
        # `password` is a hash, or NULL for who signs in with a provider; `session` counts up to end
        # all sessions, from a number by chance: no cookie of an account that is gone fits another.
        """CREATE TABLE accounts (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, role TEXT NOT NULL
            CHECK (role IN ('visitor', 'agent', 'editor', 'admin')), password TEXT, provider TEXT NOT NULL DEFAULT '',
            subject TEXT NOT NULL DEFAULT '', disabled INTEGER NOT NULL DEFAULT 0,
            session INTEGER NOT NULL DEFAULT (random() & 0xffffffffffff),
            created_at TEXT NOT NULL, signed_in_at TEXT)""",
        "CREATE UNIQUE INDEX account_names ON accounts (provider, name COLLATE NOCASE)",
        "CREATE UNIQUE INDEX account_subjects ON accounts (provider, subject) WHERE provider <> ''",
        # `hash` is SHA-256 of the secret, which has 256 bits of chance and is kept nowhere.
        """CREATE TABLE keys (id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL, scopes TEXT NOT NULL, bases TEXT,
            audience TEXT NOT NULL CHECK (audience IN ('public', 'internal')), per_minute INTEGER NOT NULL,
            revoked INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL, used_at TEXT)""",
        "CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL)",
    ):
        connection.execute(statement)


def add_widgets(connection: Connection, folder: Path) -> None:
    # `id` is public; `sites` are the origins that may show it, as JSON.
    connection.execute(
        """CREATE TABLE widgets (id TEXT PRIMARY KEY, name TEXT NOT NULL, base TEXT NOT NULL, sites TEXT NOT NULL,
            greeting TEXT NOT NULL, language TEXT NOT NULL, colour TEXT NOT NULL, theme TEXT NOT NULL,
            per_minute INTEGER NOT NULL, per_day INTEGER NOT NULL, created_at TEXT NOT NULL)"""
    )


def add_secrets_of_widgets(connection: Connection, folder: Path) -> None:
    # What a widget's site signs the ids of its users with; '' where it does not.
    connection.execute("ALTER TABLE widgets ADD COLUMN secret TEXT NOT NULL DEFAULT ''")


def add_ends_of_keys(connection: Connection, folder: Path) -> None:
    # From when on a key is none; NULL where it has no end.
    connection.execute("ALTER TABLE keys ADD COLUMN ends_at TEXT")


STEPS: tuple[Step, ...] = (create_tables, add_widgets, add_secrets_of_widgets, add_ends_of_keys)


class AccountsFile(Database):
    """Accounts, keys and widgets."""

    steps = STEPS
    remedy = "put a copy of it back, or remove it and make the accounts again"

    @classmethod
    def of(cls, data_dir: Path) -> "AccountsFile":
        """The one of a data folder, made if missing; raises StoreError."""
        return cls(data_dir / FILE)
