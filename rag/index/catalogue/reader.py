"""What questions read: keyword search, chunks, documents and files of the active index; and what people say of the answers."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rag.errors import IndexMismatchError, NotFoundError, StoreError
from rag.index.catalogue import mapping
from rag.index.catalogue.database import CATALOGUE, PROCESS, Database
from rag.index.catalogue.keyword import STATE, KeywordSearch
from rag.index.catalogue.mapping import Counts, Feedback, Gap, Index, IndexSpec
from rag.index.catalogue.spelling import Spelling
from rag.text import replace_lone_surrogates
from rag.types import Chunk, Document, FileReport

_READY = "FROM documents JOIN ready_versions ON ready_versions.id = documents.version"
# CROSS: SQLite goes along the index of languages, and stops when there are enough.
_DRAWN = """SELECT chunks.hash FROM chunks CROSS JOIN documents ON documents.id = chunks.document
    CROSS JOIN ready_versions ON ready_versions.id = documents.version
    WHERE chunks.language = :language ORDER BY chunks.hash LIMIT :most"""
_SEEN = f"(:internal OR NOT {mapping.INTERNAL})"
# CROSS: SQLite goes from the ids to their documents, and does not look through all passages (1.4 ms instead of 68 of 75,000).
_AMONG = f"""CROSS JOIN ready_versions ON ready_versions.id = documents.version
    WHERE chunks.hash IN (SELECT value FROM json_each(:ids)) AND {_SEEN}"""  # noqa: S608
_READ_WHOLE = 200  # passages of a document that is read for one question: tables of two thousand rows
_NO_ROWS = frozenset(("pictures without text", "hidden rows", "hidden columns", "hidden sheets"))  # or of none that people see
_LOOKED_THROUGH = 200_000_000  # bytes of a catalogue that is looked through when it is opened: half a second
_PATIENCE = 1.0  # seconds: a person waits for what is kept of a question
_REVISION = "(SELECT coalesce(max(revision), 0) FROM revisions WHERE process <> :process)"


class CatalogueReader:
    """Sees only what is ready in the active index, and what is for staff only where `internal` is asked for. Safe to use from
    several threads, and while another process ingests.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._keywords = KeywordSearch(database)
        self._spelling = Spelling(database)
        self._questions: tuple[tuple[object, ...], list[tuple[str, str]]] | None = None

    @classmethod
    def open(cls, data_dir: Path) -> "CatalogueReader":
        """The catalogue of `data_dir`, made if missing; raises StoreError, also for damage that SQLite finds by itself."""
        database = Database(data_dir / CATALOGUE)
        if database.path.stat().st_size <= _LOOKED_THROUGH:
            try:
                database.check()
            except StoreError:
                database.close()
                raise
        return cls(database)

    def close(self) -> None:
        self.database.close()

    def index(self, spec: IndexSpec) -> Index | None:
        """The active index, None before the first ingestion; raises IndexMismatchError where it was made with another spec."""
        found = self.active()
        if found and found.spec != spec:
            raise IndexMismatchError(
                f"the index does not fit the settings: its {found.spec.differences(spec)}; "
                "undo the change, or make a new index with `rag ingest --rebuild`"
            )
        return found

    def active(self) -> Index | None:
        """The active index, whatever it was made with."""
        return next(iter(self.indexes("active")), None)

    def indexes(self, state: str) -> list[Index]:
        """The indexes in a state: building, active (one at most) or retired."""
        sql = f"SELECT *, {_REVISION} AS revision FROM indexes WHERE state = :state"  # noqa: S608
        found = self.database.read(sql, {"process": PROCESS, "state": state})
        return [mapping.index(row) for row in found]

    def search(
        self, question: str, k: int, documents: Collection[str] | None = None, *, internal: bool = False
    ) -> list[tuple[str, float]]:
        """The k best (chunk id, BM25 score, higher is better) for any of the question's words, in `documents` where given."""
        return self._keywords.search(question, k, documents, internal=internal)

    def corrected(self, question: str, is_word: Callable[[str], bool], *, internal: bool = False) -> str:
        """The question with its slips of typing corrected; see `Spelling.corrected`."""
        return self._spelling.corrected(question, is_word, internal=internal)

    def chunks_by_id(self, ids: Iterable[str], *, internal: bool = False) -> dict[str, Chunk]:
        """The ready chunks among `ids`; the others are left out."""
        sql = f"SELECT {mapping.CHUNK} {_AMONG}"
        values = {"ids": json.dumps(list(ids)), "internal": internal}
        return {row["hash"]: mapping.chunk(row) for row in self.database.read(sql, values)}

    def seen(self, ids: Iterable[str], *, internal: bool = False) -> set[str]:
        """Those of `ids` that `chunks_by_id` gives."""
        sql = f"SELECT chunks.hash FROM chunks JOIN documents ON documents.id = chunks.document {_AMONG}"  # noqa: S608
        found = self.database.read(sql, {"ids": json.dumps(list(ids)), "internal": internal})
        return {row["hash"] for row in found}

    def languages(self, ids: Iterable[str]) -> dict[str, str]:
        """The primary tag of the language of each of the ready chunks among `ids` that is in a known one."""
        sql = f"""SELECT chunks.hash, chunks.language FROM chunks JOIN documents ON documents.id = chunks.document
            {_AMONG} AND chunks.language <> ''"""  # noqa: S608
        return {
            row["hash"]: row["language"] for row in self.database.read(sql, {"ids": json.dumps(list(ids)), "internal": True})
        }

    def sample(self, most: int) -> dict[str, list[str]]:
        """Up to `most` of the ready chunks of each known language, drawn by their hash."""
        languages = self.database.read("SELECT DISTINCT language FROM chunks WHERE language <> ''", {})
        drawn = {row["language"]: self.database.read(_DRAWN, {"language": row["language"], "most": most}) for row in languages}
        return {language: [row["hash"] for row in rows] for language, rows in drawn.items() if rows}

    def state(self) -> tuple[object, ...]:
        """What changes whenever something is published or deleted."""
        return tuple(self.database.read(STATE)[0])

    def document(self, name: str, *, internal: bool = False) -> tuple[Document, FileReport]:
        """A ready document and its file; raises NotFoundError."""
        sql = f"SELECT documents.*, ready_versions.file {_READY} WHERE documents.name = :name AND {_SEEN}"
        for row in self.database.read(sql, {"name": replace_lone_surrogates(name), "internal": internal}):
            (file,) = self.database.read(f"SELECT {mapping.REPORT} WHERE files.id = :file", {"file": row["file"]})
            return mapping.document(row), mapping.report(file)
        raise NotFoundError(f"no document is named {name!r}; `rag documents list` shows all files, unreadable ones too")

    def passages(self, name: str, most: int = _READ_WHOLE, *, internal: bool = False) -> list[Chunk]:
        """All passages of a ready document in order; none of one that has more than `most`, or that was not read whole."""
        values = {"name": replace_lone_surrogates(name), "internal": internal}
        counted = f"""SELECT ready_versions.left_out,
            (SELECT count(*) FROM chunks WHERE chunks.document = documents.id) AS chunks
            {_READY} WHERE documents.name = :name AND {_SEEN}"""  # noqa: S608
        found = self.database.read(counted, values)
        if len(found) != 1 or found[0]["chunks"] > most or not _whole(found[0]["left_out"]):
            return []
        sql = f"""SELECT {mapping.CHUNK} CROSS JOIN ready_versions ON ready_versions.id = documents.version
            WHERE documents.name = :name AND {_SEEN} ORDER BY chunks.start"""
        return [mapping.chunk(row) for row in self.database.read(sql, values)]

    def version(self, name: str) -> str:
        """The SHA-256 of the content that a ready document was read from; "" where there is none of that name."""
        sql = f"SELECT ready_versions.sha256 {_READY} WHERE documents.name = :name"
        found = self.database.read(sql, {"name": replace_lone_surrogates(name)})
        return str(found[0]["sha256"]) if found else ""

    def questions(self, limit: int = 300, *, internal: bool = False) -> list[tuple[str, str]]:
        """(file, question) of titles and headings that end as questions are written, one a document, of the first `limit`
        documents by name that have any. Kept until something else is published.
        """
        key = (*self.state(), limit, internal)
        if self._questions is None or self._questions[0] != key:
            self._questions = key, self._find_questions(limit, internal)
        return self._questions[1]

    def _find_questions(self, limit: int, internal: bool) -> list[tuple[str, str]]:
        # of chunks, not of documents: to reach their sections, all of a text has to be read from the disk
        sql = f"""SELECT documents.name, files.name AS file, chunks.title, chunks.headings FROM chunks
            JOIN documents ON documents.id = chunks.document
            JOIN ready_versions ON ready_versions.id = documents.version
            JOIN files ON files.id = ready_versions.file
            WHERE (chunks.title LIKE '%?' OR chunks.title LIKE '%？'
            OR chunks.headings LIKE '%?"%' OR chunks.headings LIKE '%？"%') AND {_SEEN}
            ORDER BY documents.name, chunks.start"""  # noqa: S608
        found: dict[str, tuple[str, str]] = {}
        for row in self.database.read(sql, {"internal": internal}):
            headings = (row["title"], *json.loads(row["headings"]))
            asked = next((text for text in headings if text.rstrip().endswith(("?", "？"))), None)
            if asked and len(found) < limit:
                found.setdefault(row["name"], (row["file"], asked))
        return list(found.values())

    def documents(self, *, internal: bool = False) -> list[str]:
        """Names of all ready documents, sorted."""
        found = self.database.read(f"SELECT documents.name {_READY} WHERE {_SEEN}", {"internal": internal})
        return sorted(row["name"] for row in found)

    def folders(self, *, internal: bool = False) -> list[str]:
        """Every folder that holds a ready file, directly or below, without the last "/"; sorted."""
        parts = [file.name.split("/")[:-1] for file in self.files(internal=internal) if file.state == "ready"]
        return sorted({"/".join(path[: depth + 1]) for path in parts for depth in range(len(path))})

    def resolve(self, names: Collection[str], *, internal: bool = False) -> list[str]:
        """Names of the documents meant by `names`: documents, files (all rows of a CSV) or folders; raises NotFoundError."""
        sql = f"""SELECT documents.name, files.name AS file {_READY} JOIN files ON files.id = ready_versions.file
            WHERE {_SEEN}"""
        known = [(row["name"], row["file"]) for row in self.database.read(sql, {"internal": internal})]
        found: set[str] = set()
        for wanted in names:
            name = wanted.rstrip("/")
            members = {document for document, file in known if name in {document, file} or file.startswith(name + "/")}
            if not members:
                raise NotFoundError(f"no document or folder is named {wanted!r}; `rag documents list` shows what there is")
            found |= members
        return sorted(found)

    def files(self, *, internal: bool = False) -> list[FileReport]:
        """All files, sorted by name. A ready one with a reason has a newer version that cannot be read; the old one answers."""
        sql = f"SELECT {mapping.REPORT} WHERE NOT files.deleted ORDER BY files.name, files.id"
        reports = [mapping.report(row) for row in self.database.read(sql)]
        return [report for report in reports if internal or not report.internal]

    def versions(self) -> dict[int, tuple[int, str]]:
        """By file the id of the version that answers, and whom a person chose it for, "" for nobody."""
        sql = """SELECT file, ready_versions.id AS id, coalesce(files.audience, '') AS audience
            FROM ready_versions JOIN files ON files.id = ready_versions.file"""
        return {row["file"]: (row["id"], row["audience"]) for row in self.database.read(sql)}

    def counts(self) -> Counts:
        files = self.files(internal=True)
        ready = [file for file in files if file.state == "ready"]
        quarantined = sum(file.state == "quarantined" for file in files)
        return Counts(len(ready), sum(file.documents for file in ready), sum(file.chunks for file in ready), quarantined)

    def add_feedback(
        self,
        question: str,
        answer: str,
        documents: Sequence[str],
        liked: bool | None,
        *,
        reason: str = "",
        comment: str = "",
        given: str = "",
    ) -> None:
        """Keeps a verdict on an answer and the names of the documents it cited; `given` is the whole answer as JSON."""
        written = [replace_lone_surrogates(text) for text in (question, answer, reason, comment, given)]
        values = (*written[:2], json.dumps(list(documents)), liked, *written[2:4], _now(), written[4])
        with self.database.write(_PATIENCE) as connection:
            connection.execute("INSERT INTO feedback VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def feedback(self, limit: int = 1000) -> list[Feedback]:
        """The newest first."""
        return [
            Feedback(
                question=row["question"],
                answer=row["answer"],
                documents=tuple(json.loads(row["documents"])),
                liked=None if row["liked"] is None else bool(row["liked"]),
                reason=row["reason"],
                comment=row["comment"],
                created_at=datetime.fromisoformat(row["created_at"]),
                given=row["given"],
            )
            for row in self.database.read("SELECT * FROM feedback ORDER BY id DESC LIMIT :limit", {"limit": limit})
        ]

    def add_gap(self, question: str, confidence: float, kind: str = "refused") -> None:
        """Keeps a question that was refused or passed to people, and the best confidence 0..1 an answer to it had."""
        with self.database.write(_PATIENCE) as connection:
            connection.execute(
                "INSERT INTO gaps VALUES (NULL, ?, ?, ?, ?)", (replace_lone_surrogates(question), confidence, _now(), kind)
            )

    def gaps(self, limit: int = 1000) -> list[Gap]:
        """The newest first."""
        found = self.database.read("SELECT * FROM gaps ORDER BY id DESC LIMIT :limit", {"limit": limit})
        return [
            Gap(row["question"], row["confidence"], datetime.fromisoformat(row["created_at"]), row["kind"]) for row in found
        ]


def _whole(left_out: str) -> bool:
    """Whether what was not read of a file cannot be part of its tables."""
    return all(part.kind in _NO_ROWS for part in mapping.left_out_from_json(left_out or "[]"))


def _now() -> str:
    return datetime.now(UTC).isoformat()
