"""A reply read sentence by sentence: which of its sentences a source says, where, and which nobody has vouched for."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from rag.answering.compose import say_row
from rag.checking.draft import SUPPORTED
from rag.errors import RagError
from rag.languages.formats import number
from rag.languages.spoken import texts
from rag.protocols import Check, Checker
from rag.text import sentences
from rag.types import Block

LookUp = Callable[[str], Sequence["Source"]]
"""A sentence to passages of the bases that may say it."""

_LONGEST = 20_000  # characters of a reply that is checked while it is typed


@dataclass(frozen=True, slots=True)
class Source:
    """What a reply may rest on: characters `[start, end)` of a document of a base.

    `text` is what it says: the document's own characters where it is `verbatim`, otherwise a table's row said as a sentence.
    `internal`: only staff may read it. `own` are the document's characters where `text` is not.
    """

    base: str
    document: str
    title: str
    start: int
    end: int
    text: str
    internal: bool = False
    verbatim: bool = True
    own: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document says a sentence: characters `[start, end)` of its text, which read `text`."""

    base: str
    document: str
    title: str
    start: int
    end: int
    text: str
    internal: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """Characters `[start, end)` of a reply, and the place that says them; None where no source does.

    `issues` are the stretches of the reply that the closest source does not have.
    """

    start: int
    end: int
    place: Place | None = None
    issues: tuple[tuple[int, int], ...] = ()

    @property
    def proven(self) -> bool:
        return self.place is not None


class LongReplyError(RagError):
    """A reply is longer than what is checked."""


class UnprovenError(RagError):
    """A reply has sentences that no source says and nobody touched; `sentences` are they, as characters of the reply."""

    def __init__(self, text: str, found: Sequence[Sentence]) -> None:
        super().__init__(texts.UNPROVEN.format(text=_shortened(text[found[0].start : found[0].end])))
        self.sentences = tuple(found)


class InternalError(RagError):
    """A reply has sentences that only documents for staff say, and nobody confirmed that a customer may read them; `sentences`
    are they, as characters of the reply, each with its place.
    """

    def __init__(self, text: str, found: Sequence[Sentence]) -> None:
        first = found[0]
        name = f"{first.place.base}/{first.place.document}" if first.place else ""
        super().__init__(texts.ONLY_INTERNAL.format(document=name, text=_shortened(text[first.start : first.end])))
        self.sentences = tuple(found)


def rows_said(
    base: str, document: str, title: str, start: int, text: str, blocks: Sequence[Block], internal: bool
) -> list[Source]:
    """The rows of a passage that begins at `start` of its document, each said as a sentence."""
    rows = (block for block in blocks if block.kind == "row" and block.cells)
    return [
        Source(
            base,
            document,
            title,
            start + row.start,
            start + row.end,
            say_row(text, row)[0],
            internal,
            verbatim=False,
            own=text[row.start : row.end],
        )
        for row in rows
    ]


def check(text: str, sources: Sequence[Source], checker: Checker, look_up: LookUp | None = None) -> tuple[Sentence, ...]:
    """The sentences of a reply, in order, each with its place.

    What no given source says, or only an internal one, is looked up, where there is a way to. A public source is named before
    an internal one that says the same. Raises LongReplyError for a reply of over 20,000 characters.
    """
    whole = unproven(text)
    known = sorted(sources, key=lambda source: source.internal)
    found = []
    for start, end in ((one.start, one.end) for one in whole):
        said = text[start:end]
        place, checked = _placed(said, known, checker)
        if place is None and look_up is not None:
            place, again = _placed(said, sorted(look_up(said), key=lambda source: source.internal), checker)
            checked = again if place or _amiss(again) < _amiss(checked) or not checked.issues else checked
        if place is not None and place.internal and look_up is not None:
            place = _placed(said, [source for source in look_up(said) if not source.internal], checker)[0] or place
        issues = () if place else tuple((start + issue.start, start + issue.end) for issue in checked.issues)
        found.append(Sentence(start, end, place, issues))
    return tuple(found)


def unproven(text: str) -> tuple[Sentence, ...]:
    """The sentences of a reply where there is nothing to look them up in. Raises LongReplyError."""
    if len(text) > _LONGEST:
        raise LongReplyError(texts.REPLY_LONG.format(n=number(len(text)), most=number(_LONGEST)))
    return tuple(Sentence(start, end) for start, end in sentences(text))


def may_send(text: str, touched: Collection[str], checked: Sequence[Sentence], confirmed: Collection[str] = ()) -> None:
    """Raises UnprovenError where a sentence without proof is none of those that a person `touched` (wrote, changed or
    confirmed), and InternalError where one that only an internal document says is none of those that they `confirmed` after
    they were told so. Sentences are compared with white space left out of account.
    """
    bare = _without(text, touched, [one for one in checked if not one.proven])
    if bare:
        raise UnprovenError(text, bare)
    internal = _without(text, confirmed, [one for one in checked if one.place is not None and one.place.internal])
    if internal:
        raise InternalError(text, internal)


def internal_places(checked: Sequence[Sentence]) -> list[Place]:
    """The places for staff only that a reply quotes: a customer must not read them without a word of warning to the agent."""
    return [one.place for one in checked if one.place and one.place.internal]


def _amiss(checked: Check) -> int:
    """How many characters of a sentence its nearest source does not have."""
    return sum(issue.end - issue.start for issue in checked.issues)


def _placed(said: str, sources: Sequence[Source], checker: Checker) -> tuple[Place | None, Check]:
    checked = checker.check(said, [source.text for source in sources])
    if checked.supported < SUPPORTED or checked.source is None:
        return None, checked
    source = sources[checked.source.n - 1]
    start, end = source.start, source.end
    if source.verbatim:
        start, end = source.start + checked.source.start, source.start + checked.source.end
        own = source.text[checked.source.start : checked.source.end]
    else:
        own = source.text
    return Place(source.base, source.document, source.title, start, end, own, source.internal), checked


def _without(text: str, vouched: Collection[str], found: Sequence[Sentence]) -> list[Sentence]:
    """Those of the sentences that stand in none of the texts that a person vouched for."""
    known = vouched_for(vouched)
    return [one for one in found if plain(text[one.start : one.end]) not in known]


def vouched_for(said: Collection[str]) -> set[str]:
    """These texts, and each of their sentences, as `plain` has them: what a person vouched for."""
    return {plain(part) for whole in said for part in (whole, *_parts(whole))}


def _parts(text: str) -> Iterator[str]:
    return (text[start:end] for start, end in sentences(text))


def plain(text: str) -> str:
    """A text with white space left out of account, as sentences are compared."""
    return " ".join(text.split())


def _shortened(text: str, most: int = 80) -> str:
    found = plain(text)
    return found if len(found) <= most else found[: most - 1].rstrip() + "…"
