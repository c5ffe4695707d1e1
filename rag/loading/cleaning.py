"""Characters that a text may hold: one sign for line breaks, no controls, nothing invisible that parts a word.

Codes are searched and compared as they look: full-width letters are letters, and a word with a zero-width space in it is
the word. It is done here, before anything counts positions, so that encoder, reader and word search see the same text.
"""

import re
import unicodedata

_LINE_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85]")
# With soft hyphens, marks of direction, word joiners and byte order marks.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u180e\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# Zero-width spaces and joiners shape Arabic, Indic and South-East Asian words and emoji; elsewhere they only part words.
_JOINERS = re.compile(r"(?<![\u0600-\u109f\u1780-\u18af\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])[\u200b-\u200d]")
# Letters and digits of other widths and founts, ligatures, and the signs of codes; in numbers also point, comma and colon.
# Other compatibility forms carry meaning (m\xb2) or are a script's own signs.
_FORMS = re.compile(
    "(?<=[\uff10-\uff19])[\uff0c\uff0e\uff1a](?=[\uff10-\uff19])"
    "|[\ufb00-\ufb06\uff03\uff05\uff06\uff0b\uff0d\uff0f-\uff19\uff20-\uff3a\uff3f\uff41-\uff5a\U0001d400-\U0001d7ff]"
)
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n{4,}")
_WORD = re.compile(r"[^\W_]")


def characters(text: str) -> str:
    r"""`text` with \n for every line break, no control characters and no look-alikes of letters and digits."""
    if not text.isprintable():  # Nearly all is, and told ten times as fast.
        text = _JOINERS.sub("", _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _LINE_BREAKS.sub("\n", text))))
    return text if text.isascii() else _FORMS.sub(_compatible, text)


def _compatible(form: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", form[0])


def clean(text: str) -> str:
    r"""`text` with \n for every line break, no control characters, no trailing blanks, at most two blank lines together."""
    return _BLANK_LINES.sub("\n\n\n", "\n".join(line.rstrip() for line in characters(text).split("\n")))


def one_line(text: str) -> str:
    """`text` cleaned, on one line, as headings and titles are kept."""
    return " ".join(characters(text).split())


def has_words(text: str) -> bool:
    """Whether any letter or digit is in `text`."""
    return bool(_WORD.search(text))
