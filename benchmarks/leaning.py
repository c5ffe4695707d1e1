"""How surely a message is known to lean on what was said before it, over help desks in the layout of data/helpdesk.

    python -m benchmarks.leaning --learn airline.zip … --test insurance.zip … [--embedder e5] [--write]

learns a head from the conversations of some help desks, and says of others which share of the messages that lean it finds,
which share of the new questions it takes for leaning, and how well it orders both. The shape of the learning was chosen on
insurance, utility, devices and streaming; so was `leans_from`, at which .95 of the leaning messages of --test are found. With
--write the head goes where the product finds it.
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch.nn import functional

from benchmarks import quiet
from rag.config import load_settings
from rag.conversation.head import SHAPE, SHIPPED, seen
from rag.conversation.leaning import CARD, LeaningHead, save
from rag.datasets import formats
from rag.evaluation.calibration import auroc
from rag.models import files
from rag.models.encoder import BertEmbedder
from rag.query import fit_window
from rag.types import Vectors

_FOUND = 0.95  # of the messages that lean: one that is missed costs three times what a new question taken for leaning does
_STEPS, _RATE, _DECAY = 400, 0.01, 1.0
_SPREAD = 3.0  # how much the numbers of a vector weigh beside those of the shape: a unit vector's are small
_KIND: Final = "query"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learn", type=Path, nargs="+", required=True)
    parser.add_argument("--test", type=Path, nargs="+", required=True)
    parser.add_argument("--embedder", default="e5")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    settings = load_settings({"embedder": options.embedder})
    folder = files.resolve(options.embedder, settings.models_dir, quiet)
    embedder = BertEmbedder.from_folder(folder, options.embedder, settings.pooling, settings.metric)
    learnt, tested = ({path.stem: conversations(path, embedder) for path in paths} for paths in (options.learn, options.test))
    rows, leans = (np.concatenate(parts) for parts in zip(*learnt.values(), strict=True))
    weights, bias = learn(rows, leans)
    odds = {name: rows @ weights + bias for name, (rows, _) in tested.items()}
    leaning = np.concatenate([odds[name][y > 0] for name, (_, y) in tested.items()])
    least = float(np.quantile(leaning, 1 - _FOUND))
    for name, (_, y) in tested.items():
        found = odds[name] >= least
        print(
            f"{name:<16}{len(y):>5} messages, {int(y.sum())} lean; found {found[y > 0].mean():.2f}, "
            f"new ones taken for it {found[y == 0].mean():.2f}, AUROC {auroc(odds[name].astype(float), y.astype(float)):.3f}"
        )
    if options.write:
        head = LeaningHead(weights.tolist(), round(bias, 4), round(least, 3), options.embedder, _KIND)
        written = SHIPPED / options.embedder / CARD
        save(head, written, [path.name for path in options.learn])
        print(f"written: {written}")


def conversations(path: Path, embedder: BertEmbedder) -> tuple[Vectors, Vectors]:
    """What a head sees of a help desk's messages behind a conversation `(n, dim + SHAPE)`, and which lean on it `(n,)`."""
    said = formats.read(path, None, None, None).leaning
    texts = [one.message for one in said]
    vectors = np.asarray(embedder.embed([fit_window(text, embedder) for text in texts], _KIND))
    return seen(vectors, texts), np.array([bool(one.copied) for one in said], float)


def learn(rows: Vectors, leans: Vectors) -> tuple[Vectors, float]:
    """Weights and bias of a logistic regression with decaying weights."""
    scale = torch.tensor([_SPREAD] * (rows.shape[1] - SHAPE) + [1.0] * SHAPE)
    inputs, truth = torch.from_numpy(rows.astype(np.float32)) * scale, torch.from_numpy(leans.astype(np.float32))
    middle = inputs.mean(0)
    weights, bias = torch.zeros(inputs.shape[1], requires_grad=True), torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.AdamW([weights, bias], lr=_RATE, weight_decay=_DECAY)
    for _ in range(_STEPS):
        optimiser.zero_grad()
        loss = functional.binary_cross_entropy_with_logits((inputs - middle) @ weights + bias, truth)
        torch.autograd.backward(loss)
        optimiser.step()
    found = weights.detach()
    return (found * scale).numpy(), float((bias - middle @ found).detach())


if __name__ == "__main__":
    main()
