"""Settings to an assistant: weights found, encoder and reader loaded, catalogue and index opened."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rag import chunking, loading
from rag.answering import prompt as prompting
from rag.config import Settings
from rag.errors import SettingsError, UnsupportedModelError
from rag.index.catalogue import Catalogue, IndexSpec, Ledger
from rag.index.ingestion import Ingestion
from rag.index.store import Chroma
from rag.models import files as models
from rag.models import versions
from rag.models.device import choose_device, has_matrix_units, share_cores
from rag.models.encoder import BertEmbedder, fingerprint
from rag.models.generator import SHIPPED, CausalGenerator, address
from rag.models.matcher import Matcher
from rag.reading import FaqReader, KeywordReader, LateInteractionReader, TrainedReader, weights
from rag.service import Assistant
from rag.types import Generator, Progress, Reader

log = logging.getLogger(__name__)


def assemble(settings: Settings, progress: Progress | None = None) -> Assistant:
    """Fetch weights that are missing, load what answers need but the generator, which loads when first needed.

    Raises ModelError for weights that cannot be had or read, SettingsError for settings that contradict each other.
    """
    if address.is_address(settings.generator):
        address.parse(settings.generator)  # a wrong one is told now, not with the first question
    share_cores(settings.threads)
    report = progress or (lambda done, total, what: None)
    folder, converted = embedder_weights(settings, report)
    embedder = BertEmbedder.from_folder(folder, settings.embedder, settings.pooling, settings.metric, converted)
    if settings.chunk_tokens > embedder.window:
        raise SettingsError(
            f"RAG_CHUNK_TOKENS is {settings.chunk_tokens}, but {settings.embedder} reads {embedder.window} tokens at most: "
            "lower it."
        )
    spec = IndexSpec(
        embedder=settings.embedder,
        fingerprint=fingerprint(folder),
        dim=embedder.dim,
        pooling=settings.pooling,
        metric=settings.metric,
        chunk_tokens=settings.chunk_tokens,
        chunk_overlap=settings.chunk_overlap,
    )
    catalogue = Catalogue.open(settings.data_dir)
    chroma = Chroma.at(settings.data_dir, url=settings.chroma_url)
    ingestion = Ingestion(
        ledger=Ledger(catalogue.database),
        stores=chroma,
        embedder=embedder,
        spec=spec,
        discover=loading.discover,
        load=partial(
            loading.load, seconds=settings.parse_seconds, memory_mb=settings.parse_memory_mb, max_mb=settings.max_upload_mb
        ),
        chunk=partial(
            chunking.split, tokenize=embedder.tokenize, max_tokens=settings.chunk_tokens, overlap=settings.chunk_overlap
        ),
        lock=settings.data_dir / "writer.lock",
    )
    generator = _once(lambda: load_generator(settings, report))
    readers = _readers(settings, embedder, report)
    return Assistant(settings, catalogue, chroma, ingestion, spec, embedder, readers, generator)


def load_generator(settings: Settings, progress: Progress) -> Generator:
    """The language model in the precision that the settings name, its weights fetched where they are missing, or a server's.

    Raises GeneratorError for a server that does not answer.
    """
    if address.is_address(settings.generator):
        from rag.models.generator.remote import RemoteGenerator

        key = settings.generator_key.get_secret_value() if settings.generator_key else ""
        return RemoteGenerator.connect(address.parse(settings.generator), key)
    from rag.models.generator.int8 import supported

    int8 = settings.precision == "int8" or (settings.precision == "auto" and choose_device()[0].type == "cpu" and supported())
    return CausalGenerator.from_folder(generator_weights(settings, progress), settings.generator, prompting.SYSTEM, int8=int8)


def generator_weights(settings: Settings, progress: Progress) -> Path:
    """The folder of the language model."""
    name = versions.find(settings.generator, "generator", settings.data_dir, SHIPPED)
    return models.resolve(name, settings.models_dir, progress)


def embedder_weights(settings: Settings, progress: Progress) -> tuple[Path, Path | None]:
    """The folder of the encoder, and that of its conversion for CTranslate2 where it is to read in 8 bits."""
    folder = models.resolve(versions.find(settings.embedder, "embedder", settings.data_dir), settings.models_dir, progress)
    quantise = partial(models.quantise, settings.embedder, folder, settings.models_dir, progress)
    return folder, _quantised(settings, settings.embedder, quantise)


def reader_weights(settings: Settings, progress: Progress) -> tuple[Path, Path | None]:
    """The same of the trained reader."""
    folder = Path(versions.find(settings.reader, "reader", settings.data_dir, weights.SHIPPED))
    export, identity = partial(weights.export, folder), weights.identity(folder)
    quantise = partial(models.quantise, "the reader", folder, settings.models_dir, progress, export=export, identity=identity)
    return folder, _quantised(settings, "the reader", quantise)


def _quantised(settings: Settings, name: str, quantise: Callable[[], Path]) -> Path | None:
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


def _readers(settings: Settings, embedder: BertEmbedder, progress: Progress) -> list[Reader]:
    """Those that may read, in the order they are asked whether they know a question's script."""
    untrained = LateInteractionReader(embedder.embed_tokens, embedder.knows)
    readers: list[Reader] = [untrained, KeywordReader()]
    if settings.reader != "late-interaction":
        folder, converted = reader_weights(settings, progress)
        readers.insert(0, TrainedReader.from_folder(folder, untrained.sentences, converted))
    if settings.matcher is None:
        return readers
    matcher = Matcher.from_folder(Path(versions.find(settings.matcher, "matcher", settings.data_dir)))
    return [FaqReader(reader, matcher.match) for reader in readers]


def _once(load: Callable[[], Generator]) -> Callable[[], Generator]:
    """`load`, called by the first who needs it; the others wait for the same result."""
    lock = threading.Lock()
    loaded: list[Generator] = []

    def get() -> Generator:
        with lock:
            if not loaded:
                loaded.append(load())
            return loaded[0]

    return get
