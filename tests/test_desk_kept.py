"""What the desk keeps is kept with the conversation: erased with it, for as long, found by its words, in the same backup."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rag.apps.backup import restore, save
from rag.config_channels import load_channels
from rag.desk.desk import Desk
from rag.desk.gap_answers import GapAnswers
from rag.desk.mail.intake import Intake
from rag.index import retention
from rag.index.bases import create_base, rename_base
from rag.kept import erasing
from rag.kept.conversations import MOST
from rag.kept.database import FILE, ConversationsFile, create_tables
from rag.kept.desk_tables import SAID, create_desk
from tests.desk_world import ANNA, BEN, World, world

# Columns of texts that are ids, times, kinds and settings, and nothing that anybody said.
NOT_SAID = {
    "desk_cases": {
        *("conversation", "state", "reason", "agent", "team", "channel", "recipient", "previous", "waiting_since", "due_at"),
        *("due_from", "due_kind", "first_reply_at", "claimed_at", "reply_by", "snoozed_until", "resolved_at", "code"),
        *("created_at", "changed_at"),
    },
    "desk_messages": {"conversation", "kind", "author", "evidence", "client_key", "recipient", "at", "delivered_at"},
    "desk_notes": {"conversation", "author", "at"},
    "desk_drafts": {"conversation", "agent", "updated_at", "ended", "ended_at", "kind"},
    "desk_labels": {"conversation"},
    "desk_events": {"conversation", "kind", "actor", "details", "at"},
    "desk_proposals": {"conversation", "mark", "found", "state", "agent", "taken_at", "at"},
    "desk_verdicts": {"conversation", "agent", "base", "document", "at"},
    "desk_solved": {"conversation", "base", "encoder", "at"},
    "desk_mails": {"conversation", "message_id", "kind", "problem", "at"},
    "desk_files": {"conversation", "type", "sha256", "at"},
}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def full(there: World, who: str = "carla") -> str:
    """A conversation with something in every table."""
    conversation = there.open(who=who)
    there.customer(who).leave_address(conversation, "ZEBRA1@example.com", "ZEBRA2")
    there.say(conversation, "ZEBRA3", who)
    there.reply(conversation, "ZEBRA4")
    there.desk.notes.add(conversation, ANNA, "ZEBRA5")
    there.desk.notes.set_labels(conversation, ANNA, ["ZEBRA6"])
    there.desk.drafts.save(conversation, BEN, "ZEBRA7")
    there.desk.cases.resolve(conversation, ANNA)
    there.customer(who).rate(conversation, 1, "ZEBRA8")
    return conversation


def left(there: World) -> dict[str, int]:
    """Rows about conversations, by table, and what any file of the folder still has of them."""
    tables = [
        row["name"]
        for row in there.desk.store.read(
            "SELECT name FROM sqlite_master WHERE name LIKE 'desk@_%' ESCAPE '@' AND type = 'table'"
        )
    ]
    count = {
        table: there.desk.store.read(f"SELECT count(*) AS n FROM {table} WHERE conversation IS NOT NULL")[0]["n"]
        for table in tables
        if any(row["name"] == "conversation" for row in there.desk.store.read(f"SELECT name FROM pragma_table_info('{table}')"))
    }
    bytes_ = sum(path.read_bytes().count(b"ZEBRA") for path in there.folder.glob(f"{FILE}*"))
    return {"bytes": bytes_, **count}


def test_every_column_of_the_desk_is_searched_for_what_people_said_or_holds_nothing_of_it(there: World) -> None:
    sql = """SELECT m.name AS "table", p.name AS "column" FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS p
        WHERE m.type = 'table' AND m.name LIKE 'desk@_%' ESCAPE '@' AND p.type = 'TEXT'"""
    columns: dict[str, set[str]] = {}
    for row in there.desk.store.read(sql):
        columns.setdefault(row["table"], set()).add(row["column"])
    for table, found in columns.items():
        if "conversation" in found:
            assert found == {*SAID[table], *NOT_SAID[table]} if table in SAID else found <= NOT_SAID[table], table


@pytest.mark.parametrize("n", range(1, 9))
def test_words_find_a_conversation_wherever_at_the_desk_they_stand(there: World, n: int) -> None:
    conversation = full(there)
    full(there, "dora")
    (found, other) = erasing.find(there.folder, containing=f"zebra{n}")
    assert {found.id, other.id} > {conversation}
    assert [one.id for one in erasing.find(there.folder, containing="zebra9")] == []
    there.desk.notes.add(conversation, ANNA, "zebra9")
    assert [one.id for one in erasing.find(there.folder, containing="zebra9")] == [conversation]


@pytest.mark.parametrize("by", ["its owner", "words"])
def test_erasing_a_conversation_leaves_nothing_of_it_and_says_so(there: World, by: str) -> None:
    conversation = full(there)
    assert left(there)["bytes"] > 8
    seen = there.desk.events.last()
    if by == "its owner":
        there.own().delete(conversation)
    else:
        erasing.erase(there.folder, erasing.find(there.folder, containing="zebra5"))
    assert set(left(there).values()) == {0}, left(there)
    (event,) = there.desk.events.after(seen)
    assert (event.kind, event.conversation, event.details) == ("erased", None, {"conversation": conversation})
    assert there.desk.queue.search("zebra") == []


def test_what_is_of_no_conversation_is_found_by_words_and_erased(there: World) -> None:
    create_base(there.folder, "shop")
    conversation = full(there)
    there.reply(there.open(who="dora"), "On its way.")
    bare = b"From: a@b.example\nAuto-Submitted: auto-replied\nMessage-ID: <1@x>\n\n"
    Intake(there.desk, load_channels({"mail_from": "help@larkfell.example"})).take(bare + b"I am away. Zebra9")
    Intake(there.desk, load_channels({"mail_from": "help@larkfell.example"})).take(bare.replace(b"1@x", b"2@x"))
    answers = GapAnswers(there.desk.store)
    answers.write("shop", "Where?", ["Does ZEBRA9 know?"], "There.", ANNA)
    answers.write("shop", "Where?", (), "There.", ANNA)
    for row in there.desk.store.read("SELECT id, conversation FROM desk_messages WHERE kind = 'out'"):
        with there.file.write() as connection:
            tried = "INSERT INTO desk_mail_tries VALUES (?, 1, '', ?, 1)"
            connection.execute(tried, (row["id"], "550 ZEBRA1 unknown" if row["conversation"] == conversation else "451 later"))
    bases = ["shop", retention.NO_BASE]
    found = retention.find(there.folder, bases, containing="zebra9")
    assert {base: [row.table for row in rows] for base, rows in found.items()} == {"shop": ["desk_answers"], "": ["desk_mails"]}
    retention.erase_in(there.folder, found, "cli")
    retention.erase_in(there.folder, retention.find(there.folder, bases, containing="zebra"), "cli")
    assert left(there)["bytes"] == 0
    kept = {table: len(there.desk.store.read(f"SELECT * FROM {table}")) for table in ("desk_answers", "desk_mails")}
    assert kept == {"desk_answers": 1, "desk_mails": 1}
    assert [row["error"] for row in there.desk.store.read("SELECT error FROM desk_mail_tries")] == ["451 later"]
    (aside,) = retention.find(there.folder, bases)[retention.NO_BASE]  # as `--all` finds it
    assert aside.table == "desk_mails"


def test_a_visitors_conversation_stays_until_people_have_closed_it(there: World) -> None:
    there.clock.now = datetime.now(UTC) - timedelta(days=100)
    closed, opened, alone = full(there, "a"), there.open(who="b"), there.asked("c")
    with there.file.write() as connection:
        long_ago = there.clock.now.isoformat()
        connection.execute("UPDATE conversations SET changed_at = ? WHERE id = ?", (long_ago, alone))
    assert retention.delete_expired(there.folder, 0, visitor_days=30) == 2
    kept = {row["id"] for row in there.desk.store.read("SELECT id FROM conversations")}
    assert kept == {opened}
    assert closed not in kept
    there.desk.cases.resolve(opened, ANNA)
    assert retention.delete_expired(there.folder, 0, visitor_days=30) == 1


def test_what_is_older_than_all_is_kept_goes_whoever_has_it(there: World) -> None:
    there.clock.now = datetime.now(UTC) - timedelta(days=100)
    create_base(there.folder, "shop")
    there.open()
    assert retention.delete_expired(there.folder, 90) == 1
    assert set(left(there).values()) == {0}


def test_a_conversation_at_the_desk_makes_no_room_for_new_ones(there: World) -> None:
    conversation = there.open()
    with there.file.write() as connection:
        rows = [(f"c{n}", "visitor:carla", f"2026-05-01T00:{n // 60:02}:{n % 60:02}+00:00") for n in range(MOST)]
        connection.executemany("INSERT INTO conversations VALUES (?, ?, 'shop', '', 0, ?3, ?3)", rows)
    there.asked()
    assert there.get(conversation).state == "open"
    assert len(there.own().all()) == MOST + 1


def test_a_base_under_a_new_name_keeps_its_conversations_at_the_desk(there: World) -> None:
    create_base(there.folder, "shop")
    conversation = there.open()
    rename_base(there.folder, "shop", "store")
    assert there.get(conversation).base == "store"


def test_a_backup_holds_the_desk_and_putting_it_back_uses_no_id_again(there: World, tmp_path: Path) -> None:
    conversation = full(there)
    before = there.desk.events.timeline(conversation)
    save(tmp_path, tmp_path / "kept.zip")
    kept = there.desk.events.last()
    there.desk.notes.add(conversation, ANNA, "After the backup.")
    later = there.open(who="dora")
    seen = there.desk.events.last()
    restore(tmp_path, tmp_path / "kept.zip")
    assert there.desk.events.timeline(conversation) == before
    assert [one.kind for one in there.desk.events.after(seen)] == ["restored"]
    assert there.desk.events.last() > seen > kept
    there.waiting("eva")
    assert [one.kind for one in there.desk.events.after(seen)] == ["restored", "begun", "hand_over"]
    assert there.desk.store.read("SELECT 1 FROM desk_cases WHERE conversation = :id", {"id": later}) == []


def test_a_file_without_a_desk_gets_one_and_keeps_what_was_said(tmp_path: Path) -> None:
    class Older(ConversationsFile):
        steps = (create_tables,)

    with closing(Older(tmp_path / FILE)) as file, file.write() as connection:
        connection.execute(
            "INSERT INTO conversations VALUES ('c', 'visitor:a', 'shop', 'How long?', 0, '2026-01-01', '2026-01-01')"
        )
    with closing(Desk.of(tmp_path)) as desk:
        assert desk.store.read("SELECT title FROM conversations")[0]["title"] == "How long?"
        assert desk.queue.counts(ANNA)["all"] == 0
    assert create_desk in ConversationsFile.steps
