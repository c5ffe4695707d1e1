"""A message made to stand alone by a trained network: the words of the conversation that it leans on are put before it.

Words are copied, never made up; the network is the reader's, which marks them as it marks evidence in a passage.
"""

from collections.abc import Callable, Sequence

import numpy as np

from rag.conversation.history import CONVERSATION, MESSAGE, as_text
from rag.reading.output import ReaderOutput
from rag.text import sentences, words
from rag.types import Turn

Scores = Callable[[Sequence[tuple[str, str, str]]], list[ReaderOutput]]
"""What a network says of each (question, context, text); see `TrainedReader.scores`."""

_MARKED = 0.5  # a word that is more likely needed than not is copied
_ASKS = 0.4  # share of the weight of the sentence that asks most from which another asks, too
_LONG = 40  # words of a message from which only what it asks is searched and read


class CopyingRewriter:
    """Makes messages stand alone with the network of a reader that learnt it, in the scripts that it `knows`."""

    def __init__(self, scores: Scores, knows: Callable[[str], bool]) -> None:
        self._scores = scores
        self.knows = knows

    def standalone(self, message: str, history: Sequence[Turn]) -> str:
        """The message, with what it leans on of the turns before it; of a long one the sentences that ask."""
        asked = self._asked(message)
        text = as_text([said for turn in history for said in turn])
        if not text:
            return asked
        (found,) = self._scores([(asked, CONVERSATION, text)])
        if found.answers < 0:
            return asked
        lead = " ".join(text[start:end] for start, end in _marked(text, found))
        return f"{lead} {asked}".strip()

    def _asked(self, message: str) -> str:
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


def _marked(text: str, found: ReaderOutput) -> list[tuple[int, int]]:
    """The words that are needed; neighbours as one stretch."""
    spans: list[tuple[int, int]] = []
    for start, end in words(text):
        if _weight(found, start, end) < _MARKED:
            continue
        if spans and not text[spans[-1][1] : start].strip(" -"):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _weight(found: ReaderOutput, start: int, end: int) -> float:
    """How likely 0..1 the tokens in a stretch are needed, on average."""
    inside = (found.offsets[:, 0] < end) & (found.offsets[:, 1] > start)
    return float(np.mean(found.evidence[inside])) if inside.any() else 0.0
