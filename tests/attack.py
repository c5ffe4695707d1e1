"""Malformed and hostile requests to a server of this program's own, on this machine: none may end in a traceback or a bare 500.
Then every fault that was found in version 1 is tried again (tests/findings.py).

python -m tests.attack [--requests 2000] [--seed 0] [--without-findings]
"""

import argparse
import json
import logging
import random
import re
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from rag.apps.page.mount import ROUTES
from rag.apps.server.app import ROUTERS
from tests import findings
from tests.asking import api
from tests.serving import Served

MOST = 20_000  # requests of one run
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "FOO")
TEXTS = (
    "",
    "\0",
    "\u202e\u2066",
    "'; DROP TABLE accounts; --",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "{{7*7}}${7*7}",
    "%n%s%x",
    "A" * 10_000,
    "\ud7ff\ufffe",
    "🙂" * 300,
    "1e309",
    "-1",
    "9" * 400,
    "null",
)
HEADERS = {
    "Content-Type": ("application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "a/b;;=", ""),
    "Authorization": ("Bearer", "Bearer fn_", "Bearer fn_a_b", "Basic eDp5", "Bearer " + "x" * 5000, "fn_1_2"),
    "Cookie": ("footnote_session=x", "footnote_session=" + "a." * 2000, "=;;=", "footnote_session=eyJhIjoxfQ.x.y"),
    "Origin": ("null", "http://evil.test", "http://[", "x"),
    "Host": ("evil.test", "127.0.0.1", "[::1", "localhost:99999", "a b"),
    "Sec-Fetch-Site": ("cross-site", "same-origin", "x"),
    "X-Forwarded-For": ("1.2.3.4", "x", "," * 500, "::1"),
    "X-Forwarded-Proto": ("https", "javascript"),
    "Accept": ("text/html", "*/*", "x" * 3000),
    "Range": ("bytes=0-", "bytes=9-1"),
}
CHAT: dict[str, Any] = {"model": "footnote", "messages": [{"role": "user", "content": "How long?"}], "stream": False, "n": 1}
# What programs send, by the beginning of a path.
FIELDS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": CHAT | {"tools": [], "stream_options": {"include_usage": True}, "user": "x", "temperature": 1},
    "/v1/responses": {"model": "footnote", "input": "How long?", "stream": False, "previous_response_id": None, "text": {}},
    "/v1/embeddings": {"model": "footnote-embedding", "input": ["a"], "encoding_format": "base64", "dimensions": None},
    "/v1/search": {"query": "How long?", "k": 3, "base": None, "documents": [], "folders": []},
    "/v1/feedback": {"id": "chatcmpl-1", "liked": False, "reason": "wrong", "comment": "x"},
    "/mcp": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "arguments": {"query": "x"}}},
    "/embed/": {"question": "How long?", "token": "", "user": "", "signature": "", "key": "x"},
    "/desk/presence": {"conversation": "x", "typing": True},
    "/desk/": {"text": "x", "version": 1, "key": "x", "recipient": "x", "label": "x", "until": "2030-01-01", "agent": 1},
}
RAW = (
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
    b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.test\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
)


def routes() -> list[tuple[str, str]]:
    """(method, path) of every route of the server and of the page, and of some that are none."""
    own = {(method, route.path) for router in ROUTERS for route in router.routes for method in route.methods}  # type: ignore[attr-defined]
    none = {("POST", "/gradio_api/call/delete"), ("GET", "/gradio_api/file={path}"), ("GET", "/nowhere")}
    return sorted(own | set(ROUTES) | none)


class Attack:
    """One run against a server, by chance from a seed."""

    def __init__(self, served: Served, seed: int) -> None:
        self.chance = random.Random(seed)
        self.statuses: Counter[int] = Counter()
        self.failures: list[str] = []
        self._served = served
        self._routes = routes()
        keys, widgets = served.app.state.visitors.keys, served.app.state.visitors.widgets
        self._widget = widgets.add("Help", "default", ["https://shop.example"], per_minute=10**6).id
        key = keys.add("program", ["ask", "manage"], per_minute=10**6)
        self._clients = [
            served.client(),
            served.client(**{"X-Forwarded-For": "198.51.100.7"}),
            served.client(**{"X-Forwarded-For": "198.51.100.9", "Authorization": f"Bearer {key}"}),
            *(served.person(who) for who in ("agent", "editor")),
        ]
        for client in self._clients:
            client.timeout = httpx.Timeout(20)

    def client(self, who: str) -> httpx.Client:
        """One who is signed in as an agent or editor."""
        return self._clients[-1 if who == "editor" else -2]

    def run(self, requests: int) -> None:
        for number in range(min(requests, MOST)):
            if number % 10 == 9:
                self._raw(self.chance.choice(RAW))
            else:
                self._one()

    def _one(self) -> None:
        pick = self.chance.choice
        method, path = pick(self._routes)
        if self.chance.random() < 0.3:
            method = pick(METHODS)
        shapes = self._shapes(path)
        path = re.sub(r"{\w+(:path)?}", lambda variable: self._part(variable[0]), path)
        if self.chance.random() < 0.3:
            path += f"?{quote(pick(('token', 'session_hash', 'upload_id', 'code', 'state', 'x')))}={quote(pick(TEXTS)[:2000])}"
        headers = {name: pick(values) for name, values in HEADERS.items() if self.chance.random() < 0.12}
        body, kind = (shapes, "application/json") if self.chance.random() < 0.5 else (self._body(), "")
        if kind:
            headers.setdefault("Content-Type", kind)
        try:
            with pick(self._clients).stream(method, path, headers=headers, content=body, timeout=5) as answer:
                streams = "event-stream" in answer.headers.get("content-type", "")
                text = "" if streams else answer.read().decode("utf-8", "replace")
                self._judge(answer.status_code, text, f"{method} {path[:100]} {str(headers)[:300]} {body[:200]!r}")
        except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeError, ValueError):
            self.statuses[0] += 1  # the client itself refuses to send it
        except httpx.ReadTimeout:
            self.statuses[-1] += 1  # a stream that stays open, as an event stream should
        except httpx.TransportError:
            self.statuses[-2] += 1  # closed by the server

    def _part(self, variable: str) -> str:
        """For a variable of a path: one that is there, or a hostile text."""
        there = {"{id}": self._widget, "{base}": "default", "{document:path}": "returns.md", "{language}": "de"}
        if variable in there and self.chance.random() < 0.4:
            return there[variable]
        return quote(self.chance.choice(TEXTS)[:500], safe="./%")

    def _shapes(self, path: str) -> bytes:
        """What a program sends to this path, as its fields are named, each with something right or wrong in it."""
        fields = next((fields for start, fields in FIELDS.items() if path.startswith(start)), None)
        if fields is None:
            return json.dumps(self._event()).encode("utf-8", "surrogatepass")
        wrong = [None, -1, 10**30, 1e308, True, [], {}, [[]], {"a": {"b": []}}, [None] * 300, *TEXTS]
        chosen = {name: self.chance.choice(wrong) if self.chance.random() < 0.4 else right for name, right in fields.items()}
        for name in self.chance.sample(sorted(chosen), self.chance.randrange(2)):
            del chosen[name]
        return json.dumps(chosen).encode("utf-8", "surrogatepass")

    def _body(self) -> bytes:
        pick, kind = self.chance.choice, self.chance.randrange(7)
        if kind == 0:
            return b""
        if kind == 1:
            return pick(TEXTS).encode("utf-8", "surrogatepass")
        if kind == 2:
            return ("[" * 5000).encode()
        if kind == 3:
            return "&".join(f"{name}={quote(pick(TEXTS)[:2000])}" for name in ("name", "password", "new", "token")).encode()
        if kind == 4:
            return self.chance.randbytes(self.chance.randrange(5000))
        if kind == 5:
            return b"--x\r\nContent-Disposition: form-data; name=files; filename=\r\n\r\n" + pick(TEXTS).encode() + b"\r\n--x--"
        return json.dumps(self._event()).encode()

    def _event(self) -> dict[str, Any]:
        """What the page's script sends, with something wrong in it."""
        pick = self.chance.choice
        value: Any = pick([None, -1, 10**30, True, [], {}, [[]], {"a": {"b": []}}, *TEXTS])
        event = {
            "fn_index": self.chance.randrange(-2, 40),
            "data": [value] * self.chance.randrange(4),
            "session_hash": pick(TEXTS)[:300],
            "event_data": pick([None, value, {"id": value}, {"exchange": value, "n": value, "kind": value}]),
            "trigger_id": value,
        }
        event.pop(pick(list(event)))
        return event

    def _raw(self, content: bytes) -> None:
        host, port = self._served.url.removeprefix("http://").rstrip("/").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            answer = b""
            try:
                connection.sendall(content)
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(4096)
            except OSError:
                pass
        status = int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else -2
        self._judge(status, answer.partition(b"\r\n\r\n")[2].decode("utf-8", "replace"), repr(content[:100]))

    def _judge(self, status: int, text: str, asked: str) -> None:
        self.statuses[status] += 1
        if "Traceback" in text or (status >= 500 and status != 503):
            self.failures.append(f"{status}: {asked} -> {text[:200]}")


class Tracebacks(logging.Handler):
    """Keeps what is logged with a traceback."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.found.append(f"{record.name}: {record.getMessage()}: {record.exc_info[1]!r}")


@contextmanager
def attacked(folder: Path, seed: int) -> Iterator[tuple[Attack, Tracebacks]]:
    """A server over real bases, and who attacks it; limits are as wide as they go, so that requests come through."""
    wide = {"requests_per_minute": 0, "questions_per_minute": 0, "request_seconds": 5}
    tracebacks = Tracebacks()
    with api(folder, **wide) as running:
        logging.getLogger().addHandler(tracebacks)
        try:
            yield Attack(running.served, seed), tracebacks
        finally:
            logging.getLogger().removeHandler(tracebacks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000, help=f"at most {MOST:,}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without-findings", action="store_true", help="only the requests")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, attacked(Path(folder), options.seed) as (attack, tracebacks):
        attack.run(options.requests)
    for status, n in sorted(attack.statuses.items()):
        print(f"{ {0: 'not sent', -1: 'stays open', -2: 'closed'}.get(status, status)!s:>10} {n:>6}")
    print(f"{len(attack.failures)} bare 500s, {len(tracebacks.found)} tracebacks")
    for problem in (*attack.failures[:20], *tracebacks.found[:20]):
        print(problem)
    left = 0 if options.without_findings else findings_left()
    raise SystemExit(bool(attack.failures or tracebacks.found or left))


def findings_left() -> int:
    """Tries every finding again, in a process of its own, as pytest rewrites modules before they are imported; 0: none left."""
    return subprocess.run([sys.executable, "-m", "tests.findings"], cwd=findings.ROOT, check=False).returncode


if __name__ == "__main__":
    main()
