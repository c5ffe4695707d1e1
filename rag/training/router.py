"""Learning the router's head: what kind a message is, and its language, over the sentence vectors of one encoder.

The threshold is fitted on messages that the head in question did not learn from. Of these many are pieces of a conversation,
which only what was said before tells from an "ok": of questions that stand alone fewer are lost.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rag.conversation import head as heads
from rag.conversation.head import Head
from rag.conversation.load import router_folder
from rag.datasets.messages import ORDER, Labelled
from rag.evaluation.comparison import Columns
from rag.models import files
from rag.models.encoder import BertEmbedder
from rag.query import fit_window
from rag.training import router_messages
from rag.training.gate import MEASURE, Verdict, decide
from rag.training.options import option
from rag.training.recipe import Fitted, Parts, Recipe
from rag.training.router_messages import Messages, joined
from rag.training.run_folder import Run
from rag.types import TextKind, Vectors

LANGUAGES = ("en", "de", "zh", "other")
_FOLDS = 5
_RATE, _DECAY, _DROPPED = 3e-3, 1e-2, 0.2  # of the layers over the vector
_RUNS_RATE, _RUNS_DECAY = 5e-3, 1e-4
_SMOOTHING, _LANGUAGE = 0.02, 0.2  # of the labels; the weight of the language beside the kind
_STEP = 256  # messages
_BATCH = 1024  # texts to the encoder at once, between two reports of progress


@dataclass(frozen=True, slots=True)
class RouterOptions:
    """How to train."""

    embedder: str = option("e5", "The encoder whose vectors it reads: e5, minilm, a hub id, or a folder with any BERT.")
    text_kind: TextKind = option("query", "As which kind of text the encoder reads a message.")
    width: int = option(128, "Numbers in the hidden layer.", at_least=1)
    epochs: int = option(8, "How often each message is seen.", at_least=1)
    lost: float = option(
        0.006, "Of questions not learnt from, the share that may be taken for something else.", at_least=0, at_most=1
    )
    seed: int = option(1, "Which messages are held out or joined, and the weights that it starts from.")


class Features(NamedTuple):
    """What a head sees of messages, `(n, dim + SHAPE)` and their runs, and what it should say: numbers of kind and language,
    -1 unknown."""

    seen: Vectors
    runs: Sequence[Sequence[int]]
    kinds: Vectors
    languages: Vectors

    def of(self, rows: Sequence[int]) -> "Features":
        return Features(self.seen[rows], [self.runs[row] for row in rows], self.kinds[rows], self.languages[rows])


def split(options: RouterOptions, part: list[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """(to learn from, held out) of one set."""
    return router_messages.split(part, options.seed)


def fit(options: RouterOptions, parts: Parts[Labelled], run: Run) -> Fitted[Head]:
    """The head, its threshold from heads that each learnt from four fifths of the messages."""
    learnt = [one for part in parts.learn for one in part]
    learnt, held = [*learnt, *joined(learnt, options.seed)], parts.held
    vectors = embed([*learnt, *held], options, run)
    features = _features(learnt, vectors[: len(learnt)])
    weights = _balance(learnt)
    chance = np.random.default_rng(options.seed)
    fold = chance.integers(_FOLDS, size=len(learnt))
    questions = np.zeros(len(learnt))
    for n in range(_FOLDS):
        kept = fold != n
        trial = learn(features.of(np.flatnonzero(kept).tolist()), weights[kept], options)
        others = [one.message for one, out in zip(learnt, ~kept, strict=True) if out]
        questions[~kept] = trial.probabilities(vectors[: len(learnt)][~kept], others)[0][:, 0]
        run.progress(n + 1, _FOLDS + 1, "fitting the router")
    asked = np.array([one.kind == "question" for one in learnt])
    head = replace(learn(features, weights, options), sure=threshold(questions[asked], options.lost))
    run.progress(_FOLDS + 1, _FOLDS + 1, "fitting the router")
    card = {
        "options": {"width": options.width, "epochs": options.epochs, "lost": options.lost, "seed": options.seed},
        "licence": "Apache-2.0",
    }
    counts = {"messages": len(learnt), "messages_of_kind": dict(Counter(one.kind for one in learnt))}
    heads.save(head, run.candidate, {**card, **counts, **run.record})
    return Fitted(heads.load(run.candidate), counts)


def judge(options: RouterOptions, fitted: Fitted[Head], parts: Parts[Labelled], run: Run) -> Verdict:
    """The head beside the one that it would replace, or beside none, by which every message is a question."""
    held = parts.held
    vectors = embed(held, options, run)
    folder = router_folder(options.embedder, run.settings)
    before = heads.load(folder) if folder else None
    if before and (before.embedder, before.text_kind) != (fitted.model.embedder, fitted.model.text_kind):
        before = None
    return decide(_columns(before, held, vectors), _columns(fitted.model, held, vectors), figures)


def figures(columns: Columns) -> dict[str, float]:
    """Questions kept as such, other messages recognised as none, and their kinds told rightly."""
    question, kept, right = (columns[name] > 0 for name in ("question", "kept", "right"))
    found = {
        "questions kept": float(kept[question].mean()),
        "others recognised": float((~kept)[~question].mean()),
        "kind of others": float(right[~question].mean()),
    }
    return {**found, MEASURE: float(np.mean(list(found.values())))}


def learn(features: Features, weights: Vectors, options: RouterOptions) -> Head:
    """A head by Adam; messages in a language that is not known teach only their kind."""
    import torch
    from torch.nn import functional

    torch.manual_seed(options.seed)
    mean, spread = features.seen.mean(0), features.seen.std(0) + 1e-6
    seen = torch.from_numpy((features.seen - mean) / spread)
    kinds, languages, each = (torch.from_numpy(array) for array in (features.kinds, features.languages, weights))
    hidden, out = torch.nn.Linear(seen.shape[1], options.width), torch.nn.Linear(options.width, len(ORDER) + len(LANGUAGES))
    runs = torch.nn.EmbeddingBag(heads.BUCKETS, len(ORDER) + len(LANGUAGES), mode="sum")
    torch.nn.init.zeros_(runs.weight)
    layers = {"params": [*hidden.parameters(), *out.parameters()], "lr": _RATE, "weight_decay": _DECAY}
    optimiser = torch.optim.AdamW([layers, {"params": runs.parameters(), "lr": _RUNS_RATE, "weight_decay": _RUNS_DECAY}])
    order = [rows for _ in range(options.epochs) for rows in torch.split(torch.randperm(len(seen)), _STEP)]
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, [_RATE, _RUNS_RATE], total_steps=len(order))
    for rows in order:
        found = [torch.tensor(features.runs[row]) for row in rows.tolist()]
        count = torch.tensor([len(one) for one in found])
        inner = functional.dropout(torch.tanh(hidden(seen[rows])), _DROPPED)  # (batch, width)
        said = out(inner) + heads.SPREAD * runs(torch.cat(found), count.cumsum(0) - count) / count.clamp(min=1)[:, None] ** 0.5
        kind, language = said[:, : len(ORDER)], said[:, len(ORDER) :]
        by_kind = functional.cross_entropy(kind, kinds[rows], reduction="none", label_smoothing=_SMOOTHING)
        known = languages[rows]
        by_language = functional.cross_entropy(language, known, ignore_index=-1, reduction="sum")
        loss: Any = (by_kind * each[rows]).mean() + _LANGUAGE * by_language / (known >= 0).sum().clamp(min=1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rate.step()
    weight = hidden.weight.detach().numpy().T / spread[:, None]
    bias = hidden.bias.detach().numpy() - (mean / spread) @ hidden.weight.detach().numpy().T
    arrays = {"hidden.weight": weight, "hidden.bias": bias, "runs": runs.weight.detach().numpy()}
    arrays |= {"out.weight": out.weight.detach().numpy().T, "out.bias": out.bias.detach().numpy()}
    return Head(arrays, ORDER, LANGUAGES, options.embedder, options.text_kind, 1.0)


def threshold(questions: Vectors, lost: float) -> float:
    """How sure a head must be that a message is no question, by how likely it found real questions to be one `(n,)`: a share
    `lost` of them may be taken for something else.
    """
    doubted = np.sort(questions)
    return float(1 - doubted[min(len(doubted) - 1, int(lost * len(doubted)))])


def embed(labelled: Sequence[Labelled], options: RouterOptions, run: Run) -> Vectors:
    """Sentence vectors `(n, dim)` of messages; those of a training that is resumed are not made again."""
    kept = run.work / "vectors.npz"
    known = _kept(kept)
    new = [text for text in dict.fromkeys(one.message for one in labelled) if text not in known]
    if new:
        embedder = _embedder(options.embedder, run)
        for at in range(0, len(new), _BATCH):
            part = new[at : at + _BATCH]
            fitting = [fit_window(text, embedder) for text in part]
            known.update(zip(part, embedder.embed(fitting, options.text_kind), strict=True))
            run.progress(at + len(part), len(new), "embedding messages")
            _keep(kept, known)
    return np.array([known[one.message] for one in labelled], np.float32)


def _kept(path: Path) -> dict[str, Vectors]:
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as stored:
        return dict(zip(json.loads(stored["messages"].tobytes()), stored["vectors"], strict=True))


def _keep(path: Path, known: dict[str, Vectors]) -> None:
    """The messages as JSON: as an array of texts, each would take as much as the longest."""
    part = path.with_suffix(".partial.npz")
    texts = np.frombuffer(json.dumps(list(known)).encode(), np.uint8)
    np.savez(part, messages=texts, vectors=np.array(list(known.values())))
    part.replace(path)


def _embedder(name: str, run: Run) -> BertEmbedder:
    folder = files.resolve(name, run.settings.models_dir, run.progress)
    return BertEmbedder.from_folder(folder, name, run.settings.pooling, run.settings.metric)


def _features(labelled: Sequence[Labelled], vectors: Vectors) -> Features:
    seen = heads.seen(vectors, [one.message for one in labelled])
    kinds = np.array([ORDER.index(one.kind) for one in labelled])
    languages = np.array([_language(one.language) for one in labelled])
    return Features(seen.astype(np.float32), [heads.runs(one.message) for one in labelled], kinds, languages)


def _language(name: str) -> int:
    tag = name.partition("-")[0]
    return LANGUAGES.index(tag) if tag in LANGUAGES else LANGUAGES.index("other") if tag else -1


def _balance(labelled: Sequence[Labelled]) -> Vectors:
    """The weight of each message: of kinds and of languages that are rare, more, by the root of their share."""
    count = Counter((one.kind, one.language) for one in labelled)
    weights = np.array([count[one.kind, one.language] ** -0.5 for one in labelled])
    balanced: Vectors = (weights / weights.mean()).astype(np.float32)
    return balanced


def _columns(head: Head | None, held: Sequence[Labelled], vectors: Vectors) -> Columns:
    """By message whether it is a question, whether it is taken for one, and whether its kind is told rightly."""
    from rag.conversation.router import kind_of

    texts = [one.message for one in held]
    said = [kind_of(head, row)[0] for row in head.probabilities(vectors, texts)[0]] if head else ["question"] * len(held)
    return {
        "question": np.array([one.kind == "question" for one in held], float),
        "kept": np.array([kind == "question" for kind in said], float),
        "right": np.array([kind == one.kind for kind, one in zip(said, held, strict=True)], float),
    }


RECIPE = Recipe(
    kind="router",
    options=RouterOptions,
    data=Messages,
    split=split,
    fit=fit,
    judge=judge,
    help="Train what tells questions from greetings and the like. It is for the vectors of one encoder.",
    use="It is used with that encoder from now on.",
)
