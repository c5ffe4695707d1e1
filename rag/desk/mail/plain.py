"""HTML of a mail to plain text: nothing is executed, fetched or kept as markup; what quotes an earlier mail begins with ">"."""

from html.parser import HTMLParser
from typing import Final

_LARGEST: Final = 1_000_000  # characters of HTML that are read
_BLOCKS = frozenset(
    ("p", "div", "li", "tr", "table", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section", "hr")
)  # fmt: skip
_UNSEEN = frozenset(("script", "style", "head", "title", "template", "noscript", "object", "iframe"))
_VOID = frozenset(("br", "hr", "img", "meta", "link", "input", "wbr", "col", "area", "base", "embed", "source"))
_QUOTES = "blockquote"
_QUOTED_IDS = ("divRplyFwdMsg", "appendonsend", "gmail_quote", "yahoo_quoted", "moz-cite-prefix")
"""Ids and classes by which mail programs mark where an earlier mail begins."""
_CELLS = frozenset(("td", "th"))


def to_text(html: str) -> str:
    """The text of a mail's HTML, a line for each block; of a longer one than a million characters, the beginning."""
    reader = _Reader()
    reader.feed(html[:_LARGEST])
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    """Keeps no tree, so that no nesting is too deep."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[tuple[int, str]] = []  # (depth of quotes, text)
        self._line = ""
        self._unseen = 0
        self._quotes = 0
        self._rest = False  # from here on all is an earlier mail

    def text(self) -> str:
        self._break()
        lines = ["> " * depth + text if text else "" for depth, text in self._lines]
        return "\n".join(line for n, line in enumerate(lines) if line or (n and lines[n - 1])).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _BLOCKS or tag == "br":
            self._break()
        if tag == _QUOTES:
            self._quotes += 1
        elif tag in _CELLS and self._line.strip():
            self._line += "  "
        names = " ".join(value or "" for name, value in attrs if name in {"id", "class"})
        if any(name in names for name in _QUOTED_IDS) and not self._rest:
            self._break()
            self._rest = True
        if tag in _VOID:
            return
        if tag == "li":
            self._line = "- "

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS or tag == "br":
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag in _BLOCKS:
            self._break()
        if tag == _QUOTES:
            self._quotes = max(0, self._quotes - 1)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            words = " ".join(data.split())
            if words:
                gap = " " if data[:1].isspace() and self._line and not self._line.endswith(" ") else ""
                self._line += gap + words + (" " if data[-1:].isspace() else "")

    def _break(self) -> None:
        depth = min(3, self._quotes) or int(self._rest)
        self._lines.append((depth, self._line.strip()))
        self._line = ""
