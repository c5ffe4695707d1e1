"""How fast the product is on this machine, beside the usual stack and beside what the machine can do, all in one run.

    pip install -r requirements-bench.txt
    python -m benchmarks.speed ../shared/data/squad-v1.1-dev [--passages 1000] [--questions 40] [--kept docs/speed.json]

The passages of a dataset are written as files and ingested, its questions asked. The usual stack is sentence-transformers and
LangChain's Chroma with the settings they come with, over the same files and the same encoder; transformers' `generate` in fp32
decodes beside the product's engines. What is measured is kept as JSON, printed as Markdown and drawn beside it. Each part
runs alone; on a shared machine read the ratios.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import quiet
from rag import models
from rag.assembly import generator_weights, load_generator
from rag.assistant import Assistant
from rag.config import Settings, load_settings
from rag.device import choose_device, share_cores
from rag.evaluation import formats
from rag.evaluation.dataset import Dataset
from rag.types import Delta

USERS = (1, 4, 16)
DECODED = 64  # tokens
SHOWN = 6  # passages for a question
ENGINES = ("transformers", "ctranslate2")
_START = """
import resource, time
start = time.perf_counter()
from rag.assistant import Assistant
from rag.config import load_settings
assistant = Assistant.open(load_settings())
ready = time.perf_counter() - start
assistant.ask({question!r})
print(ready, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def spread(values: Iterable[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    p50, p95 = np.percentile(list(values), [50, 95])
    return {"p50": round(float(p50), 4), "p95": round(float(p95), 4)}


def machine() -> dict[str, float]:
    """What two matrices of fp32 and a long array allow: GFLOP/s and GB/s, the best of five."""
    import torch

    one, other = torch.randn(2048, 2048), torch.randn(2048, 2048)
    long = torch.zeros(1 << 28, dtype=torch.uint8).view(torch.int64)
    flops = 2 * 2048**3 / min(seconds(lambda: one @ other) for _ in range(5))
    return {"GFLOP/s": flops / 1e9, "GB/s read": (1 << 28) / min(seconds(long.sum) for _ in range(5)) / 1e9}


def write(dataset: Dataset, count: int, folder: Path) -> Path:
    folder.mkdir()
    for n, (title, text) in enumerate(dataset.passages[:count]):
        (folder / f"{n:05}.txt").write_text(f"{title}\n\n{text}\n", "utf-8")
    return folder


class UsualStack:
    """sentence-transformers and LangChain's Chroma, as their documentation puts them together."""

    def __init__(self, encoder: Path, folder: Path) -> None:
        from langchain_chroma import Chroma
        from langchain_core.embeddings import Embeddings
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(encoder), device="cpu")

        class Encoder(Embeddings):
            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                vectors: list[list[float]] = model.encode(texts).tolist()
                return vectors

            def embed_query(self, text: str) -> list[float]:
                vector: list[float] = model.encode(text).tolist()
                return vector

        self._store = Chroma(embedding_function=Encoder(), persist_directory=str(folder))

    def ingest(self, files: Sequence[Path]) -> int:
        from langchain_core.documents import Document
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        texts = [Document(path.read_text("utf-8"), metadata={"source": path.name}) for path in files]
        chunks = RecursiveCharacterTextSplitter(chunk_size=800, chunk_overlap=160).split_documents(texts)
        self._store.add_documents(chunks)
        return len(chunks)

    def search(self, question: str) -> object:
        return self._store.similarity_search(question, k=SHOWN)


def ingestion(product: Assistant, usual: UsualStack, folder: Path, encoder: Path) -> dict[str, float]:
    """Both stacks over the same files; `GFLOP/s` is what the product's encoder does for the text alone, all else included."""
    files = sorted(folder.iterdir())
    took = seconds(lambda: product.ingest([folder], quiet))
    chunks = sum(report.chunks for report in product.files())
    start = time.perf_counter()
    theirs = usual.ingest(files)
    usual_took = time.perf_counter() - start
    return {
        "documents": len(files),
        "chunks": chunks,
        "documents/s": len(files) / took,
        "chunks/s": chunks / took,
        "GFLOP/s": flops(files, encoder) / took / 1e9,
        "usual chunks": theirs,
        "usual documents/s": len(files) / usual_took,
        "usual chunks/s": theirs / usual_took,
    }


def flops(files: Sequence[Path], encoder: Path) -> float:
    """Operations of the encoder's layers for the tokens of the files: two for each weight and token."""
    from tokenizers import Tokenizer
    from transformers import AutoModel

    layers: Any = AutoModel.from_pretrained(encoder).encoder
    tokenizer = Tokenizer.from_file(str(encoder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokens = sum(len(tokenizer.encode(path.read_text("utf-8")).ids) for path in files)
    weights: int = sum(weight.numel() for weight in layers.parameters())
    return 2.0 * tokens * weights


def queries(product: Assistant, usual: UsualStack, questions: Sequence[str]) -> dict[str, dict[str, float]]:
    """Seconds of each stage of an answer, and of the usual stack's search."""
    product.ask(questions[0])
    usual.search(questions[0])
    timings = [product.ask(question).timings_ms for question in questions]
    stages = {name: spread(t[name] / 1000 for t in timings if t[name]) for name in timings[0]}
    theirs = []
    for question in questions:
        start = time.perf_counter()
        usual.search(question)
        theirs.append(time.perf_counter() - start)
    return {"retrieve": stages.pop("retrieve"), "usual search": spread(theirs), **stages}


def decoding(settings: Settings, prompt_text: str) -> dict[str, dict[str, float]]:
    """First token, tokens a second after it, how many tokens in a row are those of `generate`, which is greedy in fp32, and the
    GB/s at which weights are read for that: each token needs all of them.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder, _ = generator_weights(settings, quiet)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    ids = tokenizer(prompt_text, return_tensors="pt", add_special_tokens=False)

    def generate(count: int) -> list[int]:
        with torch.inference_mode():
            made = model.generate(**ids, max_new_tokens=count, min_new_tokens=count, do_sample=False)
        written: list[int] = made[0, ids["input_ids"].shape[1] :].tolist()
        return written

    generate(2)
    first = min(seconds(lambda: generate(1)) for _ in range(3))
    expected = generate(DECODED)
    whole = min(seconds(lambda: generate(DECODED)) for _ in range(2))
    rate = (DECODED - 1) / (whole - first)
    gigabytes = model.num_parameters() / 1e9
    found = {"generate, fp32": _decoded(first, rate, DECODED, 4 * gigabytes)}
    sizes = {"transformers": choose_device()[1].itemsize, "ctranslate2": 1}  # bytes of a weight
    for engine in ENGINES:
        generator: Any = load_generator(settings.model_copy(update={"engine": engine}), quiet)
        prompt = generator.vocabulary.encode(prompt_text, DECODED)
        list(generator.tokens(prompt, 2))
        times, written = [time.perf_counter()], []
        for token in generator.tokens(prompt, DECODED):
            times.append(time.perf_counter())
            written.append(token)
        same = next((n for n, pair in enumerate(zip(written, expected, strict=False)) if pair[0] != pair[1]), len(written))
        rate = (len(written) - 1) / (times[-1] - times[1])
        found[engine] = _decoded(times[1] - times[0], rate, same, sizes[engine] * gigabytes)
    return found


def _decoded(first: float, rate: float, same: int, gigabytes: float) -> dict[str, float]:
    return {"first token": first, "tokens/s": rate, "same tokens": same, "GB/s": rate * gigabytes}


def users(settings: Settings, data_dir: Path, questions: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Seconds to the first word of the draft and to the answer, with so many people asking at once; questions a second."""
    found = {}
    for engine in ENGINES:
        chosen = "transformers" if engine == "transformers" else "auto"  # as the product comes: what reads may run elsewhere
        product = Assistant.open(settings.model_copy(update={"data_dir": data_dir, "engine": chosen}))
        product.ask(questions[0])

        def one(question: str, product: Assistant = product) -> tuple[float, float]:
            start, first = time.perf_counter(), None
            for event in product.stream(question):
                if first is None and isinstance(event, Delta):
                    first = time.perf_counter() - start
            whole = time.perf_counter() - start
            return first or whole, whole

        for count in USERS:
            asked = [questions[n % len(questions)] for n in range(max(count, 8))]
            start = time.perf_counter()
            with ThreadPoolExecutor(count) as pool:
                times = list(pool.map(one, asked))
            rate = len(asked) / (time.perf_counter() - start)
            firsts, wholes = zip(*times, strict=True)
            found[f"{engine}, {count}"] = {"first word": spread(firsts), "answer": spread(wholes), "answers/s": round(rate, 3)}
        product.close()
    return found


def start_up(data_dir: Path, question: str) -> dict[str, float]:
    """Seconds until ready and until the first answer, in a process of its own, and its largest memory in MB."""
    code = _START.format(question=question)
    environment = {**os.environ, "RAG_DATA_DIR": str(data_dir)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    ready, answered, memory = map(float, done.stdout.split()[-3:])
    return {"ready": ready, "first answer": answered, "memory MB": memory}


def tables(kept: Mapping[str, Any]) -> str:
    """What is kept, as Markdown."""
    lines = []
    for part, rows in kept.items():
        lines += [f"**{part}**", "", "| | |", "|---|---|"]
        for name, value in rows.items():
            lines.append(f"| {name} | {_cell(value)} |")
        lines.append("")
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_cell(item)}" for name, item in value.items())
    if isinstance(value, float) and value < 100:
        return f"{value:.3g}"
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)


def plot(kept: Mapping[str, Any], path: Path) -> None:
    """Ratios to the usual stack: more than 1 is faster."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    decoded = kept["decoding"]
    base = decoded["generate, fp32"]
    ratios = {
        "chunks ingested": kept["ingestion"]["chunks/s"] / kept["ingestion"]["usual chunks/s"],
        "search": kept["queries, seconds"]["usual search"]["p50"] / kept["queries, seconds"]["retrieve"]["p50"],
        **{f"tokens a second, {e}": decoded[e]["tokens/s"] / base["tokens/s"] for e in ENGINES},
        **{f"first token, {e}": base["first token"] / decoded[e]["first token"] for e in ENGINES},
    }
    figure, axes = pyplot.subplots(figsize=(7, 3), layout="constrained")
    axes.barh(list(ratios), list(ratios.values()), color="#3b6ea5")
    axes.axvline(1, color="#888888", linewidth=1)
    axes.set_xlabel("times as fast as the usual stack")
    axes.invert_yaxis()
    axes.set_xlim(0, 1.1 * max(ratios.values()))
    for n, value in enumerate(ratios.values()):
        axes.text(value, n, f" {value:.1f}", va="center")
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--passages", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--kept", type=Path, default=Path("docs/speed.json"))
    arguments = parser.parse_args()
    settings = load_settings()
    share_cores(settings.threads)
    dataset = formats.read(arguments.dataset)
    asked = [q.text for q in dataset.questions[:: max(1, len(dataset.questions) // arguments.questions)]][: arguments.questions]
    with tempfile.TemporaryDirectory() as place:
        data_dir = Path(place) / "data"
        folder = write(dataset, arguments.passages, Path(place) / "files")
        encoder = models.resolve(settings.embedder, settings.models_dir, quiet)
        product = Assistant.open(settings.model_copy(update={"data_dir": data_dir}))
        usual = UsualStack(encoder, Path(place) / "usual")
        limits = machine()
        kept: dict[str, Any] = {"machine": {**limits, "threads": settings.threads, "precision": str(choose_device()[1])}}
        kept["ingestion"] = ingestion(product, usual, folder, encoder)
        kept["queries, seconds"] = queries(product, usual, asked)
        product.close()
        prompt = "\n\n".join(text for _, text in dataset.passages[:2]) + f"\n\n{asked[0]}\n"
        kept["decoding"] = decoding(settings, prompt)
        kept["people at once, seconds"] = users(settings, data_dir, asked)
        kept["start-up, seconds"] = start_up(data_dir, asked[0])
    arguments.kept.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    plot(kept, arguments.kept.with_suffix(".png"))
    print(tables(kept))


if __name__ == "__main__":
    main()
