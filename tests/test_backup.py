"""Backups: made and put back while in use, checked before anything is replaced, hostile ones refused."""

import hashlib
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rag.apps.backup import restore, save
from rag.apps.backup.archive import BackupError
from rag.apps.backup.contents import DAMAGED, MANIFEST
from rag.apps.backup.restore import BEFORE
from rag.apps.backup.snapshots import KEPT, Snapshots
from rag.apps.cli.main import main
from rag.apps.server.accounts.accounts import Accounts
from rag.apps.server.accounts.database import AccountsFile
from rag.config import load_settings
from rag.errors import RagError, StoreError
from rag.index.audit import AuditLog
from rag.index.bases import create_base, use_base
from rag.index.knowledge_base import KnowledgeBase
from rag.kept.conversations import Conversations
from rag.kept.database import ConversationsFile
from tests.conftest import ROOT
from tests.fakes import SPEC, FakeEmbedder


def open_base(data_dir: Path, name: str = "default") -> KnowledgeBase:
    embedder, settings = FakeEmbedder(), load_settings({"data_dir": data_dir})
    folder = use_base(data_dir, name)
    return KnowledgeBase.open(name, folder, settings, SPEC, embedder, embedder.tokenize)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a base, an upload, a trained model, an account and an audit log; and a backup of it beside."""
    beside = tmp_path_factory.mktemp("made")
    folder = beside / "live"
    with closing(open_base(folder)) as base:
        (beside / "tea.txt").write_text("Tea is steeped for four minutes.")
        base.upload([beside / "tea.txt"], audience="internal")
        base.said.add_gap("Do you sell boats?", 0.1)
    with closing(ConversationsFile.of(folder)) as talks:
        Conversations(talks).of("account:1").ask("", "default", "Do you sell boats?")
    with closing(AccountsFile.of(folder)) as file:
        Accounts(file).add("Ada", "admin", "correct horse battery")
    for name in ("reader/0001/reader.safetensors", "reader/0001/reader.json", "reader/training/state.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    (folder / "reader" / "current").write_text("0001")
    save(folder, beside / "kept.zip")
    return beside


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "live", tmp_path / "live")
    return tmp_path / "live"


@pytest.fixture
def kept(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made / "kept.zip", tmp_path / "kept.zip"))


def test_a_backup_comes_back_in_an_empty_folder(data: Path, kept: Path, tmp_path: Path) -> None:
    assert kept.stat().st_mode & 0o077 == 0
    there = tmp_path / "there"
    done = restore(there, kept)
    assert (done.bases, done.kept, done.before) == (("default",), (), None)
    with closing(open_base(there)) as base:
        assert base.ingest([]).quarantined == ()
        assert [gap.question for gap in base.said.gaps()] == ["Do you sell boats?"]
        (file,) = base.seen_by("internal").files()
        assert (file.name, file.internal, file.state) == ("tea.txt", True, "ready")
        assert (there / "bases/default/uploads/tea.txt").read_text().startswith("Tea")
        retriever = base.seen_by("internal").retriever()
        assert retriever is not None
        assert len(retriever.candidates("steeped tea")[0]) == 1  # the vectors were made again
    with closing(ConversationsFile.of(there)) as talks:
        assert [talk.title for talk in Conversations(talks).of("account:1").all()] == ["Do you sell boats?"]
    with closing(AccountsFile.of(there)) as file_:
        assert Accounts(file_).sign_in("Ada", "correct horse battery")
    assert (there / "reader/current").read_text() == "0001"
    assert not (there / "reader/training").exists()
    log = AuditLog(there)
    assert log.verify().problem == ""
    assert [entry.action for entry in log.entries()] == ["restore", "account.add.admin", "document.add"]
    assert {path.stat().st_mode & 0o077 for path in there.glob("bases/*/*") if path.is_dir()} == {0}


def account_of(folder: Path, name: str) -> int:
    with closing(AccountsFile.of(folder)) as file:
        return Accounts(file).add(name, "agent", "correct horse battery").id


def test_what_one_account_kept_is_no_other_accounts_whichever_files_come_back(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    with closing(open_base(here)), closing(open_base(there)):
        pass
    ada, bob = account_of(here, "Ada"), account_of(there, "Bob")
    with closing(ConversationsFile.of(here)) as talks:
        Conversations(talks).of(f"account:{ada}").ask("", "default", "What of Ada?")
    save(there, tmp_path / "kept.zip")  # accounts, and no conversations
    restore(here, tmp_path / "kept.zip")
    cleo = account_of(here, "Cleo")
    (here / "accounts.sqlite3").unlink()  # as is told where it is damaged
    dora = account_of(here, "Dora")
    with closing(ConversationsFile.of(here)) as talks:
        kept = [Conversations(talks).of(f"account:{id}").all() for id in (ada, bob, cleo, dora)]
    assert [len(one) for one in kept] == [1, 0, 0, 0]


def test_an_upload_under_way_is_left_out(data: Path, tmp_path: Path) -> None:
    uploads = data / "bases" / "default" / "uploads"
    (uploads / f".{'a' * 32}.partial").write_text("half")
    save(data, tmp_path / "made.zip")
    restore(tmp_path / "there", tmp_path / "made.zip")
    there = {path.name for path in (tmp_path / "there" / "bases" / "default" / "uploads").iterdir()}
    assert there == {"tea.txt"}


def test_an_upload_whose_name_begins_with_a_dot_is_kept_and_comes_back(data: Path, tmp_path: Path) -> None:
    uploads = data / "bases" / "default" / "uploads"
    (tmp_path / ".notes.md").write_text("Notes on tea.")
    (uploads / ".earlier.md").write_text("As an earlier version kept it.")
    with closing(open_base(data)) as base:
        base.upload([tmp_path / ".notes.md"])
        assert base.unknown_uploads() == [uploads / ".earlier.md"]
    save(data, tmp_path / "made.zip")
    restore(data, tmp_path / "made.zip")
    assert {path.name for path in uploads.iterdir()} == {"tea.txt", "notes.md", ".earlier.md"}


def test_a_restore_is_seen_by_who_has_the_base_open(data: Path, kept: Path, tmp_path: Path) -> None:
    with closing(open_base(data)) as base:
        (tmp_path / "new.txt").write_text("Coffee takes two minutes.")
        base.upload([tmp_path / "new.txt"])
        assert base.documents() == ["new.txt"]
        done = restore(data, kept)
        assert done.before == data / BEFORE
        assert base.documents() == []
        assert base.seen_by("internal").documents() == ["tea.txt"]
        assert [path.name for path in (data / "bases/default/uploads").iterdir()] == ["tea.txt"]
        base.ingest([])
        restore(data, data / BEFORE)  # and back
        assert base.documents() == ["new.txt"]


def test_a_backup_is_of_one_moment_while_somebody_writes(data: Path, tmp_path: Path) -> None:
    with closing(open_base(data)) as base:
        ends = threading.Event()

        def ask() -> None:
            while not ends.is_set():
                base.said.add_gap("Is it open on Sunday?", 0.1)

        thread = threading.Thread(target=ask)
        thread.start()
        try:
            for n in range(3):
                save(data, tmp_path / f"{n}.zip")
        finally:
            ends.set()
            thread.join()
        for n in range(3):
            restore(tmp_path / f"there{n}", tmp_path / f"{n}.zip")


def test_a_base_that_is_not_in_the_backup_stays(data: Path, kept: Path) -> None:
    create_base(data, "newer")
    assert restore(data, kept).kept == ("newer",)


def test_a_damaged_or_lost_catalogue_comes_back(data: Path, kept: Path) -> None:
    for content in (b"", b"no database" * 500, None):
        path = data / "bases/default/catalogue.sqlite3"
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        restore(data, kept)
        with closing(open_base(data)) as base:
            assert base.seen_by("internal").documents() == ["tea.txt"]


def test_a_restore_keeps_what_it_replaces_also_where_a_file_is_damaged(data: Path, kept: Path, tmp_path: Path) -> None:
    path = data / "bases/default/catalogue.sqlite3"
    path.write_bytes(b"no database" * 500)
    bob = account_of(data, "Bob")
    assert restore(data, kept).before == data / BEFORE
    with zipfile.ZipFile(data / BEFORE) as opened:
        assert opened.read(f"bases/default/catalogue.sqlite3{DAMAGED}") == b"no database" * 500
        assert "bases/default/uploads/tea.txt" in opened.namelist()
    done = restore(data, data / BEFORE)  # what was intact comes back, and the base stays
    assert (done.bases, done.kept) == ((), ("default",))
    with closing(AccountsFile.of(data)) as file:
        assert bob in {account.id for account in Accounts(file).all()}


def test_where_what_is_there_cannot_be_saved_nothing_is_replaced(
    data: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = account_of(data, "Bob")
    (data / BEFORE).mkdir()  # so that no file can be put there
    with pytest.raises(OSError, match=BEFORE):
        restore(data, kept)
    with closing(AccountsFile.of(data)) as file:
        assert bob in {account.id for account in Accounts(file).all()}


KILLED = """
    import os, sys
    from pathlib import Path
    from rag.apps.backup import save

    def progress(done, total, what):
        if total and done == 1:  # the first file is in the archive
            os._exit(9)

    save(Path(sys.argv[1]), Path(sys.argv[2]), progress)
"""


def killed(data: Path, target: Path) -> None:
    """A backup that ends in the middle of its archive."""
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), data, target], cwd=ROOT, check=False)
    assert ended.returncode == 9
    assert list((data / "temporary").iterdir())
    assert list(target.parent.glob(".*.partial"))


@pytest.mark.parametrize("next_one", ["save", "restore", "erase"])
def test_what_a_killed_backup_left_goes_with_the_next(
    data: Path, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, next_one: str
) -> None:
    killed(data, tmp_path / "made.zip")
    if next_one == "save":
        save(data, tmp_path / "another.zip")
    elif next_one == "restore":
        restore(data, kept)
    else:
        monkeypatch.setenv("RAG_DATA_DIR", str(data))
        assert run("privacy", "erase", "nobody at all", "--yes") == 0
    assert list((data / "temporary").iterdir()) == []
    assert list(tmp_path.rglob(".*.partial")) == []


def test_of_damage_no_backup_is_made(data: Path, kept: Path) -> None:
    before = kept.read_bytes()
    path = data / "bases/default/catalogue.sqlite3"
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 9] = b"\xff" * 4096 * 6
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"is damaged|cannot be copied"):
        save(data, kept)
    assert kept.read_bytes() == before
    assert [path.name for path in kept.parent.glob(".*")] == []


def test_of_accounts_that_are_lost_no_backup_is_made(data: Path, kept: Path) -> None:
    (data / "accounts.sqlite3").write_bytes(b"")
    with pytest.raises(StoreError, match="it is empty"):
        save(data, kept)


def test_of_nothing_no_backup_is_made(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "nowhere"):
        with pytest.raises(RagError, match="nothing to keep"):
            save(folder, tmp_path / "kept.zip")
    with pytest.raises(RagError, match="is a folder"):
        save(tmp_path, tmp_path)
    with pytest.raises(RagError, match=f"{tmp_path}/nowhere is no folder"):
        save(tmp_path, tmp_path / "nowhere" / "kept.zip")


Change = Callable[[dict[str, bytes]], None]


def changed(kept: Path, change: Change, *, listed: bool = True) -> Path:
    """The backup with other members; with `listed` its list fits them."""
    with zipfile.ZipFile(kept) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    manifest = json.loads(members.pop(MANIFEST))
    change(members)
    if listed:
        manifest["files"] = {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)} for name, content in members.items()
        }
    target = kept.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as written:
        for name, content in {**members, MANIFEST: json.dumps(manifest).encode()}.items():
            written.writestr(name, content)
    return target


def with_trigger(members: dict[str, bytes]) -> None:
    name = "bases/default/catalogue.sqlite3"
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(members[name])
        connection.execute("CREATE TRIGGER evil AFTER INSERT ON gaps BEGIN DELETE FROM documents; END")
        members[name] = connection.serialize()


HOSTILE: dict[str, Change] = {
    "outside": lambda members: members.update({"../outside.txt": b"x"}),
    "outside of uploads": lambda members: members.update({"bases/default/uploads/../../../x": b"x"}),
    "absolute": lambda members: members.update({"/etc/cron.d/x": b"x"}),
    "backslash": lambda members: members.update({"bases/default/uploads/..\\x": b"x"}),
    "another file": lambda members: members.update({"bases/default/run.py": b"x"}),
    "a pickle": lambda members: members.update({"reader/0002/model.bin": b"x"}),
    "an upload under way": lambda members: members.update({f"bases/default/uploads/.{'a' * 32}.partial": b"x"}),
    "a folder of uploads": lambda members: members.update({"bases/default/uploads/.": b"x"}),
    "a damaged file of nothing": lambda members: members.update({f"bases/default/run.py{DAMAGED}": b"x"}),
    "damaged outside": lambda members: members.update({f"bases/..\\x/catalogue.sqlite3{DAMAGED}": b"x"}),
    "a base that is none": lambda members: members.update({"bases/-x/internal": b""}),
    "a trigger": with_trigger,
    "no database": lambda members: members.update({"bases/default/catalogue.sqlite3": b"x" * 5000}),
    "no accounts": lambda members: members.update({"accounts.sqlite3": b""}),
    "no catalogue": lambda members: (
        members.update({"bases/default/catalogue.sqlite3": b""}),
        members.pop("bases/default/catalogue.json"),
    ),
    "an audit log of somebody else": lambda members: members.update({"audit.sqlite3": members["accounts.sqlite3"]}),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_is_refused_and_changes_nothing(kept: Path, data: Path, change: Change) -> None:
    bad = changed(kept, change)
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    with pytest.raises(BackupError):
        restore(data, bad)
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before
    assert not (data.parent / "outside.txt").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda members: members.update({"accounts.sqlite3": members["accounts.sqlite3"] + b"x"}),
        lambda members: members.pop("accounts.sqlite3"),
        lambda members: members.update({"bases/default/internal": b""}),
        lambda members: members.update({"bases/default/uploads/tea.txt": b"Tea is steeped for nine minutes."}),
    ],
)
def test_an_archive_that_is_not_as_its_list_says_is_refused(kept: Path, tmp_path: Path, change: Change) -> None:
    with pytest.raises(BackupError):
        restore(tmp_path / "there", changed(kept, change, listed=False))


def test_damage_anywhere_in_an_archive_is_found(kept: Path, tmp_path: Path) -> None:
    content = kept.read_bytes()
    for at in range(0, len(content), max(1, len(content) // 25)):
        bad = tmp_path / "bad.zip"
        bad.write_bytes(content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :])
        try:
            restore(tmp_path / "there", bad)
        except BackupError:
            continue
        shutil.rmtree(tmp_path / "there")  # a byte that nothing depends on, as a time
    for cut in (0, 100, len(content) // 2, len(content) - 1):
        bad.write_bytes(content[:cut])
        with pytest.raises(BackupError):
            restore(tmp_path / "there", bad)


def test_a_link_is_refused(kept: Path, tmp_path: Path) -> None:
    content = io.BytesIO(kept.read_bytes())
    with zipfile.ZipFile(content, "a") as opened:
        link = zipfile.ZipInfo("bases/default/uploads/link")
        link.external_attr = 0o120777 << 16
        opened.writestr(link, "/etc/passwd")
    (tmp_path / "link.zip").write_bytes(content.getvalue())
    with pytest.raises(BackupError):
        restore(tmp_path / "there", tmp_path / "link.zip")


@pytest.fixture
def snapshots(data: Path, tmp_path: Path) -> Snapshots:
    return Snapshots(data, tmp_path / "bucket")


def test_snapshots_are_made_where_something_changed_and_the_newest_intact_one_is_restored(
    data: Path, snapshots: Snapshots, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert snapshots.take() is not None
    assert snapshots.take() is None
    assert snapshots.restore() is None  # there is something
    for n in range(KEPT + 1):
        with closing(open_base(data)) as base:
            base.said.add_gap(f"question {n}", 0.1)
        newest = snapshots.take()
    bucket = sorted((tmp_path / "bucket").iterdir())
    assert (len(bucket), bucket[-1]) == (KEPT, newest)
    bucket[-1].write_bytes(bucket[-1].read_bytes()[:1000])
    fresh = tmp_path / "fresh"
    assert Snapshots(fresh, tmp_path / "bucket").restore() is not None
    with closing(open_base(fresh)) as base:
        assert base.said.gaps()[0].question == f"question {KEPT - 1}"
    assert "is not restored" in caplog.text


def test_where_no_snapshot_can_be_restored_a_server_does_not_begin_with_nothing(
    snapshots: Snapshots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = snapshots.take()
    assert taken is not None
    whole = taken.read_bytes()
    taken.write_bytes(whole[:1000])
    fresh = Snapshots(tmp_path / "fresh", tmp_path / "bucket")
    with pytest.raises(StoreError, match=r"none of 1 snapshots in .*bucket can be restored"):
        fresh.restore()
    assert [path.read_bytes() for path in (tmp_path / "bucket").iterdir()] == [whole[:1000]]
    taken.write_bytes(whole)

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:  # in the middle: the base has been replaced by then
        patched.setattr("rag.kept.events.restored", full)
        with pytest.raises(StoreError, match="none of 1 snapshots"):
            fresh.restore()
    assert fresh.restore() is not None  # what was begun is not taken for what there is


def test_what_a_killed_snapshot_left_in_the_bucket_goes_although_the_disk_was_emptied(
    snapshots: Snapshots, tmp_path: Path
) -> None:
    (tmp_path / "bucket").mkdir()
    (tmp_path / "bucket" / f".footnote-20260101T000000000000Z.zip.{'a' * 32}.partial").write_text("half")
    taken = snapshots.take()
    assert list((tmp_path / "bucket").iterdir()) == [taken]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_the_command_line_keeps_and_asks_before_it_restores(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(data))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))  # no terminal
    target = tmp_path / "kept-by-hand.zip"
    assert run("backup", str(target)) == 0
    assert "it holds all documents, conversations and accounts" in capsys.readouterr().err
    assert AuditLog(data).entries()[0].action == "backup"
    assert run("restore", str(target)) == 1
    assert "nothing is restored: answer y, or add --yes" in capsys.readouterr().err
    target.write_bytes(b"no archive")
    assert run("restore", str(target), "--yes") == 1
    assert "is no backup of Footnote, or is damaged" in capsys.readouterr().err
    assert run("restore", str(tmp_path / "nowhere.zip"), "--yes") == 1
    assert "No such file" in capsys.readouterr().err
