"""A trained reader that is loaded for the first question it is to read: most hosts are never asked in its languages."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from rag.reading.calibration import ScoreCalibration
from rag.reading.output import ReaderOutput
from rag.reading.reader import TrainedReader
from rag.text import mostly_in
from rag.types import Evidence, Passage


class OnDemandReader:
    """Says what its card says, and reads as the reader that `load` gives, which is called once."""

    name = TrainedReader.name
    candidates = TrainedReader.candidates

    def __init__(self, card: Mapping[str, Any], load: Callable[[], TrainedReader]) -> None:
        self.refuse_below = ScoreCalibration.from_card(card).refuse_below
        self.rewrites = bool(card.get("conversations", False))
        self._scripts: Collection[str] = card["scripts"]
        self.loaded = load

    def knows(self, text: str) -> bool:
        """Whether most letters are of a script it was trained on."""
        return mostly_in(self._scripts, text)

    def read(self, question: str, passages: Sequence[Passage], before: str = "") -> list[Evidence]:
        """Evidence in the order of the passages. Raises ModelError the first time, where the weights cannot be read."""
        return self.loaded().read(question, passages, before)

    def scores(self, texts: Sequence[tuple[str, str, str]]) -> list[ReaderOutput]:
        """What the network says of each (question, context, text)."""
        return self.loaded().scores(texts)
