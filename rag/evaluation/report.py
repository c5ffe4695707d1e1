"""A run as a Markdown page with plots, for a person who wants to see where the product is weak."""

from pathlib import Path

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
    score = _JUDGED_BY[result.task]
    parts = [
        f"# {result.dataset}: {result.task}",
        table(result),
        pictures,
        f"## The {_SHOWN} questions with the lowest {score}",
        _worst(result, score),
        "## Settings",
        settings,
    ]
    path = folder / "report.md"
    path.write_text("\n\n".join(part for part in parts if part) + "\n", "utf-8")
    return path


def _worst(result: Result, score: str) -> str:
    """Lowest scores first, and among equal ones what the product was surest of."""
    sure = result.scores.get("confidence", np.zeros(len(result.ids)))
    order = np.lexsort((-sure, result.scores[score]))[:_SHOWN]
    rows = [(result.ids[n], result.texts[n].replace("|", "\\|"), f"{result.scores[score][n]:.3f}") for n in order]
    return aligned(("id", "question", score), rows)
