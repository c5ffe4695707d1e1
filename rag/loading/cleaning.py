"""Characters that a text may hold: line breaks are one sign, controls go, half characters are replaced."""

import re

_LINE_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n{4,}")
_WORD = re.compile(r"[^\W_]")


def characters(text: str) -> str:
    r"""`text` with \n for every line break and no control characters."""
    if text.isprintable():  # Nearly all there is, and told ten times as fast.
        return text
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _LINE_BREAKS.sub("\n", text)))


def clean(text: str) -> str:
    r"""`text` with \n for every line break, no control characters, no trailing blanks, at most two blank lines together."""
    return _BLANK_LINES.sub("\n\n\n", "\n".join(line.rstrip() for line in characters(text).split("\n")))


def one_line(text: str) -> str:
    """`text` cleaned, on one line, as headings and titles are kept."""
    return " ".join(characters(text).split())


def has_words(text: str) -> bool:
    """Whether any letter or digit is in `text`."""
    return bool(_WORD.search(text))
