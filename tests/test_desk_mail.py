"""E-mail in and out: hostile mails give one clear message and are kept whole, replies go once to whom they were written."""

import email
import email.policy
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from rag.config import load_settings
from rag.config_channels import ChannelSettings, load_channels
from rag.desk.desk import Desk
from rag.desk.mail.files import Files
from rag.desk.mail.folding import fold
from rag.desk.mail.intake import WHOLE, Intake, Taken
from rag.desk.mail.reading import OWN, read
from rag.desk.mail.sending import Sender
from rag.desk.mail.worker import MailWorker
from rag.desk.values import Message
from rag.errors import SettingsError
from rag.index.bases import create_base
from tests import mail_servers
from tests.desk_bases import handed_over
from tests.mail_servers import Inbox

FROM = "Larkfell <help@larkfell.example>"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 27, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    from rag.kept.database import ConversationsFile

    with closing(Desk(ConversationsFile.of(tmp_path), clock, mails=True)) as found:
        found.agents.here("account:1", "Ada")
        yield found


@pytest.fixture(scope="module")
def inbox() -> Iterator[tuple[Inbox, str]]:
    found = Inbox()
    with mail_servers.smtp(found) as address:
        yield found, address


def channels(**values: object) -> ChannelSettings:
    return load_channels({"mail_from": FROM, "mail_user": mail_servers.USER, "mail_password": mail_servers.PASSWORD, **values})


def mail(
    text: str = "My lamp is dark.", *, id: str = "<1@customer>", sender: str = "Bo <bo@example.com>", **headers: str
) -> bytes:
    head = {
        "From": sender,
        "To": FROM,
        "Subject": "Lamp",
        "Message-ID": id,
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    return "".join(f"{name}: {value}\n" for name, value in head.items() if value).encode() + b"\n" + text.encode()


def reply(desk: Desk, conversation: str, text: str = "Press the switch.", key: str = "k1") -> Message:
    case = desk.cases.get(conversation)
    return desk.replies.send(conversation, "account:1", text, version=case.version, key=key, recipient=case.recipient)


def said(desk: Desk, conversation: str) -> list[str]:
    return [one.message.text for one in desk.events.timeline(conversation) if one.message and one.message.kind != "status"]


def test_a_mail_becomes_a_waiting_conversation_and_is_kept_whole(desk: Desk) -> None:
    data = mail("My lamp is dark.\n\n-- \nBo Smith\nAcme", Date="Fri, 27 Nov 2026 10:00:00 +0100")
    taken = Intake(desk, channels()).take(data)
    case = desk.cases.get(taken.conversation)
    assert (case.state, case.channel, case.recipient, case.customer, case.title) == (
        "waiting",
        "mail",
        "mail:bo@example.com",
        "Bo",
        "Lamp",
    )
    assert said(desk, taken.conversation) == ["My lamp is dark."]
    files = Files(desk.store)
    assert taken.message is not None
    assert files.folded(taken.message) == "-- \nBo Smith\nAcme"
    (whole,) = files.of(taken.conversation)
    assert (whole.name, files.data(taken.conversation, whole.id)[1]) == (WHOLE, data)


def test_a_server_does_not_begin_to_take_mails_about_a_base_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.apps.cli.serve import run

    create_base(tmp_path, "shop")
    monkeypatch.setenv("RAG_MAIL_IMAP", "imaps://mail.larkfell.example")
    with pytest.raises(SettingsError, match="RAG_MAIL_BASE is 'default', which is no base: set one of shop"):
        run(load_settings({"data_dir": tmp_path, "base": "shop"}))


@pytest.mark.parametrize("mails", [False, True])
def test_a_server_asks_for_addresses_only_where_it_sends_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mails: bool
) -> None:
    from rag.apps.cli.serve import run

    given: dict[str, object] = {}
    monkeypatch.setenv("RAG_MAIL_SMTP", "smtps://mail.larkfell.example" if mails else "")
    monkeypatch.setenv("RAG_MAIL_FROM", FROM)
    monkeypatch.setattr("rag.service.load_models", lambda *_: None)
    monkeypatch.setattr("rag.served.Bases", MagicMock())
    monkeypatch.setattr("rag.index.retention.daily", lambda *_: None)
    monkeypatch.setattr("rag.apps.server.running.launch", lambda *_, **values: given.update(values))
    run(load_settings({"data_dir": tmp_path}))
    assert given["mails"] is mails


def test_an_answer_is_of_the_conversation_and_one_by_somebody_else_is_not(desk: Desk, inbox: tuple[Inbox, str]) -> None:
    found, address = inbox
    settings = channels(mail_smtp=address)
    intake = Intake(desk, settings)
    first = intake.take(mail())
    reply(desk, first.conversation)
    found.mails.clear()
    assert Sender(desk, settings).send_due() == 1
    sent = email.message_from_bytes(found.mails[0][2], policy=email.policy.default)
    again = mail(
        "Still dark.\n\nOn Friday, Larkfell wrote:\n> Press the switch.", id="<2@customer>", In_Reply_To=sent["Message-ID"]
    )
    second = intake.take(again)
    assert second.conversation == first.conversation
    assert said(desk, first.conversation) == ["My lamp is dark.", "Press the switch.", "Still dark."]
    stranger = intake.take(mail("Me too.", id="<3@x>", sender="Eve <eve@example.net>", In_Reply_To=sent["Message-ID"]))
    assert stranger.conversation != first.conversation
    assert desk.cases.get(stranger.conversation).recipient == "mail:eve@example.net"


def test_a_mail_that_is_taken_twice_is_there_once(desk: Desk) -> None:
    intake = Intake(desk, channels())
    first, second = intake.take(mail()), intake.take(mail())
    assert (second.conversation, second.again, first.again) == (first.conversation, True, False)
    assert len(desk.queue.view("all", "account:1")) == 1
    other = intake.take(mail("Another.", sender="Cy <cy@example.com>"))  # a program that uses one Message-ID for all
    assert other.conversation not in {"", first.conversation}


def test_a_mail_killed_between_message_and_files_is_completed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(desk, channels())
    with monkeypatch.context() as broken:
        broken.setattr(Intake, "_keep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            intake.take(mail())
    taken = intake.take(mail())
    assert said(desk, taken.conversation) == ["My lamp is dark."]
    assert [file.name for file in Files(desk.store).of(taken.conversation)] == [WHOLE]


def test_a_mail_that_this_program_fails_on_is_set_aside_and_the_next_is_taken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = Intake(desk, channels())
    with monkeypatch.context() as broken:
        broken.setattr("rag.desk.mail.intake.read", lambda data: 1 / 0)
        taken = intake.take(mail())
    assert (taken.kind, "ZeroDivisionError" in taken.problem) == ("held", True)
    assert Files(desk.store).aside_data(Files(desk.store).aside()[0].id) == mail()
    assert intake.take(mail(id="<2@customer>")).kind == "in"


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Auto_Submitted": "auto-replied"}, "Auto-Submitted: auto-replied"),
        ({"Precedence": "bulk"}, "Precedence: bulk"),
        ({"Return_Path": "<>"}, "Return-Path: <>"),
        ({"List_Id": "<news.example>"}, "List-Id"),
        ({"X_Autoreply": "yes"}, "X-Autoreply"),
    ],
)
def test_what_a_program_sent_opens_no_conversation(desk: Desk, headers: dict[str, str], why: str) -> None:
    taken = Intake(desk, channels()).take(mail(**headers))
    assert (taken.kind, taken.conversation) == ("automatic", "")
    (aside,) = Files(desk.store).aside()
    assert why in aside.problem
    assert Files(desk.store).aside_data(aside.id) == mail(**headers)
    event = desk.events.after(0)[-1]
    assert (event.kind, event.conversation, event.details) == (
        "mail",
        None,
        {"mail": aside.id, "automatic": True, "aside": True},
    )
    assert desk.queue.view("all", "account:1") == []


def test_a_report_that_a_reply_was_not_delivered_is_told_in_its_conversation(desk: Desk, inbox: tuple[Inbox, str]) -> None:
    found, address = inbox
    settings = channels(mail_smtp=address)
    taken = Intake(desk, settings).take(mail())
    reply(desk, taken.conversation)
    found.mails.clear()
    Sender(desk, settings).send_due()
    id = email.message_from_bytes(found.mails[0][2])["Message-ID"]
    report = (
        "Content-Type: multipart/report; boundary=b\nFrom: MAILER-DAEMON@x.org\nMessage-ID: <r@x>\n\n"
        f"--b\nContent-Type: text/plain\n\nIt bounced.\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {id}\n--b--\n"
    )
    told = Intake(desk, settings).take(report.encode())
    assert (told.kind, told.conversation) == ("automatic", taken.conversation)
    assert desk.events.of(taken.conversation)[-1].details["automatic"] is True
    assert desk.cases.get(taken.conversation).state == "open"


def test_the_desks_own_mails_and_floods_are_held(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.desk.mail.intake._MOST_AN_HOUR", 3)
    intake = Intake(desk, channels())
    assert intake.take(mail(sender=FROM)).kind == "held"
    assert intake.take(mail(id="<own@x>", **{OWN: "reply"})).kind == "held"
    kinds = [intake.take(mail(id=f"<{n}@flood>")).kind for n in range(5)]
    assert (kinds.count("in"), kinds.count("held")) == (3, 2)
    held = [event for event in desk.events.after(0) if event.kind == "mail" and event.details.get("aside")]
    assert [(event.conversation, event.details["automatic"]) for event in held] == [(None, False)] * 4
    assert "looks like a loop" in Files(desk.store).aside()[0].problem


NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(60))
HOSTILE = {
    "nested": b"From: a@b.example\nSubject: x\n" + NESTED + b"\n\nhello",
    "script": mail("", Content_Type="text/html") + b"<p>Hi<script>alert(1)</script><img src=x onerror=alert(2)></p>",
    "encoding": mail("", Content_Type="text/plain; charset=x-nonsense") + "Grüße".encode(),
    "base64": mail("!!!", Content_Type="text/plain", Content_Transfer_Encoding="base64"),
    "headers": b"From: =?utf-8?b?////?= <a@b.example>\nSubject: =?x?q?=FF?=\nDate: no\nReferences: "
    + b"<x@y> " * 9_000
    + b"\n\nhi",
    "no sender": b"Subject: x\n\nhello",
    "empty": b"",
    "binary": bytes(range(256)) * 40,
    "file": mail("", Content_Type='application/x-sh; name="../../etc/passwd\x00.sh"', Content_Disposition="attachment")
    + b"rm -rf /",
    "huge text": mail("word " * 40_000),
    "surrogates": "From: a@b.example\nSubject: \ud800\n\n\udfff".encode("utf-8", "surrogatepass"),
    "mail in a mail": mail("", Content_Type="message/rfc822") + mail("inner"),
    "lines of quotes": mail("> x\n" * 5_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_kept_whole_and_breaks_nothing(desk: Desk, name: str) -> None:
    data = HOSTILE[name]
    taken = Intake(desk, channels()).take(data)
    files = Files(desk.store)
    if taken.kind == "in":
        (text,) = said(desk, taken.conversation)
        assert "<script" not in text
        assert "\x00" not in text
        kept = files.of(taken.conversation)
        assert all("/" not in file.name and file.name.isprintable() for file in kept)
        assert files.data(taken.conversation, kept[0].id)[1] == data
    else:
        assert taken.problem
        assert files.aside_data(files.aside()[0].id) == data
    assert Intake(desk, channels()).take(data).again


def test_a_hostile_mail_says_what_was_wrong_with_it() -> None:
    assert "nested" in read(HOSTILE["nested"]).problem
    assert "x-nonsense" in read(HOSTILE["encoding"]).problem
    assert read(HOSTILE["encoding"]).body.text == "Grüße"
    assert "200,0" in read(HOSTILE["huge text"]).problem
    assert read(HOSTILE["script"]).body.text == "Hi"
    assert read(HOSTILE["file"]).files[0].name == "passwd.sh"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Yes.\n\nAm 27.11.2026 um 10:00 schrieb Ada <a@b.c>:\n> Alt?\n> Neu?", "Yes."),
        ("好的。\n\n在 2026年11月27日 10:00，Ada <a@b.c> 写道：\n> 可以吗？", "好的。"),
        ("Fine.\n\n-----Original Message-----\nFrom: Ada", "Fine."),
        ("> Is it blue?\nYes.\n> And dark?\nNo.", "> Is it blue?\nYes.\n> And dark?\nNo."),
        ("The switch:\n\nis broken 3 times.", "The switch:\n\nis broken 3 times."),
        ("Bye\n-- \nBo", "Bye"),
    ],
)
def test_quotes_and_signatures_are_folded(body: str, text: str) -> None:
    folded = fold(body)
    assert folded.text == text
    assert "".join((folded.text + folded.folded).split()) == "".join(body.split())


GMAIL = """<style>x{}</style><div>Yes, <b>please</b>.<br>Today.<ul><li>one</li></ul></div><div class="gmail_quote">
<div>On Fri, Nov 27, 2026, Ada &lt;a@b.c&gt; wrote:<br></div><blockquote>Shall I?</blockquote></div>"""


def test_quotes_in_html_are_folded() -> None:
    body = read(mail(GMAIL, Content_Type="text/html")).body
    assert body.text == "Yes, please.\nToday.\n\n- one"
    assert body.folded == "> On Fri, Nov 27, 2026, Ada <a@b.c> wrote:\n\n> Shall I?"


def test_a_reply_goes_once_to_the_recipient_it_was_written_to(desk: Desk, clock: Clock, inbox: tuple[Inbox, str]) -> None:
    found, address = inbox
    settings = channels(mail_smtp=address)
    taken = Intake(desk, settings).take(mail(Subject="Lamp\r\n Bcc: eve@example.net"))
    message = reply(desk, taken.conversation, "Drücke den Schalter.\n.\nGruß")
    found.mails.clear()
    found.answers[:] = ["450 try later"]
    sender = Sender(desk, settings)
    assert (sender.send_due(), found.mails) == (0, [])
    assert ("450 try later" in sender.failed()[0].error, sender.send_due()) == (True, 0)  # not due yet
    clock.now += timedelta(minutes=2)
    assert (sender.send_due(), sender.send_due(), sender.failed()) == (1, 0, [])
    ((envelope, recipients, data),) = found.mails
    assert (envelope, recipients) == ("help@larkfell.example", ["bo@example.com"])
    sent = email.message_from_bytes(data, policy=email.policy.default)
    assert sent["In-Reply-To"] == "<1@customer>"
    assert sent["Bcc"] is None
    assert sent.get_content().replace("\r\n", "\n").strip() == "Drücke den Schalter.\n.\nGruß"
    assert sent[OWN] == "reply"
    assert desk.replies.undelivered() == []
    assert sender.compose(message)["Message-ID"] == sent["Message-ID"]


def test_a_customer_of_the_page_who_left_an_address_is_answered_there(desk: Desk, inbox: tuple[Inbox, str]) -> None:
    found, address = inbox
    settings = channels(mail_smtp=address)
    customer, conversation = handed_over(desk, "Is my lamp repaired?")
    customer.leave_address(conversation, "bo@example.com")
    reply(desk, conversation, "It is.")
    found.mails.clear()
    assert Sender(desk, settings).send_due() == 1
    sent = email.message_from_bytes(found.mails[0][2], policy=email.policy.default)
    assert (sent["To"], sent["Subject"]) == ("bo@example.com", "Re: Is my lamp repaired?")


def test_a_mail_from_an_address_that_a_visitor_left_is_not_shown_to_them(
    desk: Desk, clock: Clock, inbox: tuple[Inbox, str]
) -> None:
    found, address = inbox
    settings, intake = channels(mail_smtp=address), Intake(desk, channels(mail_smtp=address))
    customer, conversation = handed_over(desk, "Is my lamp repaired?")
    customer.leave_address(conversation, "bo@example.com")  # somebody else's, who answers
    reply(desk, conversation, "It is.")
    found.mails.clear()
    Sender(desk, settings).send_due()
    answers = {"In_Reply_To": email.message_from_bytes(found.mails[0][2])["Message-ID"]}
    taken = intake.take(mail("My order is 1234.", **answers))
    case = desk.cases.get(taken.conversation)
    assert (case.previous, case.recipient, case.state) == (conversation, "mail:bo@example.com", "waiting")
    assert intake.take(mail("Hello?", id="<2@customer>", **answers)).conversation == taken.conversation
    assert said(desk, taken.conversation) == ["My order is 1234.", "Hello?"]
    assert [one.text for one in customer.messages(conversation) if one.kind != "status"] == ["It is."]
    desk.cases.resolve(conversation, "account:1")
    clock.now += timedelta(days=1000)
    following = customer.say(conversation, "And now?", "k9").conversation
    assert following not in {conversation, taken.conversation}


def test_a_reply_that_is_refused_for_good_is_given_up_and_told(desk: Desk, inbox: tuple[Inbox, str]) -> None:
    settings = channels(mail_smtp=inbox[1])
    taken = Intake(desk, settings).take(mail(sender="nobody@example.com"))
    message = reply(desk, taken.conversation)
    sender = Sender(desk, settings)
    assert sender.send_due() == 0
    (failed,) = sender.failed()
    assert (failed.message, failed.next_at, "550" in failed.error) == (message.id, None, True)
    assert desk.events.of(taken.conversation)[-1].kind == "undelivered"
    case = desk.cases.get(taken.conversation)
    assert (case.state, case.agent, case.waiting_since is None) == ("waiting", None, False)


def test_a_closed_conversation_whose_reply_did_not_arrive_waits_again(desk: Desk, inbox: tuple[Inbox, str]) -> None:
    settings = channels(mail_smtp=inbox[1])
    taken = Intake(desk, settings).take(mail(sender="nobody@example.com"))
    sent = reply(desk, taken.conversation)
    desk.cases.resolve(taken.conversation, sent.author)
    assert Sender(desk, settings).send_due() == 0
    case = desk.cases.get(taken.conversation)
    assert (case.state, case.resolved_at, case.code) == ("waiting", None, "")


def test_a_reply_that_cannot_be_made_a_mail_holds_up_no_other_and_is_told(
    desk: Desk, clock: Clock, inbox: tuple[Inbox, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = channels(mail_smtp=inbox[1])
    intake, sender = Intake(desk, settings), Sender(desk, settings)
    first, second = (intake.take(mail(id=f"<{n}@customer>")).conversation for n in range(2))
    bad = reply(desk, first)
    reply(desk, second, key="k2")
    made = sender.compose
    monkeypatch.setattr(sender, "compose", lambda message: made(message) if message.id != bad.id else 1 / 0)
    monkeypatch.setattr("rag.desk.mail.sending._TRIES", 2)
    assert sender.send_due() == 1
    clock.now += timedelta(hours=1)
    assert sender.send_due() == 0
    (failed,) = sender.failed()
    assert (failed.message, failed.error, failed.next_at) == (bad.id, "ZeroDivisionError", None)
    assert desk.events.of(first)[-1].kind == "undelivered"


def test_a_reply_that_is_erased_while_it_is_sent_holds_up_no_other(desk: Desk, inbox: tuple[Inbox, str]) -> None:
    settings = channels(mail_smtp=inbox[1])
    taken, sender = Intake(desk, settings).take(mail()), Sender(desk, settings)
    message = reply(desk, taken.conversation)
    with desk.store.write() as connection:
        connection.execute("DELETE FROM conversations WHERE id = :id", {"id": taken.conversation})
    sender._fail(message, "550 gone", final=True)
    assert (sender.failed(), desk.events.of(taken.conversation)) == ([], [])


def test_a_server_that_is_not_there_is_one_clear_problem(desk: Desk) -> None:
    port = mail_servers.free_port()
    settings = channels(mail_smtp=f"smtp://127.0.0.1:{port}", mail_imap=f"imap://127.0.0.1:{port}")
    taken = Intake(desk, settings).take(mail())
    reply(desk, taken.conversation)
    problems = MailWorker(desk, settings).once().problems
    assert [problem.split(":")[0] for problem in problems] == ["mail is not fetched", "replies are not sent"]


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"mail_imap": "http://x"}, "RAG_MAIL_IMAP"),
        ({"mail_imap": "imaps://user:pw@x"}, "RAG_MAIL_PASSWORD"),
        ({"mail_smtp": "smtp://:0"}, "RAG_MAIL_SMTP"),
        ({"mail_seconds": "often"}, "RAG_MAIL_SECONDS"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(values: dict[str, str], names: str) -> None:
    with pytest.raises(SettingsError, match=names):
        channels(**values)


def test_a_sender_without_an_address_is_refused(desk: Desk) -> None:
    with pytest.raises(SettingsError, match="RAG_MAIL_FROM"):
        Sender(desk, channels(mail_smtp="smtp://127.0.0.1:25", mail_from="Larkfell"))


@pytest.mark.skipif(not mail_servers.has_dovecot(), reason="Dovecot 2.3 is not installed: apt install dovecot-imapd")
def test_a_round_trip_through_a_real_mailbox(desk: Desk, inbox: tuple[Inbox, str]) -> None:
    found, smtp = inbox
    with mail_servers.dovecot() as imap:
        settings = channels(mail_imap=imap, mail_smtp=smtp, mail_mb=1)
        worker = MailWorker(desk, settings)
        mail_servers.deliver(imap, mail(), mail("x" * 1_500_000, id="<big@x>"))
        first = worker.once()
        assert [one.kind for one in first.taken] == ["in", "in"]
        assert any("over RAG_MAIL_MB=1" in problem for problem in first.problems)
        with mail_servers.mailbox(imap) as server:
            server.select("INBOX", readonly=True)
            assert server.search(None, "UNSEEN")[1] == [b"2"]
        assert worker.once().taken == ()
        found.mails.clear()
        reply(desk, first.taken[0].conversation)
        assert worker.once().sent == 1
        id = email.message_from_bytes(found.mails[0][2])["Message-ID"]
        mail_servers.deliver(imap, mail("It shines.", id="<3@customer>", In_Reply_To=id))
        (answer,) = worker.once().taken
        assert answer == Taken("in", "<3@customer>", first.taken[0].conversation, answer.message)
        assert said(desk, answer.conversation) == ["My lamp is dark.", "Press the switch.", "It shines."]
        wrong = MailWorker(desk, channels(mail_imap=imap, mail_password="wrong")).once()
        assert "refuses" in wrong.problems[0]
        assert mail_servers.PASSWORD not in str(wrong.problems)
