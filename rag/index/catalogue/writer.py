"""What ingestion writes: indexes, and the versions of files; `files.py` has the files. Every method is one transaction.

A version is the content of one file in one index: first pending (kept, not yet searchable), then ready. Publishing one removes
the one before, so that questions see the old or the new content and never a mixture."""

import json
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from rag.about import Audience
from rag.index.catalogue import keyword, mapping, vocabulary
from rag.index.catalogue.database import Database
from rag.index.catalogue.files import FileRecord, FilesWriter, bump, hashes, put_file
from rag.index.catalogue.mapping import PARSER, Index, IndexSpec
from rag.index.catalogue.reader import CatalogueReader
from rag.text import replace_lone_surrogates
from rag.types import Chunk, Document, FileReport


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file whose pending version became ready, and the chunks of the version before that are gone with it."""

    file: FileReport
    replaced: bool
    dropped: frozenset[str]


class CatalogueWriter(FilesWriter):
    """For the one process that holds the writer's lock."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._catalogue = CatalogueReader(database)

    # Indexes

    def active(self) -> Index | None:
        return self._catalogue.active()

    def target(self, spec: IndexSpec) -> Index:
        """The active index, made if there is none; raises IndexMismatchError where it has another spec."""
        self._database.note_documents()
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
        audience: Audience | None = None,
        bring_back: bool = True,
    ) -> bool:
        """Keeps content as pending. `failure` (reason, message) says why it is older than the file, which cannot be read;
        `audience` is what a person says, whatever the documents say of themselves. Returns False, and keeps nothing, for a file
        that is deleted and not to be brought back.
        """
        reason, message = (failure[0], replace_lone_surrogates(failure[1])) if failure else (None, None)
        title = documents[0][0].title if len(documents) == 1 else ""
        count = sum(len(chunks) for _, chunks in documents)
        left_out = [part for document, _ in documents for part in document.left_out]
        with self._database.write() as connection:
            values = (self._database.stored_path(path), name, size, None if failure else sha256, reason, message)
            file = put_file(connection, values, bring_back)
            if file is None:
                return False
            if audience:
                connection.execute("UPDATE files SET audience = ? WHERE id = ?", (audience, file))
            connection.execute("DELETE FROM versions WHERE file = ? AND index_id = ? AND NOT ready", (file, index.id))
            version = _insert(
                connection,
                """INSERT INTO versions (file, index_id, sha256, ready, title, documents, chunks, parsed_by, left_out)
                VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?)""",
                (file, index.id, sha256, title, len(documents), count, parsed_by, mapping.left_out_to_json(left_out)),
            )
            for document, chunks in documents:
                _put_document(connection, version, document, chunks)
        return True

    def kept(self, file: FileRecord) -> tuple[str, int, tuple[Document, ...]] | None:
        """sha256, parser and documents of the file as questions see it now; None where they see nothing of it."""
        version = self._database.read("SELECT * FROM ready_versions WHERE file = :file", {"file": file.id})
        if not version:
            return None
        found = self._database.read("SELECT * FROM documents WHERE version = :id ORDER BY id", {"id": version[0]["id"]})
        first, *rest = (mapping.document(row) for row in found)
        first = replace(first, left_out=mapping.left_out_from_json(version[0]["left_out"]))
        return version[0]["sha256"], version[0]["parsed_by"], (first, *rest)

    def complete(self, index: Index, there: Collection[str]) -> list[int]:
        """The pending versions of `index` whose chunks all have vectors, of those that are `there`."""
        sql = "SELECT id FROM versions WHERE index_id = :index AND NOT ready"
        with self._database.write() as connection:
            pending = [id for (id,) in connection.execute(sql, {"index": index.id}).fetchall()]
            return [id for id in pending if hashes(connection, "versions.id = ?", id) <= set(there)]

    def give_up(self, index: Index, message: str) -> list[Path]:
        """Removes the pending versions of `index`; their files are listed as "stopped", with the message that names each."""
        sql = "SELECT files.id, path, name FROM files JOIN versions ON file = files.id WHERE index_id = ? AND NOT ready"
        with self._database.write() as connection:
            found = connection.execute(sql, (index.id,)).fetchall()
            connection.execute("DELETE FROM versions WHERE index_id = ? AND NOT ready", (index.id,))
            for id, _, name in found:
                values = (message.format(name=name), id)
                connection.execute("UPDATE files SET reason = 'stopped', message = ? WHERE id = ?", values)
        return [self._database.file_path(path) for _, path, _ in found]

    def publish(self, index: Index, versions: Collection[int] | None = None) -> list[PublishedFile]:
        """Makes pending versions of `index` ready, by default all, in one transaction."""
        done: list[tuple[bytes, bool, set[str]]] = []
        with self._database.write() as connection:
            pending = """SELECT new.id, old.id AS old, files.path FROM versions AS new JOIN files ON files.id = new.file
                LEFT JOIN versions AS old ON old.file = new.file AND old.index_id = new.index_id AND old.ready
                WHERE new.index_id = ? AND NOT new.ready ORDER BY new.id"""
            found = connection.execute(pending, (index.id,)).fetchall()
            for new, old, path in found if versions is None else [row for row in found if row[0] in versions]:
                dropped = hashes(connection, "versions.id = ?", old) - hashes(connection, "versions.id = ?", new)
                connection.execute("DELETE FROM versions WHERE id = ?", (old,))
                connection.execute("UPDATE versions SET ready = 1 WHERE id = ?", (new,))
                done.append((path, old is not None, dropped))
            if done:
                bump(connection)
        reports = (self.report(self._database.file_path(path)) for path, _, _ in done)
        return [
            PublishedFile(report, replaced, frozenset(dropped))
            for report, (_, replaced, dropped) in zip(reports, done, strict=True)
        ]

    def vectors_changed(self) -> None:
        """Tells other processes that what they have read of the vectors is old."""
        with self._database.write() as connection:
            bump(connection)

    def chunk_ids(self, index: Index, pending_only: bool = False) -> list[str]:
        """Ids of all chunks of `index`, ready and pending, or of the pending ones only; file by file."""
        sql = """SELECT chunks.hash FROM chunks JOIN documents ON documents.id = chunks.document
            JOIN versions ON versions.id = documents.version WHERE versions.index_id = :index AND versions.ready <= :ready
            ORDER BY chunks.id"""
        found = self._database.read(sql, {"index": index.id, "ready": not pending_only})
        return list(dict.fromkeys(row["hash"] for row in found))

    def chunks(self, index: Index, ids: Collection[str]) -> list[Chunk]:
        """Chunks of `index`, ready or pending, in the order of their documents, without blocks and marks: to be embedded."""
        sql = f"""SELECT {mapping.CHUNK} CROSS JOIN versions ON versions.id = documents.version
            WHERE versions.index_id = :index AND chunks.hash IN (SELECT value FROM json_each(:ids)) ORDER BY chunks.id"""  # noqa: S608
        found = self._database.read(sql, {"index": index.id, "ids": json.dumps(list(ids))})
        return list({row["hash"]: mapping.plain_chunk(row) for row in found}.values())


def _add_index(connection: Connection, spec: IndexSpec, state: str) -> None:
    collection = f"footnote-{uuid.uuid4().hex[:16]}"  # one Chroma server may serve many catalogues
    connection.execute("INSERT INTO indexes (collection, spec, state) VALUES (?, ?, ?)", (collection, spec.to_json(), state))


def _put_document(connection: Connection, version: int, document: Document, chunks: Sequence[Chunk]) -> None:
    id = _insert(connection, mapping.INSERT_DOCUMENT, (version, *mapping.document_values(document)))
    language = mapping.primary(document.about.language)
    held = [(keyword.indexed(chunk.context), keyword.indexed(chunk.text)) for chunk in chunks]
    for chunk, terms in zip(chunks, held, strict=True):
        row = _insert(connection, mapping.INSERT_CHUNK, (id, *mapping.chunk_values(chunk), language))
        connection.execute("INSERT INTO keywords (rowid, context, text) VALUES (?, ?, ?)", (row, *terms))
    vocabulary.add(connection, (f"{context} {text}" for context, text in held))


def _insert(connection: Connection, sql: str, values: tuple[Any, ...]) -> int:
    row = connection.execute(sql, values).lastrowid
    assert row is not None
    return row
