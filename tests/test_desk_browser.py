"""The desk in Chromium: two agents and a customer, what they see of each other, and what is kept when something breaks."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rag.config import load_settings
from rag.desk import drafts
from rag.desk.hours import DeskSettings, Hours
from rag.kept.answers import to_json
from rag.languages.en import desk as t
from rag.languages.en import desk_assist as a
from rag.languages.formats import count
from rag.languages.spoken import texts
from rag.types import Answer, Citation
from tests.desk_people import SAID, agent, agent_id, desk_of, pages, sign_in, waiting
from tests.scripted import HOSTILE, ScriptedAssistant, ScriptedBases
from tests.serving import Served, server
from tests.test_browser import DESKTOP, PHONE, axe, chromium, expect, pytestmark  # noqa: F401 - fixtures and marks of the page

EN = texts.PERSON
LIGHT, DARK = "light", "dark"
ON_TOP = """e => { const { left, top, width, height } = e.getBoundingClientRect();
    return e.contains(document.elementFromPoint(left + width / 2, top + height / 2)); }"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("data")
    bases = ScriptedBases({"shop": ScriptedAssistant(load_settings({"data_dir": folder}), delay=0)})
    with server(folder, bases, mails=True, base_path="/chat") as running:
        for name in ("Ada", "Ben"):
            agent(running, name)
        desk_of(running).set_settings(DeskSettings(capacity=1000), "test")
        yield running


@pytest.fixture(scope="module")
def sign_ins(chromium: Any, served: Served) -> dict[str, Any]:  # noqa: F811
    return {name: sign_in(chromium, served, name) for name in ("Ada", "Ben")}


@pytest.fixture
def browse(chromium: Any, served: Served, sign_ins: dict[str, Any]) -> Iterator[Callable[..., Any]]:  # noqa: F811
    """Opens a page as an agent, or as a customer."""
    with pages(chromium, served) as open_page:
        yield lambda name="", path="", **options: open_page(
            path, **{"viewport": DESKTOP, "storage_state": sign_ins.get(name), **options}
        )


def test_two_agents_and_a_customer(browse: Any, served: Served) -> None:
    customer = browse()
    customer.get_by_role("button", name=EN["talk"]).click()
    expect(customer.locator("#person .who")).to_contain_text(EN["next"])
    customer.locator("#question textarea").fill("Is anybody <b>there</b>?")
    customer.keyboard.press("Enter")
    expect(customer.locator(".person.mine")).to_contain_text("Is anybody <b>there</b>?")

    ada, ben = browse("Ada", "desk?view=waiting"), browse("Ben", "desk?view=waiting")
    row = ada.locator("[data-row]").first
    expect(row).to_contain_text(t.STATES["waiting"])
    row.click()
    ben.locator("[data-row]").first.click()
    box = ben.get_by_role("textbox", name=t.REPLY)
    box.fill("Please send a photo.")
    ada.keyboard.press("c")
    expect(ada.locator("#timeline")).to_contain_text("Ada has this now")
    expect(ben.locator("#timeline")).to_contain_text("Ada has this now")  # without a reload
    expect(customer.locator("#person .who")).to_contain_text(EN["open"].format(name="Ada"))

    ada.keyboard.press("n")
    ada.keyboard.type("secret-note")
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("#timeline li.note")).to_contain_text("secret-note")
    ada.reload()
    expect(ada.locator("#restore")).to_have_count(0)  # it is a note, and no draft that was discarded
    ada.keyboard.press("r")
    ada.keyboard.type("Yes, a new lamp leaves today.")
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("#composer-problem")).to_have_text(a.NO_SOURCE_SAYS["one"])
    expect(ada.get_by_role("checkbox", name=a.VOUCH)).to_be_focused()
    ada.keyboard.press("Space")
    expect(ada.locator("#composer-problem")).to_be_hidden()
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("#timeline li.out").last).to_contain_text("Yes, a new lamp leaves today.")
    expect(ada.get_by_role("textbox", name=t.REPLY)).to_have_value("")

    told = ben.locator("#composer-problem")
    expect(told).to_contain_text(t.ANSWERED.format(name="Ada"))
    expect(told).to_contain_text("Yes, a new lamp leaves today.")
    ben.locator("[data-send]").click()  # what Ada said has been shown and not been acknowledged
    expect(told).to_contain_text("Ada")
    expect(box).to_have_value("Please send a photo.")

    answer = customer.locator(".person.theirs")
    expect(answer).to_contain_text("Yes, a new lamp leaves today.")
    expect(ada.locator("#timeline li.out").last).to_contain_text(t.DELIVERED)
    assert "secret-note" not in customer.content()
    assert "Please send a photo." not in customer.content()
    ada.evaluate("document.activeElement.blur()")
    ada.keyboard.press("e")
    expect(ada.locator("#talk-state")).to_contain_text(t.STATES["resolved"])
    expect(customer.locator("#person")).to_contain_text(EN["resolved"])
    customer.get_by_label(EN["stars"].format(n=5)).check()
    customer.locator("#person form").get_by_role("button").click()
    expect(customer.locator("#person")).to_contain_text(EN["rated"])
    expect(ada.locator("#customer")).to_contain_text("5/5")


def test_a_draft_is_there_after_a_reload_at_once_and_in_another_browser(browse: Any, served: Served) -> None:
    one = waiting(served)
    ada = browse("Ada", f"desk/c/{one.id}")
    box = ada.get_by_role("textbox", name=t.REPLY)
    box.press_sequentially("Dear Grace, ")
    expect(ada.locator("#saved")).to_have_text(t.DRAFT_SAVED)
    box.press_sequentially("the lamp")
    ada.reload()
    expect(ada.get_by_role("textbox", name=t.REPLY)).to_have_value("Dear Grace, the lamp")
    ada.keyboard.press("n")
    ada.keyboard.type("a note")
    ada.get_by_role("tab", name=t.REPLY).click()
    expect(ada.get_by_role("textbox", name=t.REPLY)).to_have_value("Dear Grace, the lamp")
    ada.get_by_role("textbox", name=t.REPLY).blur()
    expect(ada.locator("#saved")).to_have_text(t.DRAFT_SAVED)
    other = browse("Ada", f"desk/c/{one.id}")
    expect(other.get_by_role("textbox", name=t.REPLY)).to_have_value("Dear Grace, the lamp")
    other.keyboard.press("r")
    other.keyboard.type(" leaves")  # at its end
    expect(other.get_by_role("textbox", name=t.REPLY)).to_have_value("Dear Grace, the lamp leaves")
    other.keyboard.press("Escape")
    other.keyboard.press("n")
    other.keyboard.type(" more")
    expect(other.get_by_role("textbox", name=t.NOTE)).to_have_value("a note more")


def test_who_writes_is_shown_while_they_do(browse: Any, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    one = waiting(served)
    desk_of(served).canned.save("looking", "We look into it now.")  # which nobody needs to vouch for
    ada, ben = (browse(name, f"desk/c/{one.id}") for name in ("Ada", "Ben"))
    shown, box = ada.locator("#writing"), ben.get_by_role("textbox", name=t.REPLY)
    says = count(t.WRITING, 1, names="Ben")
    ben.wait_for_load_state()
    last = desk_of(served).events.last()
    for ends in ("emptied", "left"):
        expect(shown).to_have_text("")
        box.fill("We look into it.")
        expect(shown).to_have_text(says)  # without a reload
        expect(ben.locator("#writing")).to_have_text("")
        if ends == "emptied":
            box.fill("")
        else:
            monkeypatch.setattr(drafts, "WRITING", timedelta(seconds=1))
        expect(shown).to_have_text("")
    assert desk_of(served).events.last() == last
    monkeypatch.undo()
    box.fill("We look into it now.")
    expect(shown).to_have_text(says)
    box.press("Control+Enter")
    expect(ada.locator("#timeline li.out").last).to_contain_text("We look into it now.")
    expect(shown).to_have_text("")


def test_two_tabs_of_one_agent_tell_of_each_other(browse: Any, served: Served) -> None:
    one = waiting(served)
    first, second = (browse("Ada", f"desk/c/{one.id}") for _ in range(2))
    told = {page: page.locator("#composer-problem") for page in (first, second)}
    box = {page: page.get_by_role("textbox", name=t.REPLY) for page in (first, second)}
    second.wait_for_load_state()
    box[first].fill(HOSTILE)
    expect(first.locator("#saved")).to_have_text(t.DRAFT_SAVED)
    box[second].fill("From the second")
    expect(told[second]).to_contain_text(t.ELSEWHERE)
    expect(told[second].locator("blockquote")).to_have_text(HOSTILE)
    expect(box[second]).to_have_value("From the second")
    second.get_by_role("button", name=t.KEEP_MINE).click()
    expect(told[second]).to_be_hidden()
    box[second].press_sequentially(", later")
    expect(second.locator("#saved")).to_have_text(t.DRAFT_SAVED)
    expect(told[second]).to_be_hidden()  # it goes on with its own

    box[first].fill("From the first")
    expect(told[first].locator("blockquote")).to_have_text("From the second, later")
    first.get_by_role("tab", name=t.NOTE).click()
    expect(told[first]).to_be_hidden()
    first.get_by_role("tab", name=t.REPLY).click()
    first.get_by_role("button", name=t.TAKE_OTHER).click()
    expect(box[first]).to_have_value("From the second, later")
    ended = [one.text for one in desk_of(served).drafts.ended(one.id, agent_id(served, "Ada"))]
    assert {HOSTILE, "From the first"} <= set(ended)

    box[second].fill("")
    expect(told[second]).to_be_visible()  # what the first has is not thrown away
    found = desk_of(served).drafts.get(one.id, agent_id(served, "Ada"))
    assert found is not None
    assert found.text == "From the second, later"


def test_a_tab_tells_nothing_of_what_it_saved_itself(browse: Any, served: Served) -> None:
    one = waiting(served)
    ada = browse("Ada", f"desk/c/{one.id}")
    told, box = ada.locator("#composer-problem"), ada.get_by_role("textbox", name=t.REPLY)
    lost: list[Any] = []

    def lose(route: Any) -> None:  # it is kept, and its answer is lost
        route.fetch()
        lost.append(route)
        route.abort()

    ada.wait_for_load_state()
    ada.route("**/draft", lose)
    box.press_sequentially("Dear")
    expect(ada.locator("#saved")).to_have_text(t.DRAFT_UNSAVED)
    assert lost
    ada.unroute("**/draft")
    box.press_sequentially(" Grace")
    expect(ada.locator("#saved")).to_have_text(t.DRAFT_SAVED)
    expect(told).to_be_hidden()

    ada.route("**/draft", lose)
    box.press_sequentially(",")
    expect(ada.locator("#saved")).to_have_text(t.DRAFT_UNSAVED)
    ada.unroute("**/draft")
    box.fill("")
    expect(ada.locator("#saved")).to_have_text("")
    expect(told).to_be_hidden()
    assert desk_of(served).drafts.get(one.id, agent_id(served, "Ada")) is None


def test_what_was_not_saved_before_a_reload_is_not_written_over_another_tabs(browse: Any, served: Served) -> None:
    one, me = waiting(served), agent_id(served, "Ada")
    ada = browse("Ada", f"desk/c/{one.id}")
    ada.wait_for_load_state()
    kept = [["reply", "In this tab", "", 0]]  # what a page leaves that is gone before the server has it
    ada.evaluate("([name, kept]) => sessionStorage.setItem(name, kept)", [f"desk-draft-{me}-{one.id}", json.dumps(kept)])
    desk_of(served).drafts.save(one.id, me, "In the other")
    ada.reload()
    expect(ada.locator("#composer-problem blockquote")).to_have_text("In the other")
    expect(ada.get_by_role("textbox", name=t.REPLY)).to_have_value("In this tab")
    assert desk_of(served).drafts.ended(one.id, me)[0].text == "In the other"


@pytest.mark.parametrize(
    "viewport",
    [{"width": 390, "height": 844}, {"width": 640, "height": 400}, {"width": 1280, "height": 620}],
    ids=["phone", "200 %", "low"],
)
def test_what_can_be_done_stays_in_sight_in_a_long_conversation(browse: Any, served: Served, viewport: Any) -> None:
    one = waiting(served)
    for n in range(40):
        one.writes(f"Part {n} is missing")
    desk_of(served).cases.claim(one.id, agent_id(served, "Ada"), beyond=True)
    ada = browse("Ada", f"desk/c/{one.id}", viewport=viewport)
    expect(ada.locator("#proposal")).not_to_contain_text(a.LOOKING)
    resolve = ada.get_by_role("button", name=t.RESOLVE, exact=True)
    acts, last = ada.locator(".acts"), ada.locator("#timeline > li").last
    for where in ("document.body.scrollHeight / 2", "document.querySelector('#timeline > li:last-child').offsetTop - 150"):
        ada.evaluate(f"scrollTo(0, {where})")
        expect(resolve).to_be_in_viewport(ratio=1)
        assert resolve.evaluate(ON_TOP)
        assert acts.evaluate("e => e.offsetHeight") <= 64  # one row
    expect(last).to_be_in_viewport(ratio=1)
    assert last.evaluate(ON_TOP), "what is written is not under it"
    snooze = ada.locator("summary", has_text=t.SNOOZE)
    snooze.click()
    hour = ada.get_by_role("button", name=t.SNOOZES["hour"])
    expect(hour).to_be_in_viewport(ratio=1)
    assert hour.evaluate(ON_TOP)
    assert ada.evaluate("document.documentElement.scrollWidth <= innerWidth")
    hour.click()
    expect(ada.locator("#talk-state")).to_contain_text(t.STATES["snoozed"])


def test_times_are_in_the_zone_of_the_browser_and_so_is_what_is_typed(browse: Any, served: Served) -> None:
    one = waiting(served)
    case = desk_of(served).cases.claim(one.id, agent_id(served, "Ada"), beyond=True)
    zone = ZoneInfo("Australia/Darwin")  # half an hour beside all hours of the desk's zone
    ada = browse("Ada", f"desk/c/{one.id}", timezone_id="Australia/Darwin")
    time = ada.locator("#timeline time").last
    at = case.changed_at.astimezone(zone)
    expect(time).to_have_text(f"{at:%H:%M}")
    label = ada.locator("label[for=until]")
    expect(label).to_contain_text("Australia/Darwin")
    ada.reload()
    expect(label).to_contain_text("Australia/Darwin")
    ada.locator("summary", has_text=t.SNOOZE).click()
    ada.locator("#until").fill("2040-10-25T02:30")
    ada.locator("#until").press("Enter")
    expect(ada.locator("#talk-state")).to_contain_text("25 Oct 2040 02:30")
    assert desk_of(served).cases.get(one.id).snoozed_until == datetime(2040, 10, 25, 2, 30, tzinfo=zone)


def test_a_text_that_is_too_long_says_so_and_stays(browse: Any, served: Served) -> None:
    one = waiting(served)
    ada = browse("Ada", f"desk/c/{one.id}")
    box = ada.get_by_role("textbox", name=t.REPLY)
    ada.wait_for_load_state()
    box.fill("x" * 50_000 + "end")
    told = t.DRAFT_LONG.format(most="50,000")
    expect(ada.locator("#saved")).to_have_text(told)
    box.press("Control+Enter")
    expect(ada.locator("#composer-problem")).to_contain_text(told)
    assert box.input_value().endswith("xend")
    ada.reload()
    expect(box).to_have_value("x" * 50_000 + "end")  # in this tab
    box.fill("x" * 49_999)
    expect(ada.locator("#saved")).to_have_text(t.DRAFT_SAVED)


def test_a_reply_goes_to_the_address_that_was_left_while_it_was_written(browse: Any, served: Served) -> None:
    one = waiting(served, name="Grace")
    ada = browse("Ada", f"desk/c/{one.id}")
    ada.get_by_role("textbox", name=t.REPLY).fill("We look into it.")
    one.customer.leave_address(one.id, "grace@example.com")
    told = ada.locator("#composer-problem")
    expect(told).to_contain_text("Grace (grace@example.com)")
    expect(ada.locator("#recipient")).to_contain_text("Grace")
    told.get_by_role("button", name=t.READ).click()
    expect(ada.locator("#recipient")).to_contain_text("grace@example.com")
    ada.keyboard.press("Control+Enter")
    vouch = ada.locator("#checked input[type=checkbox]")
    expect(vouch.first).to_be_visible()
    vouch.first.check()
    ada.get_by_role("textbox", name=t.REPLY).press("Control+Enter")
    expect(ada.locator("#timeline li.out").last).to_contain_text("We look into it.")


def test_the_widget_asks_for_an_address_only_where_mail_is_sent(
    browse: Any, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = desk_of(served).store
    monkeypatch.setattr(store, "hours", lambda: Hours(DeskSettings(hours=((),) * 7)))  # nobody is there
    widget = served.app.state.visitors.widgets.add("Help", "shop", ["https://shop.example"], per_minute=1000)
    page = browse(path=f"embed/{widget.id}")
    page.get_by_role("button", name=EN["talk"]).click()
    expect(page.get_by_role("textbox", name=EN["address"])).to_be_visible()
    monkeypatch.setattr(store, "mails", False)  # as where the server was started anew without it
    expect(page.get_by_role("textbox", name=EN["address"])).to_have_count(0)


def test_what_happened_while_the_connection_was_broken_is_shown(browse: Any, served: Served) -> None:
    one = waiting(served)
    ada = browse("Ada", f"desk/c/{one.id}")
    ada.get_by_role("textbox", name=t.REPLY).fill("On my way")
    ada.route("**/desk/events*", lambda route: route.abort())
    turns = served.app.state.visitors.turns
    turns.stopping = True  # the server ends its streams, as it does when it stops
    try:
        expect(ada.get_by_role("alert").first).to_have_text(t.STALE)
        expect(ada.locator("[data-send]")).to_be_disabled()
    finally:
        turns.stopping = False
    one.writes("Are you still there?")
    expect(ada.locator("#stale")).to_be_visible()
    expect(ada.locator("#timeline")).not_to_contain_text("Are you still there?")
    ada.unroute("**/desk/events*")
    expect(ada.locator("#timeline")).to_contain_text("Are you still there?")
    expect(ada.locator("#stale")).to_be_hidden()
    expect(ada.locator("[data-send]")).to_be_enabled()
    expect(ada.get_by_role("textbox", name=t.REPLY)).to_have_value("On my way")


def test_what_is_refused_is_seen_in_a_long_conversation(browse: Any, served: Served) -> None:
    one, agents = waiting(served), desk_of(served).agents
    for n in range(40):
        one.writes(f"Part {n} is missing")
    ada = browse("Ada", f"desk/c/{one.id}")
    expect(ada.locator("#timeline li").last).to_be_in_viewport()
    agents.set_capacity(agent_id(served, "Ada"), 0)
    ada.keyboard.press("c")
    refused = ada.get_by_role("alert").filter(has_text="conversations open")
    expect(refused).to_be_focused()
    expect(ada.locator("#proposal")).not_to_contain_text(a.LOOKING)
    expect(refused).to_be_in_viewport()
    agents.set_capacity(agent_id(served, "Ada"), None)
    ada.keyboard.press("c")
    expect(ada.locator("#timeline li").last).to_be_in_viewport()


def test_keys_do_what_they_say_and_nothing_while_typing(browse: Any, served: Served) -> None:
    first, second = waiting(served, "First question"), waiting(served, "Second question")
    for one in (first, second):
        desk_of(served).notes.set_priority(one.id, agent_id(served, "Ada"), 3)
    ada = browse("Ada", "desk?view=waiting")
    rows = ada.locator("[data-row]")
    ada.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    ada.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    ada.keyboard.press("k")
    for key, question in (("Enter", "First question"), ("j", "Second question")):
        ada.keyboard.press(key)
        expect(ada.locator("#timeline")).to_contain_text(question)
        ada.wait_for_load_state()  # the text of a page is there before its script, which hears the keys
    ada.keyboard.press("r")
    ada.keyboard.type("ce z? /hello")
    expect(ada.get_by_role("textbox", name=t.REPLY)).to_have_value("ce z? /hello")
    assert desk_of(served).cases.get(second.id).state == "waiting"
    ada.keyboard.press("Escape")
    ada.keyboard.press("?")
    dialog = ada.get_by_role("dialog", name=t.KEYS)
    expect(dialog).to_contain_text("resolve and next")
    dialog.get_by_label(t.KEYS_ON).uncheck()
    ada.keyboard.press("Escape")
    ada.keyboard.press("c")
    ada.keyboard.press("Control+k")
    ada.keyboard.type("snooze")
    expect(ada.locator("#palette-list [role=option]")).to_have_count(2)  # the list Snoozed, and a search
    ada.keyboard.press("Escape")
    assert desk_of(served).cases.get(second.id).state == "waiting"
    ada.evaluate("localStorage.clear()")
    ada.keyboard.press("c")
    expect(ada.locator("#timeline")).to_contain_text("Ada has this now")
    hour = ada.get_by_role("button", name=t.SNOOZES["hour"])
    for _ in range(5):  # the page that the claim leads to may be drawn after the key, without its menu
        ada.wait_for_load_state()
        ada.keyboard.press("z")
        ada.wait_for_timeout(500)
        if hour.is_visible():
            break
    hour.press("Enter")
    expect(ada.locator("#talk-state")).to_contain_text(t.STATES["snoozed"])
    ada.wait_for_load_state()  # of the page that the button leads to, and with it of the script
    ada.keyboard.press("Escape")
    expect(ada).to_have_url(f"{served.url}desk?view=waiting")


def test_a_reply_whose_answer_is_lost_is_there_after_a_reload_and_arrives_once(browse: Any, served: Served) -> None:
    one = waiting(served)
    desk_of(served).canned.save("sorry", "We are sorry.")
    ada = browse("Ada", f"desk/c/{one.id}")
    ada.wait_for_load_state()
    ada.route("**/reply", lambda route: route.fetch())  # it arrives, and nobody is told
    ada.get_by_role("textbox", name=t.REPLY).press_sequentially("We are sorry.")
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("#timeline li.out").last).to_contain_text("We are sorry.")
    ada.reload()
    ada.unroute("**/reply")
    box = ada.get_by_role("textbox", name=t.REPLY)
    expect(box).to_have_value("We are sorry.")
    box.press("Control+Enter")
    expect(box).to_have_value("")
    assert one.reads() == ["We are sorry."]
    ada.reload()
    expect(box).to_have_value("")


def test_what_is_drawn_anew_keeps_the_focus_and_what_was_opened(browse: Any, served: Served) -> None:
    one = waiting(served)
    source = Citation(1, "returns.md", "Returns", (), None, 0, 4, "Text", 0.9, ())
    with desk_of(served).store.write() as connection:  # what the bot said has a source that can be opened
        exchange = connection.execute("SELECT id FROM exchanges WHERE conversation = ?", (one.id,)).fetchone()["id"]
        kept = to_json(Answer("", "", SAID, "quoted", 0.9, (source,), ()), lambda text: text)
        connection.execute("UPDATE exchanges SET answer = ? WHERE id = ?", (kept, exchange))
    ada = browse("Ada", f"desk/c/{one.id}")
    ada.wait_for_load_state()
    ada.locator("#timeline details summary").first.click()
    claim = ada.get_by_role("button", name=t.CLAIM)
    claim.focus()
    desk_of(served).notes.set_priority(one.id, agent_id(served, "Ada"), 3)
    one.writes("Are you there?")
    expect(ada.locator("#talk-state")).to_contain_text(t.PRIORITIES["urgent"])
    expect(ada.locator("#timeline")).to_contain_text("Are you there?")
    expect(claim).to_be_focused()
    expect(ada.locator("#timeline details").first).to_have_attribute("open", "")


def test_a_canned_reply_is_found_and_filled_in(browse: Any, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    desk_of(served).canned.save("thanks", "Thank you, {customer}! <i>{agent}</i>")
    one = waiting(served, name="Grace")
    ada = browse("Ada", f"desk/c/{one.id}")
    ada.keyboard.press("/")
    ada.keyboard.type("tha")
    expect(ada.locator("#canned [role=option]")).to_contain_text("/thanks")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("textbox", name=t.REPLY)).to_have_value("Thank you, Grace! <i>Ada</i>")

    nameless = waiting(served)
    ada.goto(f"{served.url}desk/c/{nameless.id}")
    ada.keyboard.press("/")
    ada.keyboard.type("tha")
    expect(ada.locator("#canned [role=option]")).to_contain_text("/thanks")
    ada.keyboard.press("Enter")
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("#composer-problem")).to_contain_text("{customer}")
    expect(ada.get_by_role("textbox", name=t.REPLY)).to_have_value("Thank you, {customer}! <i>Ada</i>")
    assert nameless.reads() == []

    monkeypatch.setattr(desk_of(served).canned, "of", lambda _: [])
    ada.reload()
    ada.get_by_role("textbox", name=t.REPLY).fill("/")
    expect(ada.locator("#canned")).to_have_text(t.CANNED_NONE)
    ada.keyboard.press("Enter")  # is a line end, as nothing can be chosen
    expect(ada.locator("#canned")).to_be_hidden()
    expect(ada.get_by_role("textbox", name=t.REPLY)).to_have_value("/\n")


def test_canned_replies_that_arrive_late_are_those_for_what_is_typed_by_then(browse: Any, served: Served) -> None:
    desk_of(served).canned.save("later", "Goodbye.")
    desk_of(served).canned.save("hello", "Good day.")
    one = waiting(served, name="Grace")
    ada = browse("Ada", f"desk/c/{one.id}")
    late: list[Any] = []

    def answer(route: Any) -> None:
        if late:
            route.continue_()
        late.append(route)

    ada.route("**/canned", answer)
    ada.keyboard.press("/")
    ada.keyboard.type("later")
    ada.wait_for_timeout(300)
    late[0].continue_()  # the first request, after any others
    ada.wait_for_timeout(300)
    expect(ada.locator("#canned [role=option]")).to_contain_text("/later")


def test_what_is_typed_before_the_page_is_ready_is_a_draft(browse: Any, served: Served) -> None:
    one = waiting(served, name="Grace")
    ada = browse("Ada", "desk")
    late: list[Any] = []

    def hold(route: Any) -> None:
        late.append(route)

    ada.route("**/desk.js*", hold)
    ada.goto(f"{served.url}desk/c/{one.id}", wait_until="commit")
    box = ada.get_by_role("textbox", name=t.REPLY)
    box.fill("Typed early.")
    late[0].continue_()
    expect(ada.locator("#saved")).to_have_text(t.DRAFT_SAVED)
    expect(box).to_have_value("Typed early.")


def test_enter_before_canned_replies_have_arrived_takes_the_one_that_is_meant(browse: Any, served: Served) -> None:
    desk_of(served).canned.save("hello-there", "Good day to you.")
    one = waiting(served, name="Grace")
    ada = browse("Ada", f"desk/c/{one.id}")
    late: list[Any] = []

    def hold(route: Any) -> None:
        late.append(route)

    ada.route("**/canned", hold)
    ada.keyboard.press("/")
    ada.keyboard.type("hello-th")
    ada.keyboard.press("Enter")
    ada.wait_for_timeout(200)
    for route in late:
        route.continue_()
    expect(ada.get_by_role("textbox", name=t.REPLY)).to_have_value("Good day to you.")


@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_menus_fit_on_a_phone_in_each_language(browse: Any, served: Served, language: str) -> None:
    one = waiting(served)
    desk_of(served).cases.claim(one.id, agent_id(served, "Ada"))
    ada = browse("Ada", f"desk/c/{one.id}", viewport=PHONE, locale=language)
    menus = ada.locator(".tools details.menu")
    assert menus.count() == 4
    for n in range(4):
        menus.nth(n).locator("summary").click()
        assert ada.evaluate("document.documentElement.scrollWidth <= innerWidth"), n
        expect(menus.nth(n).locator("div button").last).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(("scheme", "viewport"), [(LIGHT, DESKTOP), (DARK, PHONE)], ids=["light", "dark on a phone"])
def test_it_can_be_used_by_everybody(browse: Any, served: Served, axe: str, scheme: str, viewport: Any) -> None:  # noqa: F811
    one = waiting(served, HOSTILE, name=HOSTILE[:90])
    desk_of(served).notes.add(one.id, agent_id(served, "Ada"), HOSTILE)
    for path in (f"desk/c/{one.id}?view=all", "desk?view=all", "desk?view=team", "desk/settings", "desk/numbers"):
        page = browse("Ada", path, color_scheme=scheme, viewport=viewport)
        page.evaluate(axe)
        assert page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html])") == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
