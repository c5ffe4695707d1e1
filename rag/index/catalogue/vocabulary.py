"""The words of the passages, which slips of typing are corrected to; a trigger takes out those of deleted passages."""

from collections import Counter
from collections.abc import Iterable
from sqlite3 import Connection

from rag.text import has_cjk

SHORTEST, LONGEST = 4, 32  # letters of a word that is kept


def add(connection: Connection, indexed: Iterable[str]) -> None:
    """Adds the words of passages, each as the keyword index holds it: terms with blanks between them."""
    found: Counter[str] = Counter()
    for terms in indexed:
        found.update(set(terms.split(" ")))
    sql = """INSERT INTO vocabulary VALUES (?, ?)
        ON CONFLICT (word) DO UPDATE SET passages = passages + excluded.passages"""
    connection.executemany(sql, sorted((word, passages) for word, passages in found.items() if is_kept(word)))


def is_kept(word: str) -> bool:
    """Whether it is letters alone, not few or very many, and none Chinese, Japanese or Korean."""
    return SHORTEST <= len(word) <= LONGEST and word.isalpha() and not has_cjk(word)
