"""Which turns before it a message leans on, told by a network.

The network learnt to mark single words, too, not well enough to be used (docs/lab-log.md).
"""

from collections.abc import Callable, Sequence

from rag.conversation.history import CONVERSATION, as_text, turns_leant_on
from rag.reading.output import ReaderOutput
from rag.types import Turn

Scores = Callable[[Sequence[tuple[str, str, str]]], list[ReaderOutput]]
"""What a network says of each (question, context, text); see `TrainedReader.scores`."""

# Log odds from which a message leans: .80 of the follow-ups of two help desks that were not learnt from do, and .23 of the new
# questions among them.
_LEANS = -2.5


class LearntRewriter:
    """Tells with the network of a reader that learnt it, in the scripts that it `knows`."""

    def __init__(self, scores: Scores, knows: Callable[[str], bool]) -> None:
        self._scores = scores
        self.knows = knows

    def leans_on(self, message: str, history: Sequence[Turn]) -> int:
        """How many of the last turns a message leans on, and the messages of these in their turn."""
        return turns_leant_on(message, history, self._leans)

    def _leans(self, message: str, history: Sequence[Turn]) -> bool:
        text = as_text([said for turn in history for said in turn])
        return bool(text) and self._scores([(message, CONVERSATION, text)])[0].answers >= _LEANS
