"""Fine-tuning a matcher on labelled pairs: cross-entropy, and a gate against the cosine of the encoder it starts from."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.datasets.records import table
from rag.errors import RagError
from rag.evaluation.calibration import auroc
from rag.evaluation.comparison import Array, Columns
from rag.models.encoder import BertEmbedder
from rag.models.matcher import Matcher
from rag.training.gate import FEWEST, MEASURE, Verdict, decide
from rag.training.options import option
from rag.training.recipe import Fitted, Parts, Recipe
from rag.training.run_folder import Run

if TYPE_CHECKING:
    from torch import Tensor

COLUMNS = ("a", "b", "label")
_HELD_OUT, _SHARE = 1000, 0.1
_BATCH = 32  # pairs a step
_CHECKS = 10  # times the loss of a tenth of the pairs is looked at, which are not learnt from
_PATIENCE = 3  # times it may rise in a row before training stops
_WARM_UP = 0.06  # share of the steps
Labelled = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class MatcherOptions:
    """How to train."""

    base: str = option("minilm", "Start from: minilm, a hub id, or a folder with any BERT.")
    epochs: float = option(3.0, "How often each pair is seen; less if it stops early.", at_least=0.01)
    learning_rate: float = option(1e-4, "The highest, after warm-up.", at_least=0)
    most: int | None = option(None, "Pairs to learn from, at most.", at_least=1)
    seed: int = option(1, "Which pairs are held out, and in which order the others are seen.")


@dataclass(frozen=True, slots=True)
class LabelledPairs:
    """A table of pairs of texts that match or do not."""

    pairs: Path = option(help="A CSV with the columns a, b and label: 1 where both texts match, else 0.", argument=True)

    def load(self, run: Run) -> list[list[Labelled]]:
        return [read_pairs(self.pairs)]

    @property
    def only_held(self) -> int:
        """0: some of each table is held out."""
        return 0

    def recorded(self) -> dict[str, Any]:
        return {"dataset": self.pairs.name}


def read_pairs(path: Path) -> list[Labelled]:
    """Rows of a CSV (or TSV) with the columns a, b and label (1 where both match, 0 where not)."""
    found = []
    for line, (a, b, label) in table(path, COLUMNS, "\t" if path.suffix.lower() == ".tsv" else ","):
        if label not in ("0", "1"):
            raise RagError(f"{path} line {line} has the label {label!r}: write 1 where both texts match, 0 where not.")
        if not a or not b:
            raise RagError(f"{path} line {line} has an empty text.")
        found.append((a, b, int(label)))
    if len(found) < 2 * FEWEST:
        raise RagError(f"{path} has {len(found)} pairs; training needs at least {2 * FEWEST}.")
    if len({label for *_, label in found}) < 2:
        raise RagError(f"{path} has only pairs with the label {found[0][2]}: training needs both.")
    return found


def split(options: MatcherOptions, pairs: list[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """(to train on, held out), drawn by the seed: a tenth is held out, but no more than 1,000."""
    rng = random.Random(options.seed)  # noqa: S311
    drawn = rng.sample(pairs, min(len(pairs), options.most or len(pairs)))
    enough = _share(len(drawn))
    return drawn[enough:], drawn[:enough]


def fit(options: MatcherOptions, parts: Parts[Labelled], run: Run) -> Fitted[Matcher]:
    """The matcher of the step at which it was best on a tenth of the pairs, which are neither learnt from nor judged by."""
    from transformers import AutoTokenizer

    pairs = parts.learn[0]
    folder = _folder(options, run)
    matcher = Matcher(_with_classes(folder, options.seed), AutoTokenizer.from_pretrained(folder, local_files_only=True))
    watched = _share(len(pairs))
    fit_network(matcher, pairs[watched:], pairs[:watched], options, run)
    for part in (matcher.model, matcher.tokenizer):
        part.save_pretrained(run.candidate)
    return Fitted(matcher, {"pairs": len(pairs)})


def fit_network(
    matcher: Matcher, learnt: Sequence[Labelled], watched: Sequence[Labelled], options: MatcherOptions, run: Run
) -> None:
    """Train in place; stops early by the loss of the pairs `watched`."""
    import torch
    from transformers import EarlyStoppingCallback, Trainer

    from rag.training import trainer

    steps = max(_CHECKS, round(options.epochs * len(learnt) / _BATCH))
    checked = max(1, steps // _CHECKS)
    settings = trainer.arguments(
        run.checkpoints,
        options.learning_rate,
        options.seed,
        per_device_train_batch_size=_BATCH,
        per_device_eval_batch_size=_BATCH,
        max_steps=steps,
        warmup_steps=round(_WARM_UP * steps),
        eval_strategy="steps",
        eval_steps=checked,
        save_steps=checked,
        load_best_model_at_end=True,
        restore_callback_states_from_checkpoint=True,  # how often the loss rose in a row
    )

    def collate(rows: list[Labelled]) -> "dict[str, Tensor]":
        tensors = dict(matcher.encode([(a, b) for a, b, _ in rows]))
        return {**tensors, "labels": torch.tensor([label for *_, label in rows])}

    fitting = Trainer(
        model=matcher.model, args=settings, train_dataset=list(learnt), eval_dataset=list(watched), data_collator=collate
    )
    fitting.add_callback(EarlyStoppingCallback(_PATIENCE))
    trainer.run(fitting, run.checkpoints, run.progress, resume=run.resume)
    matcher.model.eval()


def judge(options: MatcherOptions, fitted: Fitted[Matcher], parts: Parts[Labelled], run: Run) -> Verdict:
    """The matcher beside the cosine of its base, which says that two texts match from the value that fits other pairs best."""
    embedder = BertEmbedder.from_folder(_folder(options, run), options.base, run.settings.pooling)
    others, held = parts.learn[0][: len(parts.held)], parts.held
    threshold = _threshold(_cosines(embedder, others), others)
    before = _columns(_cosines(embedder, held), threshold, held)
    after = _columns(fitted.model.match([(a, b) for a, b, _ in held]), 0.5, held)
    return decide(before, after, figures)


def figures(columns: Columns) -> dict[str, float]:
    """Accuracy, F1 of the pairs that match, and AUC."""
    said, label = columns["said"] > 0, columns["label"] > 0
    both = float((said & label).sum())
    found = {
        "accuracy": float((said == label).mean()),
        "F1": 2 * both / max(1.0, float(said.sum() + label.sum())),
        "AUC": auroc(columns["score"], columns["label"]),
    }
    return {**found, MEASURE: float(np.mean(list(found.values())))}


def _share(pairs: int) -> int:
    return min(_HELD_OUT, max(FEWEST, round(_SHARE * pairs)))


def _folder(options: MatcherOptions, run: Run) -> Path:
    from rag.models import files as models

    return models.resolve(options.base, run.settings.models_dir, run.progress)


def _with_classes(folder: Path, seed: int) -> Any:
    """An encoder with a new head of two classes."""
    import torch
    from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification

    classifier: Any = AutoModelForSequenceClassification
    config = AutoConfig.from_pretrained(folder, num_labels=2, local_files_only=True)
    torch.manual_seed(seed)
    model = classifier.from_config(config)
    encoder: Any = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    model.base_model.load_state_dict(encoder.state_dict())
    return model


def _columns(scores: Array, threshold: float, pairs: Sequence[Labelled]) -> Columns:
    label = np.array([label for *_, label in pairs], float)
    return {"score": scores, "said": (scores >= threshold).astype(float), "label": label}


def _cosines(embedder: BertEmbedder, pairs: Sequence[Labelled]) -> Array:
    one, other = embedder.embed([a for a, _, _ in pairs]), embedder.embed([b for _, b, _ in pairs])
    cosines: Array = np.einsum("nd,nd->n", one, other).astype(np.float64)
    return cosines


def _threshold(scores: Array, pairs: Sequence[Labelled]) -> float:
    """The cosine from which most of the pairs are told rightly."""
    label = np.array([label for *_, label in pairs], bool)
    return float(max(np.unique(scores), key=lambda value: ((scores >= value) == label).mean()))


RECIPE = Recipe(
    kind="matcher",
    options=MatcherOptions,
    data=LabelledPairs,
    split=split,
    fit=fit,
    judge=judge,
    help="Train a cross-encoder that says whether two texts match. It is kept if it beats the encoder's cosine.",
    use="RAG_MATCHER=trained compares questions by it, `rag similarity A B --matcher trained` any texts.",
)
