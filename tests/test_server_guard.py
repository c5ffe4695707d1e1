"""What the server refuses before anything is parsed, what it believes of proxies, and how it stops."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from rag.apps.server.place import Place, host_name
from rag.config import load_settings
from rag.errors import SettingsError
from rag.languages import en as texts
from rag.languages.formats import number
from rag.query import LONGEST_MESSAGE
from tests.serving import PROXY, Served, application, call, handlers, request, server

pytestmark = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),  # both: gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]


@pytest.fixture(scope="module")
def applications(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., FastAPI]:
    """An application with the settings given, made once: what is asked of it here changes nothing."""
    made: dict[str, FastAPI] = {}

    def of(**settings: Any) -> FastAPI:
        key = repr(sorted(settings.items()))
        if key not in made:
            made[key] = application(tmp_path_factory.mktemp("data"), **settings)
        return made[key]

    return of


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with server(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.mark.parametrize(
    ("host", "settings", "taken"),
    [
        ("127.0.0.1:7860", {}, True),
        ("localhost", {}, True),
        ("[::1]:7860", {}, True),
        ("192.0.2.1", {}, True),
        ("rebind.test", {}, False),
        ("rebind.test", {"host": "0.0.0.0"}, False),
        ("localhost.evil.test", {}, False),
        ("chat.example.org", {"trusted_hosts": "chat.example.org, other.org"}, True),
        ("CHAT.example.org:8443", {"trusted_hosts": "Chat.Example.org"}, True),
        ("evil-example.org", {"trusted_hosts": "*.example.org"}, False),
        ("example.org", {"trusted_hosts": "*.example.org"}, False),
        ("a.b.example.org", {"trusted_hosts": "*.example.org"}, True),
        ("any.test", {"trusted_hosts": "*"}, True),
        ("", {"trusted_hosts": "*"}, False),
        ("a@b", {"trusted_hosts": "*"}, False),
        ("a/b", {"trusted_hosts": "*"}, False),
    ],
)
def test_only_its_own_hosts_are_taken(
    applications: Callable[..., FastAPI], host: str, settings: dict[str, Any], taken: bool
) -> None:
    answer = request(applications(**settings), "GET", "/healthz", headers={"Host": host})
    assert answer.status_code == (200 if taken else 421)
    if not taken and host:
        assert answer.json()["detail"] == texts.WRONG_HOST.format(host=host)


@given(st.text(max_size=40))
def test_host_name_takes_any_text(host: str) -> None:
    name = host_name(host)
    assert name is None or ("/" not in name and "@" not in name)


def test_proxies_that_are_no_networks_are_told() -> None:
    with pytest.raises(SettingsError, match="RAG_TRUSTED_PROXIES has 'proxy': give addresses"):
        Place.of(load_settings({"trusted_proxies": "proxy"}))


OWN = "http://127.0.0.1:7860"


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({}, True),
        ({"Origin": OWN}, True),
        ({"Origin": "http://127.0.0.1:7861"}, False),
        ({"Origin": "http://evil.test"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "file://"}, False),
        ({"Origin": "http://[broken"}, False),
        ({"Origin": OWN, "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": OWN, "Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
    ],
)
@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/upload", "/logout", "/login", "/nowhere"])
def test_no_other_site_changes_anything(
    applications: Callable[..., FastAPI], path: str, headers: dict[str, str], taken: bool
) -> None:
    answer = request(applications(), "POST", path, headers=headers)
    assert (answer.status_code == 403) == (not taken)


def test_no_other_site_may_read(applications: Callable[..., FastAPI]) -> None:
    """Gradio would answer each origin with leave to read, cookies included."""
    app = applications(trusted_hosts="chat.example.org")
    answer = request(app, "GET", "/config", headers={"Host": "chat.example.org", "Origin": "https://evil.test"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = {"Host": "chat.example.org", "Origin": "https://evil.test", "Access-Control-Request-Method": "POST"}
    answer = request(app, "OPTIONS", "/gradio_api/queue/join", headers=asked)
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/login", "/healthz", "/nowhere", "/gradio_api/queue/join"])
def test_every_answer_has_its_headers(applications: Callable[..., FastAPI], path: str) -> None:
    answer = request(applications(), "GET", path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert "server" not in answer.headers


def test_a_space_may_be_framed_by_its_site_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "ada/footnote")
    monkeypatch.setenv("SPACE_HOST", "ada-footnote.hf.space")
    headers = {"Host": "ada-footnote.hf.space", "X-Forwarded-Proto": "https"}
    app = application(tmp_path)
    app.state.visitors.accounts.add("Ada", "admin", "correct horse battery")
    form = {"name": "Ada", "password": "correct horse battery"}
    answer = request(app, "POST", "/login", address="10.16.1.2", headers=headers, data=form)
    assert "frame-ancestors 'self' https://huggingface.co" in answer.headers["Content-Security-Policy"]
    assert answer.headers["set-cookie"].endswith("HttpOnly; Max-Age=43200; Path=/; SameSite=none; Secure")


def test_a_body_that_says_it_is_too_large_is_not_read(applications: Callable[..., FastAPI]) -> None:
    app = applications()
    answer = request(app, "POST", "/gradio_api/queue/join", content=b"x" * 1_000_001)
    assert answer.status_code == 413
    assert answer.json()["detail"] == texts.TOO_LARGE.format(most=number(1_000_000))


def test_who_is_still_writing_reads_why_it_is_refused(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    url, size = httpx.URL(served.url), 20_000_000
    with socket.create_connection((url.host, url.port or 80), timeout=20) as client:
        client.sendall(f"POST /logout HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(size // 1_000_000):
            client.sendall(b"x" * 1_000_000)
        assert client.recv(1000).startswith(b"HTTP/1.1 413 ")
    monkeypatch.setattr("rag.apps.server.guard.LINGER_SECONDS", 0.1)
    with socket.create_connection((url.host, url.port or 80), timeout=20) as client:
        client.sendall(f"POST /logout HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: {size}\r\n\r\n".encode())
        said = b""
        while more := client.recv(1000):  # which ends though nothing more is sent
            said += more
        assert said.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("kind", ["application/octet-stream", "application/json"])  # JSON is read before Gradio sees it
def test_a_body_that_does_not_say_how_large_it_is_ends_where_it_is_too_large(
    applications: Callable[..., FastAPI], kind: str
) -> None:
    sent, headers = 0, {"Content-Type": kind}

    async def body() -> Any:
        nonlocal sent
        for _ in range(1000):
            sent += 100_000
            yield b"x" * 100_000

    assert request(applications(), "POST", "/gradio_api/queue/join", content=body(), headers=headers).status_code == 413
    assert sent <= 1_200_000


def test_uploads_may_be_as_large_as_the_settings_say(applications: Callable[..., FastAPI]) -> None:
    app = applications(max_uploads_mb=2)
    for size, status in ((1_500_000, 200), (2_000_000, 413)):
        answer = request(app, "POST", "/gradio_api/upload", files={"files": ("a.txt", b"x" * size)})
        assert answer.status_code == status


def test_one_client_uploads_so_much_in_a_day_and_says_how_much(tmp_path: Path) -> None:
    with server(tmp_path, max_uploads_mb=4, **PROXY) as served:
        editor, sent = served.person("editor"), {"files": ("a.txt", b"x" * 1_500_000)}
        answers = [editor.post("/gradio_api/upload", files=sent) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 86_000 < int(answers[2].headers["Retry-After"]) <= 86_400
        key = served.app.state.visitors.keys.add("program", ["manage"])
        program = served.client(**{"X-Forwarded-For": "198.51.100.8", "Authorization": f"Bearer {key}"})
        for _ in range(2):  # by another way, and counted apart from the editor
            assert program.post("/v1/documents", files={"nothing": ("a.txt", b"x" * 1_500_000)}).status_code == 400
        assert program.post("/v1/documents", files={"nothing": ("a.txt", b"x" * 1_500_000)}).status_code == 429
        for path, asking in (("/gradio_api/upload", editor), ("/v1/documents", program)):
            assert asking.post(path, content=iter([b"x"])).status_code == 411


def test_a_length_beside_chunks_is_refused(served: Served) -> None:
    """Otherwise the length counts to what a client may upload in a day, and the chunks are read."""
    url = httpx.URL(served.url)
    head = f"POST /logout HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((url.host, url.port or 80), timeout=20) as client:
        client.sendall(head.encode() + b"5\r\nhello\r\n0\r\n\r\n")
        said = b""
        while more := client.recv(1000):  # until it is closed
            said += more
    assert said.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("length", ["-1", "1e3", "abc", "²"])
def test_a_length_that_is_none_is_refused(applications: Callable[..., FastAPI], length: str) -> None:
    headers = [(b"host", b"127.0.0.1"), (b"content-length", length.encode())]
    answers: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {"type": "http", "method": "POST", "path": "/login", "query_string": b"", "headers": headers, "scheme": "http"}
    asyncio.run(applications()({**scope, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 7860)}, receive, send))
    assert answers[0]["status"] == 400


@pytest.mark.parametrize("kind", ["application/octet-stream", "application/json"])
def test_a_body_that_pauses_too_long_is_given_up(applications: Callable[..., FastAPI], kind: str) -> None:
    async def body() -> Any:
        yield b"x"
        await asyncio.sleep(5)
        yield b"x"

    app, headers = applications(request_seconds=0.05), {"Content-Type": kind}
    answer = request(app, "POST", "/gradio_api/queue/join", content=body(), headers=headers)
    assert answer.status_code == 408


def test_a_half_open_request_is_closed(tmp_path: Path) -> None:
    with server(tmp_path, request_seconds=0.3) as served:
        url = httpx.URL(served.url)
        with socket.create_connection((url.host, url.port), timeout=10) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: 127")
            assert connection.recv(1000).startswith((b"HTTP/1.1 408", b"")), "it is still open"
        with socket.create_connection((url.host, url.port), timeout=10) as connection:  # and after an answer
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert connection.recv(5000).startswith(b"HTTP/1.1 200")
            connection.sendall(b"GET /heal")
            while connection.recv(1000):
                pass


def test_a_question_that_is_too_long_is_neither_kept_nor_drawn(served: Served) -> None:
    asking = served.client()
    messages = call(asking, handlers(served.app)["ChatPage.ask"], ["x" * (LONGEST_MESSAGE + 1), None])
    told = [message["log"] for message in messages if message["msg"] == "log"]
    assert told == [texts.MESSAGE_TOO_LONG.format(characters=number(LONGEST_MESSAGE + 1), most=number(LONGEST_MESSAGE))]
    assert "xxxx" not in str(messages)


def test_two_that_ask_again_at_once_take_one_question_away() -> None:
    from rag.apps.page.session import Exchange, Session
    from tests.scripted import ScriptedAssistant

    assistant = ScriptedAssistant(load_settings({}), delay=0.01)
    for _ in range(5):
        session = Session(exchanges=[Exchange("One?"), Exchange("Two?")])
        together = threading.Barrier(2)

        def again(session: Session = session, together: threading.Barrier = together) -> None:
            together.wait()
            list(session.ask(assistant, "Three?", replace=True))

        threads = [threading.Thread(target=again) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [exchange.question for exchange in session.exchanges] == ["One?", "Three?"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/gradio_api/queue/join", {"fn_index": 9999, "data": [], "session_hash": "tab"}),
        ("/gradio_api/queue/join", {"fn_index": None, "data": [], "session_hash": "tab"}),
        ("/gradio_api/queue/join", {"fn_index": 0, "data": [], "session_hash": None}),
        ("/gradio_api/queue/join", {"fn_index": 0, "data": [], "session_hash": "tab", "trigger_id": "x"}),
        ("/gradio_api/queue/join", []),
        ("/gradio_api/cancel", {}),
        ("/gradio_api/reset", {"event_id": "none"}),
        ("/gradio_api/upload", {}),
        ("/login", {}),
        ("/setup", [1]),
    ],
)
def test_a_malformed_request_is_told_so(served: Served, path: str, body: Any) -> None:
    answer = served.client().post(path, json=body)
    assert answer.status_code in {200, 400, 404, 422}
    assert "Traceback" not in answer.text


FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "chat.example.org"}


def test_only_trusted_proxies_are_believed(applications: Callable[..., FastAPI]) -> None:
    trusted = applications(trusted_hosts="chat.example.org", trusted_proxies="10.0.0.0/8")
    told = request(trusted, "GET", "/config", address="10.1.2.3", headers=FORWARDED).json()
    assert told["root"] == "https://chat.example.org"
    told = request(trusted, "GET", "/config", address="203.0.113.1", headers=FORWARDED).json()
    assert told["root"] == "http://127.0.0.1:7860"
    poisoned = request(trusted, "GET", "/", headers={"X-Forwarded-Host": "evil.test", "X-Gradio-Server": "http://evil.test"})
    assert "evil.test" not in poisoned.text


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),  # the first is what the client made up
        ("203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("10.0.0.8, 10.0.0.7", "10.0.0.8"),
        ("", "10.1.2.3"),
    ],
)
def test_the_client_is_the_last_that_is_no_proxy_of_ours(tmp_path: Path, chain: str, client: str) -> None:
    app = application(tmp_path, trusted_proxies="10.0.0.0/8")
    tried: list[str] = []
    app.state.visitors.throttle.takes = lambda address, name: tried.append(address) or False
    headers = {"X-Forwarded-For": chain} if chain else {}
    request(app, "POST", "/login", address="10.1.2.3", headers=headers, data={"name": "a", "password": "b"})
    assert tried == [client]


@pytest.mark.parametrize("prefix", ["", "/chat"])
def test_it_may_stand_below_a_path_that_the_proxy_takes_off_or_not(applications: Callable[..., FastAPI], prefix: str) -> None:
    app = applications(base_path="/chat")
    assert request(app, "GET", f"{prefix}/config").json()["root"] == "http://127.0.0.1:7860/chat"
    assert 'action="/chat/login"' in request(app, "GET", f"{prefix}/login").text
    assert request(app, "POST", f"{prefix}/logout").headers["location"] == "/chat/login"
    assert request(app, "GET", f"{prefix}/healthz").status_code == 200
    assert request(app, "GET", f"{prefix}/assets/nothing.js").status_code == 404
    editor = {"Authorization": f"Bearer {app.state.visitors.keys.add('program', ['manage'])}"}
    for headers, status in (({}, 401), (editor, 400)):  # the rules are those of the path below
        assert request(app, "POST", f"{prefix}/gradio_api/upload", headers=headers).status_code == status


def test_below_a_path_nobody_is_alone_at_this_machine(applications: Callable[..., FastAPI]) -> None:
    """A proxy serves that path; one that says nothing of whom it asks for looks like this machine, as nginx does by itself."""
    for settings, status in (({}, 200), ({"base_path": "/chat"}, 401)):
        assert request(applications(**settings), "GET", "/v1/documents").status_code == status


def test_ready_is_told_apart_from_alive(tmp_path: Path) -> None:
    from rag.errors import StoreError

    app = application(tmp_path)
    assert request(app, "GET", "/readyz").status_code == 200

    def damaged(audience: str) -> list[str]:
        raise StoreError("the catalogue is damaged")

    object.__setattr__(app.state.visitors, "bases", type("Damaged", (), {"names": staticmethod(damaged)})())
    assert (request(app, "GET", "/healthz").status_code, request(app, "GET", "/readyz").status_code) == (200, 503)
    assert "damaged" not in request(app, "GET", "/readyz").text


def test_a_stop_does_not_wait_for_open_tabs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened = threading.Event()

    def stay(url: str) -> None:
        with httpx.Client(base_url=url, timeout=60) as tab, tab.stream("GET", "/gradio_api/heartbeat/tab") as answer:
            for _ in answer.iter_lines():
                opened.set()

    with server(tmp_path) as served:
        tab = threading.Thread(target=stay, args=(served.url,))
        tab.start()
        assert opened.wait(60)
    tab.join()
    assert "timeout graceful shutdown exceeded" not in caplog.text


def test_an_address_in_use_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"RAG_HOST=127.0.0.1, RAG_PORT={port} cannot be served on"):
            server(tmp_path, port=port).__enter__()
