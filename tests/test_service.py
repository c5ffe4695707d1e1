import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag import chunking, loading
from rag.apps.json_format import answer_json
from rag.checking import ExactChecker
from rag.config import load_settings
from rag.conversation.router import Unrouted
from rag.errors import GeneratorError, IndexBusyError, IndexMismatchError, NotFoundError, RagError, SettingsError, StoreError
from rag.index import knowledge_base
from rag.index.catalogue import CatalogueReader, CatalogueWriter
from rag.index.ingestion import Ingestion, IngestReport, writing
from rag.index.knowledge_base import KnowledgeBase, Parts
from rag.languages import en
from rag.protocols import Router
from rag.reading import LateInteractionReader
from rag.route import MessageKind, Route
from rag.service import Assistant, Models
from rag.types import Answer, Delta, Message, Reading, Verified
from tests.fakes import SPEC, FakeEmbedder, FakeStores

FILES = {
    "returns/policy.md": "# Returns\n\nItems may be returned within 30 days of delivery. Send them in their box.\n",
    "returns/sale.md": "# Sale items\n\nSale items may be returned within 14 days. Outlet items stay sold.\n",
    "shipping.md": "# Shipping\n\nA parcel to Austria takes 4 working days and costs 9 pounds.\n",
}


class ScriptedGenerator:
    """Writes what it was given, word by word; keeps the messages it was asked with and counts the pieces taken."""

    name, window = "scripted", 2048

    def __init__(self, text: str = "") -> None:
        self.text, self.asked, self.taken, self.closed = text, [], 0, False

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return sum(len(message.content.split()) for message in messages)

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Iterator[str]:
        self.asked.append(messages)
        try:
            for piece in self.text.split(" ")[:max_tokens]:
                self.taken += 1
                yield piece if self.taken == 1 else " " + piece
        finally:
            self.closed = True


Build = Callable[..., Assistant]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """An assistant over FILES with fakes for encoder, vectors and model; catalogue, parsers and all stages are real."""
    opened: list[Assistant] = []

    def make(
        generator: ScriptedGenerator, files: dict[str, str] = FILES, router: Router | None = None, **overrides: object
    ) -> Assistant:
        config = load_settings({"data_dir": tmp_path / "data", "refuse_below": 0.3, **overrides})
        folder = tmp_path / "documents"
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        catalogue, embedder, stores = CatalogueReader.open(config.data_dir), FakeEmbedder(), FakeStores()
        ingestion = Ingestion(
            catalogue=CatalogueWriter(catalogue.database),
            stores=stores,
            embedder=embedder,
            spec=SPEC,
            discover=loading.discover,
            load=partial(loading.load, seconds=20, memory_mb=1024, max_mb=5),
            chunk=partial(chunking.split, tokenize=embedder.tokenize, max_tokens=64, overlap=8),
            lock=config.data_dir / "writer.lock",
        )
        models = Models(
            embedder=embedder,
            tokenize=embedder.tokenize,
            spec=SPEC,
            readers=[LateInteractionReader(embedder.embed_tokens)],
            generator=lambda: generator,
            checker=ExactChecker(),
            names={"embedder": "fake", "generator": "scripted"},
            router=router or Unrouted(),
        )
        parts = Parts(catalogue, stores, ingestion, SPEC, embedder, config.data_dir / "uploads", config.dense_weight)  # type: ignore[arg-type]
        assistant = Assistant(config, models, KnowledgeBase("default", parts))
        opened.append(assistant)
        if files:
            assistant.ingest([folder])
        return assistant

    yield make
    for assistant in opened:
        assistant.close()


def check(answer: Answer, assistant: Assistant) -> None:
    """What the JSON promises to other programs."""
    value = json.loads(json.dumps(answer_json(answer)))
    assert value["status"] in ("answered", "quoted", "refused", "social", "handover")
    assert 0 <= value["confidence"] <= 1
    assert [item["n"] for item in (*value["citations"], *value["closest"])] == list(
        range(1, 1 + len(value["citations"]) + len(value["closest"]))
    )
    for citation in (*value["citations"], *value["closest"]):
        assert assistant.document(citation["document"]).text[citation["start"] : citation["end"]] == citation["text"]
        in_bounds(citation["highlights"], citation["text"])
    in_bounds([(start, end, weight) for start, end, _, weight in value["support"]], value["answer"])
    assert {n for _, _, n, _ in value["support"]} - {None} <= {item["n"] for item in value["citations"]}
    assert set(value["timings_ms"]) == {"retrieve", "read", "first_token", "total"}
    read = {"reader"} if value["status"] != "social" else set()  # a greeting is not looked up
    assert set(value["models"]) == {"embedder", "generator"} | read


def in_bounds(spans: Sequence[Sequence[float]], text: str) -> None:
    edges = [edge for start, end, _ in spans for edge in (start, end)]
    assert edges == sorted(edges)
    assert all(0 <= start < end <= len(text) and 0 <= weight <= 1 for start, end, weight in spans)


ASKED = "Within how many days of delivery may items be returned?"
RETURNED = "Items may be returned within 30 days of delivery."
AUSTRIA = "How many working days does a parcel to Austria take?"
TAKES = "A parcel to Austria takes 4 working days and costs 9 pounds."


def test_stream_shows_a_draft_that_is_borne_out_and_cites_its_document(build: Build) -> None:
    assistant = build(ScriptedGenerator(RETURNED))
    answer = assistant.ask(ASKED)
    check(answer, assistant)
    assert (answer.status, answer.text, answer.left_out) == ("answered", RETURNED, "")
    assert [citation.document for citation in answer.citations] == ["returns/policy.md"]
    assert [(item.n, answer.text[item.start : item.end]) for item in answer.support] == [(1, RETURNED)]


def test_an_answer_that_repeats_the_evidence_is_rendered_like_it(build: Build) -> None:
    files = {"sale.md": "# Sale\n\nItems on sale may be returned within [14 days](https://example.org/sale).\n"}
    drafted = "Items on sale may be returned within 14 days."
    answer = build(ScriptedGenerator(drafted), files).ask("Within how many days may items on sale be returned?")
    assert (answer.status, answer.text) == ("answered", drafted)
    assert [block.kind for block in answer.blocks] == ["paragraph"]
    assert [drafted[mark.start : mark.end] for mark in answer.marks] == ["14 days"]


def test_stream_is_the_reading_then_the_draft_with_what_is_verified_then_the_answer(build: Build) -> None:
    draft = f"{RETURNED} Penguins juggle quietly under moonlight. Items may be returned."
    generator = ScriptedGenerator(draft)
    first, *events, last = build(generator).stream(ASKED)
    assert isinstance(first, Reading)
    assert isinstance(last, Answer)
    written = "".join(event.text for event in events if isinstance(event, Delta))
    assert draft.startswith(written)
    assert [event.text for event in events if isinstance(event, Verified)] == [RETURNED]
    # The model was stopped at the sentence that no source bears out; what is shown is the evidence itself.
    assert (last.status, last.text) == ("quoted", RETURNED)
    assert last.left_out.startswith("Penguins juggle quietly under moonlight.")
    assert generator.closed
    assert generator.taken < len(draft.split())


@pytest.mark.parametrize("draft", ["Penguins juggle quietly under moonlight.", "", "..."])
def test_an_unsupported_draft_gives_way_to_the_quoted_evidence(build: Build, draft: str) -> None:
    assistant = build(ScriptedGenerator(draft))
    answer = assistant.ask("How many working days does a parcel to Austria take?")
    check(answer, assistant)
    assert (answer.status, answer.text) == ("quoted", "A parcel to Austria takes 4 working days and costs 9 pounds.")
    assert answer.text in answer.citations[0].text


@pytest.mark.parametrize(
    "draft",
    [
        "A parcel to Austria takes 5 working days and costs 9 pounds.",
        "A parcel to Austria does not take 4 working days and costs 9 pounds.",
        "A parcel to Austria takes 4 working days.",
        "Outlet items stay sold.",
        f"{TAKES} It costs 9",
    ],
    ids=["another number", "a negation", "part of a sentence", "true, but not what was selected", "cut by the limit"],
)
def test_stream_shows_the_evidence_instead_of_a_draft_that_is_not_borne_out(build: Build, draft: str) -> None:
    answer = build(ScriptedGenerator(draft)).ask(AUSTRIA)
    assert (answer.status, answer.text) == ("quoted", TAKES)


def test_stream_quotes_the_evidence_where_the_server_of_the_model_fails(build: Build) -> None:
    class Failing(ScriptedGenerator):
        def stream(self, messages: Sequence[Message], max_tokens: int) -> Iterator[str]:
            yield "A parcel"
            raise GeneratorError("The server at http://127.0.0.1:9/v1 broke off: start it.")

    answer = build(Failing()).ask(AUSTRIA)
    assert (answer.status, answer.text) == ("quoted", TAKES)
    assert answer.problem == "The server at http://127.0.0.1:9/v1 broke off: start it."


def test_stream_does_not_have_steps_worded_anew(build: Build) -> None:
    generator = ScriptedGenerator("Anything.")
    steps = "# Reset\n\nTo reset the lamp:\n\n1. Hold the button of the lamp.\n2. Wait until the lamp blinks.\n"
    answer = build(generator, files={"reset.md": steps}).ask("How do I reset the lamp, which button do I hold?")
    assert (answer.status, generator.asked) == ("quoted", [])
    assert answer.text.splitlines()[1:] == ["1. Hold the button of the lamp.", "2. Wait until the lamp blinks."]
    assert [block.kind for block in answer.blocks] == ["paragraph", "item", "item"]


def test_stream_stops_a_model_that_repeats_itself(build: Build) -> None:
    generator = ScriptedGenerator(f"{TAKES} {TAKES} {TAKES} {TAKES}")
    assert build(generator).ask(AUSTRIA).text == TAKES
    assert generator.taken < 4 * len(TAKES.split())


def test_a_question_about_something_else_is_refused_kept_as_a_gap_and_not_written(build: Build) -> None:
    generator = ScriptedGenerator("Anything.")
    assistant = build(generator)
    answer = assistant.ask("Who composed that famous symphony?")
    check(answer, assistant)
    assert (answer.status, answer.citations, generator.asked) == ("refused", (), [])
    assert answer.confidence == pytest.approx(1 - answer.answerable, abs=1e-3)  # that nothing answers
    assert answer.closest
    assert [gap.question for gap in assistant.base.said.gaps()] == ["Who composed that famous symphony?"]


def test_an_empty_base_says_so(build: Build) -> None:
    answer = build(ScriptedGenerator(), files={}).ask("May items be returned?")
    assert (answer.status, answer.text, answer.closest) == ("refused", "There are no documents to answer from yet.", ())


def test_a_follow_up_is_searched_with_the_question_it_follows(build: Build) -> None:
    assistant = build(ScriptedGenerator("Sale items may be returned within 14 days."))
    answer = assistant.ask("and in the sale?", [("Within how many days may items be returned?", "30 days.")])
    assert answer.searched == "Within how many days may items be returned? and in the sale?"
    assert answer.question == "and in the sale?"
    assert answer.citations[0].document == "returns/sale.md"


def test_filters_keep_other_documents_out(build: Build) -> None:
    assistant = build(ScriptedGenerator())
    asked = "Within how many days may items be returned?"
    assert {item.document for item in assistant.search(asked, 9, folders=["returns"])} == {
        "returns/policy.md",
        "returns/sale.md",
    }
    assert {item.document for item in assistant.search(asked, 9, documents=["shipping.md"])} == {"shipping.md"}
    with pytest.raises(NotFoundError, match="nowhere"):
        assistant.search(asked, 9, folders=["nowhere"])


def test_closing_the_stream_stops_the_model(build: Build) -> None:
    generator = ScriptedGenerator("Items may be returned within 30 days of delivery.")
    events = build(generator).stream("Within how many days may items be returned?")
    while not isinstance(next(events), Delta):
        pass
    events.close()  # type: ignore[attr-defined]
    assert generator.closed
    assert generator.taken == 1


@pytest.mark.parametrize(("question", "message"), [(" \n", "The question is empty"), ("x" * 4001, "has 4,001 characters")])
def test_a_question_that_cannot_be_asked_is_refused_with_its_reason(build: Build, question: str, message: str) -> None:
    with pytest.raises(RagError, match=message):
        build(ScriptedGenerator()).ask(question)


def test_a_question_longer_than_the_encoder_reads_is_still_answered(build: Build) -> None:
    assistant = build(ScriptedGenerator("Items may be returned within 30 days."))
    check(assistant.ask("May items be returned within 30 days? " + "a b " * 900), assistant)


pieces = st.lists(
    st.sampled_from(["Items", "30", "days.", "\n", "not", "<b>", "退货。", "😀", "returned", "[1]"]), max_size=30
).map(" ".join)


@given(draft=pieces, question=pieces.filter(str.strip))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_model_writes_the_answer_keeps_its_promises(build: Build, draft: str, question: str) -> None:
    generator = ScriptedGenerator(draft)
    assistant = build(generator, refuse_below=0.0)
    check(assistant.ask(question), assistant)


def test_examples_are_questions_the_documents_ask(build: Build) -> None:
    faq = "question,answer\nMay I pay by card?,Yes.\nIs there a shop?,In Kendal.\n"
    assistant = build(
        ScriptedGenerator(), {"faq.csv": faq, "how.md": "# How do I return a lamp?\n\nIn its box.\n", "a.md": "# A\n\nText."}
    )
    assert assistant.examples(2) == ["May I pay by card?", "How do I return a lamp?"]
    assert len(assistant.examples(9)) == 3


def test_uploads_are_kept_and_ingested(build: Build, tmp_path: Path) -> None:
    assistant = build(ScriptedGenerator(), files={})
    (tmp_path / "note.txt").write_text("The vault code is 4711.")
    assert assistant.upload([tmp_path / "note.txt"]).added == 1
    (tmp_path / "note.txt").unlink()
    assert assistant.document("note.txt").text == "The vault code is 4711."
    kept = assistant.settings.data_dir / "uploads" / "note.txt"
    assert kept.exists()
    assistant.delete(assistant.base.file_named("note.txt").id)
    assert not kept.exists()
    assert assistant.files() == []


@pytest.mark.slow
def test_upload_keeps_two_files_of_one_name_as_two_documents(build: Build, tmp_path: Path) -> None:
    assistant = build(ScriptedGenerator(), files={})
    for folder, text in (
        ("one", "The vault code is 4711."),
        ("two", "The garage code is 12."),
        ("three", "The vault code is 4711."),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "note.txt").write_text(text)
    report = assistant.upload([tmp_path / "one" / "note.txt", tmp_path / "two" / "note.txt"])
    assert (report.added, report.quarantined) == (2, ())
    again = assistant.upload([tmp_path / "three" / "note.txt"])
    assert (again.added, again.replaced, again.unchanged) == (0, 0, 1)
    assert {name: assistant.document(name).text for name in assistant.documents()} == {
        "note.txt": "The vault code is 4711.",
        "note (2).txt": "The garage code is 12.",
    }
    assistant.delete(assistant.base.file_named("note.txt").id)
    assert assistant.documents() == ["note (2).txt"]
    assert sorted(path.name for path in (assistant.settings.data_dir / "uploads").iterdir()) == ["note (2).txt"]


def test_upload_leaves_nothing_where_another_writes_or_a_file_is_missing(build: Build, tmp_path: Path) -> None:
    assistant = build(ScriptedGenerator(), files={})
    uploads = assistant.settings.data_dir / "uploads"
    (tmp_path / "note.txt").write_text("The vault code is 4711.")
    with writing(assistant.settings.data_dir / "writer.lock"), pytest.raises(IndexBusyError):
        assistant.upload([tmp_path / "note.txt"])
    assert not uploads.exists()
    with pytest.raises(OSError, match=r"gone\.txt"):
        assistant.upload([tmp_path / "note.txt", tmp_path / "gone.txt"])
    assert not uploads.exists()
    assert assistant.files() == []


@pytest.mark.parametrize(
    ("question", "sentence", "reader"),
    [("两丢中为万丈三？", "两丢中为万丈三上。", "late-interaction"), ("退货需要几天？", "退货需要三十天。", "keyword")],
)
def test_chinese_is_read_by_an_encoder_that_knows_it_and_by_its_words_otherwise(
    tiny_bert: Path, tiny_gpt2: Path, tmp_path: Path, question: str, sentence: str, reader: str
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# 丁七\n\n世丙丘。退货需要三十天。两丢中为万丈三上。不下不与。\n", "utf-8")
    (tmp_path / "docs" / "b.md").write_text("# 丘丙\n\n世丘丙业丛。东丝丞丢丞。\n", "utf-8")
    values = {"data_dir": tmp_path / "data", "models_dir": tmp_path / "models", "embedder": str(tiny_bert), "chunk_tokens": 80}
    values |= {"generator": str(tiny_gpt2), "refuse_below": 0, "answer_tokens": 4}
    assistant = Assistant.open(load_settings(values))
    assistant.ingest([tmp_path / "docs"])
    answer = assistant.ask(question)
    check(answer, assistant)
    assert answer.models["reader"] == reader
    assert answer.citations[0].document == "a.md"
    assert answer.text == sentence
    assistant.close()


@pytest.mark.slow
def test_gpt2_and_any_bert_take_the_same_path(tiny_bert: Path, tiny_gpt2: Path, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "policy.md").write_text(FILES["returns/policy.md"])
    values = {
        "data_dir": tmp_path / "data",
        "models_dir": tmp_path / "models",
        "embedder": str(tiny_bert),
        "generator": str(tiny_gpt2),
        "chunk_tokens": 100,
        "refuse_below": 0,
        "prompt_tokens": 400,
        "pooling": "cls",
    }
    assistant = Assistant.open(load_settings(values))
    assistant.ingest([tmp_path / "docs"])
    answer = assistant.ask("Within how many days may items be returned?")
    check(answer, assistant)
    assert answer.models == {"embedder": str(tiny_bert), "reader": "trained", "generator": str(tiny_gpt2)}
    assert answer.timings_ms["first_token"] > 0
    assistant.close()

    other = Assistant.open(load_settings({**values, "chunk_tokens": 64}))
    with pytest.raises(IndexMismatchError, match="rag ingest --rebuild"):
        other.ask("May items be returned?")
    other.rebuild()
    check(other.ask("May items be returned?"), other)
    other.close()

    with pytest.raises(SettingsError, match=r"RAG_CHUNK_TOKENS is 160, but .* reads 126 tokens at most"):
        Assistant.open(load_settings({**values, "chunk_tokens": 160}))


def test_stream_refuses_where_the_best_passage_has_only_a_heading(build: Build) -> None:
    assistant = build(ScriptedGenerator("Anything."), files={"a.md": "# Return a lamp\n"}, refuse_below=0.0)
    answer = assistant.ask("return a lamp")
    check(answer, assistant)
    assert answer.status == "refused"


def test_stream_refuses_from_an_empty_base_whatever_the_threshold(build: Build) -> None:
    assert build(ScriptedGenerator(), files={}, refuse_below=0.0).ask("May items be returned?").status == "refused"


def test_a_refused_question_is_answered_though_it_cannot_be_kept(
    build: Build, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assistant = build(ScriptedGenerator())
    other = sqlite3.connect(assistant.settings.data_dir / "catalogue.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # another process that writes for long
    try:
        started = time.monotonic()
        assert assistant.ask("Who painted the Mona Lisa?").status == "refused"
        assert time.monotonic() - started < 10
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert "a question without an answer is not kept" in caplog.text
    assert assistant.base.said.gaps() == []


def test_deleting_an_upload_leaves_a_folders_file_of_its_name(build: Build, tmp_path: Path) -> None:
    assistant = build(ScriptedGenerator(), files={})
    (tmp_path / "note.txt").write_text("The vault code is 4711.")
    assistant.upload([tmp_path / "note.txt"])
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "note.txt").write_text("The garage code is 12.")
    assert [file.reason for file in assistant.ingest([tmp_path / "folder"]).quarantined] == ["name taken"]
    with pytest.raises(RagError, match=r"2 files are named 'note\.txt': \d+ is .*; say which by its number"):
        assistant.base.file_named("note.txt")
    upload, other = sorted(assistant.files(), key=lambda file: not file.uploaded)
    assert (upload.uploaded, other.uploaded) == (True, False)
    assistant.delete(upload.id)
    assert list((assistant.settings.data_dir / "uploads").iterdir()) == []
    assert (tmp_path / "folder" / "note.txt").exists()
    assert assistant.ingest([tmp_path / "folder"]).added == 1
    assert assistant.document("note.txt").text == "The garage code is 12."


def test_a_lost_catalogue_beside_uploads_is_never_taken_for_an_empty_base(
    build: Build, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assistant = build(ScriptedGenerator(), files={})
    (tmp_path / "note.txt").write_text("The vault code is 4711.")
    assistant.upload([tmp_path / "note.txt"])
    models, folder = assistant.models, assistant.settings.data_dir
    assistant.close()
    for part in folder.glob("catalogue.sqlite3*"):
        part.unlink()
    (folder / "catalogue.sqlite3").touch()
    open_again = partial(
        KnowledgeBase.open, "base", folder, load_settings({"data_dir": folder}), SPEC, models.embedder, models.tokenize
    )
    with pytest.raises(StoreError, match=r"catalogue.sqlite3 is empty, though this base had documents: .*`rag restore`"):
        open_again()
    (folder / "catalogue.json").unlink()  # as the message says
    base = open_again()
    assert "is empty, but 1 uploaded files are there: was it lost? `rag documents retry` reads them" in caplog.text
    assert base.ingest(base.unknown_uploads()).added == 1
    assert base.document("note.txt").text == "The vault code is 4711."
    base.close()


def test_an_ingestion_waits_until_another_process_has_written(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge_base, "_TRY_AGAIN", 0.1)
    assistant = build(ScriptedGenerator(), files={})
    (tmp_path / "note.txt").write_text("The vault code is 4711.")
    reports: list[IngestReport] = []
    with writing(assistant.settings.data_dir / "writer.lock"):
        work = partial(assistant.base.ingest_when_free, [tmp_path / "note.txt"], threading.Event())
        thread = threading.Thread(target=lambda: reports.append(work()))
        thread.start()
        while (now := assistant.activity()) is None or not now.waits:
            time.sleep(0.01)
    thread.join()
    assert reports[0].added == 1
    assert assistant.activity() is None


class ToldRouter:
    """Was told what messages are; all others are questions."""

    def __init__(self, **kinds: MessageKind) -> None:
        self.kinds = kinds

    def route(self, message: str) -> Route:
        return Route(self.kinds.get(message, "question"), "en", 0.97)


def test_message_that_asks_nothing_is_replied_to_without_looking_anything_up(build: Build) -> None:
    generator = ScriptedGenerator(RETURNED)
    assistant = build(generator, router=ToldRouter(hi="greeting", hmpf="complaint"))
    reading, answer = assistant.stream(" hi ")
    assert isinstance(answer, Answer)
    assert reading == Reading("", ())
    assert (answer.question, answer.status, answer.text) == ("hi", "social", en.REPLIES["greeting"])
    assert (answer.citations, answer.closest, answer.support, answer.confidence) == ((), (), (), 0.97)
    assert assistant.ask("hmpf").text == en.REPLIES["complaint"]
    assert not generator.asked
    assert assistant.base.said.gaps() == []
    assert assistant.ask(ASKED).status == "answered"
    assert answer_json(answer)["models"] == {"embedder": "fake", "generator": "scripted"}


def test_reply_is_the_maintainers_own_where_there_is_one(build: Build, tmp_path: Path) -> None:
    (tmp_path / "replies.toml").write_text('[en]\ngreeting = "Welcome to Larkfell!"\n')
    assistant = build(ScriptedGenerator(), router=ToldRouter(hi="greeting"), replies=tmp_path / "replies.toml")
    assert assistant.ask("hi").text == "Welcome to Larkfell!"


CONTACT = {
    "contact.md": "# Contact\n\nPhone number and email address of customer support: 01632 960412, help@larkfell.example.\n",
}


def test_person_who_wants_people_gets_the_contact_of_the_base_with_its_source(build: Build) -> None:
    generator = ScriptedGenerator("Anything.")
    assistant = build(generator, FILES | CONTACT, ToldRouter(human="handover"))
    reading, answer = assistant.stream("human")
    assert isinstance(reading, Reading)
    assert isinstance(answer, Answer)
    check(answer, assistant)
    assert answer.status == "handover"
    assert answer.text.startswith(en.REPLIES["handover"])
    assert "01632 960412" in answer.text
    assert [citation.document for citation in answer.citations] == ["contact.md"]
    assert [answer.text[item.start : item.end] for item in answer.support] == [answer.text.partition("\n\n")[2]]
    assert not generator.asked  # the words are the document's own


def test_person_who_wants_people_is_told_that_the_documents_name_no_contact(build: Build) -> None:
    assistant = build(ScriptedGenerator(), router=ToldRouter(human="handover"))
    reading, answer = assistant.stream("human")
    assert isinstance(answer, Answer)
    assert reading == Reading("", ())
    assert (answer.status, answer.text, answer.citations) == ("handover", en.REPLIES["handover-unknown"], ())
    assistant.ask("human", [("Where is my parcel?", "I found nothing."), ("human", "We cannot.")])
    assert [(gap.question, gap.kind) for gap in assistant.base.said.gaps()] == [
        ("Where is my parcel?", "handover"),
        ("human", "handover"),
    ]


def test_follow_up_leans_on_the_question_before_and_not_on_small_talk(build: Build) -> None:
    assistant = build(ScriptedGenerator(), router=ToldRouter(thanks="thanks"))
    history = [("What about sale items?", "14 days."), ("thanks", "You're welcome!")]
    assert assistant.ask("and outlet?", history).searched == "What about sale items? and outlet?"
    assert assistant.ask("and outlet?", history[1:]).searched == "and outlet?"
