"""Numbers that belong to a person: cards, accounts, national numbers, telephones. Check digits by python-stdnum, telephones by
phonenumbers.

A form that is a person's by itself (an IBAN, a card in groups of four, +49…) is taken wherever it stands; one that an order
number may have too, only where no label says that it is a thing's, or only where a label says what it is.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from rag.privacy.context import Context

Needs = Literal["nothing", "no thing", "label"]
Span = tuple[int, int, str]
Valid = Callable[[str], bool]

_START, _END = r"(?<![a-z0-9])", r"(?![a-z0-9])"
_APART = r"(?<![a-z0-9][/.-])(?<!\d )"  # no part of a longer number
_CARD = re.compile(
    r"4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6011\d{12}|64[4-9]\d{13}|65\d{14}|35\d{14}|62\d{14,17}|3(?:0[0-5]|[689]\d)\d{11}"
)
_REGIONS = ("DE", "GB", "AT", "CH", "AU", "IE", "CN", "TW")  # where en, de or zh is written and numbers begin with 0
_MOBILE_REGIONS = ("GB", "DE", "AT", "CH", "AU", "IE")


def _stdnum(*modules: str) -> Valid:
    """Valid by one of the modules of python-stdnum."""

    def valid(value: str) -> bool:
        from importlib import import_module

        return any(import_module(f"stdnum.{name}").is_valid(value) for name in modules)

    return valid


def _card(value: str) -> bool:
    from stdnum import luhn

    digits = re.sub(r"\D", "", value)
    return bool(_CARD.fullmatch(digits)) and luhn.is_valid(digits)


def _resident(value: str) -> bool:
    """A number of a Chinese identity card. The list of districts by year in python-stdnum knows not all that are in use."""
    from datetime import date

    from stdnum.cn import ric

    try:
        date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return False
    return value[17].upper() == ric.calc_check_digit(value)


def _hong_kong(value: str) -> bool:
    letters, digits, check = re.findall(r"[A-Z]{1,2}|\d{6}|[0-9A]", value.upper())
    codes = [36] * (2 - len(letters)) + [ord(letter) - 55 for letter in letters]
    weighted = zip((*codes, *map(int, digits)), range(9, 1, -1), strict=True)
    return (sum(a * b for a, b in weighted) + int(check, 11)) % 11 == 0


def _taiwan(value: str) -> bool:
    first = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(value[0].upper()) + 10
    weighted = zip((first // 10, first % 10, *map(int, value[1:])), (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True)
    return sum(a * b for a, b in weighted) % 10 == 0


def _anything(value: str) -> bool:
    return True


def _four_digits(value: str) -> bool:
    return sum(map(str.isdigit, value)) >= 4


def _six_digits(value: str) -> bool:
    return sum(map(str.isdigit, value)) >= 6


def _phone(value: str, regions: tuple[str, ...] = _REGIONS, mobile: bool = False) -> bool:
    """Whether a telephone may have this number, in one of the regions where it has no country code."""
    import phonenumbers as phones

    kinds = {phones.PhoneNumberType.MOBILE, phones.PhoneNumberType.FIXED_LINE_OR_MOBILE}
    text = "+" + value[2:] if value.startswith("00") else value
    for region in (None,) if text.startswith("+") else regions:
        try:
            number = phones.parse(text.replace("(0)", ""), region)
        except phones.NumberParseException:
            continue
        if phones.is_valid_number(number) and (not mobile or phones.number_type(number) in kinds):
            return True
    return False


def _mobile(value: str) -> bool:
    return _phone(value, _MOBILE_REGIONS, True)


def _grouped(value: str) -> bool:
    """Shorter ones are more often an order number, such as 0731-2824."""
    return sum(map(str.isdigit, value)) >= 9 and _phone(value)


def _american(value: str) -> bool:
    return _phone(value, ("US",))


def _chinese(value: str) -> bool:
    return _phone(value, ("CN",))


@dataclass(frozen=True, slots=True)
class Form:
    """How a number of a kind is written, when it is valid, and what the words before have to say."""

    kind: str
    pattern: re.Pattern[str]
    valid: Valid
    needs: Needs

    @classmethod
    def of(cls, kind: str, pattern: str, valid: Valid, needs: Needs) -> "Form":
        # A lookahead finds forms that begin within one that proves invalid.
        return cls(kind, re.compile(f"{_START}(?=({pattern}){_END})", re.IGNORECASE), valid, needs)

    def length(self, value: str) -> int:
        """How many characters of a value are valid, 0 where none: after a telephone number another number may follow."""
        if self.valid(value):
            return len(value)
        while self.kind == "phone" and (shorter := re.sub(r"[^\d]*\d+$", "", value)):
            value = shorter
            if self.valid(value):
                return len(value)
        return 0


# In this order; what one has taken the next leaves alone.
FORMS = (
    Form.of("card", r"(?<!\d{4}[ -])\d{4}([ -])\d{4}\2\d{4}\2\d{4}\2\d{3}", _card, "nothing"),
    Form.of("card", r"(?<!\d{4}[ -])\d{4}([ -])\d{4}\2\d{4}\2\d{4}", _card, "nothing"),
    Form.of("card", r"\d{4}([ -])\d{6}\2\d{4,5}", _card, "nothing"),
    Form.of("card", r"\d{6}([ -])\d{10,13}", _card, "nothing"),
    Form.of("card", r"\d{15,19}", _card, "no thing"),
    Form.of("id", r"[1-8]\d{5}(?:19|20)\d{9}[\dx]", _resident, "nothing"),
    Form.of("id", r"[1-8]\d{5} (?:19|20)\d{6} \d{3}[\dx]", lambda value: _resident(value.replace(" ", "")), "nothing"),
    Form.of("id", r"756([. -])\d{4}\2\d{4}\2\d{2}|756\d{10}", _stdnum("ch.ssn"), "no thing"),
    Form.of("id", r"\d{3}-\d\d-\d{4}", _stdnum("us.ssn", "us.itin"), "no thing"),
    Form.of("id", r"[1-9]\d \d{3} \d{3} \d{3}", _stdnum("de.idnr"), "no thing"),
    Form.of(
        "id", r"(?!bg|gb|kn|nk|nt|tn|zz)[a-ceghj-prstw-z][a-ceghj-nprstw-z]( ?)\d\d\2\d\d\2\d\d\2[a-d]", _anything, "no thing"
    ),
    Form.of("id", r"[a-z]{1,2}\d{6}\([\da]\)", _hong_kong, "no thing"),
    Form.of("id", r"[a-z]{3}p[a-z]\d{4}[a-z]", _stdnum("in_.pan"), "no thing"),
    # Only where the words before say what it is.
    Form.of("card", r"\d{4}([ -]?)\d{4}\2\d{4}\2\d{2,4}(?:\2\d{1,3})?", _anything, "label"),
    Form.of("iban", r"[a-z]{2}\d\d(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?", _anything, "label"),
    Form.of("id", r"(?=[a-z]{0,3}\d)[a-z0-9]{1,18}(?:[ ./-](?=[a-z]{0,2}\d)[a-z0-9]{1,8}){0,5}", _four_digits, "label"),
    Form.of("phone", r"\d{1,5}(?:[ /.-]{0,2}\d{1,8}){1,5}", _six_digits, "label"),
    Form.of("code", r"\d{3,8}|\d{3} \d{3}", _anything, "label"),
    # With a country code, in brackets, in groups, or with the beginning that only mobile phones have.
    Form.of("phone", r"(?<!\+)\+[1-9](?:[ ()/.-]{0,2}\d){6,14}", _phone, "nothing"),
    Form.of("phone", r"\(0\d{1,5}\)(?:[ /.-]{0,3}\d{1,8}){1,5}", _phone, "no thing"),
    Form.of("phone", r"\([2-9]\d\d\)[ -]?[2-9]\d\d[ .-]\d{4}", _american, "no thing"),
    Form.of("phone", r"00[1-9]\d{0,2}(?:[ ()/.-]{1,2}\d{1,8}){1,6}|00(?:1|4[1349]|86)\d{8,12}", _phone, "no thing"),
    Form.of("phone", rf"{_APART}0\d{{1,5}}(?:[ /.-]{{1,3}}\d{{1,8}}){{1,5}}", _grouped, "no thing"),
    Form.of("phone", r"0\d{9,11}", _mobile, "no thing"),
    Form.of("phone", rf"{_APART}(?:1[ .-])?[2-9]\d\d([ .-])[2-9]\d\d\2\d{{4}}", _american, "no thing"),
    Form.of("phone", r"1[3-9]\d([ -]?)\d{4}\2\d{4}|[48]00-\d{3}-?\d{4}", _chinese, "no thing"),
)
# Of a person, where a word names one near and the check digits hold: bare digits that an order number may have as well.
_NATIONAL = re.compile(rf"{_START}(?=([a-z]{{0,2}}\d(?:[ .-]?\d){{6,11}}[a-z]{{0,2}}){_END})", re.IGNORECASE)
_NATIONAL_VALID = _stdnum(
    "gb.nhs", "gb.utr", "ca.sin", "au.tfn", "ie.pps", "in_.aadhaar", "de.idnr", "at.vnr", "us.ssn", "us.itin"
)
_PASSPORT = re.compile(r"[a-z]{1,2}\d{7,8}", re.IGNORECASE)
_DATE = re.compile(
    r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d\d){1,2}|(?:19|20)\d\d[01]\d[0-3]\d)(?![\d/.-])"
)
_IBAN = re.compile(rf"{_START}(?=([a-z]{{2}}\d\d(?:[ -]?[a-z0-9]){{11,30}}))", re.IGNORECASE)


def find(text: str) -> Iterator[Span]:
    """(start, end, kind) of each number, those that are surest first; later ones may overlap earlier ones.

    `text` is normalised: half-width characters and plain hyphens.
    """
    yield from _ibans(text)
    context = Context(text)
    for form in FORMS:
        for match in form.pattern.finditer(text):
            value, start = match[1], match.start(1)
            if _fits(form, context, start) and not _DATE.match(value) and (length := form.length(value)):
                yield start, start + length, form.kind
    for match in _NATIONAL.finditer(text):
        value, start = match[1], match.start(1)
        if context.names_person(start) and context.label(start) != "thing" and _national(value):
            yield start, match.end(1), "id"


def _fits(form: Form, context: Context, start: int) -> bool:
    if form.needs == "nothing":
        return True
    named = context.label(start)
    if form.needs == "label":
        return named == form.kind
    return named in ("", form.kind) or (form.kind == "id" and named != "thing")


def _national(value: str) -> bool:
    if re.fullmatch(r"[a-z][12]\d{8}", value, re.IGNORECASE):
        return _taiwan(value)
    return bool(_PASSPORT.fullmatch(value)) or _NATIONAL_VALID(value)


def _ibans(text: str) -> Iterator[Span]:
    """IBANs, whose end is where their check digits hold: words may follow after a blank."""
    from stdnum import iban

    for match in _IBAN.finditer(text):
        for end in (n.end() for n in re.finditer(r"[a-z0-9](?![a-z0-9])", match[1], re.IGNORECASE)):
            value = re.sub(r"[ -]", "", match[1][:end])
            if _mod97(value) and iban.is_valid(value, check_country=False):
                yield match.start(1), match.start(1) + end, "iban"
                break


def _mod97(value: str) -> bool:
    """What python-stdnum checks too, before it looks the country up."""
    return int("".join(str(int(character, 36)) for character in value[4:] + value[:4])) % 97 == 1
