"""Many people at one server, each at an address of their own: how long they wait, who is refused, what it takes.

python -m tests.crowd [--people 16] [--minutes 10] [--pause 20] [--burst 150] [--fake]

First one person asks alone; then one client asks `--burst` questions at once while another goes on; then `--people` ask for
`--minutes`, with pauses of `--pause` seconds on average. The server is a process of its own over the knowledge folder, with the
models of the settings; with `--fake` over a few lines, with models that tell words apart and nothing else. Ends with 1 where
an answer failed, or a bound of LIMITS is not kept.
"""

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
QUESTIONS = (
    "How long can I return an item?",
    "What does delivery to Austria cost?",
    "When does the refund arrive?",
    "Is there a warranty on frames?",
    "Can I pay by invoice?",
    "How do I reach a person?",
    "Do you sell spaceships?",
    "Who pays the postage of a return?",
)
OPEN = {"RAG_TRUSTED_PROXIES": "127.0.0.1", "RAG_QUESTIONS_PER_MINUTE": "0", "RAG_REQUESTS_PER_MINUTE": "0"}


LIMITS = {
    "the other client's wait beside the burst, of its usual one (median)": 2.0,
    "the people's wait, of one person's alone (p95)": 4.0,  # with pauses
    "the longest mean wait of a person, of the shortest": 2.0,  # without pauses
    "the most memory after a quarter of the time, of what it was then": 1.05,
}


@dataclass
class Waits:
    """Seconds from question to the end of its answer, by person; what was refused; memory of the server in MB over time."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def all(self) -> list[float]:
        return sorted(second for one in self.seconds.values() for second in one)


@dataclass
class Crowd:
    """A server to be asked by many."""

    url: str
    process: int

    def ask(self, person: int, waits: Waits, client: httpx.Client, question: str) -> None:
        """One question as it comes from the person's address; the answer is streamed to its end."""
        asked = {"model": "footnote", "stream": True, "messages": [{"role": "user", "content": question}]}
        headers = {"X-Forwarded-For": f"198.51.{100 + person // 200}.{1 + person % 200}"}
        began = time.monotonic()
        try:
            with client.stream("POST", "v1/chat/completions", json=asked, headers=headers) as answer:
                lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
                if answer.status_code in {429, 503} and "retry-after" in answer.headers:
                    waits.refused[str(answer.status_code)] += 1
                elif answer.status_code != 200 or lines[-1:] != ["data: [DONE]"]:
                    waits.errors.append(f"{answer.status_code}: {lines[-1:]}")
                else:
                    waits.seconds.setdefault(person, []).append(time.monotonic() - began)
        except httpx.HTTPError as error:
            waits.errors.append(repr(error))

    def alone(self, questions: int) -> Waits:
        """One person, one question after the other; the first is no part of it, as models load with it."""
        waits = Waits()
        with httpx.Client(base_url=self.url, timeout=600) as client:
            for n in range(questions + 1):
                self.ask(0, waits, client, QUESTIONS[n % len(QUESTIONS)])
        waits.seconds[0] = waits.seconds.get(0, [])[1:]
        return waits

    def burst(self, questions: int) -> tuple[Waits, Waits]:
        """What comes of so many at once from one client, and how long another waits meanwhile."""
        many, other = Waits(), Waits()
        most = httpx.Limits(max_connections=questions + 1)
        with httpx.Client(base_url=self.url, timeout=600, limits=most) as client, ThreadPoolExecutor(questions) as pool:
            for n in range(questions):
                pool.submit(self.ask, 1, many, client, QUESTIONS[n % len(QUESTIONS)])
            for n in range(5):
                self.ask(2, other, client, QUESTIONS[n])
        return many, other

    def people(self, number: int, minutes: float, pause: float, seed: int = 0) -> Waits:
        """So many people for so long."""
        waits, until = Waits(), time.monotonic() + 60 * minutes

        def person(n: int) -> None:
            chance = random.Random(seed + n)
            with httpx.Client(base_url=self.url, timeout=600) as client:
                time.sleep(chance.random() * pause)
                while not waits.seconds.get(10 + n) or time.monotonic() < until:
                    self.ask(10 + n, waits, client, chance.choice(QUESTIONS))
                    if waits.errors:  # which is enough to know
                        return
                    time.sleep(pause * (0.5 + chance.random()))

        threads = [threading.Thread(target=person, args=(n,)) for n in range(number)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            waits.memory.append(self.memory())
            time.sleep(min(5.0, 6 * minutes))
        return waits

    def memory(self) -> float:
        """MB that the server has of the machine's memory."""
        status = Path(f"/proc/{self.process}/status").read_text("utf-8")
        found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
        assert found
        return int(found[1]) / 1000


@contextmanager
def crowd(folder: Path, fake: bool) -> Iterator[Crowd]:
    """The server, once it has read its documents."""
    environment = {**os.environ, **OPEN, "RAG_DATA_DIR": str(folder), "RAG_PORT": "0", "RAG_KNOWLEDGE": str(ROOT / "knowledge")}
    what = ["-m", "tests.kills", "serve", str(folder)] if fake else ["-m", "rag", "serve"]
    with subprocess.Popen([sys.executable, *what], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            url = json.loads(line)["url"] if fake else line.split()[-1]
            with httpx.Client(base_url=url, timeout=600) as client:
                while not fake and not client.post("v1/search", json={"query": "return"}).json().get("data"):
                    time.sleep(1)
            yield Crowd(url, process.pid)
        finally:
            process.terminate()


def p95(seconds: Sequence[float]) -> float:
    return sorted(seconds)[round(0.95 * (len(seconds) - 1))] if seconds else float("nan")


def row(what: str, seconds: Sequence[float]) -> str:
    if not seconds:
        return f"{what:<34} nothing answered"
    longest, p50 = max(seconds), statistics.median(seconds)
    return f"{what:<34} {len(seconds):>5} answered, p50 {p50:.2f} s, p95 {p95(seconds):.2f} s, longest {longest:.2f} s"


def ratios(alone: Waits, other: Waits, people: Waits, pause: float) -> list[float]:
    """In the order of LIMITS; of the people's two the one that is not asked for with this pause is 0."""
    means = [statistics.mean(one) for one in people.seconds.values()]
    warm = people.memory[len(people.memory) // 4 :]
    return [
        statistics.median(other.all()) / statistics.median(alone.all()),
        p95(people.all()) / p95(alone.all()) if pause else 0.0,
        0.0 if pause else max(means) / min(means),
        max(warm) / warm[0],
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--pause", type=float, default=20, help="seconds, on average; 0 is none")
    parser.add_argument("--burst", type=int, default=150)
    parser.add_argument("--fake", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, crowd(Path(folder), options.fake) as asked:
        alone = asked.alone(16)
        print(row("one person alone", alone.all()), flush=True)
        many, other = asked.burst(options.burst)
        print(row(f"{options.burst} at once of one client", many.all()), f"refused: {dict(many.refused)}", flush=True)
        print(row("another client meanwhile", other.all()), flush=True)
        people = asked.people(options.people, options.minutes, options.pause)
        print(row(f"{options.people} people, pauses of {options.pause:g} s", people.all()), f"refused: {dict(people.refused)}")
        warm = people.memory[len(people.memory) // 4 :]
        print(f"memory after a quarter of the time: {warm[0]:.0f} MB, at most {max(warm):.0f}, at the end {warm[-1]:.0f}")
    errors = [*alone.errors, *many.errors, *other.errors, *people.errors]
    broken = 0
    if not errors:
        for (what, most), found in zip(LIMITS.items(), ratios(alone, other, people, options.pause), strict=True):
            if found:
                broken += found > most
                print(f"{what}: {found:.2f}, {'more than' if found > most else 'within'} {most:g}")
    print(f"{len(errors)} errors", *errors[:20], sep="\n")
    raise SystemExit(bool(errors or broken))


if __name__ == "__main__":
    main()
