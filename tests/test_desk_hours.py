"""Opening hours and targets: they stand still outside hours, on holidays, and run as the clock does when it is put forward."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.desk.errors import DeskError
from rag.desk.hours import DeskSettings, Hours

NINE_TO_FIVE = DeskSettings()
BERLIN = DeskSettings(zone="Europe/Berlin", holidays=("2026-04-06", "12-25"))
NIGHTS = DeskSettings(zone="Europe/Berlin", hours=((("00:00", "06:00"), ("22:00", "24:00")),) * 7)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-03-02T10:00", 60, "2026-03-02T11:00"),
        ("2026-03-02T16:30", 60, "2026-03-03T09:30"),
        ("2026-03-02T16:00", 60, "2026-03-02T17:00"),
        ("2026-03-02T03:00", 60, "2026-03-02T10:00"),
        ("2026-03-06T16:45", 60, "2026-03-09T09:45"),  # over a weekend
        ("2026-03-07T12:00", 1, "2026-03-09T09:01"),
        ("2026-03-02T10:00", 8 * 60 * 5, "2026-03-09T10:00"),
    ],
)
def test_a_target_stands_still_outside_hours(start: str, minutes: int, end: str) -> None:
    assert Hours(NINE_TO_FIVE).after(at(start), minutes) == at(end)


def test_hours_are_those_of_the_zone_and_holidays_are_closed() -> None:
    hours = Hours(BERLIN)
    assert hours.is_open(at("2026-03-02T16:59", "Europe/Berlin"))
    assert not hours.is_open(at("2026-03-02T16:59"))
    assert hours.after(at("2026-04-03T16:30", "Europe/Berlin"), 60) == at("2026-04-07T09:30", "Europe/Berlin")  # Easter Monday
    assert not hours.is_open(at("2026-12-25T12:00", "Europe/Berlin"))
    assert not hours.is_open(at("2030-12-25T12:00", "Europe/Berlin"))
    assert hours.opens_at(at("2026-03-02T12:00", "Europe/Berlin")) == at("2026-03-02T12:00", "Europe/Berlin")


def test_a_night_in_which_the_clock_is_put_forward_is_an_hour_shorter() -> None:
    hours = Hours(NIGHTS)
    ten = at("2026-03-28T22:00", "Europe/Berlin")
    assert hours.after(ten, 7 * 60) == at("2026-03-29T06:00", "Europe/Berlin")
    assert hours.after(ten - timedelta(days=7), 7 * 60) == at("2026-03-22T05:00", "Europe/Berlin")
    assert hours.after(at("2026-03-29T01:00", "Europe/Berlin"), 3 * 60) == at("2026-03-29T05:00", "Europe/Berlin")
    assert hours.between(ten, at("2026-03-29T22:00", "Europe/Berlin")) == timedelta(hours=7)


def test_a_desk_that_never_opens_has_no_target() -> None:
    closed = Hours(DeskSettings(hours=((),) * 7))
    assert closed.opens_at(at("2026-03-02T10:00")) is None
    assert closed.after(at("2026-03-02T10:00"), 1) is None


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.integers(1, 5000),
    st.sampled_from((NINE_TO_FIVE, BERLIN, NIGHTS)),
)
def test_the_hours_until_a_target_are_those_that_it_was_set_for(start: datetime, minutes: int, settings: DeskSettings) -> None:
    hours, begin = Hours(settings), start.replace(tzinfo=UTC)
    end = hours.after(begin, minutes)
    assert end is not None
    assert hours.between(begin, end) == timedelta(minutes=minutes)
    opens = hours.opens_at(begin)
    assert opens is not None
    assert hours.is_open(opens)
    assert hours.is_open(begin) == (opens == begin)


@pytest.mark.parametrize(
    ("given_settings", "said"),
    [
        ('{"zone": "Mars/Olympus"}', "“Mars/Olympus” is no time zone"),
        ('{"hours": [[], []]}', "hours of 2 days"),
        ('{"hours": [[["09:00", "08:00"]], [], [], [], [], [], []]}', "Monday: the hours are not in order"),
        ('{"hours": [[["9", "17"]], [], [], [], [], [], []]}', "“9” is no time"),
        ('{"hours": [[["25:00", "26:00"]], [], [], [], [], [], []]}', "“25:00” is no time"),
        ('{"holidays": ["02-30"]}', "“02-30” is no day"),
        ('{"holidays": ["soon"]}', "“soon” is no day"),
        ('{"holidays": ["20260302"]}', "“20260302” is no day"),
        ('{"holidays": ["2026-W10-1"]}', "“2026-W10-1” is no day"),
        ('{"capacity": 0}', "Open conversations that an agent takes: “0”"),
        ('{"sla": 3}', "sla: “3”"),
        ("[]", "The desk's settings cannot be used"),
        ("", "JSON: “” is not possible"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_the_value_seen(given_settings: str, said: str) -> None:
    with pytest.raises(DeskError, match="cannot be used") as raised:
        DeskSettings.parse(given_settings)
    assert said in str(raised.value)


def test_settings_come_back_as_they_were() -> None:
    for settings in (NINE_TO_FIVE, BERLIN, NIGHTS):
        assert DeskSettings.parse(settings.model_dump_json()) == settings
