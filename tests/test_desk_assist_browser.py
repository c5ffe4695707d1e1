"""Proposals in Chromium: taken by a key, edited, vouched for by the keyboard alone, and thrown away when something is said."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rag.desk.hours import DeskSettings
from rag.languages.en import desk as t
from rag.languages.en import desk_assist as a
from rag.languages.formats import count
from tests.desk_bases import handed_over, open_bases
from tests.desk_people import agent, desk_of, pages, sign_in
from tests.serving import Served, server
from tests.test_browser import DESKTOP, PHONE, axe, chromium, expect, pytestmark  # noqa: F401 - fixtures and marks of the page

QUESTION = "Within how many days may items be returned?"
RULE = "Items may be returned within 30 days of delivery."
EXCEPTION = "Opened software may not be returned, even within 30 days of delivery."
GOODWILL = "May a cracked lantern be replaced out of goodwill?"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings, bases = open_bases(tmp_path_factory.mktemp("bases"))
    with server(settings.data_dir, bases, refuse_below=0.3, base_path="/chat") as running:
        agent(running, "Ada")
        desk_of(running).set_settings(DeskSettings(capacity=1000), "test")
        _, id = handed_over(desk_of(running), QUESTION, "visitor:warm")
        running.app.state.visitors.assist.propose(id, ["default"])  # what is loaded once is not waited for in a page
        yield running
    bases.close()


@pytest.fixture(scope="module")
def ada(chromium: Any, served: Served) -> Any:  # noqa: F811
    """What a browser keeps of Ada's signing in."""
    return sign_in(chromium, served, "Ada")


@pytest.fixture
def browse(chromium: Any, served: Served, ada: Any) -> Iterator[Callable[..., Any]]:  # noqa: F811
    """Opens a page as Ada."""
    with pages(chromium, served) as open_page:
        yield lambda path, **options: open_page(path, **{"viewport": DESKTOP, "storage_state": ada, **options})


def test_a_proposal_is_taken_edited_and_sent_by_keys_alone(browse: Any, served: Served) -> None:
    customer, id = handed_over(desk_of(served), QUESTION, "visitor:a")
    ada = browse(f"desk/c/{id}")
    box, proposal, checked = ada.get_by_role("textbox", name=t.REPLY), ada.locator("#proposal"), ada.locator("#checked")
    expect(proposal.locator(".sentence").first).to_have_text(RULE)
    expect(proposal.locator(".verdict").first).to_have_text(a.VERDICTS["proven"])
    expect(ada.locator("#beside")).to_contain_text(a.SUMMARY)
    ada.keyboard.press("s")
    mark = proposal.locator("mark").first
    expect(mark).to_be_visible()
    expect(mark).to_have_text(RULE)
    ada.keyboard.press("r")
    ada.keyboard.press("Tab")
    expect(box).to_be_focused()
    expect(box).to_have_value(RULE)
    expect(checked).to_contain_text(a.CHECK_DONE["one"])
    ada.keyboard.type(" We pay for the box. It is quick.")
    expect(checked.locator("li.unproven")).to_have_count(2)
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("#composer-problem")).to_have_text(count(a.NO_SOURCE_SAYS, 2))
    boxes = ada.get_by_role("checkbox", name=a.VOUCH)
    expect(boxes.first).to_be_focused()
    ada.keyboard.press("Space")
    expect(boxes.first).to_be_checked()
    expect(boxes.first).to_be_focused()
    ada.keyboard.press("Control+Enter")
    expect(boxes.last).to_be_focused()
    assert customer.messages(id)[-1].kind == "status"  # nothing has been sent
    ada.keyboard.press("Space")
    expect(ada.locator("#composer-problem")).to_be_hidden()
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("#timeline li.out").last).to_contain_text(f"{RULE} We pay for the box. It is quick.")
    expect(box).to_have_value("")
    expect(checked).to_be_empty()
    expect(proposal).to_contain_text(a.NOTHING_ASKED)

    customer.say(id, "And may opened software be returned?", "k")
    expect(proposal.locator(".sentence").first).to_contain_text("Opened software")  # another proposal, without a reload
    ada.get_by_role("searchbox", name=a.SEARCH_PASSAGES).fill("opened software")
    ada.keyboard.press("Enter")
    ada.locator("#passages").get_by_role("button", name=a.INSERT, exact=True).first.click()
    expect(box).to_have_value(re.compile(re.escape(EXCEPTION)))
    expect(ada.locator("#checked-line")).to_have_attribute("data-left", "0")


def test_tab_in_an_empty_note_takes_no_proposal(browse: Any, served: Served) -> None:
    _, id = handed_over(desk_of(served), QUESTION, "visitor:n")
    ada = browse(f"desk/c/{id}")
    expect(ada.locator("#proposal .sentence").first).to_have_text(RULE)
    ada.keyboard.press("n")
    ada.keyboard.press("Tab")
    expect(ada.get_by_role("textbox", name=t.NOTE)).to_have_value("")
    expect(ada.get_by_role("textbox", name=t.NOTE)).not_to_be_focused()


def test_what_is_for_staff_is_confirmed_and_a_base_chosen(browse: Any, served: Served) -> None:
    customer, id = handed_over(desk_of(served), GOODWILL, "visitor:b")
    ada = browse(f"desk/c/{id}")
    proposal = ada.locator("#proposal")
    expect(proposal.locator("li.internal .verdict").first).to_have_text(a.VERDICTS["internal"])
    proposal.get_by_label(a.BASE).select_option("default")
    expect(proposal).not_to_contain_text("A cracked lantern may")
    proposal.get_by_label(a.BASE).select_option("staff")
    expect(proposal).to_contain_text("A cracked lantern may")
    ada.get_by_role("button", name=a.TAKE).click()
    expect(ada.locator("#checked")).to_contain_text("A cracked lantern may")  # it was taken over, and checked
    ada.locator("#text").press("Control+Enter")
    confirm = ada.get_by_role("checkbox", name=a.CONFIRM)
    expect(confirm).to_be_focused()
    ada.keyboard.press("Space")
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("#timeline li.out").last).to_contain_text("A cracked lantern may")
    assert any("cracked lantern" in line.text for line in customer.messages(id) if line.kind == "out")


def test_without_the_script_it_can_be_done_by_forms(browse: Any, served: Served) -> None:
    _, id = handed_over(desk_of(served), QUESTION, "visitor:c")
    ada = browse(f"desk/c/{id}", java_script_enabled=False)
    ada.get_by_role("link", name=a.PROPOSE).click()
    ada.get_by_role("button", name=a.TAKE).click()
    box = ada.get_by_role("textbox", name=t.REPLY)
    expect(box).to_have_value(RULE)
    box.fill(f"{RULE} Bye.")
    ada.locator("[data-send]").click()
    ada.get_by_role("checkbox", name=a.VOUCH).check()
    ada.locator("[data-send]").click()
    expect(ada.locator("#timeline li.out").last).to_contain_text(f"{RULE} Bye.")


@pytest.mark.parametrize(("scheme", "viewport"), [("light", DESKTOP), ("dark", PHONE)], ids=["light", "dark on a phone"])
def test_proposals_can_be_used_by_everybody(browse: Any, served: Served, axe: str, scheme: str, viewport: Any) -> None:  # noqa: F811
    _, id = handed_over(desk_of(served), GOODWILL, "visitor:d")
    ada = browse(f"desk/c/{id}", color_scheme=scheme, viewport=viewport)
    expect(ada.locator("#proposal .sentence").first).to_be_visible()
    ada.locator("#proposal summary").first.click()
    ada.get_by_role("textbox", name=t.REPLY).fill(f"{RULE} By hand.")
    expect(ada.locator("#checked li.unproven")).to_be_visible()
    for path in (None, "desk/gaps?base=default", "desk/gaps/new?base=default&question=x"):
        if path:
            ada.goto(f"{served.url}{path}")
        ada.evaluate(axe)
        assert ada.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html])") == [], path
        assert ada.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
