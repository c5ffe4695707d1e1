"""Numbers, dates, spans of time and plural forms in the language spoken, by Babel's data of each locale."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal

from rag.languages.spoken import texts

if TYPE_CHECKING:
    from babel import Locale


def number(value: float, decimals: int = 0) -> str:
    """With thousands and so many decimals as the locale writes them.

    >>> number(1299), number(2.45, 1)
    ('1,299', '2.4')
    """
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=_locale(texts.LOCALE))


def percent(share: float) -> str:
    """A share 0..1, in whole percent.

    >>> percent(0.873)
    '87%'
    """
    from babel.numbers import format_percent

    return format_percent(share, locale=_locale(texts.LOCALE))


def count(forms: Mapping[str, str], n: int, **others: str) -> str:
    """A number with its noun: `forms` are the plural forms of Unicode's CLDR ("one", "few", "other"), in which {n} stands for
    the number; `others` are other values in them.

    >>> count({"one": "1 file", "other": "{n} files"}, 1200)
    '1,200 files'
    """
    form = _locale(texts.LOCALE).plural_form(n)
    return forms.get(form, forms["other"]).format(n=number(n), **others)


def listed(items: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
    """Items as one names them in a row.

    >>> listed(["Skip", "Hop", "Leap"], "or"), listed(["Skip"])
    ('Skip, Hop or Leap', 'Skip')
    """
    from babel.lists import format_list

    return format_list(items, style, _locale(texts.LOCALE))


Unit = Literal["second", "minute", "hour", "day"]


def lasting(n: float, unit: Unit, length: Literal["long", "short"] = "long") -> str:
    """A span of time.

    >>> lasting(1, "second"), lasting(30, "day"), lasting(5, "minute", "short")
    ('1 second', '30 days', '5 mins')
    """
    from babel.units import format_unit

    return format_unit(n, f"duration-{unit}", length=length, locale=_locale(texts.LOCALE))


def away(n: int, unit: Unit) -> str:
    """When something is: so long from now, or (below 0) ago; of days over a week as weeks, months or years.

    >>> away(-5, "minute"), away(2, "day")
    ('5 min ago', 'in 2 days')
    """
    from babel.dates import format_timedelta

    span = timedelta(**{f"{unit}s": n})
    return format_timedelta(span, threshold=1, add_direction=True, format="short", locale=_locale(texts.LOCALE))


def day(value: date) -> str:
    """
    >>> day(date(2026, 3, 1))
    '1 March 2026'
    """
    from babel.dates import format_date

    return format_date(value, "long", locale=_locale(texts.LOCALE))


def month(value: date) -> str:
    """
    >>> month(date(2026, 3, 1))
    'March 2026'
    """
    return _by_parts("yMMMM", value)


def year(value: date) -> str:
    return _by_parts("y", value)


def moment(value: datetime) -> str:
    """Day and time, as short as can be read.

    >>> moment(datetime(2026, 3, 1, 9, 5))
    '1 Mar 2026 09:05'
    """
    from babel.dates import format_date, format_time

    locale = _locale(texts.LOCALE)
    return f"{format_date(value, 'medium', locale=locale)} {format_time(value, 'short', locale=locale)}"


def time_of_day(value: datetime) -> str:
    """
    >>> time_of_day(datetime(2026, 3, 1, 9, 5))
    '09:05'
    """
    from babel.dates import format_time

    return format_time(value, "short", locale=_locale(texts.LOCALE))


def zone_name(value: datetime) -> str:
    """The time zone of a moment, as the locale calls it then; its distance from UTC where it has no name for it.

    >>> from datetime import UTC
    >>> zone_name(datetime(2026, 3, 1, 9, 5, tzinfo=UTC))
    'UTC'
    """
    from babel.dates import get_timezone_name

    return get_timezone_name(value, "short", locale=_locale(texts.LOCALE))


def week() -> list[str]:
    """The days of the week, Monday first.

    >>> week()[0]
    'Monday'
    """
    from babel.dates import get_day_names

    names = get_day_names("wide", "stand-alone", locale=_locale(texts.LOCALE))
    return [str(names[n]) for n in range(7)]


def weekday(value: datetime) -> str:
    """Day of the week and time.

    >>> weekday(datetime(2026, 3, 2, 9, 5))
    'Monday 09:05'
    """
    from babel.dates import format_date, format_time

    locale = _locale(texts.LOCALE)
    return f"{format_date(value, 'EEEE', locale=locale)} {format_time(value, 'short', locale=locale)}"


def language_name(tag: str) -> str:
    """A language by its tag of BCP 47, as it is called; the tag where it has no name.

    >>> language_name("de"), language_name("xx")
    ('German', 'xx')
    """
    return str(_locale(texts.LOCALE).languages.get(tag, tag))


def _by_parts(parts: str, value: date) -> str:
    from babel.dates import format_skeleton

    return format_skeleton(parts, datetime(value.year, value.month, value.day), locale=_locale(texts.LOCALE))


@cache
def _locale(name: str) -> "Locale":
    from babel import Locale

    return Locale.parse(name)
