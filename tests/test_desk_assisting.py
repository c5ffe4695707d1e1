"""What helps agents, over HTTP: proposals with their proof, what may be sent, what stands beside, and answers to gaps."""

import re
import secrets
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from rag.desk.customers import Customer
from rag.desk.hours import DeskSettings
from rag.languages.en import desk as t
from rag.languages.en import desk_assist as a
from rag.languages.en import desk_errors as core
from tests.desk_bases import handed_over, open_bases
from tests.desk_people import agent, agent_id, desk_of
from tests.serving import PASSWORD, PROXY, Served, server

pytestmark = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),  # both: gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
JSON = {"Accept": "application/json"}
QUESTION = "Within how many days may items be returned?"
RULE = "Items may be returned within 30 days of delivery."
GOODWILL = "A cracked lantern may be replaced once out of goodwill, for 40 pounds at most."


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings, bases = open_bases(tmp_path_factory.mktemp("bases"))
    with server(settings.data_dir, bases, refuse_below=0.3, **PROXY) as running:
        desk_of(running).set_settings(DeskSettings(capacity=1000), "test")
        yield running
    bases.close()


def signed_in(served: Served, name: str, role: str = "agent") -> httpx.Client:
    agent(served, name, role)
    asking = served.client(**{"X-Forwarded-For": "198.51.100.7"})
    assert asking.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
    return asking


@pytest.fixture(scope="module")
def ada(served: Served) -> httpx.Client:
    return signed_in(served, "Ada")


@pytest.fixture(scope="module")
def eve(served: Served) -> httpx.Client:
    return signed_in(served, "Eve", "editor")


def asked(served: Served, question: str = QUESTION, base: str = "default") -> tuple[Customer, str]:
    return handed_over(desk_of(served), question, f"visitor:{secrets.token_hex(8)}", base)


def send(served: Served, asking: httpx.Client, id: str, text: str, **vouched: object) -> httpx.Response:
    case = desk_of(served).cases.get(id)
    values = {"version": case.version, "recipient": case.recipient, "key": secrets.token_hex(8), "text": text, **vouched}
    return asking.post(f"/desk/c/{id}/reply", data=values, headers=JSON)


def replies(served: Served, id: str) -> list[str]:
    return [e.message.text for e in desk_of(served).events.timeline(id) if e.message and e.message.kind == "out"]


def proposed(asking: httpx.Client, id: str, base: str = "") -> tuple[str, str]:
    """The page of a proposal, and the number of the proposal, "" for none."""
    page = asking.get(f"/desk/c/{id}/proposal?base={base}")
    assert page.status_code == 200
    found = re.search(r'name="proposal" value="(\d+)"', page.text)
    return page.text, found[1] if found else ""


def test_a_proposal_shows_each_sentence_with_the_words_that_say_it(served: Served, ada: httpx.Client) -> None:
    _, id = asked(served)
    assert f'href="/desk/c/{id}/proposal' in ada.get(f"/desk/c/{id}").text  # without the script a link
    page, n = proposed(ada, id)
    assert a.VERDICTS["proven"] in page  # a word, and not a colour alone
    assert re.search(rf"<mark>{re.escape(RULE)}", page)
    assert re.search(r'href="http[^"]+/d/default/returns\.md\?c=', page)
    taken = ada.post(f"/desk/c/{id}/take", data={"proposal": n}, headers=JSON).json()["text"]
    assert RULE in taken
    assert ada.post(f"/desk/c/{id}/take", data={"proposal": n}).status_code == 303
    assert unescape(ada.get(f"/desk/c/{id}").text).count(f">\n{taken}</textarea>") == 1
    assert send(served, ada, id, taken).status_code == 200  # all of it is proved
    assert replies(served, id) == [taken]
    drafts = ada.get("/desk/numbers").text
    assert a.NUMBER_UNCHANGED in drafts


def test_what_stands_beside_a_proposed_rule_is_offered(served: Served, ada: httpx.Client) -> None:
    _, id = asked(served, "Within how many days of delivery may items be returned?")
    offered = re.findall(r'<div class="offer">.*?data-insert="([^"]+)"', proposed(ada, id)[0], re.DOTALL)
    assert "Opened software may not be returned, even within 30 days of delivery." in offered


def test_a_proposal_of_before_is_gone_once_something_was_said(served: Served, ada: httpx.Client) -> None:
    customer, id = asked(served)
    _, n = proposed(ada, id)
    other = asked(served)[1]
    assert ada.post(f"/desk/c/{other}/take", data={"proposal": n}, headers=JSON).status_code == 404
    customer.say(id, "And within how many days may opened software be returned?", "k")
    gone = ada.post(f"/desk/c/{id}/take", data={"proposal": n}, headers=JSON)
    assert (gone.status_code, gone.json()["detail"]) == (404, core.PROPOSAL_GONE)
    assert proposed(ada, id)[1] not in {"", n}


def test_where_there_is_no_proposal_one_line_says_so(served: Served, ada: httpx.Client) -> None:
    page, n = proposed(ada, asked(served, "zebra xylophone quartz")[1])
    assert (n, a.NO_ANSWER_FOUND in page) == ("", True)
    _, id = asked(served)
    assert send(served, ada, id, RULE).status_code == 200
    assert a.NOTHING_ASKED in proposed(ada, id)[0]
    assert a.NO_BASE.format(base="gone") in proposed(ada, asked(served, base="gone")[1])[0]


def test_a_base_can_be_chosen_and_what_is_for_staff_says_so(served: Served, ada: httpx.Client) -> None:
    _, id = asked(served, "May a cracked lantern be replaced out of goodwill?")
    page, _ = proposed(ada, id)
    assert f"staff ({a.FOR_STAFF})" in page
    assert re.search(rf"{a.VERDICTS['internal']}</span>", page)
    assert GOODWILL in page
    alone, _ = proposed(ada, id, "default")
    assert GOODWILL not in alone
    assert re.search(r'<option value="default" selected', alone)


@pytest.mark.parametrize("touched", [[], ["Bye."], [RULE]], ids=["none", "another", "a proved one"])
def test_the_server_refuses_a_sentence_that_nobody_vouched_for(served: Served, ada: httpx.Client, touched: list[str]) -> None:
    _, id = asked(served)
    text = f"{RULE} We pay for the box."
    refused = send(served, ada, id, text, touched=touched)
    assert (refused.status_code, refused.json()["check"]) == (409, True)
    assert refused.json()["detail"] == a.NO_SOURCE_SAYS["one"]
    assert replies(served, id) == []
    assert f">\n{text}</textarea>" in ada.get(f"/desk/c/{id}").text  # what was written is kept
    assert send(served, ada, id, text, touched=[*touched, "We pay for the  box."]).status_code == 200
    assert replies(served, id) == [text]


def test_the_server_refuses_what_is_for_staff_until_that_is_confirmed(served: Served, ada: httpx.Client) -> None:
    _, id = asked(served)
    assert send(served, ada, id, GOODWILL, touched=[GOODWILL]).status_code == 409
    assert replies(served, id) == []
    assert send(served, ada, id, GOODWILL, confirmed=[GOODWILL]).status_code == 200


def test_without_script_the_refused_page_has_a_box_for_each_sentence(served: Served, ada: httpx.Client) -> None:
    _, id = asked(served)
    case = desk_of(served).cases.get(id)
    form = {"version": case.version, "recipient": case.recipient, "key": "plain", "text": f"{RULE} We pay <b>. {GOODWILL}"}
    page = ada.post(f"/desk/c/{id}/reply", data=form)
    assert page.status_code == 409
    boxes = {(name, unescape(value)) for name, value in re.findall(r'name="(touched|confirmed)" value="([^"]*)"', page.text)}
    assert boxes == {("touched", "We pay <b>."), ("confirmed", GOODWILL)}
    assert ada.post(f"/desk/c/{id}/reply", data={**form, **dict(boxes)}).status_code == 303
    assert replies(served, id) == [form["text"]]


def test_a_reply_is_checked_as_it_is_typed(served: Served, ada: httpx.Client) -> None:
    _, id = asked(served)

    def check(text: str, **vouched: object) -> str:
        found = ada.post(f"/desk/c/{id}/check", data={"text": text, **vouched})
        assert found.status_code == 200
        return unescape(found.text)

    wrong = check(RULE.replace("30", "60"))
    assert "<u>60</u>" in wrong
    assert 'data-left="1"' in wrong
    assert re.search(r'name="touched" value="[^"]+" form="composer"> ', wrong)
    vouched = check(f"{RULE} Bye.", touched="Bye.")
    assert 'data-left="0"' in vouched
    assert re.search(r'value="Bye\." form="composer" checked', vouched)
    assert f"<mark>{RULE}</mark>" in vouched
    assert "<li" not in check("   ")
    assert "20,001" in check("x" * 20_001)
    desk_of(served).canned.save("bye", "Best wishes, {agent}")
    assert 'data-left="0"' in check(f"{RULE} Best wishes, Ada")  # who wrote it vouched for it


def test_replies_can_be_written_where_the_base_is_not_there(served: Served, ada: httpx.Client) -> None:
    _, id = asked(served, base="gone")
    assert send(served, ada, id, "By hand.").status_code == 409
    assert send(served, ada, id, f"By hand. {RULE}", touched=["By hand."]).status_code == 200  # the other bases prove it
    assert ada.get(f"/desk/c/{id}/beside").status_code == 200


def test_what_stands_beside_leads_to_its_places(served: Served, ada: httpx.Client) -> None:
    customer, id = asked(served)
    customer.say(id, "May opened software be returned?", "b1")
    beside, page = ada.get(f"/desk/c/{id}/beside").text, ada.get(f"/desk/c/{id}").text
    assert a.WANTED in beside
    places = re.findall(r'data-place="([^"]+)"', beside)
    assert places
    assert all(f'id="{place}"' in page for place in places)
    found = ada.get(f"/desk/c/{id}/passages?q=opened software").text
    assert f'data-insert="{RULE}' in found or "Opened software" in found
    assert "/d/default/returns.md" in found
    assert a.FOR_STAFF in ada.get(f"/desk/c/{id}/passages?q=cracked lantern&base=staff").text
    assert ada.get(f"/desk/c/{id}/files/1").status_code == 404


def test_that_the_bot_failed_is_said_in_the_conversation_and_beside_it(served: Served, ada: httpx.Client) -> None:
    own = served.app.state.visitors.conversations.of(f"visitor:{secrets.token_hex(8)}")
    id, _ = own.ask("", "default", QUESTION)
    desk_of(served).customer(own).hand_over(id, "customer_request")
    none = t.ANSWERS["none"]
    assert none in ada.get(f"/desk/c/{id}").text
    beside = ada.get(f"/desk/c/{id}/beside").text
    assert (none in beside, a.NOTE_NOTHING in beside) == (True, False)
    desk_of(served).cases.resolve(id, agent_id(served, "Ada"))
    desk_of(served).cases.reopen(id, agent_id(served, "Ada"))
    beside = ada.get(f"/desk/c/{id}/beside").text
    assert (a.NOTE_NOTHING_SINCE in beside, a.NOTE_NOTHING in beside) == (True, False)


def test_a_file_is_saved_and_runs_nothing(served: Served, ada: httpx.Client) -> None:
    _, id = asked(served)
    other = asked(served)[1]
    sql = """INSERT INTO desk_files (conversation, name, type, size, sha256, data, at)
        VALUES (:id, :name, :type, 3, '', :data, :at)"""
    with desk_of(served).store.write() as connection:
        for name, kind in (('a"b\r\n.html', "text/html"), ("one.txt", "text/plain")):
            row = {"id": id, "name": name, "type": kind, "data": b"<b>", "at": desk_of(served).store.stamp()}
            connection.execute(sql, row)
    links = re.findall(r'href="(/desk/c/[^"]+/files/\d+)"', ada.get(f"/desk/c/{id}/beside").text)
    html, text = (ada.get(link) for link in links)
    assert html.headers["content-type"] == "application/octet-stream"
    assert html.headers["content-disposition"] == "attachment; filename*=UTF-8''a%22b%0D%0A.html"
    assert text.headers["content-type"].startswith("text/plain")
    assert "sandbox" in text.headers["content-security-policy"]
    assert ada.get(links[0].replace(id, other)).status_code == 404


def test_wrong_evidence_is_noted_once_and_only_what_was_proposed(served: Served, ada: httpx.Client) -> None:
    _, id = asked(served)
    page, n = proposed(ada, id)
    start = re.search(r'name="start" value="(\d+)"', page)
    assert start is not None
    form = {"proposal": n, "base": "default", "document": "returns.md", "start": start[1]}
    assert [ada.post(f"/desk/c/{id}/wrong", data=form, headers=JSON).status_code for _ in range(2)] == [200, 200]
    assert ada.post(f"/desk/c/{id}/wrong", data={**form, "start": 9999}, headers=JSON).status_code == 404
    rows = desk_of(served).store.read("SELECT * FROM desk_verdicts WHERE conversation = :id", {"id": id})
    assert [(row["question"], row["document"]) for row in rows] == [(QUESTION, "returns.md")]


def test_a_gap_becomes_an_answer_that_is_asked_again(served: Served, ada: httpx.Client, eve: httpx.Client) -> None:
    question, text = "Are kayaks rented on Sundays?", "Kayaks are rented on Sundays from nine."
    known = ada.get("/desk/gaps/new", params={"base": "default", "question": question}).text
    assert a.KNOWN_NONE in known
    refused = ada.post("/desk/gaps/new", data={"base": "default", "question": question, "text": " "})
    assert (refused.status_code, core.ANSWER_EMPTY in refused.text) == (400, True)
    where = ada.post("/desk/gaps/new", data={"base": "default", "question": question, "text": text}).headers["location"]
    seen = {"question": question, "text": text}
    assert (a.REVIEW in ada.get(where).text, a.REVIEW in eve.get(where).text) == (False, True)
    assert core.OWN_REVIEW in ada.get(where).text
    own = ada.post(f"{where}/review", data={"version": 1, **seen})
    assert (own.status_code, core.OWN_REVIEW in own.text) == (409, True)
    assert eve.post(f"{where}/publish", data={"version": 1, **seen}).status_code == 409
    assert eve.post(f"{where}/review", data={"version": 1, **seen}).status_code == 303
    assert ada.post(f"{where}/publish", data={"version": 2, **seen}).status_code == 403
    assert eve.post(f"{where}/publish", data={"version": 1, **seen}).status_code == 409
    assert eve.post(f"{where}/publish", data={"version": 2, **seen}).status_code == 303
    page = eve.get(where).text
    assert a.AGAIN_BY_IT in page
    assert text in page
    assert question in eve.get("/desk/gaps?base=default").text
    assert ada.get("/desk/gaps/new", params={"base": "secret", "question": "x"}).status_code == 404
    _, id = asked(served, question)
    assert text in proposed(ada, id)[0]
    assert eve.post(f"{where}/withdraw", data={"version": 3}).status_code == 303
    assert text not in proposed(ada, asked(served, question)[1])[0]


def fields(page: str, button: str) -> tuple[str, dict[str, str]]:
    """Where a button of a page leads without its script, and what its form sends along."""
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if f">{button}</button>" in one)
    to = re.search(rf' formaction="([^"]+)"[^>]*>{re.escape(button)}<', form) or re.search(r' action="([^"]+)"', form)
    assert to
    sent = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]*? value="([^"]*)"', form))
    sent |= dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL))
    return to[1], {name: unescape(value) for name, value in sent.items()}


def test_a_step_is_about_the_text_that_stands_on_the_page(served: Served, ada: httpx.Client, eve: httpx.Client) -> None:
    question, text, other = "Are sledges rented in May?", "Sledges are rented\nin May.", "Sledges are rented in June."
    answers = served.app.state.visitors.assist.answers
    where = ada.post("/desk/gaps/new", data={"base": "default", "question": question, "text": text}).headers["location"]
    n = int(where.rsplit("/", 1)[1])

    def press(asking: httpx.Client, button: str, **typed: str) -> httpx.Response:
        to, sent = fields(asking.get(where).text, button)
        return asking.post(to, data={**sent, "text": sent["text"].replace("\n", "\r\n"), **typed})  # as browsers send it

    refused = press(eve, a.REVIEW, text=other)
    assert (refused.status_code, a.KEPT_AS_DRAFT in refused.text, a.KEPT in refused.text) == (409, True, False)
    assert (answers.get(n).state, answers.get(n).text, answers.get(n).author) == ("draft", other, agent_id(served, "Eve"))
    assert press(ada, a.REVIEW).status_code == 303
    refused = press(eve, a.PUBLISH, text=text)
    assert (refused.status_code, a.KEPT_AS_DRAFT in refused.text) == (409, True)
    assert (answers.get(n).state, answers.get(n).text) == ("draft", text)
    assert press(ada, a.REVIEW).status_code == 303  # line ends of a form are no change

    to, sent = fields(eve.get(where).text, a.PUBLISH)
    answers.edit(n, question, other, agent_id(served, "Ada"), answers.get(n).version)
    late = eve.post(to, data={**sent, "text": "Sledges are sold."})  # a colleague was faster: both texts are there
    assert (late.status_code, answers.get(n).text) == (409, other)
    assert fields(late.text, a.SAVE)[1]["text"] == "Sledges are sold."
    assert f"{a.KEPT}</h2>" in late.text
    assert other in late.text
    assert eve.get(to).headers["location"] == where  # where the form was sent to, opened again
    assert f'data-address="{where}"' in late.text
    assert press(eve, a.REVIEW).status_code == 303
    to, sent = fields(eve.get(where).text, a.PUBLISH)
    assert press(eve, a.PUBLISH).status_code == 303
    late = eve.post(to, data={**sent, "text": "Sledges are sold."})
    assert (late.status_code, answers.get(n).text) == (409, other)
    assert f"{a.NOT_KEPT}</h2>" in late.text
    assert "Sledges are sold." in late.text
    eve.post(f"{where}/withdraw", data={"version": answers.get(n).version})


def test_what_the_base_answers_already_is_published_only_on_purpose(
    served: Served, ada: httpx.Client, eve: httpx.Client
) -> None:
    _, id = asked(served)
    assert send(served, ada, id, RULE).status_code == 200
    message = next(e.message.id for e in desk_of(served).events.timeline(id) if e.message and e.message.kind == "out")
    assert f'name="message" value="{message}"' in ada.get(f"/desk/c/{id}").text
    assert ada.post(f"/desk/c/{asked(served)[1]}/keep", data={"message": message}).status_code == 404
    where = ada.post(f"/desk/c/{id}/keep", data={"message": message}).headers["location"]
    page = eve.get(where).text
    assert QUESTION in page
    assert RULE in page
    seen = {"question": QUESTION, "text": RULE}
    eve.post(f"{where}/review", data={"version": 1, **seen})
    refused = eve.post(f"{where}/publish", data={"version": 2, **seen})
    assert (refused.status_code, a.PUBLISH_DESPITE in refused.text) == (409, True)
    assert eve.post(f"{where}/publish", data={"version": 2, "despite": "yes", **seen}).status_code == 303
    eve.post(f"{where}/withdraw", data={"version": 3})


def test_mails_that_were_set_aside_are_listed_and_saved_whole(served: Served, ada: httpx.Client) -> None:
    assert a.ASIDE not in ada.get("/desk").text
    at = desk_of(served).store.stamp()
    with desk_of(served).store.write() as connection:
        sql = """INSERT INTO desk_mails (message_id, kind, sender, subject, folded, problem, data, at)
            VALUES ('<1@x>', 'held', 'eve@x', 'Win <b>', '', 'it loops', :data, :at) RETURNING id"""
        n = connection.execute(sql, {"data": b"Subject: Win\r\n\r\n<b>", "at": at}).fetchone()["id"]
    assert a.ASIDE in ada.get("/desk").text
    page = ada.get("/desk/aside").text
    assert "Win &lt;b&gt;" in page
    assert "it loops" in page
    saved = ada.get(f"/desk/aside/{n}")
    assert saved.content.endswith(b"<b>")
    assert saved.headers["content-disposition"].startswith("attachment")
    assert ada.get(f"/desk/aside/{n + 1}").status_code == 404
