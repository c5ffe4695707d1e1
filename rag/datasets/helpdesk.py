"""Help-desk conversations over an organisation's pages: a zip archive with `pages/` and `turns.jsonl`; data/helpdesk has some.

A line of `turns.jsonl` is a message of a conversation with what a good agent would say: data/helpdesk/README.md has its fields.
"""

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from rag.config import user_cache
from rag.conversation.history import as_text, said_before
from rag.datasets import rewrites
from rag.datasets.dataset import Dataset, Leaning, Question, Quote, Verdict
from rag.errors import RagError
from rag.query import parted

TURNS, PAGES = "turns.jsonl", "pages"
_LARGEST = 64 << 20  # bytes of all files of an archive, unpacked
_ALONE = frozenset(("basic", "keyword", "how-to", "yes-no", "table"))  # kinds that lean on nothing


def read(path: Path) -> Dataset:
    """The questions of an archive, over its pages unpacked into the user's cache; other messages than questions are left out.

    Raises RagError for what is no such archive, with the line that is wrong.
    """
    questions: list[Question] = []
    leaning: list[Leaning] = []
    for n, turn in enumerate(turns(path), 1):
        try:
            if "question" in turn["intents"]:
                leaning += _leaning(turn, questions)
                questions.append(_question(turn))
        except (ValueError, KeyError, TypeError) as error:
            raise RagError(f"{path} {TURNS} line {n} is no turn: {error!r}") from error
    return Dataset(path.stem, tuple(questions), folder=_unpacked(path) / PAGES, leaning=tuple(leaning))


def turns(path: Path) -> list[dict[str, Any]]:
    """The messages of an archive with all their fields; raises RagError for what is no such archive, with the line."""
    found = []
    for n, line in enumerate((_unpacked(path) / TURNS).read_text("utf-8").splitlines(), 1):
        try:
            found.append(json.loads(line))
        except ValueError as error:
            raise RagError(f"{path} {TURNS} line {n} is no turn: {error!r}") from error
    return found


def _question(turn: dict[str, Any]) -> Question:
    units = tuple(Quote(unit["document"], unit["text"]) for unit in turn["units"])
    message, asked = turn["message"], turn["standalone"] or turn["message"]
    said = [item["text"] for item in turn["history"]]
    told, end = parted(message)
    before = f"{said_before(said, 2 if len(said) > 2 else 1)} {told}".strip()
    return Question(
        id=turn["id"],
        text=asked if before else message,
        documents=dict.fromkeys((unit.document for unit in units), 1),
        answers=(turn["short"],) if turn["short"] else (),
        quotes=units,
        answerable=turn["answerable"] == "yes",
        kind=turn["kind"],
        verdict=_verdict(turn["verdict"]),
        message=end if before else "",
        before=before,
    )


def _verdict(said: str) -> Verdict:
    """Of "depends: on what" and of questions that are not of yes or no: neither."""
    return "yes" if said == "yes" else "no" if said == "no" else "neither"


def _leaning(turn: dict[str, Any], questions: Sequence[Question]) -> list[Leaning]:
    """A follow-up with what it leans on, and an earlier question after the same conversation, which leans on nothing."""
    id, message, standalone = turn["id"], turn["message"], turn["standalone"]
    if not turn["history"]:
        return []
    history = as_text([said["text"] for said in turn["history"]])
    found = [rewrites.leaning(id, message, history, standalone)] if standalone else []
    if new := next((q for q in questions[len(turn["message"]) % 40 :] if q.kind in _ALONE), None):
        found.append(Leaning(f"{id}:new", new.text, history, ()))
    return found


def _unpacked(path: Path) -> Path:
    """The archive's files in a folder named by its content, made once."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    place = user_cache() / "datasets" / digest[:16]
    if place.is_dir():
        return place
    try:
        with zipfile.ZipFile(path) as archive:
            files = [item for item in archive.infolist() if not item.is_dir()]
            if reason := _fault(archive, files):
                raise RagError(f"{path} is no help-desk archive: {reason}.")
            place.parent.mkdir(parents=True, exist_ok=True)
            made = Path(tempfile.mkdtemp(dir=place.parent))
            archive.extractall(made, files)
    except zipfile.BadZipFile as error:
        raise RagError(f"{path} is no zip archive: {error}.") from error
    try:
        os.replace(made, place)
    except OSError:  # another process was first
        shutil.rmtree(made, ignore_errors=True)
    return place


def _fault(archive: zipfile.ZipFile, files: list[zipfile.ZipInfo]) -> str:
    """What is wrong with an archive, "" where nothing is."""
    for item in files:
        parts = PurePosixPath(item.filename).parts
        if item.filename.startswith("/") or ".." in parts or (parts[0] != PAGES and len(parts) > 1):
            return f"it holds {item.filename!r}"
    size = sum(item.file_size for item in files)
    if size > _LARGEST:
        return f"its files take {size:,} bytes, the limit is {_LARGEST:,}"
    return "" if TURNS in archive.namelist() else f"it lacks {TURNS}"
