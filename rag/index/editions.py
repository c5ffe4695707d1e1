"""Which edition of a page answers today: one that no longer holds, or does not hold yet, answers for those who name it.

A question names an edition by a date on which it held, by a year in its title or file name, or by its version.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from pathlib import PurePosixPath

from rag.about import first_day, last_day
from rag.languages import EDITIONS, LABELS
from rag.loading.dates import DATE, read_date
from rag.text import terms
from rag.types import Chunk, Citation, Passage

_DATE = re.compile(rf"(?<![A-Za-z\d.-]){DATE}", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LABELS = "|".join(sorted((re.escape(label) for labels in LABELS["version"] for label in labels), key=len, reverse=True))
# "Version 3.1", "3rd edition": the first group is the version.
_VERSIONS = [re.compile(form, re.IGNORECASE) for form in (*EDITIONS, rf"(?:\bv\.?|{_LABELS})\s*(\d[\w.-]*)")]
_LONGEST = 4_000  # Characters of a question.


def holding(passages: Iterable[Passage], question: str, today: date, named: Collection[str] = ()) -> Iterator[Passage]:
    """The passages without those of documents that are superseded or expired, unless the question, or `named`, names them."""
    for passage in passages:
        chunk = passage.chunk
        if not chunk.about.is_outdated(today) or chunk.document in named or names_edition(question, chunk):
            yield passage


def without_future(passages: Sequence[Passage], question: str, today: date) -> list[Passage]:
    """The passages without those of editions that do not hold yet, where the present edition was found too."""

    def comes(chunk: Chunk) -> bool:
        return bool(chunk.about.valid_from) and first_day(chunk.about.valid_from) > today

    present = [passage.chunk for passage in passages if not comes(passage.chunk)]
    return [
        passage
        for passage in passages
        if not comes(passage.chunk)
        or names_edition(question, passage.chunk)
        or not any(is_other_edition(passage.chunk, other) for other in present)
    ]


def names_edition(question: str, chunk: Chunk) -> bool:
    """Whether a question names the date or the version of a chunk's document."""
    question, about = question[:_LONGEST], chunk.about
    if about.version and about.version in (match[1].rstrip(".") for form in _VERSIONS for match in form.finditer(question)):
        return True
    days = [day for match in _DATE.finditer(question) if (day := read_date(match[0], about.language))]
    if {day[:4] for day in days} & set(_YEAR.findall(f"{chunk.title} {chunk.document}")):
        return True
    start, end = about.since, about.valid_until or about.since
    return any((not start or first_day(start) <= last_day(day)) and end and first_day(day) <= last_day(end) for day in days)


def is_other_edition(one: Chunk | Citation, other: Chunk | Citation) -> bool:
    """Whether two passages are of editions of one page: title and folder are the same but for years and versions."""
    return one.document != other.document and _page(one.title, one.document) == _page(other.title, other.document)


@lru_cache(maxsize=4096)
def _page(title: str, document: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    folders = PurePosixPath(document.partition("#")[0]).parent.parts
    rest = _DATE.sub(" ", title)
    for form in _VERSIONS:
        rest = form.sub(" ", rest)
    return tuple(terms(rest)), tuple(filter(None, (_YEAR.sub("", folder) for folder in folders)))
