"""Words of an answer and regions of a passage, in the form they are compared in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.text import is_content, is_number, negates, normalise, sentences, stem, words
from rag.types import TokenVectors, Vectors

# Cosine of token vectors from which a word counts as another way to say the same.
_PARAPHRASE = 0.7
_AS_MANY = 0.25  # words; less is no difference
_CLAUSE_END = re.compile(r"[,;:()]|\s[–—-]\s|\bbut\b|\balthough\b|\bwhile\b")
_WHOLE = re.compile(r"\.0+$")
# An e-mail address, a part number, a web address: letters beside digits, or signs among them.
_IDENTIFIER = re.compile(r"\S*?(?:[@_]|://|[^\W\d_]\.[^\W\d_]|\d(?!(?:st|nd|rd|th|s)\b)[^\W\d_]|[^\W\d_]-?\d)\S*")
_DECADE, _RANGE = re.compile(r"['’]?s\b"), re.compile(r"\s?[–—]\s?\d")
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
        " nineteen twenty".split(),
        2,
    )
}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the answer: what it is compared by, and its token vectors `(tokens, dim)`."""

    start: int
    end: int
    text: str
    key: str
    name: bool
    spelt: bool  # part of an e-mail address, a part number or the like
    vectors: Vectors

    @property
    def number(self) -> bool:
        return is_number(self.key)

    @property
    def negation(self) -> bool:
        return negates(self.text)

    @property
    def content(self) -> bool:
        return is_content(self.text) or self.number or self.negation

    @property
    def exact(self) -> bool:
        """Whether no other word says the same."""
        return self.number or self.name or self.spelt

    @classmethod
    def of(cls, answer: str, sentence: int, start: int, end: int, tokens: TokenVectors) -> "Word":
        text = answer[start:end]
        rows = (tokens.offsets[:, 0] < end) & (tokens.offsets[:, 1] > start)
        name = start > sentence and is_name(text)
        return cls(start, end, text, key_at(answer, start, end), name, in_identifier(answer, start, end), tokens.vectors[rows])


@dataclass(frozen=True, slots=True)
class Region:
    """One or two sentences of a passage, as something to rest on: the keys of its words, of its names, and of each negated
    clause; `alone` if it is one sentence.
    """

    n: int
    start: int
    end: int
    keys: frozenset[str]
    names: frozenset[str]
    denied: tuple[frozenset[str], ...]
    alone: bool
    vectors: Vectors
    order: tuple[str, ...]  # the keys of its words as they stand there

    @property
    def negated(self) -> bool:
        return bool(self.denied)

    def said_whole(self, found: Sequence[Word]) -> bool:
        """Whether the words say all that the region says."""
        return {key for key in self.keys if is_content(key)} <= {word.key for word in found}

    def supports(self, word: Word) -> float:
        """How well, 0..1, the region holds a word: itself or its inflection, or, where that may be, another way to say it."""
        if word.negation:
            return float(self.negated)
        if word.key in self.keys:
            return 1.0
        if word.exact or not len(word.vectors) or not len(self.vectors):
            return 0.0
        closeness = float((word.vectors @ self.vectors.T).max(1).mean())
        return closeness if closeness >= _PARAPHRASE else 0.0


def regions_of(n: int, text: str, tokens: TokenVectors) -> Iterator[Region]:
    """The sentences of a passage, each alone and with the next."""
    spans = sentences(text)
    for at, (start, _) in enumerate(spans):
        for last in sorted({at, min(at + 1, len(spans) - 1)}):
            own = spans[at : last + 1]
            stop = own[-1][1]
            rows = (tokens.offsets[:, 0] >= start) & (tokens.offsets[:, 1] <= stop)
            order = tuple(keys_of(text[start:stop]))
            later = [text[a + s : b + s] for s, e in own for a, b in words(text[s:e])[1:]]
            clauses = tuple(clause for s, e in own for clause in denied(text[s:e]))
            yield Region(
                n,
                start,
                stop,
                frozenset(order),
                frozenset(map(key_of, filter(is_name, later))),
                clauses,
                last == at,
                tokens.vectors[rows],
                order,
            )


def best_of(content: Sequence[Word], regions: Sequence[Region]) -> Region | None:
    """The region that supports most of the words; of equals the shortest of the earliest passage."""
    scored = [
        (sum(region.supports(word) for word in content), -region.n, region.start - region.end, region) for region in regions
    ]
    best = max(scored, key=lambda item: item[:3], default=None)
    return best[3] if best and best[0] > 0 else None


def closest(plain: Sequence[Word], content: Sequence[Word], regions: Sequence[Region]) -> Region | None:
    """The region that supports most of the plain words; of those that support as many the one that agrees with the rest."""
    scored = [(sum(region.supports(word) for word in plain), region) for region in regions]
    most = max((score for score, _ in scored), default=0.0)
    return best_of(content, [region for score, region in scored if score >= most - _AS_MANY]) if most else None


def key_of(word: str) -> str:
    """The form two words are compared by: the stem, or a number in digits without its separators of thousands."""
    folded = normalise(word)
    if is_number(folded):
        return _WHOLE.sub("", folded.replace(",", ""))
    return _NUMBERS.get(folded) or stem(word)


def key_at(text: str, start: int, end: int) -> str:
    """The key of a word where it stands: "1890s" is another number than 1890, and the 10 of "10–15" another than 10."""
    key = key_of(text[start:end])
    if not is_number(key):
        return key
    return f"{key}s" if _DECADE.match(text, end) else f"{key}–" if _RANGE.match(text, end) else key


def in_identifier(text: str, start: int, end: int) -> bool:
    """Whether a word belongs to what is right to the letter or wrong: an e-mail address, a part number, a version."""
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return bool(_IDENTIFIER.fullmatch(text[start:end].strip(".")))


def keys_of(text: str) -> list[str]:
    """The keys of a text's words, in order."""
    return [key_at(text, start, end) for start, end in words(text)]


def is_name(word: str) -> bool:
    return word[0].isupper() and is_content(word)


def denied(sentence: str) -> Iterator[frozenset[str]]:
    """The keys of the words of content of each clause that has a negation."""
    for clause in _CLAUSE_END.split(sentence):
        found = [clause[a:b] for a, b in words(clause)]
        if any(map(negates, found)):
            yield frozenset(key_of(word) for word in found if is_content(word) and not negates(word))
