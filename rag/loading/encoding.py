"""Bytes to text: byte order mark, escape sequences, strict UTF-8, the declared encoding, then statistics."""

import codecs
import re
from collections.abc import Iterator

from rag.errors import LoadError

# The longer mark first: UTF-32-LE begins with UTF-16-LE's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Which of four bytes are mostly zero.
_ZEROS = (
    ("utf-32-le", (False, True, True, True)),
    ("utf-32-be", (True, True, True, False)),
    ("utf-16-le", (False, True, False, True)),
    ("utf-16-be", (True, False, True, False)),
)
_SUPERSETS = {"shift_jis": "cp932", "gb2312": "gb18030", "gbk": "gb18030", "euc-kr": "cp949", "iso-8859-1": "cp1252"}
# 7-bit encodings are valid ASCII, so strict UTF-8 would accept them and show their escape sequences.
_ESCAPES = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$B", "iso2022_jp"), (b"\x1b$@", "iso2022_jp"), (b"\x1b(J", "iso2022_jp"))
# Encodings documents come in (WHATWG's list, shortened), likelier first: it decides between equal guesses, as between
# cp1252 and cp1250 for German. Vendor supersets stand for their standards (cp932 for Shift-JIS, cp949 for EUC-KR).
_GUESSES = (
    *("cp1252", "cp932", "gb18030", "big5hkscs", "euc_jp", "cp949", "cp1251", "koi8_r"),
    *("cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874"),
)
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 1 << 16


def decode(data: bytes, name: str, declared: str | None = None) -> str:
    """The text of `data`. Raises LoadError("damaged") where it looks binary.

    `declared` is what the file says about itself (an HTML meta element). It is believed after strict UTF-8: bytes
    beyond ASCII that happen to be valid UTF-8 are hardly ever anything else.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    for encoding in _candidates(data, declared):
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if not _looks_binary(text):
            return text
    raise LoadError("damaged", f"{name} looks binary, not text; check what it is and save it as UTF-8 text")


def _candidates(data: bytes, declared: str | None) -> Iterator[str]:
    yield from (encoding for escape, encoding in _ESCAPES if escape in data[:_SAMPLE])
    yield from _wide(data[:_SAMPLE])
    yield "utf-8"
    if declared:
        yield _SUPERSETS.get(declared.lower(), declared)
    yield from _guess(data)


def _wide(data: bytes) -> Iterator[str]:
    """UTF-16 or UTF-32 without a mark, told by where the zero bytes of line breaks, blanks and Latin letters stand."""
    zeros = [data[i::4].count(0) / max(1, len(data) // 4) for i in range(4)]
    for encoding, pattern in _ZEROS:
        if all((share > 0.3) == expected for share, expected in zip(zeros, pattern, strict=True)):
            yield encoding


def _guess(data: bytes) -> Iterator[str]:
    from charset_normalizer import from_bytes

    for threshold in (0.2, 0.5):
        matches = from_bytes(data, cp_isolation=list(_GUESSES), threshold=threshold)
        ranked = sorted(matches, key=lambda match: (match.chaos, -match.coherence, _GUESSES.index(match.encoding)))
        yield from (match.encoding for match in ranked[:1])


def _looks_binary(text: str) -> bool:
    """Whether more than one character in a hundred is a control character no text holds."""
    sample = text[:_SAMPLE]
    return len(_BINARY.findall(sample)) * 100 > len(sample)
