"""Dates, times and durations as Excel shows them."""

import datetime

from rag.loading.format_code import Token, literal, sections
from rag.loading.format_locale import Writing

_SYSTEM_DATE = "mm-dd-yy"  # Built-in format 14: Excel shows the date as the reader's system writes it.


def shown_moment(value: datetime.timedelta | datetime.date | datetime.time, code: str, writing: Writing) -> str:
    """The text of a value in a cell of this number format; as ISO 8601 writes it where the format names no part of it."""
    section = sections(code)[0]
    if isinstance(value, datetime.timedelta):
        return _elapsed(value, section)
    if not any(kind == "date" for kind, _ in section) or code.lower() == _SYSTEM_DATE:
        return _iso(value)
    if isinstance(value, datetime.time):
        parts = {token[1].lower()[0] for token in section if token[0] == "date"}
        if not parts & {"h", "s"}:
            return _iso(value)
        moment = datetime.datetime.combine(datetime.date(1900, 1, 1), value)
    elif isinstance(value, datetime.datetime):
        moment = value
    else:
        moment = datetime.datetime.combine(value, datetime.time())
    if moment.time() == datetime.time() and not isinstance(value, datetime.time):
        section = _without_midnight(section)
    return _dated(moment, section, writing)


def _iso(value: datetime.date | datetime.time) -> str:
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return value.isoformat(" ") if isinstance(value, datetime.datetime) else value.isoformat()


def _without_midnight(section: list[Token]) -> list[Token]:
    """A date with hours, minutes and seconds that are all zero was stored by a program for a date alone."""
    dates = [text.lower() for kind, text in section if kind == "date"]
    hour = next((n for n, (kind, text) in enumerate(section) if kind == "date" and text.lower().startswith("h")), 0)
    if not hour or not any(text.startswith("s") for text in dates) or not any(text.startswith("y") for text in dates[:3]):
        return section
    return section[:hour]


def _is_minute(section: list[Token], n: int) -> bool:
    """Whether the m at this place means minutes: it follows hours or stands before seconds."""
    times = [k for k, (kind, _) in enumerate(section) if kind in ("date", "elapsed")]
    at = times.index(n)
    before = section[times[at - 1]][1].lower() if at else ""
    after = section[times[at + 1]][1].lower() if at + 1 < len(times) else ""
    return before.startswith("h") or after.startswith("s")


def _dated(moment: datetime.datetime, section: list[Token], writing: Writing) -> str:
    halved = any(kind == "noon" for kind, _ in section)
    parts = []
    for n, (kind, text) in enumerate(section):
        if kind == "noon":
            half = "AM" if moment.hour < 12 else "PM"
            parts.append(half if len(text) > 3 else half[0])
        elif kind == "date":
            minute = text[0] in "mM" and _is_minute(section, n)
            parts.append(_part(moment, text.lower(), writing, minute=minute, halved=halved))
        elif (kind, text) != ("other", "@"):
            parts.append(literal(kind, text))
    return " ".join("".join(parts).split())


def _part(moment: datetime.datetime, text: str, writing: Writing, *, minute: bool, halved: bool) -> str:
    letter, width = text[0], len(text)
    if letter == "y":
        return f"{moment.year:04d}" if width > 2 else f"{moment.year % 100:02d}"
    if letter == "d" and width > 2:
        return writing.days[moment.weekday()][width > 3]
    if letter == "m" and not minute and width > 2:
        return writing.months[moment.month - 1][{3: 0, 5: 2}.get(width, 1)]
    if letter == "s" and "." in text:
        decimals = min(len(text.partition(".")[2]), 6)
        return f"{moment.second:02d}.{f'{moment.microsecond:06d}'[:decimals]}"
    hour = (moment.hour % 12 or 12) if halved else moment.hour
    number = {"d": moment.day, "m": moment.minute if minute else moment.month, "h": hour, "s": moment.second}[letter]
    return f"{number:02d}" if width > 1 else str(number)


def _elapsed(value: datetime.timedelta, section: list[Token]) -> str:
    """A duration: the part in brackets is not cut at a day, an hour or a minute."""
    seconds = round(abs(value).total_seconds())
    hours, minutes = seconds // 3600, seconds // 60
    parts = ["-" if value < datetime.timedelta() else ""]
    if not any(kind == "elapsed" for kind, _ in section):
        return f"{parts[0]}{hours}:{minutes % 60:02d}:{seconds % 60:02d}"
    for kind, text in section:
        letter, width = text[:1].lower(), len(text.partition(".")[0])
        if kind == "elapsed":
            parts.append(f"{ ({'h': hours, 'm': minutes, 's': seconds}[letter]):0{width}d}")
        elif kind == "date" and letter in "hms":
            parts.append(f"{ ({'h': hours % 24, 'm': minutes % 60, 's': seconds % 60}[letter]):0{width}d}")
        else:
            parts.append(literal(kind, text))
    return " ".join("".join(parts).split())
