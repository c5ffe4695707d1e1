"""The server's application over scripted or real bases, and people who ask it: helpers of the server's tests."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from rag.apps.access import ROLES
from rag.apps.page import OneBase
from rag.apps.server.app import create_app
from rag.apps.server.running import launch
from rag.config import load_settings
from tests.scripted import ScriptedAssistant

PASSWORD = "correct horse battery"
WHO = ("visitor", *ROLES[1:], "key")
"""Everybody who may come: a visitor, an account of each role, a program with a key to ask."""
PROXY = {"trusted_proxies": "127.0.0.1"}
"""Settings with which a client can be from elsewhere: it says so as a proxy would."""


@dataclass
class Served:
    """A server at `url`, and its application."""

    app: FastAPI
    url: str
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, **headers: str) -> httpx.Client:
        """A browser or program with cookies of its own."""
        self.clients.append(httpx.Client(base_url=self.url, headers=headers, timeout=60))
        return self.clients[-1]

    def person(self, who: str) -> httpx.Client:
        """A client as one of WHO; the account or key is made."""
        asking = self.client(**{"X-Forwarded-For": "198.51.100.7"})
        visitors = self.app.state.visitors
        if who == "key":
            asking.headers["Authorization"] = f"Bearer {visitors.keys.add('program', ['ask'], per_minute=10_000)}"
        elif who != "visitor":
            visitors.accounts.add(who, who, PASSWORD)
            assert asking.post("/login", data={"name": who, "password": PASSWORD}).status_code == 303
        return asking


@contextmanager
def server(folder: Path, bases: Any = None, *, mails: bool = False, **settings: Any) -> Iterator[Served]:
    """A server in a thread; by default over a scripted assistant, and alone at this machine."""
    read = load_settings({"data_dir": folder, "port": 0, **settings})
    running = launch(bases or OneBase(ScriptedAssistant(read, delay=0)), read, block=False, mails=mails)
    assert running is not None
    served = Served(running.server.config.loaded_app, running.url)
    try:
        yield served
    finally:
        for one in served.clients:
            one.close()
        running.close()


def application(folder: Path, **settings: Any) -> FastAPI:
    """The application itself, not running."""
    read = load_settings({"data_dir": folder, "port": 0, **settings})
    return create_app(read, OneBase(ScriptedAssistant(read, delay=0)))


def request(app: FastAPI, method: str, path: str, *, address: str = "127.0.0.1", **given: Any) -> httpx.Response:
    """One request to an application, as from a client at `address`."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(address, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
            return await client.request(method, path, **given)

    return asyncio.run(ask())


def handlers(app: FastAPI) -> dict[str, int]:
    """The page's handlers by name, with their number; one that several components call counts once."""
    return {function.fn.__qualname__: number for number, function in app.state.page.blocks.fns.items() if function.fn}


def call(
    asking: httpx.Client, number: int, data: list[Any], event: Any = None, session: str = "tab", query: str = ""
) -> list[dict[str, Any]]:
    """What a handler of the page answers, as the messages that a browser gets; `query` is that of the page's address."""
    body = {"fn_index": number, "data": data, "event_data": event, "session_hash": session, "trigger_id": None}
    joined = asking.post(f"gradio_api/queue/join{query}", json=body)
    assert joined.status_code == 200, joined.text
    messages = []
    with asking.stream("GET", f"gradio_api/queue/data?session_hash={session}") as answer:
        for line in answer.iter_lines():
            if line.startswith("data:"):
                messages.append(json.loads(line[5:]))
                if messages[-1]["msg"] in {"process_completed", "close_stream"}:
                    break
    return messages
