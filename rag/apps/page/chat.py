"""The chat page: the conversation, the evidence beside it, and the box to ask in."""

from collections.abc import Iterator
from functools import partial

import gradio as gr

from rag.apps.access import told
from rag.apps.page import evidence, keeping, render
from rag.apps.page.bridge import HANDLER, Update, guarded, html_block
from rag.apps.page.contracts import Visit
from rag.apps.page.session import Session
from rag.apps.page.viewer import document_viewer
from rag.errors import NotFoundError
from rag.index.passage import Reference, find
from rag.languages import en as texts
from rag.languages import en_conversations as talks
from rag.query import LONGEST_MESSAGE, checked


class ChatPage:
    """Its components, and the handlers that fill them. The visitor's `Session` is the only state."""

    def __init__(self, session: gr.State, dialog: gr.HTML) -> None:
        self.dialog = dialog
        self.session = session
        with gr.Row(elem_id="chat"):
            self.conversation = html_block("conversation", parts=True)
            self.evidence = html_block("evidence", parts=True)
            with gr.Row(elem_id="composer"):
                self.clear = gr.Button(texts.CLEAR, elem_id="clear", size="sm", scale=0)
                self.box = gr.Textbox(
                    label=texts.QUESTION,
                    placeholder=texts.QUESTION_HINT,
                    show_label=False,
                    container=False,
                    max_lines=6,
                    max_length=LONGEST_MESSAGE,
                    submit_btn=texts.SEND,
                    elem_id="question",
                )
        self.shown = [self.conversation, self.evidence, self.box]
        self._wire()

    def _wire(self) -> None:
        answering = {"outputs": self.shown, "concurrency_limit": None, **HANDLER}  # the assistant queues on the model itself
        self.box.submit(guarded(self.ask, "ask"), [self.box, self.session], **answering)
        self.conversation.submit(guarded(self.ask_example, "ask"), self.session, **answering)
        self.conversation.retry(guarded(self.ask_again, "ask"), self.session, **answering)
        self.conversation.edit(guarded(self.ask_again, "ask"), self.session, **answering)
        self.conversation.like(guarded(self.judge, "ask"), self.session, self.conversation, **HANDLER)
        self.evidence.select(guarded(self.open_passage, "ask"), self.session, self.dialog, **HANDLER)
        self.box.stop(guarded(self.stop, "ask"), self.session, **HANDLER)
        self.clear.click(guarded(self.start_over, "ask"), self.session, self.shown, **HANDLER)

    def show(self, session: Session, visit: Visit) -> Update:
        """Everything as it stands: for a new visitor, the welcome."""
        new = not session.exchanges
        assistant = visit.open(session.base)
        welcome = (assistant.files(), assistant.examples(3)) if new else ((), ())
        return {
            self.conversation: render.conversation(
                session.exchanges, *welcome, reading=new and assistant.activity() is not None
            ),
            self.evidence: evidence.evidence(session.exchanges),
        }

    def ask(self, question: str, session: Session, visit: Visit) -> Iterator[Update]:
        """Streams the answer to what was typed."""
        yield from self._answer(session, visit, question, replace=False)

    def ask_example(self, session: Session, visit: Visit, event: gr.EventData) -> Iterator[Update]:
        """Streams the answer to a question that was clicked."""
        yield from self._answer(session, visit, str(event._data["question"]), replace=False)

    def ask_again(self, session: Session, visit: Visit, event: gr.EventData) -> Iterator[Update]:
        """Streams another answer to the last question, edited or as it was."""
        last = session.exchanges[-1].question if session.exchanges else ""
        yield from self._answer(session, visit, str(event._data.get("question", last)), replace=True)

    def judge(self, session: Session, visit: Visit, event: gr.EventData) -> list[str]:
        """Keeps a like, or a dislike with its reason."""
        said = event._data
        exchange = session.exchanges[int(said["exchange"])]
        if exchange.answer and not exchange.judged:
            reason, comment = str(said.get("reason", "")), str(said.get("comment", ""))
            assistant = visit.open(session.base)
            exchange.judged = True  # before it is kept: a second click may come meanwhile
            try:
                assistant.add_feedback(exchange.answer, liked=said["liked"] == "yes", reason=reason, comment=comment)
            except Exception:
                exchange.judged = False
                raise
            keeping.judgement(visit, exchange)
        return render.conversation(session.exchanges, (), ())

    def open_passage(self, session: Session, visit: Visit, event: gr.EventData) -> str:
        """The document at the passage of a card, which may have been quoted long ago."""
        card = event._data
        citation = session.exchanges[int(card["exchange"])].citation(int(card["n"]), used=card["kind"] == "cite")
        then = Reference.of(citation.document, citation.start, citation.end, citation.text)
        now = find(then, visit.open(session.base).document)
        if now.document is None:
            raise NotFoundError(talks.FOUND["gone"])
        passage, note = (now.start, now.end), talks.FOUND[now.how]
        if now.how in {"changed", "gone"}:  # the marks belong to the words as they were
            return document_viewer(now.document, now.start, passage, note=note)
        return document_viewer(now.document, now.start, passage, citation.highlights, citation.answer_span, note)

    def stop(self, session: Session, visit: Visit) -> None:
        """Ends the running answer, if there is one."""
        session.stop()

    def start_over(self, session: Session, visit: Visit) -> Update:
        """Begins a new conversation, and stops what is running."""
        session.clear()
        return self.show(session, visit)

    def _answer(self, session: Session, visit: Visit, question: str, *, replace: bool) -> Iterator[Update]:
        if session.busy or not question.strip():
            yield {self.box: gr.skip()}
            return
        question = checked(question)  # before anything of it is kept or drawn
        keeping.belongs(session, visit)
        if not session.base and (names := visit.names()):  # signed in or out in another tab: this one is new to the server
            session.switch(names[0])
        assistant, say, staff = visit.open(session.base), partial(told, person=visit.person), visit.person.may("desk")
        ticket = visit.ticket()
        try:
            instead_of = session.exchanges[-1] if replace and session.exchanges else None
            typed = {} if replace else {"value": ""}  # a retry leaves alone what is being typed meanwhile
            yield {self.box: gr.update(submit_btn=False, stop_btn=texts.STOP) | typed}
            for exchange in session.ask(assistant, question, replace=replace, ticket=ticket, told=say, staff=staff):
                if exchange.kept is None and exchange.running and not exchange.reading:
                    keeping.question(session, visit, exchange, instead_of)
                if not exchange.running:
                    keeping.answer(visit, exchange)
                update = self.show(session, visit)
                if not exchange.running:
                    update[self.box] = gr.update(submit_btn=texts.SEND, stop_btn=False)
                yield update
        finally:
            ticket.give_up()  # the tab may be closed before the question begins
