"""Conversations in Chromium: there after a reload and with Back, with their evidence; and the page of all of them."""

from dataclasses import replace

import pytest

from rag.languages import en as said
from tests.test_browser import (  # noqa: F401 - fixtures and marks of the page
    PHONE,
    ask,
    axe,
    chromium,
    expect,
    pytestmark,
    served,
    visit,
)


def test_a_reload_keeps_the_conversation_with_evidence_and_feedback(visit, served):  # noqa: F811
    page, (assistant, _) = visit(), served
    ask(page, "How long, before a reload?")
    page.locator("#question textarea").fill("half a question")
    page.reload()
    exchange = page.locator("article.exchange")
    expect(exchange).to_have_count(1)
    expect(exchange.locator(".question")).to_have_text("How long, before a reload?")
    expect(page.locator("#question textarea")).to_have_value("half a question")
    expect(page.locator("#cite-0-1 mark.answer")).to_have_text("30 days")
    page.locator("#exchange-0 .marker").first.click()
    expect(page.locator("#cite-0-1")).to_be_focused()
    page.locator("#cite-0-1 footer button").click()
    expect(page.locator("dialog mark.answer")).to_have_text("30 days")
    page.keyboard.press("Escape")
    exchange.get_by_role("button", name="Helpful", exact=True).click()
    expect(page.get_by_text("Thank you, noted.")).to_be_visible()
    assert assistant.feedback[-1][:2] == ("How long, before a reload?", True)
    page.reload()
    expect(page.get_by_text("Thank you, noted.")).to_be_visible()
    returns = assistant._documents["shop/returns.md"]
    assistant._documents["shop/returns.md"] = replace(returns, text="Something new.\n\n" + returns.text)
    try:
        page.locator("#cite-0-1 footer button").click()
        expect(page.locator("dialog .changed")).to_have_text(said.FOUND["moved"])
        expect(page.locator("dialog mark.answer")).to_have_text("30 days")
    finally:
        assistant._documents["shop/returns.md"] = returns
    page.keyboard.press("Escape")
    ask(page, "How long again?", 1)
    assert [question for question, _ in assistant.asked[-1][1]] == ["How long, before a reload?"]
    page.reload()
    expect(exchange).to_have_count(2)


def test_back_and_forward_lead_through_the_conversations(visit):  # noqa: F811
    page = visit()
    ask(page, "quote, the first")
    first = page.url
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".welcome")).to_be_visible()
    assert "c=" not in page.url
    ask(page, "How long, the second?")
    assert page.url != first
    page.go_back()
    expect(page.locator(".welcome")).to_be_visible()
    page.go_back()
    expect(page.locator(".question")).to_have_text("quote, the first")
    assert page.url == first
    page.go_forward()
    expect(page.locator(".welcome")).to_be_visible()
    page.go_forward()
    expect(page.locator(".question")).to_have_text("How long, the second?")


def test_a_question_whose_answer_was_stopped_is_there_and_can_be_asked_again(visit):  # noqa: F811
    page = visit()
    page.locator("#question textarea").fill("slow, and left")
    page.keyboard.press("Enter")
    expect(page.locator("#exchange-0 .draft")).to_contain_text("I keep writing")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#exchange-0")).to_have_attribute("aria-busy", "false")
    page.reload()
    exchange = page.locator("#exchange-0")
    expect(exchange.locator(".question")).to_have_text("slow, and left")
    expect(exchange.locator(".status")).to_have_text("stopped")
    exchange.get_by_text("Edit").click()
    exchange.get_by_label("Your question").fill("How long, in its place?")
    page.keyboard.press("Enter")
    expect(exchange.locator(".badge")).to_be_visible()
    page.reload()
    expect(page.locator("article.exchange .question")).to_have_text(["How long, in its place?"])


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "dark")], ids=["phone"])
def test_conversations_are_found_renamed_and_deleted(visit, axe, viewport, scheme):  # noqa: F811
    page = visit(viewport, color_scheme=scheme)
    ask(page, "What does delivery cost?")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".welcome")).to_be_visible()
    ask(page, "quote <b>it</b>")
    page.get_by_role("link", name=said.CONVERSATIONS).click()
    expect(page.locator(".rows a.title")).to_have_text(["quote <b>it</b>", "What does delivery cost?"])
    page.locator("summary").nth(1).click()
    page.evaluate(axe)
    assert page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html])") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    row = page.locator(".rows > li").nth(1)
    row.get_by_label(said.TITLE, exact=True).fill("Parcels")
    row.get_by_role("button", name=said.RENAME).click()
    expect(page.locator(".rows a.title")).to_have_text(["quote <b>it</b>", "Parcels"])
    page.get_by_role("searchbox").fill("kendal")
    page.keyboard.press("Enter")
    expect(page.locator(".rows a.title")).to_have_text(["Parcels"])
    page.locator("summary").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=said.EXPORT_TEXT).click()
    assert "Kendal Parcel" in download.value.path().read_text("utf-8")
    page.get_by_role("link", name="Parcels").click()
    expect(page.locator("#exchange-0 .question")).to_have_text("What does delivery cost?")
    page.get_by_role("link", name=said.CONVERSATIONS).click()
    page.locator("summary", has_text=said.DELETE_ALL).click()
    page.get_by_role("button", name=said.DELETE_ALL).click()
    expect(page.get_by_text(said.NO_CONVERSATIONS)).to_be_visible()
