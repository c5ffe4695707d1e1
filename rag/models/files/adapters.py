"""A low-rank adapter and the model it was trained on, merged into one transformers folder, once."""

import json
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from rag.errors import ModelError
from rag.models.files import derived
from rag.models.files.checksums import sha256_of
from rag.types import Progress

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
RECORD = "training.json"  # beside every result of a training: what it was made from, and an adapter's sha256


def is_one(folder: Path) -> bool:
    return (folder / CONFIG).is_file()


def base(folder: Path) -> str:
    """The model that an adapter belongs to, by name, hub id or folder; raises ModelError."""
    try:
        name: str = json.loads((folder / CONFIG).read_text("utf-8"))["base_model_name_or_path"]
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{folder} is no adapter that `rag train` wrote: {error}") from error
    return name


def merge(folder: Path, model: Path, models_dir: Path, progress: Progress) -> Path:
    """The folder in `models_dir` with the adapter of `folder` in the weights of `model`, made now where it is missing.

    Raises ModelError for an adapter that was changed or fits the model not, and where the disk is full.
    """
    import peft

    found = _checked(folder)

    def make(place: Path) -> None:
        from transformers import AutoModelForCausalLM
        from transformers.utils.logging import disable_progress_bar

        progress(0, 1, "merging the adapter into its model (once)")
        disable_progress_bar()  # type: ignore[no-untyped-call]
        whole = AutoModelForCausalLM.from_pretrained(model, local_files_only=True, use_safetensors=True)
        with quiet():
            merged = peft.PeftModel.from_pretrained(whole, str(folder)).merge_and_unload()
        for file in model.iterdir():
            if file.suffix != ".safetensors" and file.is_file():
                place.mkdir(exist_ok=True)
                shutil.copyfile(file, place / file.name)
        merged.save_pretrained(place)

    try:
        return derived.once(models_dir / f"merged-{derived.key(f'{peft.__version__} {found}', model)}", make)
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise ModelError(f"the adapter in {folder} cannot be merged into {model}: {error}") from error


@contextmanager
def quiet() -> Iterator[None]:
    """Without the warning that peft asks transformers for an attribute by its old name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def sha256(folder: Path) -> str:
    """Of an adapter's weights."""
    return sha256_of(folder / WEIGHTS)


def _checked(folder: Path) -> str:
    """The sha256 of an adapter's weights; raises ModelError where it is not the one recorded."""
    record = folder / RECORD
    expected = json.loads(record.read_text("utf-8")).get("sha256") if record.is_file() else None
    found = sha256(folder)
    if expected is not None and found != expected:
        raise ModelError(
            f"{folder / WEIGHTS} has the sha256 {found}, and should have {expected}: install the package anew, or train again."
        )
    return found
