"""What ingestion writes: indexes, files and their versions. Every method is one transaction.

A version is the content of one file in one index: first pending (kept, not yet searchable), then ready. Publishing one removes
the one before, so that questions see the old or the new content and never a mixture."""

import json
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from rag.errors import NotFoundError
from rag.index.catalogue import keyword, mapping
from rag.index.catalogue.database import PROCESS, Database
from rag.index.catalogue.mapping import PARSER, Index, IndexSpec
from rag.index.catalogue.reader import CatalogueReader
from rag.text import replace_lone_surrogates
from rag.types import Chunk, Document, FileReport

_BUMP = """INSERT INTO revisions SELECT :process, coalesce(max(revision), 0) + 1 FROM revisions WHERE true
    ON CONFLICT (process) DO UPDATE SET revision = excluded.revision"""
# The newest two rows give every process the newest revision that is not its own.
_FORGET_OLD = "DELETE FROM revisions WHERE process NOT IN (SELECT process FROM revisions ORDER BY revision DESC LIMIT 2)"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file the catalogue knows. `sha256` is the content last seen, None where it could not be read at all."""

    id: int
    name: str
    path: Path
    sha256: str | None
    deleted: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file whose pending version became ready, and the chunks of the version before that are gone with it."""

    file: FileReport
    replaced: bool
    dropped: frozenset[str]


class CatalogueWriter:
    """For the one process that holds the writer's lock."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._catalogue = CatalogueReader(database)

    # Indexes

    def active(self) -> Index | None:
        return self._catalogue.active()

    def target(self, spec: IndexSpec) -> Index:
        """The active index, made if there is none; raises IndexMismatchError where it has another spec."""
        if self._catalogue.active() is None:
            with self._database.write() as connection:
                _add_index(connection, spec, "active")
        found = self._catalogue.index(spec)
        assert found is not None
        return found

    def building(self, spec: IndexSpec) -> Index:
        """The unfinished index of `spec`, or a new one; unfinished ones of other specs are retired."""
        with self._database.write() as connection:
            retire = "UPDATE indexes SET state = 'retired' WHERE state = 'building' AND spec <> ?"
            connection.execute(retire, (spec.to_json(),))
            if not connection.execute("SELECT 1 FROM indexes WHERE state = 'building'").fetchone():
                _add_index(connection, spec, "building")
        (found,) = self._catalogue.indexes("building")
        return found

    def activate(self, index: Index) -> None:
        """Questions are answered from `index` from here on; the index before is retired."""
        with self._database.write() as connection:
            connection.execute("UPDATE indexes SET state = 'retired' WHERE state = 'active'")
            connection.execute("UPDATE indexes SET state = 'active' WHERE id = ?", (index.id,))

    def retired(self) -> list[Index]:
        return self._catalogue.indexes("retired")

    def forget(self, index: Index) -> None:
        """Removes a retired index with everything in it, after its collection is gone."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM indexes WHERE id = ?", (index.id,))

    # Files

    def known(self) -> dict[Path, FileRecord]:
        """All files, deleted and quarantined ones included, by absolute path."""
        found = [
            FileRecord(
                row["id"],
                row["name"],
                self._database.file_path(row["path"]),
                row["sha256"],
                bool(row["deleted"]),
                row["reason"],
            )
            for row in self._database.read("SELECT * FROM files ORDER BY name")
        ]
        return {file.path: file for file in found}

    def contents(self, index: Index) -> dict[int, str]:
        """By file id, the sha256 of what `index` holds of the file, ready or pending; pending wins.

        Without what an older parser read, which has to be read again.
        """
        sql = "SELECT file, sha256, parsed_by FROM versions WHERE index_id = :index ORDER BY ready DESC"
        newest = {row["file"]: row for row in self._database.read(sql, {"index": index.id})}
        return {file: row["sha256"] for file, row in newest.items() if row["parsed_by"] >= PARSER}

    def owner(self, name: str) -> Path | None:
        """The file that answers under `name`."""
        sql = "SELECT path FROM files WHERE name = :name AND NOT deleted AND reason IS NOT 'name taken'"
        return next((self._database.file_path(row["path"]) for row in self._database.read(sql, {"name": name})), None)

    def report(self, path: Path) -> FileReport:
        sql = f"SELECT {mapping.REPORT} WHERE files.path = :path"
        (row,) = self._database.read(sql, {"path": self._database.stored_path(path)})
        return mapping.report(row)

    def kept(self, file: FileRecord) -> tuple[str, int, tuple[Document, ...]] | None:
        """sha256, parser and documents of the file as questions see it now; None where they see nothing of it."""
        version = self._database.read("SELECT * FROM ready_versions WHERE file = :file", {"file": file.id})
        if not version:
            return None
        found = self._database.read("SELECT * FROM documents WHERE version = :id ORDER BY id", {"id": version[0]["id"]})
        return version[0]["sha256"], version[0]["parsed_by"], tuple(mapping.document(row) for row in found)

    def quarantine(self, path: Path, name: str, *, size: int, sha256: str | None, reason: str, message: str) -> None:
        """Keeps why a file cannot be read. A version that is ready stays so."""
        with self._database.write() as connection:
            file = _put_file(
                connection, (self._database.stored_path(path), name, size, sha256, reason, replace_lone_surrogates(message))
            )
            connection.execute("DELETE FROM versions WHERE file = ? AND NOT ready", (file,))

    def settle(self, file: FileRecord, sha256: str) -> None:
        """The file is again what the index holds: forgets an earlier failure."""
        with self._database.write() as connection:
            connection.execute("UPDATE files SET sha256 = ?, reason = NULL, message = NULL WHERE id = ?", (sha256, file.id))

    def remove(self, file: FileRecord) -> set[str]:
        """Forgets a file; returns the ids of its chunks, whose vectors may go."""
        with self._database.write() as connection:
            ids = _hashes(connection, "versions.file = ?", file.id)
            connection.execute("DELETE FROM files WHERE id = ?", (file.id,))
        return ids

    def delete(self, name: str) -> tuple[FileReport, set[str]]:
        """Removes a file's content and remembers that it is not wanted; raises NotFoundError. Returns its chunk ids too."""
        sql = f"""SELECT files.id, {mapping.REPORT} WHERE files.name = :name AND NOT files.deleted
            ORDER BY files.reason IS 'name taken'"""
        found = self._database.read(sql, {"name": replace_lone_surrogates(name)})
        if not found:
            raise NotFoundError(f"no file is named {name!r}; `rag documents list` shows their names")
        file = found[0]["id"]
        with self._database.write() as connection:
            ids = _hashes(connection, "versions.file = ?", file)
            connection.execute("DELETE FROM versions WHERE file = ?", (file,))
            connection.execute("UPDATE files SET deleted = 1, reason = NULL, message = NULL WHERE id = ?", (file,))
        return mapping.report(found[0]), ids

    # Versions

    def stage(
        self,
        index: Index,
        path: Path,
        name: str,
        *,
        size: int,
        sha256: str,
        documents: Sequence[tuple[Document, Sequence[Chunk]]],
        failure: tuple[str, str] | None = None,
        parsed_by: int = PARSER,
    ) -> None:
        """Keeps content as pending. `failure` (reason, message) says why it is older than the file, which cannot be read."""
        reason, message = (failure[0], replace_lone_surrogates(failure[1])) if failure else (None, None)
        title = documents[0][0].title if len(documents) == 1 else ""
        with self._database.write() as connection:
            file = _put_file(
                connection, (self._database.stored_path(path), name, size, None if failure else sha256, reason, message)
            )
            connection.execute("DELETE FROM versions WHERE file = ? AND index_id = ? AND NOT ready", (file, index.id))
            version = _insert(
                connection,
                """INSERT INTO versions (file, index_id, sha256, ready, title, documents, chunks, parsed_by)
                VALUES (?, ?, ?, 0, ?, ?, ?, ?)""",
                (file, index.id, sha256, title, len(documents), sum(len(chunks) for _, chunks in documents), parsed_by),
            )
            for document, chunks in documents:
                _put_document(connection, version, document, chunks)

    def publish(self, index: Index) -> list[PublishedFile]:
        """Makes every pending version of `index` ready, all in one transaction."""
        done: list[tuple[bytes, bool, set[str]]] = []
        with self._database.write() as connection:
            pending = """SELECT new.id, old.id AS old, files.path FROM versions AS new JOIN files ON files.id = new.file
                LEFT JOIN versions AS old ON old.file = new.file AND old.index_id = new.index_id AND old.ready
                WHERE new.index_id = ? AND NOT new.ready ORDER BY new.id"""
            for new, old, path in connection.execute(pending, (index.id,)).fetchall():
                dropped = _hashes(connection, "versions.id = ?", old) - _hashes(connection, "versions.id = ?", new)
                connection.execute("DELETE FROM versions WHERE id = ?", (old,))
                connection.execute("UPDATE versions SET ready = 1 WHERE id = ?", (new,))
                done.append((path, old is not None, dropped))
            if done:
                _bump(connection)
        reports = (self.report(self._database.file_path(path)) for path, _, _ in done)
        return [
            PublishedFile(report, replaced, frozenset(dropped))
            for report, (_, replaced, dropped) in zip(reports, done, strict=True)
        ]

    def vectors_changed(self) -> None:
        """Tells other processes that what they have read of the vectors is old."""
        with self._database.write() as connection:
            _bump(connection)

    def chunk_ids(self, index: Index, pending_only: bool = False) -> set[str]:
        """Ids of all chunks of `index`, ready and pending, or of the pending ones only."""
        sql = """SELECT chunks.hash FROM chunks JOIN documents ON documents.id = chunks.document
            JOIN versions ON versions.id = documents.version WHERE versions.index_id = :index AND versions.ready <= :ready"""
        return {row["hash"] for row in self._database.read(sql, {"index": index.id, "ready": not pending_only})}

    def chunks(self, index: Index, ids: Collection[str]) -> list[Chunk]:
        """Chunks of `index`, ready or pending, in the order of their documents, without blocks and marks: to be embedded."""
        sql = f"""SELECT {mapping.CHUNK} CROSS JOIN versions ON versions.id = documents.version
            WHERE versions.index_id = :index AND chunks.hash IN (SELECT value FROM json_each(:ids)) ORDER BY chunks.id"""  # noqa: S608
        found = self._database.read(sql, {"index": index.id, "ids": json.dumps(list(ids))})
        return list({row["hash"]: mapping.plain_chunk(row) for row in found}.values())


def _add_index(connection: Connection, spec: IndexSpec, state: str) -> None:
    collection = f"footnote-{uuid.uuid4().hex[:16]}"  # one Chroma server may serve many catalogues
    connection.execute("INSERT INTO indexes (collection, spec, state) VALUES (?, ?, ?)", (collection, spec.to_json(), state))


def _bump(connection: Connection) -> None:
    connection.execute(_BUMP, {"process": PROCESS})
    connection.execute(_FORGET_OLD)


def _put_file(connection: Connection, values: tuple[bytes, str, int, str | None, str | None, str | None]) -> int:
    sql = """INSERT INTO files (path, name, size, sha256, reason, message) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (path) DO UPDATE SET name = excluded.name, size = excluded.size, sha256 = excluded.sha256, deleted = 0,
        reason = excluded.reason, message = excluded.message RETURNING id"""
    (file,) = connection.execute(sql, values).fetchone()
    return int(file)


def _put_document(connection: Connection, version: int, document: Document, chunks: Sequence[Chunk]) -> None:
    id = _insert(connection, mapping.INSERT_DOCUMENT, (version, *mapping.document_values(document)))
    for chunk in chunks:
        row = _insert(connection, mapping.INSERT_CHUNK, (id, *mapping.chunk_values(chunk)))
        terms = (row, keyword.indexed(chunk.context), keyword.indexed(chunk.text))
        connection.execute("INSERT INTO keywords (rowid, context, text) VALUES (?, ?, ?)", terms)


def _insert(connection: Connection, sql: str, values: tuple[Any, ...]) -> int:
    row = connection.execute(sql, values).lastrowid
    assert row is not None
    return row


def _hashes(connection: Connection, where: str, value: int | None) -> set[str]:
    sql = f"""SELECT chunks.hash FROM chunks JOIN documents ON documents.id = chunks.document
        JOIN versions ON versions.id = documents.version WHERE {where}"""  # noqa: S608
    return {row[0] for row in connection.execute(sql, (value,))}
