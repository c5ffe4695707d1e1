"""Files to catalogue and store: incremental, resumable after a kill at any instant, one writer at a time.

A file's content is kept as pending, its vectors are written, then it is published; questions see published content only.
A start finishes what a killed one left behind, and makes vectors that are missing again.
"""

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from rag.errors import IndexBusyError, LoadError, NotFoundError
from rag.types import Chunk, Document, Embedder, FileReport, Progress, VectorStore

if TYPE_CHECKING:
    from rag.catalogue import Index, IndexSpec, Known, Ledger

GROUP = 256  # passages embedded and written at once: small files share a batch, and a kill loses at most this much work

Outcome = Literal["added", "replaced", "unchanged", "removed"]


class Stores(Protocol):
    """Where collections of vectors are kept."""

    def create(self, collection: str, metric: Literal["cosine", "euclidean"], revision: int) -> VectorStore: ...

    def drop(self, collection: str) -> None: ...


@dataclass(frozen=True, slots=True)
class IngestReport:
    """How many files were added and so on, and each that cannot be read; one that stays ready answers from its old content."""

    added: int
    replaced: int
    unchanged: int
    removed: int
    quarantined: tuple[FileReport, ...]
    seconds: float


class Ingestion:
    """The only writer of documents. `progress` counts files; when it rises by one, that file is committed.

    All methods raise IndexBusyError at once when another process or thread is writing.
    """

    def __init__(
        self,
        *,
        ledger: "Ledger",
        stores: Stores,
        embedder: Embedder,
        spec: "IndexSpec",
        discover: Callable[[Path], Iterable[tuple[Path, str]]],
        load: Callable[[Path, str], tuple[Document, ...]],
        chunk: Callable[[Document], list[Chunk]],
        lock: Path,
    ) -> None:
        """`discover` gives a folder's files and their names; `load` raises LoadError; `lock` is the writers' lock file."""
        self.ledger, self.stores, self.embedder, self.spec = ledger, stores, embedder, spec
        self.discover, self.load, self.chunk, self._lock = discover, load, chunk, lock

    def ingest(self, paths: Sequence[Path], progress: Progress | None = None) -> IngestReport:
        """Reads files and folders. A folder is synchronised: new, changed and removed files; a single file touches no other.

        Content is compared by hash. A deleted or unreadable file is read again when it has changed or is named itself.
        Raises NotFoundError for a path that does not exist, IndexMismatchError where the index has another spec.
        """
        roots = [_absolute(path) for path in paths]
        with writing(self._lock):
            run = _Run(self, self.ledger.target(self.spec), progress)
            found: dict[Path, tuple[str, bool]] = {}
            for root in roots:
                if root.is_dir():
                    inside = {Path(os.path.abspath(path)): (_storable(name), False) for path, name in self.discover(root)}
                    run.remove_gone(root, inside)
                    found = inside | found
                else:
                    found[root] = (_storable(root.name), True)
            run.total = len(found)
            for path, (name, named) in found.items():
                run.read(path, name, named=named)
            return run.finish()

    def rebuild(self, progress: Progress | None = None) -> IngestReport:
        """Reads all known files into a new index, which replaces the old one when it is complete; resumes an unfinished one.

        A file that is gone or cannot be read any more keeps the content the catalogue has of it.
        """
        with writing(self._lock):
            run = _Run(self, self.ledger.building(self.spec), progress)
            files = [file for file in self.ledger.known().values() if not file.deleted]
            run.total = len(files)
            for file in files:
                run.read(file.path, file.name, named=True)
            report = run.finish()
            self.ledger.activate(run.index)
            run.drop_retired()
            return report

    def retry(self, names: Collection[str] = (), progress: Progress | None = None) -> IngestReport:
        """Reads files again although they have not changed; without names, all in quarantine. Raises NotFoundError."""
        with writing(self._lock):
            run = _Run(self, self.ledger.target(self.spec), progress)
            files = sorted(self.ledger.known().values(), key=lambda file: file.deleted)
            if not names:
                chosen = [file for file in files if file.reason]
            else:
                chosen = [file for file in files if file.name in names]
                for name in set(names) - {file.name for file in chosen}:
                    raise NotFoundError(f"no file is named {name!r}; `rag documents list` shows their names")
            run.total = len(chosen)
            for file in chosen:
                run.read(file.path, file.name, named=True, again=True)
            return run.finish()

    def delete(self, name: str) -> FileReport:
        """Removes a file from the index, not from the disk; its folder does not bring it back. Raises NotFoundError."""
        with writing(self._lock):
            report, ids = self.ledger.delete(name)
            index = self.ledger.active()
            if index and ids:
                self.stores.create(index.collection, index.spec.metric, index.revision).delete(sorted(ids))
                self.ledger.vectors_changed()
            return report


class _Run:
    """One ingestion into one index: what it has seen, and the vectors it knows to be there."""

    def __init__(self, parts: Ingestion, index: "Index", progress: Progress | None) -> None:
        self.index, self.total, self._done = index, 0, 0
        self._parts, self._ledger = parts, parts.ledger
        self._progress = progress or (lambda done, total, what: None)
        self._started = time.monotonic()
        self._outcomes: dict[str, Outcome] = {}
        self._failed: list[Path] = []
        self._waiting = 0
        self.drop_retired()
        self._store = parts.stores.create(index.collection, index.spec.metric, index.revision)
        self._repair()
        self._known, self._contents = self._ledger.known(), self._ledger.contents(index)

    def drop_retired(self) -> None:
        for index in self._ledger.retired():
            self._parts.stores.drop(index.collection)
            self._ledger.forget(index)

    def remove_gone(self, root: Path, found: Collection[Path]) -> None:
        """Forgets the files below `root` that are no longer on the disk."""
        for path, file in list(self._known.items()):
            if path.is_relative_to(root) and path not in found and not path.is_file():
                self._forget_vectors(self._ledger.remove(file))
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
            if self._ledger.owner(name) not in {None, path}:
                raise LoadError(
                    "name taken", f"{path} is not read: another file is already known as {name}; rename one of them"
                )
            documents = [(document, self._parts.chunk(document)) for document in self._parts.load(path, name)]
            new = sum(len(chunks) for _, chunks in documents)
            if not new:
                raise LoadError("no text", f"{name} holds no text")
            self._ledger.stage(self.index, path, name, size=size, sha256=sha256, documents=documents)
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
            quarantined=tuple(self._ledger.report(path) for path in self._failed),
            seconds=time.monotonic() - self._started,
        )

    def _is_settled(self, known: "Known", sha256: str, named: bool) -> bool:
        """Whether this content needs no reading: indexed, unwanted, or known to be unreadable."""
        if self._contents.get(known.id) == sha256:
            if known.reason:
                self._ledger.settle(known, sha256)
            self._outcomes.setdefault(known.name, "unchanged")
            return True
        if named or known.sha256 != sha256 or known.reason == "name taken":
            return False
        if known.reason:
            self._failed.append(known.path)
        return known.deleted or known.reason is not None

    def _fail(self, path: Path, name: str, size: int, sha256: str | None, error: LoadError) -> None:
        known = self._known.get(path)
        active = self._ledger.active()
        kept = self._ledger.kept(known) if known and active and active.id != self.index.id else None
        if kept:  # rebuilding: the content that answers now goes over to the new index
            documents = [(document, self._parts.chunk(document)) for document in kept[1]]
            failure = (error.reason, str(error))
            self._ledger.stage(self.index, path, name, size=size, sha256=kept[0], documents=documents, failure=failure)
        else:
            self._ledger.quarantine(path, name, size=size, sha256=sha256, reason=error.reason, message=str(error))
            self._step(name)
        self._failed.append(path)

    def _flush(self) -> None:
        """Writes the vectors of what is pending, then publishes it."""
        self._embed(self._ledger.chunk_ids(self.index, pending_only=True) - self._there)
        published = self._ledger.publish(self.index)
        self._waiting = 0
        for one in published:
            self._outcomes[one.file.name] = "replaced" if one.replaced else "added"
            self._step(one.file.name)
        self._forget_vectors({id for one in published for id in one.dropped})

    def _repair(self) -> None:
        """Finishes what a killed ingestion left pending, makes missing vectors and deletes those of no chunk."""
        self._there = self._store.ids()
        wanted = self._ledger.chunk_ids(self.index)
        self._embed(wanted - self._there)
        self._forget_vectors(self._there - wanted)
        self._flush()

    def _embed(self, missing: Collection[str]) -> None:
        ids = sorted(missing)
        for at in range(0, len(ids), GROUP):
            self._progress(self._done, self.total, f"embedding passage {at + 1} of {len(ids)}")
            chunks = self._ledger.chunks(self.index, ids[at : at + GROUP])
            vectors = self._parts.embedder.embed([embedded_text(chunk) for chunk in chunks])
            self._store.upsert([chunk.id for chunk in chunks], vectors, [chunk.document for chunk in chunks])
            self._there.update(chunk.id for chunk in chunks)
        if ids:
            self._ledger.vectors_changed()

    def _forget_vectors(self, ids: Collection[str]) -> None:
        if ids:
            self._store.delete(sorted(ids))
            self._there.difference_update(ids)
            self._ledger.vectors_changed()

    def _step(self, name: str) -> None:
        if self.total:  # not while repairing, when nothing has been asked for yet
            self._done += 1
            self._progress(self._done, self.total, name)


def embedded_text(chunk: Chunk) -> str:
    """What the encoder reads of a chunk: its context and its text."""
    return f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text


@contextmanager
def writing(lock: Path) -> Iterator[None]:
    """Holds the writers' lock, which ends with the process; raises IndexBusyError at once, saying who holds it."""
    from filelock import FileLock, Timeout

    holder = lock.with_suffix(".json")
    try:
        held = FileLock(lock, timeout=0).acquire()
    except Timeout as error:
        raise IndexBusyError(f"{_who(holder)} is writing to this index; wait for its end, or stop it, and try again") from error
    with held:
        holder.write_text(json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}))
        yield


def _who(holder: Path) -> str:
    try:
        found = json.loads(holder.read_text())
        return f"process {found['pid']} (since {found['since']})"
    except (OSError, ValueError, KeyError):  # it has just begun
        return "another process"


def _absolute(path: Path) -> Path:
    """One path for one file, however it was written; the last part may be a link, its name counts."""
    found = path.expanduser().absolute()
    found = found.resolve() if found.is_dir() else found.parent.resolve() / found.name
    if not found.exists():
        raise NotFoundError(f"{path} does not exist; give a file or a folder")
    return found


def _storable(name: str) -> str:
    """A file name need not be valid Unicode; what is stored and shown must be."""
    return name.encode("utf-8", "backslashreplace").decode()


def _fingerprint(path: Path, name: str) -> tuple[int, str]:
    """Size in bytes and sha256."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise LoadError("unreadable", f"{name} cannot be opened ({error.strerror}); put it back, or let it be read") from error
