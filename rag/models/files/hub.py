"""Models of the Hugging Face hub and folders of the user's own: only with safetensors, never pickles or remote code."""

import io
from pathlib import Path

from rag.errors import ModelError
from rag.models.files.sources import KNOWN
from rag.types import Progress

_TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model")
_HUB_FILES = ["model*.safetensors", "*.json", "*.txt", "*.model", "*.jinja"]  # of the top folder only: no onnx/, coreml/ copies


def local(name: str) -> Path | None:
    """The folder of that name, or of that hub id in the hub's cache; None where it must be fetched. Raises ModelError."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _checked(folder)
    is_hub_id = name.count("/") <= 1 and "\\" not in name and not name.startswith(".") and not folder.is_absolute()
    if not is_hub_id:
        raise ModelError(f"there is no folder {folder}; give one with config.json, a tokenizer and *.safetensors")
    return _cached(name)


def fetch(name: str, progress: Progress) -> Path:
    """The folder in the hub's cache, brought up to date. Raises ModelError where it cannot be had."""
    from huggingface_hub import is_offline_mode, snapshot_download
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]  # the base of httpx's, ProxyError among them
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):
        """Reports bytes to `progress` instead of drawing."""

        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options | {"file": io.StringIO()})  # type: ignore[no-untyped-call]

        def display(self, *_: object, **__: object) -> None:
            if self.unit == "B" and self.n:
                progress(int(self.n), int(self.total or self.n), f"downloading {name}")

    progress(0, 1, f"downloading {name}")
    try:
        folder = snapshot_download(name, allow_patterns=_HUB_FILES, ignore_patterns="*/*", tqdm_class=Bar)
    except (OSError, ValueError, HTTPError) as error:
        cause = "HF_HUB_OFFLINE is set; unset it" if is_offline_mode() else str(error).strip().partition("\n")[0]
        raise ModelError(
            f"{name!r} is no folder here and cannot be fetched from the model hub: {cause}. "
            f"Give a folder, or a name that needs no hub: {', '.join(KNOWN)}"
        ) from error
    return _checked(Path(folder))


def _checked(folder: Path) -> Path:
    if not (folder / "config.json").is_file():
        raise ModelError(f"{folder} has no config.json; it is not a transformers model")
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        raise ModelError(f"{folder} has no tokenizer ({', '.join(_TOKENIZERS)}); save it there with tokenizer.save_pretrained")
    if not any(folder.glob("*.safetensors")):
        raise ModelError(
            f"{folder} has no *.safetensors, and pickled weights (pytorch_model.bin) are not loaded, as that can run code. "
            "Where you trust them, convert them once: AutoModelForCausalLM (AutoModel for an encoder)"
            ".from_pretrained(FOLDER).save_pretrained(FOLDER)"
        )
    return folder


def _cached(name: str) -> Path | None:
    from huggingface_hub import snapshot_download

    try:
        return _checked(Path(snapshot_download(name, allow_patterns=_HUB_FILES, ignore_patterns="*/*", local_files_only=True)))
    except (OSError, ValueError, ModelError):  # nothing or only a part is there, or it is no hub id
        return None
