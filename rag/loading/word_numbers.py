"""The numbers that Word counts itself: of headings and list items, as numbering.xml defines them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.loading.word_xml import Element, Styles, W, is_on, value, whole

_LEVELS = 9  # Word's own limit.
_LONGEST_TEXT = 60  # Characters of a number's pattern.
_MOST_ROMAN = 3_999
_MOST_LETTERS = 26 * 5  # Word writes 27 as aa, 53 as aaa; beyond, digits are shorter.
_HIGHEST = 1_000_000
_MOST_LISTS = 100_000
_PLACE = re.compile("%([1-9])")
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    restart: int | None = None  # 0: never; n: after the levels above the n-th, counted from 0; None: after all above.
    legal: bool = False  # All numbers in digits.
    style: str = ""


@dataclass(frozen=True, slots=True)
class _List:
    counter: str  # Lists of one abstract definition count on.
    levels: Mapping[int, _Level]
    starts: Mapping[int, int] = field(default_factory=dict)  # Where this list begins anew.


class Numbers:
    """Counts the numbered paragraphs of a document, in its order."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._lists = {} if root is None else _lists(root, styles)
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[int, int]] = set()

    def of(self, properties: Element | None, style_name: str | None) -> tuple[int, int] | None:
        """The list and level that number a paragraph; None where none does, list 0 where the style's was switched off."""
        style = self._styles.of(style_name)
        own = None if properties is None else properties.find(W + "numPr")
        number = whole(value(own, "numId"), 0, 1 << 31)
        level = whole(value(own, "ilvl"), 0, _LEVELS - 1)
        if number is None:
            number = style.number
        if number is None:
            return None
        if level is None and number in self._lists:
            named = {at.style: n for n, at in self._lists[number].levels.items() if at.style}
            level = next((named[name] for name in style.names if name in named), style.level)
        return number, level or 0

    def count(self, number: int, level: int) -> str:
        """The number of the next paragraph of a list and level, as it is written; "-" for a bullet or a lost list."""
        found = self._lists.get(number)
        if found is None:
            return "-"
        here = found.levels.get(level, _Level())
        counts = self._counts.setdefault(found.counter, [None] * _LEVELS)
        before = counts[level]
        if level in found.starts and (number, level) not in self._begun:
            before = None
        self._begun.add((number, level))
        counts[level] = _start(found, level) if before is None else before + 1
        for deeper in range(level + 1, _LEVELS):
            restart = found.levels.get(deeper, _Level()).restart
            if restart is None or level < restart:
                counts[deeper] = None
        if here.form == "bullet":
            return "-"

        def at(match: re.Match[str]) -> str:
            n = int(match[1]) - 1
            known = counts[n]
            form = found.levels.get(n, _Level()).form
            return _written(_start(found, n) if known is None else known, "decimal" if here.legal and form != "none" else form)

        return " ".join(_PLACE.sub(at, here.text).split())


def _start(found: _List, level: int) -> int:
    return found.starts.get(level, found.levels.get(level, _Level()).start)


def _written(number: int, form: str) -> str:
    """A number in one of Word's forms; those not known here are digits.

    >>> _written(28, "lowerLetter"), _written(14, "upperRoman"), _written(7, "decimalZero")
    ('bb', 'XIV', '07')
    """
    if form in ("none", "bullet"):
        return ""
    if form in ("lowerLetter", "upperLetter") and 1 <= number <= _MOST_LETTERS:
        times, letter = divmod(number - 1, 26)
        text = chr(ord("a") + letter) * (times + 1)
        return text.upper() if form == "upperLetter" else text
    if form in ("lowerRoman", "upperRoman") and 1 <= number <= _MOST_ROMAN:
        text = ""
        for worth, sign in _ROMAN:
            times, number = divmod(number, worth)
            text += sign * times
        return text.upper() if form == "upperRoman" else text
    return f"{number:02}" if form == "decimalZero" else str(number)


def _lists(root: Element, styles: Styles) -> dict[int, _List]:
    abstracts = {str(a.get(W + "abstractNumId")): a for a in root.findall(W + "abstractNum")[:_MOST_LISTS]}
    levels = {name: _levels(abstract.findall(W + "lvl")) for name, abstract in abstracts.items()}
    nums = root.findall(W + "num")[:_MOST_LISTS]
    targets = {whole(num.get(W + "numId"), 0, 1 << 31): value(num, "abstractNumId") or "" for num in nums}
    lists: dict[int, _List] = {}
    for num in nums:
        number = whole(num.get(W + "numId"), 0, 1 << 31)
        name = value(num, "abstractNumId") or ""
        linked = value(abstracts.get(name), "numStyleLink")
        if linked is not None:  # The levels stand with the list of a style.
            name = targets.get(styles.of(linked).number, name)
        if number is None or name not in levels:
            continue
        own, starts = dict(levels[name]), {}
        for override in num.findall(W + "lvlOverride")[:_LEVELS]:
            level = whole(override.get(W + "ilvl"), 0, _LEVELS - 1)
            if level is not None:
                for at in _levels(override.findall(W + "lvl")[:1]).values():
                    own[level] = at
                if (start := whole(value(override, "startOverride"), 0, _HIGHEST)) is not None:
                    starts[level] = start
        lists[number] = _List(name, own, starts)
    return lists


def _levels(elements: list[Element]) -> dict[int, _Level]:
    levels: dict[int, _Level] = {}
    for element in elements[:_LEVELS]:
        level = whole(element.get(W + "ilvl"), 0, _LEVELS - 1)
        start = whole(value(element, "start"), 0, _HIGHEST)
        levels[level or 0] = _Level(
            1 if start is None else start,
            value(element, "numFmt") or "decimal",
            (value(element, "lvlText") or "")[:_LONGEST_TEXT],
            whole(value(element, "lvlRestart"), 0, _LEVELS),
            bool(is_on(element, "isLgl")),
            value(element, "pStyle") or "",
        )
    return levels
