"""How often keyword search alone finds the right passage first, and what it is worth that forms of a word find each other.

    python -m benchmarks.keyword_terms ../shared/data/xquad/xquad.zh.A.json [traditional | numerals | digraphs]

Reads a SQuAD file, whose paragraphs are the passages, into an FTS5 table as the catalogue's is, and prints R@1 of its questions
as they are, and written otherwise: `traditional` in traditional characters, `numerals` with numbers of one or two digits in
Chinese, `digraphs` with ae, oe, ue and ss for ä, ö, ü and ß. Only questions that this changes are counted then.
"""

import json
import re
import sqlite3
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from rag.index.catalogue.keyword import asked_terms, expression, indexed

_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


def traditional(question: str) -> str:
    return str(_converter().convert(question))


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("s2t")


def numerals(question: str) -> str:
    import cn2an

    return re.sub(r"(?<![\d.,])\d{1,2}(?![\d.,%])", lambda number: str(cn2an.an2cn(number.group())), question)


def digraphs(question: str) -> str:
    return question.translate(_DIGRAPHS)


FORMS: dict[str, Callable[[str], str]] = {"traditional": traditional, "numerals": numerals, "digraphs": digraphs}


def main() -> None:
    articles = json.loads(Path(sys.argv[1]).read_text("utf-8"))["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE keywords USING fts5 (text, tokenize = 'porter unicode61 remove_diacritics 2')")
    rows = [(indexed(paragraph["context"]),) for paragraph in paragraphs]
    connection.executemany("INSERT INTO keywords VALUES (?)", rows)
    asked = [(number, one["question"]) for number, paragraph in enumerate(paragraphs, 1) for one in paragraph["qas"]]
    shown("as asked", connection, asked)
    for form in sys.argv[2:]:
        written = [(number, FORMS[form](question)) for number, question in asked]
        changed = [pair for pair in zip(asked, written, strict=True) if pair[0] != pair[1]]
        shown(f"{form}, the same questions as asked", connection, [before for before, _ in changed])
        shown(form, connection, [after for _, after in changed])


def shown(name: str, connection: sqlite3.Connection, asked: list[tuple[int, str]]) -> None:
    sql = "SELECT rowid FROM keywords WHERE keywords MATCH ? ORDER BY bm25(keywords), rowid LIMIT 1"
    first = [connection.execute(sql, [expression(asked_terms(question))]).fetchone() for _, question in asked]
    right = sum(found == (number,) for found, (number, _) in zip(first, asked, strict=True))
    print(f"{name}: R@1 {right / max(1, len(asked)):.3f} of {len(asked)} questions")


if __name__ == "__main__":
    main()
