"""One training from datasets to a reader in use: mine, hold out, train, calibrate, judge, install."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.config import Settings
from rag.models import versions
from rag.models.device import share_cores
from rag.reading import LateInteractionReader, TrainedReader, weights
from rag.reading.calibration import Judgement
from rag.text import scripts
from rag.training.examples import Group
from rag.training.gate import judge, split
from rag.training.kept import CANDIDATE, Outcome, check_out, examples, keep
from rag.training.source import Source
from rag.types import Progress, Reader

_COMMON = 0.1  # a script that less of the questions is in was not learnt


@dataclass(frozen=True, slots=True)
class Request:
    """What to train from what. `base` is `trained` (the reader in use), a folder with a reader, or an encoder's name.

    An epoch draws at most `most` questions of each dataset. `out` keeps the reader there instead of using it.
    """

    source: Source
    base: str = "trained"
    epochs: float = 3.0
    learning_rate: float = 2e-4
    dropout: float = 0.1
    most: int | None = None
    batch_tokens: int = 3000
    seed: int = 1
    out: Path | None = None
    resume: bool = False


def train_reader(request: Request, settings: Settings, progress: Progress) -> Outcome:
    """Train, judge and use a reader. An interrupted run is taken up again by the same request with `resume`.

    Raises RagError for datasets that cannot be read or are too small to judge by.
    """
    from rag.reading.pairs import PairEncoder
    from rag.training.calibration import calibrate
    from rag.training.reader import Options, plan, train

    share_cores(settings.threads)
    check_out(request.out, "reader")
    work = settings.data_dir / "reader" / "training"
    parts = examples(request.source, _recorded(request), settings, work, progress, resume=request.resume)
    network, tokenizer = _base(request.base, settings, progress)
    encoder = PairEncoder(tokenizer, network.config.max_position_embeddings)
    options = Options(
        request.epochs, request.learning_rate, request.dropout, seed=request.seed, batch_tokens=request.batch_tokens
    )
    divided = [split(part) for part in parts]
    held = [group for _, kept in divided for group in kept]
    if batches := plan([learnt for learnt, _ in divided], options, request.most):
        train(network, encoder, batches, options, work / "checkpoints", progress, resume=request.resume)

    card: dict[str, Any] = {
        "scripts": _scripts(learnt for part, _ in divided for learnt in part),
        **Judgement.nothing().as_card(),
        "trained": {**_recorded(request), "questions": [len(part) for part in parts]},
    }
    candidate = work / CANDIDATE
    weights.save(network, tokenizer, candidate, card)
    untrained = untrained_reader(settings, progress)
    reader = calibrate(TrainedReader.from_folder(candidate, untrained.sentences), held)
    weights.save(network, tokenizer, candidate, card | reader.judgement.as_card())
    verdict = judge(_used(settings, untrained), reader, held)
    return keep(work, request.out, "reader", settings, verdict, card["trained"])


def _base(name: str, settings: Settings, progress: Progress) -> tuple[Any, Any]:
    """Network and tokenizer to start from: a reader's, or an encoder with new heads."""
    from tokenizers import Tokenizer

    from rag.models import files as models
    from rag.reading.network import ReaderNetwork

    folder = Path(versions.find(name, "reader", settings.data_dir, weights.SHIPPED))
    if (folder / weights.CARD).is_file():
        network, tokenizer, _ = weights.load(folder)
        return network, tokenizer
    encoder = models.resolve(name, settings.models_dir, progress)
    return ReaderNetwork.from_encoder(encoder), Tokenizer.from_file(str(encoder / "tokenizer.json"))


def _used(settings: Settings, untrained: LateInteractionReader) -> Reader:
    """The reader that the new one would replace; late interaction where there is none yet."""
    name = versions.TRAINED if settings.reader == "late-interaction" else settings.reader
    folder = Path(versions.find(name, "reader", settings.data_dir, weights.SHIPPED))
    return TrainedReader.from_folder(folder, untrained.sentences) if (folder / weights.CARD).is_file() else untrained


def trained_reader(settings: Settings, progress: Progress) -> TrainedReader:
    """The trained reader in use, whatever the settings read with."""
    folder = Path(versions.find(versions.TRAINED, "reader", settings.data_dir, weights.SHIPPED))
    return TrainedReader.from_folder(folder, untrained_reader(settings, progress).sentences)


def untrained_reader(settings: Settings, progress: Progress) -> LateInteractionReader:
    """Late interaction with the encoder of the settings."""
    from rag.models import files as models
    from rag.models.encoder import BertEmbedder

    encoder = models.resolve(versions.find(settings.embedder, "embedder", settings.data_dir), settings.models_dir, progress)
    embedder = BertEmbedder.from_folder(encoder, settings.embedder, settings.pooling, settings.metric)
    return LateInteractionReader(embedder.embed_tokens, embedder.knows)


def _recorded(request: Request) -> dict[str, Any]:
    """What decides the result, in names that say nothing of this machine."""
    options = {name: getattr(request, name) for name in ("epochs", "learning_rate", "dropout", "most", "batch_tokens", "seed")}
    return {**options, "base": Path(request.base).name, **request.source.recorded()}


def _scripts(groups: Iterable[Group]) -> list[str]:
    """The scripts that a tenth or more of the questions' letters are of."""
    found = scripts(" ".join(group.positive.question for group in groups if group.positive))
    return sorted(script for script, letters in found.items() if letters >= _COMMON * found.total())
