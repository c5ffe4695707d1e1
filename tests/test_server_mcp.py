"""`/mcp`, asked by the clients of the package `mcp`: the modern one and one of before 2026-07-28."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from rag.apps.json_format import answer_json, citation_json
from rag.apps.server.mcp import shapes
from rag.config import load_settings
from rag.errors import NotFoundError
from rag.languages import en
from rag.languages import en as texts
from rag.types import Answer, Citation
from tests.scripted import HOSTILE, ScriptedAssistant, ScriptedBases
from tests.serving import PROXY, Served, server

MODES = ("auto", "legacy")
FAR = {"X-Forwarded-For": "198.51.100.7"}


class Guarded(ScriptedBases):
    """Of two bases, one for staff only."""

    def names(self, audience: Any = None) -> list[str]:
        return [name for name in self.assistants if audience == "internal" or name != "staff"]

    def open(self, name: str, audience: Any = None) -> ScriptedAssistant:
        if name not in self.names(audience):
            raise NotFoundError(texts.NO_BASE.format(name=name))
        return super().open(name)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("data")
    settings = load_settings({"data_dir": folder})
    bases = Guarded({name: ScriptedAssistant(settings, delay=0) for name in ("shop", "staff")})
    with server(folder, bases, **PROXY) as running:
        yield running


def call(served: Served, tool: str, mode: str = "auto", key: str = "", **arguments: Any) -> CallToolResult:
    async def run() -> CallToolResult:
        headers = {**FAR, **({"Authorization": f"Bearer {key}"} if key else {})}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(f"{served.url}mcp", http_client=http), mode=mode) as client,
        ):
            return await client.call_tool(tool, arguments)

    return asyncio.run(run())


def given(result: CallToolResult) -> dict[str, Any]:
    """What a tool gave: one text item with JSON, and the same as structured content."""
    assert not result.is_error, result.content
    (item,) = result.content
    assert isinstance(item, TextContent)
    assert json.loads(item.text) == result.structured_content
    return json.loads(item.text)


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
def test_tools_have_schemas_for_modern_and_older_clients(served: Served, mode: str, version: str) -> None:
    async def run() -> None:
        async with Client(f"{served.url}mcp", mode=mode) as client:
            assert client.protocol_version == version
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "fetch", "ask", "bases"}
        assert all(tool.output_schema and tool.annotations.read_only_hint for tool in tools.values())
        assert [(list(tools[name].input_schema["properties"])) for name in ("search", "fetch")] == [["query"], ["id"]]
        assert tools["search"].input_schema["required"] == ["query"]
        assert tools["ask"].output_schema["required"] == list(answer_json(ANSWER))

    asyncio.run(run())


ANSWER = Answer("", "", "", "refused", 0.0, (), ())


def test_schema_of_an_answer_is_that_of_the_code() -> None:
    assert list(shapes.AnswerObject.model_fields) == list(answer_json(ANSWER))
    assert list(shapes.CitationObject.model_fields) == list(citation_json(Citation(1, "", "", (), None, 0, 0, "", 0, ())))


@pytest.mark.parametrize("mode", MODES)
def test_search_and_fetch_have_the_form_that_connectors_ask_for(served: Served, mode: str) -> None:
    found = given(call(served, "search", mode, query="How long may I send it back?"))
    assert set(found) == {"results"}
    assert all(set(one) == {"id", "title", "url"} for one in found["results"])
    first = found["results"][0]
    assert first["url"].startswith(served.url)
    read = given(call(served, "fetch", mode, id=first["id"]))
    assert set(read) == {"id", "title", "text", "url", "metadata"}
    assert (read["id"], read["title"]) == (first["id"], "Returns")
    assert read["url"].partition("?")[0] == first["url"].partition("?")[0]
    passage = slice(read["metadata"]["passage_start"], read["metadata"]["passage_end"])
    assert "30 days of delivery" in read["text"][passage]


def test_fetch_gives_the_part_of_a_long_document_around_the_passage(served: Served) -> None:
    (found, *_) = given(call(served, "search", query="endless"))["results"]
    read = given(call(served, "fetch", id=found["id"]))
    origin, whole = read["metadata"], served.app.state.visitors.bases.open("shop").document("handbook.txt").text
    assert origin["length"] == len(whole) > len(read["text"])
    assert read["text"] == whole[origin["start"] : origin["end"]]
    assert "Paragraph 200." in read["text"]


@pytest.mark.parametrize("mode", MODES)
def test_ask_gives_the_answer_object(served: Served, mode: str) -> None:
    answer = given(call(served, "ask", mode, question="How long may I send it back?"))
    *_, made = served.app.state.visitors.bases.open("shop").stream("How long may I send it back?")
    expected = answer_json(made)
    assert json.dumps(answer, sort_keys=True) == json.dumps(expected, sort_keys=True)  # 3 is no 3.0 there


@pytest.mark.parametrize("mode", MODES)
def test_a_client_that_goes_away_stops_the_answer(served: Served, mode: str) -> None:
    assistant = served.app.state.visitors.bases.open("shop")
    assistant.delay = 0.02
    assistant.abandoned.clear()

    async def run() -> None:
        async with Client(f"{served.url}mcp", mode=mode) as client:
            with anyio.move_on_after(0.5):
                await client.call_tool("ask", {"question": "slow"})

    try:
        asyncio.run(run())
        assert assistant.abandoned.wait(8)
    finally:
        assistant.delay = 0


def test_a_program_that_goes_away_is_no_fault_to_log(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    assistant = served.app.state.visitors.bases.open("shop")
    assistant.delay = 0.02
    assistant.abandoned.clear()
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": "slow"}}}
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
    try:
        with pytest.raises(httpx.ReadTimeout):
            served.client(**FAR, **headers).post("mcp", json=body, timeout=1)
        assert assistant.abandoned.wait(8)
        time.sleep(0.3)  # until it would be logged
    finally:
        assistant.delay = 0
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def test_what_cannot_be_is_said(served: Served) -> None:
    wrong = {
        "no id": call(served, "fetch", id="returns"),
        "no document": call(served, "fetch", id="shop:none.txt#0-10"),
        "no base": call(served, "ask", question="What?", base="attic"),
        "too long": call(served, "ask", question="x" * 4001),
        "failed": call(served, "ask", question="broken"),
    }
    said = {case: (result.is_error, result.content[0].text) for case, result in wrong.items()}
    assert all(is_error for is_error, _ in said.values())
    assert "take one that `search` gave" in said["no id"][1]
    assert en.NOT_THERE in said["no document"][1]
    assert "attic" in said["no base"][1]
    assert "4000 characters" in said["too long"][1]
    assert "the model" in said["failed"][1]
    crashed = call(served, "ask", question="bug")
    assert crashed.is_error
    assert "nobody planned" not in str(crashed.content)


def test_hostile_names_are_only_text(served: Served) -> None:
    (found, *_) = given(call(served, "search", query="hostile"))["results"]
    assert "<" not in found["url"]
    assert given(call(served, "fetch", id=found["id"]))["metadata"]["document"] == f"{HOSTILE}.txt"


def test_internal_bases_reach_only_who_may_know_of_them(served: Served) -> None:
    keys = served.app.state.visitors.keys
    staff = keys.add("staff", ["ask"], audience="internal", per_minute=1000)
    bound = keys.add("bound", ["ask"], ["staff"], "internal", 1000)
    names = {key: [base["name"] for base in given(call(served, "bases", key=key))["bases"]] for key in ("", staff, bound)}
    assert names == {"": ["shop"], staff: ["shop", "staff"], bound: ["staff"]}
    found = given(call(served, "search", query="off topic", key=staff))["results"]
    assert {one["id"].split(":")[0] for one in found} == {"shop", "staff"}
    for key, base in (("", "staff"), (bound, "shop")):
        assert call(served, "ask", key=key, question="What?", base=base).is_error
        assert call(served, "fetch", key=key, id=f"{base}:shop/returns.md#0-10").is_error


def test_who_may_not_ask_is_refused_before_the_protocol_begins(served: Served, tmp_path: Any) -> None:
    asking = served.client(**FAR)
    begin = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    takes = {"Accept": "application/json, text/event-stream"}
    assert asking.post("/mcp", json=begin, headers=takes).status_code == 200
    assert asking.post("/mcp", json=begin, headers={**takes, "Authorization": "Bearer fn_no_key"}).status_code == 401
    assert asking.post("/mcp", json=begin, headers={**takes, "Host": "evil.example"}).status_code == 421
    assert asking.post("/mcp", json=begin, headers={**takes, "Origin": "https://evil.example"}).status_code == 403
    assert asking.post("/mcp", json=begin, headers={**takes, "Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert asking.post("/mcp", content=b"{", headers=takes).status_code == 400
    refused = asking.get("/mcp", headers=takes)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    with server(tmp_path, visitors="nothing", **PROXY) as closed:
        alone = closed.client(**FAR).post("/mcp", json=begin, headers=takes)
        assert (alone.status_code, alone.headers["www-authenticate"]) == (401, "Bearer")
        assert alone.json()["detail"] == texts.SIGN_IN_FIRST
