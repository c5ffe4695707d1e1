"""reStructuredText, as docutils reads it and Sphinx publishes it: sections, lists, tables, directives, roles, footnotes."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import LoadError
from rag.loading.builder import Builder
from rag.loading.cleaning import characters
from rag.loading.encoding import decode
from rag.loading.grid import Cell, append_table
from rag.loading.pieces import Piece, Style, is_told, plain, text_of
from rag.loading.restructured_inline import Inline, is_kind
from rag.types import Document

if TYPE_CHECKING:
    from docutils.nodes import Element, Node
    from docutils.nodes import document as Doctree

Styles = tuple[Style, ...]
_LEFT_OUT = frozenset(
    """comment substitution_definition pending target raw meta generated decoration transition system_message footnote
    colspec title caption docinfo""".split()
)
_ADMONITIONS = frozenset("attention caution danger error hint important note tip warning".split())
_LINES = frozenset("paragraph attribution rubric subtitle".split())
_PAGE_FIELDS = frozenset("tocdepth orphan nosearch nocomments no-search".split())  # Of Sphinx: how a page is built.
_RULE = re.compile(r"[^\w\s]{3,}$")
_ENDED = (".", "?", "!", ":")
_SEVERE = 3  # Of docutils' messages: what an error is about is not in the text.


def load_restructured(path: Path, name: str) -> list[Document]:
    """reStructuredText; nothing is inserted from other files. Raises LoadError "damaged" for what nests too deeply."""
    text = characters(decode(path.read_bytes(), name)).expandtabs(8)
    builder = Builder()
    append_restructured(builder, text, name)
    return [builder.document(name, builder.title)]


def append_restructured(builder: Builder, text: str, name: str) -> None:
    """Append a text in reStructuredText, as MyST has pieces of; raises LoadError as `load_restructured` does."""
    from docutils.core import publish_doctree

    from rag.loading.sphinx import prepare

    prepare(text)
    settings = {
        "_disable_config": True,
        "file_insertion_enabled": False,
        "raw_enabled": False,
        "doctitle_xform": False,
        "docinfo_xform": False,
        "syntax_highlight": "none",
        "smart_quotes": False,
        "line_length_limit": len(text) + 1,
        "report_level": 5,
        "halt_level": 5,
        "warning_stream": False,
    }
    try:
        _Writer(builder, publish_doctree(text, settings_overrides=settings)).write()
    except RecursionError as error:
        raise LoadError("damaged", f"{name} nests its lists or quotes too deeply to be read whole; make it flatter") from error


class _Writer:
    """Passes the blocks of a doctree to a builder."""

    def __init__(self, builder: Builder, tree: "Doctree") -> None:
        self._builder = builder
        self._tree = tree
        self._inline = Inline(tree)
        self._level = 0  # Of sections.
        self._depth = -1  # Of lists.
        self._first: list[Piece] = []  # What the next text begins with: a term, the title of a note.

    def write(self) -> None:
        self._children(self._tree)
        for note in self._inline.unsaid():
            self._builder.text(self._inline.pieces(note))

    def _children(self, node: "Element") -> None:
        for n, child in enumerate(node.children):
            if not (is_kind(child, "rubric") and all(is_kind(after, "footnote") for after in node.children[n + 1 :])):
                self._block(child)  # "Footnotes" is a heading of nothing: they stand where they are referred to.

    def _block(self, node: "Node") -> None:
        kind = node.__class__.__name__
        if kind == "section":
            self._section(node)
        elif kind in _LINES:
            self._text(self._inline.pieces(node))
        elif kind in {"bullet_list", "enumerated_list"}:
            self._list(node)
        elif kind in _ADMONITIONS or kind in {"admonition", "topic", "sidebar"}:
            self._titled(node)
        elif kind in {"literal_block", "doctest_block", "math_block"}:
            self._say_first()
            self._builder.code(node.astext(), node.get("caption") or node.get("language") or "")
        elif kind == "table":
            self._table(node)
        elif kind == "line_block":
            self._text([("\n".join(self._lines(node)), ())])
        elif kind in {"definition_list_item", "field", "option_list_item", "citation"}:
            self._defined(node)
        elif kind in {"figure", "image"}:
            self._figure(node)
        elif kind == "system_message":
            self._unread(node)
        elif kind == "Text" or (kind not in _LEFT_OUT and not node.children):
            self._text(plain(node.astext()))
        elif kind not in _LEFT_OUT:
            self._children(node)

    def _section(self, section: "Element") -> None:
        self._level += 1
        title, *body = section.children
        if not body or any(child.__class__.__name__ not in _LEFT_OUT for child in body):  # Else all of it stands elsewhere.
            self._builder.heading(self._level, self._inline.pieces(title))
        self._children(section)
        self._level -= 1

    def _text(self, pieces: Sequence[Piece]) -> None:
        if text_of(pieces):
            first, self._first = self._first, []
            self._builder.text([*first, *pieces])

    def _begin(self, pieces: list[Piece]) -> None:
        """The next text begins with these, and a colon."""
        self._say_first()
        if text := text_of(pieces):
            self._first = [*pieces, ("" if text.endswith(_ENDED) else ":", ()), (" ", ())]

    def _say_first(self, *, followed: bool = True) -> None:
        """What would begin a text, where a list, a table, code or nothing follows."""
        if self._first:
            first, self._first = self._first, []
            self._builder.text(first if followed else first[:-2])

    def _list(self, node: "Element") -> None:
        self._say_first()
        self._depth += 1
        for n, item in enumerate(node.children, start=int(node.get("start", 1))):
            marker = "-" if node.__class__.__name__ == "bullet_list" else _numbered(node, n)
            self._builder.begin_item(marker, self._depth)
            self._children(item)
            self._builder.end_item()
        self._depth -= 1

    def _titled(self, node: "Element") -> None:
        """A note: its title, else its kind, begins its first paragraph."""
        title = next((child for child in node.children if child.__class__.__name__ == "title"), None)
        if title is None:
            kind = node.__class__.__name__
            pieces = plain(kind.capitalize()) if kind in _ADMONITIONS else []
        else:
            pieces = self._inline.pieces(title)
        strong = Style("strong")
        self._begin([(text, styles or (strong,)) for text, styles in pieces])
        self._children(node)
        self._say_first(followed=False)

    def _defined(self, node: "Element") -> None:
        """A term, a field or an option with what is said of it: `term: definition`."""
        *heads, body = node.children
        if is_kind(node, "field") and (not body.children or heads[0].astext() in _PAGE_FIELDS):
            return
        pieces: list[Piece] = []
        for head in heads:
            options = ", ".join(option.astext() for option in head.children) if is_kind(head, "option_group") else ""
            said = [(options, (Style("code"),))] if options else self._inline.pieces(head)
            pieces += [*([(" (" if is_kind(head, "classifier") else ", ", ())] if pieces else []), *said]
            pieces += [(")", ())] if is_kind(head, "classifier") else []
        self._begin(pieces)
        self._block(body)
        self._say_first(followed=False)

    def _figure(self, node: "Element") -> None:
        for child in node.children or [node]:
            if is_kind(child, "image") and is_told(child.get("alt", ""), child.get("uri", "")):
                self._text(plain(child["alt"]))
            elif is_kind(child, "caption"):
                self._text(self._inline.pieces(child))
            elif child is not node:
                self._block(child)

    def _unread(self, message: "Element") -> None:
        """What docutils could not read as markup, as it stands: a paragraph, or where it is longer, verbatim lines."""
        if int(message.get("level", 0)) < _SEVERE:
            return
        for block in message.children:
            if is_kind(block, "literal_block"):
                lines = [line for line in block.astext().split("\n") if line.strip() and not _RULE.match(line.strip())]
                if len(lines) == 1:
                    self._text(plain(lines[0]))
                else:
                    self._builder.code(block.astext())

    def _table(self, table: "Element") -> None:
        self._say_first()
        title = next((child for child in table.children if is_kind(child, "title")), None)
        rows, heads = [], 0
        for row in table.findall(lambda node: is_kind(node, "row")):
            heads += is_kind(row.parent, "thead")
            rows.append(
                [
                    Cell(
                        self._inline.pieces(entry),
                        entry.get("morecols", 0) + 1,
                        entry.get("morerows", 0) + 1,
                        is_kind(row.parent, "thead"),
                    )
                    for entry in row.children
                ]
            )
        append_table(
            self._builder, rows, lambda grid: min(heads, len(grid)), text_of(self._inline.pieces(title)) if title else ""
        )

    def _lines(self, block: "Element") -> Iterable[str]:
        for child in block.children:
            if is_kind(child, "line_block"):
                yield from self._lines(child)
            else:
                yield text_of(self._inline.pieces(child))


def _numbered(items: "Element", n: int) -> str:
    """The marker of the n-th item, as it is written."""
    kind = str(items.get("enumtype", "arabic"))
    number = _roman(n) if kind.endswith("roman") else chr(ord("a") + (n - 1) % 26) if kind.endswith("alpha") else str(n)
    number = number.upper() if kind.startswith("upper") else number
    return f"{items.get('prefix', '')}{number}{items.get('suffix', '.')}"


def _roman(n: int) -> str:
    return "x" * (n // 10) + ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[n % 10]
