"""The catalogue's schema, as the steps that lead to it: a new file takes all of them, an older one those it lacks.

A step is never changed once released; what is new is a step more at the end. `PRAGMA user_version` counts the steps taken.
"""

import json
import os
from pathlib import Path
from sqlite3 import Connection

from rag.database import Step
from rag.index.catalogue import vocabulary
from rag.index.catalogue.mapping import primary
from rag.languages.detect import READ, written_in
from rag.text import has_cjk, terms
from rag.types import Chunk


def create_tables(connection: Connection, folder: Path) -> None:
    for statement in (
        """CREATE TABLE indexes (id INTEGER PRIMARY KEY, collection TEXT NOT NULL UNIQUE, spec TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('building', 'active', 'retired')))""",
        "CREATE UNIQUE INDEX one_active ON indexes (state) WHERE state = 'active'",
        # Paths are bytes: a POSIX file name need not be UTF-8. `sha256` is the content last seen.
        """CREATE TABLE files (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, name TEXT NOT NULL, size INTEGER NOT NULL,
            sha256 TEXT, deleted INTEGER NOT NULL DEFAULT 0, reason TEXT, message TEXT)""",
        "CREATE UNIQUE INDEX name_owner ON files (name) WHERE NOT deleted AND reason IS NOT 'name taken'",
        """CREATE TABLE versions (id INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES files ON DELETE CASCADE,
            index_id INTEGER NOT NULL REFERENCES indexes ON DELETE CASCADE, sha256 TEXT NOT NULL, ready INTEGER NOT NULL,
            title TEXT NOT NULL, documents INTEGER NOT NULL, chunks INTEGER NOT NULL, UNIQUE (file, index_id, ready))""",
        "CREATE INDEX versions_of_index ON versions (index_id)",
        """CREATE TABLE documents (id INTEGER PRIMARY KEY, version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
            name TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, sections TEXT NOT NULL, UNIQUE (version, name))""",
        "CREATE INDEX documents_by_name ON documents (name)",
        # A chunk's text is a slice of its document's; kept again because slicing a 10 MB document for each passage costs more.
        """CREATE TABLE chunks (id INTEGER PRIMARY KEY, hash TEXT NOT NULL,
            document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, title TEXT NOT NULL, text TEXT NOT NULL,
            start INTEGER NOT NULL, stop INTEGER NOT NULL, headings TEXT NOT NULL, page INTEGER)""",
        "CREATE INDEX chunks_by_hash ON chunks (hash)",
        "CREATE INDEX chunks_of_document ON chunks (document)",
        "CREATE VIRTUAL TABLE keywords USING fts5 (context, text, tokenize = 'porter unicode61 remove_diacritics 2')",
        """CREATE TRIGGER forget_keywords AFTER DELETE ON chunks
            BEGIN DELETE FROM keywords WHERE rowid = old.id; END""",
        # What questions may see: ready versions of the active index.
        """CREATE VIEW ready_versions AS SELECT versions.* FROM versions JOIN indexes ON indexes.id = versions.index_id
            WHERE versions.ready AND indexes.state = 'active'""",
        "CREATE TABLE revisions (process TEXT PRIMARY KEY, revision INTEGER NOT NULL)",
        """CREATE TABLE feedback (id INTEGER PRIMARY KEY, question TEXT NOT NULL, answer TEXT NOT NULL, documents TEXT NOT NULL,
            liked INTEGER, reason TEXT NOT NULL, comment TEXT NOT NULL, created_at TEXT NOT NULL)""",
        """CREATE TABLE gaps (id INTEGER PRIMARY KEY, question TEXT NOT NULL, confidence REAL NOT NULL,
            created_at TEXT NOT NULL)""",
    ):
        connection.execute(statement)


def add_blocks(connection: Connection, folder: Path) -> None:
    """Blocks and marks as JSON, and which parser gave a version's text: what version 1 read has no blocks."""
    for column in (
        "documents ADD COLUMN blocks TEXT NOT NULL DEFAULT '[]'",
        "documents ADD COLUMN marks TEXT NOT NULL DEFAULT '[]'",
        "chunks ADD COLUMN lead TEXT NOT NULL DEFAULT ''",
        "chunks ADD COLUMN blocks TEXT NOT NULL DEFAULT '[]'",
        "chunks ADD COLUMN marks TEXT NOT NULL DEFAULT '[]'",
        "versions ADD COLUMN parsed_by INTEGER NOT NULL DEFAULT 1",
    ):
        connection.execute(f"ALTER TABLE {column}")


def relate_uploads(connection: Connection, folder: Path) -> None:
    """Paths of uploads count from the catalogue's folder, so that this may be moved and renamed.

    Version 1 kept them whole, in the folder it had then; the data folder may have been moved since.
    """
    for id, kept in connection.execute("SELECT id, path FROM files").fetchall():
        path, here = Path(os.fsdecode(kept)), folder / "uploads"
        moved = path.parent.name == here.name and not path.exists() and (here / path.name).exists()
        if path.parent == here or moved:
            relative = os.fsencode(Path(here.name, path.name))
            connection.execute("UPDATE OR IGNORE files SET path = ? WHERE id = ?", (relative, id))


def add_about(connection: Connection, folder: Path) -> None:
    """What is known of each document, as JSON, and whether it is for staff only; what a person chose for a file counts more."""
    for statement in (
        "ALTER TABLE documents ADD COLUMN about TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE documents ADD COLUMN internal INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE files ADD COLUMN audience TEXT NOT NULL DEFAULT ''",
        "DROP VIEW ready_versions",
        """CREATE VIEW ready_versions AS SELECT versions.*, files.audience FROM versions
            JOIN indexes ON indexes.id = versions.index_id JOIN files ON files.id = versions.file
            WHERE versions.ready AND indexes.state = 'active'""",
    ):
        connection.execute(statement)


def keep_left_out(connection: Connection, folder: Path) -> None:
    """What was not read of a file, as JSON; nothing is known of what was read before."""
    connection.execute("ALTER TABLE versions ADD COLUMN left_out TEXT NOT NULL DEFAULT '[]'")


def add_vocabulary(connection: Connection, folder: Path) -> None:
    """The words of all passages, for questions with slips; kept up by who writes passages, and by the trigger."""
    connection.execute("CREATE TABLE vocabulary (word TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID")
    held = connection.execute("SELECT context || ' ' || text FROM keywords")
    vocabulary.add(connection, (text for (text,) in held))
    connection.execute("DROP TRIGGER forget_keywords")
    # the terms of a passage, which stand in the keyword index with blanks between them, as JSON: each word once
    words = """(SELECT value FROM json_each((SELECT '[' || replace(json_quote(context || ' ' || text), ' ', '","') || ']'
        FROM keywords WHERE rowid = old.id)))"""
    connection.execute(
        f"""CREATE TRIGGER forget_keywords AFTER DELETE ON chunks BEGIN
            UPDATE vocabulary SET passages = passages - 1 WHERE word IN {words};
            DELETE FROM vocabulary WHERE passages <= 0 AND word IN {words};
            DELETE FROM keywords WHERE rowid = old.id; END"""  # noqa: S608
    )


def tell_gaps_apart(connection: Connection, folder: Path) -> None:
    """Why a question counts as not answered, and the whole answer that feedback is about, as JSON."""
    connection.execute("ALTER TABLE gaps ADD COLUMN kind TEXT NOT NULL DEFAULT 'refused'")
    connection.execute("ALTER TABLE feedback ADD COLUMN given TEXT NOT NULL DEFAULT ''")


def fold_chinese(connection: Connection, folder: Path) -> None:
    """The terms of Chinese passages: in simplified characters, and numerals in figures too."""
    held = connection.execute("SELECT id, title, headings, lead, text FROM chunks").fetchall()
    for id, title, headings, lead, text in held:
        context = Chunk("", "", title, text, 0, 0, tuple(json.loads(headings)), lead=lead).context
        if has_cjk(context + text):
            terms_of = [" ".join(terms(part)) for part in (context, text)]
            connection.execute("UPDATE keywords SET context = ?, text = ? WHERE rowid = ?", (*terms_of, id))


def tell_languages(connection: Connection, folder: Path) -> None:
    """The language of each passage, which is its document's: where none is known of that, it is told now."""
    connection.execute("ALTER TABLE chunks ADD COLUMN language TEXT NOT NULL DEFAULT ''")
    held = connection.execute("SELECT id, about, substr(text, 1, ?) FROM documents", (READ,)).fetchall()
    told = [(primary(json.loads(about).get("language", "")) or written_in(text), id) for id, about, text in held]
    connection.executemany("UPDATE chunks SET language = ? WHERE document = ?", told)
    connection.execute("CREATE INDEX chunks_by_language ON chunks (language, hash)")


STEPS: tuple[Step, ...] = (
    create_tables,
    add_blocks,
    relate_uploads,
    add_about,
    keep_left_out,
    add_vocabulary,
    tell_gaps_apart,
    fold_chinese,
    tell_languages,
)
VERSION = len(STEPS)
