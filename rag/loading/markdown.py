"""Markdown (CommonMark, tables, strikethrough) to blocks and marks; HTML in it is read as HTML."""

import re
from collections.abc import Sequence
from functools import cache
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import LoadError
from rag.loading.builder import Builder
from rag.loading.cleaning import characters
from rag.loading.dialects import plain_markdown, without_templates
from rag.loading.encoding import decode
from rag.loading.front_matter import Values, one, said, split_front_matter
from rag.loading.grid import Cell, append_table
from rag.loading.html import append_fragment
from rag.loading.html_tree import ELEMENTS
from rag.loading.mdx import without_components
from rag.loading.notices import of_values
from rag.loading.pieces import Piece, Style, plain, soft_break, style_of, within
from rag.types import Document

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_ANCHOR = re.compile(r"\s*\{#[^{}]*\}\s*$")
_TAG = re.compile(r"<(/?)([A-Za-z][\w.:-]*)")
_HREF = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
_FILE = re.compile(r"""\b(?:title|filename)=["']([^"']+)["']""")
_DEEPEST_BLOCK = 400  # Lists in lists and quotes; the parser drops in silence what is nested deeper than its limit.
_DEEPEST_INLINE = 20  # As the parser has it by default: brackets in brackets cost the power of their depth.


def load_markdown(path: Path, name: str) -> list[Document]:
    """Markdown; the front matter gives the title and the first paragraphs."""
    values, text = split_front_matter(_text(path, name))
    return [_document(name, plain_markdown(text), values, indented_code=True)]


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

    parser = MarkdownIt("commonmark", {"maxNesting": deepest}).enable(["table", "strikethrough"])
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

    def write(self, tokens: "Sequence[Token]") -> None:
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.type == "heading_open":
                self._builder.heading(int(token.tag[1]), _without_anchor(self._inline(tokens[at + 1])))
                at += 1
            elif token.type == "inline":
                self._builder.text(self._inline(token))
            elif token.type in {"fence", "code_block"}:
                self._builder.code(token.content, _code_caption(token.info))
            elif token.type == "html_block":
                parts = [token.content]
                while at + 1 < len(tokens) and tokens[at + 1].type == "html_block":  # Blank lines end a block, not an element.
                    at += 1
                    parts.append(tokens[at].content)
                append_fragment(self._builder, without_templates("".join(parts)), self._name)
            elif token.type == "table_open":
                at = self._table(tokens, at + 1)
            else:
                self._list(token)
            at += 1

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
        parser.inline.parse(without_templates(token.content), parser, self._env, tokens)
        return _pieces(tokens)


def _pieces(tokens: "Sequence[Token]") -> list[Piece]:
    pieces: list[Piece] = []
    outer: list[tuple[str, tuple[Style, ...]]] = []  # The elements under way, each with the styles around it.
    styles: tuple[Style, ...] = ()
    elements = {tag for token in tokens if (tag := _tag(token)[0]) and (token.content.startswith("</") or _is_element(tag))}
    for n, token in enumerate(tokens):
        tag, nesting, target = _tag(token)
        if token.type == "html_inline" and tag and tag not in elements:
            pieces.append((token.content, styles))  # <your-domain>: to be filled in, no element.
        elif nesting > 0 and (tag == "a" or style_of(tag, None)):
            outer.append((tag, styles))
            styles = within(styles, style_of(tag, target))
        elif nesting < 0 and any(tag == name for name, _ in outer):
            name = ""
            while name != tag:
                name, styles = outer.pop()
        elif token.type == "image":
            pieces += [(text, styles) for text, _ in _pieces(token.children or ())]
        elif token.type == "code_inline":
            pieces.append((token.content, within(styles, Style("code"))))
        elif token.type == "softbreak":
            before, after = (tokens[k].content if 0 <= k < len(tokens) else "" for k in (n - 1, n + 1))
            pieces.append((soft_break(before, after), styles))
        elif token.type == "hardbreak" or tag == "br":
            pieces.append(("\n", styles))
        elif token.type != "html_inline":
            pieces.append((token.content, styles))
    return pieces


def _tag(token: "Token") -> tuple[str, int, str]:
    """The element that a token begins (1) or ends (-1), and what it links to."""
    if token.type != "html_inline":
        return token.tag, token.nesting, str(token.attrGet("href") or "")
    match = _TAG.match(token.content)
    href = _HREF.search(token.content)
    return (
        (match[2], -1 if match[1] else 1, unescape(href[1] or href[2] or href[3] or "") if href else "")
        if match
        else ("", 0, "")
    )


def _is_element(tag: str) -> bool:
    """Whether HTML knows the tag, or it is a component's."""
    return tag[0].isupper() or tag.lower() in ELEMENTS


def _without_anchor(pieces: list[Piece]) -> list[Piece]:
    """A heading without the name it is linked by: `{#name}`."""
    if pieces:
        text, styles = pieces[-1]
        pieces[-1] = (_ANCHOR.sub("", text), styles)
    return pieces


def _code_caption(info: str) -> str:
    """The file a fence names, else its language."""
    match = _FILE.search(info)
    return match[1] if match else unescape(info.split(maxsplit=1)[0]) if info.strip() else ""
