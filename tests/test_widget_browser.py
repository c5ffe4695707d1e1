"""The widget in Chromium, in pages of another origin: what a visitor clicks, types, hears and sees there."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from rag.apps.server.widget.identity import signature_of
from rag.apps.server.widget.widgets import Widget
from rag.config import load_settings
from rag.languages.spoken import texts_in
from tests.scripted import HOSTILE, WHICH, ScriptedAssistant, ScriptedBases
from tests.serving import PASSWORD, Served, server
from tests.test_browser import DESKTOP, PHONE, axe, chromium, expect, pytestmark  # noqa: F401 - fixtures and marks of the page

EN = texts_in("en").WIDGET
QUESTION = "How long may I send it back?"


class Site:
    """Another site: each of its paths is a page with the script of a widget; `headers` are added to every answer."""

    def __init__(self, name: str) -> None:
        self.script = ""
        self.headers: dict[str, str] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = f"<!doctype html><html lang=en><title>A shop</title><h1>A shop</h1><p>Bicycles.</p>{site.script}"
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                for header, value in site.headers.items():
                    self.send_header(header, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://{name}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("data")
    bases = ScriptedBases({"shop": ScriptedAssistant(load_settings({"data_dir": folder}), delay=0)})
    with server(folder, bases, base_path="/chat") as running:
        running.app.state.visitors.accounts.add("Ada", "editor", PASSWORD)
        yield running


@pytest.fixture(scope="module")
def sites() -> Iterator[tuple[Site, Site]]:
    """One that may show the widget, and one that may not. `localhost` is another site than 127.0.0.1, where the server is."""
    made = Site("localhost"), Site("localhost")
    yield made
    for site in made:
        site.server.shutdown()
        site.server.server_close()


@pytest.fixture(scope="module")
def widget(served: Served, sites: tuple[Site, Site]) -> Widget:
    made: Widget = served.app.state.visitors.widgets.add(
        "Shop help", "shop", [sites[0].origin], colour="#7a1f5c", per_minute=1000
    )
    for site in sites:
        site.script = f'<script async src="{served.url}widget.js?id={made.id}"></script>'
    return made


@pytest.fixture
def visit(chromium: Any, sites: tuple[Site, Site], widget: Widget) -> Iterator[Callable[..., Any]]:  # noqa: F811
    """Opens a page of the site as a new visitor; at the end nothing may have failed in it."""
    contexts: list[Any] = []
    wrong: list[str] = []

    def open_page(site: Site = sites[0], path: str = "/", setup: str = "", **options: Any) -> Any:
        context = chromium.new_context(**{"viewport": DESKTOP, **options})
        contexts.append(context)
        if setup:
            context.add_init_script(setup)
        page = context.new_page()
        page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("response", lambda answer: wrong.append(f"cookie: {answer.url}") if "set-cookie" in answer.headers else None)
        page.goto(f"{site.origin}{path}")
        return page

    open_page.wrong = wrong  # type: ignore[attr-defined]
    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def opened(page: Any) -> Any:
    """The frame, opened as by a click."""
    page.get_by_role("button", name=EN["open"]).click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_label(EN["question"])).to_be_focused()
    return frame


def ask(page: Any, frame: Any, question: str = QUESTION) -> Any:
    """Types a question; gives its exchange, once the answer is there."""
    frame.get_by_label(EN["question"]).click()
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    exchange = frame.locator("article").last
    expect(exchange.locator("h2")).to_contain_text(question)
    expect(exchange).not_to_have_attribute("aria-busy", "true")
    return exchange


def test_an_answer_shows_the_words_it_rests_on(visit: Any, served: Served) -> None:
    page = visit()
    frame = opened(page)
    expect(frame.locator(".greeting")).to_have_text(EN["greeting"])
    exchange = ask(page, frame)
    expect(exchange.locator(".text")).to_contain_text("You have 30 days from delivery")
    expect(exchange.locator(".text .unsupported")).to_have_text("usually by Tuesday noon")
    expect(frame.get_by_role("status")).to_contain_text("You have 30 days from delivery")
    number = exchange.get_by_role("button", name="Source 1")
    expect(number).to_have_attribute("aria-expanded", "false")
    number.click()
    expect(number).to_have_attribute("aria-expanded", "true")
    source = exchange.get_by_role("region", name="Source 1")
    expect(source).to_be_focused()
    expect(source.locator("mark.level-3").first).to_have_text("30 days")
    link = source.get_by_role("link", name=EN["open_document"])
    assert link.get_attribute("href").startswith(f"{served.url}d/")
    with page.context.expect_page() as opening:
        link.click()
    expect(opening.value.locator("mark").first).to_be_visible()
    exchange.get_by_role("button", name="Source 2").click()
    expect(source).to_be_hidden()
    page.keyboard.press("Escape")
    expect(exchange.get_by_role("button", name="Source 2")).to_be_focused()
    expect(page.locator("iframe")).to_be_visible()


def test_a_choice_of_what_is_asked_back_is_the_next_message(visit: Any, served: Served) -> None:
    page = visit()
    frame = opened(page)
    exchange = ask(page, frame, WHICH)
    expect(exchange.locator(".text")).to_contain_text("Which one do you mean: Gift vouchers or <img src=x")
    choices = exchange.get_by_role("list", name=EN["choices"]).get_by_role("button")
    assert choices.all_inner_texts() == ["Gift vouchers", HOSTILE]
    page.reload()
    frame = opened(page)
    choices = frame.get_by_role("list", name=EN["choices"]).get_by_role("button")
    expect(choices).to_have_count(2)
    choices.first.focus()
    page.keyboard.press("Enter")
    expect(frame.locator("article").last.locator("h2")).to_contain_text("Gift vouchers")
    expect(frame.locator("article").last.locator(".text")).to_contain_text("You have 30 days")
    expect(frame.get_by_label(EN["question"])).to_be_focused()
    expect(frame.locator(".choices")).to_have_count(0)
    question, history = served.app.state.visitors.bases.open("shop").asked[-1]
    assert (question, history[-1][0]) == ("Gift vouchers", WHICH)


def test_all_of_it_works_by_keyboard(visit: Any) -> None:
    page = visit()
    page.keyboard.press("Tab")
    button = page.get_by_role("button", name=EN["open"])
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    frame = page.frame_locator("iframe")
    box = frame.get_by_label(EN["question"])
    expect(box).to_be_focused()
    expect(page.get_by_role("dialog", name="Shop help")).to_be_visible()
    expect(page.get_by_role("button", name=EN["close"]).first).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Space")
    expect(box).to_be_focused()
    frame.get_by_role("button", name=EN["close"]).press("Enter")
    expect(button).to_be_focused()


def test_a_conversation_goes_on_in_the_next_page_and_is_deleted_by_a_new_one(visit: Any, served: Served) -> None:
    page = visit()
    ask(page, opened(page))
    page.goto(page.url + "second")
    frame = opened(page)
    expect(frame.locator("article h2")).to_contain_text(QUESTION)
    expect(frame.locator("article .text")).to_contain_text("You have 30 days")
    frame.locator("article").get_by_role("button", name="Source 1").click()
    expect(frame.get_by_role("region", name="Source 1")).to_be_visible()
    ask(page, frame, "And the refund?")
    asked = served.app.state.visitors.bases.open("shop").asked
    assert asked[-1][1][-1][0] == QUESTION
    frame.get_by_role("button", name=EN["new"]).click()
    expect(frame.locator("article")).to_have_count(0)
    page.reload()
    expect(opened(page).locator("article")).to_have_count(0)


def test_a_conversation_that_could_not_be_opened_for_once_goes_on(visit: Any) -> None:
    page = visit()
    ask(page, opened(page))
    (token,) = page.evaluate("Object.values(localStorage)")
    page.route("**/resume", lambda route: route.fulfill(status=503), times=1)
    with page.expect_response("**/resume"):
        page.goto(page.url + "second")
        frame = opened(page)
    expect(frame.locator("article")).to_have_count(0)
    with page.expect_request("**/ask") as asking:
        ask(page, frame, "And the refund?")
    assert asking.value.post_data_json["token"] == token
    visit.wrong.clear()  # the browser says in the console that it was refused


def test_whom_the_site_names_finds_the_conversation_on_another_device(
    visit: Any, sites: tuple[Site, Site], widget: Widget, served: Served
) -> None:
    widgets, plain = served.app.state.visitors.widgets, sites[0].script
    try:
        signature = signature_of("customer 7", widgets.set_secret(widget.id))
        sites[0].script = plain.replace("></script>", f' data-user="customer 7" data-signature="{signature}"></script>')
        page = visit()
        ask(page, opened(page))
        expect(opened(visit()).locator("article h2")).to_contain_text(QUESTION)
        assert page.evaluate("Object.keys(localStorage)") == []
        sites[0].script = sites[0].script.replace("customer 7", "customer 8")
        page = visit()
        frame = opened(page)
        expect(frame.locator(".problem")).to_have_text(EN["guest"])
        expect(frame.get_by_role("status")).to_have_text(EN["guest"])
        exchange = ask(page, frame)
        expect(exchange.locator(".text")).to_contain_text("You have 30 days")
        expect(frame.locator("article")).to_have_count(1)
        visit.wrong.clear()  # the browser says in the console that it was refused
    finally:
        sites[0].script = plain
        widgets.set_secret(widget.id, on=False)


def test_the_servers_own_example_shows_it(visit: Any, served: Served, widget: Widget) -> None:
    page = visit()
    page.request.post(f"{served.url}login", form={"name": "Ada", "password": PASSWORD})  # it is for who manages
    page.goto(f"{served.url}widgets/{widget.id}")
    ask(page, opened(page))
    page.reload()
    expect(opened(page).locator("article h2")).to_contain_text(QUESTION)


def test_where_storage_is_denied_it_lasts_as_long_as_the_page(visit: Any) -> None:
    denied = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError') } })"
    page = visit(setup=denied)
    frame = opened(page)
    ask(page, frame)
    page.keyboard.press("Escape")
    expect(opened(page).locator("article")).to_have_count(1)


def test_an_answer_that_comes_while_it_is_closed_is_told_at_the_button(visit: Any, served: Served) -> None:
    assistant = served.app.state.visitors.bases.open("shop")
    assistant.delay = 0.05
    try:
        page = visit()
        opened(page)
        page.keyboard.type(QUESTION)
        page.keyboard.press("Enter")
        expect(page.frame_locator("iframe").get_by_role("button", name=EN["stop"])).to_be_visible()
        page.keyboard.press("Escape")
        unread = page.get_by_role("button", name=f"{EN['open']}, 1 {EN['unread']}")
        unread.click()
        expect(page.get_by_role("button", name=EN["unread"])).to_have_count(0)
    finally:
        assistant.delay = 0


def test_an_answer_can_be_stopped(visit: Any, served: Served) -> None:
    assistant = served.app.state.visitors.bases.open("shop")
    assistant.delay = 0.02
    assistant.abandoned.clear()
    try:
        page = visit()
        frame = opened(page)
        page.keyboard.type("slow")
        page.keyboard.press("Enter")
        expect(frame.locator("article .text")).to_contain_text("I keep writing.")
        frame.get_by_role("button", name=EN["stop"]).click()
        expect(frame.locator("article .state")).to_have_text(EN["stopped"])
        assert assistant.abandoned.wait(10)
    finally:
        assistant.delay = 0


def test_what_others_write_is_only_text(visit: Any) -> None:
    page = visit()
    frame = opened(page)
    exchange = ask(page, frame, "<img src=x onerror=alert(5)>")
    expect(exchange.locator("h2")).to_contain_text("<img src=x onerror=alert(5)>")
    expect(exchange.locator(".text")).to_contain_text("<script>alert(2)</script>")
    exchange.get_by_role("button", name="Source 1").click()
    expect(exchange.get_by_role("region", name="Source 1")).to_contain_text(HOSTILE[:30])
    assert frame.locator("img, article script").count() == 0
    links = ask(page, frame, "deliver")
    expect(links.locator(".text a").first).to_have_attribute("href", "https://parcel.example/track?from=shop&lang=en")
    links.get_by_role("button", name="Source 1").first.click()
    expect(links.locator(".words .row").first).to_contain_text("Standard")
    failed = ask(page, frame, "broken")
    expect(failed.locator(".problem")).to_have_text("the model <b>gave up</b>; ask again")


def test_a_site_that_is_not_the_widgets_shows_nothing(visit: Any, sites: tuple[Site, Site], served: Served) -> None:
    page = visit(sites[1])
    with page.expect_event("console", lambda said: "frame-ancestors" in said.text or "403" in said.text):
        page.get_by_role("button", name=EN["open"]).click()
    expect(page.frame_locator("iframe").locator("#question")).to_have_count(0)
    visit.wrong.clear()  # the browser says so in the console


def test_a_strict_policy_of_the_site_needs_only_the_server(visit: Any, sites: tuple[Site, Site], served: Served) -> None:
    server_ = served.url.removesuffix("/chat/")
    sites[0].headers = {"Content-Security-Policy": f"default-src 'none'; script-src {server_}; frame-src {server_}"}
    try:
        page = visit()
        expect(page.get_by_role("button", name=EN["open"])).to_have_css("position", "fixed")
        ask(page, opened(page))
    finally:
        sites[0].headers = {}


def test_on_a_phone_it_can_be_closed_whatever_comes_of_the_frame(visit: Any) -> None:
    page = visit(viewport=PHONE)
    page.route("**/embed/*", lambda route: route.abort())
    page.get_by_role("button", name=EN["open"]).click()
    page.get_by_role("button", name=EN["close"]).click()
    expect(page.get_by_role("button", name=EN["open"])).to_be_visible()
    page.unroute("**/embed/*")
    page.reload()
    opened(page)
    assert page.get_by_role("dialog").bounding_box() == {"x": 0, "y": 0, **PHONE}
    visit.wrong.clear()  # the browser says in the console that the frame did not come


@pytest.mark.parametrize(("scheme", "viewport"), [("light", DESKTOP), ("dark", PHONE)], ids=["desktop", "phone"])
def test_it_is_accessible(visit: Any, axe: str, scheme: str, viewport: Any) -> None:  # noqa: F811
    page = visit(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    page.evaluate(axe)
    of_widget = "async () => (await axe.run('footnote-widget')).violations.map(v => v.id)"
    assert page.evaluate(of_widget) == []
    exchange = ask(page, opened(page))
    exchange.get_by_role("button", name="Source 1").click()
    inside = next(frame for frame in page.frames if "/embed/" in frame.url)
    inside.evaluate(axe)
    assert inside.evaluate("async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes[0].html}`)") == []
    assert inside.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ask(page, page.frame_locator("iframe"), "deliver")
    assert inside.evaluate("document.documentElement.scrollTop + document.body.scrollTop") == 0  # the head stays in view
    assert inside.evaluate("document.querySelector('header').getBoundingClientRect().top") == 0
