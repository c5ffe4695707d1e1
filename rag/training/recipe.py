"""The one order of steps of every training: data -> split -> fit -> calibrate -> judge -> install.

A killed training is resumed by the same command: examples are mined once, fitting goes on from its last checkpoint, and what
comes after it is done again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from rag.config import Settings
from rag.models.device import share_cores
from rag.models.versions import Kind
from rag.training import run_folder
from rag.training.gate import Verdict
from rag.training.options import recorded
from rag.training.run_folder import Outcome, Run
from rag.types import Progress

O = TypeVar("O")  # noqa: E741  # the options of a model
I = TypeVar("I")  # noqa: E741  # one example
M = TypeVar("M")  # what is fitted


class Data(Protocol):
    """Where a training's examples come from."""

    def load(self, run: Run) -> list[list[Any]]:
        """The examples of each dataset; raises RagError for what cannot be read."""
        ...

    @property
    def only_held(self) -> int:
        """How many of the parts, the first ones, are held out whole; 0 where some of each is."""
        ...

    def recorded(self) -> dict[str, Any]:
        """What decides the result, in names that say nothing of this machine."""
        ...


class Parts(NamedTuple, Generic[I]):
    """What is learnt from, by dataset, and what was held out of all of them."""

    learn: list[list[I]]
    held: list[I]


class Fitted(NamedTuple, Generic[M]):
    """A fitted model, in memory and in the run's `candidate` folder, and what its record says of it besides the options."""

    model: M
    record: dict[str, Any]


def _as_fitted(options: Any, fitted: Any, parts: Any, run: Run) -> Any:
    return fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe(Generic[O, I, M]):
    """What differs from model to model. `options` and `data` are dataclasses of `option`s, from which the command is made.

    `fit` leaves the model in `run.candidate`; `judge` compares it with what it would replace on the held-out examples.
    `help` says what the command does, `use` how the result is used.
    """

    kind: Kind
    options: type[O]
    data: type[Data]
    split: Callable[[O, list[I]], tuple[list[I], list[I]]]
    fit: Callable[[O, Parts[I], Run], Fitted[M]]
    judge: Callable[[O, Fitted[M], Parts[I], Run], Verdict]
    calibrate: Callable[[O, Fitted[M], Parts[I], Run], Fitted[M]] = _as_fitted
    help: str
    use: str


def train(
    recipe: Recipe[O, I, M],
    options: O,
    data: Data,
    settings: Settings,
    progress: Progress,
    *,
    out: Path | None = None,
    resume: bool = False,
) -> Outcome:
    """Train a model and use it if it is better on held-out examples; with `out` it is written there instead, better or not.

    Raises RagError for data that cannot be read or are too few to judge by, for a training to resume that had other options or
    is not there, and for a folder `out` that holds something else.
    """
    run = Run(recipe.kind, {**recorded(options), **data.recorded()}, settings, progress, out, resume)
    run_folder.check_out(run)
    run_folder.start(run)
    share_cores(settings.threads)
    try:
        loaded = data.load(run)
    except BaseException:
        run_folder.lacks_data(run)
        raise
    run_folder.has_data(run)
    if data.only_held:
        parts = Parts(loaded[data.only_held :], [item for part in loaded[: data.only_held] for item in part])
    else:
        divided = [recipe.split(options, part) for part in loaded]
        parts = Parts([learn for learn, _ in divided], [item for _, held in divided for item in held])
    fitted = recipe.calibrate(options, recipe.fit(options, parts, run), parts, run)
    verdict = recipe.judge(options, fitted, parts, run)
    return run_folder.finish(run, verdict, fitted.record)
