"""What the API refuses: in OpenAI's form, with the right status, with nothing stored and no traceback."""

import json
import logging
import re
import socket
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
import pytest
from fastapi.routing import APIRoute
from starlette.requests import Request

from rag.apps.access import NO_SCOPE
from rag.apps.server import api as routes
from rag.apps.server.passage import link
from rag.apps.server.problem import BAD_KEY
from rag.apps.turns import Turns
from rag.errors import ModelError
from rag.index.passage import Reference
from rag.languages import en
from rag.languages import en as texts
from rag.types import Citation
from tests.asking import ASKED, HOSTILE, Api, api
from tests.serving import application, request

pytestmark = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),  # both: gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
QUESTION = [{"role": "user", "content": ASKED}]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with api(tmp_path_factory.mktemp("api")) as made:
        yield made


@pytest.fixture(scope="module")
def http(running: Api) -> httpx.Client:
    return running.http()


def is_error(answer: httpx.Response) -> bool:
    return answer.json().keys() == {"error"} and answer.json()["error"].keys() == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 2}, "n"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"logprobs": True}, "logprobs"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "assistant", "content": "Hello"}]}, "messages"),
        ({"messages": [{"role": "user", "content": "a" * 4001}]}, "messages"),
        ({"messages": [{"role": "tool", "content": "a", "tool_call_id": "1"}]}, "messages"),
        ({"messages": QUESTION * 1001}, "messages"),
    ],
)
def test_what_is_not_offered_is_named(running: Api, fields: dict[str, Any], param: str) -> None:
    with running.openai() as client, pytest.raises(openai.BadRequestError) as told:
        client.chat.completions.create(**{"model": "footnote", "messages": QUESTION, **fields})
    assert (told.value.type, told.value.param) == ("invalid_request_error", param)


@pytest.mark.parametrize("param", ["documents", "folders"])
def test_a_search_in_what_is_not_there_is_told_where(http: httpx.Client, param: str) -> None:
    answer = http.post("/v1/search", json={"query": "Lamps?", param: ["nowhere"]})
    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["code"]) == (404, param, "not_found")
    assert f"{param}: default has none of such a name" in error["message"]


def test_pictures_cannot_be_read(http: httpx.Client) -> None:
    content = [{"type": "image_url", "image_url": {"url": "http://127.0.0.1/a.png"}}]
    body = {"model": "footnote", "messages": [{"role": "user", "content": content}]}
    answer = http.post("/v1/chat/completions", json=body)
    assert (answer.status_code, is_error(answer)) == (400, True)


def test_what_is_no_json_is_said_of_the_body(http: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    answer = http.post("/v1/chat/completions", content=b'{"model": x}', headers=headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["message"][:8]) == (400, None, "The body")
    answer = http.post("/embed/none/ask", content=b'{"question": x}', headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (422, texts.BAD_FIELDS.format(fields="body"))


def test_fields_that_change_nothing_are_taken(running: Api) -> None:
    with running.openai() as client:
        answer = client.chat.completions.create(
            model="footnote",
            messages=QUESTION,  # type: ignore[arg-type]
            temperature=0.7,
            max_tokens=5,
            n=1,
            stop=["a"],
            user="ada",
            metadata={"a": "b"},
            tools=[],
            response_format={"type": "text"},
        )
    assert answer.choices[0].message.content


def test_errors_are_those_of_the_client(running: Api) -> None:
    """Each status becomes the exception that OpenAI's client has for it."""
    few = running.key(per_minute=1)
    with running.openai("fn_0_wrong") as client, pytest.raises(openai.AuthenticationError) as told:
        client.models.list()
    assert BAD_KEY in str(told.value)
    assert told.value.code == "invalid_api_key"
    with running.openai(running.key("manage")) as client, pytest.raises(openai.PermissionDeniedError) as lacking:
        client.models.list()
    assert NO_SCOPE.format(scope="ask") in str(lacking.value)
    with running.openai(few) as client:
        client.models.list()
        with pytest.raises(openai.RateLimitError) as limited:
            client.models.list()
    assert 1 <= int(limited.value.response.headers["retry-after"]) <= 60
    with running.openai() as client, pytest.raises(openai.APIStatusError) as large:
        client.embeddings.create(model="footnote-embedding", input="a" * 1_000_001)
    assert large.value.status_code == 413
    assert is_error(large.value.response)


def test_a_full_queue_says_when_to_come_again(running: Api, http: httpx.Client) -> None:
    body = {"model": "footnote", "messages": QUESTION}
    with running.turns(Turns(running=1, waiting=1)) as turns:
        turns.join("somebody")
        turns.join("another")
        full = http.post("/v1/chat/completions", json=body)
    key = running.key()
    with running.turns(Turns(each=1)) as turns:
        turns.join(f"key:{key.split('_')[1]}")
        own = running.http(key).post("/v1/search", json={"query": ASKED})
    for answer, status in ((full, 503), (own, 429)):
        assert (answer.status_code, is_error(answer)) == (status, True)
        assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("stream", [True, False])
def test_an_error_that_is_not_for_who_asks_is_not_told(
    running: Api, http: httpx.Client, stream: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One that comes before anything was answered has its status; one that comes later ends the stream."""

    def broken(*args: Any) -> Any:
        raise ModelError("/srv/models/secret is missing")

    body = {"model": "footnote", "messages": QUESTION, "stream": stream}
    monkeypatch.setattr(running.writer, "stream", broken)
    answer = http.post("/v1/chat/completions", json=body)
    assert "secret" not in answer.text
    assert "secret" in caplog.text, "who hosts the server reads it in the log"
    if not stream:
        assert (answer.status_code, answer.json()["error"]["message"]) == (503, en.UNAVAILABLE)
        return
    assert answer.status_code == 200
    assert "[DONE]" not in answer.text
    with running.openai() as client, pytest.raises(openai.APIError, match=en.UNAVAILABLE):
        list(client.chat.completions.create(model="footnote", messages=QUESTION, stream=True))  # type: ignore[arg-type]
    body = {"model": "footnote", "input": ASKED, "stream": True}
    assert "event: response.failed" in http.post("/v1/responses", json=body).text


FIELDS = {
    "/v1/chat/completions": ("model", "messages", "stream"),
    "/v1/responses": ("model", "input", "text"),
    "/v1/embeddings": ("model", "input", "encoding_format"),
    "/v1/search": ("query", "base", "k", "documents"),
    "/v1/feedback": ("id", "liked", "reason", "comment"),
}


def bodies(path: str) -> Iterator[bytes]:
    """What no program of good will sends."""
    yield from (b"", b"null", b"[]", b"0", b'"a"', b"{", b"\xff\xfe", b"\x00" * 100, b"[" * 100_000, b'{"a":' * 100_000)
    wrong: tuple[Any, ...] = (None, -1, 1e300, [], {"a": {}}, " ", "a" * 5000, ["a"] * 2000, "\x00\u202e")
    right = {"model": "footnote", "messages": QUESTION, "input": ASKED, "query": ASKED, "id": "chatcmpl-1", "liked": True}
    for name in FIELDS[path]:
        for value in wrong:
            yield json.dumps(right | {name: value}).encode()
    lone = r'{"model":"footnote\ud800","messages":[{"role":"user","content":"\ud800"}],"input":"\ud800",'
    lone += r'"query":"\udfff","id":"\ud800",'
    yield (lone + r'"liked":true,"base":"\ud800"}').encode()
    yield (lone.replace(r"footnote\ud800", "footnote") + r'"liked":true}').encode()
    yield b'{"model":"footnote","messages":' + b"9" * 5000 + b',"n":NaN,"k":Infinity}'
    yield json.dumps(right | {"messages": [{"role": "user", "content": [{"type": "text", "text": HOSTILE}]}]}).encode()


@pytest.mark.parametrize("path", FIELDS)
def test_hostile_bodies_get_one_clear_error(
    running: Api, http: httpx.Client, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    statuses = set()
    for body in bodies(path):
        answer = http.post(path, content=body, headers={"Content-Type": "application/json"})
        statuses.add(answer.status_code)
        assert answer.status_code in {200, 400, 404}, (body[:200], answer.text)
        assert "Traceback" not in answer.text
        if answer.status_code != 200:
            assert is_error(answer), (body[:200], answer.text)
            assert len(answer.text) < 1000
    assert statuses >= {400}
    assert not caplog.records
    assert running.served.app.state.visitors.turns.depth() == (0, 0)


def test_hostile_requests_store_nothing(running: Api) -> None:
    """Runs behind the test before: questions that were asked and refused are gaps, and nothing else is kept."""
    kept = running.bases.open("default").base
    assert kept._catalogue.feedback() == []
    assert {file.document if hasattr(file, "document") else file.name for file in kept.files()} == {
        "returns.md",
        "shipping/austria.md",
        "hostile.txt",
        "faq.csv",
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/chat/completions", 404),
        ("POST", "/v1/nothing", 404),
        ("DELETE", "/v1/models", 404),
        ("OPTIONS", "/v1/models", 404),
        ("GET", "/v1/", 404),
        ("GET", "/v1/documents?limit=0", 403),
        ("GET", "/v1/models/%00%ff", 404),
        ("GET", "/v1/models/../../etc/passwd", 404),
    ],
)
def test_wrong_addresses_are_told_in_the_same_form(http: httpx.Client, method: str, path: str, status: int) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, is_error(answer)) == (status, True) or path.endswith("passwd")


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "after=-1", "after=x", "base=" + "a" * 201])
def test_bad_parameters_are_named(running: Api, query: str) -> None:
    answer = running.http(running.key("manage")).get(f"/v1/documents?{query}")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, query.partition("=")[0])


def test_a_body_without_its_type_is_not_read(http: httpx.Client) -> None:
    """A form of another site could send it without asking."""
    answer = http.post("/v1/search", content=b'{"query": "a"}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400


def test_another_site_cannot_ask(http: httpx.Client) -> None:
    answer = http.post("/v1/search", json={"query": "a"}, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, is_error(answer)) == (403, True)


def test_files_of_who_may_not_add_them_are_not_read(running: Api) -> None:
    """The answer comes before the body has been sent."""
    length = {"Content-Length": "900000000", "Content-Type": "multipart/form-data; boundary=x"}
    for key, status in ((running.key(), 403), ("wrong", 401)):
        with socket.create_connection((urlsplit(running.served.url).hostname, urlsplit(running.served.url).port), 5) as raw:
            sent = {"Host": "127.0.0.1", "Authorization": f"Bearer {key}", **length}
            raw.sendall(
                b"POST /v1/documents HTTP/1.1\r\n" + b"".join(f"{k}: {v}\r\n".encode() for k, v in sent.items()) + b"\r\n"
            )
            assert raw.recv(100).startswith(f"HTTP/1.1 {status} ".encode())


def test_the_reference_names_every_route_and_loads_nothing_from_elsewhere(http: httpx.Client) -> None:
    page, described = http.get("/docs"), http.get("/openapi.json").json()
    known = {
        (method.lower(), route.path.replace("{model:path}", "{model}"))
        for router in routes.ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in route.methods
    }
    assert {(method, path) for path, methods in described["paths"].items() for method in methods} == known
    assert len(known) == 11
    shown = set(re.findall(r"<h2><code>(\w+) (\S+)</code></h2>", unescape(page.text)))
    assert {(method.lower(), path) for method, path in shown} == known
    assert "<script" not in page.text
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page.text)
    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_passage_page_escapes_what_documents_hold(http: httpx.Client) -> None:
    found = http.post("/v1/search", json={"query": "What does the quokka say?", "k": 1}).json()["data"][0]
    assert HOSTILE in found["text"]
    page = http.get(found["url"])
    assert HOSTILE in unescape(re.sub(r"</?(?:mark|span)[^>]*>", "", page.text))
    assert "<img" not in page.text
    assert "<script" not in page.text
    assert 'class="passage"' in page.text


@pytest.mark.parametrize(
    "query", ["", "c=5-3", "c=a-b", "c=-1", "c=1-2-3", "c=0-9&a=5-500", "at=-5", "at=99999999", "c=%3Cscript%3E"]
)
def test_a_passage_page_shows_the_document_whatever_the_range(http: httpx.Client, query: str) -> None:
    page = http.get(f"/d/default/returns.md?{query}")
    assert page.status_code == 200
    assert "You can return an item" in re.sub(r"</?(?:mark|span)[^>]*>", "", page.text)
    assert "<script" not in page.text


def test_a_passage_that_is_not_there_any_more_is_said_to_be_gone(http: httpx.Client) -> None:
    assert en.FOUND["gone"] in http.get("/d/default/returns.md?c=5000-6000").text
    missing = http.get("/d/default/nothing.md", headers={"Accept": "text/html"})
    assert (missing.status_code, texts.NO_PAGE in missing.text) == (404, True)


def test_a_link_finds_its_passage_where_it_stands_now(http: httpx.Client) -> None:
    """Links as they were given when the document began with another chapter, had other words, was another document."""
    text = "You can return an item within 30 days of delivery."
    before = Reference.of("returns.md", 4000, 4000 + len(text), text)

    def opened(document: str, **changed: str) -> str:
        fields = {"c": f"{before.start}-{before.end}", "q": before.first, "z": before.last, "h": before.check, **changed}
        return http.get(f"/d/default/{document}", params=fields).text

    shown = http.get("/d/default/returns.md").text
    assert text in shown
    assert en.FOUND["moved"] in opened("returns.md")
    assert re.search(r'class="passage"[^>]*>' + re.escape(text), re.sub(r"</?(?:mark|span id)[^>]*>", "", opened("returns.md")))
    assert en.FOUND["changed"] in opened("returns.md", h="000000000000")
    assert en.FOUND["elsewhere"] in opened("old/returns.md")
    assert en.FOUND["gone"] in opened("returns.md", q="zebras and other striped animals of the steppe", z="")
    hostile = opened("returns.md", q="<script>alert(1)</script>", z="")
    assert "<script" not in hostile


def test_a_row_of_a_table_has_an_address_too(http: httpx.Client) -> None:
    found = http.post("/v1/search", json={"query": "Do you sell lamps?", "k": 1}).json()["data"][0]
    assert found["document"] == "faq.csv#row=2"
    assert "Yes lamps in all colours." in http.get(found["url"]).text


def test_addresses_are_those_that_people_come_by() -> None:
    """Behind a proxy: its scheme and host, and the base path."""
    outside = {"type": "http", "scheme": "https", "root_path": "/chat", "path": "/chat/v1/search", "query_string": b""}
    asked = Request({**outside, "headers": [(b"host", b"chat.example.org")]})
    cited = Citation(1, "a b/ü#row=2", "", (), None, 3, 9, "", 0.5, (), (1, 4))
    assert (
        link(asked, "default", cited)
        == "https://chat.example.org/chat/d/default/a%20b/%C3%BC%23row%3D2?c=3-9&a=1-4&h=e3b0c44298fc#passage"
    )


def test_alone_at_the_machine_no_key_is_needed(tmp_path: Path) -> None:
    app = application(tmp_path)
    assert request(app, "GET", "/v1/documents").status_code == 200
    assert request(app, "GET", "/v1/documents", address="198.51.100.7").status_code == 401
    assert request(app, "GET", "/v1/models", headers={"Authorization": "Bearer wrong"}).status_code == 401
