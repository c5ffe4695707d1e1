"""An afternoon at the desk in Chromium: twenty customers, two agents, and all that happens to a conversation.

    python -m tests.desk_afternoon FOLDER [LANGUAGE]

prints a line for each step, and writes screenshots into the folder: wide, on a phone, dark, at 200 %. It stops at the first
step that does not do what it should. The bases are real, with an encoder that compares words; the pages are in the language
of the browser.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import expect, sync_playwright

from rag.apps.server.sessions import COOKIE
from rag.desk.customers import Customer
from rag.desk.desk import Desk
from rag.desk.hours import DeskSettings
from rag.languages.formats import count
from rag.languages.spoken import Language, is_spoken, speaking, spoken, texts
from rag.languages.spoken import assist_texts as a
from rag.languages.spoken import desk_texts as t
from tests.desk_bases import FILES, handed_over, open_bases
from tests.desk_people import agent, desk_of
from tests.serving import Served, server
from tests.test_browser import DESKTOP, PHONE, QUIET

RETURNS = "Within how many days may items be returned?"
RULE = "Items may be returned within 30 days of delivery."
SWEDEN = "Price to Sweden in pounds and days?"
GOODWILL = "May a cracked lantern be replaced out of goodwill?"
KAYAKS, KAYAKS_ANSWER = "Are kayaks rented on Sundays?", "Kayaks are rented on Sundays from nine to five."
NAMES = ("Grace", "Alan", "Mary", "Edsger", "Barbara", "Donald", "Frances", "John", "Radia", "Ken")
WAIT = 120_000  # milliseconds: nothing here is of speed


@dataclass
class Afternoon:
    """The desk, its two agents' pages, and the customers who came so far."""

    served: Served
    ada: Any
    eve: Any
    shots: Path
    came: int = 0

    @property
    def desk(self) -> Desk:
        return desk_of(self.served)

    def customer(self, question: str = RETURNS) -> tuple[Customer, str]:
        """Somebody new, who waits."""
        customer, id = handed_over(self.desk, question, f"visitor:{self.came}")
        with self.desk.store.write() as connection:
            named = {"id": id, "name": NAMES[self.came % len(NAMES)]}
            connection.execute("UPDATE desk_cases SET customer = :name WHERE conversation = :id", named)
        self.came += 1
        return customer, id

    def open(self, id: str, page: Any = None) -> Any:
        page = page or self.ada
        page.goto(f"{self.served.url}desk/c/{id}?view=all")
        expect(page.locator("#proposal-line")).to_be_attached()
        return page

    def box(self, page: Any = None) -> Any:
        return (page or self.ada).get_by_role("textbox", name=t.REPLY)

    def take(self) -> None:
        self.box().focus()
        self.ada.keyboard.press("Tab")
        expect(self.box()).not_to_have_value("")

    def send(self, boxes: int = 0) -> None:
        """Sends, after so many boxes were ticked by keys."""
        self.ada.keyboard.press("Control+Enter")
        for n in range(boxes):
            expect(self.ada.locator("#composer-problem")).to_be_visible()
            expect(self.ada.locator("#checked input:focus")).to_be_attached()
            self.ada.keyboard.press("Space")
            expect(self.ada.locator("#checked input:checked")).to_have_count(n + 1)
            self.ada.keyboard.press("Control+Enter")
        expect(self.box()).to_have_value("")
        expect(self.ada.locator("#talk-state")).to_contain_text(t.MINE)  # the page is drawn anew

    def said(self, id: str) -> list[str]:
        return [e.message.text for e in self.desk.events.timeline(id) if e.message and e.message.kind == "out"]

    def shot(self, name: str, page: Any = None) -> None:
        (page or self.ada).screenshot(path=self.shots / f"{name}.png")


def by_hand_over_in_the_chat(day: Afternoon) -> None:
    customer = day.ada.context.browser.new_context(viewport=DESKTOP, locale=spoken()).new_page()
    customer.set_default_timeout(WAIT)
    customer.goto(day.served.url)
    customer.get_by_role("button", name=texts.PERSON["talk"]).click()
    expect(customer.locator("#person .who")).to_contain_text(texts.PERSON["next"])
    customer.locator("#question textarea").fill(RETURNS)
    customer.keyboard.press("Enter")
    day.came += 1
    day.ada.goto(f"{day.served.url}desk?view=waiting")
    day.ada.locator("[data-row]").first.click()
    expect(day.ada.locator("#proposal .sentence").first).to_have_text(RULE)
    day.ada.keyboard.press("c")
    expect(day.ada.locator("#talk-state")).to_contain_text(t.MINE)
    expect(day.ada.locator("#proposal .sentence").first).to_have_text(RULE)
    day.take()
    day.send()
    expect(customer.locator(".person.theirs")).to_contain_text(RULE)
    customer.context.close()


def as_proposed(day: Afternoon) -> None:
    _, id = day.customer()
    day.open(id)
    day.ada.locator("#proposal summary").first.click()
    day.shot("proposal-wide")
    day.take()
    day.send()
    assert day.said(id) == [RULE]


def from_a_table(day: Afternoon) -> None:
    _, id = day.customer(SWEDEN)
    day.open(id)
    day.take()
    day.send()
    assert "26 pounds" in day.said(id)[0]


def edited_and_vouched_for(day: Afternoon) -> None:
    _, id = day.customer()
    day.open(id)
    day.take()
    day.ada.keyboard.type(" We pay for the box, too.")
    expect(day.ada.locator("#checked li.unproven")).to_have_count(1)
    day.ada.keyboard.press("Control+Enter")
    expect(day.ada.locator("#composer-problem")).to_have_text(count(a.NO_SOURCE_SAYS, 1))
    assert day.said(id) == []  # a sentence without proof was refused
    day.shot("refused-wide")
    day.ada.keyboard.press("Space")
    expect(day.ada.locator("#composer-problem")).to_be_hidden()
    day.ada.keyboard.press("Control+Enter")
    expect(day.box()).to_have_value("")
    assert day.said(id) == [f"{RULE} We pay for the box, too."]


def a_wrong_number_is_seen_and_put_right(day: Afternoon) -> None:
    _, id = day.customer()
    day.open(id)
    day.box().fill(RULE.replace("30", "60"))
    expect(day.ada.locator("#checked u")).to_have_text("60")
    day.box().fill(RULE)
    expect(day.ada.locator("#checked-line")).to_have_text(count(a.CHECK_DONE, 1))
    day.box().focus()
    day.send()
    assert day.said(id) == [RULE]


def for_staff_and_confirmed(day: Afternoon) -> None:
    _, id = day.customer(GOODWILL)
    day.open(id)
    day.shot("staff-wide")
    day.take()
    day.send(boxes=1)
    assert "goodwill" in day.said(id)[0]


def with_a_note(day: Afternoon) -> None:
    customer, id = day.customer()
    day.open(id)
    day.ada.keyboard.press("n")
    day.ada.keyboard.type("Asked twice already.")
    day.ada.keyboard.press("Control+Enter")
    expect(day.ada.locator("#timeline li.note")).to_contain_text("Asked twice already.")
    assert all("twice" not in line.text for line in customer.messages(id))


def with_a_canned_reply(day: Afternoon) -> None:
    _, id = day.customer()
    day.open(id)
    day.ada.keyboard.press("/")
    day.ada.keyboard.type("hel")
    day.ada.keyboard.press("Enter")
    expect(day.box()).to_have_value(f"Hello {NAMES[(day.came - 1) % len(NAMES)]}, this is Ada.")
    expect(day.ada.locator("#checked-line")).to_have_attribute("data-left", "0")
    day.send()


def snoozed_and_woken(day: Afternoon) -> None:
    customer, id = day.customer()
    day.open(id)
    day.take()
    day.send()
    day.ada.keyboard.press("Escape")
    day.ada.keyboard.press("z")
    day.ada.get_by_role("button", name=t.SNOOZES["reply"]).press("Enter")
    expect(day.ada.locator("#talk-state")).to_contain_text(t.STATES["snoozed"])
    customer.say(id, "And opened software?", "s1")
    expect(day.ada.locator("#talk-state")).to_contain_text(t.STATES["open"])


def resolved_and_opened_again(day: Afternoon) -> None:
    customer, id = day.customer()
    day.open(id)
    day.take()
    day.send()
    day.ada.keyboard.press("Escape")
    day.ada.keyboard.press("e")
    expect(day.ada.locator("#talk-state")).to_contain_text(t.STATES["resolved"])
    customer.say(id, "May opened software be returned?", "r1")
    expect(day.ada.locator("#talk-state")).to_contain_text(t.STATES["open"])
    expect(day.ada.locator("#proposal .sentence").first).to_contain_text("software")


def a_colleague_answers_first(day: Afternoon) -> None:
    _, id = day.customer()
    day.open(id)
    day.box().fill("Please send a photo.")
    case = day.desk.cases.get(id)
    eve = next(one.id for one in day.desk.agents.all() if one.name == "Eve")
    day.desk.replies.send(id, eve, RULE, version=case.version, key="eve", recipient=case.recipient)
    expect(day.ada.locator("#composer-problem")).to_contain_text("Eve")
    day.ada.keyboard.press("Control+Enter")
    expect(day.box()).to_have_value("Please send a photo.")
    assert day.said(id) == [RULE]


def the_customer_writes_while_it_is_read(day: Afternoon) -> None:
    customer, id = day.customer()
    day.open(id)
    customer.say(id, SWEDEN, "w1")
    expect(day.ada.locator("#proposal .sentence").first).to_contain_text("26 pounds")
    day.take()
    day.send()


def evidence_that_is_wrong(day: Afternoon) -> None:
    _, id = day.customer()
    day.open(id)
    day.ada.keyboard.press("s")
    day.ada.get_by_role("button", name=a.WRONG).first.click()
    expect(day.ada.locator("#proposal")).to_contain_text(a.WRONG_NOTED)
    assert day.desk.store.read("SELECT 1 FROM desk_verdicts WHERE conversation = :id", {"id": id})


def a_passage_is_searched_and_quoted(day: Afternoon) -> None:
    _, id = day.customer("zebra xylophone quartz")
    day.open(id)
    expect(day.ada.locator("#proposal-line")).to_have_text(a.NO_ANSWER_FOUND)
    day.ada.get_by_role("searchbox", name=a.SEARCH_PASSAGES).fill("opened software")
    day.ada.keyboard.press("Enter")
    day.ada.locator("#passages").get_by_role("button", name=a.INSERT, exact=True).first.click()
    expect(day.ada.locator("#checked-line")).to_have_attribute("data-left", "0")
    day.send()


def a_gap_is_answered_and_asked_again(day: Afternoon) -> None:
    _, id = day.customer(KAYAKS)
    day.open(id)
    expect(day.ada.locator("#proposal-line")).to_have_text(a.NO_ANSWER_FOUND)
    day.box().fill(KAYAKS_ANSWER)
    day.box().focus()
    day.send(boxes=1)
    day.ada.get_by_role("button", name=a.KEEP).last.click()
    expect(day.ada.locator("main")).to_contain_text(a.KNOWN)
    day.eve.goto(f"{day.served.url}desk/gaps")
    day.eve.locator("a.row").first.click()
    day.eve.get_by_role("button", name=a.REVIEW).click()
    day.eve.get_by_role("button", name=a.PUBLISH).click()
    expect(day.eve.locator("main")).to_contain_text(a.AGAIN_BY_IT, timeout=WAIT)
    day.shot("gap-published-wide", day.eve)
    _, again = day.customer(KAYAKS)
    day.open(again)
    expect(day.ada.locator("#proposal .sentence").first).to_have_text(KAYAKS_ANSWER)
    day.take()
    day.send()
    assert day.said(again) == [KAYAKS_ANSWER]


def on_a_phone_dark_and_large(day: Afternoon) -> None:
    _, id = day.customer(GOODWILL)
    state = day.ada.context.storage_state()
    for name, options in (
        ("phone", {"viewport": PHONE}),
        ("phone-dark", {"viewport": PHONE, "color_scheme": "dark"}),
        ("dark", {"viewport": DESKTOP, "color_scheme": "dark"}),
        ("200", {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}),
    ):
        page = day.ada.context.browser.new_context(storage_state=state, locale=spoken(), **options).new_page()
        page.set_default_timeout(WAIT)
        day.open(id, page)
        day.shot(f"proposal-{name}", page)
        day.box(page).fill(f"{RULE} We pay for the box.")
        expect(page.locator("#checked li.unproven")).to_have_count(1)
        page.locator("[data-send]").click()
        expect(page.locator("#composer-problem")).to_be_visible()
        day.shot(f"refused-{name}", page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        page.screenshot(path=day.shots / f"whole-{name}.png", full_page=True)
        page.context.close()


def three_more(day: Afternoon) -> None:
    for question in (RETURNS, SWEDEN, RETURNS):
        _, id = day.customer(question)
        day.open(id)
        day.take()
        day.send()
        day.ada.keyboard.press("Escape")
        day.ada.keyboard.press("E")
        day.ada.wait_for_load_state()
    day.ada.goto(f"{day.served.url}desk/numbers")
    expect(day.ada.locator("main")).to_contain_text(a.NUMBER_TAKEN)
    day.shot("numbers-wide")
    day.ada.goto(f"{day.served.url}desk/gaps")
    day.shot("gaps-wide")


STEPS: tuple[Callable[[Afternoon], None], ...] = (
    by_hand_over_in_the_chat,
    as_proposed,
    from_a_table,
    edited_and_vouched_for,
    a_wrong_number_is_seen_and_put_right,
    for_staff_and_confirmed,
    with_a_note,
    with_a_canned_reply,
    snoozed_and_woken,
    resolved_and_opened_again,
    a_colleague_answers_first,
    the_customer_writes_while_it_is_read,
    evidence_that_is_wrong,
    a_passage_is_searched_and_quoted,
    a_gap_is_answered_and_asked_again,
    on_a_phone_dark_and_large,
    three_more,
)


def main(shots: Path, language: Language = "en") -> None:
    shots.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=WAIT)
    with speaking(language), tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings, bases = open_bases(Path(folder))
        with server(settings.data_dir, bases, refuse_below=0.3) as served:
            day = Afternoon(served, *_pages(playwright, served), shots)
            day.desk.set_settings(DeskSettings(capacity=1000), "test")
            day.desk.canned.save("hello", "Hello {customer}, this is {agent}.")
            for step in STEPS:
                before = day.came
                step(day)
                print(f"{day.came:3}  {step.__name__.replace('_', ' ')} ({day.came - before})", flush=True)
        bases.close()
    print(f"{day.came} conversations over {sum(map(len, FILES.values()))} documents")


def _pages(playwright: Any, served: Served) -> list[Any]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
    visitors = served.app.state.visitors
    pages = []
    for name, role in (("Ada", "agent"), ("Eve", "editor")):
        agent(served, name, role)
        account = next(one for one in visitors.accounts.all() if one.name == name)
        context = browser.new_context(viewport=DESKTOP, locale=spoken())
        value = visitors.signer.dumps([account.id, account.session])
        context.add_cookies([{"name": COOKIE, "value": value, "url": served.url}])
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.on("pageerror", lambda error: print(f"     error in the page: {error}", flush=True))
        pages.append(page)
    return pages


if __name__ == "__main__":
    folder, *asked = sys.argv[1:]
    main(Path(folder), *filter(is_spoken, asked))
