"""A reader's features to the order of evidence and to probabilities; `rag.training.calibration` fits the numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from rag.errors import ModelError
from rag.reading.ranking import logistic, softmax

Features = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum of named features."""

    bias: float
    weights: Mapping[str, float]

    def __call__(self, features: Features) -> float:
        return self.bias + sum(weight * features[name] for name, weight in self.weights.items())


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reader makes of its features, see `rag.reading.reader.features`.

    `ranking` orders the evidence of a question, `relevance` is the log odds that a passage answers, taken alone. `certain`
    and `foremost` are two more: of these log odds, and of the passage's share among those read. A question is refused where
    confidence in the first is under `refuse_below`.
    """

    ranking: Linear
    relevance: Linear
    certain: Linear
    foremost: Linear
    refuse_below: float

    @classmethod
    def nothing(cls) -> Self:
        """That of a reader which was not fitted yet."""
        none = Linear(0.0, {})
        return cls(none, none, none, none, 0.0)

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> Self:
        """As `as_card` gave it; raises ModelError."""
        try:
            models = {name: Linear(**card[name]) for name in ("ranking", "relevance", "certain", "foremost")}
            return cls(**models, refuse_below=card["refuse_below"])
        except (KeyError, TypeError) as error:
            raise ModelError(f"The reader's card does not say how its scores are judged ({error}): train it again.") from error

    def as_card(self) -> dict[str, Any]:
        return asdict(self)

    def confidences(self, found: Sequence[Features]) -> list[float]:
        """How likely 0..1 each of the passages read for a question is the one that answers."""
        return [
            beside(logistic(self.certain({"relevance": self.relevance(features)})), logistic(self.foremost({"share": share})))
            for features, share in zip(found, self.shares(found), strict=True)
        ]

    def shares(self, found: Sequence[Features]) -> list[float]:
        """How likely each is the one that answers, if one does: the softmax of the ranking."""
        shares: list[float] = softmax(np.array([self.ranking(features) for features in found])).tolist()
        return shares


def beside(certain: Any, foremost: Any) -> Any:
    """P(this passage answers) = a * (1 - a * (1 - f)), with a = `certain`: P(it answers on its own), and f = `foremost`: P(it
    ranks first if any passage answers). Competitors reduce it only where a is high.
    """
    return certain * (1 - certain * (1 - foremost))
