"""How fast the product is on this machine, beside the usual stack and beside what the machine can do, all in one run.

    pip install -r requirements-bench.txt
    python -m benchmarks.speed ../shared/data/squad-v1.1-dev [--instructions ../shared/data/emanual-tv --split test]
        [--passages 1000] [--questions 40] [--kept docs/speed.json]

The passages of a dataset are written as files and ingested, its questions asked. The usual stack is sentence-transformers and
LangChain's Chroma with the settings they come with, over the same files and the same encoder; transformers' `generate` in fp32
answers the same prompts as the product's language model, those of `--instructions` too, whose answers are longer. What is
measured is kept as JSON, printed as Markdown and drawn beside it. Each part runs alone; on a shared machine read the ratios.
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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import quiet
from rag.answering import prompt as prompting
from rag.answering.answer import PROMPTED
from rag.config import Settings, load_settings
from rag.datasets import formats
from rag.datasets.dataset import Dataset
from rag.evaluation.index import eval_assistant
from rag.evaluation.run import Request, load_selection
from rag.models import files as models
from rag.models.device import choose_device, share_cores
from rag.models.generator import CausalGenerator
from rag.models.generator.vocabulary import Vocabulary
from rag.models.load import generator_weights
from rag.service import Assistant
from rag.types import Delta

USERS = (1, 4, 16)
SHOWN = 6  # passages for a question
DECODED = 40  # prompts that are answered
PRECISIONS = ("full", "int8")
_START = """
import time
start = time.perf_counter()
from rag.service import Assistant
from rag.config import load_settings
assistant = Assistant.open(load_settings())
ready = time.perf_counter() - start
assistant.ask({question!r})
answered = time.perf_counter() - start
largest = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))  # ru_maxrss would be the parent's too
print(ready, answered, int(largest.split()[1]) / 1024)
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


def prompts(product: Assistant, vocabulary: Vocabulary, questions: Sequence[str]) -> list[str]:
    """Questions as the language model is asked them, rendered."""
    ask = partial(prompting.build, count_tokens=vocabulary.count_tokens, budget=product.settings.prompt_tokens)
    found = [(question, product.evidence(question, PROMPTED)) for question in questions]
    return [vocabulary.render(ask(question, evidence)[0]) for question, evidence in found]


def decoding(settings: Settings, product: Assistant, questions: Sequence[str]) -> dict[str, dict[str, float]]:
    """Seconds to the first token (median), tokens a second after it, and how many answers are those of `generate`, greedy in
    fp32. Where nothing is guessed, GB/s at which weights are read: each token needs all of them.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = generator_weights(settings, quiet)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    vocabulary = Vocabulary.from_folder(folder, settings.generator)
    prompted = prompts(product, vocabulary, questions)
    asked = [tokenizer(prompt, return_tensors="pt", add_special_tokens=False) for prompt in prompted]

    def generate(ids: Any, count: int) -> tuple[list[int], float]:
        start = time.perf_counter()
        with torch.inference_mode():
            made: Any = model.generate(**ids, max_new_tokens=count, do_sample=False)
        return made[0, ids["input_ids"].shape[1] :].tolist(), time.perf_counter() - start

    generate(asked[0], 2)
    firsts = [generate(ids, 1)[1] for ids in asked]
    answers, wholes = zip(*(generate(ids, settings.answer_tokens) for ids in asked), strict=True)
    tokens = sum(len(answer) - 1 for answer in answers)
    gigabytes = model.num_parameters() / 1e9
    rate = tokens / (sum(wholes) - sum(firsts))
    found = {"generate, fp32": {"first token": float(np.median(firsts)), "tokens/s": rate, "GB/s": 4 * gigabytes * rate}}
    engines = {"fp32": CausalGenerator(vocabulary, model)}
    for precision in PRECISIONS:
        engines[precision] = CausalGenerator.from_folder(folder, precision, prompting.SYSTEM, int8=precision == "int8")
    engines["int8, nothing guessed"] = CausalGenerator.from_folder(folder, "int8", prompting.SYSTEM, int8=True, lookahead=0)
    for name, engine in engines.items():
        found[name] = decoded(engine, prompted, answers, settings.answer_tokens)
    alone = found["int8, nothing guessed"]
    alone["GB/s"] = gigabytes * alone["tokens/s"]
    return found


def decoded(engine: CausalGenerator, prompted: Sequence[str], answers: Sequence[list[int]], most: int) -> dict[str, float]:
    """How one engine answers prompts, to which `answers` are those of `generate`."""
    words = engine.vocabulary
    list(engine.tokens(words.ids(prompted[0]), 2))
    firsts, after, made, same = [], 0.0, 0, 0
    for prompt, answer in zip(prompted, answers, strict=True):
        written, times = [], [time.perf_counter()]
        for token in engine.tokens(words.ids(prompt), most):
            written.append(token)
            times.append(time.perf_counter())
            if token in words.ends:
                break
        firsts.append(times[1] - times[0])
        after += times[-1] - times[1]
        made += len(written) - 1
        same += written == answer
    return {"first token": float(np.median(firsts)), "tokens/s": made / after, "same answers": same}


def users(settings: Settings, data_dir: Path, questions: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Seconds to the first word of the draft and to the answer, with so many people asking at once; questions a second."""
    found = {}
    for precision in PRECISIONS:
        chosen = "full" if precision == "full" else "auto"  # as the product comes
        product = Assistant.open(settings.model_copy(update={"data_dir": data_dir, "precision": chosen}))
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
            found[f"{precision}, {count}"] = {
                "first word": spread(firsts),
                "answer": spread(wholes),
                "answers/s": round(rate, 3),
            }
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

    ratios = {
        "chunks ingested": kept["ingestion"]["chunks/s"] / kept["ingestion"]["usual chunks/s"],
        "search": kept["queries, seconds"]["usual search"]["p50"] / kept["queries, seconds"]["retrieve"]["p50"],
    }
    for part, found in kept.items():
        if part.startswith("decoding"):
            base = found["generate, fp32"]
            for name in PRECISIONS:
                ratios[f"tokens a second, {name}{part.removeprefix('decoding')}"] = found[name]["tokens/s"] / base["tokens/s"]
                ratios[f"first token, {name}{part.removeprefix('decoding')}"] = base["first token"] / found[name]["first token"]
    figure, axes = pyplot.subplots(figsize=(8, 4), layout="constrained")
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
    parser.add_argument("--instructions", type=Path)
    parser.add_argument("--split")
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
        kept[f"decoding, {arguments.dataset.name}"] = decoding(settings, product, asked[:DECODED])
        product.close()
        if arguments.instructions:
            longer = load_selection(Request(arguments.instructions, "retrieval", split=arguments.split, limit=DECODED))
            with eval_assistant(longer, settings, quiet) as over_these:
                measured = decoding(settings, over_these, [question.text for question in longer.questions])
                kept[f"decoding, {arguments.instructions.name}"] = measured
        kept["people at once, seconds"] = users(settings, data_dir, asked)
        kept["start-up, seconds"] = start_up(data_dir, asked[0])
    arguments.kept.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    plot(kept, arguments.kept.with_suffix(".png"))
    print(tables(kept))


if __name__ == "__main__":
    main()
