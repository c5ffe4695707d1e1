"""Whether a text says a fact, in whatever form of case, numbers, ranges and currency, and whether it can be read."""

import re
import unicodedata

from rag.languages.acceptance import CURRENCIES, NUMBERS, RANGE_WORDS

_EMPHASIS = re.compile(r"\*\*|__|`")
_CITATION_MARKER = re.compile(r"\[\d+\]")
_NUMBER_WORD = re.compile(rf"\b({'|'.join(NUMBERS)})\b")
_RANGE = re.compile(rf"(?<=\d)\s*(?:-|–|—|{RANGE_WORDS})\s*(?=\d)")
_PER_CENT = re.compile(r"(?<=\d)\s+%|(?<=\d)\s+per ?cent\b")
_NO_PENCE = re.compile(r"([£€$]\d+)[.,]00\b")
_ONE_DECIMAL = re.compile(r"[£€$]?\d+[.,]\d")
_CURRENCY_FORMS = tuple(
    (
        sign,
        re.compile(rf"\b(?:{names})\s+(?=\d)"),
        re.compile(rf"(?<![£€$\d.,])(\d[\d.,]*)\s*(?:(?:{names})\b|[{sign}](?!\d))"),
    )
    for sign, names in CURRENCIES.items()
)
_SHORT = 3  # letters of a fact that must be a word of its own: "yes" is not in "yesterday", but "refund" is in "refunds"

_TABLE_LINE = re.compile(r"\s*\|.*\|")
_LABEL = re.compile(r"(?:^|; )[A-Za-z][^;:]{1,40}: ")
_LIST_LINE = re.compile(r"\s*(?:[-*•]|\d+\.) ")
_SENTENCE_END = re.compile(r"[.!?。！？…:：][\"')]*$")
_BARE_NUMBER = re.compile(r"\s*\d{1,4}(?:[.,]\d+)?\s*")
_FEWEST_LINES, _FEWEST_LABELS = 3, 3  # from which lines without an end, and labels in a line, are a raw list or row


def normalised(text: str) -> str:
    """One form for comparison.

    >>> normalised("**Thirty** days, 10.00 – 14.00, 4,90 € or 20 per cent [1]")
    '30 days, 10.00 to 14.00, €4,90 or 20%'
    """
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")
    text = _CITATION_MARKER.sub(" ", _EMPHASIS.sub("", text))
    text = _NUMBER_WORD.sub(lambda match: str(NUMBERS[match.group()]), text)
    text = _PER_CENT.sub("%", _RANGE.sub(" to ", text))
    for sign, before, behind in _CURRENCY_FORMS:
        text = before.sub(sign, text)
        text = behind.sub(rf"{sign}\1", text)
    return " ".join(_NO_PENCE.sub(r"\1", text).split())


def says(normal_text: str, fact: str) -> bool:
    """Whether a normalised text says a fact: "1" is said neither by "12" nor by "1.5", and "£7.9" also by "£7.90"."""
    fact = normalised(fact)
    if not fact:
        return False
    before = after = ""
    if fact[0].isdigit():
        before = r"(?<!\d)(?<!\d[.,:])"
    elif fact[0].isalpha() and fact.isascii():
        before = r"(?<![^\W\d_])"
    if fact[-1].isdigit():
        after = r"(?!\d)(?![.,:]\d)"
    if len(fact) <= _SHORT and fact.isascii() and fact.isalpha():
        after = r"(?![^\W\d_])"
    if _ONE_DECIMAL.fullmatch(fact):
        after = "0?" + after
    return re.search(before + re.escape(fact) + after, normal_text) is not None


def unreadable(answer: str) -> str:
    """What makes an answer one that nobody should be sent, or nothing."""
    lines = [line for line in answer.splitlines() if line.strip()]
    if any(line.count(" | ") >= 2 or _TABLE_LINE.match(line) for line in lines):
        return "raw table"
    if any(len(_LABEL.findall(line)) >= _FEWEST_LABELS for line in lines):
        return "raw row"
    endless = [line for line in lines if not _LIST_LINE.match(line) and not _SENTENCE_END.search(line.strip())]
    if len(lines) >= _FEWEST_LINES and 2 * len(endless) > len(lines):
        return "raw lines"
    if lines and lines[0].lstrip().startswith("#"):
        return "heading mark"
    if _BARE_NUMBER.fullmatch(answer):
        return "bare number"
    return "announces and stops" if answer.rstrip().endswith((":", "：")) else ""
