"""A transformers folder to CTranslate2's format with a byte for each weight, made once and kept beside the other weights."""

import json
from pathlib import Path
from typing import Literal

from rag.errors import ModelError, UnsupportedModelError
from rag.models import derived
from rag.types import Progress

Precision = Literal["int8", "float32"]


def quantise(name: str, folder: Path, models_dir: Path, progress: Progress, precision: Precision = "int8") -> Path:
    """The folder in `models_dir` with the converted weights of `folder`, made now where it is missing.

    Raises UnsupportedModelError for an architecture that CTranslate2 does not know, ModelError where it cannot be written.
    """
    import ctranslate2
    from ctranslate2.converters import TransformersConverter
    from transformers.utils.logging import disable_progress_bar

    def make(place: Path) -> None:
        progress(0, 1, f"preparing {name} for this processor (once)")
        disable_progress_bar()  # type: ignore[no-untyped-call]
        TransformersConverter(str(folder)).convert(str(place), quantization=precision)
        _name_tokens(place / "config.json")

    try:
        return derived.once(models_dir / f"{precision}-{derived.key(ctranslate2.__version__, folder)}", make)
    except ValueError as error:
        raise UnsupportedModelError(f"CTranslate2 cannot run {name} in {folder}: {error}") from error
    except OSError as error:
        raise ModelError(
            f"{name} cannot be converted into {models_dir}: {error}. Make room, or set RAG_ENGINE=transformers."
        ) from error


def _name_tokens(config: Path) -> None:
    """CTranslate2 cannot read a configuration without a name for each special token; a tokenizer may have fewer."""
    values = json.loads(config.read_text("utf-8"))
    known = values.get("eos_token") or values.get("bos_token")
    named = {key: value or known for key, value in values.items() if key.endswith("_token")}
    config.write_text(json.dumps({**values, **named}), "utf-8")
