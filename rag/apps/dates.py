"""What is known of a document to words that a person reads: its dates, version and language."""

from collections.abc import Iterable, Iterator
from datetime import date

from rag.about import About
from rag.index.editions import is_other_edition
from rag.languages import formats
from rag.languages.detect import language_of
from rag.languages.spoken import spoken, texts
from rag.types import Citation


def readable(day: str) -> str:
    """A date of ISO 8601, as precise as it is.

    >>> readable("2026-03-01"), readable("2026-03"), readable("2026")
    ('1 March 2026', 'March 2026', '2026')
    """
    year, month, number = (*map(int, day.split("-")), 0, 0)[:3]
    if not month:
        return formats.year(date(year, 1, 1))
    return formats.day(date(year, month, number)) if number else formats.month(date(year, month, 1))


def edition(about: About, today: date) -> str:
    """How old a source is, in a line: "version 14 · valid from 1 October 2026"; "" where nothing is known."""
    return " · ".join(_edition(about, today))


def foreign(citation: Citation, question: str) -> str:
    """In which language a source's page is, where that is another than the question's; else ""."""
    own = citation.about.language.partition("-")[0]
    asked = language_of(question) or spoken()
    return "" if own in {"", asked} else texts.FOREIGN.format(language=formats.language_name(own))


def other_editions(citation: Citation, found: Iterable[Citation], today: date) -> list[str]:
    """A line for each other edition of a source's page among what was found, with its date."""
    others = {other.document: other for other in found if other.about.since and is_other_edition(citation, other)}
    return [texts.OTHER_EDITION.format(document=name, edition=edition(other.about, today)) for name, other in others.items()]


def _edition(about: About, today: date) -> Iterator[str]:
    if about.version:
        yield texts.VERSION.format(version=about.version)
    if about.valid_from:
        yield texts.VALID_SINCE.format(date=readable(about.valid_from))
    elif about.date:
        yield texts.AS_OF.format(date=readable(about.date))
    if about.valid_until:
        yield texts.VALID_TO.format(date=readable(about.valid_until))
    if about.is_outdated(today):
        yield texts.NO_LONGER_VALID
    if about.audience == "internal":
        yield texts.INTERNAL
