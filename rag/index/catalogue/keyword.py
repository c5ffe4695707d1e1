"""Keyword search by FTS5's BM25. What is indexed are `rag.text.terms`: Chinese, Japanese and Korean are found by bigrams.

Of many passages those are scored that hold one of a question's rare terms; in these, its common terms count too.
"""

import json
from collections.abc import Collection, Mapping, Sequence

from rag.index.catalogue import mapping
from rag.index.catalogue.database import Database
from rag.text import is_content, spellings, terms

MOST_TERMS = 256  # further terms hardly move the ranking
SCORED = 4000  # passages that are scored, about 1.5 us each; of the best 8 of 75,000, .98 are found by it (docs/speed.md)
FEWEST = 500  # passages that are scored where there are so many, however common the terms are
READ = 150_000  # entries of the terms' lists that are read: of a pasted page the commonest terms are left out
_CACHED = 50_000  # terms whose frequency is kept

VISIBLE = f"""documents ON documents.id = chunks.document
    CROSS JOIN ready_versions ON ready_versions.id = documents.version
    WHERE (:internal OR NOT {mapping.INTERNAL})"""
"""To be joined to `chunks`: the passages that may be shown."""
STATE = "SELECT (SELECT id FROM indexes WHERE state = 'active') AS id, (SELECT max(revision) FROM revisions) AS revision"
"""What changes whenever something is published or deleted."""

_BEST = """SELECT rowid AS id, -bm25(keywords) AS score FROM keywords WHERE keywords MATCH :match
    ORDER BY score DESC, id LIMIT :most"""
_SHOWN = f"SELECT chunks.id, chunks.hash FROM chunks JOIN {VISIBLE} AND chunks.id IN (SELECT value FROM json_each(:ids))"  # noqa: S608
# +: the ids are looked up in a set of them, where a search for each of them would be one of the whole index
_WITHIN = f"""SELECT chunks.hash, -bm25(keywords) AS score FROM keywords JOIN chunks ON chunks.id = keywords.rowid
    WHERE keywords MATCH :match AND +keywords.rowid IN (SELECT chunks.id FROM chunks JOIN {VISIBLE}
    AND documents.name IN (SELECT value FROM json_each(:names))) ORDER BY score DESC, chunks.id LIMIT :k"""  # noqa: S608


class KeywordSearch:
    """Finds what is ready in the active index, and what is for staff only where `internal` is asked for. Safe for threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._frequencies: tuple[tuple[object, ...], dict[str, int]] = (), {}

    def search(
        self, question: str, k: int, documents: Collection[str] | None = None, *, internal: bool = False
    ) -> list[tuple[str, float]]:
        """The k best (chunk id, BM25 score, higher is better) for any of the question's words, in `documents` where given."""
        asked = asked_terms(question)
        if not asked or k <= 0:
            return []
        if documents is not None:
            values = {"match": expression(asked), "names": json.dumps(list(documents)), "k": k, "internal": internal}
            return [(row["hash"], row["score"]) for row in self._database.read(_WITHIN, values)]
        match, most = expression(*chosen(self._counted(asked))), 2 * k
        while True:
            found = self._database.read(_BEST, {"match": match, "most": most})
            ids = json.dumps([row["id"] for row in found])
            shown = {row["id"]: row["hash"] for row in self._database.read(_SHOWN, {"ids": ids, "internal": internal})}
            hits = [(shown[row["id"]], row["score"]) for row in found if row["id"] in shown]
            if len(hits) >= k or len(found) < most:
                return hits[:k]
            most *= 4

    def _counted(self, asked: Sequence[str]) -> dict[str, int]:
        """The terms with the number of passages that hold each."""
        key = tuple(self._database.read(STATE)[0])
        if self._frequencies[0] != key or len(self._frequencies[1]) > _CACHED:
            self._frequencies = key, {}
        known = self._frequencies[1]
        for term in asked:
            if term not in known:
                sql = "SELECT count(*) FROM keywords WHERE keywords MATCH :match"
                known[term] = self._database.read(sql, {"match": expression([term])})[0][0]
        return {term: known[term] for term in asked}


def indexed(text: str) -> str:
    """What the keyword index holds of a text."""
    return " ".join(terms(text))


def asked_terms(question: str) -> list[str]:
    """The terms that are looked for, each once and in its other spelling: without stop words where others remain."""
    asked = list(dict.fromkeys(terms(question)))
    kept = ([term for term in asked if is_content(term)] or asked)[:MOST_TERMS]
    return list(dict.fromkeys([*kept, *(other for term in kept for other in spellings(term))]))


def chosen(counted: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """The rare terms, of which a passage holds one to be scored at all, and the common ones that count beside them."""
    terms = sorted(counted, key=lambda term: counted[term])
    read, rare = 0, 0
    for term in terms:
        if rare and read >= FEWEST and read + counted[term] > SCORED:
            break
        read += counted[term]
        rare += 1
    common = []
    for term in terms[rare:]:
        read += counted[term]
        if read > READ:
            break
        common.append(term)
    return terms[:rare], common


def expression(rare: Sequence[str], common: Sequence[str] = ()) -> str:
    """Any of the rare terms, in FTS5's syntax; where there are common ones, they are scored as well.

    Each term is a quoted string: no question can be syntax. FTS5 has no optional terms, and its BM25 counts each time that a
    term is written: so rare ones stand on both sides of AND, common ones twice on one, and every score is twice what it was.
    """
    needed = " OR ".join(map(_quoted, rare))
    if not common:
        return needed
    return f"({needed}) AND ({needed} OR {' OR '.join(map(_quoted, [*common, *common]))})"


def _quoted(term: str) -> str:
    return '"{}"'.format(term.replace('"', '""'))
