"""The settings' readers, in the order they are asked whether they know a question's script."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

from rag.config import Settings
from rag.conversation.rewriter import LearntRewriter
from rag.models import files, versions
from rag.models.encoder import BertEmbedder
from rag.models.load import quantised
from rag.models.matcher import Matcher
from rag.protocols import Reader, Rewriter
from rag.reading import weights
from rag.reading.faq import FaqReader
from rag.reading.keyword import KeywordReader
from rag.reading.late_interaction import LateInteractionReader
from rag.reading.reader import TrainedReader
from rag.types import Progress


def reader_weights(settings: Settings, progress: Progress) -> tuple[Path, Path | None]:
    """The folder of the trained reader, and that of its conversion for CTranslate2 where it is to read in 8 bits."""
    folder = Path(versions.find(settings.reader, "reader", settings.data_dir, weights.SHIPPED))
    export = partial(weights.export, folder, resolve=resolver(settings, progress))
    identity = weights.identity(folder)
    quantise = partial(files.quantise, "the reader", folder, settings.models_dir, progress, export=export, identity=identity)
    return folder, quantised(settings, "the reader", quantise)


def resolver(settings: Settings, progress: Progress) -> weights.Resolve:
    """From the name of an encoder to its folder."""
    return lambda name: files.resolve(name, settings.models_dir, progress)


class Loaded(NamedTuple):
    """Those that may read, in the order they are asked whether they know a question's script, and those that may rewrite it."""

    readers: list[Reader]
    rewriters: list[Rewriter]


def load_readers(settings: Settings, embedder: BertEmbedder, progress: Progress) -> Loaded:
    """The readers that the settings name; one that learnt it also makes messages stand alone. Raises ModelError."""
    untrained = LateInteractionReader(embedder.embed_tokens, embedder.knows)
    readers: list[Reader] = [untrained, KeywordReader()]
    rewriters: list[Rewriter] = []
    if settings.reader != "late-interaction":
        folder, converted = reader_weights(settings, progress)
        trained = TrainedReader.from_folder(folder, untrained.score_units, converted, resolver(settings, progress))
        readers.insert(0, trained)
        if trained.rewrites:
            rewriters.append(LearntRewriter(trained.scores, trained.knows))
    if settings.matcher is None:
        return Loaded(readers, rewriters)
    matcher = Matcher.from_folder(Path(versions.find(settings.matcher, "matcher", settings.data_dir)))
    return Loaded([FaqReader(reader, matcher.match) for reader in readers], rewriters)
