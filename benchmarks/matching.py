"""What a trained matcher gives on pairs of customers' questions, beside the encoder's cosine: English and Chinese.

    python -m benchmarks.matching ../shared/data [--pairs 6000]

banking77: two questions of one intent match; a question and the one nearest to it of another intent do not. LCQMC and ATEC: as
people labelled them, with a small BERT that has a token for each character and was trained on nothing else. A tenth of the
pairs is held out, at most 1,000, as `rag train matcher` does.
"""

import argparse
import csv
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import quiet
from rag.config import load_settings
from rag.models import files as models
from rag.models.device import share_cores
from rag.models.encoder import BertEmbedder
from rag.training.matcher import COLUMNS, RECIPE, Labelled, LabelledPairs, MatcherOptions
from rag.training.recipe import train
from tests.wordpiece import save_wordpiece

_NEAREST = 20  # questions of another intent are drawn from so many
_WINDOW = 128  # tokens
_SHAPE: dict[str, Any] = {"hidden_size": 192, "num_hidden_layers": 3, "num_attention_heads": 6, "intermediate_size": 768}


def banking(path: Path, count: int, embedder: BertEmbedder, rng: random.Random) -> Iterator[Labelled]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(file)]
    by_intent: dict[str, list[str]] = defaultdict(list)
    for text, intent in rows:
        by_intent[intent].append(text)
    vectors = embedder.embed([text for text, _ in rows])
    for n in rng.sample(range(len(rows)), count):
        text, intent = rows[n]
        if rng.random() < 0.5:
            yield text, rng.choice([other for other in by_intent[intent] if other != text]), 1
        else:
            order = np.argsort(-(vectors @ vectors[n]))
            nearest = [int(row) for row in order[: 10 * _NEAREST] if rows[int(row)][1] != intent][:_NEAREST]
            yield text, rows[rng.choice(nearest)][0], 0


def chinese(path: Path, count: int, rng: random.Random) -> list[Labelled]:
    """Lines that end in two questions and a label, between tabs."""
    with path.open(encoding="utf-8-sig") as file:
        rows = [line.rstrip("\n").split("\t")[-3:] for line in file]
    found = [(a, b, int(label)) for a, b, label in rows if a and b]
    return rng.sample(found, min(count, len(found)))


def write(pairs: Iterable[Labelled], path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows(pairs)
    return path


def of_characters(pairs: Iterable[Labelled], folder: Path) -> Path:
    """A BERT with a token for each character of some pairs, its weights drawn at random."""
    import torch
    from transformers import BertConfig, BertModel

    characters = sorted({character for a, b, _ in pairs for character in (a + b).lower() if not character.isspace()})
    size = save_wordpiece(folder, characters, _WINDOW)
    torch.manual_seed(1)
    BertModel(BertConfig(vocab_size=size, max_position_embeddings=_WINDOW, **_SHAPE)).save_pretrained(folder)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--pairs", type=int, default=6000)
    parser.add_argument("--chinese", type=int, default=20000)
    arguments = parser.parse_args()
    settings = load_settings()
    share_cores(settings.threads)
    rng = random.Random(1)
    encoder = models.resolve("minilm", settings.models_dir, quiet)
    embedder = BertEmbedder.from_folder(encoder, "minilm")
    sets = {
        "banking77": list(banking(arguments.data / "banking77/train.csv", arguments.pairs, embedder, rng)),
        "LCQMC": chinese(arguments.data / "zh-pairs/LCQMC/dev.txt", arguments.chinese, rng),
        "ATEC": chinese(arguments.data / "zh-pairs/atec/atec_nlp_sim_train.csv", arguments.chinese, rng),
    }
    for name, pairs in sets.items():
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            base = "minilm" if name == "banking77" else str(of_characters(pairs, folder / "base"))
            rate, epochs = (1e-4, 2.0) if name == "banking77" else (5e-4, 4.0)
            options = MatcherOptions(base=base, epochs=epochs, learning_rate=rate)
            data = LabelledPairs(write(pairs, folder / "pairs.csv"))
            own = settings.model_copy(update={"data_dir": folder / "data"})
            outcome = train(RECIPE, options, data, own, quiet, out=folder / "matcher")
            said = ", ".join(f"{d.metric} {d.a:.3f} to {d.b:.3f}" for d in outcome.verdict.differences)
            held = f"{len(pairs)} pairs, {outcome.verdict.questions} held out"
            print(f"{name}: {held}: {said}; {'better' if outcome.verdict.better else 'not better'}", flush=True)


if __name__ == "__main__":
    main()
