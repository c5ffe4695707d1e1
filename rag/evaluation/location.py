"""Where a quoted text stands in a document as it was ingested: parsers may change white space and drop control characters."""

from bisect import bisect_left

from rag.datasets.dataset import Quote


class QuoteFinder:
    """A document's text, searched for quotes with white space left out of account."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._at = [i for i, character in enumerate(text) if character.isprintable() and not character.isspace()]
        self._squeezed = "".join(text[i] for i in self._at)

    def find(self, quote: Quote) -> tuple[int, int] | None:
        """The (start, end) that says the same, the nearest to where the quote should be; None if nothing does."""
        wanted = "".join(c for c in quote.text if c.isprintable() and not c.isspace())
        if not wanted:
            return None
        near = bisect_left(self._at, quote.start)
        found = [
            at for at in (self._squeezed.rfind(wanted, 0, near + len(wanted)), self._squeezed.find(wanted, near)) if at >= 0
        ]
        if not found:
            return None
        first = min(found, key=lambda at: abs(at - near))
        return self._at[first], self._at[first + len(wanted) - 1] + 1
