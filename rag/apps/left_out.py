"""What was not read of a file, in words: for the page and the terminal."""

from collections.abc import Iterable

from rag.about import LeftOut
from rag.languages.formats import count
from rag.languages.spoken import texts


def say(left_out: Iterable[LeftOut]) -> str:
    """The parts, as one line.

    >>> say([LeftOut("hidden sheets", 2, "Costs"), LeftOut("formulas without a value", 1, "Prices, row 4")])
    '2 hidden sheets (first: Costs), 1 formula without a value (Prices, row 4)'
    """
    return texts.COMMA.join(map(_part, left_out))


def _part(part: LeftOut) -> str:
    said = count(texts.LEFT_OUT_PARTS[part.kind], part.count)
    where = texts.LEFT_OUT_WHERE if part.count == 1 else texts.LEFT_OUT_FIRST
    return where.format(part=said, where=part.where) if part.where else said
