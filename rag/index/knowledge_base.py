"""One base of documents: its catalogue, its vectors, and all that can be done with its files."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from rag import chunking, loading
from rag.about import Audience
from rag.config import Settings
from rag.errors import IndexBusyError, NotFoundError, RagError
from rag.index.across import Languages, Middles
from rag.index.audit import AuditLog, audited
from rag.index.bases import WRITER_LOCK
from rag.index.catalogue import CatalogueReader, CatalogueWriter, IndexSpec
from rag.index.catalogue.erasing import forget_deleted
from rag.index.ingestion import Activity, Bounds, Ingestion, IngestReport
from rag.index.mending import Mending
from rag.index.retrieval import Retriever
from rag.index.said import Said
from rag.index.store import Chroma
from rag.languages.detect import language_of
from rag.languages.dictionary import is_word
from rag.languages.spoken import spoken
from rag.loading.rules import Rules
from rag.privacy import Mask, mask, unmasked
from rag.protocols import Embedder
from rag.text import replace_lone_surrogates
from rag.types import Chunk, Document, FileReport, Passage, Progress

log = logging.getLogger(__name__)
_LOST = "the catalogue of %s is empty, but %d uploaded files are there: was it lost? `rag documents retry` reads them again"

Tokenize = Callable[[str], list[tuple[int, int]]]
Names = Sequence[str]
_TRY_AGAIN = 5.0  # seconds between two tries while another process is writing
_LOOKED_THROUGH = 300  # documents with a question that examples are taken of


@dataclass(frozen=True, slots=True)
class Parts:
    """What a base is made of. `dense_weight` is the share 0..1 of the vector search in the fused score. `audience` is who asks:
    the public sees nothing of what is internal, not even that it is there. `today` is the day asked on. `mask` hides what
    people type of themselves before it is kept.
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
    mask: Mask = mask
    audit: AuditLog | None = None


class KnowledgeBase:
    """Documents to ask: what is in them, which passages fit a question, and how files come and go. Safe for threads."""

    def __init__(self, name: str, parts: Parts) -> None:
        self.name = name
        self._parts = parts
        self._catalogue = parts.catalogue
        self.said = Said(parts.catalogue, parts.embedder, parts.mask)
        self._ingestion = parts.ingestion
        self._internal = parts.audience == "internal"
        self._waits = threading.Event()
        self._middles = Middles(parts.catalogue)
        self._mending = Mending(parts.chroma, lambda: parts.ingestion.ingest([]))

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
        ocr = loading.OcrLimits(settings.ocr_seconds, settings.ocr_pages, settings.ocr_memory_mb, settings.threads)
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
                ocr=ocr if settings.ocr else None,
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
            rules=Rules(uploads),
            bounds=Bounds(settings.max_files, settings.max_all_passages, settings.max_all_mb, settings.max_uploads_mb),
        )
        hide, audit = mask if settings.mask else unmasked, AuditLog(settings.data_dir)
        weight, audience = settings.dense_weight, settings.audience
        parts = Parts(catalogue, chroma, ingestion, spec, embedder, uploads, weight, audience, today, hide, audit)
        base = cls(name, parts)
        if not catalogue.files() and (lost := len(base.unknown_uploads())):
            log.warning(_LOST, folder, lost)
        return base

    def mend_behind(self) -> None:
        """From now on damaged vectors are made again in a thread; see `Mending`."""
        self._mending.behind = True

    def seen_by(self, audience: Audience) -> "KnowledgeBase":
        """The same base, with the same files and connections, as another audience sees it."""
        seen = copy(self)
        seen._internal = audience == "internal"
        return seen

    def retrieve(
        self, text: str, k: int, *, documents: Names = (), folders: Names = (), context: str = "", language: str = ""
    ) -> list[Passage]:
        """The k best passages, of the documents and folders named where any are; see `Retriever.retrieve`. Raises
        NotFoundError for a name that is not there, IndexMismatchError where the index was made with other settings.
        """
        if (retriever := self.retriever()) is None:
            return []
        if not documents and not folders:
            return retriever.retrieve(text, k, context=context, language=language)
        named = self._catalogue.resolve(documents, internal=self._internal)
        below = self._catalogue.resolve([folder.rstrip("/") + "/" for folder in folders], internal=self._internal)
        return retriever.retrieve(text, k, sorted({*named, *below}), named, context=context, language=language)

    def retriever(self) -> Retriever | None:
        """The search over the active index; None before the first ingestion."""
        parts = self._parts
        if (index := self._catalogue.index(parts.spec)) is None:
            return None
        catalogue, embedder, internal = self._catalogue, parts.embedder, self._internal
        return Retriever(
            partial(embedder.embed, kind="query"),
            self._mending.as_they_are(index) if catalogue.database.only_read else self._mending.search(index),
            partial(catalogue.search, internal=internal),
            partial(catalogue.chunks_by_id, internal=internal),
            parts.dense_weight,
            embedder.knows,
            None if internal else catalogue.seen,
            parts.today,
            partial(catalogue.corrected, is_word=is_word, internal=internal),
            Languages(catalogue.languages, self._mending.vectors(index), self._middles),
        )

    def ingest(
        self, paths: Sequence[Path], progress: Progress | None = None, *, audience: Audience | None = None
    ) -> IngestReport:
        """Bring the index up to date with files and folders; see `Ingestion.ingest`."""
        with self._audited():
            return self._ingestion.ingest(paths, progress, audience=audience)

    def ingest_when_free(
        self, paths: Sequence[Path], closing: threading.Event, progress: Progress | None = None
    ) -> IngestReport:
        """As `ingest`, but where another process is writing, waits for it, until `closing` is set."""
        told = False
        while True:
            try:
                return self._ingestion.ingest(paths, progress)
            except IndexBusyError as error:
                if closing.is_set():
                    raise
                if not told:
                    log.warning("%s; serving what the index holds until then", error)
                told = True
            self._waits.set()
            closing.wait(_TRY_AGAIN)
            self._waits.clear()

    def upload(
        self, paths: Sequence[Path], progress: Progress | None = None, *, audience: Audience | None = None
    ) -> IngestReport:
        """Keep copies of a person's files beside the index, and ingest those; see `Ingestion.upload`."""
        with self._audited():
            return self._ingestion.upload(paths, self._parts.uploads, progress, audience=audience)

    def rebuild(self, progress: Progress | None = None) -> IngestReport:
        """Make the index anew beside the old one, which answers until the new one is complete."""
        with self._audited():
            return self._ingestion.rebuild(progress)

    def retry(self, names: Sequence[str] = (), progress: Progress | None = None, *, ids: Sequence[int] = ()) -> IngestReport:
        """Read files again: those named or numbered, or all that could not be read."""
        self._check_seen(names, ids)
        with self._audited():
            return self._ingestion.retry(names, progress, ids=ids)

    def unknown_uploads(self) -> list[Path]:
        """Uploaded files that the catalogue does not know; `ingest` reads them."""
        return self._ingestion.unknown(self._parts.uploads)

    def activity(self) -> Activity | None:
        """What this process is doing with the files now; None while it does nothing."""
        return Activity(waits=True) if self._waits.is_set() else self._ingestion.activity()

    def stop(self) -> None:
        """End what is being done with the files; see `Ingestion.stop`."""
        self._ingestion.stop()

    def pause(self) -> None:
        """End it so that the next ingestion goes on with it; see `Ingestion.pause`."""
        self._ingestion.pause()

    def delete(self, id: int) -> FileReport:
        """Take a file out of the index, and the copy kept of an upload; raises NotFoundError where no file has that number."""
        self._check_seen(ids=[id])
        with self._audited():
            file = self._ingestion.delete(id)
        forget_deleted(self._catalogue.database)
        if file.uploaded:
            (self._parts.uploads / Path(file.path).name).unlink(missing_ok=True)
        return file

    def file_named(self, name: str) -> FileReport:
        """The one file of a name; raises NotFoundError where there is none, RagError where there are several."""
        found = [file for file in self.files() if file.name == replace_lone_surrogates(name)]
        if not found:
            raise NotFoundError(f"no file is named {name!r}; `rag documents list` shows their names")
        if len(found) > 1:
            each = ", ".join(f"{file.id} is {file.path}" for file in found)
            raise RagError(
                f"{len(found)} files are named {name!r}: {each}; say which by its number, as in "
                f"`rag documents delete --id {found[-1].id}`"
            )
        return found[0]

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

    def passages(self, name: str) -> list[Chunk]:
        """All passages of a document, where they are few enough to be read for one question and the file was read whole."""
        return self._catalogue.passages(name, internal=self._internal)

    def is_empty(self) -> bool:
        """Whether there is no document to answer from."""
        return not self._catalogue.counts().documents

    def examples(self, n: int = 3) -> list[str]:
        """Up to n questions that the documents themselves ask, as titles or headings, spread over the files, those in the
        language spoken first.
        """
        found = [one for one in self._catalogue.questions(_LOOKED_THROUGH, internal=self._internal) if len(one[1]) <= 100]
        first = list(dict(reversed(found)).values())[::-1]  # one a file
        every = first + [asked for _, asked in found if asked not in first]
        return sorted(every, key=lambda asked: language_of(asked) != spoken())[:n]

    def _audited(self) -> AbstractContextManager[None]:
        return audited(self._parts.audit, self.name, self._catalogue.versions)

    def _check_seen(self, names: Sequence[str] = (), ids: Sequence[int] = ()) -> None:
        """Raises NotFoundError for a file that the asker may not know of, as for one that is not there."""
        seen = self.files()
        every = self._catalogue.files(internal=True)
        for name in ({file.name for file in every} - {file.name for file in seen}).intersection(names):
            raise NotFoundError(f"no file is named {name!r}; `rag documents list` shows their names")
        if ({file.id for file in every} - {file.id for file in seen}).intersection(ids):
            raise NotFoundError("this file is not in the index any more; `rag documents list` shows those that are")

    def close(self) -> None:
        """Let go of the files and connections; the base cannot be used after."""
        self._parts.chroma.close()
        self._catalogue.close()
