"""The catalogue's own values, and how rows become the values of `rag.types`."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import wraps
from sqlite3 import Row
from typing import Literal, TypeVar

from rag.about import LeftOut, about_of, said
from rag.errors import StoreError
from rag.types import Block, BlockKind, Chunk, Document, FileReport, Mark, Section

V = TypeVar("V")
RESTORE = "put a copy of it back (`rag restore`)"
PARSER = 4
"""The format of parsed text: a file whose text an older parser gave is read again. Raise it when loaders give other text or
blocks of the same file.
"""

_ALWAYS = 3  # fields of a block that are always written: start, end, kind

# What is joined to it is joined with CROSS JOIN, which SQLite leaves behind it: led by the versions of an index, as it would
# have it, a look-up of one chunk goes through all of them.
CHUNK = """documents.name AS document, chunks.hash, chunks.title, chunks.text, chunks.start, chunks.stop,
    chunks.headings, chunks.page, chunks.lead, chunks.blocks, chunks.marks, documents.about
    FROM chunks JOIN documents ON documents.id = chunks.document"""
INSERT_DOCUMENT = """INSERT INTO documents (version, name, title, text, sections, blocks, marks, about, internal)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
INSERT_CHUNK = """INSERT INTO chunks (document, hash, title, text, start, stop, headings, page, lead, blocks, marks, language)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
INTERNAL = "(ready_versions.audience = 'internal' OR (ready_versions.audience = '' AND documents.internal))"
"""Whether a ready document is for staff only."""
REPORT = """files.id, files.path, files.name, files.size, files.reason, files.message,
    version.title, version.documents, version.chunks, version.left_out,
    files.audience = 'internal' OR (files.audience = '' AND version.id IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM documents WHERE documents.version = version.id AND NOT documents.internal)) AS internal
    FROM files LEFT JOIN versions AS version ON version.file = files.id AND version.ready
        AND version.index_id = (SELECT id FROM indexes WHERE state = 'active')"""


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """What an index is made with; vectors of different specs cannot be compared. `fingerprint` identifies the weights."""

    embedder: str
    fingerprint: str
    dim: int
    pooling: str
    metric: Literal["cosine", "euclidean"]
    chunk_tokens: int
    chunk_overlap: int

    def to_json(self) -> str:
        """Canonical: equal specs give equal text."""
        return json.dumps(asdict(self), sort_keys=True)

    def differences(self, other: "IndexSpec") -> str:
        """`chunk_tokens is 160, not 200`, for every field that differs."""
        mine, theirs = asdict(self), asdict(other)
        return ", ".join(f"{key} is {mine[key]!r}, not {theirs[key]!r}" for key in mine if mine[key] != theirs[key])


@dataclass(frozen=True, slots=True)
class Index:
    """One index and the Chroma collection with its vectors. `revision` moves when another process has written."""

    id: int
    collection: str
    spec: IndexSpec
    revision: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is: ready files, documents and chunks, and files in quarantine."""

    files: int
    documents: int
    chunks: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person thought of an answer; `liked` None: no verdict. `created_at` is UTC, `given` the whole answer as JSON."""

    question: str
    answer: str
    documents: tuple[str, ...]
    liked: bool | None
    reason: str
    comment: str
    created_at: datetime
    given: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that was refused or passed to people, and the best confidence 0..1 of an answer. `created_at` is UTC."""

    question: str
    confidence: float
    created_at: datetime
    kind: Literal["refused", "handover"] = "refused"


def whole(make: Callable[[Row], V]) -> Callable[[Row], V]:
    """The function, with a StoreError where a row holds what this program never wrote."""

    @wraps(make)
    def checked(row: Row) -> V:
        try:
            return make(row)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            what = f"{type(error).__name__}: {str(error)[:200]}"
            raise StoreError(f"the catalogue holds a row that cannot be read ({what}): it is damaged; {RESTORE}") from error

    return checked


@whole
def index(row: Row) -> Index:
    return Index(row["id"], row["collection"], IndexSpec(**json.loads(row["spec"])), row["revision"])


@whole
def chunk(row: Row) -> Chunk:
    return replace(plain_chunk(row), blocks=blocks_from_json(row["blocks"]), marks=marks_from_json(row["marks"]))


@whole
def plain_chunk(row: Row) -> Chunk:
    """Without blocks and marks, which take longer to read than the rest."""
    return Chunk(
        id=row["hash"],
        document=row["document"],
        title=row["title"],
        text=row["text"],
        start=row["start"],
        end=row["stop"],
        headings=tuple(json.loads(row["headings"])),
        page=row["page"],
        lead=row["lead"],
        about=about_of(json.loads(row["about"])),
    )


@whole
def document(row: Row) -> Document:
    return Document(
        name=row["name"],
        title=row["title"],
        text=row["text"],
        sections=tuple(Section(start, end, tuple(path), page) for start, end, path, page in json.loads(row["sections"])),
        blocks=blocks_from_json(row["blocks"]),
        marks=marks_from_json(row["marks"]),
        about=about_of(json.loads(row["about"])),
    )


def document_values(document: Document) -> tuple[str | int, ...]:
    """For INSERT_DOCUMENT, after the version."""
    return (
        document.name,
        document.title,
        document.text,
        sections_to_json(document.sections),
        blocks_to_json(document.blocks),
        marks_to_json(document.marks),
        _compact(said(document.about)),
        document.about.audience == "internal",
    )


def chunk_values(chunk: Chunk) -> tuple[str | int | None, ...]:
    """For INSERT_CHUNK, after the document; the primary tag of its language comes behind."""
    return (
        chunk.id,
        chunk.title,
        chunk.text,
        chunk.start,
        chunk.end,
        json.dumps(chunk.headings, ensure_ascii=False),
        chunk.page,
        chunk.lead,
        blocks_to_json(chunk.blocks),
        marks_to_json(chunk.marks),
    )


def primary(language: str) -> str:
    """The primary tag of a language's tag: "en" of "en-GB"."""
    return language.partition("-")[0].lower()


def sections_to_json(sections: Sequence[Section]) -> str:
    return json.dumps([(s.start, s.end, s.headings, s.page) for s in sections], ensure_ascii=False)


def blocks_to_json(blocks: Sequence[Block]) -> str:
    """Each block as the list of its fields, without those at the end that are empty."""
    rows = []
    for block in blocks:
        row = [block.start, block.end, block.kind, block.level, block.marker, block.columns, block.cells, block.caption]
        while not row[-1] and len(row) > _ALWAYS:
            row.pop()
        rows.append(row)
    return _compact(rows)


def blocks_from_json(text: str) -> tuple[Block, ...]:
    return tuple(_block(*fields) for fields in json.loads(text))


def marks_to_json(marks: Sequence[Mark]) -> str:
    return _compact([(m.start, m.end, m.kind, m.target) if m.target else (m.start, m.end, m.kind) for m in marks])


def marks_from_json(text: str) -> tuple[Mark, ...]:
    return tuple(Mark(*fields) for fields in json.loads(text))


def _block(
    start: int,
    end: int,
    kind: BlockKind,
    level: int = 0,
    marker: str = "",
    columns: Sequence[str] = (),
    cells: Sequence[tuple[int, int]] = (),
    caption: str = "",
) -> Block:
    return Block(start, end, kind, level, marker, tuple(columns), tuple((first, last) for first, last in cells), caption)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@whole
def report(row: Row) -> FileReport:
    ready = row["chunks"] is not None
    return FileReport(
        name=row["name"],
        state="ready" if ready else "quarantined" if row["reason"] else "pending",
        title=row["title"] or "",
        documents=row["documents"] or 0,
        chunks=row["chunks"] or 0,
        size=row["size"],
        reason=row["reason"],
        message=row["message"],
        internal=bool(row["internal"]),
        id=row["id"],
        path=os.fsdecode(row["path"]).encode("utf-8", "backslashreplace").decode(),
        left_out=left_out_from_json(row["left_out"] or "[]"),
    )


def left_out_to_json(left_out: Sequence[LeftOut]) -> str:
    return _compact([(part.kind, part.count, part.where) for part in left_out])


def left_out_from_json(text: str) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(*fields) for fields in json.loads(text))
