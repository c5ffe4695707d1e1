"""The inline tokens of Markdown as pieces: emphasis, links, HTML, roles, footnotes, and what notes and wikis add to it."""

import re
from collections.abc import Callable, Sequence
from html import unescape
from typing import TYPE_CHECKING

from rag.loading.html_tree import ELEMENTS
from rag.loading.notes import with_notes
from rag.loading.pieces import STRUCK, Piece, Style, is_told, raised, soft_break, style_of, within
from rag.loading.roles import LABEL_ROLES, label_words, shown

if TYPE_CHECKING:
    from markdown_it.token import Token

_TAG = re.compile(r"<(/?)([A-Za-z][\w.:-]*)")
_HREF = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
_ATTRIBUTE = r"""(?:[.#][\w:-]{1,60}|[\w-]{1,30}=(?:"[^"{}]{0,200}"|[\w%.-]{1,60}))"""
# Nothing is tried twice: each form ends where another of its kind begins. Inline code is kept as it is.
_WRITTEN = re.compile(
    r"(?P<code>(?<!`)(`{1,8})(?!`).{0,2000}?(?<!`)\2(?!`))"
    r"|(?P<embed>!?)\[\[(?P<page>[^\s\[\]|][^\[\]|\n]{0,200})(?:\\?\|(?P<text>[^\[\]\n]{1,200}))?\]\](?![(\[])"
    rf"|\[(?P<span>[^\[\]\n]{{1,300}})\]\{{:?\s*{_ATTRIBUTE}(?:\s+{_ATTRIBUTE}){{0,9}}\s*\}}"
    rf"|(?P<attributes>(?<=[)\]*_`])\{{:?\s*{_ATTRIBUTE}(?:\s+{_ATTRIBUTE}){{0,9}}\s*\}}|\s*\{{:?\s*[.#][\w:-]{{1,60}}(?:\s+{_ATTRIBUTE}){{0,9}}\s*\}}\s*$)"
    r"|(?P<block>[ \t]\^[A-Za-z][\w-]{0,40}$)"
    r"|(?P<comment>%%[^%]{1,2000}%%)"
    r"|(?<![\w=])==(?P<marked>[^\s=](?:[^=\n]{0,300}[^\s=])?)==(?![\w=])"
    r"|\^(?P<raised>[^\s^\[\]*`]{1,20})\^"
    r"|(?<=[A-Za-z])~(?P<lowered>[A-Za-z0-9+-]{1,20})~(?![~\d])",  # H~2~O, but no range: 5~10kg, 9~12点.
    re.DOTALL | re.MULTILINE,
)


def written_plain(text: str) -> str:
    """Inline Markdown without the forms that only notes, wikis and Pandoc know: [[page|text]], ==marked==, x^2^, {.class}.

    >>> written_plain("See [[Refunds|our *rules*]], ==now==, 10^6^ of H~2~O {.big} `[[x]]`")
    'See our *rules*, now, 10⁶ of H2O {.big} `[[x]]`'
    """
    return _WRITTEN.sub(_shown, text)


def _shown(match: re.Match[str]) -> str:
    if match["code"] is not None:
        return match["code"]
    if match["page"] is not None:
        page = match["page"].rstrip("\\").strip()
        if match["embed"]:
            return match["text"] if match["text"] and not match["text"][:1].isdigit() else ""
        return match["text"] or page.lstrip("#").replace("#^", " ").replace("#", " > ")
    if match["raised"] is not None:
        return raised(match["raised"]) if raised(match["raised"]) != match["raised"] else match[0].strip("^")
    return match["span"] or match["marked"] or match["lowered"] or ""


def pieces_of(tokens: "Sequence[Token]", note_of: "Callable[[Token], list[Piece]]") -> list[Piece]:
    """The pieces of inline tokens; `note_of` gives the footnote that a token refers to."""
    tokens = _without_struck(tokens)
    pieces: list[Piece] = []
    notes: list[tuple[int, list[Piece]]] = []
    outer: list[tuple[str, tuple[Style, ...]]] = []  # The elements under way, each with the styles around it.
    styles: tuple[Style, ...] = ()
    begun = 0  # The piece that a superscript begins with.
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
        elif tag == "sup" and token.type == "html_inline":
            begun = len(pieces) if nesting > 0 else begun
            if nesting < 0:
                pieces[begun:] = [(raised(text), inner) for text, inner in pieces[begun:]]
        elif token.type == "footnote_ref":
            notes.append((len(pieces), note_of(token)))
        elif (leaf := _leaf(token, note_of)) is not None:
            pieces.append((leaf[0], within(styles, leaf[1])))
        elif token.type == "softbreak":
            before, after = (tokens[k].content if 0 <= k < len(tokens) else "" for k in (n - 1, n + 1))
            pieces.append((soft_break(before, after), styles))
        elif token.type == "hardbreak" or tag == "br":
            pieces.append(("\n", styles))
        elif token.type != "html_inline":
            pieces.append((token.content, styles))
    return with_notes(pieces, notes) if notes else pieces


def _without_struck(tokens: "Sequence[Token]") -> "list[Token]":
    """The tokens outside struck text."""
    kept: list[Token] = []
    opened: list[tuple[str, int]] = []  # Each with the place in `kept` that it begins at.
    for token in tokens:
        tag, nesting, _ = _tag(token)
        kept.append(token)
        if tag.lower() in STRUCK and nesting > 0:
            opened.append((tag, len(kept) - 1))
        elif nesting < 0 and any(tag == name for name, _ in opened):
            name = ""
            while name != tag:
                name, start = opened.pop()
            del kept[start:]
    return kept


def _leaf(token: "Token", note_of: "Callable[[Token], list[Piece]]") -> tuple[str, Style | None] | None:
    """What is shown of a token that holds its own text, and its style; None for any other."""
    if token.type == "image":
        alt = "".join(text for text, _ in pieces_of(token.children or (), note_of))
        return (alt if is_told(alt, str(token.attrGet("src") or "")) else ""), None
    if token.type == "code_inline":
        return token.content, Style("code")
    if token.type == "myst_role":
        name = str(token.meta["name"])
        text, kind = shown(name, token.content)
        return (label_words(text) if name in LABEL_ROLES and text == token.content else text), Style(kind) if kind else None
    return None


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
