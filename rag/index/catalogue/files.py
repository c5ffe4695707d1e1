"""The files that the catalogue knows: read, unreadable and unwanted ones. Every method is one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from rag.about import Audience
from rag.errors import NotFoundError
from rag.index.catalogue import mapping
from rag.index.catalogue.database import PROCESS, Database
from rag.index.catalogue.mapping import PARSER, Index
from rag.text import replace_lone_surrogates
from rag.types import FileReport

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


class FilesWriter:
    """For the one process that holds the writer's lock; `delete` is for any."""

    def __init__(self, database: Database) -> None:
        self._database = database

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

    def quarantine(
        self, path: Path, name: str, *, size: int, sha256: str | None, reason: str, message: str, bring_back: bool = True
    ) -> bool:
        """Keeps why a file cannot be read. A version that is ready stays so. Returns False as `put_file` returns None."""
        values = (self._database.stored_path(path), name, size, sha256, reason, replace_lone_surrogates(message))
        with self._database.write() as connection:
            file = put_file(connection, values, bring_back)
            if file is None:
                return False
            connection.execute("DELETE FROM versions WHERE file = ? AND NOT ready", (file,))
        return True

    def settle(self, file: FileRecord, sha256: str) -> None:
        """The file is again what the index holds: forgets an earlier failure."""
        with self._database.write() as connection:
            connection.execute("UPDATE files SET sha256 = ?, reason = NULL, message = NULL WHERE id = ?", (sha256, file.id))

    def choose(self, file: FileRecord, audience: Audience) -> None:
        """A person says who a file is for, whatever it says of itself."""
        with self._database.write() as connection:
            connection.execute("UPDATE files SET audience = ? WHERE id = ?", (audience, file.id))
            bump(connection)

    def remove(self, file: FileRecord) -> set[str]:
        """Forgets a file; returns the ids of its chunks, whose vectors may go."""
        with self._database.write() as connection:
            ids = hashes(connection, "versions.file = ?", file.id)
            connection.execute("DELETE FROM files WHERE id = ?", (file.id,))
        return ids

    def delete(self, id: int) -> tuple[FileReport, set[str]]:
        """Removes a file's content and remembers that it is not wanted; raises NotFoundError. Returns its chunk ids too."""
        found = self._database.read(f"SELECT {mapping.REPORT} WHERE files.id = :id AND NOT files.deleted", {"id": id})
        if not found:
            raise NotFoundError("this file is not in the index any more; `rag documents list` shows those that are")
        with self._database.write() as connection:
            ids = hashes(connection, "versions.file = ?", id)
            connection.execute("DELETE FROM versions WHERE file = ?", (id,))
            connection.execute("UPDATE files SET deleted = 1, reason = NULL, message = NULL WHERE id = ?", (id,))
            bump(connection)
        return mapping.report(found[0]), ids

    def deleted(self) -> set[int]:
        """The ids of files that somebody deleted."""
        return {row["id"] for row in self._database.read("SELECT id FROM files WHERE deleted")}

    def move(self, paths: Mapping[int, Path]) -> None:
        """Knows files, by their ids, at other paths from here on."""
        with self._database.write() as connection:
            for id, path in paths.items():
                stored = self._database.stored_path(path)
                connection.execute("DELETE FROM files WHERE path = ? AND id <> ?", (stored, id))  # "name taken" until now
                connection.execute("UPDATE files SET path = ? WHERE id = ?", (stored, id))

    def sizes(self, index: Index) -> dict[Path, tuple[int, int]]:
        """Passages and bytes of each file of which `index` holds something, ready or pending."""
        sql = """SELECT files.path, max(versions.chunks) AS chunks, files.size FROM files
            JOIN versions ON versions.file = files.id WHERE versions.index_id = :index GROUP BY files.id"""
        found = self._database.read(sql, {"index": index.id})
        return {self._database.file_path(row["path"]): (row["chunks"], row["size"]) for row in found}


def bump(connection: Connection) -> None:
    """Tells other processes that what they have read is old."""
    connection.execute(_BUMP, {"process": PROCESS})
    connection.execute(_FORGET_OLD)


def put_file(
    connection: Connection, values: tuple[bytes, str, int, str | None, str | None, str | None], bring_back: bool
) -> int | None:
    """The id of a new or known file. None where it is deleted and not to be brought back: deleted while it was read, it stays
    away until its content changes again."""
    sql = """INSERT INTO files (path, name, size, sha256, reason, message) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (path) DO UPDATE SET name = excluded.name, size = excluded.size, sha256 = excluded.sha256, deleted = 0,
        reason = excluded.reason, message = excluded.message WHERE NOT files.deleted OR ? RETURNING id"""
    row = connection.execute(sql, (*values, bring_back)).fetchone()
    if row is None:
        path, _, _, sha256, *_ = values
        connection.execute("UPDATE files SET sha256 = ? WHERE path = ?", (sha256, path))
        return None
    return int(row[0])


def hashes(connection: Connection, where: str, value: int | None) -> set[str]:
    sql = f"""SELECT chunks.hash FROM chunks JOIN documents ON documents.id = chunks.document
        JOIN versions ON versions.id = documents.version WHERE {where}"""  # noqa: S608
    return {row[0] for row in connection.execute(sql, (value,))}
