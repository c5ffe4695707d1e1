"""Which words are spelt right, by the lists of pyspellchecker; contractions also without their apostrophe."""

from functools import cache

LANGUAGES = ("en", "de")


def is_word(word: str) -> bool:
    """Whether a word, whatever its case, is one of English or German."""
    return word.casefold() in _words()


@cache
def _words() -> frozenset[str]:
    """Some half a million words, 50 MB and a second of reading; made when the first is asked for."""
    from spellchecker import SpellChecker

    found = [word.casefold() for word in SpellChecker(language=list(LANGUAGES)).word_frequency.words()]
    return frozenset([*found, *(word.replace("'", "") for word in found if "'" in word)])
