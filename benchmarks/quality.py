"""How good the product is: each row is one `rag eval`, run here for one reader and kept in docs/quality.json.

    python -m benchmarks.quality measure ../shared/data [--reader late-interaction] [--only SciFact XQuAD]
    python -m benchmarks.quality measure ../shared/data --generator smollm2 --label smollm2 --only answers
    python -m benchmarks.quality unread ../shared/data
    python -m benchmarks.quality tables

`measure` asks the product's own stages, `unread` ranks SciFact by each search alone and by both, and `tables` prints what is
kept as Markdown and draws it. Rows already there are replaced.
"""

import argparse
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import quiet
from rag.config import load_settings
from rag.evaluation import ranking
from rag.evaluation.index import canonical_name, eval_assistant
from rag.evaluation.result import aligned, result_json
from rag.evaluation.run import Request, load_selection, run
from rag.evaluation.tasks import TaskName
from rag.index.retrieval import fuse

KEPT = Path("docs/quality.json")


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement; `limit` None asks every question."""

    name: str
    path: str
    task: TaskName
    figures: tuple[str, ...]
    to_reach: str = ""
    split: str | None = None
    off_topic: str | None = None
    gold: bool = False
    limit: int | None = 300

    def command(self) -> str:
        """What a person types for the same."""
        words = ["rag eval run", f"../shared/data/{self.path}", "--task", self.task]
        for option, value in (("--split", self.split), ("--limit", self.limit)):
            words += [option, str(value)] if value is not None else []
        words += ["--off-topic", f"../shared/data/{self.off_topic}"] if self.off_topic else []
        return " ".join([*words, "--gold"] if self.gold else words)


RETRIEVAL = ("R@1", "R@5", "MRR@10")
REFUSAL = ("AUROC", "answered", "refused", "refused@95", "ECE")
ANSWERS = ("contains", "F1", "covered", "answered", "written")
ROWS = (
    Row("SQuAD 1.1 A", "squad-v1.1-dev", "retrieval", RETRIEVAL, "R@1 .88"),
    Row("XQuAD en A", "xquad", "retrieval", RETRIEVAL, "R@1 .97", split="en"),
    Row("FeedbackQA Australia", "feedbackqa/Australia", "retrieval", RETRIEVAL, "R@1 .58"),
    Row("FeedbackQA CDC", "feedbackqa/CDC", "retrieval", RETRIEVAL, "R@1 .68"),
    Row("emanual-tv", "emanual-tv", "retrieval", RETRIEVAL, "R@1 .65"),
    Row("SciFact train", "scifact", "retrieval", ("nDCG@10", "R@1", "R@10"), "above each search", split="train"),
    Row("XQuAD zh A", "xquad", "retrieval", RETRIEVAL, split="zh"),
    Row("reading SQuAD 1.1 A", "squad-v1.1-dev", "reading", ("F1", "EM"), "F1 .78, EM .68"),
    Row("marks SQuAD 1.1 A", "squad-v1.1-dev", "highlight", ("best sentence", "sentence F1", "F1"), "best sentence .93"),
    Row(
        "marks chunking-eval",
        "chunking-eval",
        "highlight",
        ("precision", "recall", "F1", "IoU", "sentence F1"),
        "twice late interaction",
    ),
    Row("unanswerable SQuAD 2.0 A", "squad-v2.0-dev-half", "refusal", REFUSAL, "AUROC .80", gold=True),
    Row("off topic", "emanual-tv", "refusal", REFUSAL, "refused@95 .95, ECE .05", off_topic="feedbackqa/CDC"),
    Row("SQuAD A beside emanual-tv", "squad-v1.1-dev", "refusal", REFUSAL, "ECE .05", off_topic="emanual-tv"),
    Row(
        "answers SQuAD 1.1 A, paragraph given",
        "squad-v1.1-dev",
        "answering",
        ANSWERS,
        "contains .80, F1 .76",
        gold=True,
        limit=150,
    ),
    Row("answers SQuAD 1.1 A", "squad-v1.1-dev", "answering", ANSWERS, "contains .72", limit=150),
    Row("answers emanual-tv", "emanual-tv", "answering", ANSWERS, "twice covered", limit=100),
)


def measure(row: Row, data: Path, reader: str, generator: str) -> dict[str, Any]:
    """One row with one reader and language model, as `rag eval --json` prints it."""
    writes = row.task == "answering"
    settings = load_settings().model_copy(update={"reader": reader, "generator": generator if writes else "none"})
    off_topic = data / row.off_topic if row.off_topic else None
    request = Request(data / row.path, row.task, None, row.split, row.limit, 1, None, off_topic, row.gold)
    return result_json(run(request, settings, quiet))


def unread(row: Row, data: Path) -> dict[str, dict[str, float]]:
    """A retrieval row by vectors alone, keywords alone and both, with nothing read."""
    settings = load_settings().model_copy(update={"reader": "late-interaction"})
    dataset = load_selection(Request(data / row.path, row.task, split=row.split, limit=row.limit))
    weights = {"vectors": 1.0, "keywords": 0.0, "both": settings.dense_weight}
    scores: dict[str, list[dict[str, float]]] = {name: [] for name in weights}
    with eval_assistant(dataset, settings, quiet) as assistant:
        retriever = assistant.retriever()
        assert retriever is not None
        for question in dataset.questions:
            hits = retriever.candidates(question.text)
            for name, weight in weights.items():
                found = fuse(*hits, weight)[:40]
                chunks = retriever.chunks([identity for identity, _ in found])
                documents = dict.fromkeys(
                    canonical_name(chunks[i].document, question.documents) for i, _ in found if i in chunks
                )
                scores[name].append(ranking.scores(list(documents), question.documents))
    return {
        name: {figure: float(np.mean([row[figure] for row in rows])) for figure in rows[0]} for name, rows in scores.items()
    }


def tables(kept: Mapping[str, Any]) -> str:
    """What is kept as Markdown: a line for each row, a column for each reader."""
    readers = [name for name in kept if name != "unread"]
    lines = []
    for row in ROWS:
        cells = []
        for reader in readers:
            found = kept[reader].get(row.name)
            cells.append(", ".join(f"{name} {found['metrics'][name]:.3f}" for name in row.figures) if found else "")
        n = next((kept[reader][row.name]["n"] for reader in readers if row.name in kept[reader]), "")
        lines.append((row.name, str(n), row.to_reach, *cells, f"`{row.command()}`"))
    return aligned(("set", "n", "to reach", *readers, "command"), lines)


def plot(kept: Mapping[str, Any], path: Path) -> None:
    """The first figure of each row with each reader, and what is to be reached."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    readers = [name for name in kept if name != "unread"]
    rows = [row for row in ROWS if any(row.name in kept[reader] for reader in readers)]
    figure, axes = pyplot.subplots(figsize=(8, 0.32 * len(rows) + 1), layout="constrained")
    for reader in readers:
        shown = [
            (n, kept[reader][row.name]["metrics"][row.figures[0]]) for n, row in enumerate(rows) if row.name in kept[reader]
        ]
        axes.scatter([value for _, value in shown], [n for n, _ in shown], label=reader)
    for n, row in enumerate(rows):
        if target := re.search(rf"{re.escape(row.figures[0])} (\.\d+)", row.to_reach):
            axes.plot([float(target[1])] * 2, [n - 0.35, n + 0.35], color="#888888", label="" if n else "to reach")
    axes.set_yticks(range(len(rows)), [f"{row.name}: {row.figures[0]}" for row in rows])
    axes.set_xlim(0, 1)
    axes.grid(axis="x", alpha=0.3)
    axes.invert_yaxis()
    axes.legend(loc="upper left")
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("measure", "unread", "tables"))
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--reader", default="trained")
    parser.add_argument("--generator", default="trained", help="the language model of rows about answers")
    parser.add_argument("--label", help="what the tables call it, if not by the reader's name")
    parser.add_argument("--only", nargs="*", default=[""], help="only rows whose name begins with one of these")
    parser.add_argument("--kept", type=Path, default=KEPT, help="the file the figures are kept in")
    arguments = parser.parse_args()
    kept = json.loads(arguments.kept.read_text("utf-8")) if arguments.kept.exists() else {}
    if arguments.what == "tables":
        print(tables(kept))
        plot(kept, arguments.kept.with_suffix(".png"))
        return
    for row in ROWS:
        if not row.name.startswith(tuple(arguments.only)) or (arguments.what == "unread" and row.task != "retrieval"):
            continue
        if arguments.what == "unread":
            kept.setdefault("unread", {})[row.name] = found = unread(row, arguments.data)
        else:
            found = measure(row, arguments.data, arguments.reader, arguments.generator)
            kept.setdefault(arguments.label or arguments.reader, {})[row.name] = found
        print(row.name, json.dumps(found.get("metrics", found)), flush=True)
        arguments.kept.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
