"""Conversations over the network: known by cookie or account, seen by nobody else, and the page that lists them."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from rag.apps.cli.main import app as cli
from rag.errors import StoreError
from rag.kept.conversations import Own
from rag.languages import en as said
from tests.scripted import HOSTILE
from tests.serving import PASSWORD, PROXY, Served, call, handlers, server
from tests.test_server_roles import pytestmark  # noqa: F401 - marks of the page


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with server(tmp_path_factory.mktemp("data"), **PROXY) as running:
        running.app.state.visitors.accounts.add("Ada", "editor", PASSWORD)
        running.app.state.visitors.accounts.add("Bob", "editor", PASSWORD)
        yield running


def visitor(served: Served) -> httpx.Client:
    """A browser that has opened the page."""
    asking = served.client(**{"X-Forwarded-For": "198.51.100.7"})
    assert asking.get("/").status_code == 200
    return asking


def signed_in(served: Served, name: str) -> httpx.Client:
    asking = served.client(**{"X-Forwarded-For": "198.51.100.7"})
    assert asking.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
    return asking


def ask(served: Served, asking: httpx.Client, question: str, tab: str = "", address: str = "") -> str:
    """Asks on the page, in a new tab unless one is named; returns the id of the conversation."""
    tab = tab or f"tab{time.monotonic_ns()}"
    known = handlers(served.app)
    query = f"?c={address}"
    call(asking, known["build.<locals>.arrive"], [None], session=tab, query=query)
    messages = call(asking, known["ChatPage.ask"], [question, None], session=tab, query=query)
    assert not [message for message in messages if message["msg"] == "log"], messages
    found = re.findall(r'data-conversation=\\*"([\w-]*)', str(messages))
    return found[-1] if found else ""


def shown(served: Served, asking: httpx.Client, id: str) -> str:
    """The page as it arrives at the address of a conversation."""
    arrive, tab = handlers(served.app)["build.<locals>.arrive"], f"tab{time.monotonic_ns()}"
    return str(call(asking, arrive, [None], session=tab, query=f"?c={id}"))


def test_a_visitor_is_known_by_a_cookie_that_no_script_reads(served: Served) -> None:
    answer = served.client().get("/")
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("footnote_visitor=")
    assert {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={30 * 24 * 3600}"} <= set(cookie.split("; "))
    assert answer.headers["cache-control"] == "private, no-cache"
    one, other = (visitor(served).cookies["footnote_visitor"] for _ in range(2))
    assert one != other
    assert len(one) > 60


@pytest.mark.parametrize("asking", ["an account", "a program"])
def test_only_visitors_get_the_cookie(served: Served, asking: str) -> None:
    known = signed_in(served, "Ada") if asking == "an account" else served.client()
    if asking == "a program":
        known.headers["Authorization"] = f"Bearer {served.app.state.visitors.keys.add('a program', ['ask'])}"
    assert "footnote_visitor" not in str(known.get("/").headers.get_list("set-cookie"))


def test_a_conversation_is_on_the_page_again_for_who_had_it_alone(served: Served) -> None:
    anna, ada = visitor(served), signed_in(served, "Ada")
    bob = signed_in(served, "Bob")
    others = [visitor(served), bob]
    for owner, question in ((anna, "Anna: how long?"), (ada, "Ada: how long?")):
        id = ask(served, owner, question)
        assert id
        assert question in shown(served, owner, id)
        for other in [*others, ada if owner is anna else anna]:
            seen = shown(served, other, id)
            assert question not in seen
            assert said.NO_CONVERSATION in seen
            assert question not in other.get("/conversations").text
            for path in (f"/conversations/{id}.json", f"/conversations/{id}.txt"):
                assert other.get(path).status_code == 404
                assert owner.get(path).status_code == 200
            for path in (f"/conversations/{id}/delete", f"/conversations/{id}/rename"):
                assert other.post(path, data={"title": "mine"}).status_code == 404
            other.post("/conversations/delete")
        assert question not in ask_into(served, bob, id)
        assert question in owner.get("/conversations").text
        assert "mine" not in owner.get("/conversations").text


def ask_into(served: Served, other: httpx.Client, id: str) -> str:
    """What comes of a question asked at the address of somebody else's conversation."""
    new = ask(served, other, "And me?", address=id)
    assert new != id
    return shown(served, other, new) if new else ""


def test_a_forged_or_old_cookie_is_nobody(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = visitor(served)
    id = ask(served, anna, "Only mine?")
    value = anna.cookies["footnote_visitor"]
    forged = served.client(**{"X-Forwarded-For": "198.51.100.7"})
    for wrong in (value[:-2], value.split(".")[0], "x" * 4000, '"; DROP TABLE conversations'):
        forged.headers["Cookie"] = f"footnote_visitor={wrong}".encode("ascii", "ignore").decode()
        assert forged.get(f"/conversations/{id}.json").status_code == 404
    monkeypatch.setattr(served.app.state.visitors, "_visitor_seconds", -1)
    assert anna.get(f"/conversations/{id}.json").status_code == 404


def test_another_person_in_the_same_tab_begins_anew(served: Served) -> None:
    anna = visitor(served)
    first = ask(served, anna, "As a visitor?", tab="shared-tab")
    anna.post("/login", data={"name": "Bob", "password": PASSWORD})
    second = ask(served, anna, "As Bob?", tab="shared-tab")
    assert second not in {"", first}
    assert "As a visitor?" not in shown(served, anna, second)


def test_the_number_of_a_tab_leads_nobody_else_to_it(served: Served) -> None:
    """It stands in addresses, which proxies log."""
    anna, thief, known = visitor(served), visitor(served), handlers(served.app)
    far = served.client(**{"X-Forwarded-For": "198.51.100.66"})
    ask(served, anna, "How long may Anna send it back?", tab="a-tab")
    for other in (thief, far, signed_in(served, "Bob")):
        for handler, data in (("ChatPage.judge", {"exchange": 0, "liked": "yes"}), ("ChatPage.stop", None)):
            assert "Anna" not in str(call(other, known[handler], [None], event=data, session="a-tab"))
        assert "Anna" not in str(call(other, known["build.<locals>.arrive"], [None], session="a-tab"))
    assert "Anna" in str(call(anna, known["build.<locals>.arrive"], [None], session="a-tab"))


def test_the_answer_on_its_way_to_a_tab_is_not_told_to_who_knows_its_number(served: Served) -> None:
    anna, thief, known = visitor(served), visitor(served), handlers(served.app)
    call(anna, known["build.<locals>.arrive"], [None], session="b-tab")
    question = {"fn_index": known["ChatPage.ask"], "data": ["slow Anna", None], "session_hash": "b-tab"}
    assert anna.post("/gradio_api/queue/join", json=question).status_code == 200
    with suppress(httpx.RemoteProtocolError):  # Gradio breaks off where it knows no such tab
        assert "Anna" not in thief.get("/gradio_api/queue/data?session_hash=b-tab").text
    with anna.stream("GET", "/gradio_api/queue/data?session_hash=b-tab") as answer:
        assert next(line for line in answer.iter_lines() if "Anna" in line)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"session_hash": 1}', b'{"session_hash": null}', b"[" * 100_000])
def test_what_names_no_tab_is_told_so(served: Served, body: bytes) -> None:
    asking = served.client(**{"Content-Type": "application/json"})
    for path in ("join", "data", "../cancel", "../reset"):
        assert 400 <= asking.post(f"/gradio_api/queue/{path}", content=body).status_code < 500


def test_going_back_shows_only_what_is_theirs(served: Served) -> None:
    anna, bob = visitor(served), visitor(served)
    id = ask(served, anna, "Back to this?")
    travel = handlers(served.app)["build.<locals>.travel"]
    for who, sees in ((anna, True), (bob, False)):
        went = str(call(who, travel, [None], {"conversation": id}, session=f"back-{sees}"))
        assert ("Back to this?" in went) is sees


def test_a_tab_that_the_server_knows_no_more_goes_on_with_its_conversation(served: Served) -> None:
    """After a restart, or when the tab slept for more than an hour: its number is then new to the server."""
    anna, known = visitor(served), handlers(served.app)
    id = ask(served, anna, "Anna: how long?")
    event = {"exchange": 0, "n": 1, "kind": "cite", "liked": "yes"}
    for n, handler in enumerate(("ChatPage.open_passage", "ChatPage.judge", "ChatPage.ask_again")):
        messages = call(anna, known[handler], [None], event, session=f"woken-{n}", query=f"?c={id}")
        assert not [message for message in messages if message["msg"] == "log"], messages
    went = str(call(anna, known["ChatPage.ask"], ["And for sale items?", None], session="woken", query=f"?c={id}"))
    assert set(re.findall(r'data-conversation=\\*"([\w-]+)', went)) == {id}
    assert "Anna: how long?" in went
    assert "Anna: how long?" not in str(call(visitor(served), known["ChatPage.look"], [None], query=f"?c={id}"))


@pytest.mark.parametrize("gone", ["deleted", "erased"])
def test_a_tab_left_open_brings_nothing_back_that_is_gone(served: Served, gone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, known, tab = visitor(served), handlers(served.app), f"left-open-{gone}"
    id = ask(served, anna, "How long, asks Dorothea Quill?", tab)
    if gone == "deleted":
        assert anna.post(f"/conversations/{id}/delete").status_code == 303
    else:
        erase(served, "dorothea", monkeypatch)
    for handler in ("ChatPage.judge", "ChatPage.open_passage"):
        event = {"exchange": 0, "n": 1, "kind": "cite", "liked": "yes"}
        messages = call(anna, known[handler], [None], event, session=tab, query=f"?c={id}")
        assert said.NO_CONVERSATION in str([message for message in messages if message["msg"] == "log"])
    messages = call(anna, known["ChatPage.ask"], ["And in which box?", None], session=tab, query=f"?c={id}")
    (new,) = set(re.findall(r'data-conversation=\\*"([\w-]+)', str(messages)))
    assert new != id
    assert "Quill" not in str(messages)
    assert "Quill" not in anna.get(f"/conversations/{new}.json").text


def erase(served: Served, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(served.app.state.visitors.settings.data_dir))
    assert CliRunner().invoke(cli, ["privacy", "erase", text, "--yes"]).exit_code == 0


def test_a_tab_of_which_nothing_is_kept_forgets_when_something_is_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(tmp_path, visitor_days=0) as served:
        anna, known = served.client(), handlers(served.app)
        ask(served, anna, "How long, asks Dorothea Quill?", tab="left-open")
        assert "Quill" in str(call(anna, known["ChatPage.look"], [None], session="left-open"))
        erase(served, "dorothea", monkeypatch)
        assert "Quill" not in str(call(anna, known["ChatPage.look"], [None], session="left-open"))
        ask(served, anna, "And Edgar Nightingale?", tab="left-open")
        assert "Nightingale" in str(call(anna, known["ChatPage.look"], [None], session="left-open"))


def test_the_list_renames_searches_exports_and_deletes(served: Served) -> None:
    anna = visitor(served)
    first, second = ask(served, anna, "What does delivery cost?"), ask(served, anna, "quote")
    assert anna.post(f"/conversations/{first}/rename", data={"title": "Parcels & prices"}).status_code == 303
    assert anna.post(f"/conversations/{first}/rename", data={"title": "  "}).status_code == 400
    listed = anna.get("/conversations", params={"q": "SALE ITEMS"}).text
    assert f"?c={second}" in listed
    assert f"?c={first}" not in listed
    assert "Parcels &amp; prices" in anna.get("/conversations").text
    exported = anna.get(f"/conversations/{first}.json")
    assert exported.headers["content-disposition"].startswith("attachment")
    assert exported.json()["exchanges"][0]["answer"]["citations"][0]["document"] == "shop/delivery.html"
    assert "Delivery" in anna.get(f"/conversations/{first}.txt").text
    assert anna.post(f"/conversations/{second}/delete").status_code == 303
    assert anna.get(f"/conversations/{second}.json").status_code == 404
    assert anna.post("/conversations/delete").headers["location"] == "/conversations?gone=1"
    assert said.NO_CONVERSATIONS in anna.get("/conversations").text
    assert said.DELETED_ALL in anna.get("/conversations?gone=1").text
    ask(served, anna, "Still there?")
    for address in ("/conversations?gone=1", "/conversations?gone=12345"):
        answer = anna.get(address).text
        assert said.DELETED_ALL not in answer
        assert "12,345" not in answer


def test_what_was_deleted_in_another_tab_is_said_on_the_page(served: Served) -> None:
    anna = visitor(served)
    id, other = ask(served, anna, "Twice deleted?"), ask(served, anna, "Still there?")
    assert anna.post(f"/conversations/{id}/delete").status_code == 303
    for path in (f"/conversations/{id}/delete", f"/conversations/{id}/rename"):
        answer = anna.post(path, data={"title": "Mine"})
        assert answer.status_code == 404
        assert said.NO_CONVERSATION in answer.text
        assert f"?c={other}" in answer.text
    nobody = served.client(**{"X-Forwarded-For": "198.51.100.7"}).post(f"/conversations/{other}/delete")
    assert (nobody.status_code, said.NOT_KEPT in nobody.text) == (404, True)  # the cookie has expired


def test_a_title_that_cannot_be_kept_is_said_without_where(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = visitor(served)
    id = ask(served, anna, "Which title?")

    def fail(*_: object) -> None:
        raise StoreError("/srv/data/conversations.db is locked")

    monkeypatch.setattr(Own, "rename", fail)
    answer = anna.post(f"/conversations/{id}/rename", data={"title": "Mine"})
    assert answer.status_code == 503
    assert said.UNAVAILABLE in answer.text
    assert "/srv" not in answer.text


def test_the_list_shows_hostile_text_as_text(served: Served) -> None:
    anna = visitor(served)
    id = ask(served, anna, HOSTILE)
    listed = anna.get("/conversations", params={"q": "<img"})
    assert "<img" not in listed.text
    assert "&lt;img" in listed.text
    assert "script" not in listed.headers["content-security-policy"].replace("default-src 'none'", "")
    assert f"?c={id}" in listed.text
    assert "<b>" not in anna.get("/conversations", params={"q": "<b>none"}).text


def test_another_site_deletes_nothing(served: Served) -> None:
    anna = visitor(served)
    id = ask(served, anna, "Stays?")
    for path in ("/conversations/delete", f"/conversations/{id}/delete"):
        assert anna.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert anna.get(f"/conversations/{id}.json").status_code == 200


def test_nothing_is_kept_of_visitors_where_the_setting_says_so(tmp_path: Path) -> None:
    with server(tmp_path, visitor_days=0) as served:
        asking = served.client()
        assert "set-cookie" not in asking.get("/").headers
        assert ask(served, asking, "How long?") == ""
        assert said.NOT_KEPT in asking.get("/conversations").text


def test_an_answer_comes_though_it_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(tmp_path) as served:
        asking = served.client()
        asking.get("/")

        def full(*_: Any) -> None:
            raise served_error

        from rag.errors import StoreError

        served_error = StoreError("the disk is full: make room, and try again")
        monkeypatch.setattr(served.app.state.visitors.conversations._file, "write", full)
        known = handlers(served.app)
        call(asking, known["build.<locals>.arrive"], [None], session="full")
        messages = str(call(asking, known["ChatPage.ask"], ["How long?", None], session="full"))
        assert "30 days" in messages
