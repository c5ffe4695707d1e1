"""The file of conversations, and its schema as the steps that lead to it."""

from pathlib import Path

from rag.database import Connection, Database, Step
from rag.kept.assist_tables import create_assist
from rag.kept.desk_tables import create_desk, name_agents

FILE = "conversations.sqlite3"


def create_tables(connection: Connection, folder: Path) -> None:
    for statement in (
        # `owner` is "account:7", or "visitor:" and a hash; `internal`: it was asked as staff, with what only staff may see.
        """CREATE TABLE conversations (id TEXT PRIMARY KEY, owner TEXT NOT NULL, base TEXT NOT NULL, title TEXT NOT NULL,
            internal INTEGER NOT NULL, created_at TEXT NOT NULL, changed_at TEXT NOT NULL)""",
        "CREATE INDEX conversations_of_owner ON conversations (owner, changed_at)",
        # `answer` is the whole answer as JSON, NULL while it is written and where it was stopped; `text` is the words of it.
        """CREATE TABLE exchanges (id INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE, question TEXT NOT NULL,
            text TEXT NOT NULL DEFAULT '', answer TEXT, judged INTEGER NOT NULL DEFAULT 0, asked_at TEXT NOT NULL)""",
        "CREATE INDEX exchanges_of_conversation ON exchanges (conversation)",
    ):
        connection.execute(statement)


STEPS: tuple[Step, ...] = (create_tables, create_desk, create_assist, name_agents)


class ConversationsFile(Database):
    """Conversations of all people and bases of a data folder."""

    steps = STEPS
    remedy = "put a copy of it back, or move it away: conversations begin anew"

    @classmethod
    def of(cls, data_dir: Path) -> "ConversationsFile":
        """The one of a data folder, made if missing; raises StoreError."""
        return cls(data_dir / FILE)
