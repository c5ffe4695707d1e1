"""Ingestion on real SQLite and real Chroma: what questions see after each change, kill and refusal."""

import json
import shutil
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import IndexBusyError, IndexMismatchError, NotFoundError
from rag.index.catalogue import CatalogueWriter
from rag.index.ingestion import Ingestion, IngestReport, writing
from rag.index.store import Chroma
from rag.types import Document, FileReport
from tests import fakes, kill_rounds
from tests.fakes import FakeEmbedder, FakeStores, make_ingestion, other_spec

ROOT = Path(__file__).parents[1]


class Base:
    """An index, and a folder of documents to put into it."""

    def __init__(self, folder: Path, stores: FakeStores | Chroma) -> None:
        self.data_dir, self.folder, self.stores = folder / "data", folder / "documents", stores
        self.folder.mkdir()
        self.embedder, self.loads = FakeEmbedder(), list[str]()
        self.catalogue, self.ingestion = make_ingestion(self.data_dir, stores, embedder=self.embedder, load=self.load)

    def load(self, path: Path, name: str) -> tuple[Document, ...]:
        self.loads.append(name)
        return fakes.load(path, name)

    def again(self, **changes: object) -> Ingestion:
        """Another ingestion into the same index."""
        parts = {"embedder": self.embedder, "load": self.load} | changes
        return make_ingestion(self.data_dir, self.stores, catalogue=self.catalogue, **parts)[1]

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def ingest(self, *paths: Path) -> IngestReport:
        return self.ingestion.ingest(paths or [self.folder])

    def delete(self, name: str) -> FileReport:
        """The only file of that name."""
        (file,) = (file for file in self.catalogue.files() if file.name == name)
        return self.ingestion.delete(file.id)

    def vectors(self) -> set[str]:
        active = self.catalogue.active()
        assert active
        return self.stores.open(active.collection, active.spec.metric, active.revision).ids()

    def answers(self, question: str) -> set[str]:
        """Documents found by words and by meaning, which must agree on one that holds all the words."""
        active = self.catalogue.active()
        assert active
        store = self.stores.open(active.collection, active.spec.metric, active.revision)
        near = [id for id, similarity in store.search(FakeEmbedder().embed([question])[0], 10) if similarity > 0.3]
        found = [id for id, _ in self.catalogue.search(question, 10)]
        assert set(self.catalogue.chunks_by_id(near)) <= set(found)
        return {chunk.document for chunk in self.catalogue.chunks_by_id(found).values()}

    def check(self) -> None:
        """Vectors and ready passages are the same set."""
        rows = self.catalogue.database.read("SELECT hash FROM chunks")
        assert sorted(row["hash"] for row in rows) == sorted(self.vectors())


@pytest.fixture(params=["fake", "chroma"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Base]:
    base = Base(tmp_path, FakeStores() if request.param == "fake" else Chroma.at(tmp_path))
    yield base
    base.catalogue.close()


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Base]:
    base = Base(tmp_path, FakeStores())
    yield base
    base.catalogue.close()


def counts(report: IngestReport) -> tuple[int, int, int, int, int]:
    return report.added, report.replaced, report.unchanged, report.removed, len(report.quarantined)


def test_a_folder_is_added_kept_edited_and_cleared(base: Base) -> None:
    base.write("returns.md", "Send it back within thirty days.\n\nRefunds take a week.")
    base.write("sub/warranty.md", "The guarantee lasts two years.")
    assert counts(base.ingest()) == (2, 0, 0, 0, 0)
    assert base.answers("thirty days") == {"returns.md"}
    assert counts(base.ingest()) == (0, 0, 2, 0, 0)

    embedded = len(base.embedder.embedded)
    base.write("returns.md", "Send it back within sixty days.\n\nRefunds take a week.")
    assert counts(base.ingest()) == (0, 1, 1, 0, 0)
    assert len(base.embedder.embedded) == embedded + 1  # only the paragraph that changed
    assert base.answers("thirty") == set()
    assert base.answers("sixty days") == {"returns.md"}
    base.check()

    (base.folder / "sub/warranty.md").rename(base.folder / "guarantee.md")
    assert counts(base.ingest()) == (1, 0, 1, 1, 0)
    assert base.answers("guarantee lasts") == {"guarantee.md"}
    base.check()


def test_a_table_is_one_file_of_many_documents(quick: Base) -> None:
    quick.write("faq.csv", "question,answer\nWhen?,Tomorrow\nWhere?,In the shop\n")
    assert quick.ingest().added == 1
    (file,) = quick.catalogue.files()
    assert (file.name, file.state, file.documents, file.chunks) == ("faq.csv", "ready", 2, 2)
    assert quick.catalogue.documents() == ["faq.csv#row=2", "faq.csv#row=3"]


@pytest.mark.parametrize(
    ("name", "text"), [("long.txt", "\n\n".join(f"part {n}" for n in range(9))), ("rows.csv", "q\n" + "row\n" * 9)]
)
def test_a_file_of_too_many_passages_is_quarantined(quick: Base, name: str, text: str) -> None:
    quick.write(name, text)
    quick.write("short.txt", "one\n\ntwo")
    report = quick.again(most_passages=8).ingest([quick.folder])
    (file,) = report.quarantined
    assert report.added == 1
    assert (file.name, file.reason) == (name, "too large")
    assert file.message == f"{name} gives more than 8 passages, the most of one file; split it, or raise RAG_MAX_PASSAGES"


def test_a_rebuild_leaves_out_kept_content_that_is_over_the_limit_now(quick: Base) -> None:
    quick.write("a.txt", "\n\n".join(f"part {n}" for n in range(9)))
    quick.write("b.txt", "one")
    assert quick.ingest().added == 2
    quick.write("a.txt", "!damaged")
    stricter = quick.again(most_passages=8)
    assert [file.name for file in stricter.rebuild().quarantined] == ["a.txt"]
    states = {file.name: (file.state, file.reason) for file in quick.catalogue.files()}
    assert states == {"a.txt": ("quarantined", "damaged"), "b.txt": ("ready", None)}


def test_a_single_file_touches_no_other(quick: Base) -> None:
    first, second = quick.write("a.md", "first"), quick.write("b.md", "second")
    quick.ingest()
    second.unlink()
    assert counts(quick.ingest(first)) == (0, 0, 1, 0, 0)
    assert quick.catalogue.documents() == ["a.md", "b.md"]


def test_a_path_that_does_not_exist_is_named(quick: Base) -> None:
    with pytest.raises(NotFoundError, match="nowhere does not exist"):
        quick.ingest(quick.folder / "nowhere")


def test_an_unreadable_file_stops_no_other_and_leaves_quarantine_when_it_is_put_right(quick: Base) -> None:
    quick.write("a.md", "!encrypted")
    quick.write("b.md", "fine")
    quick.write("c.md", "   ")
    report = quick.ingest()
    assert counts(report) == (1, 0, 0, 0, 2)
    assert [(file.name, file.state, file.reason) for file in report.quarantined] == [
        ("a.md", "quarantined", "encrypted"),
        ("c.md", "quarantined", "no text"),
    ]
    assert quick.loads == ["a.md", "b.md", "c.md"]
    assert counts(quick.ingest()) == (0, 0, 1, 0, 2)
    assert quick.loads == ["a.md", "b.md", "c.md"]  # what has not changed is not parsed in vain
    quick.write("a.md", "now open")
    quick.write("c.md", "now filled")
    assert counts(quick.ingest()) == (2, 0, 1, 0, 0)


def test_a_ready_file_that_becomes_unreadable_answers_from_its_old_content(base: Base) -> None:
    base.write("prices.md", "The lamp costs nine euros.")
    base.ingest()
    base.write("prices.md", "!damaged")
    (file,) = base.ingest().quarantined
    assert (file.state, file.reason, file.message) == ("ready", "damaged", "prices.md cannot be read")
    assert base.answers("lamp") == {"prices.md"}
    base.write("prices.md", "The lamp costs nine euros.")
    assert counts(base.ingest()) == (0, 0, 1, 0, 0)
    assert base.catalogue.files()[0].reason is None


def test_text_that_is_not_unicode_is_quarantined(quick: Base) -> None:
    quick.folder.joinpath("half.md").write_bytes(b"half a pair: \xed\xa0\x80")
    (file,) = quick.ingest().quarantined
    assert (file.reason, file.message) == ("damaged", "half.md holds characters that are not valid Unicode")


def test_a_file_name_that_is_not_unicode_is_read(quick: Base) -> None:
    quick.write("caf\udce9.md", "menu")
    assert quick.ingest().added == 1
    assert quick.catalogue.documents() == ["caf\\udce9.md"]
    assert counts(quick.ingest()) == (0, 0, 1, 0, 0)


def test_a_name_belongs_to_the_first_root_that_has_it(quick: Base) -> None:
    first = quick.write("one/readme.md", "first")
    second = quick.write("two/readme.md", "second")
    quick.ingest(first.parent)
    (file,) = quick.ingest(second.parent).quarantined
    assert (file.name, file.state, file.reason) == ("readme.md", "quarantined", "name taken")
    assert str(second) in (file.message or "")
    assert quick.catalogue.document("readme.md")[0].text == "first"
    first.unlink()
    assert counts(quick.ingest(first.parent)) == (0, 0, 0, 1, 0)
    assert counts(quick.ingest(second.parent)) == (1, 0, 0, 0, 0)
    assert quick.catalogue.document("readme.md")[0].text == "second"


def test_a_deleted_file_stays_away_until_it_changes_or_is_named(base: Base) -> None:
    path = base.write("old.md", "old rules")
    base.write("new.md", "new rules")
    base.ingest()
    assert base.delete("old.md").name == "old.md"
    assert base.answers("rules") == {"new.md"}
    base.check()
    again = base.ingest()
    assert counts(again) == (0, 0, 1, 0, 0)
    assert again.unwanted == 1
    assert base.catalogue.documents() == ["new.md"]
    assert base.ingest(path).added == 1
    base.delete("old.md")
    path.write_text("old rules, revised")
    assert base.ingest().added == 1
    base.delete("old.md")
    assert base.ingestion.retry(["old.md"]).added == 1
    gone = base.delete("old.md")
    with pytest.raises(NotFoundError, match="not in the index any more"):
        base.ingestion.delete(gone.id)


def test_of_two_files_of_a_name_the_one_in_the_folder_named_first_has_it(base: Base, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
        (folder / "note.md").write_text(f"the {folder.name} rules")
    (taken,) = base.ingestion.ingest(folders).quarantined
    assert (taken.reason, taken.path) == ("name taken", str(folders[1] / "note.md"))


def test_retry_reads_all_in_quarantine_or_those_named(quick: Base) -> None:
    quick.write("a.md", "!too slow")
    quick.write("b.md", "fine")
    quick.ingest()
    patient = quick.again(load=lambda path, name: (Document(name, "", "read at last", ()),))
    assert counts(patient.retry()) == (1, 0, 0, 0, 0)
    assert counts(patient.retry(["b.md"])) == (0, 1, 0, 0, 0)
    assert quick.catalogue.document("b.md")[0].text == "read at last"
    with pytest.raises(NotFoundError, match=r"'c\.md'"):
        patient.retry(["c.md"])


def test_progress_counts_files_as_they_are_committed(quick: Base) -> None:
    for number in range(5):
        quick.write(f"{number}.md", f"text {number}")
    seen: list[tuple[int, int, str]] = []
    quick.ingestion.ingest([quick.folder], lambda *step: seen.append(step))
    assert seen == [(0, 5, "embedding passage 1 of 5"), *((n + 1, 5, f"{n}.md") for n in range(5))]


def test_other_settings_are_refused_and_the_command_is_named(quick: Base) -> None:
    quick.write("a.md", "text")
    quick.ingest()
    with pytest.raises(IndexMismatchError, match=r"chunk_overlap is 0, not 100; .*`rag ingest --rebuild`"):
        quick.again(spec=other_spec()).ingest([quick.folder])


def test_a_rebuild_answers_from_the_old_index_until_it_is_complete(base: Base) -> None:
    base.write("a.md", "alpha " * 100)
    gone = base.write("gone.md", "gone from the disk")
    base.ingest()
    base.ingestion.ingest([base.write("deleted.md", "unwanted")])
    base.delete("deleted.md")
    old = base.catalogue.active()
    gone.unlink()
    base.write("b.md", "not known yet")

    def fail(document: Document) -> list:
        if document.name == "gone.md":
            raise KeyboardInterrupt
        return fakes.chunk(document, 300)

    with pytest.raises(KeyboardInterrupt):
        base.again(spec=other_spec(), chunk=fail).rebuild()
    assert base.catalogue.active() == old
    assert base.answers("alpha") == {"a.md"}
    assert base.answers("gone") == {"gone.md"}

    base.again(spec=other_spec()).rebuild()
    active = base.catalogue.active()
    assert active
    assert active.spec == other_spec()
    assert base.catalogue.documents() == ["a.md", "gone.md"]
    assert [(file.name, file.state, file.reason) for file in base.catalogue.files()] == [
        ("a.md", "ready", None),
        ("gone.md", "ready", "unreadable"),
    ]
    assert base.answers("gone") == {"gone.md"}
    base.check()
    collections = base.stores.collections() if isinstance(base.stores, Chroma) else list(base.stores.stores)
    assert collections == [active.collection]


def test_vectors_that_are_lost_are_made_again(base: Base) -> None:
    base.write("a.md", "one thing")
    base.write("b.md", "another thing")
    base.ingest()
    before = base.vectors()
    if isinstance(base.stores, Chroma):
        shutil.rmtree(base.data_dir.parent / "chroma")
    else:
        base.stores.stores.clear()
    assert counts(base.ingest()) == (0, 0, 2, 0, 0)
    assert base.vectors() == before
    assert base.answers("another thing") >= {"b.md"}


@pytest.mark.parametrize("step", ["stage", "publish", "upsert", "embed", "delete", "vectors_changed"])
def test_an_interruption_anywhere_is_made_good(base: Base, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    base.write("a.md", "before")
    base.ingest()
    base.write("a.md", "after")
    base.write("b.md", "added")

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    active = base.catalogue.active()
    assert active
    store = base.stores.create(active.collection, "cosine", active.revision)
    owner = {"embed": FakeEmbedder, "upsert": type(store), "delete": type(store)}.get(step, CatalogueWriter)
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, stop)
        with pytest.raises(KeyboardInterrupt):
            base.ingest()
    assert base.answers("before after") == {"a.md"}
    base.ingest()
    assert base.answers("after") == {"a.md"}
    assert base.answers("before") == set()
    assert base.answers("added") == {"b.md"}
    base.check()


@pytest.mark.parametrize("text", ["new words", ""])
def test_a_file_that_is_deleted_while_it_is_read_stays_away(base: Base, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    base.write("a.md", "old words")
    base.write("b.md", "other words")
    base.ingest()
    base.write("a.md", text)
    keep = "stage" if text else "quarantine"
    put = getattr(CatalogueWriter, keep)

    def delete_then_put(self: CatalogueWriter, *values: object, **named: object) -> bool:
        base.delete("a.md")  # at the last moment
        return put(self, *values, **named)

    with monkeypatch.context() as patch:
        patch.setattr(CatalogueWriter, keep, delete_then_put)
        report = base.ingest()
    assert counts(report) == (0, 0, 1, 0, 0)
    assert base.answers("words") == {"b.md"}
    base.check()
    assert counts(base.ingest()) == (0, 0, 1, 0, 0)
    assert base.catalogue.documents() == ["b.md"]


def test_a_second_process_is_refused_at_once_and_told_who_is_writing(tmp_path: Path) -> None:
    lock = tmp_path / "writer.lock"
    hold = """
        import sys
        from pathlib import Path
        from rag.index.ingestion import writing
        with writing(Path(sys.argv[1])):
            print("held", flush=True)
            sys.stdin.read()
    """
    command = [sys.executable, "-c", textwrap.dedent(hold), lock]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        since = json.loads(lock.with_suffix(".json").read_text())["since"]
        with pytest.raises(IndexBusyError) as refused, writing(lock):
            pass
        assert str(refused.value).startswith(f"process {process.pid} (since {since}) is writing to this index; wait")
        process.kill()
    with writing(lock):
        pass


def test_a_second_thread_is_refused_and_readers_are_not(quick: Base) -> None:
    quick.write("a.md", "text")
    quick.ingest()
    quick.write("a.md", "other text")
    inside, go_on = threading.Event(), threading.Event()

    def wait(path: Path, name: str) -> tuple[Document, ...]:
        inside.set()
        assert go_on.wait(10)
        return fakes.load(path, name)

    thread = threading.Thread(target=quick.again(load=wait).ingest, args=([quick.folder],))
    thread.start()
    try:
        assert inside.wait(10)
        with pytest.raises(IndexBusyError):
            quick.ingest()
        assert quick.answers("text") == {"a.md"}
    finally:
        go_on.set()
        thread.join()
    assert quick.answers("other") == {"a.md"}


@pytest.mark.slow
def test_killed_at_random_instants_nothing_is_lost_double_or_half() -> None:
    played = kill_rounds.run(6, seed=7)
    assert played.wrong == []
    assert played.counts["killed"] > 0


def test_importing_loads_no_heavy_library() -> None:
    modules = "rag.index.ingestion, rag.index.catalogue, rag.index.store"
    check = f"import sys, {modules}; print({{'chromadb', 'torch', 'filelock'}} & set(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert found.stdout == "set()\n"
