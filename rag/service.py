"""The one module that knows the order of the stages: files in, answers out.

Retrieval, reading, answering and attribution meet here; the page, the command line and evaluation all call this.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Stream
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np

from rag import checking as attribution
from rag.answering import citations
from rag.answering import prompt as prompting
from rag.checking.draft import Draft
from rag.config import Settings
from rag.conversation import follow_up as conversation
from rag.errors import ModelError, RagError
from rag.index.catalogue import Catalogue, IndexSpec
from rag.index.ingestion import Ingestion, IngestReport
from rag.index.retrieval import Retriever
from rag.index.store import Chroma
from rag.reading import rank
from rag.text import asks_amount, asks_how, names_amount, terms
from rag.types import (
    Answer,
    Citation,
    Delta,
    Document,
    Embedder,
    Event,
    Evidence,
    FileReport,
    Generator,
    Message,
    Passage,
    Progress,
    Reader,
    Reading,
    Status,
    Support,
    TokenVectors,
    Turn,
    Vectors,
    Verified,
)

LONGEST_QUESTION = 4000  # characters; more is a document, not a question
PROMPTED = 3  # passages the model reads; every one delays the first word
_LOOKED_THROUGH = 300  # documents searched for example questions
_REFUSAL = "I found nothing in the documents that answers this."
_EMPTY = "There are no documents to answer from yet."

_Settled = tuple[str, Status, tuple[Support, ...], str]
"""What is said, with which status, what it rests on, and what the model wrote besides."""


class Assistant:
    """Finished parts in, answers out. `open` builds it from settings."""

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        chroma: Chroma,
        ingestion: Ingestion,
        spec: IndexSpec,
        embedder: Embedder,
        readers: Sequence[Reader],
        generator: Callable[[], Generator],
    ) -> None:
        self.settings = settings
        self._catalogue = catalogue
        self._chroma = chroma
        self._ingestion = ingestion
        self._spec = spec
        self._embedder = embedder
        self._readers = readers
        self._generator = generator
        self._uploads = settings.data_dir / "uploads"
        self.models = {"embedder": settings.embedder, "generator": settings.generator}

    @classmethod
    def open(cls, settings: Settings, progress: Progress | None = None) -> "Assistant":
        """The assistant that the settings describe; see `rag.assembly`."""
        from rag.assembly import assemble

        return assemble(settings, progress)

    def warm_up(self) -> None:
        """Load the generator now, so that the first question need not wait for it."""
        self._generator()

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, documents: Sequence[str] = (), folders: Sequence[str] = ()
    ) -> Iterator[Event]:
        """One Reading, then Delta pieces of the draft with Verified between them, then the Answer; closing the iterator stops
        the model.

        Raises RagError for a question that is empty or over 4,000 characters, and for a filter that names nothing.
        """
        clock = _Clock()
        searched = conversation.standalone(self._checked(question), history)
        passages = self._retrieve(searched, self._candidates(searched, self.settings.top_k), documents, folders)
        clock.lap("retrieve")
        evidence = self._read(searched, passages)[: self.settings.top_k]
        clock.lap("read")
        found = tuple(citations.cite(n, item) for n, item in enumerate(evidence, 1))
        confidence = round(evidence[0].confidence, 3) if evidence else 0.0
        yield Reading(searched, found)

        if confidence >= self._refuse_below(searched):
            text, status, support, left_out = yield from self._answer(searched, evidence, clock)
        else:
            text, status, support, left_out = self._refuse(question, confidence)
        cited, closest, support = citations.keep_cited(found, support)
        models = {**self.models, "reader": self.reader(searched).name}
        yield Answer(question, searched, text, status, confidence, cited, support, closest, clock.laps(), models, left_out)

    def ask(
        self, question: str, history: Sequence[Turn] = (), *, documents: Sequence[str] = (), folders: Sequence[str] = ()
    ) -> Answer:
        """The whole answer at once; see `stream`."""
        *_, answer = self.stream(question, history, documents=documents, folders=folders)
        if not isinstance(answer, Answer):
            raise TypeError(f"the stream ended with {type(answer).__name__}, not with an Answer")
        return answer

    def search(
        self, question: str, k: int, *, documents: Sequence[str] = (), folders: Sequence[str] = ()
    ) -> tuple[Citation, ...]:
        """The k best passages with their highlights, best first; nothing is generated."""
        found = self.evidence(question, k, documents=documents, folders=folders)
        return tuple(citations.cite(n, item) for n, item in enumerate(found, 1))

    def retrieve(self, question: str, k: int, *, documents: Sequence[str] = (), folders: Sequence[str] = ()) -> list[Passage]:
        """The k best passages by vectors and keywords, not yet read."""
        return self._retrieve(self._checked(question), k, documents, folders)

    def retriever(self) -> Retriever | None:
        """The search over the active index; None before the first ingestion."""
        index = self._catalogue.index(self._spec)
        if index is None:
            return None
        store = self._chroma.open(index.collection, self._spec.metric, index.revision)
        return Retriever(
            self._embed,
            store.search,
            self._catalogue.search,
            self._catalogue.chunks_by_id,
            self.settings.dense_weight,
            self._embedder.knows,
        )

    def evidence(self, question: str, k: int, *, documents: Sequence[str] = (), folders: Sequence[str] = ()) -> list[Evidence]:
        """What `search` shows, with the scores it comes from."""
        searched = self._checked(question)
        return self._read(searched, self._retrieve(searched, self._candidates(searched, k), documents, folders))[:k]

    def reader(self, question: str) -> Reader:
        """The first that knows the question's script; the last knows all."""
        return next(reader for reader in self._readers if reader.knows(question))

    def similarity(self, a: str, b: str) -> float:
        """Similarity of two texts by the embedder: cosine, or 1/(1+distance) for the Euclidean metric."""
        one, other = self._embedder.embed([self._fit(a), self._fit(b)])
        if self.settings.metric == "cosine":
            return float(np.dot(one, other))
        return 1 / (1 + float(np.linalg.norm(one - other)))

    def ingest(self, paths: Sequence[Path], progress: Progress | None = None) -> IngestReport:
        """Bring the index up to date with files and folders; see `Ingestion.ingest`."""
        return self._ingestion.ingest(paths, progress)

    def upload(self, paths: Sequence[Path], progress: Progress | None = None) -> IngestReport:
        """Keep copies of a person's files in the data folder, and ingest those."""
        self._uploads.mkdir(parents=True, exist_ok=True)
        kept = [Path(shutil.copyfile(path, self._uploads / path.name)) for path in paths]
        return self._ingestion.ingest(kept, progress)

    def rebuild(self, progress: Progress | None = None) -> IngestReport:
        """Make the index anew beside the old one, which answers until the new one is complete."""
        return self._ingestion.rebuild(progress)

    def retry(self, names: Sequence[str] = (), progress: Progress | None = None) -> IngestReport:
        """Read files again: those named, or all that could not be read."""
        return self._ingestion.retry(names, progress)

    def delete(self, name: str) -> None:
        """Take a file out of the index, and with it the copy kept of an upload; a person's own file stays."""
        self._ingestion.delete(name)
        upload = self._uploads / name
        if upload.is_file() and upload.parent == self._uploads:
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

    def examples(self, n: int = 3) -> list[str]:
        """Up to n questions that the documents themselves ask, as titles or headings, spread over the files."""
        found: list[tuple[str, str]] = []
        for name in self._catalogue.documents()[:_LOOKED_THROUGH]:
            document = self.document(name)
            headings = [section.headings[-1] for section in document.sections if section.headings]
            asked = next((text for text in (document.title, *headings) if text.rstrip().endswith(("?", "？"))), None)
            if asked and len(asked) <= 100:
                found.append((name.partition("#")[0], asked))
        first = list(dict(reversed(found)).values())[::-1]  # one a file
        return (first + [asked for _, asked in found if asked not in first])[:n]

    def add_feedback(self, answer: Answer, *, liked: bool, reason: str = "", comment: str = "") -> None:
        """Keep what a person thought of an answer."""
        cited = [citation.document for citation in answer.citations]
        self._catalogue.add_feedback(answer.question, answer.text, cited, liked=liked, reason=reason, comment=comment)

    def close(self) -> None:
        """Let go of the files and connections; the assistant cannot be used after."""
        self._chroma.close()
        self._catalogue.close()

    def _checked(self, question: str) -> str:
        if not question.strip():
            raise RagError("The question is empty: type what you want to know.")
        if len(question) > LONGEST_QUESTION:
            raise RagError(f"The question has {len(question):,} characters; ask in at most {LONGEST_QUESTION:,}.")
        return question.strip()

    def _answer(self, question: str, evidence: Sequence[Evidence], clock: "_Clock") -> Stream[Event, None, _Settled]:
        """Streams the model's draft until a sentence does not hold; returns what holds and answers, and otherwise the sentence
        of the best passage that answers best.
        """
        generator = self._generator()
        messages, used = self._prompt(generator, question, evidence)
        shown = [item.passage.chunk.text for item in evidence[:used]]
        attribute = cache(attribution.Attributor(shown, self._embed_tokens))  # a first sentence is a whole draft too

        def answers(text: str) -> bool:
            named = not asks_amount(question) or names_amount(_new_words(text, question))
            told = not asks_how(question) or attribution.tells_how(text, evidence)
            return named and told and attribution.agrees(text, evidence) and attribution.carries(attribute(text), evidence)

        draft = Draft(lambda sentence: attribution.holds(attribute(sentence)), answers)
        hint = prompting.speculation_hint(evidence[0])
        with closing(generator.stream(messages, self.settings.answer_tokens, hint)) as pieces:
            for piece in pieces:
                if not draft.text:
                    clock.mark("first_token")
                yield Delta(piece)
                if draft.add(piece):
                    yield Verified(draft.verified)
                if draft.ended:
                    break
        written = prompting.text_counter(generator.count_tokens)(draft.text)
        if draft.finish(cut=written >= self.settings.answer_tokens - 1):
            yield Verified(draft.verified)
        if draft.verified:
            return draft.verified, "answered", attribute(draft.verified).support, draft.left_out
        best = evidence[0]
        span = best.quote or best.sentence
        quote = best.passage.chunk.text[span.start : span.end]
        return quote, "quoted", (Support(0, len(quote), 1, 1.0),), draft.left_out

    def _refuse_below(self, question: str) -> float:
        """The confidence under which this question is refused: the setting, or else the threshold of its reader."""
        set_to = self.settings.refuse_below
        return self.reader(question).refuse_below if set_to is None else set_to

    def _refuse(self, question: str, confidence: float) -> _Settled:
        """An honest no; the question is kept as a gap in the documents."""
        if not self._catalogue.counts().documents:
            return _EMPTY, "refused", (), ""
        self._catalogue.add_gap(question, confidence)
        return _REFUSAL, "refused", (), ""

    def _retrieve(self, question: str, k: int, documents: Sequence[str], folders: Sequence[str]) -> list[Passage]:
        retriever = self.retriever()
        if retriever is None:
            return []
        names = [*documents, *(folder.rstrip("/") + "/" for folder in folders)]
        return retriever.retrieve(question, k, self._catalogue.resolve(names) if names else None)

    def _candidates(self, question: str, k: int) -> int:
        """How many passages are read to find the k best."""
        return max(k, self.settings.candidates or self.reader(question).candidates)

    def _read(self, question: str, passages: Sequence[Passage]) -> list[Evidence]:
        return rank(self.reader(question).read(self._fit(question), passages))

    def _prompt(self, generator: Generator, question: str, evidence: Sequence[Evidence]) -> tuple[tuple[Message, ...], int]:
        room = generator.window - self.settings.answer_tokens
        if room < 1:
            raise ModelError(
                f"RAG_ANSWER_TOKENS is {self.settings.answer_tokens}, but {generator.name} has a window of "
                f"{generator.window} tokens: lower it."
            )
        return prompting.build(
            question,
            evidence[:PROMPTED],
            count_tokens=generator.count_tokens,
            budget=min(self.settings.prompt_tokens, room),
        )

    def _embed(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.embed([self._fit(text) for text in texts])

    def _embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return self._embedder.embed_tokens([self._fit(text) for text in texts])

    def _fit(self, text: str) -> str:
        """A question or answer longer than the encoder's window is compared by its beginning."""
        while (count := self._embedder.count_tokens([text])[0]) > self._embedder.window:
            text = text[: int(len(text) * self._embedder.window / count * 0.95)]
        return text


def _new_words(draft: str, question: str) -> str:
    """What the draft says beyond the question's own words."""
    asked = set(terms(question))
    return " ".join(term for term in terms(draft) if term not in asked)


class _Clock:
    """Milliseconds of each stage of one question."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps = {"retrieve": 0.0, "read": 0.0, "first_token": 0.0, "total": 0.0}

    def lap(self, stage: str) -> None:
        """The time since the last lap belongs to `stage`."""
        now = time.perf_counter()
        self._laps[stage], self._last = (now - self._last) * 1000, now

    def mark(self, event: str) -> None:
        """`event` happened now, counted from the question."""
        self._laps[event] = (time.perf_counter() - self._start) * 1000

    def laps(self) -> dict[str, float]:
        self.mark("total")
        return {stage: round(value, 1) for stage, value in self._laps.items()}
