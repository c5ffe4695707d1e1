"""Words that a line's end broke, joined by the document's own words: "exam-" and "ple" to "example", not "self-adhesive"."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from rag.loading.pieces import soft_break

SOFT_HYPHEN = "\u00ad"
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
_BROKEN = re.compile(r"(?:[^\W\d_]+[-\u2010])*([^\W_]+)[-\u2010]$")
_BEGINNING = re.compile(r"[^\W_]+(?:[-\u2010][^\W_]+)*")
_FREQUENT = 0.01  # Of all words: "Vor- und Nachteile" has such a word behind its hyphen, no broken word ends in one.
_FEWEST = 3  # Times that a word must stand there to be frequent; also the words that must show that a document breaks words.


@dataclass(slots=True)
class Dictionary:
    """The words of a document's lines, without those that a line's end broke.

    Of a word broken after a hyphen, the form that the document has elsewhere is taken, the more frequent one of two. Where it
    has neither, the hyphen stays if other compounds begin as this does ("self-service", "self-adhesive"), or if the document
    does not show elsewhere that its lines break words. Of 30 words broken in a book of six pages, one is left with its
    hyphen ("infant-ry").
    """

    words: Counter[str] = field(default_factory=Counter)
    breaks_words: bool = False

    @classmethod
    def of(cls, lines: Iterable[str]) -> "Dictionary":
        """The words of lines in reading order."""
        found: Counter[str] = Counter()
        broken: list[tuple[str, str]] = []
        last = ""
        for line in lines:
            start, end = 0, len(line)
            if match := _broken(last, line):
                broken.append(match)
                start = len(match[1])
            if cut := _BROKEN.search(line):
                end = cut.start()
            found.update(word.casefold() for word in _WORD.findall(line, start, end))
            last = line
        words = Counter(found)
        for word, count in found.items():
            *outer, last = re.split(r"[-\u2010]", word)
            if outer:
                words[last] += count
            for part in outer:  # Part of a compound, and a word too.
                words.update({part: count, f"{part}-": count})
        shown = sum(1 for before, after in broken if words[_join(before, after)] > words[_hyphenate(before, after)])
        kept = sum(1 for before, after in broken if words[_hyphenate(before, after)] > words[_join(before, after)])
        return cls(words, shown >= _FEWEST and shown > kept)

    def joined(self, before: str, after: str) -> tuple[str, str]:
        """`before` as it reads in front of the next line's text `after`, and what stands between: a blank or nothing."""
        if before.endswith(SOFT_HYPHEN):
            return before[:-1], ""
        parts = _broken(before, after)
        if parts is None:
            return before, soft_break(before, after)
        if not parts[1][0].islower() or not parts[0].isalpha():
            return before, ""  # "Anglo-Saxon", "10-20", "COVID-19".
        whole, hyphened = self.words[_join(*parts)], self.words[_hyphenate(*parts)]
        if whole != hyphened:
            return (before[:-1] if whole > hyphened else before), ""
        count = self.words[parts[1].casefold()]
        if count >= _FEWEST and count >= _FREQUENT * self.words.total():
            return before, " "
        compound = self.words[f"{parts[0]}-".casefold()] > 0
        return (before if compound or not self.breaks_words else before[:-1]), ""


def _broken(before: str, after: str) -> tuple[str, str] | None:
    """The parts of a word that the end of `before` breaks after a hyphen; of a longer compound the last word's."""
    end, start = _BROKEN.search(before), _BEGINNING.match(after)
    return (end[1], start[0]) if end and start else None


def _join(before: str, after: str) -> str:
    return (before + after).casefold()


def _hyphenate(before: str, after: str) -> str:
    return f"{before}-{after}".casefold()
