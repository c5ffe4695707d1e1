"""The product whole: real weights, real documents, the page in Chromium."""

from pathlib import Path

import pytest

from rag.config import load_settings
from rag.service import Assistant
from tests.test_browser import IN_VIEW, ask, chromium, expect, pytestmark, visit  # noqa: F401 - fixtures and marks of the page

pytestmark = [*pytestmark, pytest.mark.models]

RETURNS = """# Returns

## Deadline

You may return any item within 30 days of delivery. Sale items can be returned within 14 days.

## Refund

The refund arrives within 5 business days on the card you paid with.
"""


@pytest.fixture(scope="module")
def served(default_models: Path, tmp_path_factory: pytest.TempPathFactory):
    from rag.apps.page import OneBase
    from rag.apps.server.running import launch

    folder = tmp_path_factory.mktemp("documents")
    (folder / "returns.md").write_text(RETURNS, "utf-8")
    assistant = Assistant.open(load_settings({"data_dir": tmp_path_factory.mktemp("data"), "port": 0}))
    assistant.ingest([folder])
    assistant.warm_up()
    running = launch(OneBase(assistant), assistant.settings, block=False)
    yield assistant, running.url
    running.close()
    assistant.close()


def test_a_question_is_answered_and_its_citation_opens_on_the_words(visit, served):  # noqa: F811
    page = visit()
    page.set_default_timeout(60_000)
    ask(page, "Within how many days can I return an item?")
    expect(page.locator("#exchange-0 .answer")).to_contain_text("30 days")
    page.locator("#exchange-0 .marker").first.click()
    card = page.locator("#cite-0-1")
    expect(card).to_be_focused()
    assert card.evaluate(IN_VIEW)
    assert "30 days" in " ".join(card.locator("mark").all_inner_texts())
    card.get_by_text("Show in document").click()
    expect(page.get_by_role("dialog")).to_contain_text("The refund arrives within 5 business days")


def test_an_off_topic_question_is_refused_with_the_closest_passages(visit, served):  # noqa: F811
    page = visit()
    page.set_default_timeout(60_000)
    exchange = ask(page, "Who painted the Mona Lisa?")
    expect(exchange.locator(".badge")).to_have_text("nothing found")
    expect(page.locator("#exchange-0 .marker")).to_have_count(0)


def test_a_persons_own_file_is_read_and_asked_about(visit, served, tmp_path):  # noqa: F811
    (tmp_path / "vault.txt").write_text("The vault of the Kendal branch opens with code 4711.\n")
    page = visit()
    page.set_default_timeout(60_000)
    page.get_by_role("tab", name="Knowledge").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "vault.txt")
    expect(page.locator("tr", has_text="vault.txt")).to_contain_text("ready", timeout=60_000)
    page.get_by_role("tab", name="Chat").click()
    exchange = ask(page, "Which code opens the vault of the Kendal branch?")
    expect(exchange.locator(".answer")).to_contain_text("4711")
