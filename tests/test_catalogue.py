"""The catalogue on real SQLite: what is put in comes out, whatever people write or ask."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.about import About
from rag.errors import IndexMismatchError, NotFoundError, StoreError
from rag.index.catalogue import CatalogueReader, CatalogueWriter, Index
from rag.index.catalogue.database import Database
from rag.index.catalogue.keyword import MOST_TERMS, asked_terms
from rag.index.catalogue.migrations import VERSION
from rag.types import Block, Chunk, Document, Mark, Section
from tests.fakes import SPEC, chunk, other_spec

ROOT = Path(__file__).parents[1]
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


class Shelf:
    """A catalogue that texts are put into directly."""

    def __init__(self, data_dir: Path) -> None:
        self.catalogue = CatalogueReader.open(data_dir)
        self.writer = CatalogueWriter(self.catalogue.database)

    @property
    def index(self) -> Index:
        return self.writer.target(SPEC)

    def put(self, name: str, text: str, title: str = "", publish: bool = True, language: str = "") -> list[Chunk]:
        document = Document(name, title, text, (Section(0, len(text), ("Top", "Below"), 3),), about=About(language=language))
        chunks = [replace(c, headings=("Top", "Below"), page=3) for c in chunk(document)]
        self.writer.stage(
            self.index, Path("/root") / name, name, size=len(text), sha256=text[:9], documents=[(document, chunks)]
        )
        if publish:
            self.writer.publish(self.index)
        return chunks

    def found(self, question: str, documents: list[str] | None = None) -> list[str]:
        hits = self.catalogue.search(question, 20, documents)
        assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)
        chunks = self.catalogue.chunks_by_id(id for id, _ in hits)
        return list(dict.fromkeys(chunks[id].document for id, _ in hits))


def steps(shelf: Shelf, work: Callable[[], object]) -> int:
    """How many hundred steps SQLite takes for it, in both connections."""
    found = [0]

    def count() -> int:
        found[0] += 1
        return 0

    connections = shelf.catalogue.database._reader, shelf.catalogue.database._writer
    for connection in connections:
        connection.set_progress_handler(count, 100)
    work()
    for connection in connections:
        connection.set_progress_handler(None, 0)
    return found[0]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.catalogue.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=anything, title=anything)
def test_what_goes_in_comes_out_and_slices_back(shelf: Shelf, text: str, title: str) -> None:
    chunks = shelf.put("a.md", text, title)
    document, file = shelf.catalogue.document("a.md")
    assert document == Document("a.md", title, text, (Section(0, len(text), ("Top", "Below"), 3),))
    assert (file.state, file.chunks, file.title) == ("ready", len(chunks), title)
    assert shelf.catalogue.chunks_by_id([c.id for c in chunks]) == {c.id: c for c in chunks}
    assert all(document.text[c.start : c.end] == c.text for c in chunks)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=anything)
def test_no_question_is_syntax(shelf: Shelf, question: str) -> None:
    shelf.put("a.md", "Returns are free.")
    assert set(shelf.found(question)) <= {"a.md"}


@pytest.mark.parametrize(
    "question",
    [
        'returns"',
        "returns' OR 1=1 --",
        "NEAR(returns free, 2)",
        "returns*",
        "text : returns",
        "{context text} : returns",
        "returns AND (",
        "^returns",
        "returns\0free",
        "returns 🎉 👩‍👩‍👧",
        "returns \ud800",
        "returns " + "x" * 10_000,
        "returns " + " ".join(f"w{n}" for n in range(3000)),
    ],
)
def test_hostile_questions_find_what_their_words_say(shelf: Shelf, question: str) -> None:
    shelf.put("a.md", "Returns are free.")
    shelf.put("b.md", "Nothing here.")
    assert shelf.found(question) == ["a.md"]


@pytest.mark.parametrize("question", ["", " ", "?!", '"', "🎉", "\0", "*"])
def test_questions_without_words_find_nothing(shelf: Shelf, question: str) -> None:
    shelf.put("a.md", "Returns are free.")
    assert shelf.found(question) == []


def test_words_are_found_in_other_forms_scripts_and_accents(shelf: Shelf) -> None:
    shelf.put("en.md", "Refunded orders were shipped to the café for 1,299.00")
    shelf.put("zh.md", "商品自签收之日起三十天内可以退货。")
    shelf.put("ja.md", "返品は三十日以内です")
    shelf.put("ko.md", "반품은 삼십일 이내")
    for question in ("refunding an order", "CAFE", "1,299.00"):
        assert shelf.found(question) == ["en.md"]
    assert shelf.found("怎么退货？") == ["zh.md"]
    assert shelf.found("返品") == ["ja.md"]
    assert shelf.found("반품") == ["ko.md"]


def test_stop_words_count_only_where_nothing_else_is_asked(shelf: Shelf) -> None:
    shelf.put("a.md", "What is the way it was")
    shelf.put("b.md", "Delivery")
    assert shelf.found("what is the delivery") == ["b.md"]
    assert shelf.found("what is it") == ["a.md"]
    assert asked_terms("the 'delivery' of \"it\"") == ["delivery"]
    assert len(asked_terms(" ".join(f"term{n}x" for n in range(999)))) == MOST_TERMS


def test_rarer_words_and_context_rank_higher(shelf: Shelf) -> None:
    for number in range(9):
        shelf.put(f"{number}.md", "Orders and more orders")
    shelf.put("gift.md", "Orders of vouchers", title="Gift")
    assert shelf.found("orders vouchers")[0] == "gift.md"
    assert shelf.found("gift") == ["gift.md"]


def test_filters_by_document_file_and_folder(shelf: Shelf) -> None:
    for name in ("faq.md", "policies/returns.md", "policies/old/returns.md", "policies-2/x.md"):
        shelf.put(name, "Returns are free.")
    assert shelf.catalogue.folders() == ["policies", "policies-2", "policies/old"]
    assert shelf.catalogue.resolve(["policies/"]) == ["policies/old/returns.md", "policies/returns.md"]
    assert shelf.catalogue.resolve(["faq.md", "policies/old"]) == ["faq.md", "policies/old/returns.md"]
    assert sorted(shelf.found("returns", ["faq.md", "policies-2/x.md"])) == ["faq.md", "policies-2/x.md"]
    assert shelf.found("returns", []) == []
    with pytest.raises(NotFoundError, match="no document or folder is named 'polic'"):
        shelf.catalogue.resolve(["polic"])


def test_pending_content_is_not_seen(shelf: Shelf) -> None:
    before = shelf.put("a.md", "earlier words")
    after = shelf.put("a.md", "later words", publish=False)
    new = shelf.put("b.md", "fresh words", publish=False)
    assert (shelf.found("words"), shelf.catalogue.documents()) == (["a.md"], ["a.md"])
    assert shelf.catalogue.chunks_by_id([c.id for c in before + after + new]) == {c.id: c for c in before}
    assert [(file.name, file.state) for file in shelf.catalogue.files()] == [("a.md", "ready"), ("b.md", "pending")]
    published = shelf.writer.publish(shelf.index)
    assert [(one.file.name, one.replaced, one.dropped) for one in published] == [
        ("a.md", True, {c.id for c in before}),
        ("b.md", False, set()),
    ]
    assert shelf.found("words") == ["a.md", "b.md"]


def test_an_index_being_built_is_not_seen_before_it_is_active(shelf: Shelf) -> None:
    old = shelf.put("a.md", "old content")
    building = shelf.writer.building(other_spec())
    assert shelf.writer.building(other_spec()) == building
    document = Document("a.md", "", "new content", ())
    new = [replace(chunk(document)[0], id="n")]
    shelf.writer.stage(building, Path("/root/a.md"), "a.md", size=1, sha256="n", documents=[(document, new)])
    shelf.writer.publish(building)
    assert shelf.catalogue.document("a.md")[0].text == "old content"
    assert shelf.catalogue.chunks_by_id([old[0].id, "n"]) == {old[0].id: old[0]}
    shelf.writer.activate(building)
    assert shelf.catalogue.document("a.md")[0].text == "new content"
    assert list(shelf.catalogue.chunks_by_id([old[0].id, "n"])) == ["n"]
    (retired,) = shelf.writer.retired()
    shelf.writer.forget(retired)
    assert [row[0] for row in shelf.catalogue.database.read("SELECT text FROM keywords")] == ["new content"]


def test_other_settings_name_what_differs(shelf: Shelf) -> None:
    assert shelf.catalogue.index(SPEC) is None
    shelf.put("a.md", "text")
    assert shelf.catalogue.index(SPEC) == shelf.index
    with pytest.raises(IndexMismatchError, match=r"its embedder is 'fake', not 'bert', dim is 64, not 384; .*--rebuild"):
        shelf.catalogue.index(replace(SPEC, embedder="bert", dim=384))


@pytest.mark.slow
def test_revision_moves_only_when_another_process_writes(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("a.md", "text")
    assert shelf.index.revision == 0
    script = "import sys; from pathlib import Path; from tests.test_catalogue import Shelf; "
    script += "Shelf(Path(sys.argv[1])).put('b.md', 'text')"
    seen = [0]
    for _ in range(3):
        subprocess.run([sys.executable, "-c", script, tmp_path], check=True, cwd=ROOT)
        seen.append(shelf.index.revision)
        shelf.put("a.md", "text again")
        assert shelf.index.revision == seen[-1]
    assert seen == sorted(set(seen))


def test_documents_and_counts(shelf: Shelf) -> None:
    shelf.put("a.md", "one\n\ntwo")
    shelf.writer.quarantine(Path("/root/b.pdf"), "b.pdf", size=7, sha256="x", reason="damaged", message="b.pdf is cut off")
    counts = shelf.catalogue.counts()
    assert (counts.files, counts.documents, counts.chunks, counts.quarantined) == (1, 1, 2, 1)
    file = shelf.catalogue.files()[1]
    assert (file.name, file.state, file.size, file.reason, file.message) == (
        "b.pdf",
        "quarantined",
        7,
        "damaged",
        "b.pdf is cut off",
    )
    with pytest.raises(NotFoundError, match=r"no document is named 'b\.pdf'; `rag documents list`"):
        shelf.catalogue.document("b.pdf")


def test_feedback_and_gaps_are_kept_newest_first(shelf: Shelf) -> None:
    shelf.catalogue.add_feedback("How long?", "30 days [1].", ["returns.md"], True)
    shelf.catalogue.add_feedback("half \ud800", "", [], None, reason="wrong", comment="old")
    second, first = shelf.catalogue.feedback()
    assert (first.question, first.answer, first.documents, first.liked) == ("How long?", "30 days [1].", ("returns.md",), True)
    assert (second.question, second.liked, second.reason, second.comment) == ("half \ufffd", None, "wrong", "old")
    assert 0 <= (datetime.now(UTC) - first.created_at).total_seconds() < 60
    shelf.catalogue.add_gap("Do you sell boats?", 0.12)
    (gap,) = shelf.catalogue.gaps()
    assert (gap.question, gap.confidence) == ("Do you sell boats?", 0.12)


def test_searches_do_not_wait_for_a_writing_thread(shelf: Shelf) -> None:
    shelf.put("a.md", "Returns are free.")
    inside, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with shelf.catalogue.database.write():
            inside.set()
            assert go_on.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert inside.wait(10)
        assert shelf.found("returns") == ["a.md"]
    finally:
        go_on.set()
        writer.join()


def test_many_threads_read_and_write_at_once(shelf: Shelf) -> None:
    def work(number: int) -> None:
        for turn in range(20):
            shelf.catalogue.add_gap(f"{number}-{turn}", 0.0)
            shelf.found("returns")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({gap.question for gap in shelf.catalogue.gaps()}) == 160


def test_a_failed_write_leaves_nothing(shelf: Shelf) -> None:
    def fail() -> None:
        with shelf.catalogue.database.write() as connection:
            connection.execute("INSERT INTO gaps VALUES (NULL, 'q', 0, 'now', 'refused')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert shelf.catalogue.gaps() == []


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "catalogue.sqlite3") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match=rf"newer version \(format 99, this one knows {VERSION}\); upgrade, or set"):
        CatalogueReader.open(tmp_path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "catalogue.sqlite3").write_bytes(b"no database at all" * 300)
    with pytest.raises(StoreError, match=r"catalogue\.sqlite3 cannot be opened"):
        CatalogueReader.open(tmp_path)


def full(catalogue: CatalogueReader) -> None:
    """As on a full disk: the file may not grow any more."""
    writer = catalogue.database._writer
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_is_told_with_advice_and_nothing_is_half_written(tmp_path: Path) -> None:
    with closing(CatalogueReader.open(tmp_path)) as catalogue:
        catalogue.add_gap("before", 0.1)
        full(catalogue)
        with pytest.raises(StoreError, match=r"catalogue\.sqlite3 cannot be used .*; the disk is full: make room"):
            catalogue.add_gap("x" * 100_000, 0.1)
        catalogue.database._writer.execute("PRAGMA max_page_count = 100000")
        catalogue.add_gap("after", 0.1)
        assert [gap.question for gap in catalogue.gaps()] == ["after", "before"]


def test_what_is_kept_of_a_question_waits_a_second_for_others_who_write(tmp_path: Path) -> None:
    with closing(CatalogueReader.open(tmp_path)) as catalogue:
        other = sqlite3.connect(tmp_path / "catalogue.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        with pytest.raises(StoreError, match="another process is writing"):
            catalogue.add_gap("a question", 0.1)
        assert time.monotonic() - started < 5
        other.execute("ROLLBACK")
        other.close()
        catalogue.add_gap("a question", 0.1)


def test_damage_that_shows_after_opening_is_told_with_advice(tmp_path: Path) -> None:
    CatalogueReader.open(tmp_path).close()
    path = tmp_path / "catalogue.sqlite3"
    with closing(CatalogueReader.open(tmp_path)) as catalogue:
        for number in range(200):
            catalogue.add_gap(f"question {number} " * 20, 0.1)
    data = bytearray(path.read_bytes())
    data[-4096 * 4 :] = b"\xff" * 4096 * 4  # of the questions
    path.write_bytes(data)
    with closing(CatalogueReader(Database(path))) as catalogue, pytest.raises(StoreError, match="it is damaged: put a copy"):
        catalogue.gaps()
    with pytest.raises(StoreError, match="it is damaged: put a copy"):
        CatalogueReader.open(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_only_the_owner_may_read_what_is_kept(tmp_path: Path) -> None:
    with closing(CatalogueReader.open(tmp_path / "data" / "base")) as catalogue:
        catalogue.add_gap("my PIN is 998877", 0.1)
        kept = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
        assert {path.stat().st_mode & 0o077 for path in kept} == {0}


position = st.integers(0, 10_000)
blocks = st.builds(
    Block,
    start=position,
    end=position,
    kind=st.sampled_from(["heading", "paragraph", "item", "row", "code"]),
    level=st.integers(0, 6),
    marker=st.sampled_from(["", "-", "1."]),
    columns=st.lists(anything, max_size=3).map(tuple),
    cells=st.lists(st.tuples(position, position), max_size=3).map(tuple),
    caption=anything,
)
marks = st.builds(Mark, position, position, st.sampled_from(["strong", "code", "link"]), anything)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(blocks, max_size=4), st.lists(marks, max_size=4), anything)
def test_catalogue_gives_back_blocks_marks_and_lead(shelf: Shelf, blocks: list[Block], marks: list[Mark], lead: str) -> None:
    document = Document("a.md", "A", "text", (), tuple(blocks), tuple(marks))
    passage = Chunk("id", "a.md", "A", "text", 0, 4, lead=lead, blocks=document.blocks, marks=document.marks)
    shelf.writer.stage(shelf.index, Path("/root/a.md"), "a.md", size=1, sha256="x", documents=[(document, [passage])])
    shelf.writer.publish(shelf.index)
    assert shelf.catalogue.document("a.md")[0] == document
    assert shelf.catalogue.chunks_by_id(["id"]) == {"id": passage}


def test_catalogue_questions_are_those_of_titles_and_headings(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(name: str, title: str, *headings: str) -> None:
        document = Document(name, title, "text", (Section(0, 4, headings),))
        chunks = [replace(c, headings=headings) for c in chunk(document)]
        shelf.writer.stage(shelf.index, Path("/root") / name, name, size=1, sha256=name, documents=[(document, chunks)])
        shelf.writer.publish(shelf.index)

    put("b.md", "Shop", "Returns", 'How "long"?', "Why?")
    put("a.csv", "怎么退货？")
    put("c.md", "Shop", "No question", "What? Ever")
    expected = [("a.csv", "怎么退货？"), ("b.md", 'How "long"?')]
    assert shelf.catalogue.questions() == expected
    assert shelf.catalogue.questions(1) == expected[:1]
    read: list[str] = []
    original = shelf.catalogue.database.read
    monkeypatch.setattr(shelf.catalogue.database, "read", lambda sql, *rest: read.append(sql) or original(sql, *rest))
    assert shelf.catalogue.questions(1) == expected[:1]
    assert [sql for sql in read if "chunks" in sql] == []
    put("d.md", "Who?")
    assert shelf.catalogue.questions()[-1] == ("d.md", "Who?")


def test_looking_up_a_few_passages_takes_no_longer_where_there_are_many(shelf: Shelf) -> None:
    ids = [chunk.id for chunk in shelf.put("a.txt", "delivery takes two days")]
    works = {
        "chunks": lambda: shelf.writer.chunks(shelf.index, ids),
        "chunks by id": lambda: shelf.catalogue.chunks_by_id(ids),
        "search": lambda: shelf.catalogue.search("delivery", 5),
        "report": lambda: shelf.writer.report(Path("/root/a.txt")),
        "document": lambda: shelf.catalogue.document("a.txt"),
    }
    few = {name: steps(shelf, work) for name, work in works.items()}
    for n in range(300):
        shelf.put(f"{n}.txt", "\n\n".join(f"part {n} {m}" for m in range(5)), publish=False)
    shelf.writer.publish(shelf.index)
    many = {name: steps(shelf, work) for name, work in works.items()}
    assert {name: many[name] for name in works if many[name] > few[name] + 9} == {}


def test_languages_are_those_of_the_documents_that_are_ready(shelf: Shelf) -> None:
    before = shelf.catalogue.state()
    english = [chunk.id for n in range(3) for chunk in shelf.put(f"{n}.md", f"Tea number {n}.", language="en-GB")]
    (german,) = shelf.put("de.md", "Tee.", language="de")
    (unknown,) = shelf.put("x.md", "T-1000")
    (pending,) = shelf.put("zh.md", "茶。", language="zh", publish=False)
    ids = [*english, german.id, unknown.id, pending.id]
    assert shelf.catalogue.languages(ids) == {**dict.fromkeys(english, "en"), german.id: "de"}
    assert shelf.catalogue.sample(2) == {"en": sorted(english)[:2], "de": [german.id]}
    assert shelf.catalogue.state() != before
