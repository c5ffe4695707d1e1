"""The settings' models to folders of weights: fetched where they are missing, converted once, in the precision asked for."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from rag.config import Settings
from rag.errors import UnsupportedModelError
from rag.models import files, versions
from rag.models.device import choose_device, has_matrix_units
from rag.models.generator import SHIPPED, CausalGenerator, address
from rag.models.heap import give_back
from rag.privacy import mask, unmasked
from rag.protocols import Generator
from rag.types import Progress

log = logging.getLogger(__name__)

Model = TypeVar("Model")


def load_generator(settings: Settings, progress: Progress, system: str = "") -> Generator:
    """The language model in the precision that the settings name, its weights fetched where they are missing, or a server's.

    What is computed for `system`, the text that most prompts begin with, is kept. Raises GeneratorError for a server that does
    not answer.
    """
    if address.is_address(settings.generator):
        from rag.models.generator.remote import RemoteGenerator

        key = settings.generator_key.get_secret_value() if settings.generator_key else ""
        server = address.parse(settings.generator)
        return RemoteGenerator.connect(server, key, mask if settings.mask and not server.is_local else unmasked)
    from rag.models.int8 import supported

    int8 = settings.precision == "int8" or (settings.precision == "auto" and choose_device()[0].type == "cpu" and supported())
    found = CausalGenerator.from_folder(generator_weights(settings, progress), settings.generator, system, int8=int8)
    give_back()
    return found


def generator_weights(settings: Settings, progress: Progress) -> Path:
    """The folder of the language model."""
    name = versions.find(settings.generator, "generator", settings.data_dir, SHIPPED)
    return files.resolve(name, settings.models_dir, progress)


def embedder_weights(settings: Settings, progress: Progress) -> tuple[Path, Path | None]:
    """The folder of the encoder, and that of its conversion for CTranslate2 where it is to read in 8 bits."""
    folder = files.resolve(versions.find(settings.embedder, "embedder", settings.data_dir), settings.models_dir, progress)
    quantise = partial(files.quantise, settings.embedder, folder, settings.models_dir, progress)
    return folder, quantised(settings, settings.embedder, quantise)


def quantised(settings: Settings, name: str, quantise: Callable[[], Path]) -> Path | None:
    """The conversion of an encoder, where the settings name 8 bits, or leave the choice and these are faster."""
    if settings.precision == "full" or (settings.precision == "auto" and has_matrix_units()):
        return None
    try:
        return quantise()
    except UnsupportedModelError as error:
        if settings.precision != "auto":
            raise
        log.info("%s runs in transformers: %s", name, error)
        return None


def once(load: Callable[[], Model]) -> Callable[[], Model]:
    """`load`, called by the first who needs it; the others wait for the same result."""
    lock = threading.Lock()
    loaded: list[Model] = []

    def get() -> Model:
        with lock:
            if not loaded:
                loaded.append(load())
            return loaded[0]

    return get
