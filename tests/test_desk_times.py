"""Times at the desk in Berlin, around the nights in which the clock is put forward and back."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from rag.apps.server.desk.acting import _until
from rag.apps.server.desk.words import ago, clock, local, zone_named
from rag.languages.spoken import Language, speaking

BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)  # ten o'clock, five hours before the clock is put back


def utc(hour: int, minute: int = 0, day: int = 25, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (utc(23, 30, day=24), "01:30"),
        (utc(0, 30), "02:30 CEST"),
        (utc(1, 30), "02:30 CET"),
        (utc(2, 0), "03:00"),
        (utc(22, 30), "23:30"),
        (utc(23, 30), "26 Oct 2026 00:30"),
    ],
)
def test_of_an_hour_that_comes_twice_it_is_said_which(at: datetime, shown: str) -> None:
    assert clock(at, utc(12), BERLIN) == shown


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ["02:30 CEST", "02:30 CET", "26 Oct 2026 00:30"]),
        ("de", ["02:30 MESZ", "02:30 MEZ", "26.10.2026 00:30"]),
        ("zh", ["02:30 +0200", "02:30 +0100", "2026年10月26日 00:30"]),
    ],
)
def test_times_and_zones_are_written_as_the_language_does(language: Language, shown: list[str]) -> None:
    with speaking(language):
        assert [clock(at, utc(12), BERLIN) for at in (utc(0, 30), utc(1, 30), utc(23, 30))] == shown


@pytest.mark.parametrize(
    ("typed", "now", "means"),
    [
        ("2026-10-25T01:30", EVENING, utc(23, 30, day=24)),
        ("2026-10-25T02:30", EVENING, utc(0, 30)),
        ("2026-10-25T02:30", utc(0, 29), utc(0, 30)),
        ("2026-10-25T02:30", utc(0, 30), utc(1, 30)),
        ("2026-10-25T02:30", utc(1, 31), utc(0, 30)),
        ("2026-10-25T03:00", utc(0, 30), utc(2)),
        ("2026-03-29T02:30", utc(20, day=28, month=3), utc(1, 30, day=29, month=3)),
    ],
    ids=["before", "the first", "just the first", "the second", "over", "after", "an hour that there is not"],
)
def test_what_is_typed_is_the_next_such_time(typed: str, now: datetime, means: datetime) -> None:
    found = local(typed, BERLIN, now)
    assert found.astimezone(UTC) == means
    assert found.tzinfo is BERLIN


@pytest.mark.parametrize(
    ("choice", "now", "back"),
    [
        ("tomorrow", EVENING, utc(8)),
        ("tomorrow", utc(22, 30, day=24), utc(8, day=26)),  # past midnight in Berlin
        ("week", EVENING, utc(8, day=31)),
        ("tomorrow", utc(20, day=28, month=3), utc(7, day=29, month=3)),
        ("hour", utc(0, 30), utc(1, 30)),
        ("afternoon", utc(23, day=24), utc(3)),
    ],
)
def test_put_off_for_days_it_comes_back_at_nine_and_for_hours_after_hours(choice: str, now: datetime, back: datetime) -> None:
    found = _until(choice, "", now, BERLIN)
    assert found is not None
    assert found.astimezone(UTC) == back


def test_the_day_of_what_is_old_is_that_of_the_zone() -> None:
    assert ago(utc(22, 30, day=10), utc(12), BERLIN) == "11 October 2026"


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe", "x" * 5000, "a\0b"])
def test_what_is_no_zone_is_none(name: str) -> None:
    assert zone_named(name) is None
