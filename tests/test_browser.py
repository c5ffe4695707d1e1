"""The page in Chromium, over the scripted assistant: what a person clicks, types and sees."""

import re
import shutil
import subprocess
import tarfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rag.apps.turns import Ticket
from rag.config import load_settings
from rag.languages import en as texts
from tests.scripted import HOSTILE, WHICH, ScriptedAssistant, ScriptedBases

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),  # both: gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
playwright_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: pip install -r requirements-dev.txt"
)
expect = playwright_api.expect
expect.set_options(timeout=15_000)  # as long as an action may take: no test is of speed

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")
AXE_VERSION = "4.14.1"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
IN_VIEW = "e => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight && r.height > 0 }"


@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """One server for all tests; each visitor has a session of their own."""
    from rag.apps.page import OneBase
    from rag.apps.server.running import launch

    assistant = ScriptedAssistant(load_settings({"data_dir": tmp_path_factory.mktemp("data"), "port": 0}))
    running = launch(OneBase(assistant), assistant.settings, block=False)
    yield assistant, running.url
    running.close()


@pytest.fixture(scope="module")
def two_bases(tmp_path_factory):
    """A server over two knowledge bases, of which the second has one document more."""
    from rag.apps.server.running import launch

    settings = load_settings({"data_dir": tmp_path_factory.mktemp("data"), "port": 0})
    bases = ScriptedBases({"shop": ScriptedAssistant(settings), "staff <b>": ScriptedAssistant(settings)})
    (tmp_path_factory.getbasetemp() / "rota.txt").write_text("Mondays are for cleaning.")
    bases.open("staff <b>").upload([tmp_path_factory.getbasetemp() / "rota.txt"])
    running = launch(bases, settings, block=False)
    yield bases, running.url
    running.close()


@pytest.fixture(scope="session")
def axe(pytestconfig):
    """axe-core, fetched by npm once and kept in pytest's cache."""
    folder = pytestconfig.cache.mkdir("axe-core")
    kept = folder / f"axe-core-{AXE_VERSION}.tgz"
    if not kept.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed, and axe-core comes from it: apt-get install npm")
        command = [npm, "pack", f"axe-core@{AXE_VERSION}", "--silent", "--pack-destination", str(folder)]
        fetched = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if fetched.returncode:
            pytest.skip(f"npm cannot fetch axe-core: {fetched.stderr.strip()[-200:]}")
    with tarfile.open(kept) as archive:
        return archive.extractfile("package/axe.min.js").read().decode()


@pytest.fixture
def visit(chromium, served):
    """Opens the page as a new visitor; at the end nothing may have left this machine, run or failed in the page."""
    contexts, wrong = [], []

    def open_page(viewport=DESKTOP, url=served[1], **options):
        context = chromium.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda message: wrong.append(f"console: {message.text}") if message.type == "error" else None)
        page.on(
            "request", lambda request: None if request.url.startswith((url, "data:", "blob:")) else wrong.append(request.url)
        )
        page.goto(url)
        expect(page.locator(".welcome")).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def ask(page, question, n=0):
    """Types a question as a person does; returns its exchange once the answer stands."""
    box = page.get_by_label("Your question").last
    box.fill(question)
    box.press("Enter")
    exchange = page.locator(f"#exchange-{n}")
    expect(exchange).to_have_attribute("aria-busy", "false")
    return exchange


def test_a_question_is_answered_with_evidence_that_opens(visit):
    page = visit()
    page.get_by_label("Your question").fill("How long do I have?")
    page.keyboard.press("Enter")
    expect(page.locator(".marker")).to_have_text(["[1]", "[2]"])
    expect(page.locator(".badge")).to_have_text("answered")
    expect(page.locator(".status")).to_contain_text("likely right (0.86)")
    expect(page.locator(".unsupported")).to_have_text("usually by Tuesday noon")
    page.locator(".marker").first.click()
    card = page.locator("#cite-0-1")
    expect(card).to_have_class(re.compile("flash"))
    expect(card).to_be_focused()
    assert card.evaluate(IN_VIEW)
    assert card.locator("mark").count() == 4
    assert card.locator("mark.level-5").get_attribute("title") == "weight 0.95"
    expect(card.locator("mark.answer")).to_have_text("30 days")
    assert card.locator("mark.answer").get_attribute("title") == "the answer, weight 1.00"
    expect(card.locator(".score")).to_have_text("71% sure")


def test_the_keyboard_is_enough(visit):
    page = visit()
    page.get_by_label("Your question").focus()
    page.keyboard.type("How long?")
    page.keyboard.press("Enter")
    expect(page.locator(".marker")).to_have_count(2)
    page.locator(".marker").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#cite-0-2")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("dialog .passage")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)


def test_an_example_is_asked_by_a_click(visit):
    page = visit()
    page.get_by_role("button", name="退货期限是多久？").click()
    expect(page.locator("#exchange-0 .text")).to_have_text("您可以在收到商品后三十天内退货[1]。")


def test_a_choice_of_what_is_asked_back_is_the_next_message(visit, served):
    page = visit()
    ask(page, WHICH)
    expect(page.locator("#exchange-0 .text")).to_contain_text("Which one do you mean: Gift vouchers or <img src=x")
    choices = page.get_by_role("list", name=texts.CHOICES).get_by_role("button")
    assert choices.all_inner_texts() == ["Gift vouchers", HOSTILE]
    choices.first.focus()
    page.keyboard.press("Tab")
    expect(choices.last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#exchange-1 .question")).to_have_text(HOSTILE)
    expect(page.locator("#exchange-1")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".choices")).to_have_count(0)  # they answer what was asked last
    question, history = served[0].asked[-1]
    assert (question, history[-1][0]) == (HOSTILE, WHICH)
    assert history[-1][1].endswith(f"Which one do you mean: Gift vouchers or {HOSTILE}?")


def test_evidence_of_an_earlier_answer_stays_reachable(visit):
    page = visit()
    ask(page, "How long?")
    ask(page, "quote the rule", 1)
    expect(page.locator("#cite-0-1")).to_be_hidden()
    page.locator("#exchange-0 .marker").first.click()
    expect(page.locator("#cite-0-1")).to_be_visible()
    expect(page.locator("#cite-1-1")).to_be_hidden()


def test_a_passage_opens_in_its_document_and_pages_turn(visit):
    page = visit()
    ask(page, "endless")
    for _ in range(2):  # the same passage opens again after it was closed
        page.locator("#cite-0-1").get_by_role("button").click()
        expect(page.locator("dialog .passage mark")).to_have_text("Paragraph 200")
        assert page.locator("dialog .passage").first.evaluate(IN_VIEW)
        page.get_by_role("button", name="Close").click()
        expect(page.locator("dialog")).to_have_count(0)
    page.locator("#cite-0-1 blockquote").click()
    page.get_by_role("button", name="Earlier").click()
    expect(page.locator("dialog footer")).to_contain_text("Characters 9,890 to 17,890")
    expect(page.locator("dialog .page")).to_contain_text("Paragraph 150.")


def test_stop_keeps_what_was_written_and_frees_the_model(visit, served):
    page, (assistant, _) = visit(), served
    assistant.abandoned.clear()
    page.get_by_label("Your question").fill("slow")
    page.keyboard.press("Enter")
    expect(page.locator(".draft")).to_contain_text("I keep writing.")
    expect(page.locator(".status")).to_have_text("draft, checking…")
    expect(page.locator("#cite-0-1")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#exchange-0")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".status")).to_have_text("stopped")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    assert assistant.abandoned.wait(5)
    ask(page, "How long?", 1)
    expect(page.locator(".marker")).to_have_count(2)


def test_a_question_asked_while_the_answer_before_it_is_put_away_is_answered(visit, monkeypatch):
    """What the server does after it has sent an answer's last words must not cost the next question."""
    give_up = Ticket.give_up

    def slow(ticket):
        time.sleep(1)
        give_up(ticket)

    monkeypatch.setattr(Ticket, "give_up", slow)
    page = visit()
    ask(page, "How long?")
    ask(page, "quote the rule", 1)
    expect(page.get_by_label("Your question").last).to_have_value("")


def test_enter_pressed_twice_asks_once(visit):
    page = visit()
    box = page.get_by_label("Your question")
    box.fill("slow")
    box.press("Enter")
    expect(page.locator(".draft")).to_contain_text("I keep writing.")
    box.fill("How long?")
    box.press("Enter")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#exchange-0")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".status")).to_have_text("stopped")
    expect(page.locator(".exchange")).to_have_count(1)
    expect(box.last).to_have_value("How long?")


def test_two_visitors_do_not_mix(visit):
    slow, quick = visit(), visit()
    slow.get_by_label("Your question").fill("slow")
    slow.keyboard.press("Enter")
    expect(slow.locator(".draft")).to_contain_text("I keep writing.")
    ask(quick, "How long?")
    expect(quick.locator(".exchange")).to_have_count(1)
    expect(quick.locator(".marker")).to_have_count(2)
    expect(slow.locator("#exchange-0")).to_have_attribute("aria-busy", "true")
    slow.get_by_role("button", name="Stop").click()
    expect(slow.locator(".status")).to_have_text("stopped")


def test_retry_edit_and_clear(visit, served):
    page, (assistant, _) = visit(), served
    exchange = ask(page, "How long once?")
    before = len(assistant.asked)
    exchange.get_by_role("button", name="Ask again").click()
    expect(exchange).to_have_attribute("aria-busy", "true")
    expect(exchange).to_have_attribute("aria-busy", "false")
    assert [question for question, _ in assistant.asked[before:]] == ["How long once?"]
    exchange.get_by_text("Edit", exact=True).click()
    field = exchange.get_by_role("textbox", name="Your question")
    expect(field).to_have_value("How long once?")
    field.fill("How long <b>twice</b>?")
    field.press("Enter")
    expect(exchange.locator(".question")).to_have_text("How long <b>twice</b>?")
    expect(exchange).to_have_attribute("aria-busy", "false")
    expect(page.locator(".exchange")).to_have_count(1)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".card")).to_have_count(0)


def test_feedback_is_kept_with_its_reason(visit, served):
    page, (assistant, _) = visit(), served
    exchange = ask(page, "How long, disliked?")
    exchange.get_by_text("Not helpful").click()
    exchange.get_by_label("The source does not say this").check()
    exchange.get_by_label("More, if you like").fill("no <i>Tuesday</i> there")
    exchange.get_by_role("button", name="Send feedback").click()
    expect(exchange.get_by_text("Thank you, noted.")).to_be_visible()
    liked = ask(page, "How long, liked?", 1)
    liked.get_by_role("button", name="Helpful", exact=True).click()
    expect(liked.get_by_text("Thank you, noted.")).to_be_visible()
    assert assistant.feedback[-2:] == [
        ("How long, disliked?", False, "evidence", "no <i>Tuesday</i> there"),
        ("How long, liked?", True, "", ""),
    ]


def test_an_answer_is_copied_without_its_markers(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    ask(page, "quote").get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "Sale items are exchanged, not refunded."


def test_an_answer_is_copied_where_the_page_came_without_tls(visit):
    page = visit()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")  # as browsers have it there
    button = ask(page, "quote").get_by_role("button", name="Copy")
    button.press("Enter")
    copied = page.get_by_role("button", name="Copied")
    expect(copied).to_be_focused()
    box = page.get_by_label("Your question").last
    box.press("Control+v")
    expect(box).to_have_value("Sale items are exchanged, not refunded.")


def test_a_refusal_says_so_and_offers_the_closest(visit):
    page = visit()
    exchange = ask(page, "off topic")
    expect(exchange.locator(".badge")).to_have_text("nothing found")
    expect(exchange).to_contain_text("Searched for")
    exchange.get_by_role("link", name="Refunds › Deadlines").click()
    expect(page.locator("#near-0-2")).to_be_focused()


def test_errors_are_one_sentence(visit):
    page = visit()
    exchange = ask(page, "broken")
    expect(exchange.locator(".answer")).to_contain_text("the model <b>gave up</b>; ask again")
    expect(ask(page, "bug", 1).locator(".answer")).to_contain_text("Something went wrong on our side.")


def test_files_are_added_listed_read_and_deleted(visit, tmp_path):
    page = visit()
    good, bad = tmp_path / "news <b>today.txt", tmp_path / "empty.txt"
    good.write_text("The shop moves to Basel in May.")
    bad.write_text("")
    page.get_by_role("tab", name="Knowledge").click()
    page.locator("#drop input[type=file]").set_input_files([str(good), str(bad)])
    expect(page.locator("#activity .activity")).to_be_visible()
    expect(page.locator("#report")).to_contain_text("1 added, 0 replaced, 0 unchanged; 1 file could not be read")
    expect(page.locator("#report")).to_contain_text("empty.txt is empty; add text to it")
    page.get_by_label("Filter").fill("today")
    expect(page.locator("table.files tbody tr")).to_have_count(1)
    row = page.locator("table.files tbody tr")
    row.get_by_role("button", name="View").click()
    expect(page.locator("dialog .page")).to_have_text("The shop moves to Basel in May.")
    page.get_by_role("button", name="Close").click()
    row.get_by_role("button", name="Re-read").click()
    expect(page.locator("#report")).to_contain_text("0 added, 0 replaced, 1 unchanged")
    row.get_by_text("Delete", exact=True).click()
    row.get_by_role("button", name="Delete for good").click()
    expect(page.locator("#report")).to_contain_text("Deleted news")
    expect(page.locator("#files")).to_contain_text("No document matches “today”.")


def test_progress_is_shown_while_files_are_read_and_stop_ends_it(visit, tmp_path):
    page = visit()
    first, endless = tmp_path / "first.txt", tmp_path / "endless.txt"
    first.write_text("The first file.")
    endless.write_text("An endless handbook.")
    page.get_by_role("tab", name="Knowledge").click()
    page.locator("#drop input[type=file]").set_input_files([str(first), str(endless)])
    activity = page.locator("#activity .activity")
    expect(activity).to_contain_text("1 of 2 files")
    expect(activity).to_contain_text("of 400 passages indexed")
    expect(activity.locator(".what")).to_have_text("endless.txt")
    passages = activity.locator("progress").nth(1)
    before = int(passages.get_attribute("value"))
    page.wait_for_function("n => +document.querySelectorAll('#activity progress')[1]?.value > n", arg=before)

    handbook = page.locator("table.files tbody tr", has_text="handbook.txt")  # what else can be done meanwhile
    handbook.get_by_role("button", name="View").click()
    expect(page.locator("dialog .page")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    other = visit()  # whoever comes sees it too, and may end it
    other.get_by_role("tab", name="Knowledge").click()
    expect(other.locator("#activity .activity")).to_contain_text("1 of 2 files")
    other.get_by_role("button", name="Stop").click()
    expect(page.locator("#report")).to_contain_text("Stopped: 1 added, 0 replaced, 0 unchanged; 1 file not read")
    for seen in (page, other):
        expect(seen.locator("#activity .activity")).to_have_count(0)
        expect(seen.locator("table.files")).to_contain_text("first.txt uploaded")


def test_a_delete_question_stays_open_while_the_list_is_drawn_anew(visit, served):
    page, (assistant, _) = visit(), served
    page.get_by_role("tab", name="Knowledge").click()
    row = page.locator("table.files tbody tr", has_text="scan.pdf")
    row.get_by_text("Delete", exact=True).click()
    expect(row.get_by_role("button", name="Delete for good")).to_be_visible()
    assistant._failed["new.pdf"] = replace(assistant._failed["scan.pdf"], name="new.pdf")
    try:
        page.locator("table.files tbody tr", has_text="shop/returns.md").get_by_role("button", name="Re-read").click()
        expect(page.locator("table.files")).to_contain_text("new.pdf")
        expect(row.get_by_role("button", name="Delete for good")).to_be_visible()
    finally:
        del assistant._failed["new.pdf"]


def test_the_last_file_of_a_short_list_can_be_deleted(visit):
    page = visit({"width": 390, "height": 500})
    page.get_by_role("tab", name="Knowledge").click()
    page.get_by_label("Filter").fill("scan.pdf")
    expect(page.locator("table.files tbody tr")).to_have_count(1)
    page.locator("table.files").get_by_text("Delete", exact=True).click()
    sure = page.get_by_role("button", name="Delete for good")
    sure.scroll_into_view_if_needed()
    assert sure.evaluate(IN_VIEW)


def test_what_was_left_out_of_a_file_is_said_in_the_list(visit):
    page = visit(PHONE)
    page.get_by_role("tab", name="Knowledge").click()
    row = page.locator("table.files tbody tr", has_text="shop/delivery.html")
    expect(row).to_contain_text("Not read: 2 hidden sheets (first: Costs), 3 formulas without a value (first: Prices, row 4)")


def test_an_error_on_the_knowledge_page_is_shown_once(visit, served):
    page, (assistant, _) = visit(), served
    page.get_by_role("tab", name="Knowledge").click()
    row = page.locator("table.files tbody tr", has_text="handbook.txt")
    expect(row).to_be_visible()
    handbook = assistant._documents.pop("handbook.txt")
    try:
        row.get_by_role("button", name="View").click()
        expect(page.locator(".toast-wrap")).to_contain_text("there is no document 'handbook.txt'")
        expect(page.locator(".toast-body")).to_have_count(1)
    finally:
        assistant._documents["handbook.txt"] = handbook


def test_hostile_strings_show_and_do_nothing(visit):
    page = visit()
    exchange = ask(page, HOSTILE)
    expect(exchange.locator(".question")).to_have_text(HOSTILE)
    expect(exchange.locator(".text")).to_contain_text(
        "</textarea><script>alert(2)</script> {{constructor}} ${alert(3)} [a](javascript"
    )
    page.locator("#cite-0-1").get_by_role("button").click()
    expect(page.locator("dialog .page")).to_contain_text(HOSTILE)
    page.get_by_role("button", name="Close").click()
    page.get_by_role("tab", name="Knowledge").click()
    expect(page.locator("table.files .name", has_text=HOSTILE)).to_be_visible()
    assert page.locator(".footnote :is(img, script, textarea[onerror], a[href^=javascript])").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_only_down(visit, scheme):
    page = visit(PHONE, has_touch=True, color_scheme=scheme)
    for n, question in enumerate(["endless", HOSTILE, "How long?"]):
        ask(page, question, n)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("#composer").evaluate(IN_VIEW)
    expect(page.locator("#cite-2-2")).to_be_hidden()
    page.locator("#exchange-2 .marker").nth(1).tap()
    expect(page.locator("#cite-2-2")).to_be_focused()
    expect(page.locator("#cite-2-2 mark").first).to_be_visible()
    page.get_by_role("tab", name="Knowledge").tap()
    expect(page.locator("table.files")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_page_shows_tables_lists_and_links_of_an_answer(visit):
    page = visit()
    exchange = ask(page, "What does delivery cost?")
    answer = exchange.locator(".text")
    expect(answer.get_by_role("columnheader")).to_have_text(["Country", "Standard", "Express", "Takes"])
    expect(answer.get_by_role("row").nth(2).get_by_role("cell")).to_have_text(
        ["Germany", "3.90 EUR", "8.90 EUR", "1 to 2 days[1]"]
    )
    expect(answer.locator("ol > li")).to_have_count(3)
    expect(answer.locator("ol > li ul > li")).to_have_count(2)
    expect(answer.locator(".unsupported")).to_have_text("usually before noon")
    link = answer.get_by_role("link", name="Kendal Parcel")
    assert link.get_attribute("href") == "https://parcel.example/track?from=shop&lang=en"
    assert link.get_attribute("rel") == "noopener noreferrer nofollow"
    card = page.locator("#cite-0-1")
    expect(card.locator("td mark.answer")).to_have_text("4.90 EUR")
    card.get_by_role("button").click()
    expect(page.locator("dialog tr.passage")).to_have_count(3)
    expect(page.locator("dialog td mark.answer")).to_have_text("4.90 EUR")
    expect(page.locator("dialog pre code")).to_contain_text("GET /orders/4711/parcel")


def test_page_reads_a_table_line_by_line_on_a_phone(visit):
    page = visit(PHONE, has_touch=True)
    ask(page, "What does delivery cost?")
    cell = page.locator("#exchange-0 td").nth(1)
    assert cell.evaluate("e => getComputedStyle(e, '::before').content") == '"Standard: "'
    assert cell.evaluate("e => getComputedStyle(e).display") == "block"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


SAID = """() => {
  window.said = [];
  new MutationObserver(() => said.push(document.getElementById("live").textContent))
    .observe(document.getElementById("live"), { childList: true, characterData: true, subtree: true });
}"""


def test_page_says_each_change_of_state_and_the_answer_once(visit):
    page = visit()
    page.evaluate(SAID)
    ask(page, "quote")
    answer = "quoted from the document: Sale items are exchanged, not refunded."
    expect(page.locator("#live")).to_have_text(answer)
    assert page.evaluate("said") == ["searching…", "draft, checking…", answer]
    page.get_by_role("button", name="Helpful", exact=True).click()
    expect(page.get_by_text("Thank you, noted.")).to_be_visible()
    assert page.evaluate("said").count(answer) == 1


def test_page_keeps_the_focus_where_a_person_left_it(visit):
    page = visit()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type("How long?")
    page.keyboard.press("Enter")
    exchange = page.locator("#exchange-0")
    expect(exchange).to_have_attribute("aria-busy", "false")
    opener = page.locator("#cite-0-2 footer button")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog .page")).to_be_focused()
    for _ in range(5):  # the focus goes round in the dialog, or to the browser's own controls
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(opener).to_be_focused()
    exchange.get_by_role("button", name="Ask again").focus()
    page.keyboard.press("Enter")
    expect(exchange).to_have_attribute("aria-busy", "true")
    expect(exchange).to_have_attribute("aria-busy", "false")
    expect(exchange).to_be_focused()


def test_page_of_one_base_shows_no_choice(visit):
    page = visit()
    expect(page.get_by_label("Knowledge base")).to_have_count(0)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_page_answers_from_the_base_that_is_chosen(visit, two_bases, viewport):
    bases, url = two_bases
    page = visit(viewport, url)
    choice = page.get_by_label("Knowledge base")
    expect(choice).to_have_value("shop")
    ask(page, "How long?")
    choice.select_option("staff <b>")
    expect(page.locator(".welcome")).to_contain_text("I answer from 7 files")
    expect(page.locator(".card")).to_have_count(0)
    ask(page, "How long again?")
    assert bases.open("staff <b>").asked[-1] == ("How long again?", [])
    assert bases.open("shop").asked[-1][0] == "How long?"
    page.get_by_role("tab", name="Knowledge").click()
    expect(page.locator("#files")).to_contain_text("rota.txt")
    choice.select_option("shop")
    expect(page.locator("#files")).not_to_contain_text("rota.txt")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_page_keeps_the_base_where_the_chosen_one_is_gone(visit, two_bases):
    bases, url = two_bases
    page = visit(url=url)
    choice = page.get_by_label("Knowledge base")
    expect(choice).to_have_value("shop")
    staff = bases.assistants.pop("staff <b>")
    bases.assistants["third"] = staff
    try:
        choice.select_option("staff <b>")
        expect(page.locator(".toast-wrap")).to_contain_text("there is no knowledge base 'staff <b>'")
        expect(choice.locator("option")).to_have_text(["shop", "third"])
        expect(choice).to_have_value("shop")
    finally:
        del bases.assistants["third"]
        bases.assistants["staff <b>"] = staff


def test_page_begins_with_another_base_where_the_first_is_gone(visit, two_bases):
    bases, url = two_bases
    shop = bases.assistants.pop("shop")
    try:
        page = visit(url=url)
        expect(page.locator(".welcome")).to_contain_text("I answer from 7 files")
        expect(page.get_by_label("Knowledge base")).to_have_count(0)
    finally:
        staff = bases.assistants.pop("staff <b>")
        bases.assistants |= {"shop": shop, "staff <b>": staff}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_page_has_no_serious_fault_of_accessibility(visit, two_bases, axe, viewport, scheme):
    page = visit(viewport, two_bases[1], color_scheme=scheme, reduced_motion="reduce")
    page.evaluate(axe)

    def faults(state):
        found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
        return [
            (state, fault["id"], node["html"][:200], node["failureSummary"])
            for fault in found
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]

    assert page.evaluate("document.documentElement.lang") == "en"
    found = faults("welcome")
    ask(page, "What does delivery cost?")
    found += faults("answer")
    if viewport == PHONE:
        page.locator("[data-fold]").click()
        found += faults("evidence")
    page.locator("#cite-0-2 footer button").click()
    expect(page.locator("dialog .page")).to_be_focused()
    found += faults("document")
    page.keyboard.press("Escape")
    exchange = ask(page, "off topic", 1)
    exchange.get_by_text("Not helpful").click()
    found += faults("refusal")
    page.get_by_role("tab", name="Knowledge").click()
    expect(page.locator("table.files")).to_be_visible()
    found += faults("knowledge")
    assert found == []


CONTRAST = """(selector) => {
  const channels = (c) => c.match(/[\\d.]+/g).map(Number);
  const over = (under, [r, g, b, a = 1]) => [r, g, b].map((c, i) => c * a + under[i] * (1 - a));
  const ground = (e) => {
    const stack = [];
    for (; e; e = e.parentElement) stack.unshift(channels(getComputedStyle(e).backgroundColor));
    return stack.reduce(over, [255, 255, 255]);
  };
  const light = (c) => c.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  return Math.min(...[...document.querySelectorAll(selector)].filter((e) => e.offsetParent).map((e) => {
    const [a, b] = [light(channels(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05); }));
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(visit, scheme):
    page = visit(color_scheme=scheme)
    words = (
        ".question, .text, .marker, .badge, .note, .status span, .tools *, .card *, mark, #header *, #clear, #composer button"
    )
    for n, question in enumerate(["How long?", "off topic", "quote"]):
        ask(page, question, n)
        assert page.evaluate(CONTRAST, words) >= 4.5
    page.get_by_role("tab", name="Knowledge").click()
    expect(page.locator("table.files")).to_be_visible()
    assert page.evaluate(CONTRAST, ".files *, .note, #knowledge h2, #drop span") >= 4.5
    assert (page.evaluate("document.body.classList.contains('dark')")) is (scheme == "dark")


def test_what_leaks_on_a_shared_desk_is_off(visit, served):
    page, (_, url) = visit(), served
    config = page.evaluate("gradio_config")
    assert config["run_history"] is False
    assert config["analytics_enabled"] is False
    assert config["footer_links"] == []
    assert all(dependency["api_visibility"] == "private" for dependency in config["dependencies"])
    assert page.request.get(f"{url}monitoring").status != 200
    assert page.request.get(f"{url}gradio_api/file={Path(__file__)}").status in (403, 404)
