"""Words, sentences and search terms of a text, as character spans; the one place that knows scripts without spaces."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection
from functools import lru_cache

from rag.languages import (
    ABBREVIATIONS,
    AFTER_TIMES,
    BEFORE_ORDINALS,
    COMPOUND_ABBREVIATIONS,
    FINAL_ABBREVIATIONS,
    MONTHS_AFTER_DAYS,
    NUMBER_ABBREVIATIONS,
    OPEN_ENDINGS,
    STOP_WORDS,
    TIMES,
)
from rag.languages.chinese import numbers, simplified

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0002fa1f"
_LETTERS = rf"[^\W\d_{CJK}]+"
_WORD = re.compile(rf"[{CJK}]|\d+(?:[.,:/\-]\d+)*|{_LETTERS}(?:['’\-]{_LETTERS})*|[^\W_]")
_CJK_RUN = re.compile(rf"[{CJK}]+")
_CJK_SPLIT = re.compile(rf"([{CJK}]+)")
_CLOSING = r"[\"'”’“‘»«›‹)\]]*+"  # behind a full stop: German quotations end with “ or «
# In Chinese typed with a Latin keyboard no blank stands behind "?" and "!".
_SENTENCE_END = re.compile(
    rf"[。！？]+[”’」』）》】]*|(?<![.!?…])[.!?…]++{_CLOSING}(?=\s|$)|(?<=[{CJK}])[!?]++[”’」』）]*+(?=[{CJK}])|\n+"
)
_ABBREVIATED = re.compile(r"(?:\b(?P<word>[^\W\d_]+(?:\.[^\W\d_]+)*)|^\s*\d{1,3})\.$")
# Dates as German writes them: "2. November", "1. 3. 2026", "31.12. 2026".
_DAY, _MONTH = re.compile(r"\b\d{1,2}\.$"), re.compile(rf"\s+(?:(?i:{'|'.join(MONTHS_AFTER_DAYS)})|\d{{1,2}}\.\s?\d{{4}})\b")
_DAY_MONTH, _YEAR = re.compile(r"\b\d{1,2}\.\s?\d{1,2}\.$"), re.compile(r"\s\d{4}\b")
# An ordinal as German writes it, behind an article ("am 4. Werktag") or beside another ("der 3. oder 4. Tag").
_ORDINAL = re.compile(rf"\b(?:{'|'.join(BEFORE_ORDINALS)}|\d{{1,2}}\.\s\w{{2,4}})\s\d{{1,2}}\.$", re.IGNORECASE)
_NEXT_WORD = re.compile(r"\s+([^\W\d_]+)")
_STARTS_BEHIND_A_STOP = re.compile(rf"\.{_CLOSING}[ \t]+(?P<word>[^\W\d_]+)")
_SHOWN = 24  # characters before a full stop that say whether it ends a sentence
# A line of at least so many characters may be wrapped: it goes on where the next begins with a small letter or a number, and
# where it ends with a word that nothing ends with.
_WRAPPED = 30
_SYMBOLS, _IDLE = "%％‰", "|`´©®™"
_INVISIBLE = re.compile(r"[\xad\u200b\u2060\ufeff]")  # Documents are without them; what is asked or pasted may not be.
_LONGEST_WORD = 32  # characters: longer ones are no words that nothing ends with
_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_UMLAUT = re.compile(r"[äöü]")
_DIGRAPH = re.compile(r"(?<![aeq])([aou])e")
_LAST_WORD = re.compile(r"[^\W\d_]+$")
_GOES_ON = re.compile(r"[^\W\d_]|\d+(?![.)\d])")


def words(text: str) -> list[tuple[int, int]]:
    """Spans of the words of `text`; each Chinese, Japanese or Korean character is a word, `1,299.00` is one."""
    return [match.span() for match in _WORD.finditer(text)]


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of `text`, without surrounding white space; lines end sentences (headings, list items) unless they
    are wrapped.
    """
    spans, start, lines = [], 0, 0  # `lines` is where the line after the last wrapped one begins
    without_capitals: bool | None = None
    for match in _SENTENCE_END.finditer(text):
        if match.group() == "\n" and _wrapped(text, match.start(), lines):
            lines = match.end()
            continue
        if match.group()[0] == ".":
            # searched in a slice, so that a list's number is one at the beginning of every sentence
            if _abbreviates(text[max(start, match.end() - _SHOWN) : match.end()], text, match.end()):
                continue
            if (behind := _STARTS_BEHIND_A_STOP.match(text, match.start())) and behind["word"].islower():
                without_capitals = _without_capitals(text) if without_capitals is None else without_capitals
                if not without_capitals:
                    continue
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))
    return [span for span in (trim(text, *span) for span in spans) if _WORD.search(text, *span)]


def _abbreviates(before: str, text: str, end: int) -> bool:
    """Whether a full stop, which ends `before` and stands in `text` before `end`, belongs to a list's number, an ordinal, a
    lone letter or an abbreviation.
    """
    if (_DAY.search(before) and _MONTH.match(text, end)) or (_DAY_MONTH.search(before) and _YEAR.match(text, end)):
        return True
    if _ORDINAL.search(before):
        return True
    match = _ABBREVIATED.search(before)
    if match is None:
        return False
    word = (match["word"] or "").casefold()
    following = text[end : end + 2].lstrip()
    if word in FINAL_ABBREVIATIONS:
        goes_on = word in TIMES and (after := _NEXT_WORD.match(text, end)) and after[1].casefold() in AFTER_TIMES
        return bool(following) and (not following[0].isupper() or bool(goes_on))
    if word in NUMBER_ABBREVIATIONS or word.endswith(COMPOUND_ABBREVIATIONS):
        return following[:1].isdigit()
    return word in ABBREVIATIONS or all(len(part) <= 1 for part in word.split("."))  # "U.S.", "J."


def _without_capitals(text: str) -> bool:
    """Whether a text is typed in small letters, so that one behind a full stop begins a sentence."""
    first = next(filter(str.isalpha, text), "")
    found = [match["word"][0].islower() for match in _STARTS_BEHIND_A_STOP.finditer(text)]
    return first.islower() and 2 * sum(found) > len(found)


def _wrapped(text: str, end: int, after: int) -> bool:
    """Whether the line that ends there goes on in the next; one that begins at `after`, where another went on, may be short."""
    begin = text.rfind("\n", 0, end) + 1
    line = text[begin:end].rstrip()
    if not line or line[-1] in ".!?…:;。！？：；" or line[0] == "#" or " | " in line:
        return False
    following = _GOES_ON.match(text, end + 1)
    if following is None or _CJK_RUN.match(following.group()):
        return False
    last = _LAST_WORD.search(line[-_LONGEST_WORD:])
    open_ended = (last and last.group().casefold() in OPEN_ENDINGS) or not following.group()[0].isupper()
    return bool(open_ended) and (len(line) >= _WRAPPED or 0 < after == begin)


@lru_cache(maxsize=65536)
def normalise(word: str) -> str:
    """One form for comparison: compatibility characters and case folded."""
    return unicodedata.normalize("NFKC", word).casefold().replace("’", "'")


def terms(text: str) -> list[str]:
    """Terms for keyword search, in order: words casefolded, runs of Chinese, Japanese or Korean as bigrams, Chinese in
    simplified characters and its numerals in figures too.
    """
    found: list[str] = []
    for piece in _CJK_SPLIT.split(normalise.__wrapped__(_INVISIBLE.sub("", text))):
        if _CJK_RUN.match(piece):
            plain = simplified(piece)
            found += [plain[i : i + 2] for i in range(len(plain) - 1)] or [plain]
            found += numbers(plain)
        else:
            found += _WORD.findall(piece)
    return found


def spellings(term: str) -> list[str]:
    """How else a term may be written without umlauts: "größe" as "groesse", and the other way round without the accents, which
    the keyword index leaves out.
    """
    other = term.translate(_DIGRAPHS) if _UMLAUT.search(term) else _DIGRAPH.sub(r"\1", term)
    return [other] if other != term else []


def has_cjk(text: str) -> bool:
    """Whether the text holds Chinese, Japanese or Korean."""
    return bool(_CJK_RUN.search(text))


def scripts(text: str) -> Counter[str]:
    """How many letters a text has of each script, called by the first word of their Unicode names: LATIN, CJK, CYRILLIC."""
    return Counter(unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha())


def mostly_in(known: Collection[str], text: str) -> bool:
    """Whether half or more of a text's letters are of known scripts, as `scripts` names them."""
    found = scripts(text)
    return 2 * sum(found[script] for script in known) >= found.total()


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The word without its English inflection (Porter 2), case folded: "returns", "returned" and "Return" are one."""
    import snowballstemmer

    stemmed: str = snowballstemmer.stemmer("english").stemWord(normalise(word).removesuffix("'s"))
    return stemmed


def is_content(word: str) -> bool:
    """Whether a word carries meaning of its own (no stop word, no lone letter)."""
    folded = normalise(word)
    return folded not in STOP_WORDS and (len(folded) > 1 or folded.isdigit() or bool(_CJK_RUN.match(folded)))


def is_number(word: str) -> bool:
    """Whether the word holds a digit or a Chinese numeral: such words are supported by the very same number or not at all."""
    return any(character.isnumeric() or character == "两" for character in word)


def is_symbol(character: str) -> bool:
    """Whether a character says something though it is no part of a word: of a currency, a unit, mathematics, or a picture."""
    return character in _SYMBOLS or (unicodedata.category(character)[0] == "S" and character not in _IDLE)


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def replace_lone_surrogates(text: str) -> str:
    """`text` with lone surrogates replaced, which neither tokenizers nor SQLite take, one character for one; two that make a
    pair, which cleaned documents do not have, become one character.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
