"""How right answers are over help desks in the layout of data/helpdesk, by kind of message.

    python -m benchmarks.helpdesk data/helpdesk/telecom.zip data/helpdesk/museum.zip [--limit 200] [--shown FILE]

Each message is asked with the conversation before it, as it was. An answer is right if it says the short answer, or, where
there is none, four fifths of the words of the units of the complete answer; if it opens with the right yes or no, where it
opens with one; if it is no longer than three times the units and 60 words; and if it can be read. A question that nothing
answers is to be refused, a greeting to be replied to, a wish for a person to be handed over. That is a rule, no reader: --shown
writes each message with its answer and what was expected, to be read.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import quiet
from rag.config import load_settings
from rag.datasets import helpdesk
from rag.evaluation.calibration import expected_calibration_error
from rag.evaluation.facts import normalised, says, unreadable
from rag.evaluation.index import eval_assistant
from rag.text import is_content, stem, words
from rag.types import Answer, Turn

_ENOUGH = 0.8  # share of the words of the units
_ROOM = 60  # words that an answer may have beside three times those of the units
_SURE = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archives", type=Path, nargs="+")
    parser.add_argument("--limit", type=int, help="messages of each archive, evenly spaced")
    parser.add_argument("--shown", type=Path, help="a file for each message and its answer, a line of JSON each")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for archive in options.archives:
        rows += measure(archive, options.limit)
    if options.shown:
        options.shown.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    print(report(rows))


def measure(archive: Path, limit: int | None) -> list[dict[str, Any]]:
    """A row for each message: what was asked, answered and expected, and the verdict."""
    settings = load_settings()
    turns = helpdesk.turns(archive)
    turns = turns[:: max(1, len(turns) // limit)] if limit else turns
    with eval_assistant(helpdesk.read(archive), settings, quiet) as assistant:
        return [{"organisation": archive.stem, **_row(turn, assistant.ask(turn["message"], history(turn)))} for turn in turns]


def history(turn: dict[str, Any]) -> list[Turn]:
    """What was said before, as pairs of message and reply."""
    said = [item["text"] for item in turn["history"]]
    return list(zip(said[::2], said[1::2], strict=False))


def _row(turn: dict[str, Any], answer: Answer) -> dict[str, Any]:
    return {
        "id": turn["id"],
        "kind": turn["kind"],
        "history": [item["text"] for item in turn["history"]],
        "message": turn["message"],
        "searched": answer.searched,
        "answer": answer.text,
        "status": answer.status,
        "confidence": answer.confidence,
        "documents": [citation.document for citation in answer.citations],
        "expected": turn["reply"],
        "units": [unit["text"] for unit in turn["units"]],
        "answerable": turn["answerable"],
        "why": judged(turn, answer),
    }


def judged(turn: dict[str, Any], answer: Answer) -> str:
    """What is wrong with an answer, "" where nothing is."""
    if turn["answerable"] == "none":
        wanted = "handover" if "handover" in turn["intents"] else "social"
        return "" if answer.status == wanted else f"no {wanted} reply"
    if turn["answerable"] != "yes":
        return "" if answer.status == "refused" else "not refused"
    if answer.status == "refused":
        return "refused"
    said = normalised(answer.text)
    if turn["verdict"] in {"yes", "no"} and said.startswith(("yes.", "no.")) and not said.startswith(turn["verdict"]):
        return "wrong verdict"
    units = " ".join(unit["text"] for unit in turn["units"])
    if len(words(answer.text)) > 3 * len(words(units)) + _ROOM:
        return "too long"
    if turn["short"]:
        found = says(said, turn["short"])
    else:
        wanted_words, held = _content(units), _content(answer.text)
        found = len(wanted_words & held) >= _ENOUGH * len(wanted_words)
    return (unreadable(answer.text) and "form") if found else "incomplete or off"


def _content(text: str) -> set[str]:
    return {stem(text[a:b]) for a, b in words(text) if is_content(text[a:b])}


def report(rows: Sequence[dict[str, Any]]) -> str:
    """A line for each kind and for all, with the share that is right and what is wrong with the others."""
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        kinds[row["kind"]].append(row)
        kinds["all"].append(row)
        if row["answerable"] != "none":
            kinds["answerable" if row["answerable"] == "yes" else "to be refused"].append(row)
    lines = []
    for kind, own in sorted(kinds.items()):
        faults = {why: sum(row["why"] == why for row in own) for why in sorted({row["why"] for row in own} - {""})}
        right = np.mean([not row["why"] for row in own])
        lines.append(f"{kind:<16}{len(own):>5}  right {right:.3f}  {faults or ''}")
    asked = [row for row in rows if row["answerable"] != "none"]
    sure = np.mean([bool(row["why"]) and row["status"] != "refused" and row["confidence"] >= _SURE for row in asked])
    truth = np.array([not row["why"] and row["answerable"] == "yes" for row in asked], float)
    error = expected_calibration_error(np.array([row["confidence"] for row in asked]), truth)
    return "\n".join([*lines, f"sure and not right {sure:.3f}  calibration error {error:.3f}"])


if __name__ == "__main__":
    main()
