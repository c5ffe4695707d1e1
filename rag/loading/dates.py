"""Dates as people write them, in and out of sentences, to ISO 8601, as precise as they are: 2026-03-01, 2026-03 or 2026.

Days and months in numbers are read as the language writes them: 03.04.2026 begins with the day everywhere; of 03/04/2026 in
English nobody can tell, so that only the year is kept. Years have four digits.
"""

import re
from datetime import date

from rag.languages import MONTHS

_YEAR = r"(?:19|20)\d\d"
_MONTH = "(?:" + "|".join(f"(?:{names})" for names in MONTHS) + r")\b\.?"
_NUMBERS = [re.compile(rf"(?:{names})\.?", re.IGNORECASE) for names in MONTHS]
_DAY = r"\d{1,2}(?:st\b|nd\b|rd\b|th\b|\.)?"
DATE = (
    rf"(?:{_YEAR}-\d\d?(?:-\d\d?)?|{_YEAR}/\d\d?(?:/\d\d?)?|{_YEAR}\.\d\d?\.\d\d?|{_YEAR}\s?年(?:\s?\d\d?\s?月(?:\s?\d\d?\s?[日号號])?)?"
    rf"|\d\d?[./-]\d\d?[./-]{_YEAR}|{_DAY}\s(?:of\s)?{_MONTH},?\s{_YEAR}|{_MONTH}\s{_DAY},?\s{_YEAR}|{_MONTH},?\s{_YEAR}"
    rf"|\d\d?[/.]{_YEAR}|{_YEAR})(?!\d)"
)
"""A date, as a regular expression without groups that cannot run away; to be compiled with re.IGNORECASE."""

_FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?P<y>{_YEAR})(?:[-/年.]\s?(?P<m>\d\d?)(?:\s?[-/月.]\s?(?:(?P<d>\d\d?)\s?[日号號]?)?)?)?(?:[T\s]\d\d:\d\d\S*.{{0,12}})?",
        r"(?P<y>(?:19|20)\d\d)\s?年(?:\s?(?P<m>\d\d?)\s?月(?:\s?(?P<d>\d\d?)\s?[日号號])?)?",
        rf"(?P<y>{_YEAR})(?P<m>\d\d)(?P<d>\d\d)",
        rf"(?P<d>\d\d?)\.\s?(?P<m>\d\d?)\.\s?(?P<y>{_YEAR})",
        rf"(?P<a>\d\d?)[/-](?P<b>\d\d?)[/-](?P<y>{_YEAR})",
        rf"(?P<d>\d\d?)(?:st|nd|rd|th|\.)?\s(?:of\s)?(?P<name>{_MONTH}),?\s(?P<y>{_YEAR})",
        rf"(?P<name>{_MONTH})\s(?P<d>\d\d?)(?:st|nd|rd|th)?,?\s(?P<y>{_YEAR})",
        rf"(?P<name>{_MONTH}),?\s(?P<y>{_YEAR})",
        rf"(?P<m>\d\d?)[/.](?P<y>{_YEAR})",
    )
]
_LONGEST = 60
_MONTH_FIRST = {"", "en"}  # Languages in which 03/04 may be either.
_WEEKDAY = re.compile(r"^[^\W\d]{2,10}\.?,\s")


def read_date(text: str, language: str = "") -> str:
    """The date that `text` is, and nothing else; "" where it is none, or one that the calendar lacks.

    >>> read_date("1 March 2026"), read_date("Stand"), read_date("03/04/2026", "de"), read_date("03/04/2026", "en")
    ('2026-03-01', '', '2026-04-03', '2026')
    """
    text = _WEEKDAY.sub("", " ".join(text[: _LONGEST + 1].split()))
    if len(text) > _LONGEST:
        return ""
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _iso(match.groupdict(), language)
    return ""


def _iso(parts: dict[str, str | None], language: str) -> str:
    year, month, day = parts["y"] or "", parts.get("m"), parts.get("d")
    if name := parts.get("name"):
        month = next(str(n) for n, names in enumerate(_NUMBERS, 1) if names.fullmatch(name))
    if "a" in parts:
        one, other = int(parts["a"] or 0), int(parts["b"] or 0)
        if one <= 12 and other <= 12 and one != other and language in _MONTH_FIRST:
            return year
        day, month = (str(other), str(one)) if other > 12 else (str(one), str(other))
    try:
        return date(int(year), int(month or 1), int(day or 1)).isoformat()[: 10 if day else 7 if month else 4]
    except ValueError:
        return ""
