"""Addresses, keys and passwords: e-mail in its forms, tokens by their published prefixes, and what a label calls secret."""

import re
from collections.abc import Iterator

from rag.languages import labels
from rag.privacy.context import words
from rag.privacy.numbers import Span

_LATIN = "A-Za-z0-9À-ɏ"
_DOMAIN = rf"(?:[{_LATIN}](?:[{_LATIN}-]{{0,61}}[{_LATIN}])?\.){{1,8}}[A-Za-zÀ-ɏ]{{2,24}}"
_EMAIL = re.compile(rf"(?<![{_LATIN}._%+'-])[{_LATIN}._%+'~-]{{1,64}}@{_DOMAIN}")


def _any(*groups: tuple[str, ...]) -> str:
    return "|".join(pattern for group in groups for pattern in group)


# anna (at) example (dot) com, anna at example dot com
_AT = rf"\s?[\[({{]\s?(?:{_any(labels.AT)})\s?[\])}}]\s?"
_DOT = rf"\s?[\[({{]\s?(?:{_any(labels.DOT)})\s?[\])}}]\s?|\.|\s(?:{_any(labels.DOT)})\s"
_HIDDEN_EMAIL = re.compile(
    rf"(?<![{_LATIN}.])[{_LATIN}._%+-]{{1,64}}(?:{_AT}[{_LATIN}-]{{1,63}}(?:(?:{_DOT})[{_LATIN}-]{{1,63}}){{0,4}}(?:{_DOT})[a-z]{{2,24}}|"
    rf"\s(?:{_any(labels.AT)})\s[{_LATIN}-]{{1,63}}(?:\s(?:{_any(labels.DOT)})\s[{_LATIN}-]{{1,63}}){{1,4}})(?![{_LATIN}])",
    re.IGNORECASE,
)
# What the makers of keys begin them with, as their documentation says.
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_-])(?:sk-[A-Za-z0-9_-]{16,}|(?:sk|pk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|"
    r"github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abprs]-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,}|"
    r"hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_[a-f0-9]{32,}|"
    r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|fn_[A-Za-z0-9]{4,}_[A-Za-z0-9_-]{16,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?)"
    r"(?![A-Za-z0-9_])"
)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,20000}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?")
_IN_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,100}:([^\s/@]{1,200})@", re.IGNORECASE)
_LINKS = _any(labels.LINKS)
_FILL = r"[\s:=\"'<*(-]{0,5}"
_LINKED = rf"{_FILL}(?:(?:{_LINKS}){_FILL}){{0,3}}"
_BEFORE = r"(?<![a-zà-ÿ])"
_KEY = re.compile(rf"{_BEFORE}(?:{_any(labels.KEY)}){_LINKED}(?<![\w+/.~-])([\w+/.~-]{{8,400}}=*)", re.IGNORECASE | re.ASCII)
_BARE_KEY = re.compile(r"(?<![\w/+.-])(?=\w*[a-z])(?=\w*[A-Z])(?=\w*\d\w*\d)[A-Za-z0-9]{32,200}(?![\w/+-])", re.ASCII)
_PASSWORD = re.compile(rf"(?={words(labels.PASSWORD)}({_LINKED})(?<![!-~])([!-~]{{4,64}}))", re.IGNORECASE)
_ENDS = ".,;:?)\"'>"


def find(text: str) -> Iterator[Span]:
    """(start, end, kind) of each, those that are surest first; later ones may overlap earlier ones."""
    for match in _PRIVATE_KEY.finditer(text):
        yield match.start(), match.end(), "key"
    for match in _IN_ADDRESS.finditer(text):
        yield match.start(1), match.end(1), "password"
    for pattern, kind in ((_TOKEN, "key"), (_EMAIL, "email"), (_HIDDEN_EMAIL, "email")):
        for match in pattern.finditer(text):
            yield match.start(), match.end(), kind
    for match in _KEY.finditer(text):
        if _looks_random(match[1]):
            yield match.start(1), match.start(1) + len(match[1].rstrip(_ENDS)), "key"
    for match in _BARE_KEY.finditer(text):
        yield match.start(), match.end(), "key"
    for match in _PASSWORD.finditer(text):
        value = match[2].rstrip(_ENDS)
        if (
            len(value) >= 4
            and not value.startswith("--")
            and _looks_secret(value, named=any(sign in match[1] for sign in ":="))
        ):
            yield match.start(2), match.start(2) + len(value), "password"


def _looks_random(value: str) -> bool:
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value) and len(value) >= 12


def _looks_secret(value: str, *, named: bool) -> bool:
    """No plain word: a password has digits or signs in it, or capitals; after a colon any word may be one."""
    inner = value.strip("!")
    return (
        named or any(not c.isalpha() for c in inner) or inner[1:] != inner[1:].lower() or (inner.isupper() and len(inner) > 5)
    )
