"""Files of a data folder are damaged (bytes flipped, cut off, emptied, removed), one at a time; each time it is found out and
said in one message, is mended, or does no harm; where it was said, all is there again with a copy put back.

python -m tests.damage [--files 100] [--seed 0]
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from rag.config import load_settings
from rag.errors import RagError
from rag.index.bases import WRITER_LOCK
from rag.kept.conversations import Conversations
from rag.kept.database import ConversationsFile
from tests.asking import Writer, models

WAYS = ("flip", "zero", "cut", "empty", "gone")
PASSAGES = 1200  # so many that the graph of vectors is in files of its own
ASKED = "How much does parcel seven weigh?"


@dataclass
class Outcome:
    """`ends` counts how it ended: `whole`, `said`, `mended`; `wrong` are crashes, tracebacks and what did not come back."""

    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def make(folder: Path, passages: int = PASSAGES) -> None:
    """A data folder with documents, a conversation and a gap; everything in it is closed at the end of the process."""
    documents = folder.parent / "documents"
    documents.mkdir()
    for n in range(passages // 10):
        words = [f"Parcel {n} {part} weighs {n * part} kilogrammes and leaves on day {part}." for part in range(10)]
        (documents / f"{n}.txt").write_text("\n\n".join(f"{line} {'It is registered. ' * 12}" for line in words))
    from rag.served import Bases

    read = load_settings({"data_dir": folder, "refuse_below": 0.3})
    with closing(Bases(read, models(Writer()))) as bases:
        bases.open("default", "internal").ingest([documents])
        bases.open("default", "public").ask("Quagga yodel?")
    with closing(ConversationsFile.of(folder)) as file:
        Conversations(file).of("account:1").ask("", "default", ASKED)


def harm(path: Path, way: str, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    at, size = chance.randrange(max(1, len(content))), min(len(content), chance.choice((1, 16, 4096)))
    if way == "flip":
        for place in range(at, min(len(content), at + size)):
            content[place] ^= chance.randrange(1, 256)
    elif way == "zero":
        content[at : at + size] = bytes(len(content[at : at + size]))
    path.unlink()
    if way != "gone":
        path.write_bytes(b"" if way == "empty" else content[:at] if way == "cut" else content)


def use(folder: Path) -> str:
    """What comes of everything a server does with the folder: `whole`, or the message."""
    from rag.served import Bases

    read = load_settings({"data_dir": folder, "refuse_below": 0.3})
    try:
        with closing(Bases(read, models(Writer()))) as bases:
            assistant = bases.open("default", "internal")
            assistant.files()
            assistant.search(ASKED, 5)
            assistant.ask(ASKED)
            assistant.ingest([])
            assistant.search(ASKED, 5)
            assistant.base.said.gaps()
        with closing(ConversationsFile.of(folder)) as file:
            for one in Conversations(file).of("account:1").all():
                Conversations(file).of("account:1").open(one.id)
    except RagError as error:
        return f"said: {error}"
    return "whole"


def in_child(folder: Path) -> tuple[int, str]:
    """`use` in a process of its own, which may crash: its exit status, and what it said."""
    out = folder.parent / "said"
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with out.open("w") as file:
                os.dup2(file.fileno(), 2)
                said = use(folder)
                file.write(said)
                status = 0
        except BaseException:
            out.write_text(traceback.format_exc())
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), out.read_text(errors="replace")


def run(files: int, seed: int = 0, passages: int = PASSAGES) -> Outcome:
    outcome, chance = Outcome(), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="damage-") as place:
        made = Path(place) / "made"
        child = os.fork()  # the library of vectors keeps what it opened as long as its process lives
        if child == 0:
            try:
                make(made, passages)
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        known = [
            path for path in sorted(made.rglob("*")) if path.is_file() and path.name != WRITER_LOCK and path.stat().st_size
        ]
        for _ in range(files):
            name = chance.choice(known).relative_to(made)
            way = chance.choice(WAYS)
            work = Path(place) / "work"
            shutil.copytree(made, work)
            harm(work / name, way, chance)
            status, said = in_child(work)
            what = f"{way} {name}"
            if status or "Traceback" in said:
                outcome.wrong.append(f"{what}: exit {status}: {said[-500:]}")
            elif said.startswith("said") or "\nsaid: " in said:
                outcome.ends["said"] += 1
                shutil.copy2(made / name, work / name)  # a copy is put back, as the message says
                for beside in (f"{name}-wal", f"{name}-shm"):
                    (work / beside).unlink(missing_ok=True)
                status, again = in_child(work)
                if status or not again.endswith("whole"):
                    outcome.wrong.append(f"{what}: not whole with a copy put back: exit {status}: {again[-500:]}")
            else:
                outcome.ends["whole or mended"] += 1
            shutil.rmtree(work)
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--passages", type=int, default=PASSAGES)
    options = parser.parse_args()
    outcome = run(options.files, options.seed, options.passages)
    print(", ".join(f"{n} {end}" for end, n in sorted(outcome.ends.items())), f"and {len(outcome.wrong)} wrong")
    print("\n".join(outcome.wrong))
    sys.exit(bool(outcome.wrong))


if __name__ == "__main__":
    main()
