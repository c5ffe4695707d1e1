"""A transformers folder to CTranslate2's format with a byte for each weight, made once and kept beside the other weights."""

import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from rag.errors import ModelError, UnsupportedModelError
from rag.models import derived
from rag.types import Progress

Precision = Literal["int8", "float32"]


def quantise(
    name: str,
    folder: Path,
    models_dir: Path,
    progress: Progress,
    precision: Precision = "int8",
    export: Callable[[Path], None] | None = None,
    identity: str | None = None,
) -> Path:
    """The folder in `models_dir` with the converted weights of `folder`, made now where it is missing. Where `folder` is none
    of transformers, `export` writes one with its weights; `identity` tells these from others, by default the files' times do.

    Raises UnsupportedModelError for an architecture that CTranslate2 does not know, ModelError where it cannot be written.
    """
    import ctranslate2
    from ctranslate2.converters import TransformersConverter
    from transformers.utils import logging

    def make(place: Path) -> None:
        progress(0, 1, f"preparing {name} for this processor (once)")
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        told: int = logging.get_verbosity()
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # a reader's encoder has no pooler, which the converter asks for and nothing uses
        try:
            with tempfile.TemporaryDirectory() as written:
                (export or partial(_link, folder))(Path(written))
                _name_positions(Path(written) / "config.json")
                TransformersConverter(written).convert(str(place), quantization=precision)
        finally:
            logging.set_verbosity(told)
        _name_tokens(place / "config.json")

    try:
        made_of = derived.key(f"{ctranslate2.__version__} {identity}", *([] if identity else [folder]))
        return derived.once(models_dir / f"{precision}-{made_of}", make)
    except (ValueError, AssertionError) as error:
        raise UnsupportedModelError(f"CTranslate2 cannot run {name} in {folder}: {error}") from error
    except OSError as error:
        raise ModelError(
            f"{name} cannot be converted into {models_dir}: {error}. Make room, or set RAG_ENGINE=transformers."
        ) from error


def _link(folder: Path, place: Path) -> None:
    for path in folder.resolve().iterdir():
        (place / path.name).symlink_to(path)


def _name_positions(config: Path) -> None:
    """CTranslate2 asks a BERT for its kind of positions; transformers knows one kind by now, and writes it down no more."""
    values = json.loads(config.read_text("utf-8"))
    if values.get("model_type") == "bert":
        config.unlink()  # it may be a link to the original
        config.write_text(json.dumps({"position_embedding_type": "absolute", **values}), "utf-8")


def _name_tokens(config: Path) -> None:
    """CTranslate2 cannot read a configuration without a name for each special token; a tokenizer may have fewer."""
    values = json.loads(config.read_text("utf-8"))
    known = values.get("eos_token") or values.get("bos_token")
    named = {key: value or known for key, value in values.items() if key.endswith("_token")}
    config.write_text(json.dumps({**values, **named}), "utf-8")
