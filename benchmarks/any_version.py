"""One ingestion, or the chunking of one file, by whichever version of the package is on PYTHONPATH; what it took, as JSON.

    python benchmarks/any_version.py ingest ENCODER_FOLDER DOCUMENTS DATA_FOLDER
    python benchmarks/any_version.py chunk ENCODER_FOLDER FILE MOST_PASSAGES

Started by `benchmarks.ingestion` and `benchmarks.hard_files`. The encoder's tokenizer is the product's, its model is left out.
"""

import json
import resource
import sys
import time
from functools import partial
from importlib import import_module
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

import rag
from rag import chunking, loading
from rag.errors import LoadError

VERSION_1 = not Path(rag.__file__).with_name("service.py").exists()
SIZE: dict[str, Any] = {"max_tokens": 160, "overlap": 32}
LIMITS: dict[str, Any] = {"seconds": 600, "memory_mb": 4096, "max_mb": 100}  # the parser is not what is measured


class Encoder:
    """The product's tokenizer, and in place of its model sums of random directions, one for each token.

    `seconds` and `cpu` are what those sums took: they are no part of what is measured.
    """

    def __init__(self, folder: Path, dim: int = 384) -> None:
        from transformers import AutoTokenizer

        module: Any = import_module("rag.embedding" if VERSION_1 else "rag.models.encoder")
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = SimpleNamespace(config=SimpleNamespace(hidden_size=dim, max_position_embeddings=512))
        self._own = module.BertEmbedder("minilm", model, tokenizer, "mean")
        self._directions = np.random.default_rng(0).standard_normal((len(tokenizer), dim), np.float32)
        self._rust = tokenizer.backend_tokenizer
        self.name, self.dim, self.window = "minilm", dim, self._own.window
        self.seconds = self.cpu = 0.0
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def tokenize(self, text: str) -> list[tuple[int, int]]:
        self.calls += 1
        found: list[tuple[int, int]] = self._own.tokenize(text)
        return found

    def embed(self, texts: list[str]) -> Any:
        start, cpu = time.perf_counter(), time.process_time()
        rows = [self._directions[encoding.ids].sum(0) for encoding in self._rust.encode_batch(texts)]
        vectors = np.stack(rows) if rows else np.zeros((0, self.dim), np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        self.seconds += time.perf_counter() - start
        self.cpu += time.process_time() - cpu
        return vectors


def ingestion(encoder: Encoder, folder: Path) -> tuple[Any, Any]:
    """The ingestion of this version into a base in `folder`, and the catalogue that counts."""
    catalogues: Any = import_module("rag.catalogue" if VERSION_1 else "rag.index.catalogue")
    module: Any = import_module("rag.ingestion" if VERSION_1 else "rag.index.ingestion")
    store: Any = import_module("rag.store" if VERSION_1 else "rag.index.store")
    catalogue = (catalogues.Catalogue if VERSION_1 else catalogues.CatalogueReader).open(folder)
    writer = catalogues.Ledger if VERSION_1 else catalogues.CatalogueWriter
    made = module.Ingestion(
        **{"ledger" if VERSION_1 else "catalogue": writer(catalogue.database)},
        stores=store.Chroma.at(folder),
        embedder=encoder,
        spec=catalogues.IndexSpec("minilm", "random", encoder.dim, "mean", "cosine", 160, 32),
        discover=loading.discover,
        load=partial(loading.load, **LIMITS),
        chunk=partial(chunking.split, tokenize=encoder.tokenize, **SIZE),
        lock=folder / "writer.lock",
    )
    return made, catalogue


def ingest(encoder: Encoder, documents: Path, folder: Path) -> dict[str, Any]:
    """Seconds of wall clock and of the processors, the parser's included and the encoder's not."""
    import chromadb  # noqa: F401 - a second of imports is no part of the rate

    made, catalogue = ingestion(encoder, folder)
    start, cpu = time.perf_counter(), time.process_time()
    made.ingest([documents])
    seconds, own = time.perf_counter() - start - encoder.seconds, time.process_time() - cpu - encoder.cpu
    loading._PARSER.close()
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    own += child.ru_utime + child.ru_stime
    return {"seconds": seconds, "cpu": own, "passages": catalogue.counts().chunks, "calls": encoder.calls}


def chunk(encoder: Encoder, path: Path, most: int) -> dict[str, Any]:
    """Seconds of the processor that the passages of one file take in this process, where it is bounded of at most so many."""
    cpu, passages, end = time.process_time(), 0, "whole"
    bounded = "most" in signature(chunking.split).parameters
    few: dict[str, Any] = {"most": most + 1} if bounded else {}
    few_documents: dict[str, Any] = {"most": most} if bounded else {}
    try:
        for document in loading.load(path, path.name, **LIMITS, **few_documents):
            passages += len(chunking.split(document, encoder.tokenize, **SIZE, **few))
            if bounded and passages > most:
                end = "too large"
                break
    except LoadError as error:
        end = error.reason
    return {"cpu": time.process_time() - cpu, "passages": passages, "end": end}


def main() -> None:
    work, weights, *rest = sys.argv[1:]
    encoder = Encoder(Path(weights))
    found = ingest(encoder, *map(Path, rest)) if work == "ingest" else chunk(encoder, Path(rest[0]), int(rest[1]))
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({**found, "memory": int(peak.split()[1]) / 1024}))


if __name__ == "__main__":
    main()
