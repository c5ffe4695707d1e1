"""`rag ask --batch`: conversations as JSON lines in, an answer to the last message of each out, as soon as it is there."""

import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.apps.json_format import answer_json
from rag.conversation.turns import ask_in_order
from rag.errors import NotFoundError, RagError
from rag.types import Answer, Progress, Turn

_SEEN = 60  # characters of a bad value that its message repeats

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One line: `id` comes back as it was given, the last of `turns` is to be answered."""

    id: str | int
    turns: tuple[str, ...]


Ask = Callable[[str, Sequence[Turn]], Answer]


def check_source(source: str) -> None:
    """Raises NotFoundError where `source` is neither a file nor `-`, standard input."""
    if source != "-" and not Path(source).is_file():
        raise NotFoundError(f"--batch is {source}, which is no file: name a file of JSON lines, or - for standard input.")


def lines_of(source: str) -> Iterator[bytes]:
    """The lines of a file, or of standard input as they arrive where `source` is `-`."""
    check_source(source)
    if source == "-":
        yield from sys.stdin.buffer
        return
    with Path(source).open("rb") as file:
        yield from file


def count_lines(source: str) -> int:
    """How many lines hold something; 0 where that cannot be known before they are read."""
    return 0 if source == "-" else sum(bool(line.strip()) for line in lines_of(source))


def conversation(line: bytes) -> Conversation:
    """The conversation of a line; raises RagError with the value that makes it unreadable."""
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RagError(f"is not UTF-8 (byte {error.start}): {_seen(line)}.") from error
    except (ValueError, RecursionError) as error:
        raise RagError(f"is not JSON: {_seen(line.decode('utf-8-sig').strip())}.") from error
    if not isinstance(value, dict):
        raise RagError(f"is no object with id and turns: {_seen(value)}.")
    id, turns = value.get("id"), value.get("turns")
    if isinstance(id, bool) or not isinstance(id, str | int) or id == "":
        raise RagError(f"has no id: {_seen(value)}." if "id" not in value else f"has the id {_seen(id)}, not a text or number.")
    if "turns" not in value:
        raise RagError(f"has no turns: {_seen(value)}.")
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) and turn.strip() for turn in turns):
        raise RagError(f"has the turns {_seen(turns)}, not a list of at least one message.")
    if not _is_text(str(id), *turns):
        raise RagError(f"holds half a character, which no text can: {_seen(value)}.")
    return Conversation(id, tuple(turns))


def answer_all(source: str, ask: Ask, report: Callable[[str], None], progress: Progress) -> bool:
    """Write a line for each conversation, in order; whether all could be read and answered. `report` is told each failure."""
    name = "standard input" if source == "-" else source
    total, done, failed = count_lines(source), 0, 0
    for number, line in enumerate(lines_of(source), 1):
        if not line.strip():
            continue
        progress(done, total, f"line {number}")
        try:
            written = json.dumps(_answered(line, ask), ensure_ascii=False)
        except RagError as error:
            failed += 1
            report(f"{name} line {number} {error}")
        else:
            print(written, flush=True)
        done += 1
    return not failed


def _answered(line: bytes, ask: Ask) -> dict[str, Any]:
    asked = conversation(line)
    try:
        answer = ask_in_order(ask, asked.turns)
    except RagError as error:
        raise RagError(f"was not answered: {error}") from error
    except Exception as error:  # a line that meets a fault of the program must not cost the others
        _log.exception("A line of a batch was not answered.")
        raise RagError(f"was not answered: {type(error).__name__}: {error}") from error
    return {"id": asked.id, "turns": asked.turns, "output": answer_json(answer)}


def _seen(value: object) -> str:
    """The beginning of the value, without characters that a terminal obeys."""
    text = repr(value)
    return text if len(text) <= _SEEN else text[:_SEEN] + "…"


def _is_text(*values: str) -> bool:
    try:
        "".join(values).encode()
    except UnicodeEncodeError:
        return False
    return True
