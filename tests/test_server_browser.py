"""Signing in, in Chromium: by keyboard, dark and light, with what a person may do after it, behind a path and in two tabs."""

from collections.abc import Iterator
from typing import Any

import pytest

from rag.errors import RagError
from rag.languages import en as texts
from rag.languages.spoken import texts_in
from tests.serving import PASSWORD, Served, server
from tests.test_browser import axe, chromium, expect, pytestmark  # noqa: F401 - fixtures and marks of the page


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with server(tmp_path_factory.mktemp("data"), base_path="/chat") as running:
        running.app.state.visitors.accounts.add("Ada", "editor", PASSWORD)
        yield running


@pytest.fixture
def page(chromium: Any, served: Served) -> Iterator[Any]:  # noqa: F811
    context = chromium.new_context()
    opened = context.new_page()
    opened.problems = []
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    opened.on("console", lambda said: opened.problems.append(said.text) if "Content Security" in said.text else None)
    yield opened
    context.close()


def test_a_person_signs_in_manages_and_signs_out(page: Any, served: Served) -> None:
    page.goto(served.url)
    expect(page.get_by_role("tab", name=texts.TAB_CHAT)).to_be_visible()
    expect(page.get_by_role("tab", name=texts.TAB_KNOWLEDGE)).to_have_count(0)
    page.get_by_role("link", name=texts.SIGN_IN).click()
    expect(page.get_by_label(texts.ACCOUNT_NAME)).to_be_focused()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(texts.PW_WRONG)
    expect(page.get_by_label(texts.PW, exact=True)).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("tab", name=texts.TAB_KNOWLEDGE).click()
    expect(page.locator("#files")).to_contain_text("handbook.txt")
    page.get_by_role("link", name="Ada").click()
    page.get_by_role("button", name=texts.SIGN_OUT).click()
    expect(page).to_have_url(f"{served.url}login")
    page.goto(served.url)
    expect(page.get_by_role("link", name=texts.SIGN_IN)).to_be_visible()
    expect(page.get_by_role("tab", name=texts.TAB_KNOWLEDGE)).to_have_count(0)
    assert page.problems == []


def test_a_tab_left_open_manages_nothing_after_signing_out(page: Any, served: Served) -> None:
    page.goto(f"{served.url}login")
    page.get_by_label(texts.ACCOUNT_NAME).fill("Ada")
    page.get_by_label(texts.PW, exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("tab", name=texts.TAB_KNOWLEDGE).click()
    expect(page.locator("#files")).to_contain_text("handbook.txt")
    other = page.context.new_page()
    other.goto(f"{served.url}account")
    other.get_by_role("button", name=texts.SIGN_OUT).click()
    expect(other).to_have_url(f"{served.url}login")
    row = page.locator("tr", has_text="handbook.txt")
    row.get_by_text(texts.DELETE, exact=True).click()
    row.get_by_role("button", name=texts.DELETE_YES).click()
    expect(page.get_by_text(texts.SIGN_IN_FIRST)).to_be_visible()
    assert "handbook.txt" in str(served.app.state.visitors.bases.open("").files())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signing_in_is_accessible(page: Any, served: Served, axe: str, scheme: str) -> None:  # noqa: F811
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{served.url}login")
    page.evaluate(axe)
    assert page.evaluate("async () => (await axe.run()).violations.map(v => v.id)") == []


def test_a_notice_has_no_other_language_than_the_page(chromium: Any, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """Gradio heads it with a word of its own."""
    german = texts_in("de")
    context = chromium.new_context(locale="de-AT")
    page = context.new_page()
    page.goto(served.url)
    page.get_by_label(german.QUESTION).last.fill("How long may I send it back?")
    page.get_by_role("button", name=german.SEND).click()
    opening = page.get_by_role("button", name=german.OPEN).first
    expect(opening).to_be_visible()

    def fail(name: str) -> None:
        raise RagError("Gerade nicht.")

    monkeypatch.setattr(served.app.state.visitors.bases.open(""), "document", fail)
    opening.click()
    notice = page.locator(".toast-body")
    expect(notice).to_contain_text("Gerade nicht.")
    assert "Warning" not in notice.inner_text()
    assert german.NOTICE in page.evaluate("getComputedStyle(document.querySelector('.toast-title-row'), '::before').content")
    context.close()


def test_the_page_speaks_the_browsers_language_until_another_is_chosen(chromium: Any, served: Served) -> None:  # noqa: F811
    german, chinese = texts_in("de"), texts_in("zh")
    context = chromium.new_context(locale="de-AT")
    page = context.new_page()
    page.goto(served.url)
    expect(page.get_by_role("heading", name=german.WELCOME)).to_be_visible()
    expect(page.get_by_role("tab", name=german.TAB_CHAT)).to_be_visible()
    expect(page.get_by_role("button", name=german.SEND)).to_be_visible()
    expect(page.get_by_text(german.TAGLINE)).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "de"
    page.get_by_label(german.LANGUAGE).select_option(chinese.OWN_NAME)
    expect(page.get_by_role("heading", name=chinese.WELCOME)).to_be_visible()
    expect(page.get_by_role("button", name=chinese.SEND)).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    page.goto(f"{served.url}login")
    expect(page.get_by_role("heading", name=chinese.SIGN_IN)).to_be_visible()
    page.get_by_role("link", name=german.OWN_NAME).click()
    expect(page.get_by_role("heading", name=german.SIGN_IN)).to_be_visible()
    assert page.url == f"{served.url}login"
    context.close()
