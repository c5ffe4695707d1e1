"""Accordions and tabs of a page: which hidden parts a reader can open, and by what."""

from collections.abc import Iterator
from itertools import islice, product
from typing import TYPE_CHECKING

from rag.loading.html_text import HEADINGS, letters

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_TOGGLES = {"collapse", "tab", "pill"}  # Of Bootstrap's data-toggle.
_CONTROLS = "//*[@aria-controls or @aria-expanded or @data-toggle or @data-bs-toggle or @role='tab']"
_PANEL_CLASSES = {"collapse", "accordion-collapse", "accordion-content", "accordion-body", "accordion-panel", "tab-pane"}
_NO_PANELS = {"nav", "select", "menu", "dialog", "form", "input", "textarea", *HEADINGS}
_MOST_CONTROLS = 10_000  # A page has some; more are no page for readers.
_MOST_CLASSES = 10  # Of one element.


class Panels:
    """The panels of one page, each with the element that opens it."""

    def __init__(self, page: "Element") -> None:
        self._control_of: dict[Element, Element | None] = {}
        self._panel_of: dict[Element, Element] = {}
        controls = page.xpath(_CONTROLS)[:_MOST_CONTROLS]
        if controls or page.xpath("//*[@role='tabpanel' or @hidden]"):
            self._join_marked(page, controls)
        for button, behind in _classed_pairs(page):
            self._join(button, behind)
        for summary in page.xpath("//details/summary[1]"):  # A heading in one is the panel's itself.
            panel = summary.getparent()
            if next(summary.iter(*HEADINGS), None) is None and _unlinked(panel) > _unlinked(summary):
                self._panel_of[summary] = panel

    def _join_marked(self, page: "Element", controls: "list[Element]") -> None:
        """Join what attributes mark as controls with their panels."""
        by_id: dict[str, Element] = {}
        for node in page.xpath("//*[@id]"):
            by_id.setdefault(node.get("id"), node)
        for control in controls:
            panel = by_id.get(_target(control))
            if panel is None and control.get("aria-expanded") is not None:
                panel = _following(control)
            self._join(control, panel)
        for panel in page.xpath("//*[@aria-labelledby and (@role='tabpanel' or @role='region')]"):
            control = by_id.get(panel.get("aria-labelledby"))
            if control is not None and (control.tag == "button" or control.get("role") in {"tab", "button"}):
                self._join(control, panel)
        for panel in page.xpath("//*[@role='tabpanel' or @hidden='until-found' or @class]"):
            if panel.get("role") == "tabpanel" or panel.get("hidden") == "until-found" or _is_classed(panel):
                self._control_of.setdefault(panel, None)

    def is_panel(self, node: "Element") -> bool:
        """Whether a reader can open this element, so that it is read though it is hidden now."""
        return node in self._control_of

    def opens(self, node: "Element") -> bool:
        """Whether the element opens a panel that stands below or behind it: its text is the panel's heading."""
        return node in self._panel_of and not _is_tab(node)

    def opened_by(self, control: "Element") -> "Element | None":
        """The panel that an element opens."""
        return self._panel_of.get(control)

    def is_tab(self, node: "Element") -> bool:
        """Whether the element is a tab, whose text is said at its panel."""
        return node in self._panel_of and _is_tab(node)

    def tab_of(self, node: "Element") -> "Element | None":
        """The tab that opens the panel, where one does."""
        control = self._control_of.get(node)
        return control if control is not None and _is_tab(control) else None

    def _join(self, control: "Element", panel: "Element | None") -> None:
        if panel is None or control in self._panel_of or self._control_of.get(panel) is not None:
            return
        if panel is control or not _is_read(panel) or any(outer is panel for outer in control.iterancestors()):
            return
        self._panel_of[control] = panel
        self._control_of[panel] = control


def _target(control: "Element") -> str:
    """The id of what an element opens."""
    toggles = (control.get("data-bs-toggle") or control.get("data-toggle")) in _TOGGLES
    if not toggles and control.get("aria-expanded") is None and control.get("role") != "tab":
        return _first(control.get("aria-controls")) if control.tag == "button" else ""
    link = next((control.get(name) for name in ("data-bs-target", "data-target", "href") if control.get(name)), "")
    return _first(control.get("aria-controls")) or (link[1:] if link.startswith("#") else "")


def _first(ids: str | None) -> str:
    return next(iter((ids or "").split()), "")


def _following(control: "Element") -> "Element | None":
    """The element behind a control, or behind what holds nothing but the control."""
    node = control
    while (behind := node.getnext()) is None:
        outer = node.getparent()
        if outer is None or outer.tag in {"body", "main", "li"} or len(outer) != 1:
            return None
        node = outer
    return behind


def _classed_pairs(page: "Element") -> "Iterator[tuple[Element, Element]]":
    """Buttons that only their classes make those of an accordion, each with what it opens: at least two of one class, each with
    a text of its own ("Copy" and "Share" come again and again) and before an element to read of one class.
    """
    pairs: dict[tuple[str, str], dict[str, list[tuple[Element, Element]]]] = {}
    for button in islice(page.iter("button"), _MOST_CONTROLS):
        behind = _following(button)
        alone = not (button.tail or "").strip() and next(button.iterancestors("form"), None) is None
        if alone and behind is not None and _is_read(behind):
            text = " ".join("".join(button.itertext()).split())
            for classes in product(_classes(button), _classes(behind)):
                pairs.setdefault(classes, {}).setdefault(text, []).append((button, behind))
    for group in pairs.values():
        own = [found[0] for found in group.values() if len(found) == 1]
        if len(own) > 1:
            yield from own


def _classes(node: "Element") -> list[str]:
    return sorted(set((node.get("class") or "").split()))[:_MOST_CLASSES]


def _is_read(panel: "Element") -> bool:
    """Whether a panel holds text, not only a menu's links or a form's fields."""
    if panel.tag in _NO_PANELS or panel.get("role") in {"menu", "listbox", "navigation", "dialog", "search"}:
        return False
    return _unlinked(panel) > 0


def _unlinked(node: "Element") -> int:
    """The letters that are no link or control."""
    return letters(node.itertext()) - sum(letters(link.itertext()) for link in node.iter("a", "button", "option", "label"))


def _is_classed(node: "Element") -> bool:
    classes = set((node.get("class") or "").lower().split())
    return bool(classes & _PANEL_CLASSES) and "navbar-collapse" not in classes and _is_read(node)


def _is_tab(control: "Element") -> bool:
    toggle = control.get("data-bs-toggle") or control.get("data-toggle")
    return control.get("role") == "tab" or toggle in {"tab", "pill"}
