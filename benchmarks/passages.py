"""How clean the passages of a folder are: what no reader of the published page would see, counted and shown.

    python -m benchmarks.passages FOLDER [--shown 100] [--seed 1] [--most 300]

Loads up to `--most` files, cuts them with the product's settings, and counts passages that hold tags, template code, markup of
Markdown or reStructuredText, or hardly any letters; code is not looked at. Then prints `--shown` passages for a person to read,
drawn at random, each from another file while there are files.
"""

import argparse
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks import quiet
from rag.chunking import split
from rag.config import load_settings
from rag.errors import LoadError
from rag.loading import discover, load
from rag.models.encoder import BertEmbedder
from rag.models.load import embedder_weights
from rag.types import Chunk

FEWEST_LETTERS = 20
_FAULTS = {
    "tags": re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>]*)?/?>"),
    "template code": re.compile(r"\{\{|\{%|\}\}|%\}"),
    "markup": re.compile(
        r"\]\(|\[\[|\[\^|^:::|^```|^#{1,6} |\*\*\S|^\.\. |:[a-z]+(?::[a-z]+)*:`|``|`_|\|[\w -]+\|_|\{#[\w-]+\}|\\\w*\{",
        re.MULTILINE,
    ),
}


def passages(root: Path, most: int, seed: int) -> tuple[list[Chunk], Counter[str]]:
    """The passages of up to `most` files below `root`, and how many files gave none, by reason."""
    settings = load_settings()
    embedder = BertEmbedder.from_folder(embedder_weights(settings, quiet)[0], settings.embedder)
    files = discover(root)
    chosen = random.Random(seed).sample(files, min(most, len(files)))
    chunks: list[Chunk] = []
    unread: Counter[str] = Counter()
    for path, name in sorted(chosen, key=lambda file: file[1]):
        try:
            documents = load(path, name, seconds=60, memory_mb=1024, max_mb=50)
        except LoadError as error:
            unread[error.reason] += 1
            continue
        for document in documents:
            chunks += split(document, embedder.tokenize, settings.chunk_tokens, settings.chunk_overlap)
    return chunks, unread


def faults(chunk: Chunk) -> set[str]:
    """What is wrong with a passage; an address that stands as such in the text is a fault only where it is a link's target."""
    text = prose(chunk)
    found = {name for name, pattern in _FAULTS.items() if pattern.search(text)}
    if sum(map(str.isalpha, chunk.text)) < FEWEST_LETTERS:
        found.add(f"under {FEWEST_LETTERS} letters")
    if chunk.blocks and all(block.kind == "heading" for block in chunk.blocks):
        found.add("headings alone")
    return found


def prose(chunk: Chunk) -> str:
    """The text of a passage, blanks instead of code."""
    code = [(block.start, block.end) for block in chunk.blocks if block.kind == "code"]
    code += [(mark.start, mark.end) for mark in chunk.marks if mark.kind == "code"]
    letters = list(chunk.text)
    for start, end in code:
        letters[start:end] = " " * (end - start)
    return "".join(letters)


def spread(chunks: Sequence[Chunk], count: int, seed: int) -> list[Chunk]:
    """Passages at random, one of each file in turn."""
    shuffled = random.Random(seed).sample(chunks, len(chunks))
    turns: Counter[str] = Counter()
    ranked: list[tuple[int, int, Chunk]] = []
    for chunk in shuffled:
        ranked.append((turns[chunk.document], len(ranked), chunk))
        turns[chunk.document] += 1
    return [chunk for _, _, chunk in sorted(ranked, key=lambda item: item[:2])[:count]]


def report(chunks: Sequence[Chunk], unread: Counter[str], shown: Iterable[Chunk]) -> str:
    counts = Counter(fault for chunk in chunks for fault in faults(chunk))
    lines = [f"{len(chunks):,} passages of {len({chunk.document for chunk in chunks}):,} documents; not read: {dict(unread)}"]
    lines += [f"{name:20} {count:6,}" for name, count in sorted(counts.items())]
    for n, chunk in enumerate(shown, start=1):
        lines.append(f"\n=== {n}. {chunk.document} [{' > '.join(chunk.headings)}] {' '.join(sorted(faults(chunk)))}")
        lines.append(f"({chunk.lead})\n{chunk.text}" if chunk.lead else chunk.text)
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shown", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=300)
    args = parser.parse_args()

    chunks, unread = passages(args.folder, args.most, args.seed)
    print(report(chunks, unread, spread(chunks, args.shown, args.seed)))


if __name__ == "__main__":
    main()
