"""What can be done to an index: ingest, rebuild, retry, delete; each under the writers' lock."""

import logging
import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rag.about import Audience
from rag.errors import IndexBusyError, NotFoundError
from rag.index.ingestion.activity import Activity, Stopped, Watch
from rag.index.ingestion.bounds import Bounds, check_uploads
from rag.index.ingestion.lock import writing
from rag.index.ingestion.report import IngestReport
from rag.index.ingestion.run import Parts, Run, Stores
from rag.index.ingestion.uploads import PARTIAL, Upload, keep
from rag.loading.rules import NAME as RULES
from rag.loading.rules import Rules
from rag.protocols import Embedder
from rag.types import Chunk, Document, FileReport, Progress

if TYPE_CHECKING:
    from rag.index.catalogue import CatalogueWriter, IndexSpec

log = logging.getLogger(__name__)
PATIENCE = 1.0  # seconds: as long as another process takes to delete a file


class Ingestion:
    """The only writer of documents. `progress` counts files; when it rises by one, that file is committed.

    What writes raises IndexBusyError within a second when another process is writing, and waits for another thread of this one.
    """

    def __init__(
        self,
        *,
        catalogue: "CatalogueWriter",
        stores: Stores,
        embedder: Embedder,
        spec: "IndexSpec",
        discover: Callable[[Path], Iterable[tuple[Path, str]]],
        load: Callable[[Path, str], tuple[Document, ...]],
        chunk: Callable[[Document], list[Chunk]],
        lock: Path,
        rules: Rules | None = None,
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
        most_passages: int | None = None,
    ) -> None:
        """`discover` gives a folder's files and their names; `load` raises LoadError; `lock` is the writers' lock file.

        A file with over `most_passages` is too large; `chunk` may end a document after one more.
        """
        self._rules = rules or Rules()
        self._parts = Parts(catalogue, stores, embedder, load, chunk, self._rules.of, bounds, most_passages)
        self._turn = threading.Lock()
        self._watch: Watch | None = None
        self._catalogue, self._spec, self._discover, self._lock = catalogue, spec, discover, lock

    def activity(self) -> Activity | None:
        """What is being done now; None while nothing is."""
        watch = self._watch
        return watch.activity if watch else None

    def stop(self) -> None:
        """Ends what is running before its next file or group of passages: what is complete stays. A file that was begun is
        listed as stopped, and left alone until somebody asks for it.
        """
        if watch := self._watch:
            watch.end(keep_pending=False)

    def pause(self) -> None:
        """As `stop`, but what has been begun stays pending, and the next ingestion goes on with it."""
        if watch := self._watch:
            watch.end(keep_pending=True)

    def ingest(
        self, paths: Sequence[Path], progress: Progress | None = None, *, audience: Audience | None = None
    ) -> IngestReport:
        """Reads files and folders. A folder is synchronised: new, changed and removed files; a single file touches no other.

        Content is compared by hash, and a file or folder that was moved is known again. A deleted or unreadable file is read
        again when it has changed or is named itself.
        `audience` says who all of these files are for, from now on, whatever they say of themselves.
        Raises NotFoundError for a path that does not exist, IndexMismatchError where the index has another spec, RulesError.
        """
        roots = [_absolute(path) for path in paths]
        with self._running(progress) as watch:
            return self._read(roots, watch, audience)

    def upload(
        self, paths: Sequence[Path], folder: Path, progress: Progress | None = None, *, audience: Audience | None = None
    ) -> IngestReport:
        """Keeps copies of files in `folder` and reads these; two files of one name are two documents. `audience`: see `ingest`.

        Raises OSError where a copy cannot be made, RagError where there is no room for all; copies that the catalogue does not
        know at the end are removed.
        """
        with self._running(progress) as watch:
            check_uploads(folder, paths, self._parts.bounds)
            taken = {file.name for file in self._catalogue.known().values() if not file.deleted}
            kept: list[Upload] = []
            try:
                for path in paths:
                    kept.append(keep(path, folder, taken))  # noqa: PERF401 - what is kept so far must be known on an error
                return self._read([_absolute(copy.path) for copy in kept], watch, audience)
            finally:
                known = self._catalogue.known()
                for copy in kept:
                    if copy.new and copy.path.parent.resolve() / copy.path.name not in known:
                        copy.path.unlink(missing_ok=True)

    def unknown(self, folder: Path) -> list[Path]:
        """The files in the folder of uploads that the catalogue does not know, as when it was lost or an upload was killed."""
        if not folder.is_dir():
            return []
        known = self._catalogue.known()
        files = sorted(path for path in folder.iterdir() if path.is_file() and not PARTIAL.fullmatch(path.name))
        return [path for path in files if _absolute(path) not in known]

    def rebuild(self, progress: Progress | None = None) -> IngestReport:
        """Reads all known files into a new index, which replaces the old one when it is complete; resumes an unfinished one.

        A file that is gone or cannot be read any more keeps the content the catalogue has of it. Stopped, it can be resumed.
        """
        with self._running(progress) as watch:
            run = Run(self._parts, self._catalogue.building(self._spec), watch)
            try:
                run.repair()
                files = [file for file in self._catalogue.known().values() if not file.deleted]
                self._rules.read(file.path for file in files)
                watch.expect(len(files))
                for file in files:
                    run.read(file.path, file.name, named=True)
                report = run.finish()
            except Stopped:
                return run.stop(keep_pending=True)
            self._catalogue.activate(run.index)
            run.drop_retired()
            return report

    def retry(
        self, names: Collection[str] = (), progress: Progress | None = None, *, ids: Collection[int] = ()
    ) -> IngestReport:
        """Reads files again although they have not changed, by name or id; without any, all in quarantine.

        Raises NotFoundError for a name that no file has.
        """
        with self._running(progress) as watch:
            files = sorted(self._catalogue.known().values(), key=lambda file: file.deleted)
            if names or ids:
                chosen = [file for file in files if file.name in names or file.id in ids]
                for name in set(names) - {file.name for file in chosen}:
                    raise NotFoundError(f"no file is named {name!r}; `rag documents list` shows their names")
            else:
                chosen = [file for file in files if file.reason]
            self._rules.read(file.path for file in chosen)

            def read(run: Run) -> None:
                watch.expect(len(chosen))
                for file in chosen:
                    run.read(file.path, file.name, named=True, again=True)

            return self._run(watch, read)

    def delete(self, id: int) -> FileReport:
        """Removes a file from the index, not from the disk; its folder does not bring it back. Raises NotFoundError.

        Waits for no ingestion: one that is running removes the file's vectors at its end.
        """
        report, ids = self._catalogue.delete(id)
        index = self._catalogue.active()
        if index and ids and self._turn.acquire(blocking=False):
            try:
                with writing(self._lock):
                    self._parts.stores.create(index.collection, index.spec.metric, index.revision).delete(sorted(ids))
                    self._catalogue.vectors_changed()
            except IndexBusyError:
                pass
            finally:
                self._turn.release()
        return report

    def _read(self, roots: Sequence[Path], watch: Watch, audience: Audience | None) -> IngestReport:
        self._rules.read(roots)

        def read(run: Run) -> None:
            found: dict[Path, tuple[str, bool]] = {}
            for root in roots:
                if root.is_dir():
                    inside = {Path(os.path.abspath(path)): (_storable(name), False) for path, name in self._discover(root)}
                    run.follow_moves({path: name for path, (name, _) in inside.items()})
                    run.remove_gone(root, inside)
                    for pattern in self._rules.without_files(root, inside):
                        log.warning("%s: no file has a name as %r says", root / RULES, pattern)
                    found |= {path: one for path, one in inside.items() if path not in found}
                else:
                    name = found[root][0] if root in found else _storable(root.name)
                    run.follow_moves({root: name})
                    found[root] = (name, True)
            watch.expect(len(found))
            for path, (name, named) in found.items():
                run.read(path, name, named=named)

        return self._run(watch, read, audience)

    def _run(self, watch: Watch, read: Callable[[Run], None], audience: Audience | None = None) -> IngestReport:
        """What a killed run left is finished first, then `read`; where somebody stops it, both end early."""
        run = Run(self._parts, self._catalogue.target(self._spec), watch, audience)
        try:
            run.repair()
            read(run)
            return run.finish()
        except Stopped:
            return run.stop(keep_pending=watch.keeps_pending)

    @contextmanager
    def _running(self, progress: Progress | None) -> Iterator[Watch]:
        """One at a time: threads of this process wait for their turn, other processes are refused."""
        with self._turn, writing(self._lock, PATIENCE):
            self._watch = watch = Watch(progress)
            try:
                yield watch
            finally:
                self._watch = None


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
