"""Vectors and similarity search in ChromaDB: in a folder of this machine, or on a server.

Chroma's errors become StoreError here, those of a damaged folder DamagedIndexError.
"""

import logging
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.database import make_private
from rag.errors import DamagedIndexError, StoreError
from rag.index import soundness
from rag.index.collection import ChromaStore, Metric
from rag.index.server_address import parse

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection as ChromaCollection

log = logging.getLogger(__name__)

# Recall@10 among 5,000 random 384-d vectors, the hardest case: 0.99, against 0.83 with Chroma's defaults (100, 100, 16);
# 2.2 ms a search instead of 1.4. An ef_construction of 200 takes half as long again to build and finds no more (docs/speed.md).
HNSW = {"ef_construction": 100, "ef_search": 200, "max_neighbors": 32}
SPACE = {"cosine": "cosine", "euclidean": "l2"}
_DAMAGE = (11, 26)  # SQLITE_CORRUPT, SQLITE_NOTADB
_READING = "Error executing plan"  # what Chroma 1.5.9 says where its files cannot be read
ROOM = 16_000_000  # bytes that are to be free before anything is written: a batch of vectors with its journal takes some two
# Seconds to wait for another process that is writing before the index as last read is used, or an error raised.
PATIENCE, LONGEST_WAIT = 0.3, 60


@dataclass
class Engine:
    """Chroma keeps one engine for each folder and process, and in it each collection as it was when first read."""

    client: "ClientAPI"
    revision: int
    file: tuple[int, int] | None  # device and inode of what it has open: a base made again has another
    loaded: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)


_engines: dict[Path, Engine] = {}
_engines_lock = threading.RLock()


class Chroma:
    """The collections of one Chroma. Nothing is opened before it is needed."""

    def __init__(self, place: Path | str) -> None:
        """`place` is a folder, or the URL of a server."""
        self.place = place
        self._server: ClientAPI | None = None

    @classmethod
    def at(cls, data_dir: Path, url: str | None = None) -> "Chroma":
        """The server at `url` (`http://host:8000`), or files in `data_dir/chroma`; raises StoreError for an unusable URL."""
        if url is None:
            return cls(data_dir.absolute() / "chroma")
        parse(url)
        return cls(url)

    def open(self, collection: str, metric: Metric, revision: int) -> "ChromaStore":
        """An existing collection for searching, as fresh as `revision` (`Index.revision`); raises StoreError, where
        it is damaged or missing DamagedIndexError: `create` mends that.

        Never waits long: while another process is writing, what was read before is used once more.
        """
        return self._store(
            collection, metric, revision, lambda client: client.get_collection(collection, embedding_function=None)
        )

    def create(self, collection: str, metric: Metric, revision: int) -> "ChromaStore":
        """The collection for writing, made if it is missing; a damaged folder is removed first, with all that is in it, as its
        vectors can be made again from the catalogue. Raises StoreError.
        """
        self._require_room()
        configuration: Any = {"hnsw": {"space": SPACE[metric], **HNSW}}

        def get(client: "ClientAPI") -> "ChromaCollection":
            return client.get_or_create_collection(collection, configuration=configuration, embedding_function=None)

        try:
            return self._store(collection, metric, revision, get, patience=LONGEST_WAIT)
        except DamagedIndexError as error:
            log.warning("%s; it is removed, and its vectors are made again from the catalogue", error)
            with self.border(), self.alone():
                shutil.rmtree(self.place)
                soundness.forget(Path(self.place))
            return self._store(collection, metric, revision, get, patience=LONGEST_WAIT)

    def drop(self, collection: str) -> None:
        """Deletes a collection, if it is there."""
        with self.border(), _engines_lock, self.alone():
            if collection in self.collections():
                self._require_room()
                self._client().delete_collection(collection)

    def collections(self) -> list[str]:
        """Names of all collections, those of other programs on the server included."""
        with self.border():
            return [collection.name for collection in self._client().list_collections()]

    def close(self) -> None:
        """Ends the connection to a server; a folder's engine is shared and stays until the process ends."""
        if self._server is not None:
            client: Any = self._server
            for part in (client, client._admin_client):
                part._server._session.close()  # Chroma's own close() leaves both connections open
            self._server = None

    @contextmanager
    def alone(self, patience: float = LONGEST_WAIT) -> Iterator[None]:
        """No other process writes or opens the folder meanwhile; a server takes care of that itself.

        Reading a collection into memory while another process writes it ends in a segmentation fault (Chroma 1.5.9).
        """
        if not isinstance(self.place, Path):
            yield
            return
        from filelock import FileLock

        with FileLock(self.place.with_suffix(".lock"), timeout=patience, poll_interval=0.01):
            yield

    def _store(
        self,
        name: str,
        metric: Metric,
        revision: int,
        get: "Callable[[ClientAPI], ChromaCollection]",
        patience: float = PATIENCE,
    ) -> "ChromaStore":
        with self.border():
            if not isinstance(self.place, Path):
                return self._checked(get(self._client()), metric, None)
            from filelock import Timeout

            with _engines_lock:
                engine = _engines.get(self.place)
                if engine and name in engine.loaded and revision <= engine.revision and self._is_current(engine):
                    return self._checked(get(engine.client), metric, engine)
                try:
                    with self.alone(patience if engine and name in engine.loaded else LONGEST_WAIT):
                        if engine is None:
                            soundness.check(self.place)
                        engine = self._engine(revision)
                        found = get(engine.client)
                        if name in engine.empty - engine.loaded and found.count():  # filled by another process
                            del _engines[self.place]
                            engine = self._engine(max(revision, engine.revision))
                            found = get(engine.client)
                        _read(found, engine)
                except Timeout:
                    if engine is None or patience == LONGEST_WAIT:
                        raise
                    found = get(engine.client)
                return self._checked(found, metric, engine)

    def _client(self) -> "ClientAPI":
        if isinstance(self.place, Path):
            with _engines_lock:
                return self._engine(0).client
        if self._server is None:
            import chromadb
            from chromadb.config import Settings

            host, port, ssl = parse(self.place)
            self._server = chromadb.HttpClient(host, port, ssl, settings=Settings(anonymized_telemetry=False))
        return self._server

    def _engine(self, revision: int) -> Engine:
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings

        assert isinstance(self.place, Path)
        engine = _engines.get(self.place)
        if engine is None or revision > engine.revision or not self._is_current(engine):
            SharedSystemClient.clear_system_cache()  # a search that is running keeps the engine it has
            make_private(self.place)
            client = chromadb.PersistentClient(self.place, settings=Settings(anonymized_telemetry=False))
            engine = _engines[self.place] = Engine(client, max(revision, engine.revision if engine else 0), self._file())
        return engine

    def _is_current(self, engine: Engine) -> bool:
        """Whether the folder still is the one that the engine has open."""
        return engine.file is not None and engine.file == self._file()

    def _file(self) -> tuple[int, int] | None:
        try:
            found = Path(self.place, "chroma.sqlite3").stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _checked(self, collection: "ChromaCollection", metric: Metric, engine: Engine | None) -> "ChromaStore":
        space = (collection.configuration_json.get("hnsw") or {}).get("space")
        if space != SPACE[metric]:
            raise StoreError(f"the vectors in {self.place} are compared by {space}, not {metric}; run `rag ingest --rebuild`")
        return ChromaStore(self, collection, metric, engine)

    @contextmanager
    def border(self) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except Exception as error:  # Chroma raises its own errors, ValueError, httpx's and bare Exception
            kind = DamagedIndexError if isinstance(self.place, Path) and _is_damage(error) else StoreError
            raise kind(self._advice(error)) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One write to a collection: no other process writes meanwhile, and there is room."""
        with self.border(), self.alone():
            self._require_room()
            yield
            self._note()

    def _require_room(self) -> None:
        """Raises StoreError on a disk that is nearly full: a write that finds no room leaves Chroma 1.5.9 waiting for itself,
        and all that is asked of it later.
        """
        if isinstance(self.place, Path):
            free = shutil.disk_usage(self.place if self.place.exists() else self.place.parent).free
            if free < ROOM:
                raise StoreError(f"{self.place} has {free / 1e6:.1f} MB of room left: make {ROOM / 1e6:.0f} MB, and try again")

    def _note(self) -> None:
        """After a write: the files are as they should be."""
        if isinstance(self.place, Path):
            soundness.note(self.place)

    def _advice(self, error: Exception) -> str:
        what = f"{type(error).__name__}: {error}"
        if isinstance(self.place, str):
            return (
                f"the Chroma server at {self.place} cannot be used ({what}); start it or correct RAG_CHROMA_URL; "
                "`rag documents retry` fills an empty one"
            )
        return (
            f"the vectors in {self.place} cannot be used ({what}); run `rag documents retry`, which makes missing ones again, "
            "and if that fails too, delete that folder first"
        )


def _is_damage(error: Exception) -> bool:
    """Whether Chroma says so of its files, or that a collection is not there. What SQLite says of a full disk, a lock or
    missing permissions comes as the same error, with another code.
    """
    from chromadb.errors import InternalError, InvalidArgumentError, NotFoundError

    if code := re.search(r"\(code: (\d+)\)", str(error)):
        return int(code[1]) & 0xFF in _DAMAGE
    reading = isinstance(error, InternalError | InvalidArgumentError) and _READING in str(error)
    return reading or isinstance(error, NotFoundError)


def _read(collection: "ChromaCollection", engine: Engine) -> None:
    """Reads a collection into memory now, not at the first search. There is nothing to read of an empty one."""
    if collection.name in engine.loaded:
        return
    first = collection.get(limit=1, include=["embeddings"])["embeddings"]
    if first is None or not len(first):
        engine.empty.add(collection.name)
        return
    collection.query(query_embeddings=first, n_results=1, include=[])
    engine.loaded.add(collection.name)
