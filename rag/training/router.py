"""Learning the router's head: what kind a message is, and its language, over the sentence vectors of one encoder.

The threshold is fitted on messages that the head in question did not learn from: of a thousand questions at most half a one may be
taken for something else there, before anything is recognised.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rag.conversation import head as heads
from rag.conversation.head import Head, shape
from rag.conversation.load import router_folder
from rag.datasets import messages
from rag.datasets.messages import ORDER, Labelled
from rag.errors import RagError
from rag.evaluation.comparison import Columns
from rag.models import files
from rag.models.encoder import BertEmbedder
from rag.query import fit_window
from rag.training.gate import FEWEST, MEASURE, Verdict, decide
from rag.training.options import option
from rag.training.recipe import Fitted, Parts, Recipe
from rag.training.run_folder import Run
from rag.types import MessageKind, TextKind, Vectors

LANGUAGES = ("en", "de", "zh", "other")
_HELD_OUT = 0.1
_FOLDS = 5
_LOST = 0.0005  # questions that may be taken for something else, a share of those not learnt from
_RATE, _WEIGHT_DECAY = 0.02, 1e-4
_BATCH = 256  # texts to the encoder at once, between two reports of progress
# Messages joined to others, as people do: what comes first, what follows, what the whole is, and how many.
_JOINED: tuple[tuple[MessageKind, MessageKind, MessageKind, int], ...] = (
    ("greeting", "question", "question", 250),
    ("thanks", "question", "question", 150),
    ("acknowledgement", "question", "question", 100),
    ("question", "thanks", "question", 100),
    ("complaint", "question", "question", 60),
    ("greeting", "handover", "handover", 60),
    ("complaint", "handover", "handover", 60),
    ("thanks", "bye", "bye", 30),
    ("greeting", "thanks", "thanks", 20),
)


@dataclass(frozen=True, slots=True)
class RouterOptions:
    """How to train."""

    embedder: str = option("e5", "The encoder whose vectors it reads: e5, minilm, a hub id, or a folder with any BERT.")
    text_kind: TextKind = option("query", "As which kind of text the encoder reads a message.")
    width: int = option(64, "Numbers in the hidden layer.", at_least=1)
    steps: int = option(300, "Passes over all messages.", at_least=1)
    seed: int = option(1, "Which messages are held out or joined, and the weights that it starts from.")


@dataclass(frozen=True, slots=True)
class Messages:
    """Sets to learn from, and sets that it is only judged by."""

    datasets: tuple[Path, ...] = option(
        (), "CSVs of language, intent and message, help-desk archives, public sets.", argument=True
    )
    sources: Path | None = option(None, "A TOML file that says what the labels of public sets mean.")
    held: tuple[Path, ...] = option((), "Sets that are not learnt from but judged by; without any, a tenth of all.")

    def load(self, run: Run) -> list[list["Item"]]:
        """Each set's messages; raises RagError for what cannot be read, and for too few."""
        sources = messages.read_sources(self.sources) if self.sources else {}
        learnt = [[Item(one, False) for one in messages.read(path, sources)] for path in self.datasets]
        held = [[Item(one, True) for one in messages.read(path, sources)] for path in self.held]
        found = Counter(item.labelled.kind for part in learnt for item in part)
        if found["question"] < FEWEST or found.total() - found["question"] < FEWEST:
            raise RagError(
                f"{found['question']} questions and {found.total() - found['question']} other messages are too few to learn "
                f"from: give at least {FEWEST} of both."
            )
        return learnt + held

    def recorded(self) -> dict[str, Any]:
        """What decides the result, in names that say nothing of this machine."""
        return {"datasets": [_name(path) for path in self.datasets], "held": [_name(path) for path in self.held]}


class Item(NamedTuple):
    """A message, and whether it stands in a set that is only judged by."""

    labelled: Labelled
    held: bool


class Features(NamedTuple):
    """What a head sees of messages `(n, dim + SHAPE)`, and what it should say: numbers of kinds and of languages, -1 unknown."""

    seen: Vectors
    kinds: Vectors
    languages: Vectors


def split(options: RouterOptions, items: list[Item]) -> tuple[list[Item], list[Item]]:
    """(to learn from, held out) of one set."""
    if items and items[0].held:
        return [], items
    return items, []


def fit(options: RouterOptions, parts: Parts[Item], run: Run) -> Fitted[Head]:
    """The head, its threshold from heads that each learnt from four fifths of the messages."""
    learnt, held = _divided(options, parts)
    learnt = [*learnt, *joined(learnt, options.seed)]
    vectors = embed([*learnt, *held], options, run)
    features = _features(learnt, vectors[: len(learnt)])
    weights = _balance(learnt)
    chance = np.random.default_rng(options.seed)
    fold = chance.integers(_FOLDS, size=len(learnt))
    questions = np.zeros(len(learnt))
    for n in range(_FOLDS):
        kept = fold != n
        part = Features(*(array[kept] for array in features))
        trial = learn(part, weights[kept], options)
        others = [one.message for one, out in zip(learnt, ~kept, strict=True) if out]
        questions[~kept] = trial.probabilities(vectors[: len(learnt)][~kept], others)[0][:, 0]
        run.progress(n + 1, _FOLDS + 1, "fitting the router")
    asked = np.array([one.kind == "question" for one in learnt])
    head = replace(learn(features, weights, options), sure=threshold(questions[asked]))
    run.progress(_FOLDS + 1, _FOLDS + 1, "fitting the router")
    card = {"options": {"width": options.width, "steps": options.steps, "seed": options.seed}, "licence": "Apache-2.0"}
    counts = {"messages": len(learnt), "kinds": dict(Counter(one.kind for one in learnt))}
    heads.save(head, run.candidate, {**card, **counts, **run.record})
    return Fitted(heads.load(run.candidate), counts)


def judge(options: RouterOptions, fitted: Fitted[Head], parts: Parts[Item], run: Run) -> Verdict:
    """The head beside the one that it would replace, or beside none, by which every message is a question."""
    _, held = _divided(options, parts)
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
    """A head by full-batch Adam; messages in a language that is not known teach only their kind."""
    import torch
    from torch.nn import functional

    torch.manual_seed(options.seed)
    sizes = {"hidden": (features.seen.shape[1], options.width), "kinds": (options.width, len(ORDER))}
    sizes["languages"] = (options.width, len(LANGUAGES))
    layers = {name: torch.nn.Linear(*size) for name, size in sizes.items()}
    seen, kinds, languages = (torch.from_numpy(np.asarray(array)) for array in features)
    each = torch.from_numpy(weights)
    optimiser = torch.optim.AdamW(
        [p for layer in layers.values() for p in layer.parameters()], _RATE, weight_decay=_WEIGHT_DECAY
    )
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, options.steps)
    for _ in range(options.steps):
        hidden = torch.tanh(layers["hidden"](seen))  # (n, width)
        by_kind = functional.cross_entropy(layers["kinds"](hidden), kinds, reduction="none", label_smoothing=0.02)
        by_language = functional.cross_entropy(layers["languages"](hidden), languages, ignore_index=-1)
        loss = (by_kind * each).mean() + 0.2 * by_language
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rate.step()
    arrays = {}
    for name, layer in layers.items():
        arrays[f"{name}.weight"] = layer.weight.detach().numpy().T
        arrays[f"{name}.bias"] = layer.bias.detach().numpy()
    return Head(arrays, ORDER, LANGUAGES, options.embedder, options.text_kind, 1.0)


def threshold(questions: Vectors) -> float:
    """How sure a head must be that a message is no question, by how likely it found real questions to be one `(n,)`."""
    doubted = np.sort(questions)
    return float(1 - doubted[int(_LOST * len(doubted))])


def joined(learnt: Sequence[Labelled], seed: int) -> list[Labelled]:
    """Messages of two parts in one language, each drawn by chance."""
    chance = random.Random(seed)  # noqa: S311
    parts: dict[tuple[str, str], list[str]] = {}
    for one in learnt:
        if one.language in LANGUAGES:
            parts.setdefault((one.kind, one.language), []).append(one.message)
    made = []
    for first, second, whole, most in _JOINED:
        for n in range(most):
            language = LANGUAGES[n % 3]
            if all((kind, language) in parts for kind in (first, second)):
                texts = [chance.choice(parts[kind, language]) for kind in (first, second)]
                between = chance.choice((" ", ", ", ". ", "\n")) if language != "zh" else chance.choice(("，", " ", ""))
                made.append(Labelled(between.join(texts), whole, language, "joined"))
    return made


def embed(labelled: Sequence[Labelled], options: RouterOptions, run: Run) -> Vectors:
    """Sentence vectors `(n, dim)` of messages; those of a training that is resumed are not made again."""
    kept = run.work / "vectors.npz"
    known: dict[str, Vectors] = {}
    if kept.exists():
        with np.load(kept, allow_pickle=False) as stored:
            known = dict(zip(stored["messages"].tolist(), stored["vectors"], strict=True))
    new = [text for text in dict.fromkeys(one.message for one in labelled) if text not in known]
    if new:
        embedder = _embedder(options.embedder, run)
        for at in range(0, len(new), _BATCH):
            part = new[at : at + _BATCH]
            known.update(
                zip(part, embedder.embed([fit_window(text, embedder) for text in part], options.text_kind), strict=True)
            )
            run.progress(at + len(part), len(new), "embedding messages")
            _keep(kept, known)
    return np.array([known[one.message] for one in labelled], np.float32)


def _keep(path: Path, known: dict[str, Vectors]) -> None:
    part = path.with_suffix(".partial.npz")
    np.savez(part, messages=np.array(list(known)), vectors=np.array(list(known.values())))
    part.replace(path)


def _embedder(name: str, run: Run) -> BertEmbedder:
    folder = files.resolve(name, run.settings.models_dir, run.progress)
    return BertEmbedder.from_folder(folder, name, run.settings.pooling, run.settings.metric)


def _divided(options: RouterOptions, parts: Parts[Item]) -> tuple[list[Labelled], list[Labelled]]:
    """(learnt from, judged by): sets given for it, or a tenth of all; what is judged by is never learnt from."""
    learnt, held = [item.labelled for part in parts.learn for item in part], [item.labelled for item in parts.held]
    if not held:
        chance = random.Random(options.seed)  # noqa: S311
        chance.shuffle(learnt)
        most = max(FEWEST, round(_HELD_OUT * len(learnt)))
        held, learnt = learnt[:most], learnt[most:]
    known = {one.message.casefold() for one in held if one.kind == "question"}
    return [one for one in learnt if one.message.casefold() not in known], held


def _features(labelled: Sequence[Labelled], vectors: Vectors) -> Features:
    seen = np.concatenate(
        [vectors / np.linalg.norm(vectors, axis=1, keepdims=True), shape([x.message for x in labelled])], axis=1
    )
    kinds = np.array([ORDER.index(one.kind) for one in labelled])
    languages = np.array([_language(one.language) for one in labelled])
    return Features(seen.astype(np.float32), kinds, languages)


def _language(name: str) -> int:
    tag = name.split("-")[0]
    return LANGUAGES.index(tag) if tag in LANGUAGES else LANGUAGES.index("other") if tag else -1


def _balance(labelled: Sequence[Labelled]) -> Vectors:
    """The weight of each message: of kinds and of languages that are rare, more, by the root of their share."""
    count = Counter((one.kind, one.language) for one in labelled)
    weights = np.array([count[one.kind, one.language] ** -0.5 for one in labelled])
    return (weights / weights.mean()).astype(np.float32)


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


def _name(path: Path) -> str:
    return "/".join(path.parts[-2:])


RECIPE = Recipe(
    kind="router",
    options=RouterOptions,
    data=Messages,
    split=split,
    fit=fit,
    judge=judge,
    help="Train what tells questions from greetings, thanks, hand-overs and the like, for the vectors of one encoder.",
    use="It is used with that encoder from now on.",
)
