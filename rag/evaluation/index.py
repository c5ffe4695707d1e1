"""A dataset's texts to an assistant over them: ingested once into a cache of the harness's own, found again by later runs.

The cache is named by everything an index is made of: the texts, the encoder, the cutting, and the code that does it.
"""

import hashlib
import json
import re
import shutil
import time
from collections.abc import Container, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rag.config import Settings, user_cache
from rag.datasets.dataset import Dataset, passage_name
from rag.errors import RagError
from rag.index.bases import base_folder
from rag.index.catalogue import CatalogueReader
from rag.types import Progress

if TYPE_CHECKING:
    from rag.service import Assistant

# An index made by other code is another index: these modules decide what stands in it.
_MAKERS = (
    *("about.py", "chunking/*.py", "text.py", "units.py", "index/**/*.py", "languages/*.py", "loading/*.py"),
    "models/encoder.py",
)
_SIGN = re.compile(r"[!-/:-@\[-`{-~]")  # Of ASCII: what Markdown may take for markup, and lets a backslash stand before.
_KEPT = 30 * 24 * 3600  # seconds that an index is kept which nobody uses


def cache() -> Path:
    """Where indexes and saved runs are kept; may be deleted at any time."""
    return user_cache() / "eval"


@contextmanager
def eval_assistant(dataset: Dataset, settings: Settings, progress: Progress) -> "Iterator[Assistant]":
    """The product's assistant over the dataset's texts; an interrupted ingestion goes on where it was.

    Raises RagError where a question names a document that is not there.
    """
    from rag.service import Assistant

    folder = cache() / _key(dataset, settings, progress)
    assistant = Assistant.open(settings.model_copy(update={"data_dir": folder / "data", "chroma_url": None}), progress)
    try:
        done = folder / "index.json"  # also tells a person whose index this is
        if not done.exists():
            assistant.ingest([dataset.folder or _write(dataset, folder / "passages")], progress)
            done.write_text(json.dumps({"dataset": dataset.name, "embedder": settings.embedder}), "utf-8")
        done.touch()
        _forget_unused()
        _check(dataset, _ready(base_folder(folder / "data", settings.base)))
        yield assistant
    finally:
        assistant.close()


def canonical_name(document: str, wanted: Container[str]) -> str:
    """The name that `wanted` has for a document: a row of a table is called by itself or by its file."""
    return document if document in wanted else document.partition("#")[0]


def _forget_unused() -> None:
    """Each change of texts, settings or code leaves an index behind."""
    for done in cache().glob("*/index.json"):
        if time.time() - done.stat().st_mtime > _KEPT:
            shutil.rmtree(done.parent, ignore_errors=True)


def _ready(folder: Path) -> set[str]:
    """The names of all files that can be answered from, those that the asker may not see included."""
    with closing(CatalogueReader.open(folder)) as catalogue:
        return {report.name for report in catalogue.files(internal=True) if report.state == "ready"}


def _check(dataset: Dataset, files: set[str]) -> None:
    if dataset.folder is None:
        return
    for question in dataset.questions:
        for document in question.documents:
            if document.partition("#")[0] not in files:
                raise RagError(f"{question.text!r} should be answered by {document}, no readable file in {dataset.folder}.")


def _key(dataset: Dataset, settings: Settings, progress: Progress) -> str:
    from rag import loading
    from rag.loading.rules import NAME as RULES
    from rag.models import files as models
    from rag.models.encoder import fingerprint

    weights = fingerprint(models.resolve(settings.embedder, settings.models_dir, progress))
    made_by = [settings.embedder, weights, settings.pooling, settings.metric, settings.chunk_tokens, settings.chunk_overlap]
    digest = hashlib.sha256(json.dumps([made_by, dataset.passages]).encode())
    package = Path(__file__).parent.parent
    code = [path for name in _MAKERS for path in sorted(package.glob(name))]
    texts = loading.discover(dataset.folder) if dataset.folder else []
    rules = sorted(dataset.folder.rglob(RULES)) if dataset.folder else []
    for path, name in [*((path, path.name) for path in [*code, *rules]), *texts]:
        digest.update(f"{name} {path.stat().st_size}\n".encode("utf-8", "replace") + path.read_bytes())
    return digest.hexdigest()[:16]


def _write(dataset: Dataset, folder: Path) -> Path:
    """The passages as Markdown files: a title in the front matter is context, and the text is read as the dataset has it."""
    folder.mkdir(parents=True, exist_ok=True)
    for n, (title, text) in enumerate(dataset.passages):
        front = f"---\ntitle: {' '.join(title.split())}\n---\n" if title.strip() else ""
        (folder / passage_name(n)).write_text(front + _as_markdown(text), "utf-8", "replace")
    return folder


def _as_markdown(text: str) -> str:
    """Markdown that reads as `text`: no sign is markup, each line stays one."""
    lines = [_SIGN.sub(r"\\\g<0>", line.strip()) for line in text.split("\n")]
    return "".join(line + ("\\\n" if line and after else "\n") for line, after in zip(lines, [*lines[1:], ""], strict=True))
