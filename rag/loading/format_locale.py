"""How a locale writes numbers and dates, by Babel's data: the separators, and the names of months and days."""

import locale
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel import Locale

_NAMED = re.compile(r"\[\$[^\]-]*-([^\],]{1,40})")
_LCID = re.compile(r"[0-9a-f]{1,8}", re.IGNORECASE)  # Windows' number of a locale is in the last two bytes.


@dataclass(frozen=True, slots=True)
class Writing:
    """Names are short, whole and an initial; months begin with January, days with Monday."""

    group: str
    decimal: str
    months: Sequence[tuple[str, str, str]]
    days: Sequence[tuple[str, str, str]]


@lru_cache(maxsize=256)
def writing_of(code: str, language: str) -> Writing:
    """How a cell of this number format is written: as the locale that the format names, else as the language, else as English.

    >>> [writing_of(*pair).decimal for pair in (("0.0 [$€-407]", "en"), ("0.0", "fr"), ("0.0", ""))]
    [',', ',', '.']
    """
    from babel import Locale
    from babel.numbers import get_decimal_symbol, get_group_symbol

    known = next(filter(None, map(_locale, (_named(code), language))), Locale("en"))
    return Writing(
        get_group_symbol(known), get_decimal_symbol(known), _names(known.months, range(1, 13)), _names(known.days, range(7))
    )


def _named(code: str) -> str:
    """The locale in a format code, as Excel writes it: `[$€-407]`, `[$-de-DE]`; "" for the system's (`[$-F800]`)."""
    if match := _NAMED.search(code):
        return locale.windows_locale.get(int(match[1], 16) & 0xFFFF, "") if _LCID.fullmatch(match[1]) else match[1]
    return ""


def _locale(name: str) -> "Locale | None":
    """A locale that Babel knows; of English the one that all write alike, whatever the country."""
    from babel import Locale, UnknownLocaleError

    try:
        found = Locale.parse(name.replace("-", "_")) if name else None
    except (UnknownLocaleError, ValueError):
        return None
    return Locale("en") if found is not None and found.language == "en" else found


def _names(names: Mapping[str, Any], numbers: Iterable[int]) -> tuple[tuple[str, str, str], ...]:
    short, whole = names["stand-alone"]["abbreviated"], names["format"]["wide"]
    return tuple((short[n].rstrip("."), whole[n], whole[n][:1]) for n in numbers)
