"""Webhooks: signed, in order, again until they are taken, and never to where nobody outside may reach."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.apps.cli.main import app
from rag.desk.desk import Desk
from rag.desk.errors import DeskError
from rag.desk.webhooks import FRESH, SIGNATURE, Webhooks, is_public, sign, verify
from rag.errors import SettingsError
from rag.kept.database import ConversationsFile
from tests.desk_bases import handed_over


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is told; answers with the statuses given, the first to the next call."""

    told: list[tuple[dict[str, str], bytes]]
    statuses: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.statuses.pop(0) if self.statuses else 204
        if status == 204:
            self.told.append((dict(self.headers.items()), body))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


class Clock:
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    with closing(Desk(ConversationsFile.of(tmp_path), clock)) as found:
        found.agents.here("account:1", "Ada")
        yield found


@pytest.fixture
def receiver() -> Iterator[tuple[type[Receiver], str]]:
    handler = type("Own", (Receiver,), {"told": [], "statuses": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield handler, f"http://localhost:{server.server_port}/desk?x=1"
        server.shutdown()
        thread.join()


def test_what_happens_is_told_once_in_order_and_signed(desk: Desk, clock: Clock, receiver: tuple[type[Receiver], str]) -> None:
    handler, url = receiver
    handed_over(desk, "Before?")
    hooks = Webhooks(desk.store, private=True)
    hook, secret = hooks.add(url, ["new", "waiting", "resolved"])
    _, conversation = handed_over(desk, "My number is 4111 1111 1111 1111, do you sell boats?", owner="visitor:2")
    desk.cases.claim(conversation, "account:1")
    desk.cases.resolve(conversation, "account:1")
    assert (hooks.once(), hooks.once()) == (3, 0)
    told = [json.loads(body) for _, body in handler.told]
    assert [one["kinds"] for one in told] == [["new"], ["waiting"], ["resolved"]]
    assert {one["conversation"] for one in told} == {conversation}
    assert told[1]["reason"] == "customer_request"
    assert "boats" not in str(handler.told)
    for head, body in handler.told:
        now = int(clock.now.timestamp())
        assert verify(head[SIGNATURE], body, secret, now)
        assert not verify(head[SIGNATURE], body + b" ", secret, now)
        assert not verify(head[SIGNATURE], body, secret + "x", now)
        assert not verify(head[SIGNATURE], body, secret, now + FRESH + 1)
        assert head["Host"] == url.split("/")[2]
    assert hooks.get(hook.id).waiting == 0


def test_a_receiver_that_fails_is_told_again_in_order(desk: Desk, clock: Clock, receiver: tuple[type[Receiver], str]) -> None:
    handler, url = receiver
    hooks = Webhooks(desk.store, private=True)
    hook, _ = hooks.add(url, ["new", "waiting"])
    handed_over(desk, "Do you sell boats?")
    handler.statuses[:] = [500, 302]
    assert (hooks.once(), hooks.once(), handler.told) == (0, 0, [])
    assert (hooks.get(hook.id).waiting, hooks.get(hook.id).error) == (2, "500")
    clock.now += timedelta(minutes=2)
    assert hooks.once() == 0
    assert hooks.get(hook.id).error == "302"
    clock.now += timedelta(minutes=6)
    assert hooks.once() == 2
    assert [json.loads(body)["kinds"] for _, body in handler.told] == [["new"], ["waiting"]]


def test_two_rounds_at_once_call_once(desk: Desk, receiver: tuple[type[Receiver], str]) -> None:
    handler, url = receiver
    hooks = Webhooks(desk.store, private=True)
    hooks.add(url, ["new"])
    for n in range(4):
        handed_over(desk, "Do you sell boats?", owner=f"visitor:{n}")
    threads = [threading.Thread(target=hooks.once) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(json.loads(body)["event"] for _, body in handler.told) == sorted(
        {json.loads(b)["event"] for _, b in handler.told}
    )
    assert len(handler.told) == 4


def test_a_name_that_later_leads_to_a_private_address_is_not_called(desk: Desk, receiver: tuple[type[Receiver], str]) -> None:
    handler, url = receiver
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    hooks = Webhooks(desk.store, resolve=lambda host, port: answers.pop(0))
    hook, _ = hooks.add(url.replace("http", "https"), ["new"])
    handed_over(desk, "Do you sell boats?")
    assert (hooks.once(), handler.told) == (0, [])
    assert "private network" in hooks.get(hook.id).error


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/", "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/", "ftp://example.org/", "https://user:pw@example.org/", "https:///x", "https://x:99999/",
        "x",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_called_is_refused(desk: Desk, url: str) -> None:
    with pytest.raises(DeskError):
        Webhooks(desk.store).add(url, ["new"])


def test_an_unknown_kind_is_refused(desk: Desk) -> None:
    with pytest.raises(DeskError, match="new, waiting, resolved"):
        Webhooks(desk.store, private=True).add("http://localhost/", ["gone"])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("address", "public"), [("93.184.216.34", True), ("192.168.0.1", False), ("100.64.0.1", False), ("fe80::1%eth0", False)]
)
def test_public_addresses_are_told_from_private_ones(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_signature_has_the_form_that_is_documented() -> None:
    assert sign(b"{}", "secret", 5).startswith("t=5,v1=")
    assert not verify("nonsense", b"{}", "secret", 5)


def test_hooks_and_mail_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RAG_WEBHOOKS_PRIVATE", "true")
    run = CliRunner().invoke
    added = run(app, ["desk", "hooks", "add", "http://127.0.0.1:9/desk", "--tell", "new"])
    assert added.exit_code == 0
    (listed,) = json.loads(run(app, ["desk", "hooks", "list", "--json"]).stdout)
    assert (listed["url"], listed["kinds"], listed["waiting"]) == ("http://127.0.0.1:9/desk", ["new"], 0)
    assert len(added.stdout.strip()) > 30
    assert added.stdout.strip() not in str(listed)
    assert run(app, ["desk", "hooks", "remove", "1"]).exit_code == 0
    assert json.loads(run(app, ["desk", "hooks", "list", "--json"]).stdout) == []
    assert json.loads(run(app, ["desk", "aside", "--json"]).stdout) == []
    with pytest.raises(SettingsError, match="RAG_MAIL_IMAP"):
        run(app, ["desk", "mail"], catch_exceptions=False, standalone_mode=False)
    monkeypatch.setenv("RAG_MAIL_IMAP", "imap://127.0.0.1:9")
    failed = run(app, ["desk", "mail", "--json"])
    assert failed.exit_code == 1
    assert "mail is not fetched" in json.loads(failed.stdout)["problems"][0]
