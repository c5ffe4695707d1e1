"""The text of a doctree's nodes as pieces: styles, links, roles, and footnotes where they are referred to."""

import re
from typing import TYPE_CHECKING

from rag.loading.notes import trimmed, with_notes
from rag.loading.pieces import Piece, Style, is_told, link, raised, text_of, within
from rag.loading.roles import label_words
from rag.types import MarkKind

if TYPE_CHECKING:
    from docutils.nodes import Element, Node
    from docutils.nodes import document as Doctree

Styles = tuple[Style, ...]
_STYLES: dict[str, MarkKind] = {
    "strong": "strong",
    "emphasis": "emphasis",
    "title_reference": "emphasis",
    "literal": "code",
    "math": "code",
}
_UNREAD = re.compile(r"\|([^|]+)\||`([^`<]+?)(?:\s*<[^<>]*>)?`__?|(\w[\w.+:-]*?)__?|\[([^\]]+)\]_")
_LEFT_OUT = frozenset("comment substitution_definition pending raw meta generated system_message footnote label".split())
_WITHIN_LINES = frozenset(
    """reference inline subscript abbreviation acronym target citation_reference classifier option option_string
    option_argument term field_name""".split()
)


class Inline:
    """Reads nodes of one tree; each footnote is said once."""

    def __init__(self, tree: "Doctree") -> None:
        self._tree = tree
        self._said: set[str] = set()  # Ids of footnotes.

    def unsaid(self) -> "list[Element]":
        """The footnotes that nothing has referred to yet."""
        notes = [*self._tree.footnotes, *self._tree.autofootnotes, *self._tree.symbol_footnotes]
        return [note for note in notes if not self._said.intersection(note["ids"])]

    def pieces(self, node: "Element", styles: Styles = ()) -> list[Piece]:
        """The text below a node, its blocks between blanks, and the footnotes that it refers to."""
        pieces: list[Piece] = []
        notes: list[tuple[int, list[Piece]]] = []
        self._collect(node, styles, pieces, notes)
        return with_notes(pieces, notes) if notes else pieces

    def _collect(self, node: "Element", styles: Styles, pieces: list[Piece], notes: list[tuple[int, list[Piece]]]) -> None:
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
            elif kind in _LEFT_OUT:
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
        if note is None or not is_kind(note, "footnote") or self._said.intersection(note["ids"]):
            return []
        self._said.update(note["ids"])
        return [trimmed(self.pieces(note))]

    def _named(self, label: str) -> str:
        """The title of what a label stands at; of another page the words of the label."""
        from docutils.nodes import fully_normalize_name

        place = self._tree.ids.get(self._tree.nameids.get(fully_normalize_name(label)) or "")
        title = (
            next(iter(place.findall(lambda node: is_kind(node, "title") or is_kind(node, "caption"))), None) if place else None
        )
        if title is not None:
            return text_of(self.pieces(title))
        return label_words(label)


def is_kind(node: "Node", kind: str) -> bool:
    return str(node.__class__.__name__) == kind


def _bare(text: str) -> str:
    """What a reference to nothing shows."""
    match = _UNREAD.fullmatch(text)
    return next(filter(None, match.groups())) if match else text
