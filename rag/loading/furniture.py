"""What stands on a page beside its content: crumbs, tables of contents, links to the next page, sharing, consent, feedback.

Told by structure: roles, relations, where links lead, and names of classes only together with what an element holds.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.loading.html_text import HEADINGS, letters
from rag.loading.panels import Panels

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# Furniture where it stands outside the main content; inside it, a header holds the heading.
_OUTSIDE = {"header", "footer"}
# Furniture there if it holds nothing else than such things do.
_OUTSIDE_NAMES = {"nav", "navbar", "menu", "breadcrumb", "breadcrumbs", "sidebar", "footer", "cookie-banner", "skip-link"}
_FRAMES = {"page-header", "site-header", "page-footer", "site-footer", "masthead"}  # Or what holds the title.
_ROLES = frozenset(
    """alertdialog banner complementary contentinfo dialog menu menubar navigation search doc-backlink doc-pagelist
    doc-toc""".split()
)
_LINK_NAMES = frozenset(
    """toc table-of-contents toctree-wrapper breadcrumb breadcrumbs pagination pager docnav navheader navfooter skip-link
    skiplink""".split()
)
_CONSENT = re.compile(
    r"cookies?[-_]?(?:banner|bar|notice|consent|popup|modal|overlay|message|law|alert|wall|dialog)|(?:^|[-_])(?:consent|gdpr|onetrust)(?:$|[-_])"
)
_FEEDBACK = re.compile(r"(?:^|[-_])(?:feedback|helpful|votes?)(?:$|[-_])")
_HIDDEN_NAMES = {"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text"}
_RELATIONS = {"prev", "previous", "next", "up", "first", "last"}
_ACCESS_KEYS = {"p", "n", "u", "h"}  # Of DocBook and Texinfo: previous, next, up, home.
_CRUMB_SIGNS = re.compile(r"[\s>»›→/|·•‹«←:]*")
_CRUMBS = re.compile(r"[>»›→]")
_SHARING = re.compile(
    r"https?://(?:www\.)?(?:(?:twitter|x)\.com/(?:intent|share)|facebook\.com/(?:sharer|dialog/)|linkedin\.com/(?:shareArticle|sharing)"
    r"|pinterest\.\w+/pin/create|reddit\.com/submit|(?:t|telegram)\.me/share|(?:wa\.me/|api\.whatsapp\.com/send)\?text"
    r"|tumblr\.com/(?:share|widgets/share)|getpocket\.com/save|news\.ycombinator\.com/submitlink)|mailto:\?",
    re.IGNORECASE,
)
_BLOCKS = {"ul", "ol", "p", "div", "table", "section", "dl", "center"}
_LINES = {"ul", "ol", "p"}
_FEW_WORDS, _MOST_WORDS = 40, 5_000
_TITLE_WORDS = 6  # Of a table of contents.
_UNSEEN = frozenset(("script", "style", "noscript", "template"))
_LINKS = frozenset(("a",))
_LED = _LINKS | {"button", "select", "option", "label"}  # What a reader presses.
# A word with the stop behind it, other than "Loading..." and "help.example".
_SENTENCE = re.compile(r"[^\W_][\s\"'”’»)\]]{0,3}[.!?](?![.\w])|[。！？]")
_CLOSES_QUESTION = ("?", "？", "؟")


class Furniture:
    """Tells for each element of a page, in their order, whether it is furniture; `outside`: there is no main element."""

    def __init__(self, page: "Element", panels: Panels, *, outside: bool) -> None:
        self._panels = panels
        self._outside = outside
        self._headed = (
            not outside or next(page.iter(*HEADINGS), None) is None
        )  # Whether the content has begun, with its first heading.
        self._passed = {"", "top"}  # Places above.
        self._places = {
            value for node in page.xpath("//*[@id or @name]") for value in (node.get("id"), node.get("name")) if value
        }

    def has(self, node: "Element") -> bool:
        """Whether the element is no content."""
        self._passed.update(filter(None, (node.get("id"), node.get("name"))))
        self._headed = self._headed or node.tag in HEADINGS
        names = _names(node)
        if node.get("role") in _ROLES or (node.get("itemtype") or "").endswith("/BreadcrumbList"):
            return True
        if node.tag == "a":
            return _SHARING.match(node.get("href") or "") is not None or not _LINK_NAMES.isdisjoint(names)
        if node.tag == "span":
            return not _HIDDEN_NAMES.isdisjoint(names) and next(node.iterancestors("a"), None) is not None
        return (
            (self._outside and self._frames(node, names))
            or (node.tag in _BLOCKS and self._only_leads_on(node, names))
            or (node.tag not in _LINES and self._only_asks(node, names))
        )

    def stands_beside(self, node: "Element") -> bool:
        """Whether the element stands beside the content, and its headings head nothing behind it."""
        return node.tag == "aside" or (self._outside and not _OUTSIDE_NAMES.isdisjoint(_names(node)))

    def _frames(self, node: "Element", names: list[str]) -> bool:
        """Whether an element stands around the content of a page without a main element."""
        if node.tag in _OUTSIDE:
            return True
        if node.tag == "aside" or not _OUTSIDE_NAMES.isdisjoint(names):
            return not _says_something(node)
        return not _FRAMES.isdisjoint(names) and next(node.iter(*HEADINGS), None) is None

    def _only_leads_on(self, node: "Element", names: list[str]) -> bool:
        """Whether a block is nothing but links of navigation."""
        named = not _LINK_NAMES.isdisjoint(names)
        prose = node.find(".//li//p") is not None and not named
        if prose if node.tag in _LINES else not _is_short(node, _MOST_WORDS if named else _FEW_WORDS):
            return False
        links = node.findall(".//a[@href]")
        if named and links and _words_between(node) <= _TITLE_WORDS:
            return True
        if not links or next(node.iter(*HEADINGS), None) is not None or any(map(self._panels.opens, links)):
            return False
        only, targets = _only_links(node), [link.get("href").removeprefix("#") for link in links]
        steps = any(map(_is_step, links)) and (only or node.tag == "table")
        languages = len(links) > 1 and 2 * sum(1 for link in links if link.get("hreflang")) >= len(links)
        languages = languages and _words_between(node) <= _TITLE_WORDS
        if (steps or languages) and _is_short(node):
            return True
        crumbs = node.tag == "p" and len(links) > 1 and any(map(_CRUMBS.search, _between(node)))
        within = node.tag in _LINES and len(links) > 1 and self._places.issuperset(targets)
        above = len(links) == 1 and links[0].get("href")[:1] == "#" and targets[0] in self._passed
        return only and (crumbs or within or above or not self._headed)

    def _only_asks(self, node: "Element", names: list[str]) -> bool:
        """Whether a part asks for consent or an opinion: buttons, with a name that says so or one question beside them."""
        name = any(_CONSENT.search(name) or _FEEDBACK.search(name) for name in names)
        if node.tag in {"body", "main", "article"} or (
            not name and node.tag not in {"div", "form", "fieldset", "section", "aside"}
        ):
            return False
        if not _is_short(node, 2 * _FEW_WORDS if name else _FEW_WORDS):
            return False
        controls = [control for control in node.iter("button", "input") if not self._panels.opens(control)]
        if name or len(controls) < 2:
            return bool(name and controls)
        beside = " ".join(node.xpath(".//text()[not(ancestor::button or ancestor::script or ancestor::label)]")).split()
        return (
            bool(beside)
            and beside[-1].endswith(_CLOSES_QUESTION)
            and node.find(".//a") is None
            and not any(word.endswith((".", *_CLOSES_QUESTION)) for word in beside[:-1])
        )


def _names(node: "Element") -> list[str]:
    return f"{node.get('id') or ''} {node.get('class') or ''}".lower().split()


def _says_something(node: "Element") -> bool:
    """Whether an element named as furniture is content: most of its letters stand outside links and controls, and there is text
    below a heading, a sentence, or a row of values.
    """
    said = list(_between(node, _UNSEEN | _LED))
    if 2 * letters(said) < letters(_between(node, _UNSEEN)):
        return False
    below = letters(_between(node, _UNSEEN | _LED | frozenset(HEADINGS)))
    headed = below > 0 and next(node.iter(*HEADINGS), None) is not None
    return headed or _SENTENCE.search(" ".join(said)) is not None or any(map(_is_row, node.iter("tr", "dd", "li")))


def _is_row(row: "Element") -> bool:
    """Whether a row of a table, a definition or an item has a value: what stands beside its label, or a number."""
    said = [text for text in _between(row, _UNSEEN | _LED) if text.strip()]
    beside = len(said) > 1 if row.tag == "tr" else bool(said) and row.tag == "dd"
    return beside or any(map(str.isdigit, "".join(said)))


def _is_step(link: "Element") -> bool:
    """Whether a link leads to the page before or behind this one."""
    return (
        not _RELATIONS.isdisjoint((link.get("rel") or "").lower().split())
        or (link.get("accesskey") or "").lower() in _ACCESS_KEYS
    )


def _only_links(node: "Element") -> bool:
    """Whether all that stands outside links are signs."""
    return all(map(_CRUMB_SIGNS.fullmatch, _between(node)))


def _words_between(node: "Element") -> int:
    return sum(any(map(str.isalnum, word)) for word in "".join(_between(node)).split())


def _between(node: "Element", without: frozenset[str] = _LINKS) -> Iterator[str]:
    """The texts outside links, or outside other elements."""
    waiting: list[Element | str] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part.tag, str) and (part is node or part.tag not in without or _is_place(part)):
            yield part.text or ""
            for child in reversed(part):
                waiting += [child.tail or "", child]


def _is_place(link: "Element") -> bool:
    """Whether an `a` leads nowhere and is only led to."""
    return link.tag == "a" and link.get("href") is None


def _is_short(node: "Element", words: int = _FEW_WORDS) -> bool:
    count = 0
    for text in node.itertext():
        count += len(text.split())
        if count > words:
            return False
    return True
