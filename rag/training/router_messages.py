"""The messages that the router learns from: sets, some of which it is only judged by, and messages joined as people do."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from rag.datasets import messages
from rag.datasets.messages import Labelled
from rag.errors import RagError
from rag.training.gate import FEWEST
from rag.training.options import option
from rag.training.recipe import Parts
from rag.training.run_folder import Run
from rag.types import MessageKind

_HELD_OUT = 0.1
_JOINED_IN = ("en", "de", "zh")
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


def divided(parts: Parts[Item], seed: int) -> tuple[list[Labelled], list[Labelled]]:
    """(learnt from, judged by): sets given for it, or a tenth of all."""
    learnt, held = [item.labelled for part in parts.learn for item in part], [item.labelled for item in parts.held]
    if not held:
        chance = random.Random(seed)  # noqa: S311
        chance.shuffle(learnt)
        most = max(FEWEST, round(_HELD_OUT * len(learnt)))
        held, learnt = learnt[:most], learnt[most:]
    return learnt, held


def joined(learnt: Sequence[Labelled], seed: int) -> list[Labelled]:
    """Messages of two parts in one language, each drawn by chance."""
    chance = random.Random(seed)  # noqa: S311
    parts: dict[tuple[str, str], list[str]] = {}
    for one in learnt:
        if one.language in _JOINED_IN:
            parts.setdefault((one.kind, one.language), []).append(one.message)
    made = []
    for first, second, whole, most in _JOINED:
        for n in range(most):
            language = _JOINED_IN[n % 3]
            if all((kind, language) in parts for kind in (first, second)):
                texts = [chance.choice(parts[kind, language]) for kind in (first, second)]
                between = chance.choice((" ", ", ", ". ", "\n")) if language != "zh" else chance.choice(("，", " ", ""))
                made.append(Labelled(between.join(texts), whole, language, "joined"))
    return made


def _name(path: Path) -> str:
    return "/".join(path.parts[-2:])
