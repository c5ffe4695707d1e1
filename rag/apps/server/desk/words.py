"""Times to words that are read at a glance."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from rag.desk.values import Case
from rag.languages import en_desk_pages as t

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_WEEK: Final = 7 * 86_400


def span(seconds: float) -> str:
    """How long, in its largest unit, rounded down.

    >>> span(59), span(3_700), span(200_000)
    ('59 s', '1 h', '2 d')
    """
    whole = max(0, int(seconds))
    size, unit = next(((size, unit) for size, unit in _UNITS if whole >= size), _UNITS[-1])
    return f"{whole // size} {unit}"


def ago(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """When that was: how long ago, and the day for what is over a week old."""
    seconds = (now - at).total_seconds()
    if seconds < 60:
        return t.JUST_NOW
    return t.SINCE.format(time=span(seconds)) if seconds < _WEEK else f"{at.astimezone(zone):%Y-%m-%d}"


def clock(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """The time of day, with the day where that is not today.

    >>> clock(datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 2, 9, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    '2026-03-01 10:00'
    """
    here = at.astimezone(zone)
    return f"{here:%H:%M}" if here.date() == now.astimezone(zone).date() else f"{here:%Y-%m-%d %H:%M}"


def local(text: str, zone: ZoneInfo) -> datetime:
    """What a field for date and time holds, as of that zone, in UTC; raises ValueError."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def name_of(case: Case) -> str:
    """What a customer is called at the desk."""
    return case.customer or case.address or t.UNKNOWN.format(n=case.id[:4])
