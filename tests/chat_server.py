"""A small server that speaks OpenAI's chat completions, in a thread: what it answers is a script, what it was asked is kept."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODELS = {"object": "list", "data": [{"id": "tiny", "object": "model", "max_model_len": 512}]}


def event(text: str | None, finish: str | None = None) -> bytes:
    """One piece of an answer as servers send it."""
    delta = {} if text is None else {"content": text}
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta, 'finish_reason': finish}]})}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def echo(body: dict[str, Any]) -> Iterator[bytes]:
    """Repeats the user's words, one a piece, at most `max_tokens`; the role first, as servers do."""
    words = body["messages"][-1]["content"].split(" ")
    yield b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n'
    for n, word in enumerate(words[: body["max_tokens"]]):
        yield event(f" {word}" if n else word)
    yield event(None, "stop" if len(words) <= body["max_tokens"] else "length")
    yield b'data: {"choices":[],"usage":{"completion_tokens":3}}\n\n' + DONE


@dataclass
class Script:
    """What the server answers. `chat` gives the chunks of an answer, each sent on its own."""

    chat: Callable[[dict[str, Any]], Iterator[bytes]] = echo
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None  # instead of `chat`
    kind: str = "text/event-stream"
    models: Any = field(default_factory=lambda: MODELS)
    models_status: int = 200
    props: Any = None
    break_off: bool = False  # ends without the last chunk
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    sent: int = 0
    closed: threading.Event = field(default_factory=threading.Event)  # a client hung up within an answer


@contextmanager
def serving(script: Script) -> Iterator[Script]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            script.keys.append(self.headers.get("Authorization", ""))
            if self.path == "/v1/models":
                self.whole(script.models_status, script.models)
            elif self.path == "/props" and script.props:
                self.whole(200, script.props)
            else:
                self.whole(404, {"error": {"message": "no such path"}})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            script.keys.append(self.headers.get("Authorization", ""))
            script.asked.append(body | {"path": self.path})
            if script.body is not None or script.status != 200:
                self.whole(script.status, script.body or b"", script.kind)
                return
            self.send_response(200)
            self.send_header("Content-Type", script.kind)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                for chunk in script.chat(body):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                    script.sent += 1
                if not script.break_off:
                    self.wfile.write(b"0\r\n\r\n")
            except OSError:
                script.closed.set()
            self.close_connection = script.break_off or script.closed.is_set()

        def whole(self, status: int, value: Any, kind: str = "application/json") -> None:
            data = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            for name, text in script.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    class Quiet(ThreadingHTTPServer):
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client may hang up at any time

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def endless(pause: float = 0.01) -> Iterator[bytes]:
    while True:
        yield event("on ")
        time.sleep(pause)
