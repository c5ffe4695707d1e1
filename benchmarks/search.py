"""How long a search takes among many passages: keywords, slips of typing, vectors; with an earlier version beside it.

    mkdir /tmp/before && git archive REVISION | tar x -C /tmp/before
    python -m benchmarks.search ../shared/data/squad-v1.1-train-part [--before /tmp/before] [--passages 75000] [--vectors]

Passages are the sentences of a dataset's paragraphs, mixed anew, twelve a document; its questions are asked, one by one and
several as one long message. Vectors are random, so the encoder is left out; making them takes minutes. Each version fills and
asks a catalogue of its own, in a process of its own; times are those of the processor, which a busy machine changes less, and
of the clock. What the present version finds is compared with what BM25 of every passage finds first.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.datasets import formats
from rag.index.catalogue import CatalogueReader, CatalogueWriter, IndexSpec
from rag.index.store import Chroma
from rag.text import sentences
from rag.types import Chunk, Document, Section

ROOT = Path(__file__).parent.parent
A_DOCUMENT, CHARACTERS = 12, 600  # passages of a document, and the length of one
SPEC = IndexSpec("random", "random", 384, "mean", "cosine", 160, 32)
K = 100
TOGETHER = 4  # questions in a long message


def fill(catalogue: CatalogueReader, paragraphs: Sequence[str], passages: int) -> list[str]:
    """Documents of mixed sentences; the ids of their passages."""
    writer, rng, ids = CatalogueWriter(catalogue.database), random.Random(1), []
    index = writer.target(SPEC)
    said = [[text[start:end] for start, end in sentences(text)] for text in paragraphs]
    for n in range(passages // A_DOCUMENT):
        name, title, chunks, at = f"{n:06}.md", f"Manual {n}", [], 0
        for part in range(A_DOCUMENT):
            text = ""
            while len(text) < CHARACTERS:
                text += rng.choice(rng.choice(said)) + " "
            headings = (f"Chapter {part // 2 + 1} of {n}",)
            chunks.append(Chunk(f"{n}-{part}", name, title, text, at, at + len(text), headings))
            at += len(text)
        whole = "".join(chunk.text for chunk in chunks)
        document = Document(name, title, whole, (Section(0, len(whole)),))
        writer.stage(index, Path("/root", name), name, size=at, sha256=name, documents=[(document, chunks)])
        ids += [chunk.id for chunk in chunks]
        if n % 500 == 0:
            writer.publish(index)
    writer.publish(index)
    return ids


def timed(work: Callable[[str], object], asked: Sequence[str]) -> dict[str, float]:
    """Milliseconds a question, of the processor and of the clock."""
    cpu, clock = [], []
    for text in asked:
        start, begun = time.process_time(), time.perf_counter()
        work(text)
        cpu.append(1000 * (time.process_time() - start))
        clock.append(1000 * (time.perf_counter() - begun))
    values = {"p50": np.median(cpu), "p95": np.percentile(cpu, 95), "clock p50": np.median(clock)}
    return {name: float(value) for name, value in {**values, "clock p95": np.percentile(clock, 95)}.items()}


def agreement(catalogue: CatalogueReader, asked: Sequence[str]) -> float:
    """Of the 8 best by BM25 of every passage, the share that the search has among its 8 best."""
    from rag.index.catalogue.keyword import asked_terms, expression

    sql = """SELECT chunks.hash FROM (SELECT rowid AS id, bm25(keywords) AS score FROM keywords WHERE keywords MATCH :match
        ORDER BY score, id LIMIT 8) AS best JOIN chunks ON chunks.id = best.id"""
    shares = []
    for text in asked:
        best = {row["hash"] for row in catalogue.database.read(sql, {"match": expression(asked_terms(text))})}
        shares.append(len(best & {id for id, _ in catalogue.search(text, K)[:8]}) / len(best))
    return float(np.mean(shares))


def measure(dataset: Path, passages: int, questions: int, vectors: bool) -> dict[str, Any]:
    read = formats.read(dataset)
    rng = random.Random(2)
    asked = rng.sample([question.text for question in read.questions], questions)
    long = [" ".join(rng.sample(asked, TOGETHER)) for _ in asked[: questions // 2]]
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        catalogue = CatalogueReader.open(Path(place))
        start = time.process_time()
        ids = fill(catalogue, [text for _, text in read.passages], passages)
        found["filling, s"] = time.process_time() - start
        found["keywords"] = timed(lambda text: catalogue.search(text, K), asked)
        found["keywords, long messages"] = timed(lambda text: catalogue.search(text, K), long)
        if hasattr(catalogue, "corrected"):
            from benchmarks.slips import with_slips

            slipped = [with_slips(text, 2, rng) for text in asked]
            catalogue.corrected("xyzzyx", lambda word: False)
            found["slips, of 2"] = timed(lambda text: catalogue.corrected(text, lambda word: False), slipped)
            found["of the best 8, found"] = agreement(catalogue, asked)
        if vectors:
            store = Chroma.at(Path(place)).create("random", "cosine", 1)
            made = np.random.default_rng(0).standard_normal((len(ids), SPEC.dim), np.float32)
            made /= np.linalg.norm(made, axis=1, keepdims=True)
            store.upsert(ids, made, [id.partition("-")[0] for id in ids])
            found["vectors"] = timed(lambda text: store.search(made[len(text)], K), asked)
        catalogue.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--before", type=Path, help="the folder of an earlier version of the project")
    parser.add_argument("--passages", type=int, default=75_000)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--vectors", action="store_true")
    parser.add_argument("--json", action="store_true", help="this version alone, as JSON")
    options = parser.parse_args()
    if options.json:
        print(json.dumps(measure(options.dataset, options.passages, options.questions, options.vectors)))
        return
    for name, root in {"before": options.before, "now": ROOT}.items():
        if root is None:
            continue
        command = [sys.executable, __file__, str(options.dataset.resolve()), "--json", "--passages", str(options.passages)]
        command += ["--questions", str(options.questions), *(["--vectors"] if options.vectors and name == "now" else [])]
        environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{ROOT}"}
        done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed in {root}:\n{done.stderr[-2000:]}")
        print(f"**{name}**\n\n| milliseconds | p50 | p95 | clock p50 | clock p95 |\n|---|---|---|---|---|")
        for what, value in json.loads(done.stdout.splitlines()[-1]).items():
            cells = [f"{item:.1f}" for item in value.values()] if isinstance(value, dict) else [f"{value:.3g}", "", "", ""]
            print(f"| {what} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
