"""The disk of a server is full, with six amounts of room left; what was there stays whole, everybody is told, and all works
again once there is room.

python -m tests.full_disk [--seed 0]      (as root: it mounts a file system of 48 MB in memory, and takes it away at its end)
"""

import argparse
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import RagError
from tests.attack import Tracebacks
from tests.living import Clients, Living, Record, living, lost
from tests.small_disk import full, small_disk

LEFT = (0, 8_000, 64_000, 256_000, 1_000_000, 4_000_000)  # bytes that are free when the work goes on
FAULTS = (" 500 ", "Traceback")


@dataclass
class Level:
    """One level: what was refused and how, and what is wrong."""

    free: int
    starts: str = ""
    refused: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def level(folder: Path, record: Record, free: int, seed: int) -> Level:
    """A server that works is overtaken by a full disk; then another starts on it; then there is room."""
    found, tracebacks, data = Level(free), Tracebacks(), folder / "data"
    logging.getLogger().addHandler(tracebacks)
    try:
        with living(data) as server:
            _work(server, record, seed)
            gaps, answers = set(record.gaps), dict(record.answers)
            with full(folder, free):
                found.refused += _work(server, record, seed + 1)
            record.gaps, record.answers = gaps, answers  # people are answered though their question cannot be kept
        with full(folder, free):
            found.starts = _start(data)
        with living(data) as server:
            refused = _work(server, record, seed + 2)
            found.wrong += [f"refused though there is room: {what}" for what in refused]
            found.wrong += [f"lost: {what}" for what in lost(server, record, data)]
    finally:
        logging.getLogger().removeHandler(tracebacks)
    found.wrong += [f"told badly: {what}" for what in found.refused if any(fault in what for fault in FAULTS)]
    found.wrong += [f"traceback: {what}" for what in tracebacks.found]
    return found


def _work(server: Living, record: Record, seed: int) -> list[str]:
    clients = Clients(server.served.url, server.key, server.widget, record, seed)
    clients.each_once()
    return list(clients.refused)


def _start(data: Path) -> str:
    """What comes of a server that starts."""
    try:
        with living(data):
            return "serves"
    except RagError as error:
        return str(error)


def run(levels: tuple[int, ...] = LEFT, seed: int = 0) -> Iterator[Level]:
    """One after the other, on the same disk."""
    record = Record()
    with small_disk() as folder:
        for number, free in enumerate(levels):
            yield level(folder, record, free, seed + 10 * number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    wrong = 0
    for one in run(seed=options.seed):
        wrong += len(one.wrong)
        print(f"{one.free:>10,} bytes free: {len(one.refused)} refused, {len(one.wrong)} wrong; a start: {one.starts[:150]}")
        print("\n".join(f"    {what}" for what in (*one.refused, *one.wrong)), flush=True)
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
