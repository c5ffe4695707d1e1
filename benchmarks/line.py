"""How long others wait while one program asks many questions at once, by how many of its questions are answered at a time.

    RAG_DATA_DIR=~/my-index python -m benchmarks.line "How long is the warranty on lamps?"

The base has to hold documents. A key asks the question 16 times at once, another one three times in turn meanwhile.
"""

import sys
import threading
import time
from statistics import median

import httpx

from rag.apps.line import Line
from rag.apps.server import launch
from rag.config import load_settings
from rag.service import Bases, load_models

AT_ONCE, ROUNDS = 16, 2
SIDE_BY_SIDE = (1, 2, 4, 64)


def seconds(client: httpx.Client, question: str) -> float:
    """What one answer takes."""
    began = time.perf_counter()
    body = {"model": "footnote", "messages": [{"role": "user", "content": question}]}
    client.post("v1/chat/completions", json=body).raise_for_status()
    return time.perf_counter() - began


def measure(busy: httpx.Client, other: httpx.Client, question: str) -> tuple[list[float], list[float]]:
    """Seconds of each answer to the busy client, and to the other one meanwhile."""
    took: list[float] = []
    threads = [threading.Thread(target=lambda: took.append(seconds(busy, question))) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    waited = [seconds(other, question) for _ in range(3)]
    for thread in threads:
        thread.join()
    return took, waited


def main(question: str) -> None:
    settings = load_settings({"port": 0})
    bases = Bases(settings, load_models(settings))
    bases.open(settings.base, "internal").warm_up()
    running = launch(bases, settings, block=False)
    assert running is not None
    visitors = running.server.config.loaded_app.state.visitors
    keys = [visitors.keys.add("line", ["ask"], per_minute=100_000) for _ in range(2)]
    busy, other = (
        httpx.Client(base_url=running.url, headers={"Authorization": f"Bearer {key}"}, timeout=300, limits=httpx.Limits())
        for key in keys
    )
    print(f"alone: {median(seconds(other, question) for _ in range(5)):.2f} s")
    for side_by_side in SIDE_BY_SIDE * ROUNDS:
        visitors.line = Line(side_by_side)
        took, waited = measure(busy, other, question)
        others = ", ".join(f"{one:.1f}" for one in waited)
        print(
            f"{side_by_side} at a time: median {median(took):.1f} s, last {max(took):.1f} s; another client {others} s",
            flush=True,
        )
    for key in keys:
        visitors.keys.revoke(key.split("_")[1])
    running.close()
    bases.close()


if __name__ == "__main__":
    main(sys.argv[1])
