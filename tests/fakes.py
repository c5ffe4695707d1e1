"""Fakes that mean something: same text, same vector; shared words, higher similarity. No model is needed."""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import LoadError
from rag.index.catalogue import CatalogueReader, CatalogueWriter, IndexSpec
from rag.index.ingestion import Ingestion
from rag.text import normalise, words
from rag.types import Chunk, Document, Section, TextKind, TokenVectors

if TYPE_CHECKING:
    from rag.types import Vectors

SPEC = IndexSpec("fake", "fake-1", dim=64, pooling="mean", metric="cosine", chunk_tokens=160, chunk_overlap=0)


class FakeEmbedder:
    """A text is the sum of its words' vectors, each a fixed random direction; tokens are words. Records what it embedded."""

    name = "fake"
    window = 512

    def __init__(self, dim: int = 64) -> None:
        self.dim = dim
        self.embedded: list[str] = []

    def tokenize(self, text: str) -> list[tuple[int, int]]:
        return words(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(words(text)) for text in texts]

    def knows(self, text: str) -> bool:
        return True

    def embed(self, texts: Sequence[str], kind: TextKind = "passage") -> "Vectors":
        self.embedded += texts
        tokens = [self._word_vectors(text) for text in texts]
        return np.array([_unit(vectors.sum(axis=0)) for vectors in tokens], np.float32).reshape(len(texts), self.dim)

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return [TokenVectors(self._word_vectors(text), np.array(words(text), np.int64).reshape(-1, 2)) for text in texts]

    def _word_vectors(self, text: str) -> "Vectors":
        found = [self._word_vector(normalise(text[start:end])) for start, end in words(text)]
        return np.array(found, np.float32).reshape(len(found), self.dim)

    def _word_vector(self, word: str) -> "Vectors":
        seed = int.from_bytes(hashlib.sha256(word.encode("utf-8", "replace")).digest()[:8])
        return _unit(np.random.default_rng(seed).normal(size=self.dim).astype(np.float32))


class FakeStore:
    """Vectors in a dictionary, compared exactly."""

    def __init__(self, metric: str = "cosine") -> None:
        self.metric = metric
        self.vectors: dict[str, tuple[Vectors, str]] = {}

    def upsert(self, ids: Sequence[str], vectors: "Vectors", documents: Sequence[str]) -> None:
        self.vectors.update((id, (vector, name)) for id, vector, name in zip(ids, vectors, documents, strict=True))

    def delete(self, ids: Sequence[str]) -> None:
        for id in ids:
            self.vectors.pop(id, None)

    def ids(self) -> set[str]:
        return set(self.vectors)

    def vectors_of(self, ids: Sequence[str]) -> dict[str, "Vectors"]:
        return {id: self.vectors[id][0] for id in ids if id in self.vectors}

    def search(self, vector: "Vectors", k: int, documents: Collection[str] | None = None) -> list[tuple[str, float]]:
        wanted = {id: v for id, (v, name) in self.vectors.items() if documents is None or name in documents}
        found = [(id, self._similarity(vector, v)) for id, v in wanted.items()]
        return sorted(found, key=lambda hit: -hit[1])[: max(k, 0)]

    def _similarity(self, a: "Vectors", b: "Vectors") -> float:
        if self.metric == "euclidean":
            return float(1 / (1 + np.linalg.norm(a - b)))
        return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) or 1))


class FakeStores:
    """Collections by name."""

    def __init__(self) -> None:
        self.stores: dict[str, FakeStore] = {}

    def create(self, collection: str, metric: str, revision: int) -> FakeStore:
        return self.stores.setdefault(collection, FakeStore(metric))

    def open(self, collection: str, metric: str, revision: int) -> FakeStore:
        return self.stores[collection]

    def drop(self, collection: str) -> None:
        self.stores.pop(collection, None)

    def close(self) -> None:
        pass


def discover(folder: Path) -> Iterator[tuple[Path, str]]:
    """All files below a folder, by name."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.relative_to(folder).as_posix()


def load(path: Path, name: str) -> tuple[Document, ...]:
    """A text file is a document titled by its name; of a CSV, each line after the first. `!reason` is what cannot be read."""
    text = path.read_text("utf-8", "surrogatepass")
    if text.startswith("!"):
        raise LoadError(text[1:].strip(), f"{name} cannot be read")
    if path.suffix != ".csv":
        return (_document(name, Path(name).stem, text),)
    return tuple(_document(f"{name}#row={row}", "", line) for row, line in enumerate(text.splitlines()[1:], 2))


def chunk(document: Document, longest: int = 400) -> list[Chunk]:
    """Paragraphs of at most `longest` characters."""
    chunks: list[Chunk] = []
    seen: Counter[str] = Counter()
    start = 0
    for paragraph in document.text.split("\n\n"):
        for at in range(start, start + len(paragraph), longest):
            text = document.text[at : min(at + longest, start + len(paragraph))]
            if text.strip():
                seen[text] += 1
                id = hashlib.sha256(
                    f"{document.name}\0{document.title}\0{text}\0{seen[text]}".encode("utf-8", "replace")
                ).hexdigest()
                chunks.append(Chunk(id, document.name, document.title, text, at, at + len(text)))
        start += len(paragraph) + 2
    return chunks


def make_ingestion(
    data_dir: Path,
    stores: object,
    *,
    spec: IndexSpec = SPEC,
    catalogue: CatalogueReader | None = None,
    **parts: Callable[..., object],
) -> tuple[CatalogueReader, Ingestion]:
    """A catalogue and an ingestion of plain text files into it; `chunk_overlap` of the spec stands for another chunking."""
    catalogue = catalogue or CatalogueReader.open(data_dir)
    longest = 400 - spec.chunk_overlap
    common = {
        "discover": discover,
        "load": load,
        "chunk": lambda document: chunk(document, longest),
        "embedder": FakeEmbedder(),
    }
    writer, lock = CatalogueWriter(catalogue.database), data_dir / "writer.lock"
    return catalogue, Ingestion(catalogue=writer, stores=stores, spec=spec, lock=lock, **(common | parts))  # type: ignore[arg-type]


def other_spec() -> IndexSpec:
    return replace(SPEC, chunk_overlap=100)


def _document(name: str, title: str, text: str) -> Document:
    return Document(name, title, text, (Section(0, len(text), (title,) if title else ()),) if text else ())


def _unit(vector: "Vectors") -> "Vectors":
    length = float(np.linalg.norm(vector))
    if not length:  # no words: any fixed direction
        return np.full(vector.shape, 1 / math.sqrt(vector.size), np.float32)
    return (vector / length).astype(np.float32)
