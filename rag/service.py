"""Models and a base of documents to an assistant: what the page, the command line, servers and evaluation all call."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from rag.about import Audience
from rag.answering import answer, citations, reply
from rag.answering.ask_back import Gate, load_gate
from rag.answering.prompt import SYSTEM
from rag.answering.tally import Wishes, tally
from rag.checking import ExactChecker
from rag.config import Settings
from rag.conversation.follow_up import ShortMessages, alone, in_context, with_choices
from rag.conversation.load import load_leaning, load_router, load_wishes
from rag.conversation.replies import Replies, contact_questions
from rag.conversation.router import Unrouted, asked_in, route_in
from rag.errors import SettingsError
from rag.index.bases import use_base
from rag.index.catalogue import IndexSpec
from rag.index.ingestion import Activity, IngestReport
from rag.index.knowledge_base import KnowledgeBase, Names
from rag.index.retrieval import Retriever
from rag.languages.spoken import is_spoken, spoken
from rag.models.device import share_cores
from rag.models.encoder import BertEmbedder, fingerprint
from rag.models.generator import address
from rag.models.heap import give_back, share_heaps
from rag.models.load import embedder_weights, load_generator, once
from rag.protocols import Checker, Embedder, Generator, Reader, Rewriter, Router
from rag.query import Query, fit_window
from rag.reading.load import load_readers
from rag.types import Answer, Citation, Document, Event, Evidence, FileReport, Passage, Progress, Turn


@dataclass(frozen=True, slots=True)
class Models:
    """What answers need besides documents; loaded once, whatever number of bases is open.

    `readers` stand in the order they are asked whether they know a text's script; the last knows all; of `rewriters` none may
    know it. `generator` loads when it is first called. `tokenize` gives the characters (start, end) of the encoder's tokens.
    Without a `gate` nothing is asked back.
    """

    embedder: Embedder
    tokenize: Callable[[str], list[tuple[int, int]]]
    spec: IndexSpec
    readers: Sequence[Reader]
    generator: Callable[[], Generator]
    checker: Checker
    names: dict[str, str]
    rewriters: Sequence[Rewriter] = ()
    router: Router = field(default_factory=Unrouted)
    wishes: Wishes | None = None
    gate: Gate | None = None

    def reader(self, text: str) -> Reader:
        """The first that knows the script of a text."""
        return next(reader for reader in self.readers if reader.knows(text))


class Assistant:
    """Answers questions from one base with the models given. `open` loads both from settings."""

    def __init__(self, settings: Settings, models: Models, base: KnowledgeBase) -> None:
        self.settings = settings
        self.models = models
        self.base = base
        self._replies = Replies.read(settings.replies, settings.base)

    @classmethod
    def open(cls, settings: Settings, progress: Progress | None = None) -> "Assistant":
        """The assistant over the settings' base. Raises as `load_models` and `open_base` do."""
        models = load_models(settings, progress)
        return cls(settings, models, open_base(settings, models))

    def seen_by(self, audience: Audience) -> "Assistant":
        """The same assistant, as another audience may ask it."""
        return Assistant(self.settings, self.models, self.base.seen_by(audience))

    def warm_up(self) -> None:
        """Load the generator now, so that the first question need not wait for it."""
        self.models.generator()

    def stream(
        self,
        message: str,
        history: Sequence[Turn] = (),
        *,
        documents: Names = (),
        folders: Names = (),
        desk: bool = False,
    ) -> Iterator[Event]:
        """One Reading, then Delta pieces of the draft with Verified between them, then the Answer; closing the iterator stops
        the model. What asks nothing of the documents is replied to at once. `desk`: who wants a person is handed to one.

        Raises RagError for a message that is empty or over 4,000 characters, and for a filter that names nothing.
        """
        typed = Query.of(message, self.models.embedder).message
        route = route_in(self.models.router, typed, history)
        language = route.language if is_spoken(route.language) else spoken()
        if route.kind == "handover":
            queries = [Query.of(question, self.models.embedder) for question in contact_questions(language)]
            asked = [(query, self.stages(query, documents, folders)) for query in queries]
            said = ("handover-desk", "handover-desk") if desk else ("handover", "handover-unknown")
            lead, nothing = (self._replies.say(what, route.language, language) for what in said)
            events = reply.handed_over(typed, route.sure, asked, lead, nothing)
            yield from self.base.said.noting(events, self._questions(history))
            return
        if route.kind != "question":
            text = self._replies.say(route.kind, route.language, language)
            yield from reply.stream(typed, route.sure, text, self.models.names)
            return
        query = replace(self.query(message, history), language=language)
        stages = self.stages(query, documents, folders)
        yield from self.base.said.noting(answer.stream(query, stages), history)

    def stages(self, query: Query, documents: Names = (), folders: Names = ()) -> answer.Stages:
        """The parts that answer a query from this base."""
        reader = self.models.reader(query.search_text)
        most, embedder = reader.candidates, self.models.embedder
        return answer.Stages(
            retrieve=self._search(query, documents, folders),
            behind=lambda said: self._search(query.after([said], "", embedder), documents, folders)(most),
            reader=reader,
            generator=self.models.generator,
            checker=self.models.checker,
            settings=self.settings,
            names=self.models.names,
            is_empty=self.base.is_empty,
            tally=partial(tally, wishes=self.models.wishes, passages=self.base.passages) if self.models.wishes else None,
            gate=self.models.gate,
        )

    def _search(self, query: Query, documents: Names, folders: Names) -> Callable[[int], list[Passage]]:
        search = partial(self.base.retrieve, query.search_text, documents=documents, folders=folders, context=query.context)
        return partial(search, language=asked_in(self.models.router, query.search_text))

    def _questions(self, history: Sequence[Turn]) -> list[Turn]:
        return [turn for turn in history if self.models.router.route(turn[0]).kind == "question"]

    def query(self, message: str, history: Sequence[Turn]) -> Query:
        """The query of a message, in the context that it leans on; of a choice, with the question that was asked back about."""
        *said, (whole, _) = with_choices([*history, (message, "")])
        rewriter = next((one for one in self.models.rewriters if one.knows(whole)), ShortMessages())
        query, before = alone(message, whole, self.models.embedder), self._questions(said)
        turns = rewriter.leans_on(query.text, before) if before else 0
        return in_context(query, before[-turns:], self.models.embedder) if turns else query

    def ask(self, message: str, history: Sequence[Turn] = (), *, documents: Names = (), folders: Names = ()) -> Answer:
        """The whole answer at once; see `stream`."""
        return answer.whole(self.stream(message, history, documents=documents, folders=folders))

    def search(self, question: str, k: int, *, documents: Names = (), folders: Names = ()) -> tuple[Citation, ...]:
        """The k best passages with their highlights, best first; nothing is generated."""
        found = self.evidence(question, k, documents=documents, folders=folders)
        return tuple(citations.cite(n, item) for n, item in enumerate(found, 1))

    def retrieve(self, question: str, k: int, *, documents: Names = (), folders: Names = ()) -> list[Passage]:
        """The k best passages by vectors and keywords, not yet read."""
        return self._search(Query.of(question, self.models.embedder), documents, folders)(k)

    def evidence(self, question: str, k: int, *, documents: Names = (), folders: Names = ()) -> list[Evidence]:
        """What `search` shows, with the scores it comes from."""
        query = Query.of(question, self.models.embedder)
        reader = self.models.reader(query.search_text)
        most = max(k, self.settings.candidates or reader.candidates)
        return answer.read(query.search_text, self._search(query, documents, folders)(most), reader, query.before)[:k]

    def similarity(self, a: str, b: str) -> float:
        """Similarity of two texts by the embedder: cosine, or 1/(1+distance) for the Euclidean metric."""
        embedder = self.models.embedder
        one, other = embedder.embed([fit_window(a, embedder), fit_window(b, embedder)], "query")
        if self.settings.metric == "cosine":
            return float(np.dot(one, other))
        return 1 / (1 + float(np.linalg.norm(one - other)))

    def ingest(
        self, paths: Sequence[Path], progress: Progress | None = None, *, audience: Audience | None = None
    ) -> IngestReport:
        return self.base.ingest(paths, progress, audience=audience)

    def upload(
        self, paths: Sequence[Path], progress: Progress | None = None, *, audience: Audience | None = None
    ) -> IngestReport:
        return self.base.upload(paths, progress, audience=audience)

    def rebuild(self, progress: Progress | None = None) -> IngestReport:
        return self.base.rebuild(progress)

    def retry(self, names: Sequence[str] = (), progress: Progress | None = None, *, ids: Sequence[int] = ()) -> IngestReport:
        return self.base.retry(names, progress, ids=ids)

    def activity(self) -> Activity | None:
        return self.base.activity()

    def stop(self) -> None:
        self.base.stop()

    def delete(self, id: int) -> FileReport:
        return self.base.delete(id)

    def files(self) -> list[FileReport]:
        return self.base.files()

    def documents(self) -> list[str]:
        return self.base.documents()

    def document(self, name: str) -> Document:
        return self.base.document(name)

    def examples(self, n: int = 3) -> list[str]:
        return self.base.examples(n)

    def add_feedback(self, answer: Answer, *, liked: bool, reason: str = "", comment: str = "") -> None:
        self.base.said.add_feedback(answer, liked=liked, reason=reason, comment=comment)

    def retriever(self) -> Retriever | None:
        return self.base.retriever()

    def close(self) -> None:
        """Let go of the base's files and connections; the assistant cannot be used after."""
        self.base.close()


def load_models(settings: Settings, progress: Progress | None = None) -> Models:
    """Fetch weights that are missing, load what answers need but the generator, which loads when first needed.

    Raises ModelError for weights that cannot be had or read, SettingsError for settings that contradict each other.
    """
    if address.is_address(settings.generator):
        address.parse(settings.generator)  # a wrong one is told now, not with the first question
    share_cores(settings.threads)
    share_heaps()
    report = progress or (lambda done, total, what: None)
    folder, converted = embedder_weights(settings, report)
    embedder = BertEmbedder.from_folder(folder, settings.embedder, settings.pooling, settings.metric, converted)
    if settings.chunk_tokens > embedder.window:
        raise SettingsError(
            f"RAG_CHUNK_TOKENS is {settings.chunk_tokens}, but {settings.embedder} reads {embedder.window} tokens at most: "
            "lower it."
        )
    spec = IndexSpec(
        embedder=settings.embedder,
        fingerprint=fingerprint(folder),
        dim=embedder.dim,
        pooling=settings.pooling,
        metric=settings.metric,
        chunk_tokens=settings.chunk_tokens,
        chunk_overlap=settings.chunk_overlap,
    )
    readers, rewriters = load_readers(settings, embedder, report)
    give_back()
    return Models(
        embedder=embedder,
        tokenize=embedder.tokenize,
        spec=spec,
        readers=readers,
        rewriters=[*load_leaning(settings, embedder), *rewriters],
        generator=once(lambda: load_generator(settings, report, SYSTEM)),
        checker=ExactChecker(),
        names={"embedder": settings.embedder, "generator": settings.generator},
        router=load_router(settings, embedder),
        wishes=load_wishes(settings, embedder),
        gate=load_gate(),
    )


def open_base(settings: Settings, models: Models) -> KnowledgeBase:
    """The base that the settings name; raises NotFoundError where there is none of that name, StoreError."""
    folder = use_base(settings.data_dir, settings.base)
    return KnowledgeBase.open(folder.name, folder, settings, models.spec, models.embedder, models.tokenize)
