"""The desk in German and Chinese: no page says anything in English, whatever was written before it was read."""

import json
import re
import secrets
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest

from rag.config_channels import load_channels
from rag.desk.desk import Desk
from rag.desk.hours import DeskSettings
from rag.desk.mail.files import Files
from rag.desk.mail.intake import Intake
from rag.languages.spoken import Language, desk_texts, speaking, texts, texts_in
from tests.desk_bases import handed_over, open_bases
from tests.desk_people import agent, agent_id, desk_of
from tests.serving import PASSWORD, PROXY, Served, server
from tests.test_texts import catalogue, leaves

pytestmark = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),  # both: gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
LANGUAGES: tuple[Language, ...] = ("de", "zh")
RETURNS = "Within how many days may items be returned?"
RULE = "Items may be returned within 30 days of delivery."
NOBODY_KNOWS = "zebra xylophone quartz"
OLD = "it loops, as an earlier release said"
ROBOT = b"From: Bo <bo@example.com>\nSubject: Re: parcel\nMessage-ID: <1@x>\nAuto-Submitted: auto-replied\n\nI am away.\n"
EMPTY = b"From: Cy <cy@example.com>\nMessage-ID: <2@x>\n\n\n"
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings, bases = open_bases(tmp_path_factory.mktemp("bases"))
    with server(settings.data_dir, bases, refuse_below=0.3, mails=True, **PROXY) as running:
        desk_of(running).set_settings(DeskSettings(capacity=1000), "test")
        for name, role in (("Ada", "agent"), ("Ben", "agent"), ("Eve", "editor")):
            agent(running, name, role)
        fill(running)
        yield running
    bases.close()


def fill(served: Served) -> None:
    """Everything that a page may have to show."""
    desk, ada, ben = desk_of(served), agent_id(served, "Ada"), agent_id(served, "Ben")
    desk.canned.save("hello", "Hello {customer}")
    desk.agents.set_teams(ada, ["Billing"])
    for owner in ("visitor:1", "visitor:2"):
        customer, id = handed_over(desk, RETURNS, owner)
        desk.cases.claim(id, ada)
        desk.cases.assign(id, ben, ada)
        desk.cases.release(id, ben)
        desk.cases.claim(id, ada)
        desk.cases.snooze(id, ada)
        desk.cases.wake(id, ada)
        desk.notes.set_labels(id, ada, ["Parcel"])
        desk.notes.set_priority(id, ada, 3)
        desk.notes.set_team(id, ada, "Billing")
        desk.notes.add(id, ada, "Seen.")
        case = desk.cases.get(id)
        desk.replies.send(id, ada, RULE, version=case.version, key=owner, recipient=case.recipient)
        desk.drafts.save(id, ben, "Dear")
        desk.drafts.save(id, ada, "Once more")
        desk.drafts.discard(id, ada)
        desk.cases.resolve(id, ada)
        customer.leave_address(id, "grace@example.com")
        customer.rate(id, 4, "Fine")
        if owner == "visitor:2":
            customer.say(id, NOBODY_KNOWS, "k")
    snoozed = handed_over(desk, RETURNS, "visitor:3")[1]
    desk.cases.claim(snoozed, ben)
    desk.cases.snooze(snoozed, ben)
    bots = handed_over(desk, RETURNS, "visitor:4")[0]
    bots.back_to_bot(next(one.id for one in desk.queue.view("waiting", ada) if one.title == RETURNS))
    handed_over(desk, NOBODY_KNOWS, "visitor:5")
    intake = Intake(desk, load_channels({"mail_from": "Larkfell <help@larkfell.example>", "mail_base": "default"}))
    assert [intake.take(data).kind for data in (ROBOT, EMPTY)] == ["automatic", "in"]
    with desk.store.write() as connection:
        sql = """INSERT INTO desk_mails (message_id, kind, sender, subject, folded, problem, data, at)
            VALUES ('<3@x>', 'held', 'dan@x', '', '', :problem, '', :at)"""
        connection.execute(sql, {"problem": OLD, "at": desk.store.stamp()})
    served.app.state.visitors.assist.answers.write("default", NOBODY_KNOWS, (), "Nothing at all.", ada)


def reading(served: Served, name: str, language: Language) -> httpx.Client:
    asking = served.client(**{"X-Forwarded-For": "198.51.100.7", "Accept-Language": f"{language}, en;q=0.5"})
    assert asking.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
    return asking


class _Words(HTMLParser):
    """The texts of a page, and those of its attributes that a person reads or hears, or that its script shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found += [
            given[one] for one in ("title", "aria-label", "placeholder", "data-command", "data-quiet") if one in given
        ]
        self.found += json.loads(given.get("data-said", "{}")).values()

    def handle_data(self, data: str) -> None:
        self.found.append(" ".join(data.split()))


def english(language: Language) -> list[re.Pattern[str]]:
    """What the desk says in English and otherwise in the language, with anything in place of fields."""
    own = leaves(catalogue(language))
    found = []
    for path, text in leaves(catalogue("en")).items():
        if path.startswith((".desk.", ".desk_assist.", ".ILLEGAL", ".MAIL_", ".SETTING", ".BAD_")) and text != own[path]:
            for form in text.values() if isinstance(text, dict) else (text,):
                pattern = re.sub(r"\\\{\w+\\\}", ".+", re.escape(form))
                if re.search(r"[a-z]{2}", re.sub(r"\{\w+\}", "", form)):
                    found.append(re.compile(pattern, re.DOTALL))
    return found


def left_in_english(page: str, language: Language) -> list[str]:
    patterns = english(language)
    return [text for text in _Words(page).found if any(pattern.fullmatch(text) for pattern in patterns)]


def paths(desk: Desk) -> list[str]:
    ids = [row["conversation"] for row in desk.store.read("SELECT conversation FROM desk_cases")]
    return [
        *(f"/desk?view={view}" for view in desk_texts.VIEWS),
        "/desk/search",
        "/desk/search?q=nothing-has-this",
        "/desk/search?q=items",
        "/desk/numbers",
        "/desk/gaps",
        "/desk/gaps?base=staff",
        f"/desk/gaps/new?base=default&question={RETURNS}",
        "/desk/gaps/1",
        "/desk/aside",
        "/desk/settings",
        "/desk/settings?saved=hours",
        *(f"/desk/c/{id}{part}" for id in ids for part in ("", "/proposal", "/beside", "/passages?q=returned")),
        f"/desk/c/{ids[0]}/passages?q=nothing",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_of_the_desk_says_anything_in_english(served: Served, language: Language) -> None:
    for name in ("Ada", "Eve"):
        asking = reading(served, name, language)
        for path in paths(desk_of(served)):
            page = asking.get(path)
            assert page.status_code == 200, path
            assert f'<html lang="{texts_in(language).TAG}">' in page.text, path
            assert left_in_english(page.text, language) == [], path


def test_english_on_a_page_is_found(served: Served) -> None:
    """The test above can fail."""
    page = reading(served, "Ada", "en").get("/desk?view=waiting").text
    for language in LANGUAGES:
        assert {"Waiting", "Skip to the conversations", "Draft saved"} <= set(left_in_english(page, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_refused_is_said_in_the_language(served: Served, language: Language) -> None:
    desk, ada = desk_of(served), reading(served, "Ada", language)
    _, id = handed_over(desk, RETURNS, f"visitor:{secrets.token_hex(4)}")
    case = desk.cases.get(id)
    desk.replies.send(id, agent_id(served, "Ben"), RULE, version=case.version, key=id, recipient=case.recipient)
    seen = {"version": case.version, "recipient": case.recipient}
    answer = ada.post(f"/desk/c/{id}/reply", data={**seen, "key": "k", "text": "Hi", "touched": "Hi"}, headers=JSON)
    mine = ada.post(f"/desk/c/{id}/snooze", data={"version": desk.cases.get(id).version, "until": "2001-01-01T10:00"})
    eve = reading(served, "Eve", language)
    given = {"zone": "Mars", "holidays": "", **dict.fromkeys(("first_minutes", "next_minutes", "assign_minutes"), "1")}
    hours = eve.post("/desk/settings/hours", data={**given, "reopen_days": "1", "capacity": "1"})
    count = eve.post("/desk/settings/hours", data={**given, "zone": "UTC", "reopen_days": "1", "capacity": "0"})
    with speaking(language):
        assert answer.json()["detail"] == desk_texts.ANSWERED_AGO.format(name="Ben", time=desk_texts.JUST_NOW)
        assert desk_texts.TARGETS["capacity"] in count.text
        assert texts.BAD_ZONE.format(value="Mars") in hours.text
    desk.agents.set_capacity(agent_id(served, "Ada"), 0)
    full = ada.post(f"/desk/c/{id}/claim", data={"version": desk.cases.get(id).version, "over": "yes"})
    desk.agents.set_capacity(agent_id(served, "Ada"), None)
    assert texts_in(language).desk.ANYWAY in full.text
    for page, status in ((mine, 409), (full, 409), (hours, 400), (count, 400)):
        assert page.status_code == status
        assert left_in_english(page.text, language) == []
    gone = ada.get("/desk/c/none", headers=JSON)
    assert gone.json()["detail"] == texts_in(language).NO_CASE


def test_what_happened_and_what_is_wrong_with_a_mail_is_said_to_each_in_their_language(served: Served) -> None:
    id = desk_of(served).store.read("SELECT conversation FROM desk_mails WHERE kind = 'in'")[0]["conversation"]
    for language in (*LANGUAGES, "en"):
        ada = reading(served, "Ada", language)
        aside, talk = ada.get("/desk/aside").text, ada.get(f"/desk/c/{id}").text
        with speaking(language):
            assert texts.MAIL_PROBLEMS["automatic"].format(header="Auto-Submitted: auto-replied") in aside
            assert Files(desk_of(served).store).aside()[0].problem == OLD
            assert texts.MAIL_EMPTY in talk
        assert OLD in aside


def test_the_language_is_chosen_beside_the_queues(served: Served) -> None:
    ada = reading(served, "Ada", "en")
    for language in LANGUAGES:
        assert f'href="/language/{language}" lang="{texts_in(language).TAG}"' in ada.get("/desk").text
        chosen = ada.get(f"/language/{language}", headers={"Referer": f"{served.url}desk?view=all"})
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/desk?view=all")
        assert f'<html lang="{texts_in(language).TAG}">' in ada.get("/desk?view=all").text
