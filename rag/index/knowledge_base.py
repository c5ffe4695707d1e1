"""One base of documents: its catalogue, its vectors, and all that can be done with its files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from rag import chunking, loading
from rag.about import Audience
from rag.config import Settings
from rag.errors import NotFoundError
from rag.index.bases import WRITER_LOCK
from rag.index.catalogue import CatalogueReader, CatalogueWriter, Gap, IndexSpec
from rag.index.ingestion import Ingestion, IngestReport
from rag.index.retrieval import Retriever
from rag.index.store import Chroma
from rag.loading.rules import Rules
from rag.protocols import Embedder
from rag.types import Answer, Document, FileReport, Passage, Progress

Tokenize = Callable[[str], list[tuple[int, int]]]
_LOOKED_THROUGH = 300  # documents with a question that examples are taken of


@dataclass(frozen=True, slots=True)
class Parts:
    """What a base is made of. `dense_weight` is the share 0..1 of the vector search in the fused score.

    `audience` is who asks: the public sees nothing of what is internal, not even that it is there. `today` is the day asked on.
    """

    catalogue: CatalogueReader
    chroma: Chroma
    ingestion: Ingestion
    spec: IndexSpec
    embedder: Embedder
    uploads: Path
    dense_weight: float
    audience: Audience = "public"
    today: Callable[[], date] = date.today


class KnowledgeBase:
    """Documents to ask: what is in them, which passages fit a question, and how files come and go. Safe for threads."""

    def __init__(self, name: str, parts: Parts) -> None:
        self.name = name
        self._parts = parts
        self._catalogue = parts.catalogue
        self._ingestion = parts.ingestion
        self._internal = parts.audience == "internal"

    @classmethod
    def open(
        cls,
        name: str,
        folder: Path,
        settings: Settings,
        spec: IndexSpec,
        embedder: Embedder,
        tokenize: Tokenize,
        today: Callable[[], date] = date.today,
    ) -> "KnowledgeBase":
        """The base in `folder`, made where it is missing; raises StoreError."""
        uploads = folder / "uploads"
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
                ocr=_ocr_limits(settings),
            ),
            chunk=partial(chunking.split, tokenize=tokenize, max_tokens=settings.chunk_tokens, overlap=settings.chunk_overlap),
            lock=folder / WRITER_LOCK,
            rules=Rules(uploads),
        )
        parts = Parts(catalogue, chroma, ingestion, spec, embedder, uploads, settings.dense_weight, settings.audience, today)
        return cls(name, parts)

    def retrieve(self, text: str, k: int, *, documents: Sequence[str] = (), folders: Sequence[str] = ()) -> list[Passage]:
        """The k best passages by vectors and keywords, of the documents and folders named where any are.

        Raises NotFoundError for a name that is not there, IndexMismatchError where the index was made with other settings.
        """
        retriever = self.retriever()
        if retriever is None:
            return []
        if not documents and not folders:
            return retriever.retrieve(text, k)
        named = self._catalogue.resolve(documents, internal=self._internal)
        below = self._catalogue.resolve([folder.rstrip("/") + "/" for folder in folders], internal=self._internal)
        return retriever.retrieve(text, k, sorted({*named, *below}), named)

    def retriever(self) -> Retriever | None:
        """The search over the active index; None before the first ingestion."""
        parts = self._parts
        index = self._catalogue.index(parts.spec)
        if index is None:
            return None
        store = parts.chroma.open(index.collection, parts.spec.metric, index.revision)
        catalogue, embedder, internal = self._catalogue, parts.embedder, self._internal
        return Retriever(
            partial(embedder.embed, kind="query"),
            store.search,
            partial(catalogue.search, internal=internal),
            partial(catalogue.chunks_by_id, internal=internal),
            parts.dense_weight,
            embedder.knows,
            None if internal else catalogue.seen,
            parts.today,
        )

    def ingest(
        self, paths: Sequence[Path], progress: Progress | None = None, *, audience: Audience | None = None
    ) -> IngestReport:
        """Bring the index up to date with files and folders; see `Ingestion.ingest`."""
        return self._ingestion.ingest(paths, progress, audience=audience)

    def upload(
        self, paths: Sequence[Path], progress: Progress | None = None, *, audience: Audience | None = None
    ) -> IngestReport:
        """Keep copies of a person's files beside the index, and ingest those; see `Ingestion.upload`."""
        return self._ingestion.upload(paths, self._parts.uploads, progress, audience=audience)

    def rebuild(self, progress: Progress | None = None) -> IngestReport:
        """Make the index anew beside the old one, which answers until the new one is complete."""
        return self._ingestion.rebuild(progress)

    def retry(self, names: Sequence[str] = (), progress: Progress | None = None) -> IngestReport:
        """Read files again: those named, or all that could not be read."""
        self._check_seen(names)
        return self._ingestion.retry(names, progress)

    def delete(self, name: str) -> None:
        """Take a file out of the index, and with it the copy kept of an upload; a person's own file stays."""
        self._check_seen([name])
        self._ingestion.delete(name)
        upload = self._parts.uploads / name
        if upload.is_file() and upload.parent == self._parts.uploads:
            upload.unlink()

    def files(self) -> list[FileReport]:
        return self._catalogue.files(internal=self._internal)

    def folders(self) -> list[str]:
        return self._catalogue.folders(internal=self._internal)

    def documents(self) -> list[str]:
        """The names of all that can be quoted from, sorted; a file of many rows has one for each."""
        return self._catalogue.documents(internal=self._internal)

    def document(self, name: str) -> Document:
        """The text answers are quoted from; raises NotFoundError."""
        return self._catalogue.document(name, internal=self._internal)[0]

    def is_empty(self) -> bool:
        """Whether there is no document to answer from."""
        return not self._catalogue.counts().documents

    def examples(self, n: int = 3) -> list[str]:
        """Up to n questions that the documents themselves ask, as titles or headings, spread over the files."""
        asked_there = self._catalogue.questions(_LOOKED_THROUGH, internal=self._internal)
        found = [(file, asked) for file, asked in asked_there if len(asked) <= 100]
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

    def _check_seen(self, names: Sequence[str]) -> None:
        """Raises NotFoundError for a file that the asker may not know of."""
        hidden = {file.name for file in self._catalogue.files(internal=True)} - {file.name for file in self.files()}
        for name in hidden.intersection(names):
            raise NotFoundError(f"no file is named {name!r}; `rag documents list` shows their names")

    def close(self) -> None:
        """Let go of the files and connections; the base cannot be used after."""
        self._parts.chroma.close()
        self._catalogue.close()


def _ocr_limits(settings: Settings) -> loading.OcrLimits | None:
    if not settings.ocr:
        return None
    return loading.OcrLimits(settings.ocr_seconds, settings.ocr_pages, settings.ocr_memory_mb, settings.threads)
