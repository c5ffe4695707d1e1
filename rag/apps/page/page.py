"""The whole page: theme, header, tabs."""

from collections.abc import Iterator
from dataclasses import replace

import gradio as gr

from rag.apps.page import keeping, person
from rag.apps.page.bridge import HANDLER, Update, guarded, html_block, in_all, said
from rag.apps.page.chat import ChatPage
from rag.apps.page.contracts import Visit
from rag.apps.page.document_dialog import document_dialog
from rag.apps.page.knowledge import KnowledgePage
from rag.apps.page.render import account_link, base_choice, conversation_is_gone, language_choice, nothing_to_ask
from rag.apps.page.session import Session
from rag.config import Settings
from rag.errors import RagError
from rag.languages.spoken import texts

WAITING = 64  # questions and uploads that may wait; beyond that a visitor is told at once instead of hanging
# Outside of what is drawn anew: a screen reader says what `page.js` puts into #live.
HEADER = (
    f'<a class="skip" href="#question" data-skip="#question textarea, #filter textarea, #filter input">{in_all("SKIP")}</a>'
    f"<h1>{texts.NAME}<sup aria-hidden='true'>1</sup></h1><p>{in_all('TAGLINE')}</p>"
    '<div id="live" class="sr-only" role="status" aria-live="polite"></div>'
)


def build(settings: Settings) -> gr.Blocks:
    """The page, not yet served. What a visitor sees is found in each request: `request.state.visit` is their Visit."""
    page = gr.Blocks(title=texts.NAME, analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600))  # seconds
    with page:
        session = gr.State(Session())
        html_block("header", HEADER)
        account = html_block("account")
        choice = html_block("base")
        dialog = document_dialog(session)
        with gr.Tabs():
            with gr.Tab(said("TAB_CHAT")) as chat_tab:
                chat = ChatPage(session, dialog)
            with gr.Tab(said("TAB_KNOWLEDGE"), visible=False) as knowledge_tab:
                knowledge = KnowledgePage(session, dialog, settings.max_upload_mb)

        def arrive(session: Session, visit: Visit) -> Update:
            names = visit.names()
            manages = gr.Tab(visible=visit.person.may("manage"))
            who = {
                account: account_link(visit.person, desk=visit.people is not None) + language_choice(),
                knowledge_tab: manages,
            }
            if not names:
                return {**who, chat.conversation: [nothing_to_ask()]}
            gone = not keeping.take_up(session, visit)
            if session.base not in names:  # a new visitor; or it was deleted or renamed since, or is not for them any more
                session.switch(names[0])
            person.look(session, visit)
            update = {**who, choice: base_choice(names, session.base), **chat.show(session, visit)}
            if gone:
                update[chat.conversation] = [conversation_is_gone(), *update[chat.conversation]]
            return update

        def travel(session: Session, visit: Visit, event: gr.EventData) -> Update:
            """Back or forward in the browser: to the conversation that the page's address names now, or to a new one."""
            session.clear()
            return arrive(session, replace(visit, conversation=str(event._data.get("conversation", ""))))

        def choose(session: Session, visit: Visit, event: gr.EventData) -> Iterator[Update]:
            try:
                name = str(event._data["base"])
                visit.open(name)
            except RagError:
                yield {choice: ""}  # a choice that a person has changed must be made anew to show another
                yield {choice: base_choice(visit.names(), session.base)}
                raise
            session.switch(name)
            visit = replace(visit, conversation="")
            shown = knowledge.show(session, visit) if visit.person.may("manage") else {}
            yield {knowledge.report: "", **arrive(session, visit), **shown}

        shown = [account, knowledge_tab, choice, chat.conversation, chat.evidence, chat.person]
        # Gradio selects the first tab on arrival too, so this also shows the welcome.
        chat_tab.select(guarded(arrive, "ask"), session, shown, **HANDLER)
        knowledge_tab.select(guarded(knowledge.show, "manage"), session, knowledge.shown, **HANDLER)
        everything = [*shown, *knowledge.shown, knowledge.report]
        chat.conversation.select(guarded(travel, "ask"), session, shown, **HANDLER)
        choice.input(guarded(choose, "ask"), session, everything, **HANDLER)
    page.queue(max_size=WAITING, api_open=False, default_concurrency_limit=8)
    return page


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
