"""A reader's features to the order of evidence and to probabilities; `rag.training.calibration` fits the numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from rag.errors import ModelError
from rag.reading.ranking import logistic, softmax

Features = Mapping[str, float]
_MODELS = ("ranking", "relevance", "answerability_model", "top1_model")
_NAMES_BEFORE = {"certain": "answerability_model", "foremost": "top1_model"}  # in the cards of version 1


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum of named features."""

    bias: float
    weights: Mapping[str, float]

    def __call__(self, features: Features) -> float:
        return self.bias + sum(weight * features[name] for name, weight in self.weights.items())


@dataclass(frozen=True, slots=True)
class Perceptron:
    """A network of one hidden layer over named features: `hidden` (units, 1 + features) with the bias first, of which tanh is
    taken, and `output` (1 + units).
    """

    names: Sequence[str]
    hidden: Sequence[Sequence[float]]
    output: Sequence[float]

    def __call__(self, features: Features) -> float:
        layer = np.asarray(self.hidden)
        units = np.tanh(layer[:, 0] + layer[:, 1:] @ [features[name] for name in self.names])
        return float(self.output[0] + units @ self.output[1:])


@dataclass(frozen=True, slots=True)
class ScoreCalibration:
    """What a reader makes of its features, see `rag.reading.reader.features`.

    `ranking` orders the evidence of a question, `relevance` is the log odds that a passage answers, taken alone.
    `answerability_model` is of these log odds, `top1_model` of the passage's share of the softmax over those read. `answerable`
    is the log odds that anything answers, by the features of the passage ranked first; a question is refused where the
    probability is under `refuse_below`. None: where confidence in that passage is, as with the readers of version 1.
    """

    ranking: Linear
    relevance: Linear
    answerability_model: Linear
    top1_model: Linear
    refuse_below: float
    answerable: Linear | None = None

    @classmethod
    def nothing(cls) -> Self:
        """That of a reader which was not fitted yet."""
        none = Linear(0.0, {})
        return cls(none, none, none, none, 0.0)

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> Self:
        """As `as_card` gave it, or as version 1 wrote it; raises ModelError."""
        try:
            known = {now: card[before] for before, now in _NAMES_BEFORE.items() if before in card} | dict(card)
            models = {name: Linear(**known[name]) for name in _MODELS}
            answerable = Linear(**known["answerable"]) if known.get("answerable") else None
            return cls(**models, refuse_below=card["refuse_below"], answerable=answerable)
        except (KeyError, TypeError) as error:
            raise ModelError(f"The reader's card does not say how its scores are judged ({error}): train it again.") from error

    def as_card(self) -> dict[str, Any]:
        return asdict(self)

    def confidences(self, found: Sequence[Features]) -> list[float]:
        """How likely 0..1 each of the passages read for a question is the one that answers."""
        relevance = (self.relevance(features) for features in found)
        return [
            combine_with_rivals(
                logistic(self.answerability_model({"relevance": odds})), logistic(self.top1_model({"share": share}))
            )
            for odds, share in zip(relevance, self.rank_softmax(found), strict=True)
        ]

    def answerabilities(self, found: Sequence[Features]) -> list[float | None]:
        """How likely 0..1 anything answers, if each of the passages were ranked first; None where that was not fitted."""
        return [logistic(self.answerable(features)) if self.answerable else None for features in found]

    def rank_softmax(self, found: Sequence[Features]) -> list[float]:
        """How likely each is the one that answers, if one does: the softmax of the ranking."""
        shares: list[float] = softmax(np.array([self.ranking(features) for features in found])).tolist()
        return shares


def combine_with_rivals(answers: Any, first: Any) -> Any:
    """P(this passage answers) = a (1 - a (1 - f)), with a = P(it answers, taken alone) and f = P(it is ranked first if any
    passage answers). Rivals reduce it only where a is high.
    """
    return answers * (1 - answers * (1 - first))
