"""Accounts, sessions, keys, and the ways to sign in."""

import io
import json
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from itsdangerous import URLSafeTimedSerializer
from pydantic import SecretStr

from rag.apps.cli.main import main
from rag.apps.cli.opening import person
from rag.apps.server.accounts.accounts import Accounts
from rag.apps.server.accounts.database import AccountsFile
from rag.apps.server.accounts.keys import Keys
from rag.apps.server.notice import start_notice
from rag.apps.server.problem import BAD_KEY
from rag.apps.server.provider import HUGGING_FACE, Provider
from rag.apps.server.sessions import COOKIE, Visitors
from rag.apps.server.setup_link import SetupLink
from rag.apps.server.throttle import Throttle
from rag.apps.server.widget.widgets import Widgets
from rag.config import load_settings
from rag.errors import RagError, SettingsError, StoreError
from rag.index.audit import AuditLog
from rag.languages import en as texts
from tests.openid_provider import OpenIDProvider, RSAKey, provider
from tests.serving import PASSWORD, PROXY, Served, server

BAD_NAMES = ["", " ", "a" * 65, "a\nb", "a\u202eb", "a\x00b"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with server(tmp_path_factory.mktemp("server"), **PROXY) as one:
        yield one


@pytest.fixture
def served(running: Served) -> Served:
    """The server, without accounts and keys, and with no try counted."""
    visitors = running.app.state.visitors
    with visitors.file.write() as connection:
        connection.execute("DELETE FROM accounts")
        connection.execute("DELETE FROM keys")
    visitors.throttle, visitors.setup = Throttle(), SetupLink()
    return running


@pytest.fixture
def visitors(served: Served) -> Visitors:
    found: Visitors = served.app.state.visitors
    return found


@pytest.fixture
def file(tmp_path: Path) -> Iterator[AccountsFile]:
    with closing(AccountsFile.of(tmp_path)) as opened:
        yield opened


def sign_in(client: httpx.Client, name: str = "Ada", password: str = PASSWORD) -> httpx.Response:
    return client.post("/login", data={"name": name, "password": password})


def signed_in(client: httpx.Client) -> bool:
    return client.get("/account").status_code == 200


def test_nothing_of_a_password_is_kept_but_its_hash(tmp_path: Path, file: AccountsFile) -> None:
    Accounts(file).add("Ada", "admin", PASSWORD)
    assert file.read("SELECT password FROM accounts")[0][0].startswith("$argon2id$")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert PASSWORD.encode() not in kept
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_cannot_be_is_refused(file: AccountsFile, name: str) -> None:
    with pytest.raises(RagError, match="is no name: take"):
        Accounts(file).add(name, "agent", PASSWORD)


def test_names_differ_by_more_than_case_and_passwords_have_a_length(file: AccountsFile) -> None:
    accounts = Accounts(file)
    accounts.add("Ada", "agent", PASSWORD)
    with pytest.raises(RagError, match="There is an account named “ADA” already"):
        accounts.add("ADA", "agent", PASSWORD)
    for password in ("short", "x" * 513):
        with pytest.raises(RagError, match=f"has {len(password)} characters; take 10 to 512"):
            accounts.add("Bob", "agent", password)
    with pytest.raises(RagError, match="is blank"):
        accounts.add("Bob", "agent", " " * 10)


def test_who_signs_in_goes_to_the_page_they_wanted(served: Served, visitors: Visitors) -> None:
    visitors.accounts.add("Ada", "agent", PASSWORD)
    client = served.client()
    shown = client.get("/desk/c/1?view=mine&x=%20", headers={"Accept": "text/html"})
    assert shown.status_code == 303
    assert shown.headers["location"] == "/login?next=/desk/c/1%3Fview%3Dmine%26x%3D%2520"
    form = {"name": "Ada", "next": "/desk/c/1?view=mine&x=%20"}
    assert f'name="next" value="{escape(form["next"])}"' in client.get(shown.headers["location"]).text
    wrong = client.post("/login", data={**form, "password": "wrong"})
    assert (wrong.status_code, f'name="next" value="{escape(form["next"])}"' in wrong.text) == (401, True)
    assert client.post("/login", data={**form, "password": PASSWORD}).headers["location"] == form["next"]
    assert client.get(shown.headers["location"]).headers["location"] == form["next"]  # signed in already, in another tab


@pytest.mark.parametrize(
    "wanted",
    ["//evil.test", "https://evil.test", "https:evil.test", "javascript:alert(1)", "\\\\evil.test", "/\\evil.test", 
     "/\t/evil.test", "/\r\n/evil.test", "evil.test", "", "/" + "x" * 3000],
)  # fmt: skip
def test_nobody_is_led_to_another_site_after_signing_in(served: Served, visitors: Visitors, wanted: str) -> None:
    visitors.accounts.add("Ada", "agent", PASSWORD)
    client = served.client()
    assert 'name="next" value="/"' in client.get("/login", params={"next": wanted}).text
    signed = client.post("/login", data={"name": "Ada", "password": PASSWORD, "next": wanted})
    assert (signed.status_code, signed.headers["location"]) == (303, "/")
    assert client.get("/login", params={"next": wanted}).headers["location"] in {"/", "/account"}


def test_a_person_signs_in_and_out(served: Served, visitors: Visitors) -> None:
    visitors.accounts.add("Ada", "editor", PASSWORD)
    client = served.client()
    assert not signed_in(client)
    assert sign_in(client, "ada").headers["location"] == "/"
    assert texts.SIGNED_IN_AS.format(name="Ada", role="editor") in client.get("/account").text
    assert client.get("/login").headers["location"] == "/account"
    kept = client.cookies[COOKIE]
    assert client.post("/logout").headers["location"] == "/login"
    assert not client.cookies
    client.cookies.set(COOKIE, kept)
    assert not signed_in(client), "a cookie that was copied before is none after"


@pytest.mark.parametrize("given", [("Ada", "wrong password"), ("Nobody", PASSWORD), ("Ada", ""), ("Ada", "x" * 600)])
def test_what_is_wrong_is_not_said(served: Served, visitors: Visitors, given: tuple[str, str]) -> None:
    visitors.accounts.add("Ada", "editor", PASSWORD)
    answer = sign_in(served.client(), *given)
    assert answer.status_code == 401 or (answer.status_code == 422 and not given[1])
    assert COOKIE not in answer.cookies
    assert texts.PW_WRONG in answer.text or "password" in answer.json()["detail"]


def test_what_was_typed_is_escaped(served: Served) -> None:
    answer = sign_in(served.client(), '"><script>alert(1)</script>', "x")
    assert "<script" not in answer.text
    assert "&lt;script" in answer.text


@pytest.mark.parametrize("change", ["disable", "delete", "password", "end_sessions"])
def test_a_session_ends_at_once(served: Served, visitors: Visitors, change: str) -> None:
    account = visitors.accounts.add("Ada", "admin", PASSWORD)
    client = served.client()
    sign_in(client)
    assert signed_in(client)
    if change == "password":
        visitors.accounts.set_password(account.id, "another password")
    else:
        getattr(visitors.accounts, change)(account.id)
    assert not signed_in(client)
    assert client.post("/gradio_api/upload").status_code == 401


def test_a_role_that_changes_counts_from_the_next_request(served: Served, visitors: Visitors) -> None:
    account = visitors.accounts.add("Ada", "editor", PASSWORD)
    client = served.client()
    sign_in(client)
    assert client.post("/gradio_api/upload").status_code == 400
    visitors.accounts.set_role(account.id, "agent")
    assert client.post("/gradio_api/upload").status_code == 403


def test_no_cookie_fits_an_account_made_later(served: Served, visitors: Visitors) -> None:
    account = visitors.accounts.add("Ada", "admin", PASSWORD)
    client = served.client()
    sign_in(client)
    visitors.accounts.delete(account.id)
    assert visitors.accounts.add("Bob", "admin", PASSWORD).id != account.id
    assert not signed_in(client)


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "x",
        "WzEsMF0.awnFig.649NEJrHagKfO6gZfpYiGvd6cxQ",
        URLSafeTimedSerializer("another key", salt="session").dumps([1, 0]),
    ],
    ids=["none", "no cookie", "of an earlier key", "of another key"],
)
def test_a_cookie_of_another_key_is_none(served: Served, visitors: Visitors, cookie: str) -> None:
    visitors.accounts.add("Ada", "admin", PASSWORD)
    client = served.client()
    client.cookies.set(COOKIE, cookie)
    assert not signed_in(client)


def test_a_session_lasts_as_long_as_the_settings_say(
    served: Served, visitors: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitors.accounts.add("Ada", "admin", PASSWORD)
    client = served.client()
    sign_in(client)
    assert signed_in(client)
    now = time.time()
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: now + 12 * 3600 + 2)
    client.cookies.set(COOKIE, client.cookies[COOKIE])
    assert not signed_in(client)


def test_the_own_password_is_changed_by_who_knows_it(served: Served, visitors: Visitors) -> None:
    visitors.accounts.add("Ada", "agent", PASSWORD)
    here, there = served.client(), served.client()
    sign_in(here), sign_in(there)
    change = {"password": "not it at all", "new": "the next password"}
    assert here.post("/account/password", data=change).status_code == 401
    assert here.post("/account/password", data={"password": PASSWORD, "new": "short"}).status_code == 400
    assert texts.PW_CHANGED in here.post("/account/password", data=change | {"password": PASSWORD}).text
    assert (signed_in(here), signed_in(there)) == (True, False)
    assert sign_in(there, password="the next password").status_code == 303


def test_tries_are_bounded_by_client_and_name(served: Served, visitors: Visitors) -> None:
    visitors.accounts.add("Ada", "admin", PASSWORD)
    attacker = served.client(**{"X-Forwarded-For": "203.0.113.66"})
    statuses = [sign_in(attacker, password=f"guess number {n}").status_code for n in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    assert sign_in(attacker).status_code == 429, "the right one is not tried either"
    assert sign_in(served.client()).status_code == 303, "and the person is not locked out"


def test_the_many_addresses_of_one_network_of_ipv6_are_one_client(served: Served, visitors: Visitors) -> None:
    visitors.accounts.add("Ada", "admin", PASSWORD)
    attackers = [served.client(**{"X-Forwarded-For": f"2001:db8::{n}"}) for n in range(1, 7)]
    assert [sign_in(one, password="a guess").status_code for one in attackers] == [401] * 5 + [429]
    assert sign_in(served.client(**{"X-Forwarded-For": "2001:db8:0:1::1"})).status_code == 303


def test_strangers_who_try_a_name_do_not_keep_its_person_out(served: Served, visitors: Visitors) -> None:
    visitors.accounts.add("Ada", "admin", PASSWORD)
    ada = served.client(**{"X-Forwarded-For": "198.51.100.7"})
    assert sign_in(ada).status_code == 303
    for n in range(50):
        visitors.throttle.takes(f"203.0.113.{n // 5}", "ada")
    assert sign_in(served.client(**{"X-Forwarded-For": "203.0.113.99"})).status_code == 429
    assert sign_in(ada).status_code == 303
    assert [sign_in(ada, password="a guess").status_code for _ in range(6)] == [401] * 5 + [429]


def test_the_link_of_the_first_account_takes_as_many_tries_as_it_needs(served: Served, visitors: Visitors) -> None:
    token = visitors.setup.make().partition("token=")[2]
    form = {"token": token, "name": "Ada", "password": "short"}
    client, stranger = served.client(), served.client(**{"X-Forwarded-For": "203.0.113.99"})
    for _ in range(60):
        assert stranger.post("/setup", data=form | {"token": "guess"}).status_code == 403
    assert [client.post("/setup", data=form).status_code for _ in range(6)] == [400] * 6
    assert client.post("/setup", data=form | {"password": PASSWORD}).status_code == 303


def test_the_first_account_is_made_by_the_link_once(served: Served, visitors: Visitors) -> None:
    lines = start_notice(visitors, served.url)
    link = lines[-1].removeprefix(served.url)
    client = served.client()
    token = link.partition("token=")[2]
    form = {"token": token, "name": "Ada", "password": PASSWORD}
    assert client.get("/setup?token=guess").status_code == 403
    assert client.post("/setup", data=form | {"token": "guess"}).status_code == 403
    assert token in client.get(f"/{link}").text
    assert client.post("/setup", data=form | {"password": "short"}).status_code == 400
    assert client.post("/setup", data=form).headers["location"] == "/"
    assert texts.SIGNED_IN_AS.format(name="Ada", role="administrator") in client.get("/account").text
    assert served.client().post("/setup", data=form | {"name": "Eve"}).status_code == 403
    assert start_notice(visitors, served.url) == []


def test_the_start_says_who_may_what(tmp_path: Path) -> None:
    from tests.serving import application

    def told(**settings: Any) -> str:
        return "\n".join(start_notice(application(tmp_path, **settings).state.visitors, "http://x/"))

    assert "token" not in told()
    assert "may ask, and nothing else" in told(host="0.0.0.0")
    assert "may do nothing" in told(host="0.0.0.0", visitors="nothing")
    assert "http://x/setup?token=" in told(trusted_hosts="chat.example.org")


def test_a_key_is_kept_as_a_hash_and_shown_once(tmp_path: Path, file: AccountsFile) -> None:
    keys = Keys(file)
    shown = keys.add("shop", ["ask"], ["default"], per_minute=5)
    found = keys.find(shown)
    assert found is not None
    assert (found.name, found.scopes, found.bases, found.per_minute) == ("shop", {"ask"}, {"default"}, 5)
    secret = shown.split("_", 2)[2]
    assert secret.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    wrong = [f"{shown}x", shown[:-1], shown.replace("fn_", "xx_"), "", "fn", "fn__", f"fn_{found.id}_", "fn_\ud800_x"]
    assert [keys.find(key) for key in wrong] == [None] * len(wrong)
    keys.revoke(found.id)
    assert keys.find(shown) is None


def test_a_key_expires(served: Served, visitors: Visitors, file: AccountsFile, monkeypatch: pytest.MonkeyPatch) -> None:
    client = served.client(Authorization=f"Bearer {visitors.keys.add('program', ['ask'], days=90)}")
    assert client.get("/v1/models").status_code == 200
    end = datetime.now(UTC) + timedelta(days=90)
    monkeypatch.setattr("rag.apps.server.accounts.keys.now", lambda: (end - timedelta(minutes=1)).isoformat(timespec="seconds"))
    assert client.get("/v1/models").status_code == 200
    monkeypatch.setattr("rag.apps.server.accounts.keys.now", lambda: (end + timedelta(minutes=1)).isoformat(timespec="seconds"))
    refused = client.get("/v1/models")
    assert (refused.status_code, refused.json()["error"]["message"]) == (401, BAD_KEY)
    for days in (0, 100_000):
        with pytest.raises(RagError, match=f"{days} days"):
            Keys(file).add("shop", ["ask"], days=days)


def test_a_key_opens_what_it_is_for(served: Served, visitors: Visitors) -> None:
    for scopes, status in ((["ask"], 403), (["ask", "manage"], 400)):
        client = served.client(Authorization=f"Bearer {visitors.keys.add('program', scopes)}")
        assert client.get("/config").status_code == 200
        assert client.post("/gradio_api/upload").status_code == status
    assert served.client(Authorization="Bearer fn_0_0").get("/config").status_code == 401
    assert served.client(Authorization=f"Bearer {visitors.keys.add('program', ['manage'])}").get("/config").status_code == 403


def test_a_key_is_told_of_its_scope_and_is_for_no_desk(served: Served, visitors: Visitors) -> None:
    headers = {"X-Forwarded-For": "198.51.100.7", "Authorization": f"Bearer {visitors.keys.add('program', ['manage'])}"}
    for path in ("/mcp", "/metrics"):
        told = served.client(**headers).get(path)
        assert (told.status_code, "This key has not the scope" in told.json()["detail"]) == (403, True)
    with pytest.raises(RagError, match="desk is no scope of a key; take some of ask, manage, admin"):
        visitors.keys.add("program", ["ask", "desk"])
    with pytest.raises(RagError, match="“” is no name: take"):
        visitors.keys.add("", ["ask"])


def test_a_key_that_is_used_too_often_waits(served: Served, visitors: Visitors) -> None:
    client = served.client(Authorization=f"Bearer {visitors.keys.add('program', ['ask'], per_minute=2)}")
    answers = [client.get(path) for path in ("/healthz", "/config", "/healthz", "/config")]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in answers[2:])
    assert served.client().get("/healthz").status_code == 200


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, said: str = "") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(said))
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_accounts_are_kept_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "accounts", "add", "Ada", "--role", "admin", said=f"{PASSWORD}\n") == 0
    assert run(monkeypatch, "accounts", "add", "Bob", said="short\n") == 1
    assert "has 5 characters; take 10 to 512" in capsys.readouterr().err
    assert run(monkeypatch, "accounts", "role", "Ada", "editor") == 0
    assert run(monkeypatch, "accounts", "password", "ada", said="another password\n") == 0
    capsys.readouterr()
    assert run(monkeypatch, "accounts", "list") == 0
    ada = capsys.readouterr().out.split()[0]
    assert run(monkeypatch, "accounts", "disable", ada) == 0
    assert run(monkeypatch, "accounts", "list", "--json") == 0
    (account,) = json.loads(capsys.readouterr().out)
    assert (account["name"], account["role"], account["disabled"]) == ("Ada", "editor", True)
    assert run(monkeypatch, "accounts", "enable", "Ada") == 0
    with closing(AccountsFile.of(tmp_path / "data")) as file:
        assert Accounts(file).sign_in("Ada", "another password") is not None
    assert run(monkeypatch, "accounts", "delete", "Ada") == 1
    assert run(monkeypatch, "accounts", "delete", "Ada", "--yes") == 0
    assert run(monkeypatch, "accounts", "delete", "Ada", "--yes") == 1
    assert "no account is named 'Ada'" in capsys.readouterr().err
    log = AuditLog(tmp_path / "data").entries()[::-1]
    assert [entry.action.removeprefix("account.") for entry in log] == [
        "add.admin",
        "role.editor",
        "password",
        "disable",
        "enable",
        "delete",
    ]
    assert {(entry.actor, entry.subject) for entry in log} == {(person(), f"account:{ada}")}


def test_keys_are_kept_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "keys", "add", "shop", "--scope", "ask", "--scope", "manage", "--per-minute", "5") == 0
    shown = capsys.readouterr().out.strip()
    assert run(monkeypatch, "keys", "list", "--json") == 0
    out = capsys.readouterr().out
    (key,) = json.loads(out)
    assert (key["scopes"], key["per_minute"], key["bases"]) == (["ask", "manage"], 5, None)
    assert shown.split("_", 2)[2] not in out
    assert run(monkeypatch, "keys", "add", "shop", "--base", "nowhere") == 1
    assert run(monkeypatch, "keys", "revoke", key["id"]) == 0
    with closing(AccountsFile.of(tmp_path / "data")) as file:
        assert Keys(file).find(shown) is None
    assert run(monkeypatch, "keys", "revoke", "nothing") == 1
    told = [(entry.action, entry.subject) for entry in AuditLog(tmp_path / "data").entries()]
    assert told == [("key.revoke", f"key:{key['id']}"), ("key.add", f"key:{key['id']}")]


def test_keys_and_widgets_keep_to_their_base_and_reach_no_other_of_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def reached() -> tuple[list[str], str]:
        with closing(AccountsFile.of(tmp_path / "data")) as file:
            (key,), (widget,) = Keys(file).all(), Widgets(file).all()
        assert key.bases is not None
        return sorted(key.bases), widget.base

    for name in ("alpha", "other"):
        assert run(monkeypatch, "bases", "create", name) == 0
    assert run(monkeypatch, "keys", "add", "shop", "--base", "alpha", "--base", "other") == 0
    assert run(monkeypatch, "widgets", "add", "Shop", "--base", "alpha", "--site", "https://shop.example") == 0
    assert run(monkeypatch, "bases", "rename", "alpha", "beta") == 0
    assert run(monkeypatch, "bases", "create", "alpha") == 0
    assert reached() == (["beta", "other"], "beta")
    for name in ("beta", "other"):
        assert run(monkeypatch, "bases", "delete", name, "--yes") == 0
        assert run(monkeypatch, "bases", "create", name) == 0
    assert reached() == ([], "")
    capsys.readouterr()
    assert run(monkeypatch, "keys", "list") == run(monkeypatch, "widgets", "list") == 0
    assert capsys.readouterr().out.count("no base") == 2


@pytest.mark.parametrize("what", ["accounts", "keys", "widgets"])
def test_a_list_of_nothing_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], what: str) -> None:
    assert run(monkeypatch, what, "list") == 0
    out, err = capsys.readouterr()
    assert (out, f"no {what[:-1]} yet; `rag {what} add NAME" in err) == ("", True)


def test_whom_a_base_is_for_is_in_the_audit_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert run(monkeypatch, "bases", "create", "staff") == 0
    for who in ("internal", "public"):
        assert run(monkeypatch, "bases", "audience", "staff", who) == 0
    newest, before, _ = AuditLog(tmp_path / "data").entries()
    assert [newest.action, before.action] == ["base.audience.public", "base.audience.internal"]
    assert (newest.actor, newest.subject) == (person(), "staff")


def test_a_key_of_no_base_reaches_none(served: Served, visitors: Visitors) -> None:
    client = served.client(Authorization=f"Bearer {visitors.keys.add('program', ['ask'], [])}")
    assert client.get("/v1/models").json()["data"] == []


def test_what_the_audit_log_cannot_be_told_does_not_happen(
    tmp_path: Path, file: AccountsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Accounts(file).add("Ada", "admin", PASSWORD)

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(AuditLog, "add_all", full)
    for change in (
        lambda: Accounts(file).add("Bob", "admin", PASSWORD),
        lambda: Accounts(file).set_role(account.id, "visitor"),
        lambda: Accounts(file).delete(account.id),
        lambda: Keys(file).add("shop", ["ask"]),
    ):
        with pytest.raises(StoreError):
            change()
    assert (Accounts(file).all(), Keys(file).all()) == ([account], [])


def test_keys_open_and_people_sign_in_where_nothing_can_be_written(
    file: AccountsFile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    account, key = Accounts(file).add("Ada", "admin", PASSWORD), Keys(file).add("shop", ["ask"])

    @contextmanager
    def full(*_: object) -> Iterator[None]:
        raise StoreError("the disk is full")
        yield

    monkeypatch.setattr(file, "write", full)
    assert Accounts(file).sign_in("Ada", PASSWORD) == account
    assert Keys(file).find(key) is not None
    assert [record.levelname for record in caplog.records if "the disk is full" in record.message] == ["WARNING"] * 2


def test_a_kill_between_changes_leaves_accounts_whole(tmp_path: Path) -> None:
    program = """if True:
        import os, sys
        from pathlib import Path
        from rag.apps.server.accounts.accounts import Accounts
        from rag.apps.server.accounts.database import AccountsFile
        file = AccountsFile.of(Path(sys.argv[1]))
        Accounts(file).add("Ada", "admin", "correct horse battery")
        with file.write() as connection:
            connection.execute("DELETE FROM accounts")
            os._exit(9)"""
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=Path(__file__).parent.parent, check=False)
    assert ended.returncode == 9
    with closing(AccountsFile.of(tmp_path)) as file:
        assert [account.name for account in Accounts(file).all()] == ["Ada"]


@pytest.fixture
def theirs() -> Iterator[OpenIDProvider]:
    with provider() as running:
        yield running


@pytest.fixture
def with_provider(theirs: OpenIDProvider, served: Served) -> Iterator[Callable[..., Served]]:
    """The server, whose people sign in with the provider."""
    visitors = served.app.state.visitors
    before = visitors.settings

    def make(**settings: Any) -> Served:
        given = {"openid_url": theirs.issuer, "openid_client": "footnote", "openid_secret": SecretStr("secret"), **settings}
        visitors.settings = before.model_copy(update=given)
        visitors.provider = Provider.of(visitors.settings)
        return served

    yield make
    visitors.settings, visitors.provider = before, None


def go(client: httpx.Client, query: str = "") -> httpx.Response:
    """Through the provider's pages, as a browser goes."""
    left = client.get(f"/login/with{query}")
    assert left.status_code == 302, left.text
    back = urlsplit(httpx.get(left.headers["location"]).headers["location"])
    return client.get(f"{back.path}?{back.query}")


def test_a_person_signs_in_with_a_provider(theirs: OpenIDProvider, with_provider: Callable[..., Served]) -> None:
    served = with_provider(openid_role="agent", openid_name="Works", admins="boss@example.org")
    client = served.client()
    assert texts.SIGN_IN_WITH.format(provider="Works") in client.get("/login").text
    assert go(client).headers["location"] == "/"
    assert texts.SIGNED_IN_AS.format(name="Ada", role="agent") in client.get("/account").text
    theirs.claims = {"sub": "1", "preferred_username": "Ada Lovelace"}  # the same person, renamed there
    go(client)
    theirs.claims = {"sub": "2", "preferred_username": "ada lovelace"}  # another who took that name
    go(served.client())
    assert go(served.client(), "?next=/desk/c/1%3Fview=mine").headers["location"] == "/desk/c/1?view=mine"
    assert go(served.client(), "?next=//evil.test").headers["location"] == "/"
    accounts = served.app.state.visitors.accounts.all()
    assert len(accounts) == 2
    assert accounts[0].name == "Ada Lovelace"
    assert {account.role for account in accounts} == {"agent"}


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"sub": "7", "email": "boss@example.org", "email_verified": True}, "admin"),
        ({"sub": "7", "email": "boss@example.org"}, "visitor"),
        ({"sub": "7", "email": "boss@example.org", "email_verified": "true"}, "visitor"),
        ({"sub": "7", "preferred_username": "boss@example.org"}, "visitor"),
        ({"sub": "the-boss"}, "admin"),
    ],
)
def test_who_is_an_administrator_is_proven(
    theirs: OpenIDProvider, with_provider: Callable[..., Served], claims: dict[str, Any], role: str
) -> None:
    served = with_provider(admins="boss@example.org, the-boss")
    theirs.claims = claims
    go(served.client())
    assert [account.role for account in served.app.state.visitors.accounts.all()] == [role]


def test_a_token_that_is_not_for_us_is_refused(theirs: OpenIDProvider, with_provider: Callable[..., Served]) -> None:
    served = with_provider()
    theirs.audience = "another client"
    assert go(served.client()).status_code == 400
    theirs.audience, theirs.signing_key = "", RSAKey.generate_key(2048, {"kid": "1"})
    assert go(served.client()).status_code == 400
    theirs.signing_key = None
    theirs.claims = {"sub": "1", "nonce": "another"}
    assert go(served.client()).status_code == 400
    assert served.app.state.visitors.accounts.all() == []


def test_a_return_that_was_not_asked_for_is_refused(theirs: OpenIDProvider, with_provider: Callable[..., Served]) -> None:
    served = with_provider()
    attacker, victim = served.client(), served.client()
    back = urlsplit(httpx.get(attacker.get("/login/with").headers["location"]).headers["location"])
    assert victim.get(f"{back.path}?{back.query}").status_code == 400  # signed in as the attacker, otherwise
    assert not signed_in(victim)
    assert victim.get("/login/done?error=access_denied&error_description=<b>").status_code == 400


def test_a_provider_that_cannot_be_reached_is_told(with_provider: Callable[..., Served]) -> None:
    answer = with_provider(openid_url="http://127.0.0.1:9").client().get("/login/with")
    assert answer.status_code == 400
    assert texts.SIGN_IN_FAILED in answer.text


def test_who_was_disabled_does_not_come_back_by_the_provider(
    theirs: OpenIDProvider, with_provider: Callable[..., Served]
) -> None:
    served = with_provider()
    client = served.client()
    go(client)
    served.app.state.visitors.accounts.disable(served.app.state.visitors.accounts.all()[0].id)
    assert go(client).status_code == 403
    assert not signed_in(client)


def test_a_space_signs_in_with_hugging_face_and_its_owner_is_administrator() -> None:
    space = {"SPACE_ID": "ada/footnote", "OAUTH_CLIENT_ID": "id", "OAUTH_CLIENT_SECRET": "s", "SPACE_AUTHOR_NAME": "ada"}
    found = Provider.of(load_settings({}), space)
    assert found is not None
    assert (found.name, found.issuer, found.admins) == (HUGGING_FACE, "https://huggingface.co", {"ada"})
    assert found.is_admin({"sub": "1", "preferred_username": "ada"})
    assert not found.is_admin({"sub": "1", "preferred_username": "eve"})
    assert Provider.of(load_settings({}), {"OAUTH_CLIENT_ID": "id"}) is None
    with pytest.raises(SettingsError, match="RAG_OPENID_URL is https://x: set RAG_OPENID_CLIENT"):
        Provider.of(load_settings({"openid_url": "https://x"}), {})
