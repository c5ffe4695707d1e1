"""What ingestion costs beside the encoder, and how it grows; with an earlier version of the package beside it, in one run.

    mkdir /tmp/v1 && git archive a2128e8 | tar x -C /tmp/v1
    python -m benchmarks.ingestion ../shared/data/squad-v1.1-train-part --before /tmp/v1 [--passages 1000 10000 75000]

Markdown files of a dataset's paragraphs, their sentences mixed, so that no two are equal, go through the product's own path:
parser process, chunking with the encoder's tokenizer, catalogue, Chroma. The encoder itself is left out: vectors are sums of
fixed random directions, one for each token, and the time that takes is subtracted. Each version runs in a process of its own,
one after the other, so that on a shared machine ratios can be read.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import quiet
from rag.config import load_settings
from rag.datasets import formats
from rag.models import files as models
from rag.text import sentences

ROOT = Path(__file__).parent.parent
A_FILE = 12  # passages that a file gives, about
PARAGRAPHS = 6


def write(paragraphs: Sequence[str], passages: int, folder: Path) -> None:
    """Files of about so many passages, the same each time."""
    folder.mkdir()
    rng = random.Random(passages)
    said = [[text[start:end] for start, end in sentences(text)] for text in paragraphs]
    for n in range(passages // A_FILE):
        parts = [f"# Manual {n}\n"]
        for at in range(PARAGRAPHS):
            own = [rng.choice(rng.choice(said)) for _ in range(rng.randint(3, 9))]
            parts.append(f"## Chapter {at + 1} of {n}\n")
            if at % 3 == 2:
                parts.append("\n".join(f"- {' '.join(sentence.split())}" for sentence in own) + "\n")
            else:
                parts.append(" ".join(" ".join(own).split()) + "\n")
        (folder / f"{n:06}.md").write_text("\n".join(parts), "utf-8")


def measure(root: Path, encoder: Path, documents: Path) -> dict[str, Any]:
    """Seconds of one ingestion by the package in `root`, without those of the encoder, and what it made."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, str(ROOT / "benchmarks" / "any_version.py"), "ingest", str(encoder), str(documents), data]
        environment = {**os.environ, "PYTHONPATH": str(root)}
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed in {root}:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--before", type=Path, help="the folder of an earlier version of the project")
    parser.add_argument("--passages", type=int, nargs="+", default=[1000, 5000, 10_000, 75_000])
    options = parser.parse_args()
    encoder = models.resolve("minilm", load_settings().models_dir, quiet)
    paragraphs = [text for _, text in formats.read(options.dataset).passages]
    versions = {"before": options.before, "now": ROOT} if options.before else {"now": ROOT}
    print("| passages | version | s | passages/s | tokenizer calls a passage | memory, MB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for passages in options.passages:
            documents = Path(folder, str(passages))
            write(paragraphs, passages, documents)
            for name, root in versions.items():
                found = measure(root, encoder, documents)
                count = found["passages"]
                print(
                    f"| {passages:,} | {name} | {count:,} | {found['seconds']:.1f} | {found['cpu']:.1f} "
                    f"| {count / found['seconds']:.0f} | {count / found['cpu']:.0f} | {found['calls'] / count:.2f} "
                    f"| {found['memory']:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
