"""One ingestion, file by file: what is settled already is passed over, the rest is staged, embedded in groups and published."""

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from rag.errors import LoadError
from rag.index.ingestion.passages import chunked
from rag.languages import en as texts
from rag.protocols import Embedder, VectorStore
from rag.types import Chunk, Document, FileReport, Progress

if TYPE_CHECKING:
    from rag.index.catalogue import CatalogueWriter, FileRecord, Index

GROUP = 256  # passages embedded and written at once: small files share a batch, and a kill loses at most this much work

Outcome = Literal["added", "replaced", "unchanged", "removed"]


class Stores(Protocol):
    """Where collections of vectors are kept."""

    def create(self, collection: str, metric: Literal["cosine", "euclidean"], revision: int) -> VectorStore: ...

    def drop(self, collection: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What ingestion works with: `load` raises LoadError, `chunk` gives passages with exact offsets."""

    catalogue: "CatalogueWriter"
    stores: Stores
    embedder: Embedder
    load: Callable[[Path, str], tuple[Document, ...]]
    chunk: Callable[[Document], list[Chunk]]
    most_passages: int | None = None


@dataclass(frozen=True, slots=True)
class IngestReport:
    """How many files were added and so on, and each that cannot be read; one that stays ready answers from its old content."""

    added: int
    replaced: int
    unchanged: int
    removed: int
    quarantined: tuple[FileReport, ...]
    seconds: float


class Run:
    """One ingestion into one index: what it has seen, and the vectors it knows to be there."""

    def __init__(self, parts: Parts, index: "Index", progress: Progress | None) -> None:
        self.index, self.total, self._done = index, 0, 0
        self._parts, self._catalogue = parts, parts.catalogue
        self._progress = progress or (lambda done, total, what: None)
        self._started = time.monotonic()
        self._outcomes: dict[str, Outcome] = {}
        self._failed: list[Path] = []
        self._waiting = 0
        self.drop_retired()
        self._store = parts.stores.create(index.collection, index.spec.metric, index.revision)
        self._repair()
        self._known, self._contents = self._catalogue.known(), self._catalogue.contents(index)

    def drop_retired(self) -> None:
        for index in self._catalogue.retired():
            self._parts.stores.drop(index.collection)
            self._catalogue.forget(index)

    def remove_gone(self, root: Path, found: Collection[Path]) -> None:
        """Forgets the files below `root` that are no longer on the disk."""
        for path, file in list(self._known.items()):
            if path.is_relative_to(root) and path not in found and not path.is_file():
                self._forget_vectors(self._catalogue.remove(file))
                del self._known[path]
                if not file.deleted:
                    self._outcomes[file.name] = "removed"

    def read(self, path: Path, name: str, *, named: bool, again: bool = False) -> None:
        """Stages a file's content if it is new. `named`: asked for by name; `again`: even if it has not changed."""
        known = self._known.get(path)
        name = known.name if known else name
        size, sha256 = 0, None
        try:
            size, sha256 = _fingerprint(path, name)
            if known and not again and self._is_settled(known, sha256, named):
                self._step(name)
                return
            if self._catalogue.owner(name) not in {None, path}:
                raise LoadError(
                    "name taken", f"{path} is not read: another file is already known as {name}; rename one of them"
                )
            documents = chunked(self._parts.load(path, name), name, self._parts.chunk, self._parts.most_passages)
            new = sum(len(chunks) for _, chunks in documents)
            if not new:
                raise LoadError("no text", f"{name} holds no text")
            self._catalogue.stage(self.index, path, name, size=size, sha256=sha256, documents=documents)
        except LoadError as error:
            self._fail(path, name, size, sha256, error)
        except UnicodeEncodeError:
            self._fail(path, name, size, sha256, LoadError("damaged", f"{name} holds characters that are not valid Unicode"))
        else:
            self._waiting += new
            if self._waiting >= GROUP:
                self._flush()

    def finish(self) -> IngestReport:
        self._flush()
        counts = Counter(self._outcomes.values())
        return IngestReport(
            added=counts["added"],
            replaced=counts["replaced"],
            unchanged=counts["unchanged"],
            removed=counts["removed"],
            quarantined=tuple(self._catalogue.report(path) for path in self._failed),
            seconds=time.monotonic() - self._started,
        )

    def _is_settled(self, known: "FileRecord", sha256: str, named: bool) -> bool:
        """Whether this content needs no reading: indexed, unwanted, or known to be unreadable."""
        if self._contents.get(known.id) == sha256:
            if known.reason:
                self._catalogue.settle(known, sha256)
            self._outcomes.setdefault(known.name, "unchanged")
            return True
        if named or known.sha256 != sha256 or known.reason == "name taken":
            return False
        if known.reason:
            self._failed.append(known.path)
        return known.deleted or known.reason is not None

    def _fail(self, path: Path, name: str, size: int, sha256: str | None, error: LoadError) -> None:
        known = self._known.get(path)
        active = self._catalogue.active()
        kept = self._catalogue.kept(known) if known and active and active.id != self.index.id else None
        documents = self._kept_passages(name, kept[2]) if kept else None
        if kept and documents:  # rebuilding: the content that answers now goes over to the new index
            self._catalogue.stage(
                self.index,
                path,
                name,
                size=size,
                sha256=kept[0],
                documents=documents,
                failure=(error.reason, str(error)),
                parsed_by=kept[1],
            )
        else:
            self._catalogue.quarantine(path, name, size=size, sha256=sha256, reason=error.reason, message=str(error))
            self._step(name)
        self._failed.append(path)

    def _kept_passages(self, name: str, documents: Sequence[Document]) -> list[tuple[Document, list[Chunk]]] | None:
        """The passages of what is kept of a file, or None where there are more than a file may have now."""
        try:
            return chunked(documents, name, self._parts.chunk, self._parts.most_passages)
        except LoadError:
            return None

    def _flush(self) -> None:
        """Writes the vectors of what is pending, then publishes it."""
        self._embed(self._catalogue.chunk_ids(self.index, pending_only=True) - self._there)
        published = self._catalogue.publish(self.index)
        self._waiting = 0
        for one in published:
            self._outcomes[one.file.name] = "replaced" if one.replaced else "added"
            self._step(one.file.name)
        self._forget_vectors({id for one in published for id in one.dropped})

    def _repair(self) -> None:
        """Finishes what a killed ingestion left pending, makes missing vectors and deletes those of no chunk."""
        self._there = self._store.ids()
        wanted = self._catalogue.chunk_ids(self.index)
        if missing := wanted - self._there:
            self._embed(missing)
            self._catalogue.vectors_changed()
        self._forget_vectors(self._there - wanted)
        self._flush()

    def _embed(self, missing: Collection[str]) -> None:
        ids = sorted(missing)
        for at in range(0, len(ids), GROUP):
            self._progress(self._done, self.total, texts.EMBEDDING.format(n=at + 1, total=len(ids)))
            chunks = self._catalogue.chunks(self.index, ids[at : at + GROUP])
            vectors = self._parts.embedder.embed([chunk.embedded_text for chunk in chunks])
            self._store.upsert([chunk.id for chunk in chunks], vectors, [chunk.document for chunk in chunks])
            self._there.update(chunk.id for chunk in chunks)

    def _forget_vectors(self, ids: Collection[str]) -> None:
        if ids:
            self._store.delete(sorted(ids))
            self._there.difference_update(ids)
            self._catalogue.vectors_changed()

    def _step(self, name: str) -> None:
        if self.total:  # not while repairing, when nothing has been asked for yet
            self._done += 1
            self._progress(self._done, self.total, name)


def _fingerprint(path: Path, name: str) -> tuple[int, str]:
    """Size in bytes and sha256."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise LoadError("unreadable", f"{name} cannot be opened ({error.strerror}); put it back, or let it be read") from error
