"""A server that is killed with SIGKILL at random instants while people ask, judge, bring documents and change a password;
whatever it had acknowledged is there when the next one starts.

python -m tests.kills [--rounds 200] [--seed 0]
"""

import argparse
import json
import multiprocessing
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from tests.living import Clients, Record, living, lost

LONGEST = 3.0  # seconds that a server lives after the first that it acknowledged
STARTING = 0.15  # share of the rounds that kill one while it starts


@dataclass
class Played:
    """What was acknowledged, what was lost, and refusals while the servers lived."""

    record: Record = field(default_factory=Record)
    wrong: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    killed_starting: int = 0


def run(rounds: int, seed: int = 0) -> Played:
    """Plays the rounds in a folder of its own, which stays where something was lost."""
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    played, chance, took = Played(), random.Random(seed), 1.0
    processes = multiprocessing.get_context("forkserver")  # each is forked from one that has the libraries already
    processes.set_forkserver_preload(["tests.living"])
    for number in range(rounds):
        began = time.monotonic()
        ours, theirs = processes.Pipe()
        process = processes.Process(target=serve_to, args=(folder / "data", theirs), daemon=True)
        process.start()
        theirs.close()
        with closing(ours):
            if number and chance.random() < STARTING:
                time.sleep(chance.random() * took)
                process.kill()
                played.killed_starting += 1
            else:
                clients = Clients(**json.loads(ours.recv()), record=played.record, seed=chance.randrange(1 << 30))
                took = time.monotonic() - began if number else took  # the first has waited for the libraries
                done = played.record.counts.total()
                clients.start()
                until = time.monotonic() + 60
                while played.record.counts.total() == done and time.monotonic() < until:
                    time.sleep(0.01)
                time.sleep(chance.random() * LONGEST)
                process.kill()
                clients.join()
                played.refused += clients.refused
        process.join()
        with living(folder / "data") as again:
            played.wrong += [f"round {number}: {what}" for what in lost(again, played.record, folder / "data")]
    if not played.wrong:
        shutil.rmtree(folder)
    return played


def serve(folder: Path, say: Callable[[str], object] = lambda said: print(said, flush=True)) -> None:
    """Serves until killed; `say` is told what clients need."""
    with living(folder) as server:
        say(server.said)
        threading.Event().wait()


def serve_to(folder: Path, told: Connection) -> None:
    serve(folder, told.send)


def main() -> None:
    if sys.argv[1:2] == ["serve"]:
        serve(Path(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began = time.monotonic()
    played = run(options.rounds, options.seed)
    print(f"{options.rounds} rounds ({time.monotonic() - began:.0f} s), {played.killed_starting} killed while starting")
    print("acknowledged: " + ", ".join(f"{n} {what}" for what, n in sorted(played.record.counts.items())))
    print(f"{len(played.wrong)} lost or half, {len(played.refused)} refused while it lived")
    print("\n".join([*played.wrong[:50], *played.refused[:20]]))
    raise SystemExit(bool(played.wrong or played.refused))


if __name__ == "__main__":
    main()
