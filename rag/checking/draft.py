"""A draft that is checked sentence by sentence while it is written: what is verified stays, what is not supported ends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from rag.protocols import Check, Checker
from rag.text import sentences

# Characters behind a full stop that show whether it ended the sentence: "2. December 2026" goes on.
_AHEAD = 12
SUPPORTED = 0.5  # least `Check.supported` of a sentence that may be shown as fact


@dataclass(frozen=True, slots=True)
class SupportedSentence:
    """A sentence of the draft, in characters of it, and what it rests on."""

    start: int
    end: int
    check: Check


class Draft:
    """What a model has written so far, and the beginning of it that the sources bear out.

    A sentence that was written before ends the draft too: a model that repeats itself does not stop.
    """

    def __init__(self, checker: Checker, sources: Sequence[str]) -> None:
        self.text = ""
        self.ended = False
        self.supported: list[SupportedSentence] = []
        self._checker = checker
        self._sources = sources

    @property
    def verified(self) -> str:
        """Whole sentences that are supported: they will not change."""
        return self.text[: self._checked_to]

    @property
    def unverified(self) -> str:
        """What was written besides."""
        return self.text[self._checked_to :].strip()

    def add(self, piece: str) -> bool:
        """Whether another sentence was verified. The last may still grow; a draft that has `ended` takes nothing more."""
        self.text += piece
        text = self.text[self._checked_to :]
        settled = takewhile(lambda span: text[span[1] - 1] != "." or len(text) - span[1] >= _AHEAD, sentences(text)[:-1])
        return self._check(list(settled))

    def finish(self) -> bool:
        """Check the last sentence too."""
        return self._check(sentences(self.text[self._checked_to :]))

    @property
    def _checked_to(self) -> int:
        return self.supported[-1].end if self.supported else 0

    def _check(self, spans: list[tuple[int, int]]) -> bool:
        before, offset = len(self.supported), self._checked_to
        for start, end in spans:
            if self.ended:
                break
            sentence = self.text[offset + start : offset + end]
            check = self._checker.check(sentence, self._sources)
            self.ended = sentence in self.text[: self._checked_to] or check.supported < SUPPORTED
            if not self.ended:
                self.supported.append(SupportedSentence(offset + start, offset + end, check))
        return len(self.supported) > before
