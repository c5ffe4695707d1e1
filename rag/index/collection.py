"""One collection of vectors in ChromaDB: what goes in, what comes out, what is nearest."""

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection as ChromaCollection

    from rag.index.store import Chroma, Engine
    from rag.types import Vectors

Metric = Literal["cosine", "euclidean"]

BATCH = 500  # fastest between 150 and 500 vectors, far below the limit of 5,461
FILTER = 500  # names in one filter; more are asked for in turns
WIDER = 8  # times as many are asked for, where a filter cannot be used, until enough are found
_UNREAD = "Error finding id"  # what Chroma 1.5.9 says of ids that are on disk and not in the collection as read


class ChromaStore:
    """Chunk ids and their vectors in one collection."""

    def __init__(self, chroma: "Chroma", collection: "ChromaCollection", metric: Metric, engine: "Engine | None") -> None:
        self._chroma, self._collection, self._metric, self._engine = chroma, collection, metric, engine

    def upsert(self, ids: Sequence[str], vectors: "Vectors", documents: Sequence[str]) -> None:
        """Adds or replaces; vectors `(n, dim)`, and the name of each chunk's document."""
        for at in range(0, len(ids), BATCH):
            part = slice(at, at + BATCH)
            rows: Any = {"embeddings": vectors[part], "metadatas": [{"document": name} for name in documents[part]]}
            with self._chroma.writing():
                self._collection.upsert(ids=list(ids[part]), **rows)
                if self._engine:
                    self._engine.loaded.add(self._collection.name)

    def delete(self, ids: Sequence[str]) -> None:
        """Ids that are not there are ignored."""
        for at in range(0, len(ids), BATCH):
            with self._chroma.writing():
                self._collection.delete(ids=list(ids[at : at + BATCH]))

    def ids(self) -> set[str]:
        with self._chroma.border():
            found: set[str] = set()
            while page := self._collection.get(include=[], limit=10_000, offset=len(found))["ids"]:
                found.update(page)
            return found

    def vectors_of(self, ids: Sequence[str]) -> "dict[str, Vectors]":
        """The vectors `(dim,)` of those of the ids that are there."""
        if not ids or (self._engine and self._collection.name not in self._engine.loaded):
            return {}
        with self._chroma.border():
            found = self._collection.get(ids=list(ids), include=["embeddings"])
        return dict(zip(found["ids"], cast("Vectors", found["embeddings"]), strict=True))

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
        with self._chroma.border():
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
