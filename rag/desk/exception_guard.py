"""The exception guard: beside a rule that a reply quotes, what stands near it in its document and bears on the question too.

No word says what is an exception. The reader reads the rule's surroundings for the question, and for the rule itself: what
stands beside it because of it shares its subject, not always the question's. What it marks there that the reply does not say
is offered to the agent: half a policy told to a customer is the costliest mistake of a desk.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.desk.proof import Place
from rag.protocols import Reader
from rag.text import terms
from rag.types import Chunk, Document, Passage, Section, Span
from rag.units import Sorted, Unit, clip_blocks, document_blocks, units

_BEFORE, _AFTER = 2, 6  # units of a document that are read beside a quoted one: exceptions mostly follow their rule
_MOST = 3  # that are offered
_NEAR = 500  # characters between two quoted places that are read at once
_RUNS = 3  # of quoted places whose surroundings are read: each costs the reader two passages
_LONGEST = 400  # characters of what is quoted that are asked with
_SAID = 0.85  # share of a unit's terms that the reply has, from which it says nothing new


@dataclass(frozen=True, slots=True)
class Offer:
    """A unit that stands near a quoted one, and how much 0..1 the reader marks it; `beside` is the quoted one."""

    place: Place
    weight: float
    beside: Place


def offers(question: str, reply: str, quoted: Sequence[Place], documents: Sequence[Document], reader: Reader) -> list[Offer]:
    """What a reply leaves out, the most marked first. `documents` has that of each quoted place.

    Quoted places near each other are read at once; a stretch is offered once, beside the first of those.
    """
    said = set(terms(reply))
    found: dict[tuple[str, str, int], Offer] = {}
    for place, end, document in _runs(quoted, documents)[:_RUNS]:
        chunk = surroundings(document, place.start, end)
        marked = _marked(question, chunk, reader) + _marked(document.text[place.start : end][:_LONGEST], chunk, reader)
        for unit in units(chunk.text, chunk.blocks):
            first, last = chunk.start + unit.start, chunk.start + unit.end
            weight = _weight(unit, marked)
            if not unit.answers or not weight or _is_quoted(place, first, last, quoted) or not _news(chunk, unit, said):
                continue
            near = Place(place.base, place.document, place.title, first, last, document.text[first:last], place.internal)
            found.setdefault((place.base, place.document, first), Offer(near, weight, place))
    return sorted(found.values(), key=lambda offer: -offer.weight)[:_MOST]


def _marked(asked: str, chunk: Chunk, reader: Reader) -> list[Span]:
    (evidence,) = reader.read(asked, [Passage(chunk, 1.0, 1.0)])
    return [*evidence.highlights, *(evidence.units or ())]


def _runs(quoted: Sequence[Place], documents: Sequence[Document]) -> list[tuple[Place, int, Document]]:
    """The first place of each run of quoted ones, the end of the run, and their document; in the order of the reply."""
    runs: list[tuple[Place, int, Document]] = []
    for place, document in zip(quoted, documents, strict=True):
        for n, (first, end, _) in enumerate(runs):
            same = (first.base, first.document) == (place.base, place.document)
            if same and first.start <= place.start <= end + _NEAR:
                runs[n] = first, max(end, place.end), document
                break
        else:
            runs.append((place, place.end, document))
    return runs


def surroundings(document: Document, start: int, end: int) -> Chunk:
    """The units around characters `[start, end)` as a passage: those of its section, and of the one that follows it."""
    blocks = document_blocks(document)
    every = units(document.text, blocks)
    inside = [n for n, unit in enumerate(every) if unit.start < end and unit.end > start]
    if not inside:
        return _chunk(document, start, end)
    sections = [n for n, section in enumerate(document.sections) if section.start < end and section.end > start]
    low, high = _bounds(document.sections, sections, len(document.text))
    near = [
        unit for unit in every[max(0, inside[0] - _BEFORE) : inside[-1] + _AFTER + 1] if unit.start >= low and unit.end <= high
    ]
    return _chunk(document, near[0].start, near[-1].end)


def _bounds(sections: Sequence[Section], own: Sequence[int], length: int) -> tuple[int, int]:
    """From where to where its section goes, with the next one where that stands below the same heading."""
    if not own:
        return 0, length
    first, last = sections[own[0]], sections[own[-1]]
    following = sections[own[-1] + 1] if own[-1] + 1 < len(sections) else last
    shared = following.headings[: max(1, len(last.headings) - 1)] == last.headings[: max(1, len(last.headings) - 1)]
    return first.start, following.end if shared else last.end


def _chunk(document: Document, start: int, end: int) -> Chunk:
    own = next((section.headings for section in document.sections if section.start <= start < section.end), ())
    blocks = clip_blocks(Sorted(document_blocks(document)).within(start, end), start, end)
    text = document.text[start:end]
    return Chunk("", document.name, document.title, text, start, end, headings=own, blocks=blocks, about=document.about)


def _weight(unit: Unit, marked: Sequence[Span]) -> float:
    return max((span.weight for span in marked if span.start < unit.end and span.end > unit.start), default=0.0)


def _is_quoted(place: Place, start: int, end: int, quoted: Sequence[Place]) -> bool:
    own = (one for one in quoted if (one.base, one.document) == (place.base, place.document))
    return any(one.start < end and one.end > start for one in own)


def _news(chunk: Chunk, unit: Unit, said: set[str]) -> bool:
    own = set(_terms(chunk, unit))
    return bool(own) and len(own & said) < _SAID * len(own)


def _terms(chunk: Chunk, unit: Unit) -> Iterator[str]:
    return iter(terms(chunk.text[unit.start : unit.end]))
