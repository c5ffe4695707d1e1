"""Which language a text is in: by its script, and by py3langid's statistics of how words are built."""

from functools import cache
from typing import TYPE_CHECKING, Final

from rag.languages.spoken import LANGUAGES, Language
from rag.text import scripts

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

READ: Final = 2_000  # characters; more change nothing
# Fewest letters of a document: of 40 characters, 90 to 97% are told right, of 100, 97 to 100%.
_FEWEST: Final = 30
# A message is in the likeliest of our languages where that is so likely beside the others, and all of ours together so likely
# among all 142. What comes of it is measured by benchmarks/language.py.
_LIKELIEST: Final = 0.7
_OURS: Final = 0.02
# Chinese between Latin names is taken for Wu or Cantonese; "zxx" is no language.
_TAGS: Final = {"wuu": "zh", "yue": "zh", "zxx": ""}


def language_of(message: str) -> Language | None:
    """The language of a message, however short; None where that cannot be told, or is another one.

    Names and numbers are in no language: "Okonkwo, Fitzgerald", "INV-2611-042".
    """
    found = scripts(message[:READ])
    if is_chinese(message):
        return "zh"
    if not found or found["LATIN"] * 2 < found.total():
        return None
    shares = dict(_identifier().rank(message[:READ]))
    ours = {language: float(shares[language]) for language in LANGUAGES if language != "zh"}
    likeliest = max(ours, key=lambda language: ours[language])
    total = sum(ours.values())
    return likeliest if total >= _OURS and ours[likeliest] >= _LIKELIEST * total else None


def is_chinese(message: str) -> bool:
    """By its characters: Latin names among them weigh little, kana make it Japanese."""
    found = scripts(message[:READ])
    return 4 * found["CJK"] > found["LATIN"] and not found["HIRAGANA"] + found["KATAKANA"]


def written_in(text: str) -> str:
    """The primary tag of BCP 47 of a document's language ("en", "de", "fr"); "" where there is too little text to tell.

    One that may be in a language of ours is: py3langid takes a paragraph in 30 for Nigerian Pidgin or Wu.
    """
    sample = text[:READ]
    letters = sum(map(str.isalpha, sample))
    if letters < (_FEWEST if sample.isascii() else _FEWEST // 4):  # A Chinese sentence has a quarter of the letters.
        return ""
    if ours := language_of(sample):
        return ours
    tag = str(_identifier().classify(sample)[0])
    return _TAGS.get(tag, tag)


@cache
def _identifier() -> "LanguageIdentifier":
    """Read once, in about a second; 60 MB."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
