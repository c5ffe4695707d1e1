"""HTML by construction: text enters only escaped, elements only from a fixed list.

`decorated` lays several layers of decoration (links, emphasis, highlights) over one stretch of text. Decorations of different
layers may cross each other: the inner ones are split at the edges of the outer ones, so elements always nest.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, NewType

Html = NewType("Html", str)

TAGS: Final = frozenset(
    "a caption code div em figcaption figure h3 h4 h5 h6 li mark ol p pre span strong table tbody td th thead tr ul".split()
)


@dataclass(frozen=True, slots=True)
class Decoration:
    """An element around characters `[start, end)` of a text."""

    start: int
    end: int
    tag: str
    attributes: tuple[tuple[str, str], ...] = ()


Inserts = Sequence[tuple[int, Html]]
"""Elements that stand in a text after so many of its characters, sorted: the numbers of the citations."""


class Layer:
    """Decorations of one kind, sorted and without overlap: where two overlap, the first keeps what they share."""

    def __init__(self, decorations: Iterable[Decoration]) -> None:
        self._decorations: list[Decoration] = []
        at = 0
        for one in sorted(decorations, key=lambda one: (one.start, one.end)):
            start = max(at, one.start)
            if start < one.end:
                self._decorations.append(Decoration(start, one.end, one.tag, one.attributes))
                at = one.end
        self._ends = [one.end for one in self._decorations]

    def between(self, start: int, end: int) -> Iterator[Decoration]:
        """Those that touch `[start, end)`."""
        for n in range(bisect_right(self._ends, start), len(self._ends)):
            if self._decorations[n].start >= end:
                return
            yield self._decorations[n]


def escaped(text: str) -> Html:
    """A text as HTML that shows it literally: the only way for a text into an element."""
    return Html(escape(text))


def element(tag: str, *content: Html, **attributes: str | None) -> Html:
    """One element; `class_` and `data_label` are the attributes `class` and `data-label`, None is no attribute.

    >>> element("p", escaped("a < b"), class_='x"y')
    '<p class="x&quot;y">a &lt; b</p>'
    """
    assert tag in TAGS, tag
    named = (
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"' for name, value in attributes.items() if value is not None
    )
    return Html(f"<{tag}{''.join(named)}>{''.join(content)}</{tag}>")


def decorated(text: str, start: int, end: int, layers: Sequence[Layer], inserts: Inserts = ()) -> Html:
    """`text[start:end]` with every layer, the first outermost, and the inserts, which no decoration encloses.

    An insert before `start` stands at the start, one after `end` at the end.
    """
    parts: list[Html] = []
    at = start
    for position, insert in inserts:
        cut = min(max(position, at), end)
        parts += [_layered(text, at, cut, layers), insert]
        at = cut
    return Html("".join([*parts, _layered(text, at, end, layers)]))


def _layered(text: str, start: int, end: int, layers: Sequence[Layer]) -> Html:
    if start >= end or not layers:
        return escaped(text[start:end])
    parts: list[Html] = []
    at = start
    for one in layers[0].between(start, end):
        first, last = max(at, one.start), min(end, one.end)
        inside = _layered(text, first, last, layers[1:])
        parts += [_layered(text, at, first, layers[1:]), element(one.tag, inside, **dict(one.attributes))]
        at = last
    return Html("".join([*parts, _layered(text, at, end, layers[1:])]))
