"""One ingestion by whichever version of the package is on PYTHONPATH, without its encoder; prints what it took as JSON.

python benchmarks/ingest_once.py ENCODER_FOLDER DOCUMENTS DATA_FOLDER
"""

import json
import sys
import time
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

import rag
from rag import chunking, loading

VERSION_1 = not Path(rag.__file__).with_name("service.py").exists()


class Encoder:
    """The product's tokenizer, and in place of its model sums of random directions, one for each token."""

    def __init__(self, folder: Path, dim: int = 384) -> None:
        from transformers import AutoTokenizer

        module: Any = import_module("rag.embedding" if VERSION_1 else "rag.models.encoder")
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = SimpleNamespace(config=SimpleNamespace(hidden_size=dim, max_position_embeddings=512))
        self._own = module.BertEmbedder("minilm", model, tokenizer, "mean")
        self._directions = np.random.default_rng(0).standard_normal((len(tokenizer), dim), np.float32)
        self._rust = tokenizer.backend_tokenizer
        self.name, self.dim, self.window, self.seconds, self.calls = "minilm", dim, self._own.window, 0.0, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def tokenize(self, text: str) -> list[tuple[int, int]]:
        self.calls += 1
        found: list[tuple[int, int]] = self._own.tokenize(text)
        return found

    def embed(self, texts: list[str]) -> Any:
        start = time.perf_counter()
        rows = [self._directions[encoding.ids].sum(0) for encoding in self._rust.encode_batch(texts)]
        vectors = np.stack(rows) if rows else np.zeros((0, self.dim), np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        self.seconds += time.perf_counter() - start
        return vectors


def ingestion(encoder: Encoder, folder: Path) -> tuple[Any, Any]:
    """The ingestion of this version into a base in `folder`, and the catalogue that counts."""
    catalogues: Any = import_module("rag.catalogue" if VERSION_1 else "rag.index.catalogue")
    module: Any = import_module("rag.ingestion" if VERSION_1 else "rag.index.ingestion")
    store: Any = import_module("rag.store" if VERSION_1 else "rag.index.store")
    catalogue = (catalogues.Catalogue if VERSION_1 else catalogues.CatalogueReader).open(folder)
    writer = (
        {"ledger": catalogues.Ledger(catalogue.database)}
        if VERSION_1
        else {"catalogue": catalogues.CatalogueWriter(catalogue.database)}
    )
    spec = catalogues.IndexSpec("minilm", "random", encoder.dim, "mean", "cosine", 160, 32)
    made = module.Ingestion(
        **writer,
        stores=store.Chroma.at(folder),
        embedder=encoder,
        spec=spec,
        discover=loading.discover,
        load=partial(loading.load, seconds=60, memory_mb=1024, max_mb=25),
        chunk=partial(chunking.split, tokenize=encoder.tokenize, max_tokens=160, overlap=32),
        lock=folder / "writer.lock",
    )
    return made, catalogue


def main() -> None:
    weights, documents, folder = map(Path, sys.argv[1:])
    encoder = Encoder(weights)
    ingest, catalogue = ingestion(encoder, folder)
    start = time.perf_counter()
    ingest.ingest([documents])
    seconds = time.perf_counter() - start - encoder.seconds
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    found = {
        "seconds": seconds,
        "passages": catalogue.counts().chunks,
        "calls": encoder.calls,
        "memory": int(peak.split()[1]) / 1024,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
