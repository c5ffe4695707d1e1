"""A value in the unit that was asked for: to "How many grams …?" the "2.3 kg" of a passage is "2.3 kg = 2,300 grams".

Names and signs of units are those of Unicode's CLDR, by Babel. Which value answers is the reader's: only one that stands in the
short answer is converted, and never where that has the unit asked for.
"""

import math
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Final, Literal, NamedTuple

from rag.answering.compose import Composed
from rag.languages import STOP_WORDS
from rag.languages.spoken import LANGUAGES, spoken, texts_in
from rag.text import has_cjk
from rag.types import Block, Evidence

# By kind and name, as CLDR has them, how much of the first of its kind a unit is. None whose length differs, as a month's does.
_UNITS: Final[dict[str, dict[str, float]]] = {
    "mass": {"gram": 1, "milligram": 1e-3, "kilogram": 1e3, "tonne": 1e6, "ounce": 28.349523125, "pound": 453.59237},
    "length": {"meter": 1, "millimeter": 1e-3, "centimeter": 1e-2, "kilometer": 1e3}
    | {"inch": 0.0254, "foot": 0.3048, "yard": 0.9144, "mile": 1609.344},
    "area": {"square-meter": 1, "square-centimeter": 1e-4, "square-kilometer": 1e6}
    | {"hectare": 1e4, "acre": 4046.8564224, "square-foot": 0.09290304},
    "volume": {"liter": 1, "milliliter": 1e-3, "centiliter": 1e-2, "cubic-meter": 1e3}
    | {"gallon": 3.785411784, "pint": 0.473176473, "fluid-ounce": 0.0295735295625},
    "speed": {"kilometer-per-hour": 1, "meter-per-second": 3.6, "mile-per-hour": 1.609344},
    "temperature": {"celsius": 1, "fahrenheit": 5 / 9, "kelvin": 1},
    "duration": {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800},
    "digital": {"byte": 1, "kilobyte": 1e3, "megabyte": 1e6, "gigabyte": 1e9, "terabyte": 1e12},
    "power": {"watt": 1, "kilowatt": 1e3, "megawatt": 1e6, "horsepower": 745.69987158227},
    "energy": {"kilowatt-hour": 1, "joule": 1 / 3.6e6, "kilojoule": 1 / 3.6e3, "kilocalorie": 4184 / 3.6e6},
    "pressure": {"bar": 1, "hectopascal": 1e-3, "pound-force-per-square-inch": 0.0689475729},
}
_ZEROS: Final[dict[str, float]] = {"fahrenheit": 32, "kelvin": 273.15}  # what each says of 0 °C
_LOCALES: Final = ("en",)  # beside those of the languages, for American spelling
_ALSO: Final = {
    "kilogram": ("kilo", "kilos", "公斤"),
    "centimeter": ("公分",),
    "liter": ("公升",),
    "square-meter": ("平米",),
}
_LENGTHS: Final[tuple[Literal["long", "short"], ...]] = ("long", "short")
NUMBER = r"\d{1,3}(?:[,.\u00a0\u202f ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_MOST = 3  # values of one answer that are converted
_DIGITS = 4  # of a value that does not come out even


class _Unit(NamedTuple):
    """A unit, by the names that CLDR has for it and its kind."""

    kind: str
    name: str


def convert(message: str, evidence: Evidence, composed: Composed) -> Composed:
    """The answer with what its value is in the unit that the message asks for, behind it; as it is where nothing is to be said.

    It rests on the first evidence. What is written in several ways, as 1.500, is read as the passage's language writes it.
    """
    wanted, answer = _asked(message), evidence.answer
    if not wanted or answer is None or not composed.parts:
        return composed
    text, language = evidence.passage.chunk.text, evidence.passage.chunk.about.language
    values = [
        (said, unit, value)
        for start, end, said, unit, value in _values(text, language)
        if start < answer.end and end > answer.start and said in composed.text
    ]
    equal = []
    for unit in wanted:
        own = [one for one in values if one[1].kind == unit.kind]
        if own and all(one[1] != unit for one in own):
            equal += [f"{said} = {_written(_in(value, of, unit), unit)}" for said, of, value in dict.fromkeys(own[:_MOST])]
    if not equal:
        return composed
    start = len(composed.text) + 1
    said = f"{composed.text}\n{'; '.join(equal)}"
    blocks = (*composed.blocks, Block(start, len(said), "paragraph"))
    return Composed(said, blocks, composed.marks, (*composed.parts, (start, len(said), 1)))


def _asked(message: str) -> list[_Unit]:
    """The units that a message names without a number before them; with one, it tells of something."""
    names = _names()
    found = [
        names[match[0].casefold()]
        for match in _pattern("").finditer(message)
        if match[0].casefold() not in STOP_WORDS and len(match[0].encode()) > 1
    ]
    told = {unit for *_, unit, _ in _values(message, "")}
    return [unit for unit in dict.fromkeys(found) if unit not in told]


def _values(text: str, language: str) -> Iterator[tuple[int, int, str, _Unit, float]]:
    """Each number with a unit: where it stands, as it is written, its unit and its value."""
    for match in _pattern(rf"(?<![\d.,])({NUMBER})[\s\u00a0-]?").finditer(text):
        unit = _names()[match[2].casefold()]
        value = parsed(match[1], language)
        if value is not None and match[2].casefold() not in STOP_WORDS:
            yield match.start(), match.end(), match[0], unit, value


def parsed(written: str, language: str) -> float | None:
    """A number as a language writes it; where that is not known, only what all write alike."""
    from babel.numbers import NumberFormatError, parse_decimal

    readings = set()
    for tag in (language,) if language in LANGUAGES else ("en", "de"):
        try:
            plain = re.sub(r"[\u00a0\u202f ]", "", written)
            readings.add(float(parse_decimal(plain, locale=texts_in(tag).LOCALE, strict=True)))
        except NumberFormatError:
            continue
    return readings.pop() if len(readings) == 1 else None


def _in(value: float, unit: _Unit, other: _Unit) -> float:
    factors = _UNITS[unit.kind]
    return (value - _ZEROS.get(unit.name, 0)) * factors[unit.name] / factors[other.name] + _ZEROS.get(other.name, 0)


def _written(value: float, unit: _Unit) -> str:
    from babel.units import format_unit

    if value and not math.isclose(value, round(value), rel_tol=1e-9):
        value = round(value, max(0, _DIGITS - 1 - math.floor(math.log10(abs(value)))))
    return str(format_unit(round(value, 9), "-".join(unit), locale=texts_in(spoken()).LOCALE))


@cache
def _names() -> dict[str, _Unit]:
    """Every name and sign of a unit in every language, lower case; what names two units names none."""
    from babel.units import format_unit

    every = [_Unit(kind, name) for kind, units in _UNITS.items() for name in units]
    found: dict[str, set[_Unit]] = {said: {unit} for unit in every for said in _ALSO.get(unit.name, ())}
    for locale in (*(texts_in(language).LOCALE for language in LANGUAGES), *_LOCALES):
        for unit in every:
            for length, n in product(_LENGTHS, (1, 2)):
                said = str(format_unit(n, "-".join(unit), length, locale=locale))
                if said.startswith(str(n)):  # of a speed in Chinese, the number stands inside
                    found.setdefault(said[1:].strip().casefold(), set()).add(unit)
    return {said: units.pop() for said, units in found.items() if len(units) == 1}


@cache
def _pattern(before: str) -> re.Pattern[str]:
    """A unit's name as a word of its own, behind `before`; the longest first. In Chinese words have no bounds."""
    names = sorted(_names(), key=len, reverse=True)
    latin, chinese = ("|".join(re.escape(name) for name in names if has_cjk(name) == cjk) for cjk in (False, True))
    bound = "" if before else r"(?<!\w)"
    return re.compile(rf"{before}({bound}(?:{latin})(?![\w/])|{chinese})", re.IGNORECASE)
