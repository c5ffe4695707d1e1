"""Fine-tuning the reader: spans, evidence, relevance and whether anything answers, learnt together in one pass."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.config import Settings
from rag.errors import RagError
from rag.models import versions
from rag.protocols import Reader
from rag.reading import LateInteractionReader, TrainedReader, weights
from rag.reading.calibration import ScoreCalibration
from rag.reading.load import reader_folder, resolver
from rag.reading.scale import Scale
from rag.text import scripts
from rag.training import gate
from rag.training.examples import Group
from rag.training.gate import Verdict
from rag.training.options import option
from rag.training.reader_instances import IGNORED, Collator, TrainingInstance, plan
from rag.training.recipe import Fitted, Parts, Recipe
from rag.training.run_folder import Run
from rag.training.training_data import TrainingData
from rag.types import Progress

if TYPE_CHECKING:
    from torch import Tensor

    from rag.reading.network import ReaderNetwork
    from rag.reading.pairs import PairEncoder

_WARM_UP = 0.06  # share of the steps
_LEAST_BIAS = -3.0  # log odds
_COMMON = 0.1  # a script that less of the questions is in was not learnt
_ATTENTION = ("attention.self.dropout", "attention.attn.dropout")  # as BERT and as MPNet name it
_TARGETS = ("text", "start", "end", "evidence", "answers", "verdicts", "members")


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """How to train. The rate rises to `learning_rate`, then it falls to nothing; a step of 3,000 tokens is about 24 passages.

    `dropout` is of the layers' outputs only: in the attention it would cost a third more time.
    """

    base: str = option("trained", "Start from: trained (the reader in use), a reader's folder, or an encoder.")
    epochs: float = option(3.0, "How often each question is seen; 0 fits only how sure it is.", at_least=0)
    # 1e-4 is what the shipped reader was trained on with, from another; an encoder with new heads took 3e-4 in longer steps.
    learning_rate: float = option(1e-4, "The highest, after warm-up.", at_least=0)
    rank: int = option(0, "Rank of a LoRA adapter beside the encoder that --base names; 0 trains all weights.", at_least=0)
    negatives: int | None = option(
        None, "Passages that do not answer, read beside each question; otherwise one or two, as chance has it.", at_least=1
    )
    dropout: float = option(0.1, "Share of each layer's output left out at random.", at_least=0, at_most=0.9)
    most: int | None = option(None, "Questions of one dataset in one epoch, at most.", at_least=1)
    batch_tokens: int = option(3000, "Tokens read in one step; four times as many want about 3e-4.", at_least=1)
    seed: int = option(1, "Order of the questions, and what is drawn beside them.")


@dataclass(frozen=True, slots=True)
class Model:
    """A network with its tokenizer, and what its card says."""

    network: "ReaderNetwork"
    tokenizer: Any
    card: dict[str, Any]

    def save(self, folder: Path) -> None:
        weights.save(self.network, self.tokenizer, folder, self.card)


def fit(options: ReaderOptions, parts: Parts[Group], run: Run) -> Fitted[Model]:
    """The network trained, its scores not yet calibrated."""
    from rag.reading.pairs import PairEncoder, longest

    network, tokenizer, before = _base(options, run)
    batches = plan(parts.learn, options.epochs, options.batch_tokens, options.seed, options.most, options.negatives)
    if batches:
        encoder = PairEncoder(tokenizer, longest(network.config))
        fit_network(network, encoder, batches, options, run.checkpoints, run.progress, resume=run.resume)
    learnt = {"questions": [len(part) for part in parts.learn]}
    adapter = {"base": options.base, "rank": options.rank} if options.rank else _adapter(before)
    card = {
        "scripts": _scripts(group for part in parts.learn for group in part),
        "follow_ups": before.get("follow_ups", False) or any(group.before for part in parts.learn for group in part),
        "conversations": before.get("conversations", False) or any(g.conversation for part in parts.learn for g in part),
        **ScoreCalibration.nothing().as_card(),
        **Scale(closeness=0.0).as_card(),
        "trained": {**run.record, **learnt},
        **adapter,
    }
    model = Model(network, tokenizer, card)
    model.save(run.candidate)
    return Fitted(model, learnt)


def fit_network(
    network: "ReaderNetwork",
    encoder: "PairEncoder",
    batches: list[list[TrainingInstance]],
    options: ReaderOptions,
    folder: Path,
    progress: Progress,
    *,
    resume: bool = False,
    save_steps: int = 200,
) -> None:
    """Train in place, with checkpoints in `folder`; `resume` goes on from the last one.

    What comes out is the mean of the states of the second half (Izmailov et al. 2018): it overfits less. The vectors of words
    stay as they are: a few thousand questions hold too few of the words to improve them.
    """
    import torch

    from rag.training.trainer import KeepStates, LossTrainer, arguments, average_states, ready_batches, run

    network.encoder.embeddings.word_embeddings.requires_grad_(False)
    for name, module in network.named_modules():
        if isinstance(module, torch.nn.Dropout) and not name.endswith(_ATTENTION):
            module.p = options.dropout

    def loss(model: Any, inputs: dict[str, Any]) -> "Tensor":
        targets = {name: inputs.pop(name) for name in _TARGETS}
        return losses(*model(**inputs), **targets)

    settings = arguments(
        folder, options.learning_rate, options.seed, save_steps=save_steps, **ready_batches(_WARM_UP, len(batches))
    )
    trainer = LossTrainer(loss, model=network, args=settings, train_dataset=batches, data_collator=Collator(encoder))
    trainer.add_callback(KeepStates(folder, len(batches)))
    run(trainer, folder, progress, resume=resume)
    average_states(network, folder)
    network.eval()


def losses(
    tokens: "Tensor",
    passages: "Tensor",
    text: "Tensor",
    start: "Tensor",
    end: "Tensor",
    evidence: "Tensor",
    answers: "Tensor",
    verdicts: "Tensor",
    members: "Tensor",
) -> "Tensor":
    """The sum of five losses of `(pairs, tokens, 3)` and `(pairs, 4)` logits.

    `text` (pairs, tokens) marks what a span may be of: the text's tokens, and [CLS] for none. `start` and `end` (pairs)
    are positions, `evidence` (pairs, tokens) is 0, 1 or -100, `answers` (pairs) and `verdicts` (pairs, 2) are 0, 1 or NaN;
    `members` (groups, most) has the pairs of each question, the one that answers first, filled up with -1.
    """
    import torch
    from torch.nn import functional

    from rag.reading.network import ANSWERS, END, EVIDENCE, NO, RELEVANT, START, YES

    tokens, passages = tokens.float(), passages.float()
    span = tokens.new_zeros(())
    for logits, target in ((tokens[..., START], start), (tokens[..., END], end)):
        if (target != IGNORED).any():
            span = span + functional.cross_entropy(logits.masked_fill(~text, -1e4), target) / 2
    known = evidence != IGNORED
    marked = functional.binary_cross_entropy_with_logits(tokens[..., EVIDENCE], evidence.clamp(min=0).float(), reduction="none")
    per_pair = (marked * known).sum(1) / known.sum(1).clamp(min=1)
    per_pair = per_pair.sum() / known.any(1).sum().clamp(min=1)
    said = ~answers.isnan()
    loss = span + per_pair
    if said.any():
        loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(passages[said, ANSWERS], answers[said])
    told = ~verdicts.isnan()
    if told.any():
        loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(passages[:, [YES, NO]][told], verdicts[told])
    if len(members):
        scores = passages[:, RELEVANT][members.clamp(min=0)].masked_fill(members < 0, -1e4)
        loss = loss + 0.5 * functional.cross_entropy(scores, torch.zeros_like(members[:, 0]))
    return loss


def calibrate(options: ReaderOptions, fitted: Fitted[Model], parts: Parts[Group], run: Run) -> Fitted[Model]:
    """The model with the order, the confidence and the threshold that fit the held-out questions."""
    from rag.training.calibration import calibrate as calibrated

    reader = calibrated(_candidate(run), parts.held)
    selects = reader.selection.as_card() if reader.selection else {}
    model = replace(fitted.model, card=fitted.model.card | reader.calibration.as_card() | selects)
    model.save(run.candidate)
    return fitted._replace(model=model)


def judge(options: ReaderOptions, fitted: Fitted[Model], parts: Parts[Group], run: Run) -> Verdict:
    """The new reader beside the one it would replace."""
    return gate.judge(_used(run.settings, untrained_reader(run.settings, run.progress)), _candidate(run), parts.held)


def trained_reader(settings: Settings, progress: Progress) -> TrainedReader:
    """The trained reader in use, whatever the settings read with."""
    folder = _folder(settings)
    return TrainedReader.from_folder(
        folder, untrained_reader(settings, progress).score_units, resolve=resolver(settings, progress)
    )


def untrained_reader(settings: Settings, progress: Progress) -> LateInteractionReader:
    """Late interaction with the encoder of the settings."""
    from rag.models import files as models
    from rag.models.encoder import BertEmbedder

    encoder = models.resolve(versions.find(settings.embedder, "embedder", settings.data_dir), settings.models_dir, progress)
    embedder = BertEmbedder.from_folder(encoder, settings.embedder, settings.pooling, settings.metric)
    return LateInteractionReader(embedder.embed_tokens, embedder.knows)


def _candidate(run: Run) -> TrainedReader:
    """The reader as it is stored, in 8 bits."""
    untrained = untrained_reader(run.settings, run.progress)
    return TrainedReader.from_folder(run.candidate, untrained.score_units, resolve=resolver(run.settings, run.progress))


def _base(options: ReaderOptions, run: Run) -> "tuple[ReaderNetwork, Any, dict[str, Any]]":
    """Network, tokenizer and card to start from: a reader's, or an encoder with new heads and, of a rank, an adapter.

    Raises RagError for an adapter beside a reader: it stands beside an encoder that has a name.
    """
    import torch
    from tokenizers import Tokenizer

    from rag.models import files as models
    from rag.models.adapter import adapted
    from rag.reading.network import ReaderNetwork

    name = options.base
    folder = _folder(run.settings) if name == versions.TRAINED else reader_folder(name, run.settings.data_dir)
    if (folder / weights.CARD).is_file():
        if options.rank:
            raise RagError(
                f"--rank {options.rank} is of an adapter beside an encoder, and {name} is a reader: name mpnet or e5."
            )
        network, tokenizer, card = weights.load(folder, resolver(run.settings, run.progress), merge=False)
        with torch.no_grad():  # a bias far below what a reader without verdicts could learn to undo
            network.passage_head.bias.clamp_(min=_LEAST_BIAS)
        return network, tokenizer, card
    encoder = models.resolve(name, run.settings.models_dir, run.progress)
    torch.manual_seed(options.seed)
    network = ReaderNetwork.from_encoder(encoder)
    network.encoder = adapted(network.encoder, options.rank, options.seed)
    return network, Tokenizer.from_file(str(encoder / "tokenizer.json")), {}


def _adapter(card: dict[str, Any]) -> dict[str, Any]:
    """What a card says of the adapter, of which alone a reader has learnt; nothing where it learnt in all weights."""
    return {name: card[name] for name in ("base", "rank") if name in card}


def _used(settings: Settings, untrained: LateInteractionReader) -> Reader:
    """The reader that the new one would replace; late interaction where there is none yet."""
    folder = _folder(settings)
    if not (folder / weights.CARD).is_file():
        return untrained
    return TrainedReader.from_folder(folder, untrained.score_units, resolve=resolver(settings, lambda done, total, what: None))


def _folder(settings: Settings) -> Path:
    """The trained reader of the settings, or that of the default where they read with an untrained one."""
    name = versions.TRAINED if settings.reader == "late-interaction" else settings.reader
    return reader_folder(name, settings.data_dir)


def _scripts(groups: Iterable[Group]) -> list[str]:
    """The scripts that a tenth or more of the questions are in. A Chinese one has a fifth of the letters of others."""
    found = Counter(
        max(own, key=own.__getitem__) for group in groups if group.positive and (own := scripts(group.positive.question))
    )
    return sorted(script for script, questions in found.items() if questions >= _COMMON * found.total())


RECIPE = Recipe(
    kind="reader",
    options=ReaderOptions,
    data=TrainingData,
    split=lambda options, groups: gate.split(groups),
    fit=fit,
    calibrate=calibrate,
    judge=judge,
    help="Train the reader that ranks passages and marks words. It is used if it is better on held-out questions.",
    use="RAG_READER=trained reads with it.",
)
