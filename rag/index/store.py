"""Vectors and similarity search in ChromaDB: in a folder of this machine, or on a server. The only file importing chromadb.

Distances become similarities here (cosine: 1 - distance; Euclidean: 1 / (1 + distance)) and Chroma's errors StoreError.
"""

import math
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from rag.errors import StoreError
from rag.index.server_address import parse

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection as ChromaCollection

    from rag.types import Vectors

Metric = Literal["cosine", "euclidean"]

BATCH = 500  # fastest between 150 and 500 vectors, far below the limit of 5,461
FILTER = 500  # names in one filter; more are asked for in turns
WIDER = 8  # times as many are asked for, where a filter cannot be used, until enough are found
_UNREAD = "Error finding id"  # what Chroma 1.5.9 says of ids that are on disk and not in the collection as read
# Recall@10 among 5,000 random 384-d vectors, the hardest case: 0.99, against 0.83 with Chroma's defaults (100, 100, 16);
# 2.2 ms a search instead of 1.4. An ef_construction of 200 takes half as long again to build and finds no more (docs/speed.md).
HNSW = {"ef_construction": 100, "ef_search": 200, "max_neighbors": 32}
SPACE = {"cosine": "cosine", "euclidean": "l2"}
# Seconds to wait for another process that is writing before the index as last read is used, or an error raised.
PATIENCE, LONGEST_WAIT = 0.3, 60


@dataclass
class _Engine:
    """Chroma keeps one engine for each folder and process, and in it each collection as it was when first read."""

    client: "ClientAPI"
    revision: int
    file: tuple[int, int] | None  # device and inode of what it has open: a base made again has another
    loaded: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)


_engines: dict[Path, _Engine] = {}
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
        """An existing collection for searching, as fresh as `revision` (`Index.revision`); raises StoreError.

        Never waits long: while another process is writing, what was read before is used once more.
        """
        return self._store(
            collection, metric, revision, lambda client: client.get_collection(collection, embedding_function=None)
        )

    def create(self, collection: str, metric: Metric, revision: int) -> "ChromaStore":
        """The collection for writing, made if it is missing; raises StoreError."""
        configuration: Any = {"hnsw": {"space": SPACE[metric], **HNSW}}
        return self._store(
            collection,
            metric,
            revision,
            lambda client: client.get_or_create_collection(collection, configuration=configuration, embedding_function=None),
            patience=LONGEST_WAIT,
        )

    def drop(self, collection: str) -> None:
        """Deletes a collection, if it is there."""
        with self._border(), _engines_lock, self.alone():
            if collection in self.collections():
                self._client().delete_collection(collection)

    def collections(self) -> list[str]:
        """Names of all collections, those of other programs on the server included."""
        with self._border():
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
        with self._border():
            if not isinstance(self.place, Path):
                return self._checked(get(self._client()), metric, None)
            from filelock import Timeout

            with _engines_lock:
                engine = _engines.get(self.place)
                if engine and name in engine.loaded and revision <= engine.revision and self._is_current(engine):
                    return self._checked(get(engine.client), metric, engine)
                try:
                    with self.alone(patience if engine and name in engine.loaded else LONGEST_WAIT):
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

    def _engine(self, revision: int) -> _Engine:
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings

        assert isinstance(self.place, Path)
        engine = _engines.get(self.place)
        if engine is None or revision > engine.revision or not self._is_current(engine):
            SharedSystemClient.clear_system_cache()  # a search that is running keeps the engine it has
            client = chromadb.PersistentClient(self.place, settings=Settings(anonymized_telemetry=False))
            engine = _engines[self.place] = _Engine(client, max(revision, engine.revision if engine else 0), self._file())
        return engine

    def _is_current(self, engine: _Engine) -> bool:
        """Whether the folder still is the one that the engine has open."""
        return engine.file is not None and engine.file == self._file()

    def _file(self) -> tuple[int, int] | None:
        try:
            found = Path(self.place, "chroma.sqlite3").stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _checked(self, collection: "ChromaCollection", metric: Metric, engine: _Engine | None) -> "ChromaStore":
        space = (collection.configuration_json.get("hnsw") or {}).get("space")
        if space != SPACE[metric]:
            raise StoreError(f"the vectors in {self.place} are compared by {space}, not {metric}; run `rag ingest --rebuild`")
        return ChromaStore(self, collection, metric, engine)

    @contextmanager
    def _border(self) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except Exception as error:  # Chroma raises its own errors, ValueError, httpx's and bare Exception
            raise StoreError(self._advice(error)) from error

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


class ChromaStore:
    """Chunk ids and their vectors in one collection."""

    def __init__(self, chroma: Chroma, collection: "ChromaCollection", metric: Metric, engine: _Engine | None) -> None:
        self._chroma, self._collection, self._metric, self._engine = chroma, collection, metric, engine

    def upsert(self, ids: Sequence[str], vectors: "Vectors", documents: Sequence[str]) -> None:
        """Adds or replaces; vectors `(n, dim)`, and the name of each chunk's document."""
        for at in range(0, len(ids), BATCH):
            part = slice(at, at + BATCH)
            rows: Any = {"embeddings": vectors[part], "metadatas": [{"document": name} for name in documents[part]]}
            with self._chroma._border(), self._chroma.alone():
                self._collection.upsert(ids=list(ids[part]), **rows)
                if self._engine:
                    self._engine.loaded.add(self._collection.name)

    def delete(self, ids: Sequence[str]) -> None:
        """Ids that are not there are ignored."""
        for at in range(0, len(ids), BATCH):
            with self._chroma._border(), self._chroma.alone():
                self._collection.delete(ids=list(ids[at : at + BATCH]))

    def ids(self) -> set[str]:
        with self._chroma._border():
            found: set[str] = set()
            while page := self._collection.get(include=[], limit=10_000, offset=len(found))["ids"]:
                found.update(page)
            return found

    def search(self, vector: "Vectors", k: int, documents: Collection[str] | None = None) -> list[tuple[str, float]]:
        """The k nearest (id, similarity) to a vector `(dim,)`, best first, of `documents` where given."""
        if k <= 0 or (self._engine and self._collection.name not in self._engine.loaded):  # not loaded: it was empty
            return []
        if documents is None:
            return self._nearest(vector, k, None)
        names = sorted(documents)
        turns = [self._nearest(vector, k, names[at : at + FILTER]) for at in range(0, len(names), FILTER)]
        return sorted((hit for turn in turns for hit in turn), key=lambda hit: -hit[1])[:k]

    def _nearest(self, vector: "Vectors", k: int, names: list[str] | None) -> list[tuple[str, float]]:
        from chromadb.errors import InternalError

        where: Any = None if names is None else {"document": {"$in": names}}
        with self._chroma._border():
            try:
                return self._query(vector, k, where)
            except InternalError as error:
                if where is None or _UNREAD not in str(error):
                    raise
            return self._among(vector, k, set(self._collection.get(where=where, include=[])["ids"]))

    def _among(self, vector: "Vectors", k: int, ids: Collection[str]) -> list[tuple[str, float]]:
        """The nearest of these ids. Another process has written some of them since the collection was read, and Chroma's own
        filter fails on what it has not read; a search without a filter finds those that it has.
        """
        wanted = WIDER * k
        while True:
            found = self._query(vector, wanted, None)
            hits = [hit for hit in found if hit[0] in ids]
            if len(hits) >= k or len(found) < wanted:
                return hits[:k]
            wanted *= WIDER

    def _query(self, vector: "Vectors", k: int, where: Any) -> list[tuple[str, float]]:
        found = self._collection.query(query_embeddings=[vector], n_results=k, where=where, include=["distances"])  # type: ignore[arg-type]
        distances = cast("list[list[float]]", found["distances"])
        return [(id, self._similarity(distance)) for id, distance in zip(found["ids"][0], distances[0], strict=True)]

    def _similarity(self, distance: float) -> float:
        if self._metric == "cosine":
            return 1 - distance
        return 1 / (1 + math.sqrt(max(0.0, distance)))  # Chroma's "l2" is the squared distance


def _read(collection: "ChromaCollection", engine: _Engine) -> None:
    """Reads a collection into memory now, not at the first search. There is nothing to read of an empty one."""
    if collection.name in engine.loaded:
        return
    first = collection.get(limit=1, include=["embeddings"])["embeddings"]
    if first is None or not len(first):
        engine.empty.add(collection.name)
        return
    collection.query(query_embeddings=first, n_results=1, include=[])
    engine.loaded.add(collection.name)
