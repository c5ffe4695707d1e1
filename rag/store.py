"""Vectors and similarity search in ChromaDB: in a folder of this machine, or on a server. The only file importing chromadb.

Distances become similarities here (cosine: 1 - distance; Euclidean: 1 / (1 + distance)) and Chroma's errors StoreError.
"""

import math
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlsplit

from rag.errors import StoreError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection as ChromaCollection

    from rag.types import Vectors

Metric = Literal["cosine", "euclidean"]

BATCH = 500  # fastest between 150 and 500 vectors (shared/reference/platform.md), far below the limit of 5,461
FILTER = 500  # names in one filter; more are asked for in turns
# Recall@10 among 5,000 random 384-d vectors, the hardest case: 0.99, against 0.83 with Chroma's defaults (100, 100, 16);
# 2.2 ms a search instead of 1.4.
HNSW = {"ef_construction": 200, "ef_search": 200, "max_neighbors": 32}
SPACE = {"cosine": "cosine", "euclidean": "l2"}


@dataclass
class _Engine:
    """Chroma keeps one engine for each folder and process, and each of its collections as it was when first read."""

    client: "ClientAPI"
    revision: int
    loaded: set[str]


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
        _parse(url)
        return cls(url)

    def open(self, collection: str, metric: Metric, revision: int) -> "ChromaStore":
        """An existing collection, as fresh as `revision` (`Index.revision`); raises StoreError."""
        with self._border():
            found = self._client(revision).get_collection(collection, embedding_function=None)
            self._load(found)
        return self._checked(found, metric)

    def create(self, collection: str, metric: Metric, revision: int) -> "ChromaStore":
        """The collection, made if it is missing; raises StoreError."""
        with self._border():
            configuration = {"hnsw": {"space": SPACE[metric], **HNSW}}
            client = self._client(revision)
            found = client.get_or_create_collection(collection, configuration=configuration, embedding_function=None)  # type: ignore[arg-type]
            self._load(found)
        return self._checked(found, metric)

    def drop(self, collection: str) -> None:
        """Deletes a collection, if it is there."""
        with self._border():
            client = self._client(None)
            if collection in self.collections():
                client.delete_collection(collection)

    def collections(self) -> list[str]:
        """Names of all collections, those of other programs on the server included."""
        with self._border():
            return [collection.name for collection in self._client(None).list_collections()]

    def close(self) -> None:
        """Ends the connection to a server; a folder's engine is shared and stays until the process ends."""
        if self._server is not None:
            client: Any = self._server
            for part in (client, client._admin_client):
                part._server._session.close()  # Chroma's own close() leaves both connections open
            self._server = None

    def _client(self, revision: int | None) -> "ClientAPI":
        if isinstance(self.place, Path):
            return _engine(self.place, revision)
        if self._server is None:
            import chromadb
            from chromadb.config import Settings

            host, port, ssl = _parse(self.place)
            self._server = chromadb.HttpClient(host, port, ssl, settings=Settings(anonymized_telemetry=False))
        return self._server

    def _load(self, collection: "ChromaCollection") -> None:
        """Reads a collection into this process now: reading it while another process writes crashes Chroma (1.5.9)."""
        if not isinstance(self.place, Path):
            return
        with _engines_lock:
            engine = _engines[self.place]
            if collection.name not in engine.loaded:
                with self.alone():
                    first = collection.get(limit=1, include=["embeddings"])["embeddings"]
                    if first is not None and len(first):
                        collection.query(query_embeddings=first, n_results=1, include=[])
                engine.loaded.add(collection.name)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process reads or writes the folder's files meanwhile; a server takes care of that itself."""
        if not isinstance(self.place, Path):
            yield
            return
        from filelock import FileLock

        with FileLock(self.place.with_suffix(".lock"), timeout=60):
            yield

    def _checked(self, collection: "ChromaCollection", metric: Metric) -> "ChromaStore":
        space = (collection.configuration_json.get("hnsw") or {}).get("space")
        if space != SPACE[metric]:
            raise StoreError(f"the vectors in {self.place} are compared by {space}, not {metric}; run `rag ingest --rebuild`")
        return ChromaStore(self, collection, metric)

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
            return f"the Chroma server at {self.place} cannot be used ({what}); start it, or correct RAG_CHROMA_URL"
        return (
            f"the vectors in {self.place} cannot be used ({what}); run `rag ingest`, which makes missing ones again, "
            "and if that fails too, delete that folder first"
        )


class ChromaStore:
    """Chunk ids and their vectors in one collection."""

    def __init__(self, chroma: Chroma, collection: "ChromaCollection", metric: Metric) -> None:
        self._chroma, self._collection, self._metric = chroma, collection, metric

    def upsert(self, ids: Sequence[str], vectors: "Vectors", documents: Sequence[str]) -> None:
        """Adds or replaces; vectors `(n, dim)`, and the name of each chunk's document."""
        with self._chroma._border():
            for at in range(0, len(ids), BATCH):
                part = slice(at, at + BATCH)
                metadatas = [{"document": name} for name in documents[part]]
                with self._chroma.alone():
                    self._collection.upsert(ids=list(ids[part]), embeddings=vectors[part], metadatas=metadatas)  # type: ignore[arg-type]

    def delete(self, ids: Sequence[str]) -> None:
        """Ids that are not there are ignored."""
        with self._chroma._border():
            for at in range(0, len(ids), BATCH):
                with self._chroma.alone():
                    self._collection.delete(ids=list(ids[at : at + BATCH]))

    def ids(self) -> set[str]:
        with self._chroma._border():
            found: set[str] = set()
            while page := self._collection.get(include=[], limit=10_000, offset=len(found))["ids"]:
                found.update(page)
            return found

    def search(self, vector: "Vectors", k: int, documents: Collection[str] | None = None) -> list[tuple[str, float]]:
        """The k nearest (id, similarity) to a vector `(dim,)`, best first, of `documents` where given."""
        if k <= 0:
            return []
        if documents is None:
            return self._nearest(vector, k, None)
        names = sorted(documents)
        turns = [self._nearest(vector, k, names[at : at + FILTER]) for at in range(0, len(names), FILTER)]
        return sorted((hit for turn in turns for hit in turn), key=lambda hit: -hit[1])[:k]

    def _nearest(self, vector: "Vectors", k: int, names: list[str] | None) -> list[tuple[str, float]]:
        where = None if names is None else {"document": {"$in": names}}
        with self._chroma._border():
            found = self._collection.query(query_embeddings=[vector], n_results=k, where=where, include=["distances"])  # type: ignore[arg-type]
            distances = cast("list[list[float]]", found["distances"])
            return [(id, self._similarity(distance)) for id, distance in zip(found["ids"][0], distances[0], strict=True)]

    def _similarity(self, distance: float) -> float:
        if self._metric == "cosine":
            return 1 - distance
        return 1 / (1 + math.sqrt(max(0.0, distance)))  # Chroma's "l2" is the squared distance


def _engine(folder: Path, revision: int | None) -> "ClientAPI":
    """The client of a folder. Its index stays as first read, so it is opened again when another process has written since."""
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    with _engines_lock:
        engine = _engines.get(folder)
        if engine is None or revision not in {None, engine.revision} or not (folder / "chroma.sqlite3").exists():
            SharedSystemClient.clear_system_cache()  # a search that is running keeps the engine it has
            client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
            engine = _engines[folder] = _Engine(client, revision or (engine.revision if engine else 0), set())
        return engine.client


def _parse(url: str) -> tuple[str, int, bool]:
    """Host, port and whether to encrypt."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise StoreError(f"RAG_CHROMA_URL is {url!r}: {error}; write it like http://localhost:8000") from error
    extra = parts.path.strip("/") or parts.query or parts.username
    if parts.scheme not in {"http", "https"} or not parts.hostname or extra:
        raise StoreError(f"RAG_CHROMA_URL is {url!r}; write it like http://localhost:8000 or https://chroma.example.org")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return host, port or (443 if parts.scheme == "https" else 8000), parts.scheme == "https"
