"""The desk killed with SIGKILL between any two statements: `python -m tests.desk_kills --rounds 300` prints what happened.

In each round a process hands a conversation over, writes, claims, drafts, replies, notes, puts off, closes; it kills itself
before a statement that was drawn (or is killed from outside at any moment). What is left is looked through, and then another
process does it all again, as browsers do that had no answer: with the same keys.
"""

import argparse
import multiprocessing
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from rag.desk.customers import Customer
from rag.desk.desk import Desk
from rag.desk.values import Case
from rag.kept.conversations import Conversations

ANNA = "account:1"
LONGEST = 0.4  # seconds until a kill from outside
NEVER = 10**9
Step = tuple[str, Callable[[Desk, str], object]]


def reply(desk: Desk, conversation: str, text: str, key: str) -> None:
    case = desk.cases.get(conversation)
    desk.replies.send(conversation, ANNA, text, version=case.version, key=key, recipient=case.recipient)


def customer(desk: Desk) -> Customer:
    return desk.customer(Conversations(desk.store.file).of("visitor:carla"))


def unless(done: Callable[[Case], bool], step: Callable[[Desk, str], object]) -> Callable[[Desk, str], object]:
    """A step of which an agent sees that it is done, and who then does not do it again."""
    return lambda desk, id: done(desk.cases.get(id)) or step(desk, id)


STEPS: tuple[Step, ...] = (
    ("hand over", lambda desk, id: customer(desk).standing(id).state or customer(desk).hand_over(id, "complaint")),
    ("say 1", lambda desk, id: customer(desk).say(id, "Are you there?", "c1")),
    ("claim", unless(lambda case: case.agent == ANNA, lambda desk, id: desk.cases.claim(id, ANNA))),
    ("draft 1", lambda desk, id: _sent(desk, id, "First.") or desk.drafts.save(id, ANNA, "First")),
    ("reply 1", lambda desk, id: reply(desk, id, "First.", "r1")),
    ("note", lambda desk, id: desk.notes.of(id) or desk.notes.add(id, ANNA, "He is in a hurry.")),
    ("put off", unless(lambda case: case.version > 5, lambda desk, id: desk.cases.snooze(id, ANNA))),
    ("say 2", lambda desk, id: customer(desk).say(id, "Thanks, and where is it?", "c2")),
    ("draft 2", lambda desk, id: _sent(desk, id, "Second.") or desk.drafts.save(id, ANNA, "Second")),
    ("reply 2", lambda desk, id: reply(desk, id, "Second.", "r2")),
    ("close", unless(lambda case: case.state == "resolved", lambda desk, id: desk.cases.resolve(id, ANNA))),
)
SAID = ["waiting", "Are you there?", "open", "First.", "Thanks, and where is it?", "Second.", "resolved"]


def _sent(desk: Desk, conversation: str, text: str) -> bool:
    return any(entry.message and entry.message.text == text for entry in desk.events.timeline(conversation))


def work(folder: Path, conversation: str, dies_at: int, acknowledged: int) -> None:
    """Does all steps, saying of each that it is done; kills itself before statement `dies_at` of those that write."""
    with closing(Desk.of(folder)) as desk:
        desk.agents.here(ANNA, "Anna")
        count = 0

        def traced(statement: str) -> None:
            nonlocal count
            count += 1
            if count == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

        desk.store.file._writer.set_trace_callback(traced)
        for name, step in STEPS:
            step(desk, conversation)
            os.write(acknowledged, f"{name}\n".encode())
        os.write(acknowledged, f"={count}\n".encode())


def attempt(folder: Path, conversation: str, dies_at: int, after: float | None = None) -> tuple[list[str], int | None]:
    """One process; returns what it acknowledged, and how many statements it made, None where it was killed."""
    reads, writes = os.pipe()
    process = multiprocessing.get_context("fork").Process(target=work, args=(folder, conversation, dies_at, writes))
    process.start()
    os.close(writes)
    timer = threading.Timer(after, process.kill) if after is not None else None
    if timer:
        timer.start()
    with os.fdopen(reads) as told:
        lines = told.read().split("\n")[:-1]
    process.join()
    if timer:
        timer.cancel()
    assert process.exitcode in {0, -signal.SIGKILL}, f"it ended with {process.exitcode}"
    counted = next((int(line[1:]) for line in lines if line.startswith("=")), None)
    return [line for line in lines if not line.startswith("=")], counted


def look(folder: Path, conversation: str, acknowledged: list[str]) -> None:
    """Raises AssertionError where anything acknowledged is missing, or one thing was written without the other."""
    with closing(Desk.of(folder)) as desk:
        store, named = desk.store, {"id": conversation}
        kept = desk.events.of(conversation)
        rows = store.read("SELECT * FROM desk_messages WHERE conversation = :id ORDER BY id", named)
        told = Counter(event.message for event in kept if event.message)
        assert told == Counter(row["id"] for row in rows), "each message has its event, each event its message"
        case = store.cases("WHERE desk_cases.conversation = :id", named)
        if not case:
            assert [kept, rows, acknowledged] == [[], [], []], "a conversation that the desk does not know has left something"
            return
        moves = [event for event in kept if event.moves]
        assert (case[0].version, case[0].state) == (len(moves), moves[-1].details["to"])
        said = [row["text"] for row in rows]
        assert len(said) == len(set(said)), "nothing is said twice"
        for step, text in (("hand over", SAID[0]), ("say 1", SAID[1]), ("reply 1", "First."), ("reply 2", "Second.")):
            assert step not in acknowledged or text in said, f"{step} was acknowledged and is gone"
        for step, text in (("draft 1", "First"), ("draft 2", "Second")):
            drafts = [desk.drafts.get(conversation, ANNA), *desk.drafts.ended(conversation, ANNA)]
            written = any(draft and draft.text.startswith(text) for draft in drafts)
            assert step not in acknowledged or written, f"{step} was acknowledged and is gone"
        for row in (row for row in rows if row["kind"] == "out"):
            ended = store.read("SELECT ended FROM desk_drafts WHERE text = :text", {"text": row["text"]})
            assert [one["ended"] for one in ended] == ["sent"], "what was sent is no draft any more"
        assert "note" not in acknowledged or len(desk.notes.of(conversation)) == 1


def finish(folder: Path, conversation: str) -> None:
    """Does it all again, and sees that everything is there once."""
    acknowledged, counted = attempt(folder, conversation, NEVER)
    assert counted is not None
    assert acknowledged == [name for name, _ in STEPS]
    look(folder, conversation, acknowledged)
    with closing(Desk.of(folder)) as desk:
        lines = Conversations(desk.store.file).of("visitor:carla").lines(conversation)
        assert [line.text for line in lines] == SAID, [line.text for line in lines]
        assert desk.drafts.writing(ANNA) == []


def begin(folder: Path) -> str:
    with closing(Desk.of(folder)) as desk:
        return Conversations(desk.store.file).of("visitor:carla").ask("", "shop", "Where is my parcel?")[0]


def round_(draw: random.Random, statements: int, outside: bool) -> str:
    """One kill; returns the step that it struck."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        conversation = begin(folder)
        dies_at = NEVER if outside else draw.randint(1, statements)
        acknowledged, _ = attempt(folder, conversation, dies_at, draw.uniform(0, LONGEST) if outside else None)
        look(folder, conversation, acknowledged)
        finish(folder, conversation)
        return STEPS[len(acknowledged)][0] if len(acknowledged) < len(STEPS) else "after all"


def rounds(number: int, seed: int) -> Counter[str]:
    """So many kills, every fourth from outside; how many struck each step. Raises AssertionError with the round that failed."""
    draw, struck = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        _, statements = attempt(Path(name), begin(Path(name)), NEVER)
    assert statements is not None
    for n in range(number):
        try:
            struck[round_(draw, statements, outside=n % 4 == 3)] += 1
        except AssertionError as error:
            raise AssertionError(f"round {n} of seed {seed}: {error}") from error
    return struck


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    start = time.perf_counter()
    struck = rounds(given.rounds, given.seed)
    print(f"{given.rounds} kills in {time.perf_counter() - start:.0f} s, nothing lost, doubled or half there; struck:")
    for step, count in struck.most_common():
        print(f"{count:>5}  {step}")


if __name__ == "__main__":
    main()
