"""A path to a dataset: by the format named, or the one its files show."""

from pathlib import Path
from typing import Literal, get_args

from rag.datasets import beir, conversations, excerpts, helpdesk, squad
from rag.datasets import table as faq
from rag.datasets.dataset import Dataset
from rag.errors import NotFoundError, RagError

Format = Literal["squad", "beir", "excerpts", "faq-csv", "conversations", "helpdesk"]
_SUFFIXES: dict[str, Format] = {".csv": "faq-csv", ".jsonl": "conversations", ".json": "squad", ".zip": "helpdesk"}


def read(path: Path, format: Format | None = None, split: str | None = None, documents: Path | None = None) -> Dataset:
    """The dataset at `path`, a file or a folder; raises RagError for what cannot be read or has no questions."""
    for place in (path, documents):
        if place is not None and not place.exists():
            raise NotFoundError(f"{place} does not exist: check the path.")
    if documents is not None and not documents.is_dir():
        raise RagError(f"--documents is {documents}, which is no folder.")
    chosen = format or _detect(path)
    if documents is not None and chosen in {"squad", "excerpts", "helpdesk"}:
        raise RagError(f"--documents does not go with {chosen}, which brings its own texts.")
    if split and chosen in {"faq-csv", "conversations", "helpdesk"}:
        raise RagError(f"{path} is one file: --split does not go with it.")
    dataset = _read(chosen, path, split, documents)
    if not dataset.questions:
        raise RagError(f"{path} has no questions" + (f" in the split {split}." if split else "."))
    return dataset


def _read(format: Format, path: Path, split: str | None, documents: Path | None) -> Dataset:
    if format == "squad":
        return squad.read(_squad_file(path, split))
    if format == "beir":
        return beir.read(path, split, documents)
    if format == "excerpts":
        return excerpts.read(path, split)
    if format == "helpdesk":
        return helpdesk.read(path)
    if format == "conversations":
        return conversations.read(path, documents)
    return faq.read(path, documents)


def _detect(path: Path) -> Format:
    if path.suffix in _SUFFIXES:
        return _SUFFIXES[path.suffix]
    if (path / "corpus.jsonl").is_file():
        return "beir"
    if (path / excerpts.QUESTIONS).is_file():
        return "excerpts"
    if path.is_dir() and list(path.glob("*.json")):
        return "squad"
    raise RagError(f"{path} has none of the known layouts: name one with --format, of {', '.join(get_args(Format))}.")


def _squad_file(path: Path, split: str | None) -> Path:
    """The file itself, or of a folder the one JSON file whose name holds the split."""
    if path.is_file():
        if split:
            raise RagError(f"{path} is one file: --split goes with its folder.")
        return path
    files = sorted(path.glob("*.json"), key=lambda file: file.stem)
    fitting = [file for file in files if (split or "") in file.stem]
    if len(fitting) != 1:
        names = ", ".join(file.stem for file in files) or "none"
        raise RagError(f"{path} has {len(fitting)} files for the split {split or '(none named)'}: it holds {names}.")
    return fitting[0]
