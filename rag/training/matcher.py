"""Fine-tuning a matcher on labelled pairs: cross-entropy, and a gate against the cosine of the encoder it starts from."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import EarlyStoppingCallback, Trainer

from rag.config import Settings
from rag.datasets.records import table
from rag.errors import RagError
from rag.evaluation.calibration import auroc
from rag.evaluation.comparison import Array, Columns
from rag.models.device import share_cores
from rag.models.encoder import BertEmbedder
from rag.models.matcher import Matcher
from rag.training.gate import FEWEST, MEASURE, decide
from rag.training.kept import CANDIDATE, Outcome, check_out, keep, start
from rag.training.loop import arguments, run
from rag.types import Progress

COLUMNS = ("a", "b", "label")
_HELD_OUT, _SHARE = 1000, 0.1
_BATCH = 32  # pairs a step
_CHECKS = 10  # times the held-out loss is looked at; it may rise this often in a row before training stops
_PATIENCE = 3
Labelled = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Request:
    """What to train from what, and where the matcher is written instead of being used.

    `base` is an encoder's name, hub id or folder.
    """

    pairs: Path
    base: str = "minilm"
    epochs: float = 3.0
    learning_rate: float = 1e-4
    most: int | None = None
    seed: int = 1
    out: Path | None = None
    resume: bool = False


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


def train_matcher(request: Request, settings: Settings, progress: Progress) -> Outcome:
    """Train a matcher, and use it if it is better on held-out pairs than the encoder's cosine.

    An interrupted run is taken up again by the same request with `resume`. Raises RagError for pairs that cannot be read and
    for a folder that holds something else.
    """
    from transformers import AutoTokenizer

    from rag.models import files as models

    check_out(request.out, "matcher")
    share_cores(settings.threads)
    rng = random.Random(request.seed)  # noqa: S311
    pairs = read_pairs(request.pairs)
    pairs = rng.sample(pairs, min(len(pairs), request.most or len(pairs)))
    enough = min(_HELD_OUT, max(FEWEST, round(_SHARE * len(pairs))))
    learnt, held = pairs[enough:], pairs[:enough]
    folder = models.resolve(request.base, settings.models_dir, progress)
    embedder = BertEmbedder.from_folder(folder, request.base, settings.pooling)
    before = _columns(_cosines(embedder, held), _threshold(_cosines(embedder, learnt[: len(held)]), learnt[: len(held)]), held)
    model = _with_classes(folder, request.seed)
    matcher = Matcher(model, AutoTokenizer.from_pretrained(folder, local_files_only=True))
    work = settings.data_dir / "matcher" / "training"
    record = _recorded(request)
    start(work, record, resume=request.resume)
    _train(matcher, learnt, held, request, work / "checkpoints", progress)
    after = _columns(matcher.match([(a, b) for a, b, _ in held]), 0.5, held)
    verdict = decide(before, after, figures)
    for part in (model, matcher.tokenizer):
        part.save_pretrained(work / CANDIDATE)
    return keep(work, request.out, "matcher", settings, verdict, {**record, "pairs": len(pairs)})


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


def _with_classes(folder: Path, seed: int) -> Any:
    """An encoder with a new head of two classes."""
    from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification

    classifier: Any = AutoModelForSequenceClassification
    config = AutoConfig.from_pretrained(folder, num_labels=2, local_files_only=True)
    torch.manual_seed(seed)
    model = classifier.from_config(config)
    encoder: Any = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    model.base_model.load_state_dict(encoder.state_dict())
    return model


def _train(
    matcher: Matcher, learnt: Sequence[Labelled], held: Sequence[Labelled], request: Request, folder: Path, progress: Progress
) -> None:
    steps = max(_CHECKS, round(request.epochs * len(learnt) / _BATCH))
    checked = max(1, steps // _CHECKS)
    settings = arguments(
        folder,
        request.learning_rate,
        request.seed,
        per_device_train_batch_size=_BATCH,
        per_device_eval_batch_size=_BATCH,
        max_steps=steps,
        warmup_steps=round(0.06 * steps),
        eval_strategy="steps",
        eval_steps=checked,
        save_steps=checked,
        load_best_model_at_end=True,
    )

    def collate(rows: list[Labelled]) -> dict[str, torch.Tensor]:
        tensors = dict(matcher.encode([(a, b) for a, b, _ in rows]))
        return {**tensors, "labels": torch.tensor([label for *_, label in rows])}

    trainer = Trainer(
        model=matcher.model, args=settings, train_dataset=list(learnt), eval_dataset=list(held), data_collator=collate
    )
    trainer.add_callback(EarlyStoppingCallback(_PATIENCE))
    run(trainer, folder, progress, resume=request.resume)
    matcher.model.eval()


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


def _recorded(request: Request) -> dict[str, Any]:
    options = {name: getattr(request, name) for name in ("epochs", "learning_rate", "most", "seed")}
    return {**options, "base": Path(request.base).name, "dataset": request.pairs.name}
