"""The API as OpenAI's own client sees it: answers with citations, streamed and not, and all that is beside them."""

import base64
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import openai
import pytest
from typer.testing import CliRunner

from rag.apps.access import SCOPES_OF, Person
from rag.apps.cli.main import app as cli
from rag.apps.json_format import answer_json, citation_json
from rag.apps.server.api.answering import PROBLEM, footnote
from rag.apps.server.api.conversation import ChatMessage, Conversation, conversation
from rag.apps.server.problem import ApiError
from rag.index.audit import AuditLog
from rag.index.bases import create_base
from rag.languages import en as texts
from rag.types import Answer, Citation
from tests.asking import ANSWER, ASKED, FILES, SECRET, Api, api

pytestmark = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),  # both: gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
ROOT = Path(__file__).parent.parent
FIRST = ANSWER[: ANSWER.index(".") + 1]
NOTHING = "Who juggles penguins quietly?"
LONG = "And so on " * 400


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with api(tmp_path_factory.mktemp("api")) as made:
        yield made


@pytest.fixture(scope="module")
def client(running: Api) -> Iterator[openai.OpenAI]:
    with running.openai() as made:
        yield made


@pytest.fixture(scope="module")
def http(running: Api) -> httpx.Client:
    return running.http()


@pytest.fixture(scope="module")
def manager(running: Api) -> httpx.Client:
    return running.http(running.key("ask", "manage"))


def asked(question: str) -> list[Any]:
    return [{"role": "user", "content": question}]


def until(true: Callable[[], bool]) -> bool:
    """Whether it becomes true within five seconds."""
    end = time.monotonic() + 5
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_an_answer_has_its_citations_and_the_whole_object(running: Api, client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="footnote", messages=asked(ASKED))
    message, beside = answer.choices[0].message, answer.choices[0].message.footnote  # type: ignore[attr-defined]
    assert (message.role, answer.choices[0].finish_reason, message.content) == ("assistant", "stop", FIRST)
    assert beside.keys() == answer_json(Answer("", "", "", "refused", 0.0, (), ())).keys()
    assert (beside["answer"], beside["status"], beside["question"]) == (FIRST, "quoted", ASKED)
    assert message.annotations
    said = [(one.type, one.url_citation.title) for one in message.annotations]
    assert said == [("url_citation", "Returns")]
    spans = [(one.url_citation.start_index, one.url_citation.end_index) for one in message.annotations]
    assert [message.content[start:end] for start, end in spans] == [FIRST]
    text = running.bases.open("default").document("returns.md").text
    assert [text[one["start"] : one["end"]] for one in beside["citations"]] == [one["text"] for one in beside["citations"]]
    assert answer.usage
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 10)
    assert answer.usage.total_tokens == 17


def test_the_address_of_a_citation_opens_the_passage(client: openai.OpenAI, http: httpx.Client) -> None:
    answer = client.chat.completions.create(model="footnote/default", messages=asked(ASKED))
    (annotation,) = answer.choices[0].message.annotations or ()
    page = http.get(annotation.url_citation.url)
    assert page.status_code == 200
    assert '<span id="passage"></span>' in page.text
    assert f'<p class="passage" dir="auto">{ANSWER}</p>' in page.text
    assert urlsplit(annotation.url_citation.url).fragment == "passage"


def test_a_stream_has_the_same_in_its_order(running: Api, client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="footnote", messages=asked(ASKED)).choices[0].message
    with running.writing(FIRST):
        options: Any = {"include_usage": True}
        stream = client.chat.completions.create(model="footnote", messages=asked(ASKED), stream=True, stream_options=options)
        *chunks, usage = list(stream)
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == FIRST
    beside = [(n, delta.model_extra) for n, delta in enumerate(deltas) if delta.model_extra]
    assert len(beside) == 1
    place, extra = beside[0]
    assert place == len(deltas) - 2
    assert extra
    assert extra["footnote"]["status"] == "answered"
    assert extra["annotations"] == [one.model_dump() for one in whole.annotations or ()]
    assert [chunk.choices[0].finish_reason for chunk in chunks[place:]] == [None, "stop"]
    assert usage.choices == []
    assert usage.usage
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_stream_ends_with_done(http: httpx.Client) -> None:
    body = {"model": "footnote", "messages": asked(ASKED), "stream": True}
    answer = http.post("/v1/chat/completions", json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = answer.text.strip().split("\n\n")
    assert events[-1] == "data: [DONE]"
    assert all(json.loads(event.removeprefix("data: "))["object"] == "chat.completion.chunk" for event in events[:-1])


def test_the_helper_of_the_client_collects_the_citations(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="footnote", messages=asked(ASKED)) as stream:
        message = stream.get_final_completion().choices[0].message
    assert message.content == FIRST
    assert [one.url_citation.end_index for one in message.annotations or ()] == [len(FIRST)]


def test_a_verified_sentence_comes_while_the_model_still_writes(running: Api, client: openai.OpenAI) -> None:
    with running.writing(f"{FIRST} {LONG}", 0.02) as writer:
        stream = client.chat.completions.create(model="footnote", messages=asked(ASKED), stream=True)
        said = next(chunk.choices[0].delta.content for chunk in stream if chunk.choices[0].delta.content)
        assert (said, writer.begun, writer.closed) == (FIRST, 1, 0)
        stream.close()
        assert until(lambda: writer.closed == 1)


def test_what_is_no_part_of_the_answer_is_not_sent(running: Api, client: openai.OpenAI) -> None:
    """A sentence of the draft is borne out, and yet the draft gives way to the quote, which begins otherwise."""
    with running.writing(f"{FIRST.lower()} {LONG}"):
        chunks = list(client.chat.completions.create(model="footnote", messages=asked(ASKED), stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == FIRST


def test_what_is_null_is_as_if_it_were_left_out(client: openai.OpenAI) -> None:
    options = {"include_usage": None}
    said = client.chat.completions.create(model="footnote", messages=asked(ASKED), stream=None)
    chunks = list(client.chat.completions.create(model="footnote", messages=asked(ASKED), stream=True, stream_options=options))
    assert said.choices[0].message.content == client.responses.create(model="footnote", input=ASKED, stream=None).output_text
    assert [chunk.usage for chunk in chunks] == [None] * len(chunks)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_is_stopped_when_its_client_goes_away(running: Api, http: httpx.Client, path: str, stream: bool) -> None:
    body = {"model": "footnote", "messages": asked(ASKED), "input": ASKED, "stream": stream}
    with running.writing(LONG, 0.01) as writer:
        if stream:
            with http.stream("POST", path, json=body) as answer:
                assert answer.status_code == 200
                assert until(lambda: writer.begun == 1)
        else:
            with pytest.raises(httpx.ReadTimeout):
                http.post(path, json=body, timeout=httpx.Timeout(5, read=0.5))
        assert writer.begun == 1
        assert until(lambda: writer.closed == 1)
    turns = running.served.app.state.visitors.turns
    assert until(lambda: turns.depth() == (0, 0))


def test_a_refusal_is_an_answer_without_citations(client: openai.OpenAI) -> None:
    choice = client.chat.completions.create(model="footnote", messages=asked(NOTHING)).choices[0]
    assert (choice.message.content, choice.finish_reason, choice.message.refusal) == (texts.REFUSAL, "stop", None)
    assert choice.message.annotations == []
    beside: Any = choice.message.footnote  # type: ignore[attr-defined]
    assert (beside["status"], beside["citations"]) == ("refused", [])


def test_where_the_models_are_is_for_who_manages_the_server() -> None:
    names = {"embedder": "e5", "reader": "/srv/models/reader", "generator": "http://10.0.0.7:8000/v1#small"}
    answer = Answer("a", "a", "b", "quoted", 0.5, (), (), models=names, problem="http://10.0.0.7:8000/v1 cannot be reached")
    told = footnote(Person(), answer)
    assert told["models"] == {"embedder": "e5", "reader": "reader", "generator": "small"}
    assert told["problem"] == PROBLEM
    assert footnote(Person(SCOPES_OF["editor"]), answer) == answer_json(answer)


def messages(*said: tuple[str, str]) -> list[ChatMessage]:
    return [ChatMessage.model_validate({"role": role, "content": content}) for role, content in said]


def test_conversation_pairs_questions_with_answers() -> None:
    said = messages(
        ("system", "Be rude."),
        ("assistant", "Hello, what can I do?"),
        ("user", "Do you ship?"),
        ("assistant", "Yes."),
        ("assistant", "To Austria."),
        ("user", "Ropes?"),
        ("user", "And lamps?"),
    )
    history = (("Do you ship?", "Yes.\nTo Austria."), ("Ropes?", ""))
    assert conversation(said, "messages") == Conversation("And lamps?", history)
    parts = ChatMessage.model_validate(
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
    )
    assert conversation([parts], "messages").message == "a\nb"


@pytest.mark.parametrize(
    "said", [[("assistant", "Hello")], [("user", "Hello"), ("assistant", "Hi")], [("user", " ")], [("user", "a" * 4001)]]
)
def test_conversation_refuses_what_asks_nothing(said: list[tuple[str, str]]) -> None:
    with pytest.raises(ApiError) as told:
        conversation(messages(*said), "messages")
    assert (told.value.status, told.value.param) == (400, "messages")


def test_earlier_messages_are_the_history(client: openai.OpenAI) -> None:
    before: list[Any] = [*asked("How many days does a parcel to Austria take?"), {"role": "assistant", "content": "4 days."}]
    alone = client.chat.completions.create(model="footnote", messages=asked("What does it cost?"))
    after = client.chat.completions.create(model="footnote", messages=[*before, *asked("What does it cost?")])
    assert alone.choices[0].message.footnote["searched"] == "What does it cost?"  # type: ignore[attr-defined]
    assert "parcel" in after.choices[0].message.footnote["searched"]  # type: ignore[attr-defined]


def test_responses_have_the_same_answer(client: openai.OpenAI) -> None:
    whole = client.responses.create(model="footnote", input=ASKED)
    with client.responses.stream(model="footnote", input=asked(ASKED)) as stream:
        kinds = [event.type for event in stream]
        streamed = stream.get_final_response()
    for response in (whole, streamed):
        item: Any = response.output[0]
        assert (response.output_text, response.status, item.footnote["status"]) == (FIRST, "completed", "quoted")
        (annotation,) = item.content[0].annotations
        assert (annotation.type, annotation.start_index, annotation.end_index) == ("url_citation", 0, len(FIRST))
        assert "/d/default/returns.md?c=0-101&h=" in annotation.url
        assert annotation.url.endswith("#passage")
        assert response.usage
        assert response.usage.total_tokens == 17
    assert kinds == [
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.annotation.added",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]


def test_responses_keep_no_conversation(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as told:
        client.responses.create(model="footnote", input="And lamps?", previous_response_id="resp_1")
    assert (told.value.param, told.value.code) == ("previous_response_id", "unsupported_value")


def test_vectors_are_those_of_the_encoder(running: Api, client: openai.OpenAI, http: httpx.Client) -> None:
    said = ["How long can I return an item?", "退货"]
    found = client.embeddings.create(model="footnote-embedding", input=said)
    floats = client.embeddings.create(model="footnote-embedding", input=said, encoding_format="float")
    expected = running.bases.open("default").models.embedder.embed(said)
    for given in (found, floats):
        assert [one.index for one in given.data] == [0, 1]
        assert np.allclose([one.embedding for one in given.data], expected)
    body = {"model": "footnote-embedding", "input": said[0], "encoding_format": "base64"}
    raw = http.post("/v1/embeddings", json=body).json()["data"][0]["embedding"]
    assert np.array_equal(np.frombuffer(base64.b64decode(raw), "<f4"), expected[0])
    assert found.usage.prompt_tokens == found.usage.total_tokens > 7


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"input": [1, 2, 3]}, "input"),
        ({"input": [[1, 2]]}, "input"),
        ({"input": ["a", " "]}, "input"),
        ({"input": []}, "input"),
        ({"input": ["a"] * 257}, "input"),
        ({"input": "a " * 600}, "input"),
        ({"input": "a", "dimensions": 7}, "dimensions"),
    ],
)
def test_vectors_of_what_has_none_are_refused(client: openai.OpenAI, body: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as told:
        client.embeddings.create(model="footnote-embedding", **body)
    assert told.value.param == param


def test_models_are_the_bases_that_a_key_reaches(running: Api, client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["footnote", "footnote/default", "footnote-embedding"]
    assert client.models.retrieve("footnote/default").owned_by == "footnote"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("footnote/staff")
    staff = running.openai(running.key(audience="internal", bases=["staff"]))
    assert [model.id for model in staff.models.list()] == ["footnote", "footnote/staff", "footnote-embedding"]
    answer = staff.chat.completions.create(model="footnote", messages=asked(f"What of the {SECRET} is kept?"))
    assert SECRET in str(answer.choices[0].message.content)


@pytest.mark.parametrize(
    "model", ["gpt-4o", "footnote/", "footnote/staff", "footnote/../default", "", "default", "footnote-embedding"]
)
def test_no_other_model_is_there(client: openai.OpenAI, model: str) -> None:
    with pytest.raises((openai.NotFoundError, openai.BadRequestError)) as told:
        client.chat.completions.create(model=model, messages=asked(ASKED))
    assert told.value.param == "model"
    assert told.value.code == ("model_not_found" if model else None)


def test_search_gives_passages_with_their_places(running: Api, http: httpx.Client) -> None:
    found = http.post("/v1/search", json={"query": "a parcel to Austria", "k": 2}).json()
    assert (found["object"], found["base"], len(found["data"])) == ("list", "default", 2)
    best = found["data"][0]
    assert best.keys() == citation_json(Citation(1, "", "", (), None, 0, 0, "", 0.0, ())).keys() | {"url"}
    assert running.bases.open("default").document(best["document"]).text[best["start"] : best["end"]] == best["text"]
    assert "costs 9 pounds" in http.get(best["url"]).text
    within = http.post("/v1/search", json={"query": "a parcel to Austria", "documents": ["returns.md"]}).json()
    assert {one["document"] for one in within["data"]} == {"returns.md"}


def test_what_is_for_staff_reaches_no_key_of_the_public(running: Api, http: httpx.Client, manager: httpx.Client) -> None:
    question = f"How much {SECRET} may an agent give?"
    said = [
        http.post("/v1/search", json={"query": question, "k": 50}),
        http.post("/v1/search", json={"query": question, "base": "staff"}),
        http.post("/v1/search", json={"query": question, "documents": ["staff/handbook.md"]}),
        http.post("/v1/search", json={"query": question, "folders": ["staff"]}),
        http.post("/v1/chat/completions", json={"model": "footnote", "messages": asked(question)}),
        http.post("/v1/responses", json={"model": "footnote", "input": question, "stream": True}),
        http.get("/d/default/staff/handbook.md?c=0-20"),
        http.get("/d/staff/rota.md"),
        manager.get("/v1/documents"),
        *(manager.get(f"/v1/documents/{id}") for id in range(1, 9)),
    ]
    assert all(SECRET not in answer.text.replace(question, "") for answer in said)
    assert all("handbook.md" not in answer.text.replace("'staff/handbook.md'", "") for answer in said)
    inside = running.http(running.key("ask", "manage", audience="internal"))
    assert SECRET in inside.post("/v1/search", json={"query": question}).text
    assert SECRET in inside.get("/d/default/staff/handbook.md?c=0-20").text
    assert "handbook.md" in inside.get("/v1/documents").text
    form = {"files": [("file", ("till.md", b"# Till\n\nIts code is 7.\n"))], "data": {"audience": "internal"}}
    (added,) = inside.post("/v1/documents", **form).json()["data"]
    assert (added["document"], added["audience"]) == ("till.md", "internal")
    assert inside.delete(f"/v1/documents/{added['id']}").status_code == 200


def test_documents_are_added_listed_and_deleted(running: Api, manager: httpx.Client) -> None:
    files = [("file", ("moon.md", b"# Moon\n\nThe moon is round.\n")), ("file", ("../../sneaky\\bad.xyz", b"?"))]
    added = manager.post("/v1/documents", files=files).json()
    states = {file["document"]: (file["state"], file["reason"], file["uploaded"]) for file in added["data"]}
    assert states == {"moon.md": ("ready", None, True), "bad.xyz": ("quarantined", "unknown type", True)}
    assert all("path" not in file for file in added["data"])
    moon, bad = (next(file["id"] for file in added["data"] if file["document"] == name) for name in ("moon.md", "bad.xyz"))
    assert manager.get(f"/v1/documents/{moon}").json()["chunks"] == 1
    found = manager.post("/v1/search", json={"query": "round moon", "k": 1}).json()["data"]
    assert found[0]["text"].endswith("The moon is round.")
    listed, after = [], 0
    while True:
        part = manager.get("/v1/documents", params={"limit": 2, "after": after}).json()
        listed += [file["id"] for file in part["data"]]
        if not part["has_more"]:
            break
        after = listed[-1]
    assert listed == sorted({*listed, moon, bad})
    assert len(listed) == len(FILES) - 1 + 2
    for id in (moon, bad):
        assert manager.delete(f"/v1/documents/{id}").json()["deleted"]
        assert manager.delete(f"/v1/documents/{id}").status_code == 404
    entries = AuditLog(running.served.app.state.visitors.settings.data_dir).entries(2)
    assert {(entry.actor.partition(":")[0], entry.subject) for entry in entries} == {("key", f"default/{moon}")}


@pytest.mark.parametrize(
    ("files", "data", "status"),
    [
        ([], {}, 400),
        ([("file", ("a.md", b"a"))], {"base": "nowhere"}, 404),
        ([("file", ("a.md", b"a"))], {"base": "staff"}, 404),
        ([("file", ("a.md", b"a"))], {"audience": "friends"}, 400),
        ([("file", ("a.md", b"a"))], {"audience": "internal"}, 403),
        ([("file", ("..", b"a"))], {}, 400),
        ([("file", ("a" * 300 + ".md", b"a"))], {}, 400),
        ([("file", ("a.md", b"a")), ("file", ("x/a.md", b"b"))], {}, 400),
        ([("file", (f"{n}.md", b"a")) for n in range(101)], {}, 400),
        ([("file", ("a.md", b"a" * 25_000_001))], {}, 413),
    ],
)
def test_files_that_cannot_be_added_leave_nothing(
    running: Api, manager: httpx.Client, files: Any, data: dict[str, str], status: int
) -> None:
    before = running.bases.open("default").files()
    answer = manager.post("/v1/documents", files=files, data=data)
    assert (answer.status_code, "error" in answer.json()) == (status, True), answer.text
    assert running.bases.open("default").files() == before


def test_files_wait_for_each_other_and_keep_nobody_from_asking(running: Api, manager: httpx.Client, http: httpx.Client) -> None:
    """More at once than the server has threads for its routes."""
    upload = running.bases.open("default").base._ingestion
    added: list[int] = []

    def add(n: int) -> None:
        files = [("file", (f"wait-{n}.xyz", b"?"))]
        added.extend(file["id"] for file in manager.post("/v1/documents", files=files).json()["data"])

    threads = [threading.Thread(target=add, args=(n,)) for n in range(45)]
    with upload._turn:
        for thread in threads:
            thread.start()
        state = running.served.app.state
        assert until(lambda: hasattr(state, "writer") and state.writer.locked())
        time.sleep(0.3)
        assert http.get("/healthz", timeout=3).status_code == 200
        assert http.post("/v1/search", json={"query": ASKED}, timeout=3).status_code == 200
    for thread in threads:
        thread.join(20)
    assert len(set(added)) == 45
    for id in added:
        manager.delete(f"/v1/documents/{id}")


@pytest.mark.parametrize("name", [b"a\x07.md", b"a\xe2\x80\xae.md", b"...", b"/", b""])
def test_names_that_no_file_can_have_are_refused(manager: httpx.Client, name: bytes) -> None:
    """As raw bytes, as a client of good will would not send them."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"\r\n\r\n'
    sent = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = manager.post("/v1/documents", content=head + b"text\r\n--x--\r\n", headers=sent)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "file")


def test_an_answer_is_judged_once_by_whom_it_was_given_to(running: Api, client: openai.OpenAI, http: httpx.Client) -> None:
    kept = running.bases.open("default").base._catalogue
    before = len(kept.feedback())
    own = running.http(key := running.key())
    answer = running.openai(key).chat.completions.create(model="footnote", messages=asked(ASKED))
    said = {"id": answer.id, "liked": False, "reason": "incomplete", "comment": "Where to?"}
    assert http.post("/v1/feedback", json=said).status_code == 404, "another key"
    assert own.post("/v1/feedback", json=said | {"reason": "because"}).status_code == 400
    assert own.post("/v1/feedback", json=said | {"comment": "a" * 2001}).status_code == 400
    assert own.post("/v1/feedback", json=said | {"id": "chatcmpl-1"}).status_code == 404
    assert len(kept.feedback()) == before
    assert own.post("/v1/feedback", json=said).json() == {"id": answer.id, "object": "feedback", "liked": False}
    assert own.post("/v1/feedback", json=said).status_code == 404
    assert len(kept.feedback()) == before + 1
    row = kept.feedback()[0]
    assert (row.question, row.liked, row.reason, row.comment) == (ASKED, False, "incomplete", "Where to?")


def test_an_answer_from_before_an_erasure_is_judged_no_more(running: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(running.served.app.state.visitors.settings.data_dir))
    own = running.http(key := running.key())
    chat = running.openai(key).chat.completions
    old = chat.create(model="footnote", messages=asked(f"{ASKED} Dorothea Quill asks."))
    assert CliRunner().invoke(cli, ["privacy", "erase", "dorothea", "--yes"]).exit_code == 0
    new = chat.create(model="footnote", messages=asked(ASKED))
    assert own.post("/v1/feedback", json={"id": old.id, "liked": True}).status_code == 404
    assert own.post("/v1/feedback", json={"id": new.id, "liked": True}).status_code == 200
    assert "Quill" not in str(running.bases.open("default").base._catalogue.feedback())


def documented(language: str) -> list[str]:
    """The examples of docs/api.md that ask a server."""
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    return [
        block
        for block in re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        if "OPENAI_API_KEY=" not in block
    ]


@pytest.fixture(scope="module")
def environment(running: Api, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """As docs/api.md says, for a base of its own."""
    folder = tmp_path_factory.mktemp("documented")
    (folder / "returns.md").write_text(FILES["returns.md"], "utf-8")
    create_base(running.served.app.state.visitors.settings.data_dir, "documented")
    running.bases.open("documented").ingest([folder])
    key = running.key("ask", "manage", bases=["documented"])
    return {**os.environ, "OPENAI_BASE_URL": f"{running.served.url}v1", "OPENAI_API_KEY": key}


@pytest.mark.parametrize("n", range(5))
def test_python_of_the_documentation_runs(
    environment: dict[str, str], n: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    examples = documented("python")
    assert len(examples) == 5
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, environment[name])
    exec(compile(examples[n], "docs/api.md", "exec"), scope := {})  # type: ignore[var-annotated]
    scope["client"].close()
    said = capsys.readouterr().out
    assert (FIRST in said and "/d/documented/returns.md?c=" in said, "64" in said, "'feedback'" in said)[(0, 0, 0, 1, 2)[n]]


def test_shell_of_the_documentation_runs(environment: dict[str, str], tmp_path: Path) -> None:
    examples = [block for block in documented("sh") if "curl" in block]
    assert len(examples) == 3
    said = [
        subprocess.run(
            ["sh", "-e"], input=block, env=environment, cwd=tmp_path, text=True, capture_output=True, check=True
        ).stdout
        for block in examples
    ]
    assert not [text for text in said if '"error"' in text]
    assert FIRST in said[0]
    assert '"url":' in said[1]
    assert all(f'"{key}"' in said[2] for key in ("added", "has_more", "chunks", "deleted"))


def test_many_are_answered_at_once(running: Api) -> None:
    """More than are answered side by side."""
    said: list[str | None] = []
    client = running.openai()

    def ask() -> None:
        said.append(client.chat.completions.create(model="footnote", messages=asked(ASKED)).choices[0].message.content)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert said == [FIRST] * 8


def test_no_temporary_copy_is_left(running: Api) -> None:
    folder: Path = running.served.app.state.visitors.settings.data_dir / "temporary"
    assert not [path for path in folder.rglob("*.md")]
