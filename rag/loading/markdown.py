"""Markdown (CommonMark, tables, footnotes, definition lists) to blocks and marks; HTML in it is read as HTML."""

import re
from collections.abc import Sequence
from functools import cache
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import LoadError
from rag.loading.builder import Builder, Place
from rag.loading.cleaning import characters
from rag.loading.dialects import plain_markdown, without_templates
from rag.loading.encoding import decode
from rag.loading.front_matter import Values, filled, one, said, split_front_matter
from rag.loading.grid import Cell, append_table
from rag.loading.html import append_fragment, fragment_pieces, panel_level
from rag.loading.markdown_inline import pieces_of, written_plain
from rag.loading.mdx import without_components
from rag.loading.myst import without_directives
from rag.loading.notes import trimmed
from rag.loading.notices import of_values
from rag.loading.pieces import Piece, plain, text_of
from rag.loading.restructured import append_restructured
from rag.types import Document

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FILE = re.compile(r"""\b(?:title|filename)=["']([^"']+)["']""")
_DETAILS = re.compile(r"<(/?)details\b[^<>]*>", re.IGNORECASE)
_SUMMARY = re.compile(r"\s*<summary\b[^<>]*>(.*?)</summary\s*>", re.IGNORECASE | re.DOTALL)
_DEEPEST_BLOCK = 400  # Lists in lists and quotes; the parser drops in silence what is nested deeper than its limit.
_DEEPEST_INLINE = 20  # As the parser has it by default: brackets in brackets cost the power of their depth.


def load_markdown(path: Path, name: str) -> list[Document]:
    """Markdown; the front matter gives the title and the first paragraphs."""
    values, text = split_front_matter(_text(path, name))
    return [_document(name, plain_markdown(without_directives(filled(text, values))), values, indented_code=True)]


def load_mdx(path: Path, name: str) -> list[Document]:
    """Markdown without its imports, exports and the tags of components; indented text is text in it, not code."""
    values, text = split_front_matter(_text(path, name))
    return [_document(name, plain_markdown(without_components(text)), values, indented_code=False)]


def _text(path: Path, name: str) -> str:
    return characters(decode(path.read_bytes(), name)).strip()  # Two blanks at the end of a line are a line break.


def _document(name: str, text: str, values: Values, *, indented_code: bool) -> Document:
    env: dict[str, object] = {}
    tokens = _parser(_DEEPEST_BLOCK, indented_code).parse(text, env)
    if any(token.level >= _DEEPEST_BLOCK - 1 for token in tokens):
        raise LoadError("damaged", f"{name} nests its lists or quotes too deeply to be read whole; make it flatter")
    builder = Builder()
    builder.about = of_values(values.items())
    description = one(values, "description")
    if description and description not in text:
        builder.text(plain(description))
    builder.text(plain("\n".join(said(values))))
    _Writer(builder, name, env).write(tokens)
    return builder.document(name, one(values, "title"), builder.title)


@cache
def _parser(deepest: int, indented_code: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin
    from mdit_py_plugins.myst_role import myst_role_plugin

    parser = MarkdownIt("commonmark", {"maxNesting": deepest}).enable(["table", "strikethrough"])
    parser.use(footnote_plugin).use(deflist_plugin).use(myst_role_plugin)
    # Inlines are parsed block by block, with another limit of nesting; every target is a link's, whatever is made of it.
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser if indented_code else parser.disable("code")


class _Writer:
    """Passes the blocks of a token list to a builder."""

    def __init__(self, builder: Builder, name: str, env: dict[str, object]) -> None:
        self._builder = builder
        self._name = name
        self._env = env  # Where links are defined.
        self._numbers: list[int | None] = []  # Of the lists under way: the next number, None for bullets.
        self._notes: dict[str, list[Piece]] = {}  # Footnotes by their labels; each is said once.
        self._panels: list[Place] = []  # Where each `details` stands that goes on over several blocks.
        self._term: list[Piece] = []  # Of a definition list: begins the text that defines it.

    def write(self, tokens: "Sequence[Token]") -> None:
        """Append all blocks; a footnote stands where it is referred to, or else at the end."""
        self._write(self._without_notes(tokens))
        for note in self._notes.values():
            self._builder.text(note)

    def _without_notes(self, tokens: "Sequence[Token]") -> "list[Token]":
        """The tokens outside the footnotes, which are kept by their labels."""
        kept: list[Token] = []
        label = ""
        texts: dict[str, list[Token]] = {}
        for token in tokens:
            if token.type == "footnote_reference_open":
                label = str(token.meta["label"])
            elif token.type == "footnote_reference_close":
                label = ""
            elif not label:
                kept.append(token)
            elif token.content:
                texts.setdefault(label, []).append(token)
        for label, parts in texts.items():
            pieces: list[Piece] = []
            for token in parts:
                pieces += [(" ", ()), *(self._inline(token) if token.type == "inline" else plain(token.content))]
            self._notes.setdefault(label, trimmed(pieces))
        return kept

    def _note(self, token: "Token") -> list[Piece]:
        """The note that a token refers to; nothing where it has been said."""
        if "label" in token.meta:
            return self._notes.pop(str(token.meta["label"]), [])
        notes: Any = self._env["footnotes"]
        return trimmed(pieces_of(notes["list"][token.meta["id"]]["tokens"], self._note))

    def _write(self, tokens: "Sequence[Token]") -> None:
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.type == "heading_open":
                self._builder.heading(int(token.tag[1]), self._inline(tokens[at + 1]))
                at += 1
            elif token.type == "dt_open":
                self._take_term(self._inline(tokens[at + 1]))
                at += 1
            elif token.type == "inline":
                pieces, self._term = [*self._term, *self._inline(token)], []
                self._builder.text(pieces)
            elif token.type == "fence" and token.info.strip() == "{eval-rst}":
                append_restructured(self._builder, token.content, self._name)
            elif token.type in {"fence", "code_block"}:
                self._builder.code(token.content, _code_caption(token.info))
            elif token.type == "html_block":
                parts = [token.content]
                while at + 1 < len(tokens) and tokens[at + 1].type == "html_block":  # Blank lines end a block, not an element.
                    at += 1
                    parts.append(tokens[at].content)
                self._html(without_templates("".join(parts)))
            elif token.type == "table_open":
                at = self._table(tokens, at + 1)
            else:
                self._list(token)
            at += 1

    def _html(self, markup: str) -> None:
        """Append HTML. A `details` that does not end in it holds what follows, up to the HTML with its end."""
        at = 0
        opened: list[re.Match[str]] = []
        for tag in _DETAILS.finditer(markup):
            if not tag[1]:
                opened.append(tag)
            elif opened:
                opened.pop()
            else:
                append_fragment(self._builder, markup[at : tag.start()], self._name)
                at = tag.end()
                if self._panels:
                    self._builder.back_to(self._panels.pop())
        for tag in opened:
            append_fragment(self._builder, markup[at : tag.start()], self._name)
            at = tag.end()
            self._panels.append(self._builder.place)
            if summary := _SUMMARY.match(markup, at):
                self._builder.heading(panel_level(self._builder.place), fragment_pieces(summary[1], self._name))
                at = summary.end()
        append_fragment(self._builder, markup[at:], self._name)

    def _take_term(self, pieces: list[Piece]) -> None:
        if text := text_of(pieces):
            before = [*self._term[:-2], (", ", ())] if self._term else []  # Terms below each other share what follows.
            self._term = [*before, *pieces, ("" if text.endswith((":", "?")) else ":", ()), (" ", ())]

    def _list(self, token: "Token") -> None:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            start = token.attrGet("start")
            self._numbers.append(None if token.type[0] == "b" else int(1 if start is None else start))
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            self._numbers.pop()
        elif token.type == "list_item_open":
            number = self._numbers[-1]
            self._builder.begin_item("-" if number is None else f"{number}{token.markup}", len(self._numbers) - 1)
            if number is not None:
                self._numbers[-1] = number + 1
        elif token.type == "list_item_close":
            self._builder.end_item()

    def _table(self, tokens: "Sequence[Token]", at: int) -> int:
        """Append the table whose tokens begin at `at`; the place of its end."""
        rows: list[list[Cell]] = []
        while tokens[at].type != "table_close":
            if tokens[at].type == "tr_open":
                rows.append([])
            elif tokens[at].type == "inline":
                rows[-1].append(Cell(self._inline(tokens[at])))
            at += 1
        named = int(any(cell.text for cell in rows[0]))
        append_table(self._builder, rows, lambda grid: named)
        return at

    def _inline(self, token: "Token") -> list[Piece]:
        tokens: list[Token] = []
        parser = _parser(_DEEPEST_INLINE, True)
        parser.inline.parse(written_plain(without_templates(token.content)), parser, self._env, tokens)
        return pieces_of(tokens, self._note)


def _code_caption(info: str) -> str:
    """The file a fence names, else its language."""
    match = _FILE.search(info)
    return match[1] if match else unescape(info.split(maxsplit=1)[0]) if info.strip() else ""
