"""The widget's routes and its command line: who may show and ask it, how often, and what leads back to a conversation."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.answering import citations
from rag.apps.cli.opening import person
from rag.apps.server.accounts.database import AccountsFile
from rag.apps.server.widget.identity import LONGEST_USER, known_as, signature_of
from rag.apps.server.widget.shown import runs, shown_answer
from rag.apps.server.widget.widgets import Widget, Widgets, origin_of
from rag.config import load_settings
from rag.errors import NotFoundError, RagError, StoreError
from rag.index.audit import AuditLog
from rag.index.bases import create_base, set_base_audience
from rag.kept.conversations import Conversations, Own
from rag.kept.database import ConversationsFile
from rag.languages import REPLIES
from rag.languages.spoken import LANGUAGES, Language, texts_in
from rag.types import Answer, Support
from tests.scripted import PRICES, ScriptedAssistant, ScriptedBases
from tests.serving import PROXY, Served, server

SITE = "https://shop.example"
QUESTION = "How long may I send it back?"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("data")
    settings = load_settings({"data_dir": folder})
    bases = ScriptedBases({name: ScriptedAssistant(settings, delay=0) for name in ("shop", "staff")})
    with server(folder, bases, **PROXY) as running:
        yield running


@pytest.fixture(scope="module")
def asking(served: Served) -> httpx.Client:
    return served.client(**{"X-Forwarded-For": "198.51.100.7"})


def made(served: Served, **values: Any) -> Widget:
    widget: Widget = served.app.state.visitors.widgets.add("Help", "shop", [SITE], **{"per_minute": 1000, **values})
    return widget


def events(answer: httpx.Response) -> list[tuple[str, Any]]:
    assert answer.status_code == 200, answer.text
    parts = [part.split("\n") for part in answer.text.split("\n\n") if part]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in parts]


def ask(asking: httpx.Client, widget: Widget, question: str = QUESTION, token: str = "") -> list[tuple[str, Any]]:
    return events(asking.post(f"/embed/{widget.id}/ask", json={"question": question, "token": token}))


def test_script_is_small_and_names_only_what_the_button_needs(served: Served, asking: httpx.Client) -> None:
    widget = made(served, language="de", colour="#F2C14E", greeting="</script><b>")
    script = asking.get("/widget.js", params={"id": widget.id})
    assert (script.status_code, script.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert len(script.content) < 10_000
    settings = json.loads(script.text.rpartition("})(")[2].rpartition(");")[0])
    said = texts_in("de").WIDGET
    shown = {"open": said["open"], "close": said["close"], "unread": said["unread"]}
    expected = {"id": widget.id, "name": "Help", "language": "de", "colour": "#f2c14e", "on": "#000000", "said": shown}
    assert settings == expected
    assert asking.get("/widget.js", params={"id": "none"}).status_code == 404


def test_only_the_widgets_sites_may_frame_it(served: Served, asking: httpx.Client) -> None:
    widget = made(served, greeting="Hi <b>there</b>")
    path = f"/embed/{widget.id}"
    page = asking.get(path, headers={"Referer": f"{SITE}/"})
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["frame-ancestors"] == f"'self' {SITE}"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["default-src"] == "'none'"
    assert "x-frame-options" not in page.headers
    assert "set-cookie" not in page.headers
    assert "Hi &lt;b&gt;there&lt;/b&gt;" in page.text
    assert asking.get(path).status_code == 200  # by the browser's check alone, where a site sends no Referer
    for foreign in ("https://evil.example/", "http://shop.example/", "https://shop.example.evil/", "null", "x"):
        assert asking.get(path, headers={"Referer": foreign}).status_code == 403, foreign
    assert "frame-ancestors 'self';" in asking.get("/login").headers["content-security-policy"] + ";"


def test_other_sites_cannot_ask_in_a_visitors_name(served: Served, asking: httpx.Client) -> None:
    widget = made(served)
    for headers in ({"Origin": SITE}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        for what in ("ask", "resume", "forget"):
            body = {"question": QUESTION, "token": ""}
            assert asking.post(f"/embed/{widget.id}/{what}", json=body, headers=headers).status_code == 403


def test_answer_comes_verified_and_cut_for_the_frame(served: Served, asking: httpx.Client) -> None:
    said = ask(asking, made(served))
    names = [name for name, _ in said]
    assert names[:2] == ["kept", "reading"]
    assert set(names[2:-1]) == {"verified"}
    name, answer = said[-1]
    assert name == "answer"
    (part,) = answer["parts"]
    assert "".join(run.get("text", "") for run in part["runs"]) == answer["text"]
    assert [run["n"] for run in part["runs"] if "n" in run] == [1, 2]
    first = answer["sources"][0]
    assert any(run.get("level") == 3 and run["text"] == "30 days" for run in first["parts"][0]["runs"])
    assert asking.get(first["url"], headers={"Accept": "text/html"}).status_code == 200


def test_a_token_leads_back_and_is_nobody_elses(served: Served, asking: httpx.Client) -> None:
    widget, other = made(served), made(served)
    token = dict(ask(asking, widget))["kept"]["token"]
    assert dict(ask(asking, widget, "And the refund?", token))["kept"]["token"] == token
    back = asking.post(f"/embed/{widget.id}/resume", json={"token": token}).json()["exchanges"]
    assert [one["question"] for one in back] == [QUESTION, "And the refund?"]
    assert back[0]["answer"] == dict(ask(asking, widget))["answer"]
    secret, _, conversation = token.partition(".")
    for id, wrong in ((other.id, token), (widget.id, f"x{secret}.{conversation}"), (widget.id, secret), (widget.id, "")):
        assert asking.post(f"/embed/{id}/resume", json={"token": wrong}).status_code == 404
        assert asking.post(f"/embed/{id}/forget", json={"token": wrong}).status_code == 404
    assert asking.post(f"/embed/{widget.id}/forget", json={"token": token}).status_code == 204
    assert asking.post(f"/embed/{widget.id}/resume", json={"token": token}).status_code == 404
    assert dict(ask(asking, widget, QUESTION, token))["kept"]["token"] != token


def named(served: Served, widget: Widget, user: str = "customer 7") -> dict[str, str]:
    """What the site's pages say of one of its users; the widget knows them from now on."""
    widgets = served.app.state.visitors.widgets
    return {"user": user, "signature": signature_of(user, widgets.secret(widget.id) or widgets.set_secret(widget.id))}


def test_a_question_that_cannot_be_kept_is_answered_and_nobody_is_told_that_it_is_kept(
    served: Served, asking: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget = made(served)
    token = dict(ask(asking, widget))["kept"]["token"]

    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(Own, "ask", full)
    for known in ("", token):
        said = dict(ask(asking, widget, QUESTION, known))
        assert said["answer"]["status"] == "answered"
        assert "kept" not in said


def test_what_cannot_be_kept_is_not_said_to_be_with_people(
    served: Served, asking: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitors, widget = served.app.state.visitors, made(served)
    monkeypatch.setattr(visitors, "settings", visitors.settings.model_copy(update={"desk": True}))
    token = dict(ask(asking, widget))["kept"]["token"]

    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Own, "ask", full)
        said = dict(ask(asking, widget, "A human please", token))
    assert (said["answer"]["text"], "person" in said) == (REPLIES["en"]["handover-unknown"], False)
    said = dict(ask(asking, widget, "A human please", token))
    assert (said["answer"]["text"], "person" in said) == (REPLIES["en"]["handover-desk"], True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_is_refused_where_no_mail_is_sent(
    served: Served, asking: httpx.Client, monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    visitors = served.app.state.visitors
    monkeypatch.setattr(visitors, "settings", visitors.settings.model_copy(update={"desk": True}))
    where = f"/embed/{made(served, language=language).id}/person"
    first = asking.post(where, json={"act": "call"}).json()
    assert (first["state"], first["address"]) == ("waiting", None)  # null: the frame does not ask for one
    left = {"token": first["token"], "act": "address", "address": "g@example.org"}
    refused = asking.post(where, json=left)
    assert (refused.status_code, refused.json()["detail"]) == (400, texts_in(language).NO_MAIL)
    monkeypatch.setattr(visitors.desk.store, "mails", True)
    assert asking.post(where, json={"token": first["token"]}).json()["address"] == ""
    assert asking.post(where, json=left).json()["address"] == "g@example.org"
    monkeypatch.setattr(visitors.desk.store, "mails", False)  # as where the server was started anew without it
    assert asking.post(where, json={"token": first["token"]}).json()["address"] is None


def test_whom_the_site_names_comes_back_without_a_token_and_is_nobody_else(served: Served, asking: httpx.Client) -> None:
    widget, other = made(served), made(served)
    ada, bob = named(served, widget), named(served, widget, "customer 8")
    path = f"/embed/{widget.id}"
    token = dict(events(asking.post(f"{path}/ask", json={"question": QUESTION, **ada})))["kept"]["token"]
    assert (
        dict(events(asking.post(f"{path}/ask", json={"question": "And then?", "token": token, **ada})))["kept"]["token"]
        == token
    )
    back = asking.post(f"{path}/resume", json=ada).json()
    assert (back["token"], [one["question"] for one in back["exchanges"]]) == (token, [QUESTION, "And then?"])
    guest = dict(ask(asking, widget))["kept"]["token"]
    assert (
        asking.post(f"{path}/resume", json={"token": guest, **ada}).json()["token"] == token
    )  # a guest's secret is not theirs
    elsewhere = named(served, other)
    for id, wrong in (
        (widget.id, bob),
        (widget.id, {"token": token}),
        (widget.id, {"token": token, **bob}),
        (other.id, elsewhere),
    ):
        assert asking.post(f"/embed/{id}/resume", json=wrong).status_code == 404, wrong
    assert asking.post(f"{path}/forget", json={"token": token, **ada}).status_code == 204
    assert asking.post(f"{path}/resume", json=ada).status_code == 404


def test_a_signature_that_does_not_fit_is_refused_and_nothing_is_kept(served: Served, asking: httpx.Client) -> None:
    off, on = made(served), made(served)
    right = named(served, on)
    another = named(served, on, "customer 8")
    wrong = [(on, {**right, "signature": text}) for text in ("", another["signature"], right["signature"][:-1], "é" * 64)]
    for widget, said in [*wrong, (off, right)]:
        for what in ("ask", "resume", "forget"):
            refused = asking.post(f"/embed/{widget.id}/{what}", json={"question": QUESTION, **said})
            assert refused.status_code == 403
            assert ("HMAC-SHA256" if widget is on else "rag widgets secret") in refused.json()["detail"]
            assert right["user"] not in refused.text
    assert asking.post(f"/embed/{on.id}/resume", json=right).status_code == 404
    too_long = {"user": "x" * (LONGEST_USER + 1), "signature": "0" * 64}
    assert asking.post(f"/embed/{on.id}/resume", json=too_long).status_code == 422
    served.app.state.visitors.widgets.set_secret(on.id)  # the one before has become known
    assert asking.post(f"/embed/{on.id}/resume", json=right).status_code == 403


def test_users_of_one_network_have_limits_of_their_own(served: Served, asking: httpx.Client) -> None:
    few = made(served, per_minute=1)
    body = {"question": "off topic"}
    users = [named(served, few, f"customer {n}") for n in (1, 1, 2)]
    assert [asking.post(f"/embed/{few.id}/ask", json=body | user).status_code for user in users] == [200, 429, 200]


def test_editors_see_what_sites_put_into_their_pages(served: Served, asking: httpx.Client) -> None:
    plain, signed = made(served), made(served)
    named(served, signed)
    gone = served.app.state.visitors.widgets.add("Attic", "attic", [SITE])
    editor = served.person("editor")
    listed = editor.get("/widgets", headers={"Accept": "text/html"}).text
    line = f"&lt;script async src=&#34;{served.url}widget.js?id={plain.id}&#34;&gt;&lt;/script&gt;"
    assert line in listed
    assert f"{signed.id}&#34; data-user=" in listed
    assert gone.id not in listed
    example = editor.get(f"/widgets/{plain.id}")
    assert f'<script async src="/widget.js?id={plain.id}"></script>' in example.text
    assert line in example.text
    assert [editor.get(f"/widgets/{id}").status_code for id in (gone.id, "none")] == [404, 404]
    assert asking.get("/widgets").status_code == 401


def test_in_a_widget_everybody_is_a_visitor_of_its_base(served: Served) -> None:
    admin = served.person("admin")
    token = dict(ask(admin, made(served)))["kept"]["token"]
    account = served.app.state.visitors.accounts.named("admin")
    assert served.app.state.visitors.conversations.of(f"account:{account.id}", "internal").all() == []
    assert token
    staff = served.app.state.visitors.widgets.add("Staff", "gone", [SITE])
    assert admin.post(f"/embed/{staff.id}/ask", json={"question": QUESTION}).status_code == 404


def test_limits_are_those_of_the_widget(served: Served, asking: httpx.Client) -> None:
    few, other = made(served, per_minute=2), served.client(**{"X-Forwarded-For": "198.51.100.8"})
    body = {"question": "off topic"}
    assert [asking.post(f"/embed/{few.id}/ask", json=body).status_code for _ in range(3)] == [200, 200, 429]
    refused = asking.post(f"/embed/{few.id}/ask", json=body)
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.json()["detail"] == texts_in("en").WIDGET["often"].format(n=refused.headers["retry-after"])
    assert other.post(f"/embed/{few.id}/ask", json=body).status_code == 200
    one = made(served, per_minute=1)
    six = [served.client(**{"X-Forwarded-For": f"2001:db8::{n}:1"}) for n in ("7:8:9", "7:8:a")]
    assert [client.post(f"/embed/{one.id}/ask", json=body).status_code for client in six] == [200, 429]
    day = made(served, per_day=1)
    assert asking.post(f"/embed/{day.id}/ask", json=body).status_code == 200
    assert other.post(f"/embed/{day.id}/ask", json=body).status_code == 429


def test_bad_input_is_told(served: Served, asking: httpx.Client) -> None:
    widget = made(served)
    for body in ({}, {"question": 1}, {"question": "x" * 9000}, {"question": "x", "token": "y" * 201}):
        assert asking.post(f"/embed/{widget.id}/ask", json=body).status_code == 422
    assert [name for name, _ in ask(asking, widget, "bug")][-1] == "problem"
    assert "nobody planned" not in str(ask(asking, widget, "bug"))
    assert asking.post("/embed/none/ask", json={"question": "x"}).status_code == 404


def test_where_visitors_may_not_ask_a_widget_does_not_answer(tmp_path: Path) -> None:
    with server(tmp_path, visitors="nothing", **PROXY) as closed:
        id = closed.app.state.visitors.widgets.add("Help", "", [SITE]).id
        asking = closed.client(**{"X-Forwarded-For": "198.51.100.7"})
        assert asking.get(f"/embed/{id}").status_code == 401
        assert asking.post(f"/embed/{id}/ask", json={"question": "x"}).status_code == 401


def test_where_no_conversations_are_kept_there_is_no_token(tmp_path: Path) -> None:
    with server(tmp_path, visitor_days=0) as running:
        widget = running.app.state.visitors.widgets.add("Help", "", [SITE])
        assert "kept" not in dict(ask(running.client(), widget))


def test_runs_count_characters_beyond_the_first_plane() -> None:
    text = "🚲🚲 two [x]"
    answer = Answer("", "", text, "answered", 1.0, (), (Support(3, 6, 1, 1.0),))
    (part,) = shown_answer(answer, lambda _: "")["parts"]
    shown = part["runs"]
    assert {"n": 1} in shown
    assert "".join(run.get("text", "") for run in shown) == text
    assert runs("", []) == []


def test_parts_are_the_blocks_with_their_markers_and_rows_are_cells() -> None:
    assistant = ScriptedAssistant(load_settings({}), delay=0)
    *_, answer = assistant.stream("deliver")
    assert isinstance(answer, Answer)
    shown = shown_answer(answer, lambda _: "")
    said = ["".join(run.get("text", f"[{run.get('n')}]") for run in part["runs"]) for part in shown["parts"]]
    assert said[0] == "Delivery with Kendal Parcel costs for a whole order[1]:"
    assert [part["level"] for part in shown["parts"] if part["kind"] == "item"] == [0, 0, 1, 1, 0]
    markers = [n for _, n in sorted(citations.markers(answer))]
    assert [run["n"] for part in shown["parts"] for run in part["runs"] if "n" in run] == markers
    rows = [part for part in shown["sources"][0]["parts"] if part["kind"] == "row"]
    assert [cell["name"] for cell in rows[0]["cells"]] == list(PRICES)
    assert rows[0]["cells"][1]["runs"] == [{"text": "4.90 EUR", "level": 3}]


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://Shop.example/help?x#y", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("shop.example", None),
        ("javascript:alert(1)", None),
        ("https://user@shop.example", None),
        ("https://shop.example; script-src *", None),
        ("https://*.example", None),
        ("https://shop.example:99999", None),
        ("null", None),
    ],
)
def test_origin_of_an_address(address: str, origin: str | None) -> None:
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    "wrong",
    [
        {"sites": []},
        {"sites": ["shop.example"]},
        {"sites": ["http://shop.example"]},
        {"colour": "red;}"},
        {"language": "xx"},
        {"theme": "blue"},
        {"greeting": "x" * 501},
        {"per_minute": 0},
        {"name": ""},
    ],
)
def test_values_that_a_widget_cannot_have(tmp_path: Path, wrong: dict[str, Any]) -> None:
    widgets = Widgets(AccountsFile.of(tmp_path))
    with pytest.raises(RagError):
        widgets.add(**{"name": "Help", "base": "shop", "sites": [SITE], **wrong})
    widget = widgets.add("Help", "shop", [SITE])
    with pytest.raises(RagError):
        widgets.change(widget.id, **wrong)
    assert widgets.all() == [widget]


@pytest.mark.parametrize("colour", ["#000000", "#1d5680", "#777777", "#f2c14e", "#ffffff", "#ff0000"])
def test_words_on_the_colour_can_be_read(colour: str) -> None:
    def luminance(shade: str) -> float:
        parts = [int(shade[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(colour), luminance(Widget("", "", "", (), colour=colour).on_colour)), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.apps.cli.main import main

    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RAG_TRUSTED_HOSTS", "*.example.org, chat.example.org")
    monkeypatch.setenv("RAG_BASE_PATH", "/chat")
    create_base(tmp_path, "shop")

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["widgets", *arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    assert run("add", "Help", "--site", SITE, "--base", "attic")[0] == 1
    set_base_audience(tmp_path, "shop", "internal")
    code, _, told = run("add", "Help", "--site", SITE, "--base", "shop")
    assert (code, "rag bases audience shop public" in told) == (1, True)
    set_base_audience(tmp_path, "shop", "public")
    code, snippet, _ = run("add", "Help", "--site", f"{SITE}/", "--base", "shop", "--language", "de")
    (widget,) = json.loads(run("list", "--json")[1])
    assert (code, widget["sites"], widget["language"]) == (0, [SITE], "de")
    assert snippet == f'<script async src="https://chat.example.org/chat/widget.js?id={widget["id"]}"></script>\n'
    assert run("snippet", widget["id"])[1] == snippet
    code, secret, _ = run("secret", widget["id"])
    assert (code, len(secret)) == (0, 44)
    assert secret not in run("list", "--json")[1]
    assert 'data-user="ID OF YOUR USER" data-signature="ITS SIGNATURE"' in run("snippet", widget["id"])[1]
    assert run("secret", widget["id"], "--off")[0] == 0
    assert run("snippet", widget["id"])[1] == snippet
    owner = f"visitor:{known_as(widget['id'], 'customer 7')}"
    with closing(ConversationsFile.of(tmp_path)) as file:
        for who in (owner, "visitor:another"):
            Conversations(file).of(who).ask("", "shop", QUESTION)
        assert "erased 1 " in run("forget", widget["id"], "customer 7")[2]
        assert [len(Conversations(file).of(who).all()) for who in (owner, "visitor:another")] == [0, 1]
    assert run("change", widget["id"], "--greeting", "Moin!", "--per-day", "7")[0] == 0
    assert "7 a day" in run("list")[1]
    assert run("remove", widget["id"])[0] == 0
    code, _, told = run("remove", widget["id"])
    assert code == 1
    assert "`rag widgets list` shows all" in told
    log = [(entry.action, entry.subject) for entry in AuditLog(tmp_path).entries()[::-1] if entry.actor == person()]
    acts = ["widget.add", "widget.secret", "widget.secret", "erase", "widget.change", "widget.remove"]
    assert [action for action, _ in log] == acts
    assert {subject for action, subject in log if action != "erase"} == {f"widget:{widget['id']}"}


def test_the_signature_in_the_docs_is_the_one_that_fits() -> None:
    page = (Path(__file__).parent.parent / "docs" / "widget.md").read_text("utf-8")
    told: dict[str, Any] = {}
    exec(page.partition("```python\n")[2].partition("```")[0], told)
    assert told["signature"]("Zoë 7", "s") == signature_of("Zoë 7", "s")


def test_removed_widgets_are_shown_nowhere(served: Served, asking: httpx.Client) -> None:
    widget = made(served)
    served.app.state.visitors.widgets.remove(widget.id)
    with pytest.raises(NotFoundError):
        served.app.state.visitors.widgets.find(widget.id)
    for path in (f"/widget.js?id={widget.id}", f"/embed/{widget.id}"):
        assert asking.get(path).status_code == 404
