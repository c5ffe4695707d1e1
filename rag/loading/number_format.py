"""A cell's value as Excel shows it: the format codes of ECMA-376 18.8.31, with separators and names of the cell's locale."""

import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from rag.loading.format_code import Token, literal, sections
from rag.loading.format_locale import Writing, writing_of
from rag.loading.moment_format import shown_moment

_LONGEST_CODE = 255  # Characters: what Excel takes; a longer code is no format.
_LARGEST = 1e15  # Beyond, the digits of a float are not those that were typed.


def shown(value: object, code: str | None, language: str = "") -> str:
    """The text that Excel shows for a value in a cell of this number format; a format not understood changes nothing.

    `language` is the workbook's, a primary tag of BCP 47 ("" is English): what the format names no locale for is written so.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    code = code if code and len(code) <= _LONGEST_CODE else "General"
    try:
        if isinstance(value, datetime.timedelta | datetime.date | datetime.time):
            return shown_moment(value, code, writing_of(code, language))
        if isinstance(value, int | float):
            return _number(value, sections(code), writing_of(code, language))
    except (ArithmeticError, ValueError):
        return _general(value, writing_of(code, language)) if isinstance(value, int | float) else str(value)
    return str(value)


def _general(value: float, writing: Writing) -> str:
    if isinstance(value, int):
        return str(value)
    return (f"{value:.10g}" if abs(value) < 1e10 else f"{value:.15g}").replace(".", writing.decimal)


def _number(value: float, parts: list[list[Token]], writing: Writing) -> str:
    section, signed = _chosen(value, parts)
    if (not section and len(parts) == 1) or section == [("other", "@")]:
        return _general(value, writing)
    if any(kind == "general" for kind, _ in section):
        general = _general(value if signed else abs(value), writing)
        return "".join(general if kind == "general" else literal(kind, text) for kind, text in section).strip()
    if abs(value) >= _LARGEST and not float(value).is_integer():
        return _general(value, writing)
    text = _digits(abs(value), section, writing)
    negative = value < 0 and signed and any(sign in "123456789" for sign in text)
    return ("-" if negative else "") + text.strip()


def _chosen(value: float, parts: list[list[Token]]) -> tuple[list[Token], bool]:
    """The section of a format that a number is shown by, and whether its sign is shown beside it."""
    conditions = [next((text for kind, text in section if kind == "condition"), "") for section in parts[:3]]
    if any(conditions):
        for section, condition in zip(parts, conditions, strict=False):
            if not condition or _holds(value, condition):
                return section, True
        return parts[-1], True
    numeric = parts[:3]
    if len(numeric) > 2 and value == 0:
        return numeric[2], False
    if len(numeric) > 1 and value < 0:
        return numeric[1], False
    return numeric[0], True


def _holds(value: float, condition: str) -> bool:
    sign = condition.rstrip("-.0123456789")
    limit = float(condition[len(sign) :])
    order = (value > limit) - (value < limit)
    return order in {"<": (-1,), ">": (1,), "=": (0,), "<=": (-1, 0), ">=": (0, 1), "<>": (-1, 1)}.get(sign, ())


def _digits(value: float, section: list[Token], writing: Writing) -> str:
    places = [n for n, (kind, _) in enumerate(section) if kind == "digit"]
    if not places:
        return "".join(literal(*token) for token in section if token != ("other", "@")) if section else ""
    first, last = places[0], places[-1]
    middle = section[first : last + 1]
    if ("other", "/") in middle:
        return _fraction(value, section, first, last)
    number = Decimal(repr(value))
    number = number.scaleb(2 * sum(token == ("other", "%") for token in section))
    after = last + 1
    while after < len(section) and section[after] == ("other", ","):
        number = number.scaleb(-3)
        after += 1
    before = "".join(literal(*token) for token in section[:first] if token != ("other", "."))
    if first and section[first - 1] == ("other", "."):
        middle = [("other", "."), *middle]
    exponent = next((n for n, (kind, _) in enumerate(middle) if kind == "exponent"), None)
    if exponent is None:
        body = _fixed(number, middle, writing)
    else:
        body = _scientific(number, middle[:exponent], middle[exponent:], writing)
    return before + body + "".join(literal(*token) for token in section[after:])


def _fixed(number: Decimal, tokens: list[Token], writing: Writing) -> str:
    point = tokens.index(("other", ".")) if ("other", ".") in tokens else len(tokens)
    whole, part = tokens[:point], tokens[point + 1 :]
    decimals = sum(kind == "digit" for kind, _ in part)
    number = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    digits, _, rest = f"{number:f}".partition(".")
    optional = 0
    for kind, text in reversed(part):
        if kind != "digit" or text == "0":
            break
        optional += 1
    kept = rest[: len(rest) - optional]
    kept += rest[len(kept) :].rstrip("0")
    tail = "".join(literal(*token) for token in part if token[0] != "digit")
    return _whole(digits, whole, writing.group) + (writing.decimal if kept else "") + kept + tail


def _whole(digits: str, tokens: list[Token], group: str) -> str:
    """The digits left of the point in their places; what stands between places stays between them."""
    grouped = ("other", ",") in tokens
    left = list(digits.lstrip("0"))
    first = next((n for n, (kind, _) in enumerate(tokens) if kind == "digit"), 0)
    signs: list[str] = []
    count = 0

    def put(digit: str) -> None:
        nonlocal count
        if grouped and count and count % 3 == 0:
            signs.append(group)
        signs.append(digit)
        count += 1

    for n in range(len(tokens) - 1, -1, -1):
        kind, text = tokens[n]
        if kind != "digit":
            signs.append("" if text == "," and kind == "other" else literal(kind, text))
            continue
        if left:
            put(left.pop())
        elif text == "0":
            put("0")
        while n == first and left:
            put(left.pop())
    return "".join(part[::-1] for part in signs)[::-1] if tokens else "".join(left)


def _scientific(number: Decimal, mantissa: list[Token], exponent: list[Token], writing: Writing) -> str:
    power = number.adjusted() if number else 0
    decimals = sum(kind == "digit" for kind, _ in mantissa) - 1
    scaled = number.scaleb(-power)
    if scaled.quantize(Decimal(1).scaleb(-max(decimals, 0)), ROUND_HALF_UP) >= 10:
        power, scaled = power + 1, scaled.scaleb(-1)
    width = sum(kind == "digit" for kind, _ in exponent)
    sign = "-" if power < 0 else "+" if exponent[0][1].endswith("+") else ""
    return f"{_fixed(scaled, mantissa, writing)}E{sign}{abs(power):0{max(width, 1)}d}"


def _fraction(value: float, section: list[Token], first: int, last: int) -> str:
    slash = section.index(("other", "/"))
    below = "".join(text for kind, text in section[slash + 1 :] if kind in ("digit", "other")).strip()
    fixed = int(below) if below.isdigit() and int(below) else 0
    digits = sum(kind == "digit" for kind, _ in section[slash + 1 :])
    exact = Fraction(repr(value))
    near = Fraction(round(exact * fixed), fixed) if fixed else exact.limit_denominator(10 ** max(digits, 1) - 1)
    whole = int(near)
    if ("other", " ") not in section[first:slash] and not any(kind == "space" for kind, _ in section[first:slash]):
        text = f"{near.numerator}/{near.denominator}"
    else:
        rest = near - whole
        text = " ".join(part for part in (str(whole) if whole or not rest else "", str(rest) if rest else "") if part)
    tail = [] if fixed else section[last + 1 :]
    return "".join(literal(*token) for token in section[:first]) + text + "".join(literal(*token) for token in tail)
