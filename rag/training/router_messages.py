"""The messages that the router learns from: sets, some of which it is only judged by, and messages joined as people do."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.datasets import messages
from rag.datasets.messages import Labelled
from rag.errors import RagError
from rag.route import MessageKind
from rag.training.gate import FEWEST
from rag.training.options import option
from rag.training.run_folder import Run

_HELD_OUT = 0.1
_JOINED_IN = ("en", "de", "zh")
# Messages joined to others, as people do: what comes first, what follows, what the whole is, and how many.
_JOINED: tuple[tuple[MessageKind, MessageKind, MessageKind, int], ...] = (
    ("greeting", "question", "question", 250),
    ("thanks", "question", "question", 150),
    ("acknowledgement", "question", "question", 100),
    ("question", "thanks", "question", 100),
    ("complaint", "question", "question", 120),
    ("greeting", "handover", "handover", 120),
    ("complaint", "handover", "handover", 120),
    ("thanks", "handover", "handover", 30),
    ("data", "question", "question", 60),
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

    def load(self, run: Run) -> list[list[Labelled]]:
        """Each set's messages, the held ones first; raises RagError for what cannot be read, and for too few."""
        sources = messages.read_sources(self.sources) if self.sources else {}
        found = [messages.read(path, sources) for path in (*self.held, *self.datasets)]
        kinds = Counter(one.kind for part in found[self.only_held :] for one in part)
        others = kinds.total() - kinds["question"]
        if kinds["question"] < FEWEST or others < FEWEST:
            raise RagError(
                f"{kinds['question']} questions and {others} other messages are too few to learn from: give at least {FEWEST} "
                "of both."
            )
        return found

    @property
    def only_held(self) -> int:
        """How many of the parts, the first ones, nothing is learnt of."""
        return len(self.held)

    def recorded(self) -> dict[str, Any]:
        """What decides the result, in names that say nothing of this machine."""
        return {"datasets": [_name(path) for path in self.datasets], "held": [_name(path) for path in self.held]}


def split(part: Sequence[Labelled], seed: int) -> tuple[list[Labelled], list[Labelled]]:
    """(to learn from, held out): a tenth of a set, drawn by chance."""
    drawn = random.Random(seed).sample(part, len(part))  # noqa: S311
    held = round(_HELD_OUT * len(part))
    return drawn[held:], drawn[:held]


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
