"""Do questions that are grouped mean the same? Utterances whose intent people marked, as many different ones as an editor has.

python -m benchmarks.gaps ../shared/data/banking77/train.csv ../shared/data/stackfaq/queries.jsonl --draw 200
"""

import argparse
import csv
import json
import random
from itertools import combinations
from pathlib import Path

from rag.config import load_settings
from rag.index.gaps import clusters
from rag.service import load_models


def labelled(path: Path) -> list[tuple[str, str]]:
    """(text, intent): columns `text` and `category`, or JSON lines with `text` and `intent`, or StackFAQ's "f12-3" as `_id`."""
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            return [(row["text"].strip(), row["category"]) for row in csv.DictReader(file)]
        rows = [json.loads(line) for line in file]
    return [(row["text"], row.get("intent") or row["_id"].split("-")[0]) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--draw", type=int, default=200)
    given = parser.parse_args()
    embedder = load_models(load_settings()).embedder
    rows = []
    for path in given.sets:
        drawn = random.Random(0).sample(labelled(path), given.draw)
        same = {(a, b) for a, b in combinations(range(len(drawn)), 2) if drawn[a][1] == drawn[b][1]}
        rows.append((f"{path.parent.name}", embedder.embed([text for text, _ in drawn], "query"), same))
        print(f"{path.parent.name}: {len(drawn)} questions, {len({intent for _, intent in drawn})} intents, {len(same)} pairs")
    for alike in [n / 20 for n in range(3, 17)]:
        shown = []
        for name, vectors, same in rows:
            groups = clusters(vectors, vectors[:0], [1] * len(vectors), alike)
            made = {(min(pair), max(pair)) for group in groups for pair in combinations(group, 2)}
            precision, recall = len(made & same) / max(1, len(made)), len(made & same) / max(1, len(same))
            f1 = 2 * precision * recall / max(1e-9, precision + recall)
            shown.append(f"{name} P {precision:.2f} R {recall:.2f} F1 {f1:.2f}, {len(groups)} groups")
        print(f"{alike:.2f}  " + "  ".join(shown))


if __name__ == "__main__":
    main()
