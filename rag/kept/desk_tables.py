"""The tables of the desk, in the file of conversations: what people did about a conversation is one transaction with it.

Statements keep to what SQLite and Postgres share, but for AUTOINCREMENT (there: GENERATED ALWAYS AS IDENTITY). Times are UTC in
ISO 8601 with microseconds, so that they sort as texts.
"""

from collections.abc import Mapping
from pathlib import Path

from rag.database import Connection

TABLES = (
    # A conversation that people have, or had: at most one row each. `version` counts what changed who has it or what was said;
    # `recipient` is where replies go; `waiting_since` is NULL while nothing of the customer's is unanswered; `due_at` is the
    # target of the next reply, `due_kind` says which ("first", "next"); `reply_by`: then it goes back to the queue.
    """CREATE TABLE desk_cases (conversation TEXT PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
        state TEXT NOT NULL CHECK (state IN ('bot', 'waiting', 'open', 'snoozed', 'resolved')),
        version INTEGER NOT NULL, reason TEXT NOT NULL, agent TEXT, team TEXT NOT NULL, priority INTEGER NOT NULL,
        channel TEXT NOT NULL, recipient TEXT NOT NULL, customer TEXT NOT NULL, address TEXT NOT NULL, previous TEXT,
        waiting_since TEXT, due_at TEXT, due_from TEXT, due_kind TEXT NOT NULL, first_reply_at TEXT, claimed_at TEXT,
        reply_by TEXT, snoozed_until TEXT, resolved_at TEXT, code TEXT NOT NULL, since_exchange INTEGER NOT NULL,
        rating INTEGER, comment TEXT NOT NULL, created_at TEXT NOT NULL, changed_at TEXT NOT NULL)""",
    "CREATE INDEX desk_cases_by_state ON desk_cases (state, priority, waiting_since)",
    "CREATE INDEX desk_cases_by_agent ON desk_cases (agent, state)",
    # What the customer reads, and nothing else: what they wrote (in), what people replied (out), who has it now (status).
    # `proposal` is the id of the one that a reply was made from.
    """CREATE TABLE desk_messages (id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation TEXT NOT NULL REFERENCES desk_cases ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('in', 'out', 'status')), author TEXT NOT NULL, name TEXT NOT NULL,
        text TEXT NOT NULL, evidence TEXT NOT NULL, client_key TEXT, recipient TEXT NOT NULL, at TEXT NOT NULL,
        delivered_at TEXT, proposal INTEGER, UNIQUE (author, client_key))""",
    "CREATE INDEX desk_messages_of_conversation ON desk_messages (conversation, id)",
    # What agents write for each other: another table, so that no statement for customers can reach it.
    """CREATE TABLE desk_notes (id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation TEXT NOT NULL REFERENCES desk_cases ON DELETE CASCADE, author TEXT NOT NULL, name TEXT NOT NULL,
        text TEXT NOT NULL, at TEXT NOT NULL)""",
    "CREATE INDEX desk_notes_of_conversation ON desk_notes (conversation, id)",
    # The draft that is being written has no `ended_at`; one that was sent, discarded or replaced can be had back for some days.
    """CREATE TABLE desk_drafts (id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation TEXT NOT NULL REFERENCES desk_cases ON DELETE CASCADE, agent TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('reply', 'note')), text TEXT NOT NULL,
        revision INTEGER NOT NULL, updated_at TEXT NOT NULL, ended TEXT NOT NULL, ended_at TEXT)""",
    "CREATE UNIQUE INDEX desk_draft_being_written ON desk_drafts (conversation, agent, kind) WHERE ended_at IS NULL",
    """CREATE TABLE desk_labels (conversation TEXT NOT NULL REFERENCES desk_cases ON DELETE CASCADE, label TEXT NOT NULL,
        PRIMARY KEY (conversation, label))""",
    # All that happened, in the order it did, with ids that are never used again. `moves`: the version went up with it. No text
    # of anybody's. `conversation` is NULL for what is of none, or of one that was erased.
    """CREATE TABLE desk_events (id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation TEXT REFERENCES desk_cases ON DELETE CASCADE, kind TEXT NOT NULL, actor TEXT NOT NULL,
        version INTEGER NOT NULL, moves INTEGER NOT NULL, message INTEGER, note INTEGER, exchange INTEGER,
        details TEXT NOT NULL, at TEXT NOT NULL)""",
    "CREATE INDEX desk_events_of_conversation ON desk_events (conversation, id)",
    # `id` is who they are in the audit log ("account:7"); `seen_at` is renewed while their desk is open.
    """CREATE TABLE desk_agents (id TEXT PRIMARY KEY, name TEXT NOT NULL, capacity INTEGER, away INTEGER NOT NULL,
        seen_at TEXT)""",
    "CREATE TABLE desk_members (agent TEXT NOT NULL REFERENCES desk_agents, team TEXT NOT NULL, PRIMARY KEY (agent, team))",
    # `scope` is "all", "team:NAME" or "agent:ID".
    """CREATE TABLE desk_canned (id INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, shortcode TEXT NOT NULL,
        text TEXT NOT NULL, changed_at TEXT NOT NULL, UNIQUE (scope, shortcode))""",
    "CREATE TABLE desk_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)

SAID: Mapping[str, tuple[str, ...]] = {
    "desk_cases": ("customer", "address", "comment"),
    "desk_messages": ("text", "name"),
    "desk_notes": ("text", "name"),
    "desk_drafts": ("text",),
    "desk_labels": ("label",),
    "desk_proposals": ("question", "text"),
    "desk_verdicts": ("question",),
    "desk_solved": ("question", "reply"),
    "desk_mails": ("sender", "subject", "folded"),
    "desk_files": ("name",),
}
"""Table -> the columns that hold what people said of themselves or others, by which a conversation is found to be erased."""


def name_agents(connection: Connection, folder: Path) -> None:
    """`shown` is what an agent chose to be called by customers and colleagues; `name` is that, or the account's."""
    connection.execute("ALTER TABLE desk_agents ADD COLUMN shown TEXT NOT NULL DEFAULT ''")


def create_desk(connection: Connection, folder: Path) -> None:
    for statement in TABLES:
        connection.execute(statement)
