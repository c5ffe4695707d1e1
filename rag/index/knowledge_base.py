"""One base of documents: its catalogue, its vectors, and all that can be done with its files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rag import chunking, loading
from rag.config import Settings
from rag.index.bases import WRITER_LOCK
from rag.index.catalogue import CatalogueReader, CatalogueWriter, Gap, IndexSpec
from rag.index.ingestion import Ingestion, IngestReport
from rag.index.retrieval import Retriever
from rag.index.store import Chroma
from rag.protocols import Embedder
from rag.types import Answer, Document, FileReport, Passage, Progress

Tokenize = Callable[[str], list[tuple[int, int]]]
_LOOKED_THROUGH = 300  # documents with a question that examples are taken of


@dataclass(frozen=True, slots=True)
class Parts:
    """What a base is made of. `dense_weight` is the share 0..1 of the vector search in the fused score."""

    catalogue: CatalogueReader
    chroma: Chroma
    ingestion: Ingestion
    spec: IndexSpec
    embedder: Embedder
    uploads: Path
    dense_weight: float


class KnowledgeBase:
    """Documents to ask: what is in them, which passages fit a question, and how files come and go. Safe for threads."""

    def __init__(self, name: str, parts: Parts) -> None:
        self.name = name
        self._parts = parts
        self._catalogue = parts.catalogue
        self._ingestion = parts.ingestion

    @classmethod
    def open(
        cls, name: str, folder: Path, settings: Settings, spec: IndexSpec, embedder: Embedder, tokenize: Tokenize
    ) -> "KnowledgeBase":
        """The base in `folder`, made where it is missing; raises StoreError."""
        catalogue = CatalogueReader.open(folder)
        chroma = Chroma.at(folder, url=settings.chroma_url)
        ingestion = Ingestion(
            catalogue=CatalogueWriter(catalogue.database),
            stores=chroma,
            embedder=embedder,
            spec=spec,
            discover=loading.discover,
            load=partial(
                loading.load,
                seconds=settings.parse_seconds,
                memory_mb=settings.parse_memory_mb,
                max_mb=settings.max_upload_mb,
                most=settings.max_passages,
            ),
            chunk=partial(
                chunking.split,
                tokenize=tokenize,
                max_tokens=settings.chunk_tokens,
                overlap=settings.chunk_overlap,
                most=settings.max_passages + 1,
            ),
            most_passages=settings.max_passages,
            lock=folder / WRITER_LOCK,
        )
        return cls(name, Parts(catalogue, chroma, ingestion, spec, embedder, folder / "uploads", settings.dense_weight))

    def retrieve(self, text: str, k: int, *, documents: Sequence[str] = (), folders: Sequence[str] = ()) -> list[Passage]:
        """The k best passages by vectors and keywords, of the documents and folders named where any are.

        Raises NotFoundError for a name that is not there, IndexMismatchError where the index was made with other settings.
        """
        retriever = self.retriever()
        if retriever is None:
            return []
        names = [*documents, *(folder.rstrip("/") + "/" for folder in folders)]
        return retriever.retrieve(text, k, self._catalogue.resolve(names) if names else None)

    def retriever(self) -> Retriever | None:
        """The search over the active index; None before the first ingestion."""
        parts = self._parts
        index = self._catalogue.index(parts.spec)
        if index is None:
            return None
        store = parts.chroma.open(index.collection, parts.spec.metric, index.revision)
        embedder, search = parts.embedder, self._catalogue.search
        chunks = self._catalogue.chunks_by_id
        return Retriever(embedder.embed, store.search, search, chunks, parts.dense_weight, embedder.knows)

    def ingest(self, paths: Sequence[Path], progress: Progress | None = None) -> IngestReport:
        """Bring the index up to date with files and folders; see `Ingestion.ingest`."""
        return self._ingestion.ingest(paths, progress)

    def upload(self, paths: Sequence[Path], progress: Progress | None = None) -> IngestReport:
        """Keep copies of a person's files beside the index, and ingest those; see `Ingestion.upload`."""
        return self._ingestion.upload(paths, self._parts.uploads, progress)

    def rebuild(self, progress: Progress | None = None) -> IngestReport:
        """Make the index anew beside the old one, which answers until the new one is complete."""
        return self._ingestion.rebuild(progress)

    def retry(self, names: Sequence[str] = (), progress: Progress | None = None) -> IngestReport:
        """Read files again: those named, or all that could not be read."""
        return self._ingestion.retry(names, progress)

    def delete(self, name: str) -> None:
        """Take a file out of the index, and with it the copy kept of an upload; a person's own file stays."""
        self._ingestion.delete(name)
        upload = self._parts.uploads / name
        if upload.is_file() and upload.parent == self._parts.uploads:
            upload.unlink()

    def files(self) -> list[FileReport]:
        return self._catalogue.files()

    def folders(self) -> list[str]:
        return self._catalogue.folders()

    def documents(self) -> list[str]:
        """The names of all that can be quoted from, sorted; a file of many rows has one for each."""
        return self._catalogue.documents()

    def document(self, name: str) -> Document:
        """The text answers are quoted from; raises NotFoundError."""
        return self._catalogue.document(name)[0]

    def is_empty(self) -> bool:
        """Whether there is no document to answer from."""
        return not self._catalogue.counts().documents

    def examples(self, n: int = 3) -> list[str]:
        """Up to n questions that the documents themselves ask, as titles or headings, spread over the files."""
        found = [(file, asked) for file, asked in self._catalogue.questions(_LOOKED_THROUGH) if len(asked) <= 100]
        first = list(dict(reversed(found)).values())[::-1]  # one a file
        return (first + [asked for _, asked in found if asked not in first])[:n]

    def add_feedback(self, answer: Answer, *, liked: bool, reason: str = "", comment: str = "") -> None:
        """Keep what a person thought of an answer."""
        cited = [citation.document for citation in answer.citations]
        self._catalogue.add_feedback(answer.question, answer.text, cited, liked=liked, reason=reason, comment=comment)

    def add_gap(self, question: str, confidence: float) -> None:
        """Keep a refused question as a gap in the documents."""
        self._catalogue.add_gap(question, confidence)

    def gaps(self, limit: int = 1000) -> list[Gap]:
        """The questions that were refused, the newest first."""
        return self._catalogue.gaps(limit)

    def close(self) -> None:
        """Let go of the files and connections; the base cannot be used after."""
        self._parts.chroma.close()
        self._catalogue.close()
