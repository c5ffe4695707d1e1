"""A tab's conversation and people: handed over, written in, looked at anew. The bot says nothing while people have it."""

import secrets
from contextlib import suppress

from rag.apps.access import told
from rag.apps.page import keeping
from rag.apps.page.contracts import Visit
from rag.apps.page.session import Exchange, Session
from rag.errors import NotFoundError, RagError
from rag.languages.spoken import texts
from rag.types import Answer


def look(session: Session, visit: Visit) -> None:
    """How the tab's conversation stands now."""
    session.seen = None
    if visit.people is not None and session.conversation:
        with suppress(NotFoundError):  # it is kept no more
            session.seen = visit.people.look(session.conversation)


def takes(session: Session, visit: Visit, text: str) -> bool:
    """Whether people take what was typed, and not the bot."""
    if visit.people is None or not session.conversation:
        return False
    look(session, visit)
    if session.seen is None or session.seen.standing.to == "bot":
        return False
    said = visit.people.say(session.conversation, text, secrets.token_hex(16))
    if said.to == "bot":  # it was closed so long ago that another begins
        session.clear()
        session.begun = said.conversation
        return False
    look(session, visit)
    return True


def pass_on(session: Session, visit: Visit, exchange: Exchange) -> None:
    """The tab's conversation goes to people, as an exchange says, whose answer is kept with that; where it cannot, nothing of
    the kind was said.
    """
    if visit.people is None or not visit.people.takes:
        return keeping.answer(visit, exchange)
    if not session.conversation or exchange.kept is None or exchange.answer is None:  # not kept: nobody would find it
        exchange.answer, exchange.problem = None, texts.UNAVAILABLE
        return
    tried = sum(one.answer is not None for one in session.exchanges)
    try:
        session.seen = visit.people.pass_on(
            session.conversation, exchange.kept, exchange.answer, "page", asked=len(session.exchanges), answered=tried
        )
    except RagError as error:
        exchange.answer, exchange.problem = None, told(error, visit.person)


def call(session: Session, visit: Visit) -> None:
    """The customer asks for a person by a button: the same as if they had written it."""
    if visit.people is None or not visit.people.takes:
        raise RagError(texts.UNAVAILABLE)
    exchange = Exchange(texts.PERSON["asked"], running=False)
    keeping.question(session, visit, exchange, None)
    if not exchange.conversation:
        raise RagError(texts.UNAVAILABLE)
    session.exchanges.append(exchange)
    exchange.answer = Answer(exchange.question, "", texts.REPLIES["handover-desk"], "handover", 1.0, (), ())
    pass_on(session, visit, exchange)
