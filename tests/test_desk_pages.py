"""The desk's pages and what is posted to them: who may, what is refused, what stays text, what customers never see."""

import json
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from rag.config import load_settings
from rag.desk.hours import DeskSettings, Hours
from rag.languages.en import desk as t
from rag.languages.spoken import texts, texts_in
from tests.desk_people import QUESTION, agent, desk_of, waiting
from tests.scripted import HOSTILE, ScriptedAssistant, ScriptedBases
from tests.serving import PASSWORD, PROXY, Served, call, handlers, server

pytestmark = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),  # both: gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
NAUGHTY = (
    HOSTILE,
    '"><svg onload=alert(1)>',
    "';alert(1)//",
    "</textarea></script><script>alert(1)</script>",
    "{{6*7919}}{% include 'frame.html' %}${6*7919}",
    "\u202etxet\u202c \ufeff a\u0300\u0301\u0302 𝕏 👩‍👩‍👧",
)
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("data")
    bases = ScriptedBases({"shop": ScriptedAssistant(load_settings({"data_dir": folder}), delay=0)})
    with server(folder, bases, mails=True, **PROXY) as running:
        desk_of(running).set_settings(DeskSettings(capacity=1000), "test")
        yield running


@pytest.fixture(scope="module")
def ada(served: Served) -> tuple[str, httpx.Client]:
    return agent(served, "Ada"), signed_in(served, "Ada")


@pytest.fixture(scope="module")
def ben(served: Served) -> tuple[str, httpx.Client]:
    return agent(served, "Ben"), signed_in(served, "Ben")


@pytest.fixture(scope="module")
def eve(served: Served) -> httpx.Client:
    agent(served, "Eve", "editor")
    return signed_in(served, "Eve")


def signed_in(served: Served, name: str) -> httpx.Client:
    asking = served.client(**{"X-Forwarded-For": "198.51.100.7"})
    assert asking.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
    return asking


def send(served: Served, asking: httpx.Client, id: str, text: str, key: str = "", **changes: Any) -> httpx.Response:
    case = desk_of(served).cases.get(id)
    values = {"version": case.version, "recipient": case.recipient, "key": key or text[:50], "text": text, "touched": text}
    return asking.post(f"/desk/c/{id}/reply", data=values | changes, headers=JSON)


def test_a_queue_shows_who_waits_and_leads_to_the_conversation(served: Served, ada: tuple[str, httpx.Client]) -> None:
    one = waiting(served, "Where is my parcel?", name="Grace")
    page = ada[1].get("/desk?view=waiting").text
    assert "Grace" in page
    assert "Where is my parcel?" in page
    assert t.STATES["waiting"] in page  # a word, and not a colour alone
    talk = ada[1].get(f"/desk/c/{one.id}?view=waiting")
    assert talk.status_code == 200
    assert "script-src 'self'" in talk.headers["content-security-policy"]
    assert "unsafe" not in talk.headers["content-security-policy"]
    assert not re.search(r"<script(?! src)|\son\w+=|style=", talk.text)
    assert 'role="alert"' in talk.text
    assert ada[1].get("/desk/c/none").status_code == 404


@pytest.mark.parametrize(
    ("path", "page"),
    [("c/x/claim", "c/x"), ("c/x/reply", "c/x"), ("settings/canned", "settings"), ("settings/canned/1/delete", "settings")],
)
def test_the_address_of_a_form_leads_to_its_page(ada: tuple[str, httpx.Client], path: str, page: str) -> None:
    back = ada[1].get(f"/desk/{path}")
    assert (back.status_code, back.headers["location"]) == (303, f"/desk/{page}")


def test_the_list_of_all_says_that_what_is_resolved_is_not_in_it(served: Served, ada: tuple[str, httpx.Client]) -> None:
    one = waiting(served, name="Zacharias")
    assert "Zacharias" in ada[1].get("/desk?view=all").text
    desk_of(served).cases.resolve(one.id, ada[0])
    page = ada[1].get("/desk?view=all").text
    assert ("Zacharias" in page, "<h1>Unresolved</h1>" in page) == (False, True)
    assert "Zacharias" in ada[1].get("/desk/search?q=zacharias").text


def test_what_opens_a_conversation_again_is_a_line_of_it(served: Served, ada: tuple[str, httpx.Client]) -> None:
    one, cases = waiting(served), desk_of(served).cases

    def activities() -> list[str]:
        return re.findall(r'<li class="activity".*?<bdi>(.*?)</bdi>', ada[1].get(f"/desk/c/{one.id}").text, re.DOTALL)

    cases.claim(one.id, ada[0])
    by_customer, by_ada = (t.DONE["reopen"].format(who=who) for who in (t.THE_CUSTOMER, "Ada"))
    for opens, line in (
        (lambda: one.writes("It is broken again"), by_customer),
        (lambda: cases.reopen(one.id, ada[0]), by_ada),
        (lambda: send(served, ada[1], one.id, "One thing more."), by_ada),
    ):
        cases.resolve(one.id, ada[0])
        before = len(activities())
        opens()
        assert activities()[before:] == [line]


def test_an_empty_queue_says_what_to_do(served: Served, ada: tuple[str, httpx.Client]) -> None:
    page = ada[1].get("/desk?view=team").text
    assert t.EMPTY["team"] in page
    assert all(step in page for step in t.EMPTY_STEPS)


def test_moves_lead_back_to_the_conversation_and_wrong_ones_say_why(
    served: Served, ada: tuple[str, httpx.Client], ben: tuple[str, httpx.Client]
) -> None:
    one = waiting(served)
    cases = desk_of(served).cases

    def post(asking: httpx.Client, what: str, **values: Any) -> httpx.Response:
        return asking.post(f"/desk/c/{one.id}/{what}", data={"version": cases.get(one.id).version, **values})

    seen = cases.get(one.id).version
    assert post(ada[1], "claim").headers["location"] == f"/desk/c/{one.id}?view="
    assert cases.get(one.id).agent == ada[0]
    late = ben[1].post(f"/desk/c/{one.id}/claim", data={"version": seen})
    assert late.status_code == 409
    assert "Ada" in late.text
    for what, values, state in (
        ("snooze", {"choice": "hour"}, "snoozed"),
        ("wake", {}, "open"),
        ("snooze", {"choice": "reply"}, "snoozed"),
        ("assign", {"to": ben[0]}, "snoozed"),
        ("release", {}, "waiting"),
        ("claim", {}, "open"),
        ("resolve", {}, "resolved"),
        ("reopen", {}, "open"),
        ("bot", {}, "bot"),
    ):
        assert post(ada[1], what, **values).status_code == 303, what
        assert cases.get(one.id).state == state, what
    assert post(ada[1], "snooze", until="yesterday").status_code == 409
    assert post(ada[1], "labels", label=["a", "b"], more="<b>c</b>").status_code == 303
    assert cases.get(one.id).labels == ("<b>c</b>", "a", "b")
    assert post(ada[1], "priority", priority=3).status_code == 303
    assert post(ada[1], "team", team="billing").status_code == 303
    assert (cases.get(one.id).priority, cases.get(one.id).team) == (3, "billing")


def test_the_second_of_two_answers_is_refused_with_the_first_and_kept_as_a_draft(
    served: Served, ada: tuple[str, httpx.Client], ben: tuple[str, httpx.Client]
) -> None:
    one = waiting(served)
    seen = desk_of(served).cases.get(one.id).version
    assert send(served, ada[1], one.id, "A new one leaves today.").status_code == 200
    late = send(served, ben[1], one.id, "Please send a photo.", version=seen)
    assert late.status_code == 409
    assert late.json()["detail"] == t.ANSWERED_AGO.format(name="Ada", time=t.JUST_NOW)
    assert late.json()["answer"] == "A new one leaves today."
    assert one.reads() == ["A new one leaves today."]
    assert ">\nPlease send a photo.</textarea>" in ben[1].get(f"/desk/c/{one.id}").text
    assert ">\nPlease send a photo.</textarea>" not in ada[1].get(f"/desk/c/{one.id}").text


def test_a_reply_is_sent_once_and_to_nobody_else(served: Served, ada: tuple[str, httpx.Client]) -> None:
    one, other = waiting(served), waiting(served)
    case = desk_of(served).cases.get(one.id)
    values = {"version": case.version, "recipient": case.recipient, "key": "k-1", "text": "Once.", "touched": "Once."}
    first, again = (ada[1].post(f"/desk/c/{one.id}/reply", data=values, headers=JSON) for _ in range(2))
    assert first.json() == again.json()
    assert one.reads() == ["Once."]
    wrong = send(served, ada[1], other.id, "Hello Grace", recipient=case.recipient)
    assert wrong.status_code == 409
    assert other.reads() == []
    assert send(served, ada[1], other.id, "   ", key="k-2").status_code == 409
    changed = send(served, ada[1], one.id, "Once, and more.", key="k-1")  # the first arrived, and its answer was lost
    assert changed.json() == {"detail": t.KEY_USED, "used": True}
    assert one.reads() == ["Once."]
    assert ">\nOnce, and more.</textarea>" in ada[1].get(f"/desk/c/{one.id}").text
    assert ada[1].post(f"/desk/c/{other.id}/reply", data={"text": "x"}, headers=JSON).status_code == 422


def test_drafts_of_replies_and_notes_stay_apart_and_can_be_had_back(served: Served, ada: tuple[str, httpx.Client]) -> None:
    one = waiting(served)
    path = f"/desk/c/{one.id}"
    for text, kind in (("Dear", "reply"), ("He is angry", "note")):
        assert ada[1].post(f"{path}/draft", data={"text": text, "kind": kind}).json() == {"revision": 1, "other": None}
    page = ada[1].get(path).text
    assert ">\nDear</textarea>" in page
    assert 'data-note="He is angry"' in page
    assert ada[1].post(f"{path}/draft", data={"text": "x", "kind": "other"}).status_code == 422
    assert ada[1].post(f"{path}/discard", data={"kind": "reply"}).status_code == 303
    ended = desk_of(served).drafts.ended(one.id, ada[0])[0].id
    assert ">\n</textarea>" in ada[1].get(path).text
    assert ada[1].post(f"{path}/restore", data={"draft": ended}).status_code == 303
    assert ">\nDear</textarea>" in ada[1].get(path).text


def test_what_the_page_has_not_saved_yet_is_set_aside_and_not_lost(served: Served, ada: tuple[str, httpx.Client]) -> None:
    one = waiting(served)
    path, drafts = f"/desk/c/{one.id}", desk_of(served).drafts
    ada[1].post(f"{path}/draft", data={"text": "In the other tab"})
    assert ada[1].post(f"{path}/discard", data={"text": "Dear\r\nGrace", "kind": "reply"}).status_code == 303
    assert ada[1].post(f"{path}/discard", data={"text": "He is angry", "kind": "note"}).status_code == 303
    kept = {draft.text: draft.id for draft in drafts.ended(one.id, ada[0])}
    assert set(kept) == {"In the other tab", "Dear\nGrace", "He is angry"}
    page = ada[1].get(path).text
    for text, id in kept.items():  # each can be chosen, whatever was set aside after it
        assert re.search(f'value="{id}"[^>]*>(Reply|Note): <bdi>{text}</bdi>', page), text
    assert ada[1].post(f"{path}/restore", data={"draft": kept["Dear\nGrace"], "text": "Just typed"}).status_code == 303
    found = drafts.get(one.id, ada[0])
    assert found is not None
    assert found.text == "Dear\nGrace"
    assert drafts.ended(one.id, ada[0])[0].text == "Just typed"


def test_a_tab_is_told_what_another_one_has_saved(served: Served, ada: tuple[str, httpx.Client]) -> None:
    one = waiting(served)
    path = f"/desk/c/{one.id}/draft"
    assert ada[1].post(path, data={"text": "One", "revision": 0}).json() == {"revision": 1, "other": None}
    told = ada[1].post(path, data={"text": HOSTILE, "revision": 0}).json()
    assert (told["revision"], told["other"]["text"], told["other"]["revision"]) == (2, "One", 1)
    emptied = ada[1].post(path, data={"text": "", "revision": 1}).json()
    assert (emptied["revision"], emptied["other"]["text"]) == (None, HOSTILE)
    assert ada[1].post(path, data={"text": "", "revision": 2}).json() == {"revision": None, "other": None}
    assert ada[1].post(f"/desk/c/{one.id}/restore", data={"draft": told["other"]["id"]}).status_code == 303
    found = desk_of(served).drafts.get(one.id, ada[0])
    assert found is not None
    assert found.text == "One"


def test_who_has_enough_is_told_and_may_do_it_anyway(
    served: Served, ada: tuple[str, httpx.Client], ben: tuple[str, httpx.Client]
) -> None:
    cases, agents = desk_of(served).cases, desk_of(served).agents
    taken, closed, waits, given = (waiting(served).id for _ in range(4))
    for id in (taken, closed):
        cases.claim(id, ben[0], beyond=True)
    cases.resolve(closed, ben[0])
    for one in (ada[0], ben[0]):
        agents.set_capacity(one, 0)
    for id, step, fields, who in (
        (taken, "claim", {"over": "yes"}, ada[0]),
        (waits, "claim", {}, ada[0]),
        (given, "assign", {"to": ben[0]}, ben[0]),
        (closed, "reopen", {}, ada[0]),
    ):
        before = cases.get(id)
        told = ada[1].post(f"/desk/c/{id}/{step}", data={"version": before.version, **fields})
        assert told.status_code == 409, step
        assert "conversations open" in told.text
        assert cases.get(id) == before
        anyway = re.search(r'id="problem".*?action="([^"]*)">(.*?)<button', told.text, re.DOTALL)
        assert anyway is not None
        sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', anyway[2]))
        assert t.ANYWAY in told.text
        assert ada[1].post(anyway[1], data=sent).status_code == 303, step
        assert cases.get(id).agent == who, step
    refused = ada[1].post(f"/desk/c/{waits}/wake", data={"version": 0})
    assert t.ANYWAY not in refused.text
    for one in (ada[0], ben[0]):
        agents.set_capacity(one, None)


def test_times_are_of_the_zone_that_the_browser_has_told(served: Served, ada: tuple[str, httpx.Client]) -> None:
    one, cases = waiting(served), desk_of(served).cases
    cases.claim(one.id, ada[0], beyond=True)
    path, asking = f"/desk/c/{one.id}", signed_in(served, "Ada")
    label = f'<label for="until">{t.SNOOZE_UNTIL} ({{}})</label>'
    assert label.format("UTC") in asking.get(path).text
    assert asking.post("/desk/zone", data={"zone": "Mars/Olympus"}).status_code == 422
    asking.cookies.set("footnote_zone", "../../etc/passwd")
    assert label.format("UTC") in asking.get(path).text
    asking.cookies.delete("footnote_zone")
    kept = asking.post("/desk/zone", data={"zone": "Asia/Shanghai"})
    assert kept.json() == {"zone": "Asia/Shanghai"}
    assert "httponly" in kept.headers["set-cookie"].lower()
    page = asking.get(path).text
    assert label.format("Asia/Shanghai") in page
    zone = ZoneInfo("Asia/Shanghai")
    at = desk_of(served).events.of(one.id)[-1].at.astimezone(zone)
    assert f">{at:%H:%M}</time>" in page
    for given, means in (("Asia/Shanghai", zone), ("Europe/Berlin", ZoneInfo("Europe/Berlin")), ("", zone)):
        fields = {"version": cases.get(one.id).version, "until": "2040-01-02T10:00", "zone": given}
        assert asking.post(f"{path}/snooze", data=fields).status_code == 303
        assert cases.get(one.id).snoozed_until == datetime(2040, 1, 2, 10, tzinfo=means)
        cases.wake(one.id, ada[0])
    past = asking.post(f"{path}/snooze", data={"version": cases.get(one.id).version, "until": "2026-01-02T10:00"})
    assert "2 Jan 2026 10:00 +0800" in past.text


def test_a_note_sent_again_is_added_once(served: Served, ada: tuple[str, httpx.Client]) -> None:
    one = waiting(served)
    for _ in range(2):
        assert ada[1].post(f"/desk/c/{one.id}/note", data={"text": "He rang.", "key": "k1"}, headers=JSON).status_code == 200
    assert len(desk_of(served).notes.of(one.id)) == 1


def test_what_is_overdue_is_counted_where_it_is_listed(served: Served, ada: tuple[str, httpx.Client]) -> None:
    one = waiting(served)
    desk_of(served).cases.claim(one.id, ada[0])
    with desk_of(served).store.write() as connection:
        early = "2026-01-01T09:00:00.000000+00:00"
        connection.execute("UPDATE desk_cases SET due_at = ? WHERE conversation = ?", (early, one.id))
    page = ada[1].get("/desk?view=all").text
    assert re.search('view=all"[^>]*>Unresolved <span class="late">', page)
    assert re.search('view=waiting"[^>]*>Waiting<', page)


def test_notes_reach_no_customer(served: Served, ada: tuple[str, httpx.Client]) -> None:
    visitor = served.client(**{"X-Forwarded-For": "198.51.100.9"})
    visitor.get("/")
    arrive, known = handlers(served.app)["build.<locals>.arrive"], handlers(served.app)
    call(visitor, arrive, [None], session="note")
    call(visitor, known["ChatPage.call_person"], [None], session="note")
    case = desk_of(served).queue.view("waiting", ada[0])[-1]
    assert ada[1].post(f"/desk/c/{case.id}/note", data={"text": "secret-note"}, headers=JSON).status_code == 200
    assert "secret-note" in ada[1].get(f"/desk/c/{case.id}").text
    assert send(served, ada[1], case.id, "public-reply").status_code == 200
    shown = json.dumps(call(visitor, known["ChatPage.look"], [None], session="note"))
    assert "public-reply" in shown
    assert texts.PERSON["open"].format(name="<bdi>Ada</bdi>") in shown
    for seen in (shown, visitor.get(f"/conversations/{case.id}.json").text, visitor.get(f"/person?c={case.id}").text):
        assert "secret-note" not in seen
    assert visitor.get(f"/desk/c/{case.id}").status_code == 401


def test_what_is_typed_for_people_reaches_them_from_a_tab_that_the_server_knows_no_more(
    served: Served, ada: tuple[str, httpx.Client]
) -> None:
    visitor = served.client(**{"X-Forwarded-For": "198.51.100.11"})
    visitor.get("/")
    known = handlers(served.app)
    bot = served.app.state.visitors.bases.open("shop")
    call(visitor, known["ChatPage.call_person"], [None], session="before")  # new to the server itself
    case, asked = desk_of(served).queue.view("waiting", ada[0])[-1], len(bot.asked)
    said = str(call(visitor, known["ChatPage.ask"], ["It is urgent", None], session="after", query=f"?c={case.id}"))
    assert "It is urgent" in said
    assert len(bot.asked) == asked
    assert "It is urgent" in ada[1].get(f"/desk/c/{case.id}").text
    assert "It is urgent" in str(call(visitor, known["ChatPage.look"], [None], session="later", query=f"?c={case.id}"))
    back = str(call(visitor, known["ChatPage.back_to_bot"], [None], session="last", query=f"?c={case.id}"))
    assert texts.PERSON["status-bot"] in back


@pytest.mark.usefixtures("ada")  # there is a desk
def test_no_address_is_asked_for_where_no_mail_is_sent(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = served.client(**{"X-Forwarded-For": "198.51.100.12", "Accept-Language": "de"})
    visitor.get("/")
    known, desk = handlers(served.app), desk_of(served)
    monkeypatch.setattr(desk.store, "hours", lambda: Hours(DeskSettings(hours=((),) * 7)))  # nobody is there

    def shown(name: str = "look", event: Any = None) -> str:
        return json.dumps(call(visitor, known[f"ChatPage.{name}"], [None], event, session="mail"), ensure_ascii=False)

    shown("call_person")
    assert 'name=\\"address\\"' in shown()
    monkeypatch.setattr(desk.store, "mails", False)
    assert 'name=\\"address\\"' not in shown()
    assert texts_in("de").NO_MAIL in shown("leave_address", {"address": "g@example.org"})
    assert not desk.queue.search("g@example.org")
    monkeypatch.setattr(desk.store, "mails", True)
    assert "<bdi>g@example.org</bdi>" in shown("leave_address", {"address": "g@example.org"})
    monkeypatch.setattr(desk.store, "mails", False)  # as where the server was started anew without it
    assert "g@example.org" not in shown()


def test_an_agent_sees_that_no_mail_goes_out(
    served: Served, ada: tuple[str, httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, desk = waiting(served, name="Grace"), desk_of(served)
    one.customer.leave_address(one.id, "grace@example.org")
    assert send(served, ada[1], one.id, "We look into it.").status_code == 200
    by_mail = ada[1].get(f"/desk/c/{one.id}").text
    assert "<bdi>Grace (grace@example.org)</bdi>" in by_mail
    assert f"<span>{t.WAITING_TO_SEE}</span>" in by_mail
    monkeypatch.setattr(desk.store, "mails", False)
    page = ada[1].get(f"/desk/c/{one.id}").text
    assert f"<bdi>Grace ({t.NO_MAIL_TO.format(address='grace@example.org')})</bdi>" in page
    assert f"<span>{t.NOT_MAILED}</span>" in page
    desk.replies.reached(one.id)
    page = ada[1].get(f"/desk/c/{one.id}").text
    assert f"<span>{t.DELIVERED}</span>" in page
    assert t.NOT_MAILED not in page


def test_the_bot_does_not_answer_while_people_have_it_and_does_again(served: Served, ada: tuple[str, httpx.Client]) -> None:
    visitor = served.client(**{"X-Forwarded-For": "198.51.100.10"})
    visitor.get("/")
    known = handlers(served.app)
    bot = served.app.state.visitors.bases.open("shop")

    def ask(text: str) -> str:
        return json.dumps(call(visitor, known["ChatPage.ask"], [text, None], session="people"))

    call(visitor, known["build.<locals>.arrive"], [None], session="people")
    ask("I want a human")
    asked = len(bot.asked)
    said = ask("Is anybody there?")
    assert "Is anybody there?" in said
    assert len(bot.asked) == asked
    call(visitor, known["ChatPage.back_to_bot"], [None], session="people")
    ask("How long may I send it back?")
    assert bot.asked[-1][0] == "How long may I send it back?"
    mine = next(case for case in desk_of(served).queue.search("Is anybody there?"))
    assert mine.state == "bot"


@pytest.mark.parametrize("naughty", NAUGHTY)
def test_what_people_write_is_only_text(served: Served, ada: tuple[str, httpx.Client], naughty: str) -> None:
    one = waiting(served, naughty, name=naughty[:90].replace("\ufeff", "").replace("\u202e", "").replace("\u202c", ""))
    one.writes(naughty)
    desk_of(served).notes.add(one.id, ada[0], naughty)
    ada[1].post(f"/desk/c/{one.id}/draft", data={"text": naughty})
    ada[1].post("/desk/settings/canned", data={"shortcode": "n", "text": naughty})
    assert send(served, ada[1], one.id, naughty, key=secrets.token_hex(8)).status_code == 200
    ada[1].post(f"/desk/c/{one.id}/draft", data={"text": naughty})
    for path in (f"/desk/c/{one.id}", "/desk?view=all", "/desk/settings", f"/desk/search?q={one.id}"):
        page = ada[1].get(path)
        assert page.status_code == 200
        assert re.findall(r"<(script|svg|img)\b(?! (src=|hidden|class=\"shape\"))", page.text) == []
        assert "47514" not in page.text
    canned = ada[1].get(f"/desk/c/{one.id}/canned", headers=JSON)
    assert canned.headers["content-type"].startswith("application/json")
    assert canned.headers["x-content-type-options"] == "nosniff"


def test_events_go_on_after_the_last_that_was_seen(served: Served, ada: tuple[str, httpx.Client]) -> None:
    one = waiting(served)
    last = desk_of(served).events.last()
    desk_of(served).cases.claim(one.id, ada[0], beyond=True)
    one.writes("Hello?")
    missed = [event.id for event in desk_of(served).events.after(last)]
    for headers, query in (({"Last-Event-ID": str(last)}, "?after=0"), ({}, f"?after={last}")):
        with ada[1].stream("GET", f"/desk/events{query}", headers=headers) as stream:
            assert stream.headers["x-accel-buffering"] == "no"
            ids, told = [], []
            for line in stream.iter_lines():
                if line.startswith("id: "):
                    ids.append(int(line[4:]))
                elif line.startswith("data: ") and ids:
                    told.append(json.loads(line[6:]))
                if len(told) == len(missed):
                    break
        assert ids == missed
        assert "Hello?" not in json.dumps(told)
        assert told[-1] | {"name": ""} == {
            "last": missed[-1],
            "conversation": one.id,
            "kind": "write",
            "by": "customer",
            "mine": True,
            "assigned": False,
            "name": "",
        }


def test_who_begins_and_ceases_to_write_is_told_without_an_event(
    served: Served, ada: tuple[str, httpx.Client], ben: tuple[str, httpx.Client]
) -> None:
    one, last = waiting(served), desk_of(served).events.last()
    texts_of = {"ada": iter(("mine",)), "ben": iter(("Hello", "Hello,", ""))}

    def write(asking: httpx.Client, text: str) -> None:
        asking.post(f"/desk/c/{one.id}/draft", data={"text": text})

    write(ada[1], next(texts_of["ada"]))
    with ada[1].stream("GET", f"/desk/events?after={last}") as stream:
        told = 0
        for line in stream.iter_lines():
            if line.startswith("event: beat"):
                write(ben[1], next(texts_of["ben"]))
            elif line.startswith("data: ") and json.loads(line[6:]).get("writing") == one.id:
                told += 1
                if told == 2:
                    break
                write(ben[1], next(texts_of["ben"]))  # which nobody needs to be told
                write(ben[1], next(texts_of["ben"]))
    assert desk_of(served).events.last() == last


def test_settings_are_for_who_manages_but_own_replies(served: Served, ada: tuple[str, httpx.Client], eve: httpx.Client) -> None:
    assert (
        ada[1].post("/desk/settings/canned", data={"shortcode": "/hi", "text": "Hello {customer}, {agent} here."}).status_code
        == 303
    )
    assert ada[1].post("/desk/settings/canned", data={"shortcode": "all", "text": "x", "scope": "all"}).status_code == 403
    assert eve.post("/desk/settings/canned", data={"shortcode": "ours", "text": "For all", "scope": "all"}).status_code == 303
    one = waiting(served, name="Grace")
    found = {each["shortcode"]: each["text"] for each in ada[1].get(f"/desk/c/{one.id}/canned").json()}
    assert found["hi"] == "Hello Grace, Ada here."
    assert found["ours"] == "For all"
    ours = next(each.id for each in desk_of(served).canned.all() if each.shortcode == "ours")
    assert ada[1].post(f"/desk/settings/canned/{ours}/delete").status_code == 403
    assert eve.post(f"/desk/settings/canned/{ours}/delete").status_code == 303
    assert ada[1].post("/desk/settings/name", data={"shown": "Countess <b>"}).status_code == 303
    desk_of(served).agents.here(ada[0], "Ada")
    assert desk_of(served).agents.get(ada[0]).name == "Countess <b>"
    cleared = ada[1].post("/desk/settings/name", data={"shown": ""})
    assert (cleared.status_code, cleared.headers["location"]) == (303, "/desk/settings?saved=name#name")
    desk_of(served).agents.here(ada[0], "Ada")
    assert desk_of(served).agents.get(ada[0]).name == "Ada"
    hours = {
        "zone": "Europe/Berlin", "monday": "09:00-12:00, 13:00 - 17:00", "holidays": "2026-12-25 01-01", "first_minutes": "30",
        "next_minutes": "60", "assign_minutes": "0", "reopen_days": "7", "capacity": "50",
    }  # fmt: skip
    assert ada[1].post("/desk/settings/hours", data=hours).status_code == 403
    assert eve.post("/desk/settings/hours", data=hours).status_code == 303
    now = desk_of(served).settings()
    assert (now.zone, now.hours[0], now.first_minutes) == ("Europe/Berlin", (("09:00", "12:00"), ("13:00", "17:00")), 30)
    for wrong in ({"zone": "Mars/Olympus"}, {"monday": "nine to five"}, {"capacity": "many"}, {"holidays": "Christmas"}):
        refused = eve.post("/desk/settings/hours", data={**hours, **wrong})
        assert refused.status_code == 400
        assert refused.text.count(next(iter(wrong.values()))) >= 2, "in the message, and where it was typed"
    assert desk_of(served).settings() == now
    assert "09:00-12:00, 13:00-17:00" in eve.get("/desk/settings").text
    assert (
        eve.post("/desk/settings/agent", data={"agent": ada[0], "teams": "billing, returns", "capacity": "3"}).status_code
        == 303
    )
    page = eve.get("/desk/settings?saved=agents#agents").text
    assert page.count(t.SAVED) == 1
    assert re.search(rf'<h2 id="agents">[^<]*</h2>\s*<p class="said" role="status">{t.SAVED}', page), "where it is seen"
    assert desk_of(served).agents.get(ada[0]).teams == ("billing", "returns")
    desk_of(served).cases.claim(waiting(served).id, ada[0], beyond=True)
    eve.post("/desk/settings/agent", data={"agent": ada[0], "teams": "", "capacity": "1"})
    full = waiting(served)
    refused = ada[1].post(f"/desk/c/{full.id}/claim", data={"version": desk_of(served).cases.get(full.id).version})
    assert (refused.status_code, desk_of(served).cases.get(full.id).state) == (409, "waiting")
    eve.post("/desk/settings/agent", data={"agent": ada[0], "teams": ""})


def test_a_canned_reply_that_is_refused_stays_typed(served: Served, eve: httpx.Client) -> None:
    typed = {"shortcode": "two words", "text": "Kept\n<text>", "scope": "all"}
    page = eve.post("/desk/settings/canned", data=typed)
    assert page.status_code == 400
    assert re.search(r'id="code-new"[^>]* value="two words"', page.text)
    assert re.search(r'id="text-new"[^>]*>\nKept\n&lt;text&gt;</textarea>', page.text)
    assert '<option value="all" selected>' in page.text
    known = desk_of(served).canned.save("known", "As it was")
    page = eve.post("/desk/settings/canned", data={**typed, "id": known.id})
    assert re.search(rf'<details open>.*id="code-{known.id}"[^>]* value="two words"', page.text, re.DOTALL)
    assert re.search(rf'id="text-{known.id}"[^>]*>\nKept\n&lt;text&gt;</textarea>', page.text)
    assert re.search(r'id="code-new"[^>]* value=""', page.text)
    assert next(one.text for one in desk_of(served).canned.all() if one.id == known.id) == "As it was"
    desk_of(served).canned.delete(known.id)


@pytest.mark.usefixtures("ada")  # there is a desk
def test_the_page_of_an_account_leads_to_the_desk_who_may_work_there(served: Served) -> None:
    for role, leads in (("agent", True), ("visitor", False)):
        served.app.state.visitors.accounts.add(f"A {role}", role, PASSWORD)
        page = signed_in(served, f"A {role}").get("/account").text
        assert ('href="/desk"' in page) == leads


def test_numbers_count_what_came_to_people(served: Served, ada: tuple[str, httpx.Client]) -> None:
    waiting(served)
    page = ada[1].get("/desk/numbers?days=7").text
    assert t.NUMBER_CAME in page
    assert ada[1].get("/desk/numbers?days=0").status_code == 422


def test_search_finds_by_words_of_anybody(served: Served, ada: tuple[str, httpx.Client]) -> None:
    one = waiting(served)
    one.writes("The xylophone is silent")
    assert QUESTION in ada[1].get("/desk/search?q=XYLOPHONE").text
    assert t.SEARCH_NONE.format(text="zzz&lt;") in ada[1].get("/desk/search?q=zzz<").text


def test_without_an_agent_everything_is_as_it_was(tmp_path: Any) -> None:
    bases = ScriptedBases({"shop": ScriptedAssistant(load_settings({"data_dir": tmp_path}), delay=0)})
    with server(tmp_path, bases, **PROXY) as running:
        editor = running.person("editor")
        assert editor.get("/desk").status_code == 404
        visitor = running.person("visitor")
        visitor.get("/")
        known = handlers(running.app)
        call(visitor, known["build.<locals>.arrive"], [None])
        said = json.dumps(call(visitor, known["ChatPage.ask"], ["I want a human", None]))
        assert "I am a program and cannot put you through" in said
        assert texts.PERSON["talk"] not in said
        assert desk_of(running).queue.counts("")["all"] == 0
        widget = running.app.state.visitors.widgets.add("Help", "shop", ["https://shop.example"])
        assert visitor.post(f"/embed/{widget.id}/person", json={"act": "call"}).status_code == 404
        agent(running, "Ada")
        assert editor.get("/desk").status_code == 200
        token = visitor.post(f"/embed/{widget.id}/person", json={"act": "call"}).json()["token"]
        accounts = running.app.state.visitors.accounts
        accounts.disable(next(one.id for one in accounts.all() if one.name == "Ada"))
        assert visitor.post(f"/embed/{widget.id}/person", json={"act": "call"}).status_code == 404  # no more is taken
        assert "anybody?" in visitor.post(f"/embed/{widget.id}/ask", json={"question": "anybody?", "token": token}).text
        assert editor.get("/desk").status_code == 200  # and what was taken is served
        case = desk_of(running).cases.get(token.split(".")[1])
        editor.post(f"/desk/c/{case.id}/resolve", data={"version": case.version})
        assert editor.get("/desk").status_code == 404


def test_the_widget_passes_on_and_people_answer_in_it(served: Served, ada: tuple[str, httpx.Client]) -> None:
    widget = served.app.state.visitors.widgets.add("Help", "shop", ["https://shop.example"], per_minute=1000)
    visitor = served.client(**{"X-Forwarded-For": "198.51.100.11"})

    def post(what: str, **values: Any) -> httpx.Response:
        return visitor.post(f"/embed/{widget.id}/{what}", json=values)

    first = post("ask", question="human, please").text
    token = json.loads(next(line[6:] for line in first.splitlines() if "token" in line))["token"]
    assert "event: person" in first
    bot = served.app.state.visitors.bases.open("shop")
    asked = len(bot.asked)
    assert "Anybody?" in post("ask", question="Anybody?", token=token, key="w-1").text
    assert len(bot.asked) == asked
    id = token.split(".")[1]
    desk_of(served).notes.add(id, ada[0], "secret-note")
    send(served, ada[1], id, "I am here.", key="w-2")
    seen = post("person", token=token).json()
    assert (seen["state"], seen["agent"]) == ("open", "Ada")
    assert [one["text"] for one in seen["messages"] if one["kind"] == "out"] == ["I am here."]
    assert "account:" not in json.dumps(seen)
    assert "secret-note" not in post("resume", token=token).text
    assert post("person", token=token, act="back").status_code == 400  # an agent has it
    assert post("person", token=token, act="address", address="no address").status_code == 400
    assert post("person", token=token, act="address", address="g@example.org").json()["address"] == "g@example.org"
    assert desk_of(served).cases.get(id).recipient == "mail:g@example.org"
    desk_of(served).cases.resolve(id, ada[0])
    assert post("person", token=token, act="rate", rating=9).status_code == 400
    assert post("person", token=token, act="rate", rating=4, comment="quick").json()["rated"] is True
    assert post("person", token=token, act="back").json()["state"] == "bot"
    forged = f"{'x' * 43}.{id}"
    assert post("person", token=forged).status_code == 404
