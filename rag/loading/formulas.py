"""Formulas without a stored value: arithmetic and the plain functions over cells; whatever else is there has no value."""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

_LONGEST = 1_000  # Characters of a formula.
_MOST_CELLS = 1_000_000  # That all formulas of a workbook may look at.
_DEEPEST = 100  # Formulas that refer to formulas.
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:E[+-]?\d+)?|\.\d+)"
    r"|(?P<range>(?:(?:'[^'\[\]]+'|[^\W\d][\w.]*)!)?\$?[A-Z]{1,3}\$?\d{1,7}(?::\$?[A-Z]{1,3}\$?\d{1,7})?(?![\w(.!]))"
    r"|(?P<function>[A-Z]+)\(|(?P<sign>[-+*/^%(),]))",
    re.IGNORECASE,
)

Place = tuple[str, int, int]  # Sheet, row and column, from 1.
Formula = tuple[str]  # A formula's text, where a cell has no stored value.
_OPERATORS: Mapping[str, tuple[int, Callable[[float, float], float]]] = {
    "+": (1, operator.add),
    "-": (1, operator.sub),
    "*": (2, operator.mul),
    "/": (2, operator.truediv),
    "^": (3, math.pow),
}
_SIGN_BINDS = 4  # A sign before a number binds closer than a power: -2^2 is 4 in Excel.
_FUNCTIONS: Mapping[str, Callable[[list[float]], float]] = {
    "SUM": math.fsum,
    "PRODUCT": math.prod,
    "AVERAGE": lambda values: math.fsum(values) / len(values),
    "MIN": min,
    "MAX": max,
    "COUNT": len,
}


class _Unknown(Exception):
    """The formula holds what is not computed here."""


class Workbook:
    """The values of a workbook's cells, and those of its formulas as far as they can be told."""

    def __init__(self, cells: Mapping[Place, object | Formula]) -> None:
        self._cells = dict(cells)
        self._sheets = {sheet for sheet, *_ in cells}
        self._left = _MOST_CELLS
        self._open: set[Place] = set()

    def value(self, place: Place) -> object:
        """The value of a cell; None where it is blank or its formula cannot be computed."""
        try:
            return self._value(place)
        except (_Unknown, ArithmeticError, ValueError, RecursionError):
            return None

    def _value(self, place: Place) -> object:
        value = self._cells.get(place)
        if not isinstance(value, tuple):
            return value
        text = value[0]
        if place in self._open or len(self._open) >= _DEEPEST or len(text) > _LONGEST:
            raise _Unknown
        self._open.add(place)
        try:
            result = _Parser(text, place[0], self).result()
        finally:
            self._open.discard(place)
        self._cells[place] = result
        return result

    def values(self, sheet: str, reference: str) -> list[object]:
        """The values of a cell or a range."""
        from openpyxl.utils import range_boundaries

        left, top, right, bottom = range_boundaries(reference)
        if sheet not in self._sheets:
            raise _Unknown
        self._left -= (right - left + 1) * (bottom - top + 1)
        if self._left < 0:
            raise _Unknown
        return [self._value((sheet, row, column)) for row in range(top, bottom + 1) for column in range(left, right + 1)]


class _Parser:
    def __init__(self, text: str, sheet: str, book: Workbook) -> None:
        self._sheet = sheet
        self._book = book
        self._tokens: list[tuple[str, str]] = []
        at = 1
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise _Unknown
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self._tokens.reverse()

    def result(self) -> float:
        value = self._term(0)
        if self._tokens or not math.isfinite(value):
            raise _Unknown
        return int(value) if value == int(value) else float(f"{value:.15g}")

    def _next(self) -> str:
        return self._tokens[-1][1] if self._tokens and self._tokens[-1][0] == "sign" else ""

    def _take(self, sign: str) -> None:
        if self._next() != sign:
            raise _Unknown
        self._tokens.pop()

    def _term(self, least: int) -> float:
        value = self._atom()
        while True:
            if self._next() == "%":
                self._tokens.pop()
                value /= 100
            elif (known := _OPERATORS.get(self._next())) and known[0] > least:
                self._tokens.pop()
                value = known[1](value, self._term(known[0]))
            else:
                return value

    def _atom(self) -> float:
        if not self._tokens:
            raise _Unknown
        kind, text = self._tokens.pop()
        if kind == "number":
            return float(text)
        if kind == "range":
            values = self._cells(text)
            if len(values) != 1:
                raise _Unknown
            return _number(values[0])
        if kind == "function":
            return self._call(text.upper())
        if text in ("+", "-"):
            value = self._term(_SIGN_BINDS)
            return -value if text == "-" else value
        if text == "(":
            value = self._term(0)
            self._take(")")
            return value
        raise _Unknown

    def _cells(self, text: str) -> Sequence[object]:
        sheet, _, reference = text.rpartition("!")
        return self._book.values(sheet.strip("'") or self._sheet, reference.replace("$", "").upper())

    def _call(self, name: str) -> float:
        values: list[float] = []
        while True:
            alone = len(self._tokens) > 1 and self._tokens[-1][0] == "range" and self._tokens[-2][1] in (",", ")")
            if alone:  # What is no number in a range is passed over, as Excel does.
                found = self._cells(self._tokens.pop()[1])
                if any(not isinstance(value, str | int | float | None) or str(value).startswith("#") for value in found):
                    raise _Unknown
                values += [value for value in found if isinstance(value, int | float) and not isinstance(value, bool)]
            else:
                values.append(self._term(0))
            if self._next() != ",":
                break
            self._tokens.pop()
        self._take(")")
        if name == "ROUND" and len(values) == 2:
            return float(Decimal(repr(values[0])).quantize(Decimal(1).scaleb(-int(values[1])), ROUND_HALF_UP))
        if name not in _FUNCTIONS or not values:
            raise _Unknown
        return _FUNCTIONS[name](values)


def _number(value: object) -> float:
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Unknown
    return value
