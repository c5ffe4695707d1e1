"""HTML: the main content as blocks. Headings open sections; a definition list is paragraphs `term: definition`."""

from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import LoadError
from rag.loading.builder import Builder, Place
from rag.loading.cleaning import has_words
from rag.loading.furniture import Furniture
from rag.loading.grid import append_table
from rag.loading.html_notes import Notes
from rag.loading.html_text import (
    BLOCKS,
    HEADINGS,
    INVISIBLE,
    Styles,
    drawn_text,
    header_of,
    is_data,
    is_struck,
    label_of,
    language_of,
    line_of,
    number_of,
    numbered_code,
    pieces_of,
    rows_of,
    spaces,
    verbatim,
    without_anchor,
)
from rag.loading.html_tree import ELEMENTS, decoded, main_element, parse, redirection
from rag.loading.notes import with_notes
from rag.loading.panels import Panels
from rag.loading.pieces import Piece, plain, style_of, text_of, within
from rag.loading.properties import of_page
from rag.loading.structured import Question, comparable, lacks, structured_data
from rag.loading.text import split_marker
from rag.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_LISTS = {"ol", "ul"}
DONE, TO_DO = "Done: ", "To do: "  # Of a task in a list: the reader and the search know words, not boxes.
_LONGEST_FACT = 1_000


def load_html(path: Path, name: str) -> list[Document]:
    """The main content of a page, called by its h1, else its title element. Raises LoadError "no text" for a redirection."""
    page = parse(decoded(path.read_bytes(), name), name)
    if page is None:
        return []
    if target := redirection(page, main_element(page)):
        raise LoadError("no text", f"{name} has no text of its own and only leads on to {target[:200]}; add that page instead")
    builder = Builder()
    title = _append_page(builder, page, name)
    return [builder.document(name, builder.title, title)]


def append_html(builder: Builder, data: bytes, name: str) -> str:
    """Append a page's main content to `builder`; returns the text of its title element."""
    page = parse(decoded(data, name), name)
    return "" if page is None else _append_page(builder, page, name)


def append_fragment(builder: Builder, markup: str, name: str, label: str = "") -> None:
    """Append a piece of a page, as Markdown and fields of records hold them; `label` begins its first paragraph."""
    page = parse(f"<div>{markup}", name)
    if page is not None:
        _walk(builder, page, furniture=False, label=label)


def fragment_pieces(markup: str, name: str) -> list[Piece]:
    """The text of a piece of a page, as one line."""
    page = parse(f"<div>{markup}", name)
    return [] if page is None else list(pieces_of(page, ()))


def _append_page(builder: Builder, page: "Element", name: str) -> str:
    builder.about = of_page(page)
    main = main_element(page)
    _walk(builder, main, furniture=main.tag == "body" or main is page)
    scripts = [script.text or "" for script in page.xpath("//script[@type='application/ld+json']")]
    if scripts:
        _append_structured(builder, scripts, name)
    return "".join(page.xpath("string((//title)[1])"))


def _append_structured(builder: Builder, scripts: list[str], name: str) -> None:
    """Append what the structured data say and the page itself does not: questions below its title, facts at the end."""
    page = comparable(builder.text_so_far())
    facts: list[str] = []
    for item in dict.fromkeys(structured_data(scripts)):
        if isinstance(item, Question):
            if lacks(page, item.answer):
                builder.heading(2, plain(item.text))
                append_fragment(builder, item.answer, name)
        elif missing := [f"{label}: {value}" for label, value in item.values if lacks(page, value)]:
            facts.append(f"{item.name}. {'; '.join(missing)}"[:_LONGEST_FACT])
    builder.close_sections()
    for fact in dict.fromkeys(facts):
        builder.text(plain(fact))


def _walk(builder: Builder, node: "Element", furniture: bool, label: str = "") -> None:
    panels = Panels(node)
    walker = _Walker(builder, Furniture(node, panels, outside=furniture), panels, Notes(node), label)
    walker.walk(node, ())
    walker.flush()


class _Walker:
    """Passes blocks to a builder, in the order of the page."""

    def __init__(self, builder: Builder, furniture: Furniture, panels: Panels, notes: Notes, label: str) -> None:
        self._builder = builder
        self._furniture = furniture
        self._panels = panels
        self._notes = notes
        self._before: dict[Element, Place] = {}  # Where panels and asides stand: their headings head nothing behind them.
        self._inline: list[Piece] = []
        self._noted: list[tuple[int, list[Piece]]] = []  # Footnotes before the inline piece of their number.
        self._explained: set[str] = set()  # Abbreviations.
        self._term = plain(f"{label}: ") if label else []  # Of a definition list, or a label: begins the text that defines it.
        self._depth = -1  # Of lists.

    def walk(self, node: "Element", styles: Styles) -> None:
        if not isinstance(node.tag, str) or self._is_left_out(node):
            return
        if node.tag == "details" or self._furniture.stands_beside(node):
            self._before[node] = self._builder.place
        self._append(node, styles)
        if (place := self._before.pop(node, None)) is not None:
            if place != self._builder.place:
                self._end_block()
            self._builder.back_to(place)

    def _append(self, node: "Element", styles: Styles) -> None:
        if (tab := self._panels.tab_of(node)) is not None:
            self._opening(tab)
        if node.tag in HEADINGS:
            self._end_block()
            self._builder.heading(HEADINGS[node.tag], without_anchor(self._heading_pieces(node)))
        elif self._panels.opens(node):
            self._opening(node)
        elif node.tag == "input":
            self._task(node)
        elif node.tag == "a" and self._notes.refers(node):
            self._noted.append((len(self._inline), self._notes.take(node)))
        elif (drawn := "\n" if node.tag == "br" else drawn_text(node)) is not None:
            self._inline.append((drawn, styles))
        elif node.tag == "table" and is_data(node):
            self._table(node, styles)
        elif node.tag == "pre":
            self._end_block()
            self._builder.code("".join(verbatim(node)), language_of(node))
        else:
            if node.tag not in ELEMENTS and (label := label_of(node)):
                self.flush()
                self._builder.text(plain(label))
            self._walk_children(node, within(styles, style_of(node.tag, node.get("href"))))
            self._explain(node)

    def _table(self, table: "Element", styles: Styles) -> None:
        self._end_block()
        if (code := numbered_code(table)) is not None:
            self._walk_children(code, styles)
        else:
            caption = next((line_of(child) for child in table.iterchildren("caption")), "")
            append_table(self._builder, rows_of(table), header_of, caption)

    def _explain(self, node: "Element") -> None:
        """What an abbreviation stands for, behind the first of its kind."""
        meaning = " ".join((node.get("title") or "").split()) if node.tag in {"abbr", "acronym"} else ""
        if has_words(meaning) and meaning not in self._explained and meaning != "".join(node.itertext()).strip():
            self._explained.add(meaning)
            self._inline.append((f" ({meaning})", ()))

    def _opening(self, control: "Element") -> None:
        """The text of what opens a panel, as a heading of the panel."""
        self._end_block()
        place = self._builder.place
        if (panel := self._panels.opened_by(control)) is not None:
            self._before[panel] = place
        level = next((HEADINGS[node.tag] for node in control.iter(*HEADINGS)), panel_level(place))
        self._builder.heading(level, without_anchor(list(pieces_of(control, (), buttons=True))))

    def _heading_pieces(self, heading: "Element") -> list[Piece]:
        """A heading's text; a button's where it opens a panel or nothing else is said ("Copy link" is no part of it)."""
        pieces = list(pieces_of(heading, ()))
        buttons = list(heading.iterdescendants("button"))
        if buttons and (not has_words(text_of(pieces)) or any(self._panels.opens(button) for button in buttons)):
            return list(pieces_of(heading, (), buttons=True))
        return pieces

    def _task(self, box: "Element") -> None:
        """The state of a task in a list, shown as a box that cannot be ticked."""
        if box.get("type") == "checkbox" and box.get("disabled") is not None:
            self._inline.append((DONE if box.get("checked") is not None else TO_DO, ()))

    def flush(self) -> None:
        """End the paragraph under way; a term with nothing to define yet stays for the next."""
        if self._noted or any(text.strip() for text, _ in self._inline):
            inline = with_notes(self._inline, self._noted) if self._noted else self._inline
            pieces, self._term = [*self._term, *inline], []
            lines = _lines(pieces) if self._depth < 0 else []
            if sum(1 for marker, _ in lines if marker) > 1:  # A list typed with line breaks.
                for marker, line in lines:
                    if marker:
                        self._builder.begin_item(marker, 0)
                    self._builder.text(line)
                self._builder.end_item()
            else:
                self._builder.text(pieces)
        self._inline.clear()
        self._noted.clear()

    def _end_block(self) -> None:
        """End the paragraph under way, and a term that a list, a table or code defines."""
        self.flush()
        if self._term:
            self._builder.text(self._term)
            self._term = []

    def _walk_children(self, node: "Element", styles: Styles) -> None:
        block = node.tag in BLOCKS
        lists = node.tag in _LISTS
        if block:
            self.flush()
        if lists:
            self._end_block()
            self._depth += 1
        self._inline.append((spaces(node.text), styles))
        number = number_of(node.get("start"), 1) - 1
        for child in node:
            if child.tag == "li":
                number = number_of(child.get("value"), number + 1)
                self._end_block()
                self._builder.begin_item(f"{number}." if node.tag == "ol" else "-", max(self._depth, 0))
            self.walk(child, styles)
            if child.tag == "li":
                self.flush()
                self._builder.end_item()
            self._inline.append((spaces(child.tail), styles))
        if node.tag == "dt":
            self._take_term()
        if block:
            self.flush()
        if node.tag in {"dd", "dl"} or lists:
            self._end_block()
        if lists:
            self._builder.end_item()
            self._depth -= 1

    def _take_term(self) -> None:
        if text := text_of(self._inline):
            before = [*self._term[:-2], (", ", ())] if self._term else []  # Terms below each other share what follows.
            self._term = [*before, *self._inline, ("" if text.endswith((":", "?", "：", "？")) else ":", ()), (" ", ())]
        self._inline.clear()

    def _is_left_out(self, node: "Element") -> bool:
        hidden = node.get("hidden") is not None or node.get("aria-hidden") == "true"
        style = (node.get("style") or "").replace(" ", "").lower()
        if is_struck(node) or ((hidden or "display:none" in style) and not self._panels.is_panel(node)):
            return True
        if node.tag in INVISIBLE and node.tag != "input" and not self._panels.opens(node):
            return True
        return self._panels.is_tab(node) or self._notes.is_said(node) or self._furniture.has(node)


def panel_level(place: Place) -> int:
    """The level of the heading of a panel that stands at `place`; it is no page's title."""
    return min(place[-1][0] + 1, 6) if place and place[-1][0] else 2


def _lines(pieces: list[Piece]) -> list[tuple[str, list[Piece]]]:
    """The lines between hard breaks, each with the marker that is typed before it."""
    lines: list[list[Piece]] = [[]]
    for text, styles in pieces:
        if text == "\n":
            lines.append([])
        else:
            lines[-1].append((text, styles))
    return [split_marker(line) for line in lines if text_of(line)] if len(lines) > 1 else []
