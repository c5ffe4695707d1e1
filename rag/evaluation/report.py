"""A run as a Markdown page with plots, for a person who wants to see where the product is weak."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from rag.evaluation.plots import draw
from rag.evaluation.result import Result, aligned, table

_SHOWN = 20
# The score of a question that tells how well it went.
_JUDGED_BY = {"retrieval": "MRR@10", "reading": "F1", "highlight": "F1", "refusal": "right", "answering": "F1"}


def write(result: Result, folder: Path) -> Path:
    """`report.md` and its pictures, in a folder that is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = "\n".join(f"![{picture.stem}]({picture.name})" for picture in draw(result, folder))
    settings = aligned(("setting", "value"), [(name, str(value)) for name, value in result.settings.items()])
    parts = [
        f"# {escape(result.dataset)}: {result.task}",
        escape(table(result), quote=False),
        pictures,
        _wrong_answers(result) if result.transcripts else _worst(result, _JUDGED_BY[result.task]),
        "## Settings",
        escape(settings, quote=False),
    ]
    path = folder / "report.md"
    path.write_text("\n\n".join(part for part in parts if part) + "\n", "utf-8")
    return path


def _worst(result: Result, score: str) -> str:
    """Lowest scores first, and among equal ones what the product was surest of."""
    sure = result.scores.get("confidence", np.zeros(len(result.ids)))
    order = np.lexsort((-sure, result.scores[score]))[:_SHOWN]
    rows = [(result.ids[n], result.texts[n], f"{result.scores[score][n]:.3f}") for n in order]
    heading = f"## The {_SHOWN} questions with the lowest {score}"
    return f"{heading}\n\n{escape(aligned(('id', 'question', score), rows), quote=False)}"


def _wrong_answers(result: Result) -> str:
    """Each conversation whose last answer is not right, the surest first, with what was said and what it rests on."""
    wrong = [(id, said) for id, said in zip(result.ids, result.transcripts, strict=True) if not said["right"]]
    wrong.sort(key=lambda pair: -pair[1]["confidence"])
    parts = [f"## What was not right: {len(wrong)} of {len(result.ids)}"]
    for id, said in wrong:
        parts += [f"### {escape(' '.join(id.split()))} ({escape(said['kind'])}): {said['verdict']}", _quoted(_told(said))]
    return "\n\n".join(parts)


def _told(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(label, text) of a transcript's parts."""
    for n, turn in enumerate(said["turns"], 1):
        yield f"message {n}", turn
    yield said["status"], f"{said['answer']} (confidence {said['confidence']:.2f})"
    if said["why"]:
        yield "why", said["why"]
    if said["expected"]:
        yield "expected", said["expected"]
    for n, cited in enumerate(said["evidence"], 1):
        page = f", page {cited['page']}" if cited["page"] else ""
        yield f"evidence {n}", " > ".join((cited["document"] + page, *cited["headings"])) + "\n" + cited["text"]


def _quoted(parts: Iterable[tuple[str, str]]) -> str:
    """As Markdown's indented code, in which nothing is markup: texts come from documents and people."""
    lines = []
    for label, text in parts:
        first, *others = text.splitlines() or [""]
        lines += [f"{label + ':':13} {first}", *(f"{'':13} {line}" for line in others)]
    return "\n".join(f"    {line}".rstrip() for line in lines)
