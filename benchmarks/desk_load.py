"""Agents who all have the desk open while much happens: how soon each is told, and what it costs the server.

    python -m benchmarks.desk_load [--agents 200] [--events 30] [--seconds 20]

A server over a scripted base, in a process of its own; each agent listens to `/desk/events` over a connection of their own.
What happens are messages of customers, `--events` a second, each a transaction as in use. The time is from before that
transaction until an agent's connection has the event, for every event and every agent.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import numpy as np

from rag.apps.server.sessions import COOKIE
from rag.desk.desk import Desk
from rag.kept.conversations import Conversations

CONVERSATIONS = 20
_SERVER = """
import sys, time
from pathlib import Path
from rag.apps.server.running import launch
from rag.config import load_settings
from tests.scripted import ScriptedAssistant, ScriptedBases
settings = load_settings({"data_dir": Path(sys.argv[1]), "port": 0, "desk": True})
running = launch(ScriptedBases({"shop": ScriptedAssistant(settings, delay=0)}), settings, block=False)
visitors = running.server.config.loaded_app.state.visitors
cookies = []
for n in range(int(sys.argv[2])):
    account = visitors.accounts.add(f"agent{n}", "agent", "correct horse battery")
    cookies.append(visitors.signer.dumps([account.id, account.session]))
print(running.url, *cookies, flush=True)
time.sleep(3600)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--events", type=int, default=30, help="a second")
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _SERVER, folder, str(options.agents)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            url, *cookies = server.stdout.readline().split()
            before = _memory(server.pid)
            told, sent = asyncio.run(_run(Path(folder), url, cookies, options.events, options.seconds))
            after = _memory(server.pid)
        finally:
            server.kill()
            server.wait()
    times = np.array([at - sent[id] for heard in told for id, at in heard.items() if id in sent])
    missed = sum(len(sent) - len(sent.keys() & heard.keys()) for heard in told)
    p50, p99 = np.quantile(times, [0.5, 0.99])
    print(f"{options.agents} agents, {len(sent)} events, {missed} missed")
    print(f"told: p50 {p50:.3f} s, p99 {p99:.3f} s, most {times.max():.3f} s")
    print(f"memory of the server: {before} MB with nobody, at most {after} MB")


async def _run(
    folder: Path, url: str, cookies: Sequence[str], events: int, seconds: int
) -> tuple[list[dict[int, float]], dict[int, float]]:
    """Of each agent when they had each event, by its number; and when it began to happen. Times are of one clock."""
    told: list[dict[int, float]] = [{} for _ in cookies]
    desk = Desk.of(folder)
    last = desk.events.last()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        ready = [asyncio.Event() for _ in cookies]
        listening = [
            asyncio.create_task(_listen(client, cookie, last, heard, one))
            for cookie, heard, one in zip(cookies, told, ready, strict=True)
        ]
        await asyncio.gather(*(one.wait() for one in ready))
        sent = await asyncio.to_thread(_write, desk, events, seconds)
        await asyncio.sleep(3)
        for one in listening:
            one.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    desk.close()
    return told, sent


async def _listen(client: httpx.AsyncClient, cookie: str, after: int, heard: dict[int, float], ready: asyncio.Event) -> None:
    async with client.stream("GET", f"/desk/events?after={after}", headers={"Cookie": f"{COOKIE}={cookie}"}) as stream:
        stream.raise_for_status()
        async for line in stream.aiter_lines():
            ready.set()
            if line.startswith("data: ") and "kind" in (news := json.loads(line[6:])):
                heard.setdefault(news["last"], time.perf_counter())


def _write(desk: Desk, events: int, seconds: int) -> dict[int, float]:
    """Messages of customers, evenly spaced; when each began to happen, by the number of its event."""
    talks = []
    for n in range(CONVERSATIONS):
        own = Conversations(desk.store.file).of(f"visitor:{n}")
        id, _ = own.ask("", "shop", "Where is my parcel?")
        desk.customer(own).hand_over(id, "customer_request")
        talks.append((desk.customer(own), id))
    sent, begun = {}, time.perf_counter()
    for n in range(events * seconds):
        time.sleep(max(0.0, begun + n / events - time.perf_counter()))
        customer, id = talks[n % CONVERSATIONS]
        last, at = desk.events.last(), time.perf_counter()
        customer.say(id, f"Hello {n}?", f"key{n}")
        sent[last + 1] = at
    return sent


def _memory(process: int) -> int:
    """The most memory that a process has had, in MB."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) // 1024 if found else 0


if __name__ == "__main__":
    main()
