# ruff: noqa: E501
"""Lines that masking is measured on: sentences written by hand (tests/data/privacy), with values made here from a fixed seed.

The check digits are computed here and not by the libraries that masking uses, so that both would have to err alike.
`python -m tests.privacy_lines held` prints the lines.
"""

import random
import re
import string
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.privacy_harmless import HARMLESS

FOLDER = Path(__file__).parent / "data" / "privacy"
ROUNDS = 4  # lines a sentence, each with other values
VALUE = re.compile(r"⟦([a-z0-9 ]+)⟧")
CHECKSUMMED = {"card", "iban", "id"}


@dataclass(frozen=True)
class Line:
    """A message, and (start, end, kind, maker) of each value that is to be masked; in a group "-…" nothing is."""

    language: str
    group: str
    text: str
    spans: tuple[tuple[int, int, str, str], ...]


def lines(part: str, rounds: int = ROUNDS) -> list[Line]:
    """The lines of tests/data/privacy/PART.txt, always the same."""
    made = random.Random(part)
    found = []
    for sentence in (FOLDER / f"{part}.txt").read_text("utf-8").splitlines():
        if sentence and not sentence.startswith("#"):
            language, group, text = sentence.split("|", 2)
            found += [filled(made, language, group, text) for _ in range(rounds if VALUE.search(text) else 1)]
    return found


def filled(made: random.Random, language: str, group: str, template: str) -> Line:
    text, spans, last = "", [], 0
    for match in VALUE.finditer(template):
        name = match[1]
        text += template[last : match.start()]
        if name in HARMLESS:
            text += HARMLESS[name](made)
        else:
            value = MAKERS[name](made)
            hidden = SECRET_PART[name](value) if name in SECRET_PART else (0, len(value))
            spans.append((len(text) + hidden[0], len(text) + hidden[1], KINDS.get(name, group), name))
            text += value
        last = match.end()
    return Line(language, group, text + template[last:], tuple(spans))


# Check digits


def luhn(digits: str) -> str:
    total = sum(sum(divmod(int(d) * (2 if n % 2 == 0 else 1), 10)) for n, d in enumerate(reversed(digits)))
    return str(-total % 10)


def mod97(country: str, bban: str) -> str:
    return f"{98 - int(''.join(str(int(c, 36)) for c in bban + country) + '00') % 97:02d}"


def weighted(digits: str, weights: list[int]) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=True))


def iso7064(digits: str) -> str:
    """Modulus 11, 10, of the German tax number."""
    product = 10
    for d in digits:
        total = (int(d) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def verhoeff(digits: str) -> str:
    def multiply(a: int, b: int) -> int:  # in the dihedral group of order 10
        flip = (a // 5) ^ (b // 5)
        turned = (a + b) % 5 if a < 5 else (a - b) % 5
        return flip * 5 + turned

    step = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    check = 0
    for n, d in enumerate(reversed(digits), 1):
        value = int(d)
        for _ in range(n % 8):
            value = step[value]
        check = multiply(check, value)
    return next(str(d) for d in range(10) if multiply(check, d) == 0)


# Values


def digits(made: random.Random, n: int) -> str:
    return "".join(made.choice(string.digits) for _ in range(n))


def grouped(value: str, *sizes: int, by: str = " ") -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(value[at : at + size])
        at += size
    return by.join([*parts, *([value[at:]] if value[at:] else [])])


def fours(value: str, by: str = " ") -> str:
    return by.join(value[n : n + 4] for n in range(0, len(value), 4))


def until(make: Callable[[random.Random], str | None]) -> Callable[[random.Random], str]:
    def made_so(made: random.Random) -> str:
        while not (value := make(made)):
            pass
        return value

    return made_so


def email(made: random.Random) -> str:
    first, last = (
        made.choice(["anna", "ben", "jürgen", "wei", "o'neill", "Marie", "li.na"]),
        made.choice(["kraus", "smith", "zhou"]),
    )
    local = made.choice(
        [f"{first}.{last}", f"{first}_{last}{digits(made, 2)}", f"{first}+shop", f"{last}-{first}", digits(made, 9), first]
    )
    host = made.choice(
        ["example.com", "mail.example.co.uk", "web-post.de", "qq.com", "163.com", "example.museum", "uni.example.edu"]
    )
    return made.choice(
        [f"{local}@{host}", f"{local}@{host}".upper() if local.isascii() else f"{local}@{host}", f"{local}@{host}"]
    )


def email_at(made: random.Random) -> str:
    name, host = made.choice(["anna.kraus", "ben99", "wei_z"]), made.choice(["example", "web-post", "mailbox"])
    return made.choice(
        [f"{name} (at) {host} (dot) com", f"{name}[at]{host}.de", f"{name} at {host} dot org", f"{name}(at){host}.net"]
    )


def card_of(*prefixes: str, length: int = 16) -> Callable[[random.Random], str]:
    def make(made: random.Random) -> str:
        prefix = made.choice(prefixes)
        body = prefix + digits(made, length - len(prefix) - 1)
        return body + luhn(body)

    return make


card = card_of("4", "51", "52", "53", "54", "55", "2221", "2720", "6011", "3528", "62")
unionpay = card_of("62", length=19)
amex = card_of("34", "37", length=15)
FORMS = {
    "DE": "18d",
    "GB": "4a14d",
    "AT": "16d",
    "CH": "17d",
    "NL": "4a10d",
    "FR": "23d",
    "ES": "20d",
    "BE": "12d",
    "IE": "4a14d",
}


def iban(made: random.Random) -> str:
    country = made.choice(list(FORMS))
    bban = "".join(
        "".join(made.choice(string.ascii_uppercase) for _ in range(int(n))) if kind == "a" else digits(made, int(n))
        for n, kind in re.findall(r"(\d+)([ad])", FORMS[country])
    )
    if country == "BE":
        bban = bban[:10] + f"{int(bban[:10]) % 97 or 97:02d}"
    if country == "ES":
        bban = _spanish(bban)
    if country == "FR":
        bban = bban[:21] + f"{97 - (89 * int(bban[:5]) + 15 * int(bban[5:10]) + 3 * int(bban[10:21])) % 97:02d}"
    if country == "NL":
        weights = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
        while weighted(bban[4:], weights) % 11:
            bban = bban[:4] + digits(made, 10)
    return country + mod97(country, bban) + bban


def _spanish(bban: str) -> str:
    def check(part: str) -> str:
        rest = 11 - weighted(part, [1, 2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11
        return str({10: 1, 11: 0}.get(rest, rest))

    return bban[:8] + check("00" + bban[:8]) + check(bban[10:]) + bban[10:]


def nhs(made: random.Random) -> str | None:
    body = made.choice("4679") + digits(made, 8)
    check = (11 - weighted(body, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11
    return body + str(check) if check < 10 else None


def idnr(made: random.Random) -> str:
    """Ten digits of which one stands twice, none at the beginning zero, and a check digit."""
    while True:
        body = made.sample(string.digits, 9)
        body.insert(made.randrange(10), made.choice(body))
        text = "".join(body)
        if text[0] != "0":
            return text + iso7064(text)


def svnr(made: random.Random) -> str | None:
    serial, born = str(made.randint(100, 999)), f"{made.randint(1, 28):02d}{made.randint(1, 12):02d}{made.randint(40, 99)}"
    check = weighted(serial + born, [3, 7, 9, 5, 8, 4, 2, 1, 6]) % 11
    return serial + str(check) + born if check < 10 else None


def ahv(made: random.Random) -> str:
    body = "756" + digits(made, 9)
    return body + str(-weighted(body, [1, 3] * 6) % 10)


def ric(made: random.Random) -> str:
    place = made.choice(["110101", "310104", "440305", "510107", "330106", "420111", "320583", "610113"])
    born = f"{made.randint(1950, 2005)}{made.randint(1, 12):02d}{made.randint(1, 28):02d}"
    body = place + born + digits(made, 3)
    return body + "10X98765432"[weighted(body, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11]


def hkid(made: random.Random) -> str:
    letter, body = made.choice(string.ascii_uppercase), digits(made, 6)
    total = 36 * 9 + (ord(letter) - 55) * 8 + weighted(body, [7, 6, 5, 4, 3, 2])
    check = "0123456789A"[-total % 11]
    return made.choice([f"{letter}{body}({check})", f"{letter}{body}{check}"])


def twid(made: random.Random) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
    letter, body = made.choice(letters), made.choice("12") + digits(made, 7)
    tens, ones = divmod(letters.index(letter) + 10, 10)
    return letter + body + str(-(tens + 9 * ones + weighted(body, [8, 7, 6, 5, 4, 3, 2, 1])) % 10)


def ssn(made: random.Random) -> str:
    area = made.choice([n for n in range(1, 900) if n not in {666, 78, 219, 457}])
    return f"{area:03d}-{made.randint(1, 99):02d}-{made.randint(1, 9999):04d}"


def nino(made: random.Random) -> str:
    return made.choice(["AB", "CE", "JK", "LM", "PR", "SX"]) + digits(made, 6) + made.choice("ABCD")


def sin(made: random.Random) -> str:
    body = made.choice("1234567") + digits(made, 7)
    return body + luhn(body)


@until
def tfn(made: random.Random) -> str | None:
    body = made.choice(string.digits[1:]) + digits(made, 8)
    return body if weighted(body, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0 else None


def utr(made: random.Random) -> str:
    body = digits(made, 9)
    return "21987654321"[weighted(body, [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11] + body


def pps(made: random.Random) -> str:
    body = digits(made, 7)
    return body + "WABCDEFGHIJKLMNOPQRSTUV"[weighted(body, [8, 7, 6, 5, 4, 3, 2]) % 23]


@until
def aadhaar(made: random.Random) -> str | None:
    body = made.choice("23456789") + digits(made, 10)
    whole = body + verhoeff(body)
    return whole if whole != whole[::-1] else None


def pan(made: random.Random) -> str:
    letters = string.ascii_uppercase
    return f"{made.choice(letters)}{made.choice(letters)}{made.choice(letters)}P{made.choice(letters)}{made.randint(1, 9999):04d}{made.choice(letters)}"


def itin(made: random.Random) -> str:
    return f"9{digits(made, 2)}-{made.choice(['70', '75', '81', '94', '99'])}-{digits(made, 4)}"


def of(*shapes: str) -> Callable[[random.Random], str]:
    """A value in one of the shapes: ? is any digit, * any capital letter."""
    pools = {"?": string.digits, "*": string.ascii_uppercase}
    return lambda made: re.sub(r"[?*]", lambda match: made.choice(pools[match[0]]), made.choice(shapes))


def token(made: random.Random, n: int, pool: str = string.ascii_letters + string.digits) -> str:
    return "".join(made.choice(pool) for _ in range(n))


def key(made: random.Random) -> str:
    upper = string.ascii_uppercase + string.digits
    return made.choice([
        "sk-" + token(made, 48), "sk-proj-" + token(made, 40), "ghp_" + token(made, 36), "github_pat_" + token(made, 22) + "_" + token(made, 59),
        "glpat-" + token(made, 20), "xoxb-" + digits(made, 11) + "-" + token(made, 24), "AKIA" + token(made, 16, upper),
        "AIza" + token(made, 35), "sk_live_" + token(made, 24), "hf_" + token(made, 34), "npm_" + token(made, 36),
        "fn_" + token(made, 8) + "_" + token(made, 32), token(made, 40), token(made, 32, "0123456789abcdef"),
    ])  # fmt: skip


def password(made: random.Random) -> str:
    word = made.choice(["sommer", "Tiger", "letmein", "Wolke", "hunter", "qwerty"])
    return made.choice(
        [
            f"{word}{digits(made, 2)}",
            f"{word}{digits(made, 4)}!",
            f"{word[:3]}#{token(made, 5)}1",
            token(made, 10) + "7",
            f"P@ss{word}",
        ]
    )


def url_password(made: random.Random) -> str:
    return f"https://berta:{token(made, 12)}1@git.example.com/shop.git"


def jwt(made: random.Random) -> str:
    return f"eyJ{token(made, 33)}.eyJ{token(made, 60)}.{token(made, 43)}"


def wide(value: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value)


phone_cn = of("130????0???", "138????????", "159????????", "186????????", "177????????", "199????????")
phone_us = of("(415) 555-26??", "202-456-11??", "212.736.50??", "+1 617 253 1???", "1-800-275-2???", "312 744 5???")
us_number = of("202456111?", "212736500?", "617253100?", "415776200?")
phone_gb = of("020 7946 09??", "07400 123???", "+44 7400 1234??", "0161 496 0???", "(0131) 496 0???", "07911-123???")
phone_de = of("030 9018 20??", "089/543 21??", "0221-471 1???", "+49 40 3600 2???", "(0711) 2050 1??", "06221/54 2???")
phone_de_mobile = of("0171 2345???", "0151/234 56 1??", "+49 176 2345 61??", "0049 172 345 6???", "0160-912 34 5??")
phone_intl = of(
    "+49 30 9018 2???", "+44 20 7946 0???", "+86 138 ???? ????", "+1 212 736 50??", "+43 664 1234 5??", "+41 79 345 0? 0?",
    "+33 6 12 34 5? ??", "+852 9123 ????", "+49(0)171 2345???", "+4917123456??",
)  # fmt: skip
phone_at = of("0664 123 45??", "01 534 44 1??", "+43 1 512 34??")
phone_ch = of("079 345 0? 0?", "044 668 18 0?", "+41 78 610 23 0?")
phone_hk = of("+852 9123 ????", "+852 5123????")
cn_landline = of("010-6505 2???", "021-5840 1???", "0755-8370????", "400-820-88??", "(0571) 8702 3???")

NHS, SVNR = until(nhs), until(svnr)
MAKERS: dict[str, Callable[[random.Random], str]] = {
    "email": email,
    "email at": email_at,
    "email wide": lambda made: made.choice(["zhang.wei", "li99"]) + "＠qq.com",
    "phone us": phone_us,
    "phone us bare": us_number,
    "phone gb": phone_gb,
    "phone intl": phone_intl,
    "phone de": phone_de,
    "phone de mobile": phone_de_mobile,
    "phone de mobile bare": of("01712345???", "015123456???"),
    "phone at": phone_at,
    "phone ch": phone_ch,
    "phone cn": phone_cn,
    "phone cn grouped": lambda made: grouped(phone_cn(made), 3, 4, by=made.choice(" -")),
    "phone cn landline": cn_landline,
    "phone cn wide": lambda made: wide(phone_cn(made)),
    "phone hk": phone_hk,
    "card": card,
    "card grouped": lambda made: fours(card(made)),
    "card dashed": lambda made: fours(card(made), "-"),
    "amex": lambda made: grouped(amex(made), 4, 6) if made.random() < 0.5 else amex(made),
    "unionpay": unionpay,
    "unionpay grouped": lambda made: fours(unionpay(made)),
    "iban": iban,
    "iban grouped": lambda made: fours(iban(made)),
    "iban lower": lambda made: fours(iban(made).lower()) if made.random() < 0.5 else iban(made).lower(),
    "ssn": ssn,
    "nhs": NHS,
    "nhs grouped": lambda made: grouped(NHS(made), 3, 3, by=made.choice(" -")),
    "nino": nino,
    "nino grouped": lambda made: grouped(nino(made), 2, 2, 2, 2),
    "sin": sin,
    "sin grouped": lambda made: grouped(sin(made), 3, 3, by=made.choice(" -")),
    "tfn": tfn,
    "tfn grouped": lambda made: grouped(tfn(made), 3, 3),
    "utr": utr,
    "pps": pps,
    "aadhaar": aadhaar,
    "aadhaar grouped": lambda made: fours(aadhaar(made)),
    "pan": pan,
    "itin": itin,
    "hkid": hkid,
    "twid": twid,
    "passport": of("*???????", "E????????", "?????????", "**???????"),
    "idnr": idnr,
    "idnr grouped": lambda made: grouped(idnr(made), 2, 3, 3),
    "ahv": lambda made: grouped(ahv(made), 3, 4, 4, by="."),
    "ahv bare": ahv,
    "svnr": SVNR,
    "svnr grouped": lambda made: grouped(SVNR(made), 4),
    "ausweis": of("L?**?*0??", "C01X?0T47", "T2200012??"),
    "ric": ric,
    "ric lower": lambda made: ric(made).lower(),
    "ric wide": lambda made: wide(ric(made)),
    "key": key,
    "key plain": lambda made: token(made, made.choice([20, 24, 32])) + "7",
    "url password": url_password,
    "jwt": jwt,
    "password": password,
    "pin": of("????", "?????"),
    "pin6": of("??????"),
    "cvv": of("???"),
}
KINDS: dict[str, str] = {
    "email": "email", "url password": "password",
}  # fmt: skip
# What of a value is to be masked, where it is not all of it.
SECRET_PART: dict[str, Callable[[str], tuple[int, int]]] = {
    "url password": lambda value: (value.index(":", 8) + 1, value.index("@")),
}


def main() -> Iterator[str]:
    for line in lines(sys.argv[1]):
        marked = [f"{kind}={line.text[start:end]}" for start, end, kind, _ in line.spans]
        yield "\t".join([line.language, line.group, line.text, *marked])


if __name__ == "__main__":
    print("\n".join(main()))
