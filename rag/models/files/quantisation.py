"""A transformers folder to CTranslate2's format with a byte for each weight, made once and kept beside the other weights."""

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from rag.errors import ModelError, UnsupportedModelError
from rag.models.files import derived
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
        # The converter asks for a pooler, which nothing uses and a reader's encoder lacks.
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        try:
            with tempfile.TemporaryDirectory() as written:
                source = Path(written) / "exported" if export else folder
                if export:
                    export(source)
                source = _with_positions(source, Path(written) / "complete")
                TransformersConverter(str(source)).convert(str(place), quantization=precision)
        finally:
            logging.set_verbosity(told)
        _name_tokens(place / "config.json")

    try:
        made_of = derived.key(f"{ctranslate2.__version__} {identity}", *([] if identity else [folder]))
        return derived.once(models_dir / f"{precision}-{made_of}", make)
    except (ValueError, AssertionError) as error:
        raise UnsupportedModelError(f"CTranslate2 cannot run {name} in {folder}, set RAG_PRECISION=full: {error}") from error
    except OSError as error:
        raise ModelError(
            f"{name} cannot be converted into {models_dir}: {error}. Make room, or set RAG_PRECISION=full."
        ) from error


def _with_positions(folder: Path, place: Path) -> Path:
    """The folder, or a copy in `place` that names a BERT's kind of positions: CTranslate2 asks for it, and transformers, which
    knows one kind by now, writes it down no more.
    """
    values = json.loads((folder / "config.json").read_text("utf-8"))
    if values.get("model_type") != "bert" or "position_embedding_type" in values:
        return folder
    shutil.copytree(folder, place)
    (place / "config.json").write_text(json.dumps({"position_embedding_type": "absolute", **values}), "utf-8")
    return place


def _name_tokens(config: Path) -> None:
    """CTranslate2 cannot read a configuration without a name for each special token; a tokenizer may have fewer."""
    values = json.loads(config.read_text("utf-8"))
    known = values.get("eos_token") or values.get("bos_token")
    named = {key: value or known for key, value in values.items() if key.endswith("_token")}
    config.write_text(json.dumps({**values, **named}), "utf-8")
