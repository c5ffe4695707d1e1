"""Where a quoted text stands in a document as it was ingested: parsers may change white space and drop control characters."""

from bisect import bisect_left
from collections.abc import Sequence

from rag.datasets.dataset import Quote
from rag.types import Block

_CELLS = "|"  # between the cells of a row, as a quote says it


class QuoteFinder:
    """A document's text, searched for quotes with white space left out of account; a quote of a table's row has its cells."""

    def __init__(self, text: str, blocks: Sequence[Block] = ()) -> None:
        self.text = text
        self._rows = [block for block in blocks if block.kind == "row"]
        self._at = [i for i, character in enumerate(text) if _counts(character)]
        self._squeezed = "".join(text[i] for i in self._at)

    def find(self, quote: Quote) -> tuple[int, int] | None:
        """The (start, end) that says the same, the nearest to where the quote should be; None if nothing does."""
        wanted = _squeezed(quote.text)
        if not wanted:
            return None
        near = bisect_left(self._at, quote.start)
        found = [
            at for at in (self._squeezed.rfind(wanted, 0, near + len(wanted)), self._squeezed.find(wanted, near)) if at >= 0
        ]
        if not found:
            return self._row(quote.text)
        first = min(found, key=lambda at: abs(at - near))
        return self._at[first], self._at[first + len(wanted) - 1] + 1

    def _row(self, text: str) -> tuple[int, int] | None:
        """The first row that has the cells of a quote, "Sweden | 26.00 | 3 days", in their order."""
        wanted = [_squeezed(cell) for cell in text.split(_CELLS) if cell.strip()]
        if _CELLS in text:
            for row in self._rows:
                cells = iter([_squeezed(self.text[start:end]) for start, end in row.cells])
                if all(cell in cells for cell in wanted):
                    return row.start, row.end
        return None


def _squeezed(text: str) -> str:
    return "".join(filter(_counts, text))


def _counts(character: str) -> bool:
    """Whether a character is compared: parsers change white space and drop control characters."""
    return character.isprintable() and not character.isspace()
