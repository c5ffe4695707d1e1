"""What is known of a document besides its text: language, dates, audience, and what loading could not read of its file."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

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
    "pages without text",
]


@dataclass(frozen=True, slots=True)
class About:
    """What a document says of itself; "" where it says nothing.

    `language` is a primary tag of BCP 47 ("en"). Dates are ISO 8601 (2026-03-01; 2026-03 or 2026 where no more is said): `date`
    is when it was written or last changed, `valid_from` and `valid_until` the first and the last day on which it holds.
    `superseded` says that another has replaced it, `superseded_by` the name or title of that one, as written, where it is said.
    """

    language: str = ""
    date: str = ""
    valid_from: str = ""
    valid_until: str = ""
    version: str = ""
    superseded: bool = False
    superseded_by: str = ""
    owner: str = ""
    audience: Audience = "public"

    @property
    def since(self) -> str:
        """The date that tells a newer edition from an older one: from when on it holds, else when it was written."""
        return self.valid_from or self.date

    def is_outdated(self, today: dt.date) -> bool:
        """Whether it holds no more."""
        return self.superseded or bool(self.valid_until and last_day(self.valid_until) < today)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How much of a file was not read; `where` names the first of it (a sheet, a page), "" where nothing does."""

    kind: LeftOutKind
    count: int
    where: str = ""


NOTHING = About()
"""Of a document that says nothing of itself."""

_TYPES: Mapping[str, type] = {field.name: bool if field.name == "superseded" else str for field in fields(About)}
_DATES = {"date", "valid_from", "valid_until"}


def said(about: About) -> dict[str, Any]:
    """The fields that say something, as plain values."""
    values = {name: getattr(about, name) for name in _TYPES}
    return {name: value for name, value in values.items() if value != getattr(NOTHING, name)}


def about_of(values: Mapping[str, Any]) -> About:
    """The About of plain values. Raises ValueError for an unknown field, a value of another type, or no date or audience."""
    if not isinstance(values, Mapping):
        raise ValueError(f"{values!r} is no mapping")
    for name, value in values.items():
        if name not in _TYPES or type(value) is not _TYPES[name]:
            raise ValueError(f"{name} is {value!r}")
        if name == "audience" and value not in get_args(Audience):
            raise ValueError(f"audience is {value!r}")
        if name in _DATES and isinstance(value, str) and value:
            try:
                first_day(value)
            except ValueError as error:
                raise ValueError(f"{name} is {value!r}") from error
    return About(**values)


def overlaid(below: About, above: About) -> About:
    """What both say; where they differ, `above` is right. Internal and superseded is what either says to be."""
    return replace(below, **said(above))


def first_day(day: str) -> dt.date:
    """The first day of a date, month or year; raises ValueError."""
    return dt.date.fromisoformat(f"{day}-01-01"[:10] if len(day) in {4, 7} else day)


def last_day(day: str) -> dt.date:
    """The last day of a date, month or year; raises ValueError."""
    first = first_day(day)
    if len(day) == 4:
        return first.replace(month=12, day=31)
    if len(day) == 7:
        return (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    return first
