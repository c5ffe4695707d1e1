"""The settings' readers, in the order they are asked whether they know a question."""

import logging
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rag.config import Settings
from rag.conversation.rewriter import LearntRewriter
from rag.languages.spoken import Language
from rag.models import files, versions
from rag.models.device import choose_device
from rag.models.encoder import BertEmbedder
from rag.models.load import once, quantised
from rag.models.matcher import Matcher
from rag.protocols import Reader, Rewriter
from rag.reading import weights
from rag.reading.faq import FaqReader
from rag.reading.keyword import KeywordReader
from rag.reading.late_interaction import LateInteractionReader
from rag.reading.on_demand import OnDemandReader
from rag.reading.reader import TrainedReader
from rag.types import Progress

log = logging.getLogger(__name__)

_SHIPPED = {"small": weights.SMALL, "large": weights.LARGE}


def reader_weights(settings: Settings, progress: Progress) -> list[tuple[Path, Path | None]]:
    """The folders of the trained readers, and those of their conversions for CTranslate2 where they are to read in 8 bits; the
    encoders that adapters stand beside are fetched.

    Those that ship read English, and beside an encoder that knows other languages another one reads these.
    """
    folders = _folders(settings)
    for folder, _ in folders:
        if base := weights.card(folder).get("base"):
            resolver(settings, progress)(base)
    return [(folder, _converted(folder, name, settings, progress)) for folder, name in folders]


def reader_folder(name: str, data_dir: Path) -> Path:
    """The folder of a trained reader, named as `Settings.reader` names it."""
    if name in _SHIPPED:
        return _SHIPPED[name]
    return Path(versions.find(name, "reader", data_dir, _SHIPPED[shipped_reader()[0]]))


def shipped_reader() -> tuple[str, str]:
    """Which of the readers that ship is fast enough on this machine, and why: 110 M parameters need a GPU, bf16 or VNNI."""
    import torch

    from rag.models.int8 import has_vnni

    _, dtype, reason = choose_device()
    if dtype == torch.float32 and has_vnni():
        return "large", "this CPU has VNNI, which multiplies 8 bits"
    return "small" if dtype == torch.float32 else "large", reason


def _folders(settings: Settings) -> list[tuple[Path, str]]:
    folder = reader_folder(settings.reader, settings.data_dir)
    several = folder in _SHIPPED.values() and settings.embedder == _base(weights.MULTILINGUAL)
    return [(folder, "the reader")] + [(weights.MULTILINGUAL, "the reader of other languages")] * several


def _base(folder: Path) -> str:
    return str(weights.card(folder)["base"])


def _converted(folder: Path, name: str, settings: Settings, progress: Progress) -> Path | None:
    if not _is_bert(folder):
        return None
    export = partial(weights.export, folder, resolve=resolver(settings, progress))
    identity = weights.identity(folder)
    quantise = partial(files.quantise, name, folder, settings.models_dir, progress, export=export, identity=identity)
    return quantised(settings, name, quantise)


def _in_8_bits(folder: Path, settings: Settings) -> bool:
    """Whether the reader's linear layers are to compute in 8 bits by torch, where CTranslate2 does not know its encoder."""
    import torch

    from rag.models.int8 import supported

    if settings.precision == "full" or _is_bert(folder):
        return False
    device, dtype, _ = choose_device()
    return settings.precision == "int8" or (device.type == "cpu" and dtype == torch.float32 and supported())


def _is_bert(folder: Path) -> bool:
    return bool(weights.card(folder)["config"].get("model_type", "bert") == "bert")


def resolver(settings: Settings, progress: Progress) -> weights.Resolve:
    """From the name of an encoder to its folder."""
    return lambda name: files.resolve(name, settings.models_dir, progress)


class Loaded(NamedTuple):
    """Those that may read, in the order they are asked whether they know a question, and those that may rewrite it."""

    readers: list[Reader]
    rewriters: list[Rewriter]


def load_readers(settings: Settings, embedder: BertEmbedder, progress: Progress) -> Loaded:
    """The readers that the settings name; one that learnt it also makes messages stand alone. Raises ModelError.

    That of other languages is loaded when it is first asked: what cannot be read of its weights is told then.
    """
    untrained = LateInteractionReader(embedder.embed_tokens, embedder.knows)
    readers: list[Reader] = [untrained, KeywordReader()]
    rewriters: list[Rewriter] = []

    def load(folder: Path, name: str, language: Language | None = None) -> TrainedReader:
        converted, resolve = _converted(folder, name, settings, progress), resolver(settings, progress)
        int8 = _in_8_bits(folder, settings)
        base = weights.card(folder).get("base")
        tokenizer = embedder.tokenizer if base and base == settings.embedder else None
        return TrainedReader.from_folder(
            folder, untrained.score_units, converted, resolve, language=language, int8=int8, tokenizer=tokenizer
        )

    if settings.reader != "late-interaction":
        first, *others = _folders(settings)
        if settings.reader == versions.TRAINED and first[0] in _SHIPPED.values():
            log.info("the %s reader reads English: %s", *shipped_reader())
        trained: list[TrainedReader | OnDemandReader] = [load(*first, "en" if others else None)]
        trained += [OnDemandReader(weights.card(folder), once(partial(load, folder, name))) for folder, name in others]
        readers[:0] = trained
        rewriters += [LearntRewriter(reader.scores, reader.knows) for reader in trained if reader.rewrites]
    if settings.matcher is None:
        return Loaded(readers, rewriters)
    matcher = Matcher.from_folder(Path(versions.find(settings.matcher, "matcher", settings.data_dir)))
    return Loaded([FaqReader(reader, matcher.match) for reader in readers], rewriters)
