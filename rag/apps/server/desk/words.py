"""Times to words that are read at a glance."""

from datetime import UTC, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from rag.desk.values import Case
from rag.languages.formats import Unit, away, day, lasting, moment, time_of_day, zone_name
from rag.languages.spoken import desk_texts as t
from rag.languages.spoken import texts, texts_in

_UNITS: Final[tuple[tuple[int, Unit], ...]] = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_WEEK: Final = 7 * 86_400
_NO_TEXT: Final = texts_in("en").MAIL_EMPTY


def span(seconds: float) -> str:
    """How long, in its largest unit, rounded down.

    >>> span(59), span(3_700), span(200_000)
    ('59 secs', '1 hr', '2 days')
    """
    n, unit = _largest(seconds)
    return lasting(n, unit, "long" if unit == "day" else "short")


def due(seconds: float) -> str:
    """How long from now.

    >>> due(3_700)
    'in 1 hr'
    """
    return away(*_largest(seconds))


def ago(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """When that was: how long ago, and the day for what is over a week old."""
    seconds = (now - at).total_seconds()
    if seconds < 60:
        return t.JUST_NOW
    n, unit = _largest(seconds)
    return away(-n, unit) if seconds < _WEEK else day(at.astimezone(zone))


def clock(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """The time of day, with the day where that is not today, and with which of the two in an hour that comes twice.

    >>> clock(datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 2, 9, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    '1 Mar 2026 10:00'
    """
    here = at.astimezone(zone)
    said = time_of_day(here) if here.date() == now.astimezone(zone).date() else moment(here)
    return f"{said} {zone_name(here)}" if here.utcoffset() != here.replace(fold=1 - here.fold).utcoffset() else said


def local(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """What a field for date and time holds, as of that zone: in an hour that comes twice, the one that is still to come.
    Raises ValueError.
    """
    typed = datetime.fromisoformat(text).replace(tzinfo=zone)
    first, second = (typed.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return (second if first <= now < second else first).astimezone(zone)


def zone_named(name: str) -> ZoneInfo | None:
    """The time zone of that name, as Europe/Berlin; None where there is none."""
    return ZoneInfo(name) if name in _zones() else None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def name_of(case: Case) -> str:
    """What a customer is called at the desk."""
    return case.customer or case.address or t.UNKNOWN.format(n=case.id[:4])


def shown(text: str) -> str:
    """What a customer wrote; of a mail without a text, that it has none."""
    return texts.MAIL_EMPTY if text == _NO_TEXT else text


def _largest(seconds: float) -> tuple[int, Unit]:
    """A span in its largest unit, rounded down."""
    whole = max(0, int(seconds))
    size, unit = next(((size, unit) for size, unit in _UNITS if whole >= size), _UNITS[-1])
    return whole // size, unit
