"""Who may do what: every route of the server, every route of Gradio and every handler of the page, by role."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount

from rag.apps.access import NO_SCOPE
from rag.apps.page import ROUTES
from rag.apps.page.mount import rule_of
from rag.apps.server.app import ROUTERS
from rag.languages import en as texts
from tests.serving import PASSWORD, PROXY, WHO, Served, application, call, handlers, request, server

pytestmark = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),  # both: gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
MAY = {
    "ask": {"visitor", "agent", "editor", "admin", "key"},
    "desk": {"agent", "editor", "admin"},
    "manage": {"editor", "admin"},
    "admin": {"admin"},
    None: set(WHO),
}
# A new route or handler fails here until somebody has said who may use it.
SERVER: dict[tuple[str, str], Any] = {
    ("GET", "/health"): None,
    ("GET", "/healthz"): None,
    **{("HEAD", path): None for path in ("/health", "/healthz", "/ready", "/readyz", "/login")},
    ("GET", "/metrics"): None,  # and then this machine or a key, tests/test_limits.py
    ("GET", "/ready"): None,
    ("GET", "/readyz"): None,
    ("GET", "/login"): None,
    ("GET", "/language/{language}"): None,
    ("POST", "/login"): None,
    ("GET", "/login/style.css"): None,
    ("GET", "/login/with"): None,
    ("GET", "/login/done"): None,
    ("POST", "/logout"): None,
    ("GET", "/account"): None,
    ("POST", "/account/password"): None,
    ("GET", "/setup"): None,
    ("POST", "/setup"): None,
    ("GET", "/gaps"): "manage",
    ("GET", "/widgets"): "manage",
    ("GET", "/widgets/{id}"): "manage",
    ("GET", "/conversations"): "ask",
    ("POST", "/conversations/delete"): "ask",
    ("POST", "/conversations/{id}/rename"): "ask",
    ("POST", "/conversations/{id}/delete"): "ask",
    ("GET", "/conversations/{id}.json"): "ask",
    ("GET", "/conversations/{id}.txt"): "ask",
}
API = {
    ("GET", "/d/{base}/{document:path}"): "ask",
    ("POST", "/v1/chat/completions"): "ask",
    ("POST", "/v1/responses"): "ask",
    ("POST", "/v1/embeddings"): "ask",
    ("GET", "/v1/models"): "ask",
    ("GET", "/v1/models/{model:path}"): "ask",
    ("POST", "/v1/search"): "ask",
    ("POST", "/v1/feedback"): "ask",
    ("GET", "/v1/documents"): "manage",
    ("POST", "/v1/documents"): "manage",
    ("GET", "/v1/documents/{id}"): "manage",
    ("DELETE", "/v1/documents/{id}"): "manage",
    ("GET", "/openapi.json"): None,
    ("GET", "/docs"): None,
    ("POST", "/mcp"): "ask",
    ("GET", "/mcp"): "ask",
    ("DELETE", "/mcp"): "ask",
    ("GET", "/widget.js"): None,
    ("GET", "/embed/frame.js"): None,
    ("GET", "/embed/frame.css"): None,
    ("GET", "/embed/{id}"): "ask",
    ("POST", "/embed/{id}/ask"): "ask",
    ("POST", "/embed/{id}/resume"): "ask",
    ("POST", "/embed/{id}/forget"): "ask",
    ("POST", "/embed/{id}/person"): "ask",
    ("GET", "/person"): "ask",
    **{(method, "/v1/{path:path}"): None for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")},
}
DESK = {
    ("GET", "/desk"): "desk",
    ("GET", "/desk/desk.css"): "desk",
    ("GET", "/desk/desk.js"): "desk",
    ("GET", "/desk/assist.js"): "desk",
    ("GET", "/desk/assist.css"): "desk",
    ("POST", "/desk/settings/name"): "desk",
    ("POST", "/desk/zone"): "desk",
    ("GET", "/desk/c/{id}/proposal"): "desk",
    ("POST", "/desk/c/{id}/take"): "desk",
    ("POST", "/desk/c/{id}/check"): "desk",
    ("POST", "/desk/c/{id}/wrong"): "desk",
    ("GET", "/desk/c/{id}/beside"): "desk",
    ("GET", "/desk/c/{id}/passages"): "desk",
    ("GET", "/desk/c/{id}/files/{n}"): "desk",
    ("GET", "/desk/gaps"): "desk",
    ("GET", "/desk/gaps/new"): "desk",
    ("POST", "/desk/gaps/new"): "desk",
    ("POST", "/desk/c/{id}/keep"): "desk",
    ("GET", "/desk/gaps/{n}"): "desk",
    ("POST", "/desk/gaps/{n}/edit"): "desk",
    ("POST", "/desk/gaps/{n}/review"): "desk",
    ("POST", "/desk/gaps/{n}/publish"): "manage",
    ("POST", "/desk/gaps/{n}/withdraw"): "manage",
    ("GET", "/desk/aside"): "desk",
    ("GET", "/desk/aside/{n}"): "desk",
    ("GET", "/desk/events"): "desk",
    ("GET", "/desk/search"): "desk",
    ("GET", "/desk/numbers"): "desk",
    ("GET", "/desk/settings"): "desk",
    ("POST", "/desk/settings/hours"): "manage",
    ("POST", "/desk/settings/agent"): "manage",
    ("POST", "/desk/settings/canned"): "desk",  # an agent's own; those of all are for who manages
    ("POST", "/desk/settings/canned/{id}/delete"): "desk",
    ("POST", "/desk/presence"): "desk",
    ("GET", "/desk/c/{id}"): "desk",
    ("GET", "/desk/c/{id}/canned"): "desk",
    ("GET", "/desk/c/{id}/{step}"): "desk",
    ("GET", "/desk/gaps/{n}/{step}"): "desk",
    ("GET", "/desk/settings/{step:path}"): "desk",
    **{
        ("POST", f"/desk/c/{{id}}/{act}"): "desk"
        for act in (
            *("reply", "note", "draft", "discard", "restore"),
            *("claim", "assign", "release", "bot", "snooze", "wake", "resolve"),
            *("reopen", "labels", "priority", "team"),
        )
    },
}
STREAM = ("GET", "/desk/events")  # without end: tests/test_desk_pages.py
HANDLERS = {
    "build.<locals>.arrive": "ask",
    "build.<locals>.choose": "ask",
    "build.<locals>.travel": "ask",
    "open_document": "ask",
    "ChatPage.ask": "ask",
    "ChatPage.ask_example": "ask",
    "ChatPage.ask_again": "ask",
    "ChatPage.back_to_bot": "ask",
    "ChatPage.call_person": "ask",
    "ChatPage.leave_address": "ask",
    "ChatPage.look": "ask",
    "ChatPage.rate": "ask",
    "ChatPage.judge": "ask",
    "ChatPage.open_passage": "ask",
    "ChatPage.start_over": "ask",
    "ChatPage.stop": "ask",
    "KnowledgePage.begin": "manage",
    "KnowledgePage.delete": "manage",
    "KnowledgePage.ingest": "manage",
    "KnowledgePage.list_document": "manage",
    "KnowledgePage.look": "manage",
    "KnowledgePage.reread": "manage",
    "KnowledgePage.rows": "manage",
    "KnowledgePage.show": "manage",
    "KnowledgePage.stop": "manage",
}
GRADIO = {
    ("POST", "/gradio_api/upload"): "manage",
    ("GET", "/gradio_api/upload_progress"): "manage",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with server(tmp_path_factory.mktemp("data"), **PROXY) as running:
        yield running


@pytest.fixture(scope="module")
def app(served: Served) -> FastAPI:
    return served.app


@pytest.fixture(scope="module")
def people(served: Served) -> dict[str, httpx.Client]:
    """Everybody, signed in."""
    return {who: served.person(who) for who in WHO}


def scope_of(route: APIRoute) -> Any:
    rules = [dependency.call for dependency in route.dependant.dependencies if hasattr(dependency.call, "scope")]
    assert len(rules) == 1, f"{route.path} has {len(rules)} rules of `allow`"
    return rules[0].scope


def test_every_route_of_the_server_has_the_rule_that_is_known_here() -> None:
    found = {}
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute), f"{route} is no route with dependencies"
            found |= {(method, route.path): scope_of(route) for method in route.methods}
    assert found == SERVER | API | DESK


def test_the_application_has_no_other_routes(app: FastAPI) -> None:
    """What is added beside ROUTERS would have no rule that is looked at: each router is one entry, then comes the page."""
    assert len(app.router.routes) == len(ROUTERS) + 1
    assert isinstance(app.router.routes[-1], Mount)


def test_of_gradio_only_the_routes_of_the_page_are_there(app: FastAPI) -> None:
    found = {
        (method, route.path)
        for route in gradio_routes(app.state.page.application)
        for method in (route.methods or {"GET"})
        if method not in {"HEAD", "OPTIONS"}
    }
    assert set(ROUTES) <= found, "a route of the page is not one of Gradio's"
    assert {key: needs for key, needs in ROUTES.items() if needs != "ask"} == GRADIO
    for method, path in found - set(ROUTES):
        concrete = path.replace("{path:path}", "x").replace("{", "").replace("}", "")
        assert rule_of(method, concrete) is None, (method, path)


def gradio_routes(application: Any) -> Iterator[Any]:
    for route in application.router.routes:
        original = getattr(route, "original_router", None)
        prefix = getattr(route, "prefix", "") or ""
        if original is not None:
            yield from (inner for inner in original.routes)
        elif hasattr(route, "path"):
            yield route
        assert prefix is not None


def test_every_handler_of_the_page_has_the_rule_that_is_known_here(app: FastAPI) -> None:
    functions = [function.fn for function in app.state.page.blocks.fns.values()]
    assert {fn.__qualname__: getattr(fn, "scope", "no rule") for fn in functions if fn} == HANDLERS
    assert None not in functions


@pytest.mark.parametrize("name", sorted(HANDLERS))
def test_handler_answers_who_may_and_refuses_the_others(app: FastAPI, people: dict[str, httpx.Client], name: str) -> None:
    number = handlers(app)[name]
    inputs = len(app.state.page.blocks.fns[number].inputs)
    refusals, refused = {texts.SIGN_IN_FIRST, texts.NOT_ALLOWED, NO_SCOPE.format(scope=HANDLERS[name])}, set()
    for who in WHO:
        messages = call(people[who], number, [None] * inputs, {"base": ""}, f"{who}-{name}")
        if refusals & {message.get("log") for message in messages if message["msg"] == "log"}:
            refused.add(who)
    assert refused == set(WHO) - MAY[HANDLERS[name]]


@pytest.mark.parametrize("key", sorted(ROUTES), ids=" ".join)
def test_route_of_the_page_answers_who_may(people: dict[str, httpx.Client], key: tuple[str, str]) -> None:
    (method, path), may = key, MAY[ROUTES[key]]
    endless = path.endswith(("heartbeat/{session_hash}", "queue/data", "upload_progress"))  # streams to who may
    asking = {who: people[who] for who in WHO if not (endless and who in may)}
    concrete = path.replace("{path:path}", "x").replace("{session_hash}", "tab")
    refused = {who for who, client in asking.items() if client.request(method, concrete).status_code in {401, 403}}
    assert refused == asking.keys() - may


@pytest.mark.parametrize("key", sorted(SERVER), ids=" ".join)
def test_route_of_the_server_answers_who_may(people: dict[str, httpx.Client], key: tuple[str, str]) -> None:
    if key in {("POST", "/logout"), ("GET", "/metrics")}:
        return  # test_server_login, test_limits
    method, path = key
    for who in WHO:
        status = people[who].request(method, path.replace("{language}", "de")).status_code
        if who not in MAY[SERVER[key]]:
            assert status in {401, 403}, who
        else:
            others = {403 if path == "/setup" else 200, 404 if "{id}" in path or who == "key" else 200}
            assert status in {200, 303, 422} | others, who


@pytest.mark.parametrize("key", sorted((API | DESK).keys() - {STREAM}), ids=" ".join)
def test_route_of_the_api_answers_who_may(people: dict[str, httpx.Client], key: tuple[str, str]) -> None:
    """Without a body, which nobody looks at before it is known who asks."""
    method, path = key
    concrete = re.sub(r"{(\w+)(:path)?}", "7", path)
    refused = {who for who in WHO if people[who].request(method, concrete).status_code in {401, 403}}
    assert refused == set(WHO) - MAY[(API | DESK)[key]]


def test_alone_at_the_machine_a_person_may_all(tmp_path: Path) -> None:
    with server(tmp_path) as served:
        messages = call(served.client(), handlers(served.app)["KnowledgePage.rows"], ["", None])
        assert messages[-1]["success"]
        assert not [message for message in messages if message["msg"] == "log"]
        assert "handbook.txt" in str(messages[-1]["output"])


@pytest.mark.parametrize(
    ("address", "headers", "settings"),
    [
        ("198.51.100.7", {}, {}),
        ("127.0.0.1", {"Host": "192.0.2.1"}, {}),
        ("127.0.0.1", {"X-Forwarded-For": "198.51.100.7"}, {}),
        ("127.0.0.1", {"Forwarded": "for=198.51.100.7"}, {}),
        ("127.0.0.1", {}, {"host": "0.0.0.0"}),
        ("127.0.0.1", {}, {"trusted_hosts": "chat.example.org"}),
        ("127.0.0.1", {}, PROXY),
    ],
)
def test_who_does_not_surely_sit_at_the_machine_is_a_visitor(
    tmp_path: Path, address: str, headers: dict[str, str], settings: dict[str, Any]
) -> None:
    app = application(tmp_path, **settings)
    assert request(app, "POST", "/gradio_api/upload").status_code == (401 if settings else 400)
    assert request(app, "POST", "/gradio_api/upload", address=address, headers=headers).status_code == 401


def test_once_there_is_an_account_the_machine_needs_one_too(tmp_path: Path) -> None:
    app = application(tmp_path)
    assert request(app, "POST", "/gradio_api/upload").status_code == 400
    app.state.visitors.accounts.add("Ada", "visitor", PASSWORD)
    assert request(app, "POST", "/gradio_api/upload").status_code == 401


def test_a_server_can_be_closed_to_visitors(tmp_path: Path) -> None:
    with server(tmp_path, visitors="nothing", **PROXY) as served:
        visitor = served.person("visitor")
        assert visitor.get("/config").status_code == 401
        shown = visitor.get("/", headers={"Accept": "text/html"})
        assert (shown.status_code, shown.headers["location"]) == (303, "/login")
        assert visitor.get("/login").status_code == 200
        assert served.person("agent").get("/config").status_code == 200
