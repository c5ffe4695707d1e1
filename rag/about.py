"""What is known of a document besides its text: language, dates, audience, and what loading could not read of its file."""

from dataclasses import dataclass
from typing import Literal

Audience = Literal["public", "internal"]
"""`internal` is for staff: a visitor is never answered from it."""

LeftOutKind = Literal[
    "hidden sheets",
    "hidden rows",
    "hidden columns",
    "formulas without a value",
    "pictures without text",
    "rows without an answer",
    "lines that are no JSON",
    "unreadable parts",
    "unreadable pages",
]


@dataclass(frozen=True, slots=True)
class About:
    """What a document says of itself; "" where it says nothing.

    `language` is a primary tag of BCP 47 ("en"). Dates are ISO 8601 (2026-03-01; 2026-03 or 2026 where no more is said): `date`
    is when it was written or last changed, `valid_from` and `valid_until` the first and the last day on which it holds.
    `superseded_by` is the name or title of the document that replaces it, as written.
    """

    language: str = ""
    date: str = ""
    valid_from: str = ""
    valid_until: str = ""
    version: str = ""
    superseded_by: str = ""
    owner: str = ""
    audience: Audience = "public"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How much of a file was not read; `where` names the first of it (a sheet, a page), "" where nothing does."""

    kind: LeftOutKind
    count: int
    where: str = ""


NOTHING = About()
"""Of a document that says nothing of itself."""
