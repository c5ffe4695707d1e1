"""How many conversations agents in several processes claim a second, and whether each is claimed once:
`python -m benchmarks.desk_claims --conversations 4000 --processes 8`."""

import argparse
import multiprocessing
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import quantiles
from typing import Any

from rag.desk import begin
from rag.desk.desk import Desk

_CAPACITY = 1000  # the most that an agent can be set to take
_PATIENCE = 60  # seconds for every agent to claim one


@dataclass(frozen=True, slots=True)
class Claims:
    """Who claimed which (agent, conversation), how long each claim took, and all of them together, in seconds."""

    taken: list[tuple[str, str]]
    took: list[float]
    seconds: float


def fill(folder: Path, conversations: int) -> None:
    """A desk with so many that wait."""
    with closing(Desk.of(folder)) as desk, desk.store.write() as connection:
        for number in range(conversations):
            id = begin.keep(connection, f"visitor:{number}", "shop", f"Question {number}", desk.store.stamp())
            begin.case(desk.store, connection, id, "waiting", "page", "")


def work(folder: Path, agent: str, together: Barrier, results: Any) -> None:
    """Puts what was claimed into a queue, or the error that ended it."""
    try:
        results.put(claim_all(folder, agent, together))
    except Exception as error:
        results.put(error)
        raise


def claim_all(folder: Path, agent: str, together: Barrier) -> tuple[list[tuple[str, str]], list[float]]:
    """Claims the next until none is left; which, and how long each took.

    No agent claims a second one before each has claimed one, so that none empties the desk before others have come.
    """
    taken: list[tuple[str, str]] = []
    took = []
    with closing(Desk.of(folder)) as desk:
        desk.agents.here(agent, agent)
        desk.agents.set_capacity(agent, _CAPACITY)
        while True:
            start = time.perf_counter()
            case = desk.cases.claim_next(agent)
            if case is None:
                break
            took.append(time.perf_counter() - start)
            taken.append((agent, case.id))
            if len(taken) == 1:
                together.wait(_PATIENCE)
    return taken, took


def claims(folder: Path, conversations: int, processes: int) -> Claims:
    """Fills a desk and has it claimed empty.

    Raises ValueError for fewer conversations than processes, as each is to claim one.
    """
    if conversations < processes:
        raise ValueError(f"{conversations} conversations are too few for {processes} processes: give at least one each.")
    fill(folder, conversations)
    context = multiprocessing.get_context("fork")  # spawned ones would import everything once more
    results, together = context.Queue(), context.Barrier(processes)
    workers = [context.Process(target=work, args=(folder, f"account:{n}", together, results)) for n in range(processes)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    found = [results.get() for _ in workers]
    seconds = time.perf_counter() - start
    for worker in workers:
        worker.join()
    for one in found:
        if isinstance(one, Exception):
            raise one
    return Claims([one for taken, _ in found for one in taken], [one for _, took in found for one in took], seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=4000)
    parser.add_argument("--processes", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = claims(Path(folder), given.conversations, given.processes)
    once = len({conversation for _, conversation in found.taken})
    cuts = quantiles(found.took, n=100)
    print(f"{len(found.taken):,} claims by {given.processes} processes, {once:,} of {given.conversations:,} conversations")
    rate, worst = len(found.taken) / found.seconds, max(found.took)
    print(f"{rate:,.0f} a second; p50 {1000 * cuts[49]:.1f} ms, p99 {1000 * cuts[98]:.0f} ms, worst {worst:.1f} s")


if __name__ == "__main__":
    main()
