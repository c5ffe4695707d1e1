"""The chat page: the conversation, the evidence beside it, and the box to ask in."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import gradio as gr

from rag.apps.access import told
from rag.apps.page import evidence, keeping, person, person_html, render
from rag.apps.page.bridge import HANDLER, Update, guarded, html_block, said
from rag.apps.page.contracts import Visit
from rag.apps.page.session import Session
from rag.apps.page.viewer import document_viewer
from rag.apps.people import People, Seen
from rag.errors import NotFoundError
from rag.index.passage import Reference, find
from rag.languages.spoken import texts
from rag.query import LONGEST_MESSAGE, checked
from rag.types import FileReport


class ChatPage:
    """Its components, and the handlers that fill them. The visitor's `Session` is the only state."""

    def __init__(self, session: gr.State, dialog: gr.HTML) -> None:
        self.dialog = dialog
        self.session = session
        with gr.Row(elem_id="chat"):
            self.conversation = html_block("conversation", parts=True)
            self.evidence = html_block("evidence", parts=True)
            self.person = html_block("person")
            with gr.Row(elem_id="composer"):
                self.clear = gr.Button(said("CLEAR"), elem_id="clear", size="sm", scale=0)
                self.box = gr.Textbox(
                    label=said("QUESTION"),
                    placeholder=said("QUESTION_HINT"),
                    show_label=False,
                    container=False,
                    max_lines=6,
                    max_length=LONGEST_MESSAGE,
                    submit_btn=said("SEND"),
                    elem_id="question",
                )
        self.shown = [self.conversation, self.evidence, self.person, self.box]
        self._wire()

    def _wire(self) -> None:
        # The assistant queues on the model itself. "once" would drop a question sent while the answer before it is put away.
        answering = {"outputs": self.shown, "concurrency_limit": None, "trigger_mode": "multiple", **HANDLER}
        self.box.submit(guarded(self.ask, "ask"), [self.box, self.session], **answering)
        self.conversation.submit(guarded(self.ask_example, "ask"), self.session, **answering)
        self.conversation.retry(guarded(self.ask_again, "ask"), self.session, **answering)
        self.conversation.edit(guarded(self.ask_again, "ask"), self.session, **answering)
        self.conversation.like(guarded(self.judge, "ask"), self.session, self.conversation, **HANDLER)
        self.evidence.select(guarded(self.open_passage, "ask"), self.session, self.dialog, **HANDLER)
        self.box.stop(guarded(self.stop, "ask"), self.session, **HANDLER)
        self.person.submit(guarded(self.call_person, "ask"), self.session, self.shown, **HANDLER)
        self.person.undo(guarded(self.back_to_bot, "ask"), self.session, self.shown, **HANDLER)
        self.person.input(guarded(self.leave_address, "ask"), self.session, self.shown, **HANDLER)
        self.person.like(guarded(self.rate, "ask"), self.session, self.shown, **HANDLER)
        self.person.select(guarded(self.look, "ask"), self.session, self.shown, **HANDLER)
        self.clear.click(guarded(self.start_over, "ask"), self.session, self.shown, **HANDLER)

    def show(self, session: Session, visit: Visit) -> Update:
        """Everything as it stands: for a new visitor, the welcome."""
        assistant = None if session.exchanges else visit.open(session.base)
        welcome = (assistant.files(), assistant.examples(3)) if assistant else ((), ())
        reading = assistant is not None and assistant.activity() is not None
        return {
            self.conversation: self._blocks(session, *welcome, reading=reading),
            self.evidence: evidence.evidence(session.exchanges),
            self.person: person_html.who(session.seen, session.conversation, takes=visit.people.takes) if visit.people else "",
        }

    def ask(self, question: str, session: Session, visit: Visit) -> Iterator[Update]:
        """Streams the answer to what was typed."""
        yield from self._answer(session, visit, question, replace=False)

    def ask_example(self, session: Session, visit: Visit, event: gr.EventData) -> Iterator[Update]:
        """Streams the answer to a question that was clicked."""
        yield from self._answer(session, visit, str(event._data["question"]), replace=False)

    def ask_again(self, session: Session, visit: Visit, event: gr.EventData) -> Iterator[Update]:
        """Streams another answer to the last question, edited or as it was."""
        keeping.take_up(session, visit)
        last = session.exchanges[-1].question if session.exchanges else ""
        yield from self._answer(session, visit, str(event._data.get("question", last)), replace=True)

    def judge(self, session: Session, visit: Visit, event: gr.EventData) -> list[str]:
        """Keeps a like, or a dislike with its reason."""
        said = event._data
        exchange = keeping.exchange(session, visit, int(said["exchange"]))
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
        return self._blocks(session)

    def open_passage(self, session: Session, visit: Visit, event: gr.EventData) -> str:
        """The document at the passage of a card, which may have been quoted long ago."""
        card = event._data
        shown = keeping.exchange(session, visit, int(card["exchange"]))
        citation = shown.citation(int(card["n"]), used=card["kind"] == "cite")
        then = Reference.of(citation.document, citation.start, citation.end, citation.text)
        now = find(then, visit.open(session.base).document)
        if now.document is None:
            raise NotFoundError(texts.FOUND["gone"])
        passage, note = (now.start, now.end), texts.FOUND[now.how]
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

    def call_person(self, session: Session, visit: Visit) -> Update:
        """Passes the conversation on to people."""
        if not session.busy:
            keeping.take_up(session, visit)
            person.call(session, visit)
        return self.show(session, visit)

    def back_to_bot(self, session: Session, visit: Visit) -> Update:
        """The bot answers again."""
        return self._do(session, visit, lambda people: people.back(session.conversation))

    def leave_address(self, session: Session, visit: Visit, event: gr.EventData) -> Update:
        """Keeps where the customer is to be answered."""
        address = str(event._data.get("address", ""))
        return self._do(session, visit, lambda people: people.leave(session.conversation, address))

    def rate(self, session: Session, visit: Visit, event: gr.EventData) -> Update:
        """Keeps how it was."""
        rating, comment = str(event._data.get("rating", "")), str(event._data.get("comment", ""))[:1000]
        stars = int(rating) if rating.isascii() and rating.isdigit() else 0
        return self._do(session, visit, lambda people: people.rate(session.conversation, stars, comment))

    def look(self, session: Session, visit: Visit) -> Update:
        """As it stands now: the page has heard that there is something new."""
        keeping.take_up(session, visit)
        person.look(session, visit)
        return self.show(session, visit)

    def _do(self, session: Session, visit: Visit, act: Callable[[People], Seen]) -> Update:
        keeping.take_up(session, visit)
        if visit.people is not None:
            session.seen = act(visit.people)
        return self.show(session, visit)

    @staticmethod
    def _blocks(
        session: Session, files: Sequence[FileReport] = (), examples: Sequence[str] = (), *, reading: bool = False
    ) -> list[str]:
        seen = session.seen
        exchanges = list(session.exchanges)  # another one may begin meanwhile
        redo = seen is None or not seen.with_people
        blocks = render.conversation(exchanges, files, examples, reading=reading, redo=redo)
        return person_html.merged(blocks, exchanges, seen.messages) if seen and exchanges else blocks

    def _answer(self, session: Session, visit: Visit, question: str, *, replace: bool) -> Iterator[Update]:
        if session.busy or not question.strip():
            yield {self.box: gr.skip()}
            return
        question = checked(question)  # before anything of it is kept or drawn
        keeping.take_up(session, visit)
        if person.takes(session, visit, question):
            yield {**self.show(session, visit), **({} if replace else {self.box: gr.update(value="")})}
            return
        assistant, say, staff = visit.open(session.base), partial(told, person=visit.person), visit.person.may("desk")
        ticket = visit.ticket()
        try:
            desk = visit.people is not None and visit.people.takes
            instead_of = session.exchanges[-1] if replace and session.exchanges else None
            typed = {} if replace else {"value": ""}  # a retry leaves alone what is being typed meanwhile
            yield {self.box: gr.update(submit_btn=False, stop_btn=texts.STOP) | typed}
            asked = session.ask(assistant, question, replace=replace, desk=desk, ticket=ticket, told=say, staff=staff)
            for exchange in asked:
                if exchange.kept is None and exchange.running and not exchange.reading:
                    keeping.question(session, visit, exchange, instead_of)
                if not exchange.running:
                    if exchange.answer and exchange.answer.status == "handover":
                        person.pass_on(session, visit, exchange)
                    else:
                        keeping.answer(visit, exchange)
                update = self.show(session, visit)
                if not exchange.running:
                    update[self.box] = gr.update(submit_btn=texts.SEND, stop_btn=False)
                yield update
        finally:
            ticket.give_up()  # the tab may be closed before the question begins
