"""The whole page: theme, header, tabs; and the server it is launched on."""

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

import gradio as gr

from rag.apps.page.bridge import HANDLER, Update, asset, html_block, reporting
from rag.apps.page.chat import ChatPage
from rag.apps.page.contracts import Bases
from rag.apps.page.document_dialog import document_dialog
from rag.apps.page.knowledge import KnowledgePage
from rag.apps.page.render import base_choice
from rag.apps.page.session import Session
from rag.apps.page.temporary import use_temporary_folder
from rag.errors import RagError, SettingsError
from rag.languages import en as texts

WAITING = 64  # questions and uploads that may wait; beyond that a visitor is told at once instead of hanging
ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32' font-family='Georgia,serif' fill='white'>"
    "<rect width='32' height='32' rx='7' fill='#1d5680'/><text x='7' y='25' font-size='22'>F</text>"
    "<text x='20' y='15' font-size='12' fill='#ffd36b'>1</text></svg>"
)
# Outside of what is drawn anew: a screen reader says what `page.js` puts into #live.
HEADER = (
    f'<a class="skip" href="#question" data-skip="#question textarea, #filter textarea, #filter input">{texts.SKIP}</a>'
    f"<h1>{texts.NAME}<sup aria-hidden='true'>1</sup></h1><p>{texts.TAGLINE}</p>"
    '<div id="live" class="sr-only" role="status" aria-live="polite"></div>'
)


@dataclass(frozen=True, slots=True)
class Running:
    """A page that is being served at `url`."""

    url: str
    blocks: gr.Blocks

    def close(self) -> None:
        """Stops serving."""
        self.blocks.close(verbose=False)


def build(bases: Bases) -> gr.Blocks:
    """The page over the knowledge bases, not yet served. A visitor begins with the first of them."""
    first = bases.names()[0]
    page = gr.Blocks(title=texts.NAME, analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600))  # seconds
    with page:
        session = gr.State(Session(first))
        html_block("header", HEADER)
        choice = html_block("base")
        dialog = document_dialog(bases, session)
        with gr.Tabs():
            with gr.Tab(texts.TAB_CHAT) as chat_tab:
                chat = ChatPage(bases, session, dialog)
            with gr.Tab(texts.TAB_KNOWLEDGE) as knowledge_tab:
                knowledge = KnowledgePage(bases, session, dialog, bases.open(first).settings.max_upload_mb)

        def arrive(session: Session) -> Update:
            names = bases.names()
            if session.base not in names:  # deleted or renamed since
                session.switch(names[0])
            return {choice: base_choice(names, session.base), **chat.show(session)}

        def choose(session: Session, wanted: str, event: gr.EventData) -> Iterator[Update]:
            try:
                name = str(event._data["base"])
                bases.open(name)
            except RagError:
                yield {choice: ""}  # a choice that a person has changed must be made anew to show another
                yield {choice: base_choice(bases.names(), session.base)}
                raise
            session.switch(name)
            yield {knowledge.report: "", **arrive(session), **knowledge.show(wanted, session)}

        shown = [choice, chat.conversation, chat.evidence]
        # Gradio selects the first tab on arrival too, so this also shows the welcome.
        chat_tab.select(reporting(arrive), session, shown, **HANDLER)
        knowledge_tab.select(reporting(knowledge.show), [knowledge.filter, session], knowledge.shown, **HANDLER)
        everything = [*shown, *knowledge.shown, knowledge.report]
        choice.input(reporting(choose), [session, knowledge.filter], everything, **HANDLER)
    page.queue(max_size=WAITING, api_open=False, default_concurrency_limit=8)
    return page


def launch(bases: Bases, *, block: bool = True, started: Callable[[], None] = lambda: None) -> Running:
    """Serves the page where the settings of the first base say; with `block`, prints its address and returns when stopped.

    `started` is called when the page can be reached.
    Off, because several people may share the machine or the browser: run history, monitoring, analytics, API pages.
    """
    settings = bases.open(bases.names()[0]).settings
    host = "0.0.0.0" if "SPACE_ID" in os.environ else settings.host  # noqa: S104 - a Space is reached from outside its container
    _check_free(host, settings.port)
    use_temporary_folder(settings.data_dir)
    blocks = build(bases)
    _, url, _ = blocks.launch(
        server_name=host,
        server_port=settings.port or _free_port(host),
        theme=theme(),
        css=asset("page.css"),
        head=f'<link rel="icon" href="data:image/svg+xml,{quote(ICON)}">',
        max_file_size=f"{settings.max_upload_mb}mb",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        quiet=True,
        prevent_thread_lock=True,
    )
    running = Running(url, blocks)
    if block:
        print(f"{texts.NAME} is at {url}", flush=True)
    started()
    if block:
        blocks.block_thread()
    return running


def theme() -> gr.themes.Base:
    """System fonts only: a named Google font would be fetched from outside."""
    sans = [
        "system-ui",
        "-apple-system",
        "Segoe UI",
        "Roboto",
        "Noto Sans",
        "PingFang SC",
        "Microsoft YaHei",
        "Noto Sans CJK SC",
        "sans-serif",
    ]
    mono = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]
    return gr.themes.Base(font=sans, font_mono=mono).set(
        body_background_fill="#faf9f6",
        body_background_fill_dark="#17181b",
        body_text_color="#1d1c19",
        body_text_color_dark="#e8e6e0",
    )


def _check_free(host: str, port: int) -> None:
    """Raises SettingsError if the address cannot be served on; Gradio would go through a range of ports and then fail."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"RAG_HOST={host}, RAG_PORT={port} cannot be served on ({error.strerror}): choose another."
            ) from error


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
