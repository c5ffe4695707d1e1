"""The exact checker: a sentence is borne out where a source says it word for word, clause by clause, in any language.

It reads no meaning: a word added, dropped, swapped or changed is not borne out, whatever the word. A clause may be said alone
where punctuation that only separates statements stands on both sides of it (the end of a sentence or line, a semicolon, the
marker of a list item): what is set off by a comma, a bracket or a dash may be the condition the rest depends on.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from rag.loading.items import ITEM
from rag.protocols import Check, Issue, SourceSpan
from rag.text import CJK, is_symbol, normalise, sentences, trim, words

# What separates statements inside a sentence; a semicolon of a number or address has no blank after it.
_SEPARATOR = re.compile(r"[;；]+(?=\s|$|[^\x00-\x7f])|[；]")
# Punctuation that changes what is said, as symbols and the marks of letters do: of addresses and numbers, feet and inches,
# minus, the point of ".5", and that it is a question. Other punctuation says nothing by itself.
_SIGNS = re.compile(rf"[&@#/_§?′″]|(?<=\d)['\"]|(?<![^\W\d{CJK}])-(?=[^\w\s]?\d)|(?<=\d\s)-(?=\s\d)|(?<!\d)\.(?=\d)")
_MARKS = {"Mn", "Mc"}  # Unicode's categories of what stands over, under or beside a letter
_VARIANTS = "\ufe0e\ufe0f"  # how an emoji is drawn
# One form of each apostrophe, hyphen and dash of numbers, and of what has a full-width form, character for character.
_ONE_FORM = str.maketrans(
    {"’": "'", **dict.fromkeys("‐‑–−", "-"), "￥": "¥", **{chr(n): chr(n - 0xFEE0) for n in range(0xFF01, 0xFF5F)}}
)
_HEADING = re.compile(r"#{1,6}\s+")


@dataclass(frozen=True, slots=True)
class _Clause:
    """A stretch of a text between two separators, and its words and signs as they are compared; `number` is that of a list's
    item, which may be left out or added.
    """

    start: int
    end: int
    number: str
    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


class ExactChecker:
    """A `Checker`: 1.0 where each clause of a sentence is a clause of a source, from edge to edge, in the order of the source;
    otherwise 0.0, with the stretches that the closest sentence of a source does not have.
    """

    def check(self, sentence: str, sources: Sequence[str]) -> Check:
        said = _clauses(sentence)
        if not said:
            return Check(0.0)
        for n, source in enumerate(sources, 1):
            found = _placed(said, _clauses(source))
            if found:
                return Check(1.0, SourceSpan(n, *found))
        return Check(0.0, issues=_issues(sentence, sources))


@lru_cache(maxsize=1024)
def _clauses(text: str) -> tuple[_Clause, ...]:
    return tuple(clause for span in _cut(text) if (clause := _clause(text, *span)).tokens)


def _cut(text: str) -> Iterator[tuple[int, int, str]]:
    """Spans between the separators of a text, without the markers of list items, and the numbers of these."""
    for first, last in sentences(text):
        edges = [first]
        for match in _SEPARATOR.finditer(text, first, last):
            edges += [match.start(), match.end()]
        for begin, stop in zip(edges[::2], [*edges[1::2], last], strict=True):
            start, end = trim(text, begin, stop)
            marker = ITEM.match(text, start, end) or _HEADING.match(text, start, end)
            if marker and any(map(str.isalnum, text[marker.end() : end])):
                yield marker.end(), end, "".join(filter(str.isalnum, marker[0]))
            else:
                yield start, end, ""


def _clause(text: str, start: int, end: int, number: str = "") -> _Clause:
    inside = text[start:end].translate(_ONE_FORM)
    signs = [match.span() for match in _SIGNS.finditer(inside)]
    signs += [(n, n + 1) for n, character in enumerate(inside) if is_symbol(character) or _is_mark(character)]
    spans = sorted({*words(inside), *signs})
    merged = [(a, b) for n, (a, b) in enumerate(spans) if not n or a >= spans[n - 1][1]]
    tokens = [inside[a:b] for a, b in merged]
    # The first word of a clause may begin with a capital letter when it is said alone; others count as written: mW is not MW.
    plain = tuple(token if n else normalise(token) for n, token in enumerate(tokens))
    return _Clause(start, end, number, plain, tuple((start + a, start + b) for a, b in merged))


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in _MARKS and character not in _VARIANTS


def _says(source: _Clause, said: _Clause) -> bool:
    return source.tokens == said.tokens and said.number in {"", source.number or said.number}


def _placed(said: Sequence[_Clause], source: Sequence[_Clause]) -> tuple[int, int] | None:
    """Where the source says all clauses, each once and in order; None where it does not."""
    at, first, last = 0, None, 0
    for clause in said:
        while at < len(source) and not _says(source[at], clause):
            at += 1
        if at == len(source):
            return None
        first = source[at].start if first is None else first
        last = source[at].end
        at += 1
    return (first, last) if first is not None else None


def _issues(sentence: str, sources: Sequence[str]) -> tuple[Issue, ...]:
    """The stretches of a sentence that the closest clause of the sources does not have."""
    whole = _clause(sentence, 0, len(sentence))
    best: list[tuple[int, int]] = [(0, len(whole.tokens))]
    closest = 0.0
    for clause in (clause for source in sources for clause in _clauses(source)):
        matcher = SequenceMatcher(None, clause.tokens, whole.tokens, autojunk=False)
        if matcher.quick_ratio() > closest and (ratio := matcher.ratio()) > closest:
            closest = ratio
            best = [(b, d) for tag, _, _, b, d in matcher.get_opcodes() if tag != "equal" and b < d]
    return tuple(Issue(whole.spans[first][0], whole.spans[last - 1][1]) for first, last in best if whole.spans)
