"""The tables of what helps agents, and of mails and webhooks: in the file of conversations, and erased with them."""

from pathlib import Path

from rag.database import Connection

TABLES = (
    # What was proposed for what was last said (`mark`); `found` is the suggestion as JSON, `version` the conversation's.
    """CREATE TABLE desk_proposals (id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation TEXT NOT NULL REFERENCES desk_cases ON DELETE CASCADE, mark TEXT NOT NULL, version INTEGER NOT NULL,
        question TEXT NOT NULL, text TEXT NOT NULL, found TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'taken', 'discarded')), agent TEXT, taken_at TEXT, at TEXT NOT NULL)""",
    "CREATE INDEX desk_proposals_of_conversation ON desk_proposals (conversation, id)",
    # An agent's word that characters [first, last) of a document do not answer a question.
    """CREATE TABLE desk_verdicts (id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation TEXT NOT NULL REFERENCES desk_cases ON DELETE CASCADE, question TEXT NOT NULL, agent TEXT NOT NULL,
        base TEXT NOT NULL, document TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, at TEXT NOT NULL)""",
    # An answer to questions that had none: `file` and `document` are those of the base once it is published, `asked` what
    # became of the questions then, as JSON.
    """CREATE TABLE desk_answers (id INTEGER PRIMARY KEY AUTOINCREMENT, base TEXT NOT NULL, audience TEXT NOT NULL,
        question TEXT NOT NULL, wordings TEXT NOT NULL, text TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('draft', 'reviewed', 'published')), version INTEGER NOT NULL, author TEXT NOT NULL,
        reviewer TEXT NOT NULL, file INTEGER, document TEXT NOT NULL, asked TEXT NOT NULL, created_at TEXT NOT NULL,
        changed_at TEXT NOT NULL, published_at TEXT)""",
    # Of conversations that a person answered: their first question and its vector (float32), and the reply.
    """CREATE TABLE desk_solved (conversation TEXT PRIMARY KEY REFERENCES desk_cases ON DELETE CASCADE, base TEXT NOT NULL,
        question TEXT NOT NULL, reply TEXT NOT NULL, encoder TEXT NOT NULL, vector BLOB NOT NULL, at TEXT NOT NULL)""",
    # Mails that came and went. `kind` says what became of one; `folded` is what stands below what was written; a mail that
    # became no message keeps its bytes here.
    """CREATE TABLE desk_mails (id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL, kind TEXT NOT NULL
        CHECK (kind IN ('in', 'out', 'automatic', 'held')), conversation TEXT REFERENCES desk_cases ON DELETE CASCADE,
        message INTEGER, sender TEXT NOT NULL, subject TEXT NOT NULL, folded TEXT NOT NULL, problem TEXT NOT NULL,
        data BLOB, at TEXT NOT NULL)""",
    "CREATE UNIQUE INDEX desk_mails_by_id ON desk_mails (message_id)",
    "CREATE INDEX desk_mails_of_conversation ON desk_mails (conversation, id)",
    # What stands in a mailbox under a number was taken: (folder's UIDVALIDITY, UID).
    """CREATE TABLE desk_mail_seen (mailbox TEXT NOT NULL, validity INTEGER NOT NULL, uid INTEGER NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (mailbox, validity, uid))""",
    # Replies that could not be sent yet. `given_up`: no further try is made by itself.
    """CREATE TABLE desk_mail_tries (message INTEGER PRIMARY KEY REFERENCES desk_messages ON DELETE CASCADE,
        tries INTEGER NOT NULL, next_at TEXT NOT NULL, error TEXT NOT NULL, given_up INTEGER NOT NULL)""",
    """CREATE TABLE desk_files (id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation TEXT NOT NULL REFERENCES desk_cases ON DELETE CASCADE,
        mail INTEGER REFERENCES desk_mails ON DELETE CASCADE,
        name TEXT NOT NULL, type TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL, data BLOB NOT NULL,
        at TEXT NOT NULL)""",
    "CREATE INDEX desk_files_of_conversation ON desk_files (conversation, id)",
    # Whom to tell of events; those up to `after` are not told. The events are the outbox: a call is made of each, once.
    """CREATE TABLE desk_hooks (id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, secret TEXT NOT NULL,
        kinds TEXT NOT NULL, after INTEGER NOT NULL, created_at TEXT NOT NULL)""",
    """CREATE TABLE desk_calls (id INTEGER PRIMARY KEY AUTOINCREMENT,
        hook INTEGER NOT NULL REFERENCES desk_hooks ON DELETE CASCADE,
        event INTEGER NOT NULL, body TEXT NOT NULL, tries INTEGER NOT NULL, next_at TEXT, done_at TEXT, error TEXT NOT NULL,
        UNIQUE (hook, event))""",
)


def create_assist(connection: Connection, folder: Path) -> None:
    for statement in TABLES:
        connection.execute(statement)
