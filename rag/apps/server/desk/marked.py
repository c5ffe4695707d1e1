"""A reply's sentences as an agent sees them: each with its verdict, and the words of the document that say it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from fastapi import Request

from rag.apps.access import Visit
from rag.apps.server.passage import link_to
from rag.desk.exception_guard import Offer
from rag.desk.proof import Place, Sentence, plain, vouched_for
from rag.errors import RagError
from rag.index.passage import Reference
from rag.types import Document

Verdict = Literal["proven", "internal", "unproven"]
_AROUND: Final = 160  # characters of a document on either side of what is quoted


@dataclass(frozen=True, slots=True)
class Quote:
    """The `words` of a document at a place, between what stands around them, and where they can be read."""

    place: Place
    headings: str
    before: str
    words: str
    after: str
    url: str

    @property
    def title(self) -> str:
        return self.place.title or self.place.document


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence, in `parts` of which some are what no source says (True); the `source` that says it, what stands beside that,
    and whether a person has `vouched` for it.
    """

    text: str
    parts: tuple[tuple[str, bool], ...]
    verdict: Verdict
    source: Quote | None
    offers: tuple[Quote, ...]
    vouched: bool

    @property
    def left(self) -> bool:
        """Whether it keeps the reply from being sent."""
        return self.verdict != "proven" and not self.vouched


class Quotes:
    """Places to quotes, for one request: each document is read once."""

    def __init__(self, request: Request, visit: Visit[Any]) -> None:
        self._request = request
        self._visit = visit
        self._documents: dict[tuple[str, str], Document | None] = {}

    def of(self, place: Place) -> Quote:
        """The place in its document as that is now; its own words alone where the document is gone or cannot be read."""
        url = link_to(self._request, place.base, Reference.of(place.document, place.start, place.end, place.text))
        document = self._document(place)
        if document is None:
            return Quote(place, "", "", place.text, "", url)
        text, start, end = document.text, place.start, place.end
        section = next((one for one in document.sections if one.start <= start < one.end), None)
        before = "…".join(("", text[start - _AROUND : start].lstrip())) if start > _AROUND else text[:start]
        after = f"{text[end : end + _AROUND].rstrip()}…" if end + _AROUND < len(text) else text[end:]
        headings = " › ".join(section.headings) if section else ""
        return Quote(place, headings, before, text[start:end], after, url)

    def _document(self, place: Place) -> Document | None:
        key = (place.base, place.document)
        if key not in self._documents:
            try:
                found = self._visit.open(place.base).document(place.document)
            except RagError:
                found = None
            self._documents[key] = found
        return self._documents[key]


def marked(
    quotes: Quotes,
    text: str,
    sentences: Sequence[Sentence],
    *,
    offers: Sequence[Offer] = (),
    touched: Collection[str] = (),
    confirmed: Collection[str] = (),
) -> list[Marked]:
    """The sentences of a text. `touched` and `confirmed` are vouched for by a person, as in `rag.desk.proof.may_send`."""
    vouched: dict[Verdict, set[str]] = {
        "proven": set(),
        "internal": vouched_for(confirmed),
        "unproven": vouched_for(touched),
    }

    def one(sentence: Sentence) -> Marked:
        place, said = sentence.place, text[sentence.start : sentence.end]
        verdict: Verdict = "unproven" if place is None else "internal" if place.internal else "proven"
        near = [quotes.of(offer.place) for offer in offers if place is not None and _same(offer.beside, place)]
        source = quotes.of(place) if place is not None else None
        return Marked(said, tuple(_parts(text, sentence)), verdict, source, tuple(near), plain(said) in vouched[verdict])

    return [one(sentence) for sentence in sentences]


def _same(one: Place, other: Place) -> bool:
    return (one.base, one.document, one.start) == (other.base, other.document, other.start)


def _parts(text: str, sentence: Sentence) -> Iterator[tuple[str, bool]]:
    at = sentence.start
    for start, end in sentence.issues:
        if start > at:
            yield text[at:start], False
        yield text[max(start, at) : end], True
        at = max(at, end)
    if at < sentence.end:
        yield text[at : sentence.end], False
