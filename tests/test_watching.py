"""Ingestion that is watched, stopped, paused, bounded, and followed when files are moved or deleted meanwhile."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import rag.index.ingestion.run
from rag.about import LeftOut
from rag.errors import RagError
from rag.index.ingestion import Bounds, Ingestion
from rag.index.store import Chroma
from rag.types import Document
from tests import fakes
from tests.fakes import FakeEmbedder, FakeStores, other_spec
from tests.test_ingestion import Base, counts

LONG = "\n\n".join(f"Paragraph {number} of a long handbook." for number in range(30))


@pytest.fixture(params=["fake", "chroma"])
def base(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Base]:
    monkeypatch.setattr(rag.index.ingestion.run, "GROUP", 8)  # several groups a file
    base = Base(tmp_path, FakeStores() if request.param == "fake" else Chroma.at(tmp_path))
    yield base
    base.catalogue.close()


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Base]:
    monkeypatch.setattr(rag.index.ingestion.run, "GROUP", 8)
    base = Base(tmp_path, FakeStores())
    yield base
    base.catalogue.close()


class Counting(FakeEmbedder):
    """Calls `then` when it has embedded so many groups."""

    def __init__(self, groups: int, then: object) -> None:
        super().__init__()
        self.groups, self.then = groups, then

    def embed(self, texts: list[str]) -> object:
        self.groups -= 1
        if self.groups == 0:
            self.then()
        return super().embed(texts)


def interrupted(base: Base, groups: int, how: str = "stop", **parts: object) -> Ingestion:
    """An ingestion that is stopped or paused after so many groups of passages."""
    embedder = Counting(groups, None)
    ingestion = base.again(embedder=embedder, **parts)
    embedder.then = getattr(ingestion, how)
    return ingestion


def states(base: Base) -> dict[str, tuple[str, str | None]]:
    return {file.name: (file.state, file.reason) for file in base.catalogue.files()}


def test_stop_keeps_what_is_complete_and_leaves_alone_what_was_begun(base: Base) -> None:
    base.write("a.md", "before")
    base.write("b/handbook.md", LONG)
    base.write("c.md", "never reached")
    ingestion = interrupted(base, 3)
    report = ingestion.ingest([base.folder])
    assert (report.added, report.stopped, report.not_read) == (1, True, 1)
    assert [(file.name, file.reason) for file in report.quarantined] == [("b/handbook.md", "stopped")]
    assert states(base) == {"a.md": ("ready", None), "b/handbook.md": ("quarantined", "stopped")}
    assert base.answers("before") == {"a.md"}
    base.check()

    again = base.ingest()  # it stays stopped until it is asked for
    assert (again.added, again.unchanged, len(again.quarantined)) == (1, 1, 1)
    assert base.ingestion.retry(["b/handbook.md"]).added == 1
    assert base.catalogue.documents() == ["a.md", "b/handbook.md", "c.md"]
    base.check()


def test_stop_keeps_the_old_content_of_a_file_that_was_being_replaced(base: Base) -> None:
    base.write("a.md", "The old rules.")
    base.ingest()
    base.write("a.md", f"The new rules.\n\n{LONG}")
    ingestion = interrupted(base, 2)
    assert ingestion.ingest([base.folder]).stopped
    assert states(base) == {"a.md": ("ready", "stopped")}
    assert base.answers("old rules") == {"a.md"}
    base.check()


def test_pause_leaves_pending_what_was_begun_and_the_next_ingestion_goes_on(base: Base) -> None:
    base.write("handbook.md", LONG)
    assert interrupted(base, 3, "pause").ingest([base.folder]).stopped
    assert states(base) == {"handbook.md": ("pending", None)}
    assert counts(base.ingest()) == (1, 0, 0, 0, 0)
    assert states(base) == {"handbook.md": ("ready", None)}
    assert len(base.embedder.embedded) == 30 - 3 * 8  # no passage twice
    base.check()


def test_stop_waits_for_no_parser(quick: Base) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def hang(path: Path, name: str) -> tuple[Document, ...]:
        inside.set()
        go_on.wait(30)
        return fakes.load(path, name)

    quick.write("slow.md", "slow")
    ingestion = quick.again(load=hang)
    reports = []
    thread = threading.Thread(target=lambda: reports.append(ingestion.ingest([quick.folder])))
    thread.start()
    assert inside.wait(10)
    now = ingestion.activity()
    assert now
    assert (now.files, now.what) == (1, "slow.md")
    started = time.monotonic()
    ingestion.stop()
    thread.join()
    go_on.set()
    assert time.monotonic() - started < 1
    assert (reports[0].stopped, reports[0].not_read, quick.catalogue.files()) == (True, 1, [])
    assert ingestion.activity() is None


def test_a_stopped_rebuild_answers_from_the_old_index_and_can_be_resumed(base: Base) -> None:
    base.write("a.md", "alpha")
    base.write("handbook.md", LONG)
    base.ingest()
    ingestion = interrupted(base, 2, spec=other_spec())
    assert ingestion.rebuild().stopped
    assert set(states(base).values()) == {("ready", None)}
    assert base.answers("alpha") == {"a.md"}
    assert not base.again(spec=other_spec()).rebuild().stopped
    assert base.catalogue.documents() == ["a.md", "handbook.md"]
    base.check()


def test_progress_is_seen_while_a_file_is_embedded(quick: Base) -> None:
    quick.write("handbook.md", LONG)
    seen = []
    ingestion = quick.again(embedder=Counting(2, lambda: seen.append(ingestion.activity())))
    ingestion.ingest([quick.folder])
    (now,) = seen
    assert (now.done, now.files, now.embedded, now.passages, now.what) == (0, 1, 8, 30, "handbook.md")


def test_a_file_is_deleted_while_it_is_being_embedded(base: Base) -> None:
    """By this process or by another, which has an ingestion of its own and cannot have the lock."""
    other = base.again()
    base.write("a.md", "before")
    base.write("handbook.md", LONG)

    def delete() -> None:
        (file,) = (file for file in base.catalogue.files() if file.name == "handbook.md")
        assert file.state == "pending"
        started = time.monotonic()
        other.delete(file.id)
        assert time.monotonic() - started < 1

    report = base.again(embedder=Counting(2, delete)).ingest([base.folder])
    assert (report.added, report.stopped) == (1, False)
    assert states(base) == {"a.md": ("ready", None)}
    base.check()
    assert counts(base.ingest()) == (0, 0, 1, 0, 0)  # it stays away
    assert states(base) == {"a.md": ("ready", None)}


@pytest.mark.parametrize("text", ["new words", "!damaged"])
def test_a_file_that_is_deleted_while_it_is_read_stays_deleted(quick: Base, text: str) -> None:
    path = quick.write("a.md", "old words")
    quick.ingest()
    path.write_text(text)

    def load(path: Path, name: str) -> tuple[Document, ...]:
        quick.delete("a.md")
        return fakes.load(path, name)

    quick.again(load=load).ingest([quick.folder])
    assert quick.catalogue.files() == []
    quick.check()


def test_a_pending_file_of_a_killed_ingestion_is_deleted_without_being_embedded(base: Base) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    base.write("handbook.md", LONG)
    with pytest.raises(KeyboardInterrupt):
        base.again(embedder=Counting(2, die)).ingest([base.folder])
    base.delete("handbook.md")
    assert counts(base.ingest()) == (0, 0, 0, 0, 0)
    assert base.embedder.embedded == []
    base.check()


def test_deleting_one_of_two_files_of_a_name_leaves_the_other(quick: Base) -> None:
    first = quick.write("one/guide.md", "first")
    second = quick.write("two/guide.md", "second")
    quick.ingest(first.parent)
    quick.ingest(second.parent)
    ready, taken = quick.catalogue.files()
    assert (ready.path, ready.state, taken.path, taken.reason) == (str(first), "ready", str(second), "name taken")
    assert quick.ingestion.delete(taken.id).path == str(second)
    assert [file.id for file in quick.catalogue.files()] == [ready.id]
    assert quick.catalogue.document("guide.md")[0].text == "first"
    quick.ingestion.delete(ready.id)
    assert quick.ingest(second).added == 1
    assert quick.catalogue.document("guide.md")[0].text == "second"


def test_a_moved_folder_is_known_again(base: Base) -> None:
    for name in ("a.md", "sub/b.md", "c.md", "unwanted.md", "lost.md"):
        base.write(f"old/{name}", f"text of {name}")
    base.ingest(base.folder / "old")
    base.delete("unwanted.md")
    embedded = len(base.embedder.embedded)
    (base.folder / "old").rename(base.folder / "new")
    base.write("new/c.md", "changed on the way")
    (base.folder / "new/lost.md").unlink()
    assert counts(base.ingest(base.folder / "new")) == (0, 1, 2, 1, 0)
    assert len(base.embedder.embedded) == embedded + 1  # only what has changed
    assert states(base) == dict.fromkeys(["a.md", "sub/b.md", "c.md"], ("ready", None))
    assert base.catalogue.document("c.md")[0].text == "changed on the way"
    base.check()


def test_a_file_that_was_moved_is_known_again_and_another_of_its_name_is_not_taken_for_it(quick: Base) -> None:
    old = quick.write("one/guide.md", "the guide")
    quick.ingest(old)
    new = quick.folder / "two" / "guide.md"
    new.parent.mkdir()
    old.rename(new)
    assert counts(quick.ingest(new)) == (0, 0, 1, 0, 0)
    assert quick.catalogue.files()[0].path == str(new)
    new.unlink()
    other = quick.write("three/guide.md", "another guide")
    (failed,) = quick.ingest(other).quarantined
    assert failed.reason == "name taken"
    assert "which is gone; delete that one (`rag documents delete guide.md`)" in (failed.message or "")


def test_a_few_files_that_stand_elsewhere_too_do_not_stand_for_a_folder_that_is_gone(quick: Base) -> None:
    """As where a disk with many documents is not mounted."""
    for number in range(5):
        quick.write(f"disk/{number}.md", f"text {number}")
    quick.ingest(quick.folder / "disk")
    quick.write("copies/1.md", "text 1")
    (quick.folder / "disk").rename(quick.folder / ".unmounted")
    quick.ingest(quick.folder / "copies")
    assert len(quick.catalogue.documents()) == 5


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        (Bounds(files=2), "there would be 3 files here, and RAG_MAX_FILES is 2"),
        (Bounds(passages=5), "there would be 6 passages here, and RAG_MAX_ALL_PASSAGES is 5"),
        (Bounds(megabytes=0), "there would be 1 MB here, and RAG_MAX_ALL_MB is 0"),
    ],
)
def test_a_file_for_which_there_is_no_room_is_told_and_read_when_there_is(quick: Base, bounds: Bounds, told: str) -> None:
    for name in ("a.md", "b.md", "c.md"):
        quick.write(name, "one\n\ntwo")
    report = quick.again(bounds=bounds).ingest([quick.folder])
    failed = report.quarantined[-1]
    assert (failed.name, failed.reason) == ("c.md", "no room")
    assert told in (report.quarantined[0].message or "")
    assert quick.ingest().added == len(report.quarantined)


def test_a_file_that_is_read_again_gives_back_its_room(quick: Base) -> None:
    quick.write("a.md", "one\n\ntwo")
    bounded = quick.again(bounds=Bounds(files=1, passages=2))
    bounded.ingest([quick.folder])
    quick.write("a.md", "three\n\nfour")
    assert counts(bounded.ingest([quick.folder])) == (0, 1, 0, 0, 0)


def test_uploads_have_a_bound_together(quick: Base) -> None:
    uploads = quick.data_dir / "uploads"
    bounded = quick.again(bounds=Bounds(uploads_mb=1))
    big = quick.write("big.txt", "word " * 150_000)
    assert bounded.upload([big], uploads).added == 1
    second = quick.write("second.txt", "mot " * 150_000)
    with pytest.raises(RagError, match=r"uploaded documents take 0\.8 MB, and RAG_MAX_UPLOADS_MB is 1"):
        bounded.upload([second], uploads)
    assert [path.name for path in uploads.iterdir()] == ["big.txt"]


def test_a_stopped_upload_keeps_the_copies_of_what_is_listed_and_no_others(quick: Base) -> None:
    uploads = quick.data_dir / "uploads"
    ingestion = interrupted(quick, 3)
    files = [quick.write("a.md", "before"), quick.write("handbook.md", LONG), quick.write("z.md", "never")]
    assert ingestion.upload(files, uploads).stopped
    assert sorted(path.name for path in uploads.iterdir()) == ["a.md", "handbook.md"]
    assert states(quick) == {"a.md": ("ready", None), "handbook.md": ("quarantined", "stopped")}
    assert ingestion.unknown(uploads) == []
    assert all(file.uploaded for file in quick.catalogue.files())


def test_uploads_that_the_catalogue_does_not_know_are_found(quick: Base) -> None:
    uploads = quick.data_dir / "uploads"
    assert quick.ingestion.unknown(uploads) == []
    quick.ingestion.upload([quick.write("a.md", "known")], uploads)
    (uploads / "b.md").write_text("copied, then killed")
    (uploads / f".{'a' * 32}.partial").write_text("half")
    assert quick.ingestion.unknown(uploads) == [uploads / "b.md"]
    assert quick.ingest(*quick.ingestion.unknown(uploads)).added == 1


def test_what_was_left_out_is_kept_with_the_version_and_told(quick: Base) -> None:
    left_out = (LeftOut("hidden sheets", 2, "Costs"), LeftOut("unreadable parts", 1))

    def load(path: Path, name: str) -> tuple[Document, ...]:
        (document,) = fakes.load(path, name)
        return (replace(document, left_out=left_out if "Half" in document.text else ()),)

    path = quick.write("a.md", "Half of a workbook.")
    ingestion = quick.again(load=load)
    (told,) = ingestion.ingest([quick.folder]).incomplete
    (kept,) = quick.catalogue.files()
    assert told.left_out == kept.left_out == left_out
    assert ingestion.ingest([quick.folder]).incomplete == ()  # nothing was read
    path.unlink()
    quick.again(load=load, spec=other_spec()).rebuild()  # from what the catalogue holds
    assert quick.catalogue.files()[0].left_out == left_out
    path.write_text("Whole.")
    quick.again(load=load, spec=other_spec()).ingest([quick.folder])
    assert quick.catalogue.files()[0].left_out == ()


def test_threads_wait_for_their_turn(quick: Base) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def wait(path: Path, name: str) -> tuple[Document, ...]:
        inside.set()
        assert go_on.wait(10)
        return fakes.load(path, name)

    first, second = quick.write("a/first.md", "first"), quick.write("b/second.md", "second")
    ingestion = quick.again(load=wait)
    threads = [threading.Thread(target=ingestion.ingest, args=([path],)) for path in (first, second)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join()
    assert quick.catalogue.documents() == ["first.md", "second.md"]
