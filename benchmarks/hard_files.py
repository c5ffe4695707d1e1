"""What files cost that are made to cost much: seconds a MB and memory, with an earlier version of the package beside it.

    mkdir /tmp/v1 && git archive a2128e8 | tar x -C /tmp/v1
    python -m benchmarks.hard_files --before /tmp/v1 [--megabytes 10] [--seconds 120] [--files ent.html rows.csv]

Each file is parsed and chunked with the encoder's tokenizer by each version, in a process of its own that is ended after
`--seconds`. Seconds are those of the processor in that process; the parser's are not counted, which has limits of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import quiet
from rag.config import load_settings
from rag.models import files as models

ROOT = Path(__file__).parent.parent
MB = 1_000_000


def repeated(piece: str, size: int, before: str = "", after: str = "") -> str:
    return before + piece * (size // len(piece.encode())) + after


# Of so many bytes: one line of references, letters, words, marks; headings without text; tables of short and of long rows.
FILES: Mapping[str, Callable[[int], str]] = {
    "ent.html": lambda size: repeated("&amp;", size, "<p>some words ", "</p>"),
    "nospace.txt": lambda size: repeated("abcdefghij", size),
    "words.txt": lambda size: repeated("some words ", size),
    "chinese.txt": lambda size: repeated("退货政策", size),
    "stops.txt": lambda size: repeated(".", size, after="a"),
    "marks.md": lambda size: repeated("**a** ", size),
    "hash.md": lambda size: repeated("# a\n", size),
    "list.md": lambda size: repeated("- item\n", size),
    "rows.csv": lambda size: "question,answer\n" + "".join(f"q{n},a{n}\n" for n in range(size // 14)),
    "table.csv": lambda size: "name,price\n" + "".join(f"n{n},{n}\n" for n in range(size // 14)),
    "wide.csv": lambda size: repeated("ab,", size // 2, after="ab\n") + repeated("cd,", size // 2, after="cd\n"),
}


def measure(root: Path, encoder: Path, path: Path, seconds: float) -> str:
    """A row of the table: seconds a MB, how it ended, passages, and memory in MB."""
    command = [sys.executable, str(ROOT / "benchmarks" / "any_version.py"), "chunk", str(encoder), str(path)]
    command.append(str(load_settings().max_passages))
    environment = {**os.environ, "PYTHONPATH": str(root)}
    try:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=seconds, check=True)
    except subprocess.TimeoutExpired:
        return f"over {seconds / path.stat().st_size * MB:.3g} | not ended | | |"
    found = json.loads(done.stdout.splitlines()[-1])
    rate = found["cpu"] / path.stat().st_size * MB
    return f"{rate:.2g} | {found['end']} | {found['passages']:,} | {found['memory']:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="the folder of an earlier version of the project")
    parser.add_argument("--megabytes", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--files", nargs="+", default=list(FILES))
    options = parser.parse_args()
    encoder = models.resolve("minilm", load_settings().models_dir, quiet)
    versions = {"before": options.before, "now": ROOT} if options.before else {"now": ROOT}
    print("| file | version | s a MB | end | passages | memory, MB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.files:
            path = Path(folder, name)
            path.write_text(FILES[name](int(options.megabytes * MB)), "utf-8")
            for version, root in versions.items():
                print(f"| {name} | {version} | {measure(root, encoder, path, options.seconds)}", flush=True)


if __name__ == "__main__":
    main()
