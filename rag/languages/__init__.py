"""What each language writes: the texts that people read, and words as data for search and for telling formats apart.

One package a language; words stand nowhere else. None of them decides what a sentence means. `spoken.py` says which languages
there are, and in which one the texts are read.
"""

from types import ModuleType

from rag.languages.spoken import LANGUAGES, texts_in

_EVERY: dict[str, ModuleType] = {language: texts_in(language) for language in LANGUAGES}


def _words(name: str) -> frozenset[str]:
    """The words of all languages under a name; a language may have none."""
    return frozenset(word for one in _EVERY.values() for word in getattr(one, name, ()))


def _patterns(name: str) -> tuple[str, ...]:
    """The same of words or regular expressions whose order counts."""
    return tuple(pattern for one in _EVERY.values() for pattern in getattr(one, name, ()))


# What is said to messages that ask nothing, and what is asked for those who want a person.
REPLIES: dict[str, dict[str, str]] = {language: one.REPLIES for language, one in _EVERY.items()}
CONTACT_QUESTIONS: dict[str, str] = {language: one.CONTACT_QUESTION for language, one in _EVERY.items()}
# Left out of keyword search; only English, since "die" and "war" are words of content in another language.
STOP_WORDS: frozenset[str] = _EVERY["en"].STOP_WORDS
# Before a full stop that ends no sentence: always, unless a capital letter follows, or where a number follows.
ABBREVIATIONS = _words("ABBREVIATIONS")
FINAL_ABBREVIATIONS = _words("FINAL_ABBREVIATIONS")
NUMBER_ABBREVIATIONS = _words("NUMBER_ABBREVIATIONS")
# Times of day as English writes them, and what they go on with.
TIMES: frozenset[str] = _EVERY["en"].TIMES
AFTER_TIMES: frozenset[str] = _EVERY["en"].AFTER_TIMES
# With which German words of several parts end before a number ("Hauptstr. 12"), and behind which a number is an ordinal.
COMPOUND_ABBREVIATIONS: tuple[str, ...] = _EVERY["de"].COMPOUND_ABBREVIATIONS
BEFORE_ORDINALS: tuple[str, ...] = _EVERY["de"].BEFORE_ORDINALS
# Behind a day's number and its full stop: "am 2. November".
MONTHS_AFTER_DAYS: list[str] = _EVERY["de"].MONTHS.replace("|", " ").split()
# A line that ends with one of these goes on in the next: it was wrapped.
OPEN_ENDINGS = _words("OPEN_ENDINGS")
# What the columns of a table of questions and answers are called.
QUESTION_COLUMNS = _words("QUESTION_COLUMNS")
ANSWER_COLUMNS = _words("ANSWER_COLUMNS")
# What the cells of a column of yes and no say.
YES_CELLS, NO_CELLS = _words("YES_CELLS"), _words("NO_CELLS")

# What a page says of itself: by field the labels of each language; keys that are true or false; and what a whole sentence,
# or only the value of a label, says, as regular expressions in which {date} stands for a date; <page> is the page as subject.
LABELS = {
    field: [
        [" ".join(label.split()) for label in one.LABELS.get(field, "").split(",") if label.strip()] for one in _EVERY.values()
    ]
    for field in _EVERY["en"].LABELS
}
INTERNAL_KEYS = _words("INTERNAL_KEYS")
PUBLIC_KEYS = _words("PUBLIC_KEYS")
SUPERSEDED_KEYS = _words("SUPERSEDED_KEYS")
INTERNAL_NOTICES = _patterns("INTERNAL_NOTICES")
INTERNAL_VALUES = _patterns("INTERNAL_VALUES")
SUPERSEDED_NOTICES = _patterns("SUPERSEDED_NOTICES")
SUPERSEDED_VALUES = _patterns("SUPERSEDED_VALUES")
VALID_BETWEEN = _patterns("VALID_BETWEEN")
VALID_FROM = _patterns("STARTS")
EDITION_WORDS = _patterns("EDITION_WORDS")
EDITIONS = _patterns("EDITIONS")
# January to December, each with its short forms; of languages that write them as words.
MONTHS = tuple(
    "|".join(names) for names in zip(*(one.MONTHS.split() for one in _EVERY.values() if hasattr(one, "MONTHS")), strict=True)
)
