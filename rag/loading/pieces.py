r"""What loaders hand to the builder: pieces of a line of text, each with the styles it stands in.

"\n" in a piece is a hard line break; any other white space is one blank, at the edges of the whole none at all.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.loading.cleaning import characters
from rag.types import Mark, MarkKind

_RUN = re.compile(r"\s+")
_RAISED = str.maketrans(
    "0123456789+-\u2212=()ni",
    "\u2070\xb9\xb2\xb3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207b\u207c\u207d\u207e\u207f\u2071",
)
_TARGET = re.compile(r"(?:https?://|mailto:)[^\s<>\"\x00-\x20\x7f-\x9f\ud800-\udfff]+", re.IGNORECASE)
_LONGEST_TARGET = 2_000  # Characters: what browsers and servers take; longer ones are data, not addresses.
STRUCK = frozenset(("del", "s", "strike"))  # Elements whose text no longer holds: it is left out, as deletions in Word are.
_KINDS: dict[str, MarkKind] = {
    **dict.fromkeys(("b", "strong"), "strong"),
    **dict.fromkeys(("i", "em"), "emphasis"),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), "code"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """One stretch of emphasis, code or link: pieces of the same Style (not merely of an equal one) become one mark."""

    kind: MarkKind
    target: str = ""


Piece = tuple[str, tuple[Style, ...]]


def plain(text: str) -> list[Piece]:
    """A text without marks, as pieces."""
    return [(text, ())]


def text_of(pieces: Iterable[Piece]) -> str:
    """The text that `flatten` makes of the pieces, on one line."""
    return " ".join(characters("".join(text for text, _ in pieces)).split())


def raised(text: str) -> str:
    """A superscript: 10 to the power of 6 must not read as 106; letters (1st, TM) stand as they are."""
    return text.translate(_RAISED) if text and all(ord(sign) in _RAISED for sign in text) else text


def is_told(alt: str, source: str) -> bool:
    """Whether the text that stands for an image says more than the name of its file."""
    words = re.sub(r"[\W_]+", " ", alt).casefold().strip()
    stem = re.sub(r"[\W_]+", " ", source.rpartition("/")[2].rpartition(".")[0]).casefold().strip()
    return bool(words) and words != stem and (" " in alt.strip() or not re.search(r"[-_./]", alt))


def link(target: str | None) -> Style | None:
    """The style of a link that may be followed from an answer; None for a relative one, an anchor, or another scheme."""
    target = (target or "").strip().replace(" ", "%20")
    return Style("link", target) if is_target(target) else None


def is_target(target: str) -> bool:
    """Whether it is an address of http, https or mailto, without white space or controls."""
    return len(target) <= _LONGEST_TARGET and _TARGET.fullmatch(target) is not None


def style_of(tag: str, target: str | None) -> Style | None:
    """The style that an HTML element sets its text in; `target` is its href."""
    if tag == "a":
        return link(target)
    return Style(_KINDS[tag]) if tag in _KINDS else None


def within(styles: tuple[Style, ...], style: Style | None) -> tuple[Style, ...]:
    """`styles` and `style`; emphasis in emphasis is one, so hostile nesting stays short."""
    return styles if style is None or any(style.kind == outer.kind for outer in styles) else (*styles, style)


def soft_break(before: str, after: str) -> str:
    """What stands for a line break that only the margin made: nothing between Chinese or Japanese, else one blank."""
    return "" if before and after and _is_wide(before[-1]) and _is_wide(after[0]) else " "


def flatten(pieces: Sequence[Piece]) -> tuple[str, list[Mark]]:
    """The cleaned text of the pieces, without white space at its edges, and the marks in it.

    No mark begins or ends with white space.
    """
    if len(pieces) == 1 and not pieces[0][1] and pieces[0][0].isprintable():  # A cell of a big table.
        return " ".join(characters(pieces[0][0]).split()), []
    parts: list[str] = []
    marks: list[Mark] = []
    length, gap = 0, ""
    running: dict[Style, int] = {}  # The styles of the piece before, and where each began.
    for raw, styles in pieces:
        text = _RUN.sub(_one_space, characters(raw))
        body = text.strip()
        if not body:
            gap = _stronger(gap, text)
            continue
        marks += [Mark(start, length, style.kind, style.target) for style, start in running.items() if style not in styles]
        if parts:
            space = _stronger(gap, text[: len(text) - len(text.lstrip())])
            parts.append(space)
            length += len(space)
        running = {style: running.get(style, length) for style in styles}
        parts.append(body)
        length += len(body)
        gap = text[len(text.rstrip()) :]
    marks += [Mark(start, length, style.kind, style.target) for style, start in running.items()]
    return "".join(parts), sorted(marks, key=lambda mark: (mark.start, -mark.end))


def _stronger(gap: str, other: str) -> str:
    return "\n" if "\n" in (gap, other) else gap or other


def _one_space(run: re.Match[str]) -> str:
    return "\n" if "\n" in run[0] else " "


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF" and not "\uac00" <= character <= "\ud7a3"  # Korean has blanks.
