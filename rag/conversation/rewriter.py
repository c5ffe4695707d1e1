"""What of a long message is asked, and which turns before it a message leans on, told by a network.

The network learnt to mark single words, too, not well enough to be used (docs/lab-log.md).
"""

from collections.abc import Callable, Sequence

import numpy as np

from rag.conversation.history import CONVERSATION, MESSAGE, as_text
from rag.reading.output import ReaderOutput
from rag.text import sentences, words
from rag.types import Turn

Scores = Callable[[Sequence[tuple[str, str, str]]], list[ReaderOutput]]
"""What a network says of each (question, context, text); see `TrainedReader.scores`."""

# Log odds from which a message leans: .80 of the follow-ups of two help desks that were not learnt from do, and .23 of the new
# questions among them.
_LEANS = -2.5
_MOST_BEFORE = 2  # turns: the message before may lean, too
_ASKS = 0.4  # share of the weight of the sentence that asks most from which another asks, too
_LONG = 40  # words of a message from which only what it asks is searched and read


class LearntRewriter:
    """Tells with the network of a reader that learnt it, in the scripts that it `knows`."""

    # 3 of 84 follow-ups of two help desks that were not learnt from reach it, each as it was typed.
    answered_alone = 0.5

    def __init__(self, scores: Scores, knows: Callable[[str], bool]) -> None:
        self._scores = scores
        self.knows = knows

    def leans_on(self, message: str, history: Sequence[Turn]) -> int:
        """How many of the last turns a message leans on, and the messages of these in their turn."""
        turns, leaning = 0, message
        while turns < min(_MOST_BEFORE, len(history)) and self._leans(leaning, history[: len(history) - turns]):
            turns += 1
            leaning = self.asked(history[-turns][0])
        return turns

    def _leans(self, message: str, history: Sequence[Turn]) -> bool:
        text = as_text([said for turn in history for said in turn])
        return bool(text) and self._scores([(message, CONVERSATION, text)])[0].answers >= _LEANS

    def asked(self, message: str) -> str:
        """The sentences of a long message that ask, in their order, as many as `_LONG` words hold, at least one."""
        spans = sentences(message)
        if len(words(message)) <= _LONG or len(spans) < 2:
            return message
        (found,) = self._scores([("", MESSAGE, message)])
        weights = {span: _weight(found, *span) for span in spans}
        kept: list[tuple[int, int]] = []
        for span in sorted(spans, key=lambda span: -weights[span]):
            fits = sum(len(words(message[a:b])) for a, b in (*kept, span)) <= _LONG
            if kept and not (fits and weights[span] >= _ASKS * weights[kept[0]]):
                break
            kept.append(span)
        return " ".join(message[start:end] for start, end in sorted(kept))


def _weight(found: ReaderOutput, start: int, end: int) -> float:
    """How likely 0..1 the tokens in a stretch are needed, on average."""
    inside = (found.offsets[:, 0] < end) & (found.offsets[:, 1] > start)
    return float(np.mean(found.evidence[inside])) if inside.any() else 0.0
