"""What can be done to an index: ingest, rebuild, retry, delete; each under the writers' lock."""

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import NotFoundError
from rag.index.ingestion.lock import writing
from rag.index.ingestion.run import IngestReport, Parts, Run, Stores
from rag.index.ingestion.uploads import Upload, keep
from rag.protocols import Embedder
from rag.types import Chunk, Document, FileReport, Progress

if TYPE_CHECKING:
    from rag.index.catalogue import CatalogueWriter, IndexSpec


class Ingestion:
    """The only writer of documents. `progress` counts files; when it rises by one, that file is committed.

    All methods raise IndexBusyError at once when another process or thread is writing.
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
        most_passages: int | None = None,
    ) -> None:
        """`discover` gives a folder's files and their names; `load` raises LoadError; `lock` is the writers' lock file.

        A file with over `most_passages` is too large; `chunk` may end a document after one more.
        """
        self._parts = Parts(catalogue, stores, embedder, load, chunk, most_passages)
        self._catalogue, self._spec, self._discover, self._lock = catalogue, spec, discover, lock

    def ingest(self, paths: Sequence[Path], progress: Progress | None = None) -> IngestReport:
        """Reads files and folders. A folder is synchronised: new, changed and removed files; a single file touches no other.

        Content is compared by hash. A deleted or unreadable file is read again when it has changed or is named itself.
        Raises NotFoundError for a path that does not exist, IndexMismatchError where the index has another spec.
        """
        roots = [_absolute(path) for path in paths]
        with writing(self._lock):
            return self._read(roots, progress)

    def upload(self, paths: Sequence[Path], folder: Path, progress: Progress | None = None) -> IngestReport:
        """Keeps copies of files in `folder` and reads these; two files of one name are two documents.

        Raises OSError where a copy cannot be made; copies of an upload that ended with an error are removed.
        """
        with writing(self._lock):
            taken = {file.name for file in self._catalogue.known().values() if not file.deleted}
            kept: list[Upload] = []
            try:
                for path in paths:
                    kept.append(keep(path, folder, taken))  # noqa: PERF401 - what is kept so far must be known on an error
                return self._read([_absolute(copy.path) for copy in kept], progress)
            except BaseException:
                for copy in kept:
                    if copy.new:
                        copy.path.unlink(missing_ok=True)
                raise

    def _read(self, roots: Sequence[Path], progress: Progress | None) -> IngestReport:
        run = Run(self._parts, self._catalogue.target(self._spec), progress)
        found: dict[Path, tuple[str, bool]] = {}
        for root in roots:
            if root.is_dir():
                inside = {Path(os.path.abspath(path)): (_storable(name), False) for path, name in self._discover(root)}
                run.remove_gone(root, inside)
                found = inside | found
            else:
                name = found[root][0] if root in found else _storable(root.name)
                found[root] = (name, True)
        run.total = len(found)
        for path, (name, named) in found.items():
            run.read(path, name, named=named)
        return run.finish()

    def rebuild(self, progress: Progress | None = None) -> IngestReport:
        """Reads all known files into a new index, which replaces the old one when it is complete; resumes an unfinished one.

        A file that is gone or cannot be read any more keeps the content the catalogue has of it.
        """
        with writing(self._lock):
            run = Run(self._parts, self._catalogue.building(self._spec), progress)
            files = [file for file in self._catalogue.known().values() if not file.deleted]
            run.total = len(files)
            for file in files:
                run.read(file.path, file.name, named=True)
            report = run.finish()
            self._catalogue.activate(run.index)
            run.drop_retired()
            return report

    def retry(self, names: Collection[str] = (), progress: Progress | None = None) -> IngestReport:
        """Reads files again although they have not changed; without names, all in quarantine. Raises NotFoundError."""
        with writing(self._lock):
            run = Run(self._parts, self._catalogue.target(self._spec), progress)
            files = sorted(self._catalogue.known().values(), key=lambda file: file.deleted)
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
            report, ids = self._catalogue.delete(name)
            index = self._catalogue.active()
            if index and ids:
                self._parts.stores.create(index.collection, index.spec.metric, index.revision).delete(sorted(ids))
                self._catalogue.vectors_changed()
            return report


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
