"""When people answer: opening hours with holidays in a time zone, and targets that stand still outside them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from rag.desk.errors import DeskError
from rag.languages.formats import week
from rag.languages.spoken import desk_texts, texts

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FARTHEST = 400  # days to look ahead for an opening
_END_OF_DAY = "24:00"
Span = tuple[str, str]


def _minutes(clock: str) -> int:
    """Minutes since midnight of "HH:MM"; "24:00" is the end of the day."""
    if clock == _END_OF_DAY:
        return 24 * 60
    try:
        parsed = time.fromisoformat(clock if len(clock) == 5 else "")
    except ValueError as error:
        raise ValueError(texts.BAD_CLOCK.format(value=clock[:20])) from error
    return parsed.hour * 60 + parsed.minute


class DeskSettings(BaseModel):
    """What an administrator of the desk can set.

    `hours` are spans of "HH:MM" for each day of the week, Monday first, in `zone`; `holidays` ("YYYY-MM-DD", or "MM-DD" for
    each year) are closed whole. Targets are minutes of opening hours, 0 for none; after `assign_minutes` without a reply a
    conversation goes back to the queue. One that was closed is opened again for `reopen_days`; a draft that ended can be had
    back for `draft_days`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str = "UTC"
    hours: tuple[tuple[Span, ...], ...] = ((("09:00", "17:00"),),) * 5 + ((),) * 2
    holidays: tuple[str, ...] = Field(default=(), max_length=1000)
    first_minutes: int = Field(default=60, ge=0, le=100_000)
    next_minutes: int = Field(default=120, ge=0, le=100_000)
    assign_minutes: int = Field(default=15, ge=0, le=100_000)
    reopen_days: int = Field(default=7, ge=0, le=3650)
    capacity: int = Field(default=5, ge=1, le=1000)
    draft_days: int = Field(default=30, ge=1, le=3650)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(texts.BAD_ZONE.format(value=zone[:60]))
        return zone

    @field_validator("hours")
    @classmethod
    def _in_order(cls, hours: tuple[tuple[Span, ...], ...]) -> tuple[tuple[Span, ...], ...]:
        if len(hours) != len(DAYS):
            raise ValueError(texts.BAD_WEEK.format(n=len(hours)))
        for n, spans in enumerate(hours):
            ends = [_minutes(one) for span in spans for one in span]
            if any(one >= other for one, other in pairwise(ends)):
                raise ValueError(texts.BAD_ORDER.format(day=week()[n]))
        return hours

    @field_validator("holidays")
    @classmethod
    def _days(cls, holidays: tuple[str, ...]) -> tuple[str, ...]:
        for day in holidays:
            full = f"2024-{day}" if len(day) == len("MM-DD") else day  # 2024 has a 29 February
            try:
                is_day = date.fromisoformat(full).isoformat() == full  # 20261225 and 2026-W52-5 are days as well, and none here
            except ValueError:
                is_day = False
            if not is_day:
                raise ValueError(texts.BAD_DAY.format(value=day[:20]))
        return holidays

    @classmethod
    def parse(cls, text: str) -> "DeskSettings":
        """Settings from JSON; raises DeskError that says what cannot be used."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise DeskError(texts.SETTING.format(problem="; ".join(map(_problem, error.errors())))) from error


def _problem(error: Mapping[str, Any]) -> str:
    """What is wrong with a setting: what a validator above says, otherwise its name and value."""
    said = error.get("ctx", {}).get("error")
    if isinstance(said, ValueError):
        return str(said)
    name = ".".join(map(str, error["loc"])) or "JSON"
    return texts.BAD_VALUE.format(name=desk_texts.TARGETS.get(name, name), value=str(error["input"])[:40])


class Hours:
    """The opening hours of settings. All times are aware; a clock that is put forward or back is counted as it runs."""

    def __init__(self, settings: DeskSettings) -> None:
        self._settings = settings
        self._zone = ZoneInfo(settings.zone)
        self._closed = frozenset(settings.holidays)

    def is_open(self, at: datetime) -> bool:
        """Whether somebody answers at that time."""
        return any(start <= at < end for start, end in self._spans(at, 1))

    def opens_at(self, at: datetime) -> datetime | None:
        """`at` where it is open, otherwise when it opens next; None where that is over a year away."""
        at = at.astimezone(UTC)
        return next((max(at, start) for start, end in self._spans(at, _FARTHEST) if end > at), None)

    def after(self, at: datetime, minutes: float) -> datetime | None:
        """The time by which `minutes` of opening hours have passed since `at`; None where that is over a year away."""
        at, left = at.astimezone(UTC), timedelta(minutes=minutes)
        for start, end in self._spans(at, _FARTHEST):
            begin = max(start, at)
            if begin + left <= end:
                return begin + left
            left -= max(end - begin, timedelta())
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time from `start` to `end` is in opening hours."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        days = max(1, (end - start).days + 2)
        inside = (min(end, last) - max(start, first) for first, last in self._spans(start, days))
        return sum((one for one in inside if one > timedelta()), timedelta())

    def _spans(self, at: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
        """Openings (start, end) in UTC, from the day of `at` on."""
        first = at.astimezone(self._zone).date()
        for day in (first + timedelta(days=n) for n in range(days)):
            if {day.isoformat(), day.isoformat()[len("YYYY-") :]} & self._closed:
                continue
            for start, end in self._settings.hours[day.weekday()]:
                yield self._instant(day, start), self._instant(day, end)

    def _instant(self, day: date, clock: str) -> datetime:
        minutes = _minutes(clock)
        day, minutes = (day + timedelta(days=1), 0) if minutes == 24 * 60 else (day, minutes)
        return datetime.combine(day, time(minutes // 60, minutes % 60), self._zone).astimezone(UTC)
