"""A text in, the same text with placeholders for personal data out."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from rag.privacy import numbers, secrets

KINDS = ("email", "phone", "card", "iban", "id", "key", "password")
Mask = Callable[[str], str]
"""A text to what of it may be kept: `mask`, or `unmasked` where the operator says so."""

_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"), " ")
_PLAIN = {**{n: chr(n - 0xFEE0) for n in range(0xFF01, 0xFF5F)}, **_HYPHENS, **_BLANKS}
_PLACEHOLDER = re.compile(r"\[(?:" + "|".join(KINDS) + r")\]")


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data at `text[start:end]`; `kind` is one of KINDS."""

    start: int
    end: int
    kind: str


def find(text: str) -> list[Found]:
    """What is personal data in a text, in order and without overlaps. Names and postal addresses are not found."""
    plain = text.translate(_PLAIN)
    taken = bytearray(len(plain))
    for match in _PLACEHOLDER.finditer(plain):
        taken[match.start() : match.end()] = b"\1" * len(match[0])
    found = []
    for start, end, kind in (*secrets.find(plain), *numbers.find(plain)):
        if start < end and not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            found.append(Found(start, end, "password" if kind == "code" else kind))
    return sorted(found, key=lambda item: item.start)


def mask(text: str) -> str:
    """The text with `[email]`, `[card]` and the like instead of personal data; what is masked already stays as it is."""
    parts, last = [], 0
    for item in find(text):
        parts += [text[last : item.start], f"[{item.kind}]"]
        last = item.end
    return "".join([*parts, text[last:]])


def unmasked(text: str) -> str:
    """The text as it is, for `RAG_MASK=false`."""
    return text
