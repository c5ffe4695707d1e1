"""One ingestion, file by file: what is settled already is passed over, the rest is staged, embedded in groups and published."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rag.about import Audience
from rag.errors import LoadError
from rag.index.ingestion.activity import Watch
from rag.index.ingestion.bounds import Bounds, Room
from rag.index.ingestion.moves import find_moves, fingerprint
from rag.index.ingestion.passages import chunked
from rag.index.ingestion.report import IngestReport
from rag.loading.rules import mark, overruled
from rag.protocols import Embedder, VectorStore
from rag.types import Chunk, Document, FileReport

if TYPE_CHECKING:
    from rag.index.catalogue import CatalogueWriter, FileRecord, Index

GROUP = 256  # passages embedded and written at once: small files share a batch, and a kill loses at most this much work

_STOPPED = "{name} was not read to its end: somebody stopped it; re-read it, or delete it"

Outcome = Literal["added", "replaced", "unchanged", "removed"]


class Stores(Protocol):
    """Where collections of vectors are kept."""

    def create(self, collection: str, metric: Literal["cosine", "euclidean"], revision: int) -> VectorStore: ...

    def drop(self, collection: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What ingestion works with: `load` raises LoadError, `chunk` gives passages with exact offsets, `rules` what is said of a
    file elsewhere, by the names of About's fields."""

    catalogue: "CatalogueWriter"
    stores: Stores
    embedder: Embedder
    load: Callable[[Path, str], tuple[Document, ...]]
    chunk: Callable[[Document], list[Chunk]]
    rules: Callable[[Path], Mapping[str, Any]]
    bounds: Bounds
    most_passages: int | None = None


class Run:
    """One ingestion into one index: what it has seen, and the vectors it knows to be there.

    `repair` comes first. Whatever takes long raises Stopped between two files or groups of passages where `watch` was told so.
    """

    def __init__(self, parts: Parts, index: "Index", watch: Watch, audience: Audience | None = None) -> None:
        """`audience`: who the files that are read are for, where a person says so."""
        self._audience = audience
        self.index = index
        self._parts, self._catalogue, self._watch = parts, parts.catalogue, watch
        self._started = time.monotonic()
        self._outcomes: dict[str, Outcome] = {}
        self._failed: list[Path] = []
        self._incomplete: dict[int, FileReport] = {}
        self._internal = self._unwanted = 0
        self._waiting = 0
        self._deleted = self._catalogue.deleted()
        self.drop_retired()
        self._store = parts.stores.create(index.collection, index.spec.metric, index.revision)
        self._there = self._store.ids()

    def repair(self) -> None:
        """Finishes what a killed ingestion left pending, makes missing vectors and deletes those of no chunk."""
        wanted = self._catalogue.chunk_ids(self.index)
        if self._embed(wanted):
            self._catalogue.vectors_changed()
        self._forget_vectors(self._there - set(wanted))
        self._flush()
        self._known, self._contents = self._catalogue.known(), self._catalogue.contents(self.index)
        self._room = Room(self._parts.bounds, self._catalogue.sizes(self.index))

    def drop_retired(self) -> None:
        for index in self._catalogue.retired():
            self._parts.stores.drop(index.collection)
            self._catalogue.forget(index)

    def follow_moves(self, found: Mapping[Path, str]) -> None:
        """Knows moved files, of those found with their names, by their new paths; forgets what a moved folder lost."""
        moves = find_moves(found, self._known, self._mark)
        if moves.files:
            self._catalogue.move({file.id: path for path, file in moves.files.items()})
            self._known = self._catalogue.known()
            self._room = Room(self._parts.bounds, self._catalogue.sizes(self.index))
        for file in moves.gone:
            self._remove(file)

    def remove_gone(self, root: Path, found: Collection[Path]) -> None:
        """Forgets the files below `root` that are no longer on the disk."""
        for path, file in list(self._known.items()):
            if path.is_relative_to(root) and path not in found and not path.is_file():
                self._remove(file)

    def read(self, path: Path, name: str, *, named: bool, again: bool = False) -> None:
        """Stages a file's content if it is new. `named`: asked for by name; `again`: even if it has not changed."""
        known = self._known.get(path)
        name = known.name if known else name
        self._watch.reading(name)
        size, sha256 = 0, None
        try:
            size, content = fingerprint(path, name)
            says = self._parts.rules(path)
            sha256 = mark(content, says)
            if known and self._audience:
                self._catalogue.choose(known, self._audience)
            if known and not again and self._is_settled(known, sha256, named):
                self._watch.step(name)
                return
            self._check_name(path, name)
            documents = self._watch.wait_for(lambda: self._parsed(path, name, says))
            new = sum(len(chunks) for _, chunks in documents)
            if not new:
                raise LoadError("no text", f"{name} holds no text")
            self._room.take(path, name, new, size)
            if self._waiting and new >= GROUP:  # small files need not wait for a large one
                self._flush()
            if not self._catalogue.stage(
                self.index,
                path,
                name,
                size=size,
                sha256=sha256,
                documents=documents,
                audience=self._audience,
                bring_back=_comes_back(known),
            ):
                self._room.free(path)
                return self._watch.step(name)
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
        self._sweep()
        return self._report()

    def stop(self, *, keep_pending: bool) -> IngestReport:
        """Ends early: what is complete is published. The rest stays pending, or else is listed as stopped and left alone."""
        self._publish(self._catalogue.complete(self.index, self._there))
        given_up = [] if keep_pending else self._catalogue.give_up(self.index, _STOPPED)
        self._failed += given_up
        self._forget_vectors(self._there - set(self._catalogue.chunk_ids(self.index)))
        activity = self._watch.activity
        return replace(self._report(), stopped=True, not_read=activity.files - activity.done - len(given_up))

    def _report(self) -> IngestReport:
        counts = Counter(self._outcomes.values())
        return IngestReport(
            added=counts["added"],
            replaced=counts["replaced"],
            unchanged=counts["unchanged"],
            removed=counts["removed"],
            quarantined=tuple(self._catalogue.report(path) for path in dict.fromkeys(self._failed)),
            seconds=time.monotonic() - self._started,
            incomplete=tuple(self._incomplete.values()),
            internal=self._internal,
            unwanted=self._unwanted,
        )

    def _parsed(self, path: Path, name: str, says: Mapping[str, Any]) -> list[tuple[Document, list[Chunk]]]:
        loaded = (replace(one, about=overruled(one.about, says)) for one in self._parts.load(path, name))
        return chunked(loaded, name, self._parts.chunk, self._parts.most_passages)

    def _mark(self, path: Path) -> str | None:
        """What the catalogue would keep of a file's content; None where it cannot be read."""
        try:
            return mark(fingerprint(path, "")[1], self._parts.rules(path))
        except LoadError:
            return None

    def _check_name(self, path: Path, name: str) -> None:
        """Raises LoadError "name taken" where another file answers under a name."""
        owner = self._catalogue.owner(name)
        if owner not in {None, path}:
            gone = "" if owner is None or owner.exists() else ", which is gone"
            advice = f"delete that one (`rag documents delete {name}`)" if gone else "rename one of them"
            raise LoadError("name taken", f"{path} is not read: another file is already known as {name}{gone}; {advice}")

    def _is_settled(self, known: "FileRecord", sha256: str, named: bool) -> bool:
        """Whether this content needs no reading: indexed, unwanted, or known to be unreadable."""
        if self._contents.get(known.id) == sha256:
            if known.reason:
                self._catalogue.settle(known, sha256)
            self._outcomes.setdefault(known.name, "unchanged")
            return True
        if named or known.sha256 != sha256 or known.reason in {"name taken", "no room"}:
            return False
        if known.reason:
            self._failed.append(known.path)
        self._unwanted += known.deleted
        return known.deleted or known.reason is not None

    def _fail(self, path: Path, name: str, size: int, sha256: str | None, error: LoadError) -> None:
        known = self._known.get(path)
        back = _comes_back(known)
        active = self._catalogue.active()
        kept = self._catalogue.kept(known) if known and active and active.id != self.index.id else None
        documents = self._kept_passages(name, kept[2]) if kept else None
        message = str(error)
        if kept and documents:  # rebuilding: the content that answers now goes over to the new index
            staged = self._catalogue.stage(
                self.index,
                path,
                name,
                size=size,
                sha256=kept[0],
                documents=documents,
                failure=(error.reason, message),
                parsed_by=kept[1],
                bring_back=back,
            )
            if staged:
                self._failed.append(path)
                return
        elif self._catalogue.quarantine(
            path, name, size=size, sha256=sha256, reason=error.reason, message=message, bring_back=back
        ):
            self._failed.append(path)
        self._watch.step(name)

    def _kept_passages(self, name: str, documents: Sequence[Document]) -> list[tuple[Document, list[Chunk]]] | None:
        """The passages of what is kept of a file, or None where there are more than a file may have now."""
        try:
            return chunked(documents, name, self._parts.chunk, self._parts.most_passages)
        except LoadError:
            return None

    def _flush(self) -> None:
        """Writes the vectors of what is pending, then publishes it."""
        self._embed(self._catalogue.chunk_ids(self.index, pending_only=True))
        self._publish()
        self._waiting = 0

    def _publish(self, versions: Collection[int] | None = None) -> None:
        """Makes pending versions ready, by default all."""
        published = self._catalogue.publish(self.index, versions)
        for one in published:
            self._outcomes[one.file.name] = "replaced" if one.replaced else "added"
            self._internal += one.file.internal
            if one.file.left_out:
                self._incomplete[one.file.id] = one.file
            self._watch.step(one.file.name)
        self._forget_vectors({id for one in published for id in one.dropped})

    def _sweep(self) -> None:
        """Removes the vectors of files that somebody deleted meanwhile."""
        if self._catalogue.deleted() - self._deleted:
            self._forget_vectors(self._there - set(self._catalogue.chunk_ids(self.index)))

    def _remove(self, file: "FileRecord") -> None:
        self._forget_vectors(self._catalogue.remove(file))
        self._known.pop(file.path, None)
        self._room.free(file.path)
        if not file.deleted:
            self._outcomes[file.name] = "removed"

    def _embed(self, wanted: Sequence[str]) -> int:
        """Makes the vectors that are missing, in this order; returns how many."""
        ids = [id for id in wanted if id not in self._there]
        for at in range(0, len(ids), GROUP):
            chunks = self._catalogue.chunks(self.index, ids[at : at + GROUP])
            if not chunks:  # deleted meanwhile
                continue
            self._watch.embedding(at, len(ids), chunks[0].document)
            vectors = self._parts.embedder.embed([chunk.embedded_text for chunk in chunks])
            self._store.upsert([chunk.id for chunk in chunks], vectors, [chunk.document for chunk in chunks])
            self._there.update(chunk.id for chunk in chunks)
        self._watch.embedded_all()
        return len(ids)

    def _forget_vectors(self, ids: Collection[str]) -> None:
        if ids:
            self._store.delete(sorted(ids))
            self._there.difference_update(ids)
            self._catalogue.vectors_changed()


def _comes_back(known: "FileRecord | None") -> bool:
    """Whether reading a file puts it into the index even if it is deleted: it was when the run began, or is new."""
    return known is None or known.deleted
