"""What is kept of people: masked when it is written, deleted in time, erased from the files, and told of without its text."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.apps.cli.main import app
from rag.apps.server.accounts.accounts import Accounts
from rag.apps.server.accounts.database import AccountsFile
from rag.config import Settings
from rag.config_channels import load_channels
from rag.desk.desk import Desk
from rag.desk.mail.intake import Intake
from rag.errors import StoreError
from rag.index import retention
from rag.index.audit import AUDIT, AuditLog, acting_as
from rag.index.bases import base_folder, create_base, delete_base, rename_base
from rag.index.catalogue import CatalogueReader
from rag.index.catalogue.database import Database
from rag.index.catalogue.erasing import TABLES, erase, kept
from rag.index.knowledge_base import KnowledgeBase
from rag.kept import answers
from rag.kept import erasing as conversations
from rag.kept.conversations import Conversations
from rag.kept.database import ConversationsFile
from rag.models.generator.address import parse
from rag.models.load import load_generator
from rag.types import Answer, Message
from tests.chat_server import Script, serving
from tests.fakes import SPEC, FakeEmbedder

SECRET = "Erika Mustermann of Weinheim"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    create_base(tmp_path, "default")
    return tmp_path


@pytest.fixture
def catalogue(data: Path) -> Iterator[CatalogueReader]:
    with closing(CatalogueReader.open(base_folder(data, "default"))) as found:
        yield found


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def age(catalogue: CatalogueReader, table: str, days: float) -> None:
    with catalogue.database.write() as connection:
        created = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        connection.execute(f"UPDATE {table} SET created_at = ?", (created,))


def test_erased_text_is_in_no_file(data: Path, catalogue: CatalogueReader) -> None:
    for n in range(200):  # over several pages
        catalogue.add_gap(f"question {n} of somebody else", 0.1)
        catalogue.add_gap(f"{SECRET} asks {n} " + "x" * n, 0.1)
    catalogue.add_feedback("q", "a", [], False, comment=f"call {SECRET.upper()}")
    assert SECRET.encode() in bytes_of(data)
    found = kept(catalogue.database, containing=SECRET.lower())
    assert {row.table for row in found} == set(TABLES)
    erase(catalogue.database, found)
    left = bytes_of(data).lower()
    assert SECRET.lower().encode() not in left
    assert b"question 7 of somebody else" in left
    assert len(catalogue.gaps()) == 200


def test_what_expires_is_in_no_file_without_writing_all_anew(data: Path, catalogue: CatalogueReader) -> None:
    for n in range(50):
        catalogue.add_gap(f"{SECRET} {n}", 0.1)
    age(catalogue, "gaps", 31)
    catalogue.add_gap("young", 0.1)
    assert retention.delete_expired(data, 30) == 50
    assert SECRET.encode() not in bytes_of(data)
    assert [gap.question for gap in catalogue.gaps()] == ["young"]
    assert {entry.actor for entry in AuditLog(data).entries()} == {"retention"}


def test_erasing_drops_what_older_programs_left_in_free_pages(data: Path, catalogue: CatalogueReader) -> None:
    catalogue.close()
    path = base_folder(data, "default") / "catalogue.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        for n in range(100):
            connection.execute(
                "INSERT INTO gaps VALUES (NULL, ?, 0, ?, 'refused')", (f"{SECRET} {n} " * 20, datetime.now(UTC).isoformat())
            )
        connection.commit()
        connection.execute("DELETE FROM gaps")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert SECRET.encode() in bytes_of(data)
    with closing(Database(path)) as database:
        erase(database, [])
    assert SECRET.encode() not in bytes_of(data)


def test_erasing_says_so_where_another_process_holds_the_old_state(data: Path, catalogue: CatalogueReader) -> None:
    catalogue.add_gap(SECRET, 0.1)
    with closing(sqlite3.connect(catalogue.database.path)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM gaps").fetchall()
        with catalogue.database.write() as connection:
            connection.execute("DELETE FROM gaps")
        with pytest.raises(StoreError, match=r"in use, so.*`rag privacy erase` again"):
            catalogue.database.leave_no_trace(patience=0.05)
    catalogue.database.leave_no_trace()
    assert SECRET.encode() not in bytes_of(data)


@pytest.mark.parametrize("days", [0, 400])
def test_retention_keeps_what_is_younger_or_all(data: Path, catalogue: CatalogueReader, days: int) -> None:
    catalogue.add_gap("kept", 0.1)
    age(catalogue, "gaps", 399)
    assert retention.delete_expired(data, days) == 0
    assert len(catalogue.gaps()) == 1


def test_one_damaged_base_does_not_keep_what_others_delete(data: Path, catalogue: CatalogueReader) -> None:
    (create_base(data, "broken") / "catalogue.sqlite3").write_bytes(b"no database " * 100)
    catalogue.add_gap("old", 0.1)
    age(catalogue, "gaps", 2)
    assert retention.delete_expired(data, 1) == 1


def test_daily_work_runs_at_once_and_again_after_it_failed() -> None:
    ends, done = threading.Event(), threading.Semaphore(0)

    def work() -> None:
        done.release()
        raise StoreError("the disk is full")

    thread = retention.daily(work, ends, seconds=0.01)
    assert all(done.acquire(timeout=5) for _ in range(3))
    ends.set()
    thread.join(5)
    assert not thread.is_alive()


# The audit log


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    audit = AuditLog(tmp_path)
    audit.add("account:7", "document.add", "default/17")
    audit.add_all("cli:0", [("document.delete", f"default/{n}") for n in range(30)])
    return audit


def test_audit_log_holds_and_names_who_did_what(log: AuditLog) -> None:
    newest, *_, first = log.entries()
    assert (first.id, first.actor, first.action, first.subject) == (1, "account:7", "document.add", "default/17")
    check = log.verify()
    assert (check.entries, check.head, check.problem) == (31, newest.hash, "")
    assert log.verify(noted=first.hash).problem == ""
    assert "no row has the hash" in log.verify(noted="0" * 64).problem


def test_audit_log_finds_a_flipped_byte(log: AuditLog, tmp_path: Path) -> None:
    path = tmp_path / AUDIT
    whole = path.read_bytes()
    places = [n for n in range(len(whole) - 12) if whole[n : n + 10] == b"default/17" or whole[n : n + 9] == b"account:7"]
    assert places
    for place in places:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert log.verify().problem.endswith("was changed")
    path.write_bytes(whole)
    assert log.verify().problem == ""


@pytest.mark.parametrize(
    ("removed", "said"), [(1, "row 1 is missing"), (12, "row 12 is missing"), (31, "row 31 is missing: 31")]
)
def test_audit_log_misses_a_removed_row(log: AuditLog, tmp_path: Path, removed: int, said: str) -> None:
    with closing(sqlite3.connect(tmp_path / AUDIT)) as connection, connection:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute("DELETE FROM audit WHERE id = ?", (removed,))
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute("UPDATE audit SET actor = 'me' WHERE id = ?", (removed,))
        connection.execute("DROP TRIGGER audit_is_not_deleted")
        connection.execute("DELETE FROM audit WHERE id = ?", (removed,))
    assert log.verify().problem.startswith(said)


def test_audit_log_is_one_chain_for_several_writers(tmp_path: Path) -> None:
    writers = [
        threading.Thread(target=lambda n=n: [AuditLog(tmp_path).add(f"account:{n}", "ask", str(m)) for m in range(10)])
        for n in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (AuditLog(tmp_path).verify().entries, AuditLog(tmp_path).verify().problem) == (40, "")


@pytest.mark.parametrize("text", ["", "two\nlines", "x" * 201, "tab\t"])
def test_audit_log_takes_ids_only(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="no id"):
        AuditLog(tmp_path).add("cli:0", "document.add", text)
    assert AuditLog(tmp_path).entries() == []


# Where masking happens


@pytest.fixture
def base(data: Path) -> Iterator[KnowledgeBase]:
    yield from opened(data)


def opened(data: Path, **values: object) -> Iterator[KnowledgeBase]:
    settings = Settings(data_dir=data, **values)
    folder = base_folder(data, "default")
    with closing(KnowledgeBase.open("default", folder, settings, SPEC, FakeEmbedder(), FakeEmbedder().tokenize)) as found:
        yield found


ASKED = "Why was anna@example.com charged for order 4539148803436467?"


def test_gaps_and_feedback_are_kept_masked(base: KnowledgeBase, catalogue: CatalogueReader) -> None:
    base.said.add_gap(ASKED, 0.1)
    answer = Answer(ASKED, ASKED, "Write to help@shop.example.", "quoted", 0.9, (), ())
    base.said.add_feedback(answer, liked=False, reason="wrong", comment="my card is 4111 1111 1111 1111")
    masked = "Why was [email] charged for order 4539148803436467?"
    assert [gap.question for gap in catalogue.gaps()] == [masked]
    (said,) = catalogue.feedback()
    assert (said.question, said.reason, said.comment) == (masked, "wrong", "my card is [card]")
    given = answers.from_json(said.given)
    assert given is not None
    assert (given.question, given.searched, given.text) == (masked, masked, answer.text)
    assert said.answer == "Write to help@shop.example."  # the document's words


def test_nothing_is_masked_where_the_setting_says_so(data: Path, catalogue: CatalogueReader) -> None:
    for base in opened(data, mask=False):
        base.said.add_gap(ASKED, 0.1)
    assert [gap.question for gap in catalogue.gaps()] == [ASKED]


def test_documents_that_people_bring_and_delete_are_in_the_audit_log(base: KnowledgeBase, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("The lamp shines for 14 hours.")
    with acting_as("account:7"):
        base.upload([file])
    (report,) = base.files()
    kept_in = base_folder(data, "default")
    assert b"lamp shines" in bytes_of(kept_in)
    base.delete(report.id)
    assert b"lamp shines" not in bytes_of(kept_in)
    deleted, added = AuditLog(data).entries()
    assert (added.actor, added.action, added.subject) == ("account:7", "document.add", f"default/{report.id}")
    assert (deleted.actor, deleted.action, deleted.subject) == ("visitor", "document.delete", f"default/{report.id}")
    assert AuditLog(data).verify().problem == ""


def test_a_document_that_is_deleted_while_somebody_writes_is_gone_from_the_files_a_day_later(
    base: KnowledgeBase, data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "note.txt").write_text("The lamp shines for 14 hours.")
    base.upload([tmp_path / "note.txt"])
    database = base._catalogue.database
    with closing(sqlite3.connect(database.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM documents").fetchall()
        base.delete(base.files()[0].id)
        assert "may still be in a log of writes" in caplog.text
    assert b"lamp shines" in bytes_of(base_folder(data, "default"))
    assert retention.delete_expired(data, 0) == 0
    assert b"lamp shines" not in bytes_of(base_folder(data, "default"))


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("[::1]", True), ("localhost", True), ("0.0.0.0", False), ("10.0.0.5", False),
     ("localhost.example.com", False), ("api.example.com", False)],
)  # fmt: skip
def test_address_knows_what_stays_on_this_machine(host: str, local: bool) -> None:
    assert parse(f"http://{host}:8080/v1#m").is_local is local


def test_prompts_for_another_machine_are_masked_and_its_reply_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    messages = (Message("system", "Answer."), Message("user", ASKED))
    sent = []
    with serving(Script()) as script:
        for host in ("0.0.0.0", "127.0.0.1"):  # the first reaches this machine too, and is no loopback address
            settings = Settings(data_dir=tmp_path, generator=script.url.replace("127.0.0.1", host) + "#tiny")
            generator = load_generator(settings, lambda *_: None)
            reply = "".join(generator.stream(messages, 64))
            sent.append(script.asked[-1]["messages"][-1]["content"])
            assert reply == sent[-1]  # the server repeats what it was sent
    assert sent == ["Why was [email] charged for order 4539148803436467?", ASKED]


# The commands


@pytest.fixture
def run(data: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RAG_DATA_DIR", str(data))
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str, **options):
        return CliRunner().invoke(app, ["privacy", *arguments], **options)

    return call


def test_mask_command_reads_an_argument_or_standard_input(run) -> None:
    assert run("mask", "to anna@example.com").stdout == "to [email]\n"
    assert run("mask", "-", input="call 0171 2345678\n").stdout == "call [phone]\n"
    assert '"kind": "email"' in run("mask", "anna@example.com", "--json").stdout


def test_erase_command_asks_lists_and_erases(run, data: Path, catalogue: CatalogueReader) -> None:
    catalogue.add_gap(f"{SECRET} asks", 0.1)
    catalogue.add_gap("somebody else", 0.1)
    listed = run("erase", "weinheim", "--dry-run")
    assert f"default/gaps/1  {datetime.now(UTC):%Y-%m-%d}  {SECRET} asks" in listed.stdout
    assert "1 row would be erased" in listed.stderr
    refused = run("erase", "weinheim")
    assert "Nothing is erased" in str(refused.exception)
    assert len(catalogue.gaps()) == 2
    assert "erased 1 row" in run("erase", "weinheim", "--yes").stderr
    assert [gap.question for gap in catalogue.gaps()] == ["somebody else"]
    assert SECRET.encode() not in bytes_of(data)
    (entry,) = AuditLog(data).entries()
    assert (entry.action, entry.subject) == ("erase", "default/gaps/1")
    assert run("erase", "--all", "--yes").exit_code == 0
    assert catalogue.gaps() == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Say what to erase"),
        (["--all", "text"], "--all erases everything"),
        (["--all", "--older-than", "3"], "--all erases everything"),
    ],
)
def test_erase_command_wants_to_know_what(run, arguments: list[str], told: str) -> None:
    assert told in str(run("erase", *arguments).exception)


def test_audit_command_lists_and_verifies(run, data: Path) -> None:
    AuditLog(data).add("cli:0", "document.delete", "default/3")
    assert "cli:0  document.delete  default/3" in run("audit").stdout
    assert "1 row, none changed or removed; the last hash is " in run("audit", "--verify").stdout
    with closing(sqlite3.connect(data / AUDIT)) as connection, connection:
        connection.execute("DROP TRIGGER audit_is_not_changed")
        connection.execute("UPDATE audit SET actor = 'cli:1'")
    assert "does not hold: row 1 was changed" in str(run("audit", "--verify").exception)


def talk(data: Path, owner: str, question: str, base: str = "default", days: float = 0) -> str:
    with closing(ConversationsFile.of(data)) as file:
        id, _ = Conversations(file).of(owner).ask("", base, question)
        with file.write() as connection:
            changed = (datetime.now(UTC) - timedelta(days=days)).isoformat()
            connection.execute("UPDATE conversations SET changed_at = ? WHERE id = ?", (changed, id))
    return id


def talks(data: Path) -> set[str]:
    return {str(row.id) for row in conversations.find(data)}


def test_conversations_are_erased_whole_from_all_files(data: Path, catalogue: CatalogueReader) -> None:
    found = [talk(data, "visitor:a", f"{SECRET} asks {n} " + "x" * 900) for n in range(20)]
    with closing(ConversationsFile.of(data)) as file:
        Conversations(file).of("visitor:a").ask(found[0], "default", "and what else?")
    other = talk(data, "visitor:b", "somebody else")
    rows = retention.find(data, ["default"], containing=SECRET.upper())
    assert {row.id for row in rows["default"]} == set(found)
    retention.erase_in(data, rows, "cli:1000")
    left = bytes_of(data)
    assert SECRET.encode() not in left
    assert b"and what else?" not in left
    assert talks(data) == {other}
    assert {entry.subject for entry in AuditLog(data).entries()} == {f"default/conversations/{id}" for id in found}


def test_erasing_drops_what_lay_in_free_pages_of_conversations(data: Path) -> None:
    talk(data, "visitor:a", "stays")
    with closing(sqlite3.connect(data / "conversations.sqlite3")) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        for n in range(100):
            values = (f"id{n}", f"{SECRET} {n} " * 20, "2026-01-01", "2026-01-01")
            connection.execute("INSERT INTO conversations VALUES (?, 'visitor:a', 'default', ?, 0, ?, ?)", values)
        connection.commit()
        connection.execute("DELETE FROM conversations WHERE title <> 'stays'")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert SECRET.encode() in bytes_of(data)
    retention.erase_in(data, retention.find(data, ["default"], containing="nobody"), "cli")
    assert SECRET.encode() not in bytes_of(data)
    assert len(talks(data)) == 1


def test_conversations_expire_for_visitors_and_for_all(data: Path) -> None:
    gone = [talk(data, "visitor:a", f"{SECRET}", days=31), talk(data, "account:1", f"{SECRET}", days=366)]
    stay = {talk(data, "account:1", "kept with an account", days=31), talk(data, "visitor:a", "young", days=29)}
    assert retention.delete_expired(data, 365, 30) == len(gone)
    assert SECRET.encode() not in bytes_of(data)
    assert talks(data) == stay
    assert retention.delete_expired(data, 0, 0) == 1
    assert talks(data) == {id for id in stay if id in talks(data)}
    assert len(talks(data)) == 1


@pytest.mark.parametrize("by", ["words", "age"])
def test_conversations_about_a_base_that_is_not_there_go_as_others_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    create_base(tmp_path, "shop")
    mail = f"From: Erika <erika@example.com>\nSubject: Lamp\nMessage-ID: <1@x>\n\n{SECRET} has no light."
    with closing(Desk.of(tmp_path)) as desk:
        Intake(desk, load_channels({"mail_from": "help@shop.example"})).take(mail.encode())  # about `default`, as mails are
        assert len(desk.store.read("SELECT * FROM desk_messages WHERE kind = 'in'", {})) == 1
    if by == "words":
        monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path))
        assert CliRunner().invoke(app, ["privacy", "erase", "weinheim", "--yes"]).exit_code == 0
    else:
        assert retention.delete_expired(tmp_path, 30, now=datetime.now(UTC) + timedelta(days=31)) == 1
    with closing(ConversationsFile.of(tmp_path)) as file:
        assert file.read("SELECT * FROM desk_messages") == []
    assert SECRET.encode() not in bytes_of(tmp_path)


def test_conversations_go_with_their_base_and_their_account(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_base(data, "shop")
    in_shop, elsewhere = talk(data, "account:1", f"{SECRET}?", "shop"), talk(data, "account:11", "here?")
    rename_base(data, "shop", "store")
    assert [row.id for row in conversations.find(data, "store")] == [in_shop]
    delete_base(data, "store")
    assert SECRET.encode() not in bytes_of(data)
    assert talks(data) == {elsewhere}
    with closing(AccountsFile.of(data)) as file:
        ada = Accounts(file).add("Ada", "editor", "correct horse battery")
    mine = talk(data, f"account:{ada.id}", f"{SECRET}?")
    monkeypatch.setenv("RAG_DATA_DIR", str(data))
    assert mine in talks(data)
    assert CliRunner().invoke(app, ["accounts", "delete", "Ada", "--yes"]).exit_code == 0
    assert talks(data) == {elsewhere}
    assert SECRET.encode() not in bytes_of(data)
