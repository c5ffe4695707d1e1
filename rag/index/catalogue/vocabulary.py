"""The words of the passages, which slips of typing are corrected to; a trigger takes out those of deleted passages."""

from collections import Counter
from collections.abc import Iterable
from sqlite3 import Connection

from rag.text import has_cjk, terms

SHORTEST, LONGEST = 4, 32  # letters of a word that is kept


def add(connection: Connection, passages: Iterable[str]) -> None:
    """Adds the words of passages."""
    found: Counter[str] = Counter()
    for text in passages:
        found.update({term for term in terms(text) if is_kept(term)})
    sql = """INSERT INTO vocabulary VALUES (?, ?)
        ON CONFLICT (word) DO UPDATE SET passages = passages + excluded.passages"""
    connection.executemany(sql, sorted(found.items()))


def is_kept(word: str) -> bool:
    """Whether it is letters alone, not few or very many, and none Chinese, Japanese or Korean."""
    return SHORTEST <= len(word) <= LONGEST and word.isalpha() and not has_cjk(word)
