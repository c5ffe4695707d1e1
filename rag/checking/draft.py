"""A draft that is checked sentence by sentence while it is written: what is verified stays, what does not hold ends it."""

from collections.abc import Callable

from rag.text import sentences


class Draft:
    """What a model has written so far, and the beginning of it that may be shown as the answer.

    `holds` says of one sentence whether the passages say it, `answers` of what is written so far whether it answers. A sentence
    that was written before does not hold: a model that repeats itself does not stop.
    """

    def __init__(self, holds: Callable[[str], bool], answers: Callable[[str], bool]) -> None:
        self.text = ""
        self.ended = False
        self._holds = holds
        self._answers = answers
        self._held = 0  # characters of whole sentences that hold
        self._verified = 0  # of these, so many answer

    @property
    def verified(self) -> str:
        """Whole sentences that hold and together answer: they will not change."""
        return self.text[: self._verified]

    @property
    def left_out(self) -> str:
        """What was written besides."""
        return self.text[self._verified :].strip()

    def add(self, piece: str) -> bool:
        """Whether another sentence was verified. The last may still grow; a draft that has `ended` takes nothing more."""
        self.text += piece
        return self._check(sentences(self.text[self._held :])[:-1])

    def finish(self, *, cut: bool) -> bool:
        """Check the last sentence too; where the limit of tokens `cut` it and others stand before it, it is dropped."""
        spans = sentences(self.text)
        if cut and len(spans) > 1 and self.text[spans[-1][1] - 1] not in ".!?。！？":
            self.text = self.text[: spans[-2][1]]
        return self._check(sentences(self.text[self._held :]))

    def _check(self, spans: list[tuple[int, int]]) -> bool:
        before, offset = self._verified, self._held
        for start, end in spans:
            if self.ended:
                break
            said = self.text[offset + start : offset + end]
            self.ended = said in self.text[: self._held] or not self._holds(said)
            if not self.ended:
                self._held = offset + end
                if self._answers(self.text[: self._held]):
                    self._verified = self._held
        return self._verified > before
