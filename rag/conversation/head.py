"""What says of a message what kind it is and in which language: a small network, with a card that says what it was learnt from.

It sees the sentence vector of one encoder, the shape of the message, and its runs of characters, hashed (Weinberger et al.
2009): what is short and misspelt is told by these, what it means by the vector.
"""

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from safetensors import SafetensorError

from rag.errors import ModelError
from rag.models.files.checksums import expect
from rag.route import MessageKind
from rag.types import TextKind, Vectors

CARD, WEIGHTS = "router.json", "router.safetensors"
SHIPPED = Path(__file__).parent / "shipped"
SHAPE = 4  # numbers that `shape` gives
BUCKETS = 8192  # of hashed runs of characters
RUNS = (2, 3, 4, 5)  # characters of a run; a whole word is one too
SPREAD = 3.0  # how much runs weigh beside the hidden layer: it sets how fast they learn
_READ = 200  # characters of which runs are taken
_LONG = 8.0  # log characters of the longest message
_ASKS = "?？؟"
Arrays = Mapping[str, Vectors]
Sums = TypeVar("Sums")


@dataclass(frozen=True, slots=True)
class Head:
    """Weights `hidden (dim + SHAPE, width)`, `out (width, k + n)`, both with a bias, and `runs (BUCKETS, k + n)`; the names of
    the k kinds and n languages.

    `embedder` and `text_kind` say which vectors it reads. A message is taken for something else than a question where the
    probability that it is one is below 1 - `sure`.
    """

    weights: Arrays
    kinds: tuple[MessageKind, ...]
    languages: tuple[str, ...]
    embedder: str
    text_kind: TextKind
    sure: float

    def probabilities(self, vectors: Vectors, messages: Sequence[str]) -> tuple[Vectors, Vectors]:
        """Of each message with its sentence vector `(n, dim)` how likely it is of each kind `(n, k)`, in each language."""
        hidden = np.tanh(seen(vectors, messages) @ self.weights["hidden.weight"] + self.weights["hidden.bias"])  # (n, width)
        said = hidden @ self.weights["out.weight"] + self.weights["out.bias"]
        for row, message in enumerate(messages):
            found = runs(message)
            said[row] += SPREAD * self.weights["runs"][found].sum(axis=0) / max(1, len(found)) ** 0.5
        return softmax(said[:, : len(self.kinds)]), softmax(said[:, len(self.kinds) :])


def seen(vectors: Vectors, messages: Sequence[str]) -> Vectors:
    """What a head sees of messages with sentence vectors `(n, dim)`: these at length 1, and the shape; `(n, dim + SHAPE)`."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return np.concatenate([unit, shape(messages)], axis=1)


def shape(messages: Sequence[str]) -> Vectors:
    """How a message looks `(n, SHAPE)`: its length, its shares of digits and of letters, and whether it has a question mark."""
    rows = [
        (
            np.log1p(len(message)) / _LONG,
            sum(map(str.isdigit, message)) / max(1, len(message)),
            sum(map(str.isalpha, message)) / max(1, len(message)),
            float(any(mark in message for mark in _ASKS)),
        )
        for message in messages
    ]
    return np.array(rows, np.float32).reshape(-1, SHAPE)


def runs(message: str) -> list[int]:
    """The numbers of a message's words and runs of characters, each once, below BUCKETS."""
    text = " ".join(message.casefold().split())[:_READ]
    padded = f" {text} "
    found = {padded[at : at + length] for length in RUNS for at in range(len(padded) - length + 1)}
    found |= {f"\n{word}" for word in text.split(" ")}
    return sorted({zlib.crc32(run.encode("utf-8", "replace")) % BUCKETS for run in found})


def save(head: Head, folder: Path, card: Mapping[str, Any]) -> None:
    """Write weights in half precision and a card: `card`, with what `load` needs and the hash of the weights added."""
    from safetensors.numpy import save_file

    from rag.models.files.checksums import sha256_of

    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ascontiguousarray(array, np.float16) for name, array in head.weights.items()}, folder / WEIGHTS)
    own = {
        "kinds": head.kinds,
        "languages": head.languages,
        "embedder": head.embedder,
        "text_kind": head.text_kind,
        "sure": head.sure,
        "sha256": {WEIGHTS: sha256_of(folder / WEIGHTS)},
    }
    (folder / CARD).write_text(json.dumps({**card, **own}, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    (folder / WEIGHTS).chmod((folder / CARD).stat().st_mode)  # safetensors writes for the owner only


def load(folder: Path) -> Head:
    """The head in a folder; raises ModelError for one that `rag train router` did not write, or that was changed."""
    from safetensors.numpy import load_file

    try:
        card = json.loads((folder / CARD).read_text("utf-8"))
        expect(folder / WEIGHTS, card["sha256"][WEIGHTS], "install the package anew, or train the router again")
        weights = {name: array.astype(np.float32) for name, array in load_file(folder / WEIGHTS).items()}
        names = (tuple(card["kinds"]), tuple(card["languages"]))
        return Head(weights, *names, card["embedder"], card["text_kind"], float(card["sure"]))
    except (OSError, KeyError, TypeError, ValueError, SafetensorError) as error:
        raise ModelError(f"{folder} holds no router that `rag train router` wrote: {error!r}.") from error


def read_sums(kind: Callable[..., Sums], path: Path, made_by: str) -> Sums:
    """A head that is only weighted sums, in a file of JSON; raises ModelError for one that `made_by` did not write."""
    try:
        card = json.loads(path.read_text("utf-8"))
        return kind(**{name: card[name] for name in signature(kind).parameters})
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is not what {made_by} writes: {error!r}.") from error


def softmax(logits: Vectors) -> Vectors:
    """Log odds (n, k) to shares of 1, row by row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Vectors = powers / powers.sum(axis=1, keepdims=True)
    return shares
