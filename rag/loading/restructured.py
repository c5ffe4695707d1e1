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
from rag.loading.notes import trimmed, with_notes
from rag.loading.pieces import Piece, Style, is_told, link, plain, raised, text_of, within
from rag.types import Document

if TYPE_CHECKING:
    from docutils.nodes import Element, Node
    from docutils.nodes import document as Doctree

Styles = tuple[Style, ...]
_STYLES = {"strong": "strong", "emphasis": "emphasis", "title_reference": "emphasis", "literal": "code", "math": "code"}
_LEFT_OUT = frozenset(
    """comment substitution_definition pending target raw meta generated decoration transition system_message footnote
    colspec title caption docinfo""".split()
)
_ADMONITIONS = frozenset("attention caution danger error hint important note tip warning".split())
_LINES = frozenset("paragraph attribution rubric subtitle".split())
_PAGE_FIELDS = frozenset("tocdepth orphan nosearch nocomments no-search".split())  # Of Sphinx: how a page is built.
_UNREAD = re.compile(r"\|([^|]+)\||`([^`<]+?)(?:\s*<[^<>]*>)?`__?|(\w[\w.+:-]*?)__?|\[([^\]]+)\]_")
_RULE = re.compile(r"[^\w\s]{3,}$")
_ENDED = (".", "?", "!", ":")
_SEVERE = 3  # Of docutils' messages: what an error is about is not in the text.
_DEEPEST = 40  # Lists and quotes in each other: docutils calls itself a dozen times for each.


def load_restructured(path: Path, name: str) -> list[Document]:
    """reStructuredText. Nothing is inserted from other files, and no raw HTML. Raises LoadError "damaged" where it nests too deep."""
    from docutils.core import publish_doctree

    from rag.loading.sphinx import prepare

    text = characters(decode(path.read_bytes(), name)).expandtabs(8)
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
        tree = publish_doctree(text, settings_overrides=settings)
        builder = Builder()
        _Writer(builder, tree).write()
    except RecursionError as error:
        raise LoadError("damaged", f"{name} nests its lists or quotes too deeply to be read whole; make it flatter") from error
    return [builder.document(name, builder.title)]


class _Writer:
    """Passes the blocks of a doctree to a builder."""

    def __init__(self, builder: Builder, tree: "Doctree") -> None:
        self._builder = builder
        self._tree = tree
        self._level = 0  # Of sections.
        self._depth = -1  # Of lists.
        self._first: list[Piece] = []  # What the next text begins with: a term, the title of a note.
        self._said: set[str] = set()  # The ids of the footnotes that stand where they are referred to.

    def write(self) -> None:
        self._children(self._tree)
        for note in self._notes():
            if not self._said.intersection(note["ids"]):
                self._builder.text(self._inline(note))

    def _notes(self) -> "list[Element]":
        return [*self._tree.footnotes, *self._tree.autofootnotes, *self._tree.symbol_footnotes]

    def _children(self, node: "Element") -> None:
        for child in node.children:
            self._block(child)

    def _block(self, node: "Node") -> None:
        kind = node.__class__.__name__
        if kind == "section":
            self._section(node)
        elif kind in _LINES:
            self._text(self._inline(node))
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
        for child in section.children:
            if child.__class__.__name__ == "title":
                self._builder.heading(self._level, self._inline(child))
            else:
                self._block(child)
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
            pieces = self._inline(title)
        strong = Style("strong")
        self._begin([(text, styles or (strong,)) for text, styles in pieces])
        self._children(node)
        self._say_first(followed=False)

    def _defined(self, node: "Element") -> None:
        """A term, a field or an option with what is said of it: `term: definition`."""
        *heads, body = node.children
        if _is(node, "field") and (not body.children or heads[0].astext() in _PAGE_FIELDS):
            return
        pieces: list[Piece] = []
        for head in heads:
            options = ", ".join(option.astext() for option in head.children) if _is(head, "option_group") else ""
            said = [(options, (Style("code"),))] if options else self._inline(head)
            pieces += [*([(" (" if _is(head, "classifier") else ", ", ())] if pieces else []), *said]
            pieces += [(")", ())] if _is(head, "classifier") else []
        self._begin(pieces)
        self._block(body)
        self._say_first(followed=False)

    def _figure(self, node: "Element") -> None:
        for child in node.children or [node]:
            if _is(child, "image") and is_told(child.get("alt", ""), child.get("uri", "")):
                self._text(plain(child["alt"]))
            elif _is(child, "caption"):
                self._text(self._inline(child))
            elif child is not node:
                self._block(child)

    def _unread(self, message: "Element") -> None:
        """What docutils could not read as markup, as it stands: a paragraph, or where it is longer, verbatim lines."""
        if int(message.get("level", 0)) < _SEVERE:
            return
        for block in message.children:
            if _is(block, "literal_block"):
                lines = [line for line in block.astext().split("\n") if line.strip() and not _RULE.match(line.strip())]
                if len(lines) == 1:
                    self._text(plain(lines[0]))
                else:
                    self._builder.code(block.astext())

    def _table(self, table: "Element") -> None:
        self._say_first()
        title = next((child for child in table.children if _is(child, "title")), None)
        rows, heads = [], 0
        for row in table.findall(lambda node: _is(node, "row")):
            heads += _is(row.parent, "thead")
            rows.append(
                [
                    Cell(self._inline(entry), entry.get("morecols", 0) + 1, entry.get("morerows", 0) + 1, _is(row.parent, "thead"))
                    for entry in row.children
                ]
            )
        append_table(self._builder, rows, lambda grid: min(heads, len(grid)), text_of(self._inline(title)) if title else "")

    def _lines(self, block: "Element") -> Iterable[str]:
        for child in block.children:
            if _is(child, "line_block"):
                yield from self._lines(child)
            else:
                yield text_of(self._inline(child))

    def _inline(self, node: "Element", styles: Styles = ()) -> list[Piece]:
        """The text below a node, its blocks between blanks, and the footnotes that it refers to."""
        pieces: list[Piece] = []
        notes: list[tuple[int, list[Piece]]] = []
        self._collect(node, styles, pieces, notes)
        return with_notes(pieces, notes) if notes else pieces

    def _collect(
        self, node: "Element", styles: Styles, pieces: list[Piece], notes: list[tuple[int, list[Piece]]]
    ) -> None:
        for child in node.children:
            kind = child.__class__.__name__
            if kind == "Text":
                pieces.append((child.astext().replace("\n", " "), styles))
            elif kind == "superscript":
                pieces.append((raised(child.astext()), styles))
            elif kind == "footnote_reference":
                if pieces and not pieces[-1][0].endswith("\n"):
                    pieces[-1] = (pieces[-1][0].rstrip(), pieces[-1][1])
                notes += [(len(pieces), note) for note in self._note(child)]
            elif kind == "problematic":
                pieces.append((_bare(child.astext()), styles))
            elif kind == "image":
                pieces.append((child.get("alt", "") if is_told(child.get("alt", ""), child.get("uri", "")) else "", styles))
            elif kind == "inline" and child.get("label"):
                pieces.append((self._named(child["label"]), styles))
            elif kind == "label" or (kind in _LEFT_OUT and kind not in {"target", "title", "caption"}):
                continue
            else:
                style = link(child.get("refuri")) if kind == "reference" else Style(_STYLES[kind]) if kind in _STYLES else None
                edge: list[Piece] = [] if style or kind in _WITHIN_LINES else [(" ", ())]
                pieces += edge
                self._collect(child, within(styles, style), pieces, notes)
                pieces += edge

    def _note(self, reference: "Element") -> list[list[Piece]]:
        """The note that a reference leads to, where it has not been said; a note has none of its own."""
        note = self._tree.ids.get(reference.get("refid", ""))
        if note is None or not _is(note, "footnote") or self._said.intersection(note["ids"]):
            return []
        self._said.update(note["ids"])
        return [trimmed(self._inline(note))]

    def _named(self, label: str) -> str:
        """The title of what a label stands at; of another page the words of the label."""
        from docutils.nodes import fully_normalize_name

        place = self._tree.ids.get(self._tree.nameids.get(fully_normalize_name(label)) or "")
        title = next(iter(place.findall(lambda node: _is(node, "title") or _is(node, "caption"))), None) if place else None
        if title is not None:
            return text_of(self._inline(title))
        return re.sub(r"[-_]+", " ", label.rstrip("/").rpartition("/")[2]).strip()


_WITHIN_LINES = frozenset(
    """reference inline subscript abbreviation acronym target citation_reference classifier option option_string
    option_argument term field_name""".split()
)


def _is(node: "Node", kind: str) -> bool:
    return node.__class__.__name__ == kind


def _numbered(items: "Element", n: int) -> str:
    """The marker of the n-th item, as it is written."""
    kind = str(items.get("enumtype", "arabic"))
    number = _roman(n) if kind.endswith("roman") else chr(ord("a") + (n - 1) % 26) if kind.endswith("alpha") else str(n)
    number = number.upper() if kind.startswith("upper") else number
    return f"{items.get('prefix', '')}{number}{items.get('suffix', '.')}"


def _roman(n: int) -> str:
    return "x" * (n // 10) + ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[n % 10]


def _bare(text: str) -> str:
    """What a reference to nothing shows."""
    match = _UNREAD.fullmatch(text)
    return next(filter(None, match.groups())) if match else text
