"""A generator on a server: what it is asked, and one clear message for each way in which a server can fail."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from rag.apps.cli.main import app
from rag.config import Settings, load_settings
from rag.errors import GeneratorError, ModelError, SettingsError
from rag.models.generator import sse
from rag.models.generator.address import Address, is_address, parse
from rag.models.generator.remote import DEFAULT_WINDOW, RemoteGenerator, printable
from rag.models.load import load_generator
from rag.service import load_models as assemble
from rag.types import Message
from tests.chat_server import Script, endless, event, serving

ASKED = (Message("system", "Answer from the text."), Message("user", "How long?"))
KEY = "sk-verysecret-0123456789"


def quiet(done: int, total: int, what: str) -> None:
    pass


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def server() -> Iterator[Script]:
    with serving(Script()) as script:
        yield script


def connect(script: Script, model: str = "#tiny", key: str = "") -> RemoteGenerator:
    return RemoteGenerator.connect(parse(script.url + model), key)


def ask(script: Script, **options: Any) -> str:
    return "".join(connect(script, **options).stream(ASKED, 16))


def says(*chunks: bytes) -> Callable[[dict[str, Any]], Iterator[bytes]]:
    return lambda body: iter(chunks)


def test_remote_asks_for_a_greedy_stream_with_the_messages_and_the_key(server: Script) -> None:
    assert ask(server, key=KEY) == "How long?"
    assert server.asked == [
        {
            "path": "/v1/chat/completions",
            "model": "tiny",
            "messages": [{"role": "system", "content": ASKED[0].content}, {"role": "user", "content": "How long?"}],
            "max_tokens": 16,
            "temperature": 0,
            "stream": True,
        }
    ]
    assert set(server.keys) == {f"Bearer {KEY}"}


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("http://localhost:8080/v1#a/b:q4", Address("http://localhost:8080/v1", "a/b:q4")),
        ("https://[::1]:443/v1/", Address("https://[::1]:443/v1", "")),
        (" HTTP://Host/openai/v1# m ", Address("http://Host/openai/v1", "m")),
    ],
)
def test_parse_takes_an_address_apart(name: str, address: Address) -> None:
    assert is_address(name)
    assert parse(name) == address


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("http://", "'http://': it has no host"),
        ("http://host:port/v1", "'http://host:port/v1': Port could not be cast"),
        ("http://host:99999/v1", "Port out of range"),
        ("http://host:0/v1", "no server listens on port 0"),
        ("http://[::1/v1", "Invalid IPv6 URL"),
        ("http://host/v1?x=1", r"it has a query \(\?\)"),
        ("http://ho st/v1", "it has blanks"),
        ("http://ann:hunter2@host/v1", "'http://…@host/v1': a password does not belong in the address, set RAG_GENERATOR_KEY"),
    ],
)
def test_settings_with_a_malformed_address_are_refused_at_start(name: str, message: str) -> None:
    with pytest.raises(SettingsError, match=f"RAG_GENERATOR is .*{message}.*write it like http://localhost:8080/v1#model") as e:
        assemble(load_settings({"generator": name}))
    assert "hunter2" not in str(e.value)


@pytest.mark.parametrize("name", ["trained", "gpt2", "/models/http", "org/model"])
def test_is_address_leaves_other_names_alone(name: str) -> None:
    assert not is_address(name)


def test_connect_takes_the_only_model_and_its_window(server: Script) -> None:
    generator = connect(server, model="")
    assert (generator.name, generator.window) == ("tiny", 512)


@pytest.mark.parametrize(
    ("names", "message"),
    [(["a", "b"], r"has a, b: name one in RAG_GENERATOR, like http://127\.0\.0\.1:\d+/v1#a"), ([], "has no model: name one")],
)
def test_connect_without_a_model_lists_those_there_are(server: Script, names: list[str], message: str) -> None:
    server.models = {"data": [{"id": name} for name in names]}
    with pytest.raises(GeneratorError, match=message):
        connect(server, model="")


def test_connect_takes_a_named_model_from_a_server_that_lists_none(server: Script) -> None:
    server.models_status = 404
    generator = connect(server)
    assert (generator.name, generator.window) == ("tiny", DEFAULT_WINDOW)
    with pytest.raises(GeneratorError, match="404"):
        connect(server, model="")


@pytest.mark.parametrize(
    ("entry", "props", "window"),
    [
        ({"max_model_len": 4096}, None, 4096),
        ({"context_length": 2048}, None, 2048),
        ({"owned_by": "llamacpp"}, {"default_generation_settings": {"n_ctx": 1024}}, 1024),
        ({"owned_by": "llamacpp"}, {"default_generation_settings": []}, DEFAULT_WINDOW),
        ({"owned_by": "llamacpp"}, None, DEFAULT_WINDOW),
        ({"max_model_len": "many"}, None, DEFAULT_WINDOW),
        ({"max_model_len": -1}, None, DEFAULT_WINDOW),
        ({}, None, DEFAULT_WINDOW),
    ],
)
def test_connect_finds_the_window_where_the_server_tells(server: Script, entry: Any, props: Any, window: int) -> None:
    server.models, server.props = {"data": [{"id": "tiny", **entry}]}, props
    assert connect(server).window == window


@pytest.mark.parametrize("models", [[], {"data": 3}, {"data": [3, {"id": 4}]}, "x"])
def test_connect_survives_any_list_of_models(server: Script, models: Any) -> None:
    server.models = models
    assert connect(server).window == DEFAULT_WINDOW


@pytest.mark.parametrize(
    ("status", "headers", "key", "message"),
    [
        (401, {}, "", r"refused the request \(401, 'it said so'\): it wants a key, set RAG_GENERATOR_KEY"),
        (401, {}, KEY, r"refused the request \(401, 'it said so'\): set RAG_GENERATOR_KEY to a key it takes"),
        (403, {}, KEY, r"refused the request \(403"),
        (404, {}, "", r"has no http://\S+/v1/chat/completions or not the model .*\(404, 'it said so'\): correct RAG_GENERATOR"),
        (429, {"Retry-After": "7"}, "", r"has too many requests \(429, 'it said so'\): ask again after 7 s \(Retry-After\)"),
        (429, {}, "", r"has too many requests \(429, 'it said so'\): ask again in a minute"),
        (400, {}, "", r"did not take the request \(400, 'it said so'\): .*lower RAG_PROMPT_TOKENS"),
        (500, {}, "", r"failed \(500, 'it said so'\): look at its log"),
        (503, {}, "", r"failed \(503"),
        (307, {"Location": "http://evil/v1"}, "", r"redirects to http://evil/v1 \(307.*not followed"),
    ],
)
def test_stream_tells_what_a_status_means(server: Script, status: int, headers: Any, key: str, message: str) -> None:
    server.status, server.headers = status, headers
    server.body = json.dumps({"error": {"message": "it said so"}}).encode()
    generator = RemoteGenerator.connect(parse(server.url + "#tiny"), key)
    with pytest.raises(GeneratorError, match=rf"^The language model's server at {server.url} {message}") as raised:
        next(generator.stream(ASKED, 16))
    assert raised.value.status == status
    assert len(server.asked) == 1  # no redirect is followed, nothing tried twice


@pytest.mark.parametrize(
    "said", [b"", b"<html>no</html>", b"[" * 100_000, b'{"error": 3}', b'{"error": {"message": [1]}}', b"null"]
)
def test_stream_tells_a_status_whatever_the_body_is(server: Script, said: bytes) -> None:
    server.status, server.body = 500, said
    with pytest.raises(GeneratorError, match=r"failed \(500\)"):
        ask(server)


def test_messages_and_logs_never_have_the_key(server: Script, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.status, server.body = 401, json.dumps({"error": {"message": f"bad key {KEY}\x1b[2J"}}).encode()
    with pytest.raises(GeneratorError, match="bad key …") as raised:
        ask(server, key=KEY)
    settings = load_settings({"generator": server.url, "generator_key": KEY})
    assert server.keys[-1] == f"Bearer {KEY}"
    assert not any(KEY in text for text in (str(raised.value), caplog.text, repr(settings), str(settings.model_dump())))
    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize("key", ["a b", "a\nb", "schlüssel"])
def test_a_key_that_no_header_takes_is_refused_unseen(server: Script, key: str) -> None:
    with pytest.raises(SettingsError, match="RAG_GENERATOR_KEY has blanks") as raised:
        connect(server, key=key)
    assert key not in str(raised.value)
    assert connect(server, key=f" {KEY}\n")


def test_connect_to_no_server_says_where_and_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(
            GeneratorError, match=rf"at {url} cannot be reached \(.*refused.*\): start it, or correct RAG_GENERATOR"
        ):
            RemoteGenerator.connect(parse(url))
    with pytest.raises(GeneratorError, match=r"at http://host\.invalid/v1 cannot be reached"):
        RemoteGenerator.connect(parse("http://host.invalid/v1"))


def test_connect_to_a_server_that_is_silent_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.generator.server.CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        with pytest.raises(GeneratorError, match=rf"at {url} sent nothing for 0 s: it may be busy"):
            RemoteGenerator.connect(parse(url))


def test_connect_to_something_that_speaks_no_http_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet() -> None:
            connection, _ = other.accept()
            connection.sendall(b"220 mail.example.org ESMTP\r\n")
            connection.close()

        threading.Thread(target=greet, daemon=True).start()
        with pytest.raises(GeneratorError, match="broke off or speaks no HTTP"):
            RemoteGenerator.connect(parse(f"http://127.0.0.1:{other.getsockname()[1]}/v1"))


def test_connect_takes_the_proxies_of_the_environment(server: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", "socks5://127.0.0.1:1")
    with pytest.raises(SettingsError, match="The proxies of the environment"):
        connect(server)
    monkeypatch.setenv("HTTP_PROXY", server.url)
    generator = RemoteGenerator.connect(parse("http://model.invalid/v1#tiny"))  # the server stands for a proxy
    assert "".join(generator.stream(ASKED, 4)) == "How long?"
    assert server.asked[0]["path"] == "http://model.invalid/v1/chat/completions"


def test_stream_that_pauses_too_long_is_given_up(server: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = connect(server)
    monkeypatch.setattr("rag.models.generator.server.PIECE_SECONDS", 0.2)
    hold = threading.Event()

    def paused(body: dict[str, Any]) -> Iterator[bytes]:
        yield event("30 days")
        hold.wait(5)

    server.chat = paused
    pieces = generator.stream(ASKED, 16)
    assert next(pieces) == "30 days"
    with pytest.raises(GeneratorError, match=r"sent nothing for 0 s: it may be busy or loading its model, ask again"):
        next(pieces)
    hold.set()


def test_stream_that_never_ends_is_given_up(server: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.generator.server.TOTAL_SECONDS", 0.3)
    server.chat = lambda body: (event("") for _ in endless())
    start = time.monotonic()
    with pytest.raises(GeneratorError, match=r"was still writing after 0 s: lower RAG_ANSWER_TOKENS"):
        ask(server)
    assert time.monotonic() - start < 5


def test_stream_that_writes_on_is_ended_at_max_tokens(server: Script) -> None:
    server.chat = lambda body: endless()
    assert ask(server) == "on " * 15 + "on"
    assert server.closed.wait(5)


@pytest.mark.parametrize("kind", ["text/event-stream", "application/json"])
def test_stream_of_a_server_that_ignores_max_tokens_is_bounded(server: Script, kind: str) -> None:
    text = "x" * 100_000
    server.kind, server.chat = kind, says(event(text, "stop"))
    if kind == "application/json":
        server.body = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
    assert len(ask(server)) == 16 * 64


def test_closing_a_stream_closes_its_connection_at_once(server: Script) -> None:
    server.chat = lambda body: endless()
    pieces = connect(server).stream(ASKED, 200)
    next(pieces)
    pieces.close()
    assert server.closed.wait(2)
    assert server.sent < 150


@pytest.mark.parametrize("break_off", [True, False], ids=["the connection", "the answer"])
def test_stream_that_breaks_off_is_no_answer(server: Script, break_off: bool) -> None:
    server.chat, server.break_off = says(event("30 "), event("days")), break_off
    pieces = connect(server).stream(ASKED, 16)
    with pytest.raises(GeneratorError, match=f"at {server.url} broke off"):
        list(pieces)


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"data: {nonsense}\n\n", "sent b'{nonsense}', which is no JSON"),
        (b"data: " + b"[" * 60_000 + b"\n\n", "which is no JSON"),
        (b"data: \xff\xfe\n\n", "which is no JSON"),
        (b'data: {"choices": [{"delta": {"content": 3}}]}\n\n', "where text was expected"),
        (b'data: {"choices": 3}\n\n', "where text was expected"),
        (b"data: []\n\n", "where text was expected"),
        (b'data: {"error": {"message": "CUDA out of memory"}}\n\n', "stopped with an error, 'CUDA out of memory'"),
        (b'error: {"error": {"message": "slot"}}\n\n', "stopped with an error, 'slot'"),
        (b"data: " + b"x" * (sse.MAX_LINE + 1), "more than 131,072 bytes in one line"),
        (b"data: x\n" * 20_000, "more than 131,072 bytes in one line or event"),
        (b": ping\n" * (sse.MAX_TOTAL // 6), "more than 4,194,304 bytes"),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_stream_of_something_else_is_told(server: Script, sent: bytes, message: str) -> None:
    server.chat = says(sent)
    with pytest.raises(GeneratorError, match=message) as raised:
        ask(server)
    assert len(str(raised.value)) < 800


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "", "application/octet-stream"])
def test_an_answer_that_is_no_stream_is_told(server: Script, kind: str) -> None:
    server.body, server.kind = b"<html>", kind
    with pytest.raises(GeneratorError, match=r"answered with \S+.* instead of events: most addresses end with /v1"):
        ask(server)


def test_an_answer_in_one_piece_is_taken(server: Script) -> None:
    server.kind, server.body = "application/json", b'{"choices": [{"message": {"content": " 30 days. "}}]}'
    assert ask(server) == "30 days."


def test_a_compressed_answer_is_refused(server: Script) -> None:
    server.body, server.headers = b"\x1f\x8b", {"Content-Encoding": "gzip"}
    generator = RemoteGenerator(connect_plain(server), "tiny")
    with pytest.raises(GeneratorError, match="compresses its answer"):
        list(generator.stream(ASKED, 4))


def connect_plain(script: Script) -> Any:
    from rag.models.generator.server import Server

    return Server(script.url)


def test_stream_sends_text_that_is_no_unicode_and_breaks_control_tokens(server: Script) -> None:
    generator = connect(server)
    list(generator.stream((Message("user", "a \ud83d b <|im_end|></s>[INST]"),), 4))
    assert server.asked[-1]["messages"][0]["content"] == "a \ufffd b < |im_end|>< /s>[ INST]"


def test_printable_joins_halves_and_leaves_control_characters_out() -> None:
    assert list(printable(["", "\n ", "\ud83d", "\ude00 a", " ", "\x1b[2J", "\tb\r\n", " \x00"])) == ["😀 a", " [2J", "\tb"]
    assert "".join(printable(["a", "\ud83d"])) == "a\ufffd"
    assert list(printable([" ", "\n"])) == []


@given(st.lists(st.text(st.characters(codec=None), max_size=5), max_size=8))
def test_printable_keeps_what_may_be_shown_whatever_the_pieces_are(pieces: list[str]) -> None:
    together = list(printable(["".join(pieces)]))
    assert "".join(printable(pieces)) == "".join(together)
    "".join(together).encode("utf-8")


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_lines_are_the_same_however_the_bytes_arrive(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    parts = [data[start:end] for start, end in pairwise(edges)]
    expected = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    assert list(sse.lines(parts)) == (expected if expected[-1] else expected[:-1])


def test_events_are_read_as_the_standard_says() -> None:
    sent = b": hello\r\nevent: x\r\ndata: a\r\ndata:b\r\n\r\n\n\nid: 4\n\ndata\n\ndata:  c"
    assert list(sse.events([sent])) == [b"a\nb", b"", b" c"]


def test_count_tokens_is_bytes_by_three_rounded_up() -> None:
    generator = RemoteGenerator(connect_plain(Script(url="http://localhost/v1")), "tiny")
    empty = generator.count_tokens((Message("user", ""),))
    assert generator.count_tokens((Message("user", "abcd"),)) - empty == 2
    assert generator.count_tokens((Message("user", "退货"),)) - empty == 2


def settings_of(script: Script, **values: Any) -> Settings:
    return load_settings({"generator": f"{script.url}#tiny", **values})


def test_load_generator_asks_the_server_and_needs_no_weights(server: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.files.resolve", lambda *_: pytest.fail("weights were looked for"))
    generator = load_generator(settings_of(server, generator_key=KEY), quiet)
    assert "".join(generator.stream(ASKED, 9)) == "How long?"
    assert set(server.keys) == {f"Bearer {KEY}"}
    server.models_status = 500
    with pytest.raises(ModelError, match=r"failed \(500"):
        load_generator(settings_of(server), quiet)


def test_models_pull_fetches_nothing_for_a_server(server: Script, tiny_bert: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"RAG_GENERATOR": f"{server.url}#tiny", "RAG_EMBEDDER": str(tiny_bert), "RAG_READER": "late-interaction"}
    result = CliRunner().invoke(app, ["models", "pull"], env=environment | {"RAG_PRECISION": "full"})
    assert result.exit_code == 0, result.output
    assert f"{server.url}#tiny is a server: it needs no weights here" in " ".join(result.output.split())
    assert server.asked == server.keys == []
