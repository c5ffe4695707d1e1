"""Number formats of Excel, cut into tokens: the format codes of ECMA-376 18.8.31."""

import re
from functools import lru_cache

_TOKEN = re.compile(
    r"""
    "(?P<quoted>[^"]*)"?            # a text
    | \\(?P<escaped>.)              # one sign as it is
    | _(?P<space>.)                 # a blank as wide as a sign
    | \*(?P<fill>.)                 # a sign repeated to the cell's width
    | \[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]
    | \[(?P<elapsed>h+|m+|s+)\]
    | \[(?P<condition>[<>=]{1,2}-?[\d.]+)\]
    | \[(?P<color>[^\]]*)\]
    | (?P<general>General)
    | (?P<noon>AM/PM|A/P)
    | (?P<exponent>E[+-])
    | (?P<date>y+|m+|d+|h+|s+(?:\.0+)?)
    | (?P<digit>[0#?])
    | (?P<other>.)
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_LITERAL = ("quoted", "escaped", "currency")

Token = tuple[str, str]


def _tokens(code: str) -> list[Token]:
    return [(match.lastgroup or "other", match[match.lastgroup or 0]) for match in _TOKEN.finditer(code)]


@lru_cache(maxsize=256)
def sections(code: str) -> list[list[Token]]:
    """The parts of a format for positive, negative and zero numbers; callers leave them as they are."""
    parts: list[list[Token]] = [[]]
    for token in _tokens(code):
        if token == ("other", ";"):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def literal(kind: str, text: str) -> str:
    """What a token that is no place of a digit puts into the text."""
    if kind in _LITERAL or kind in ("other", "date", "noon", "exponent"):
        return text
    return " " if kind == "space" else ""
