"""A tab's conversation to what is kept of it, and back. What cannot be kept is answered all the same."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rag.apps.page.contracts import Visit
from rag.apps.page.session import Exchange, Session
from rag.errors import NotFoundError, StoreError, WithPeopleError
from rag.kept.conversations import Asked
from rag.languages.spoken import texts

log = logging.getLogger(__name__)


def recall(session: Session, visit: Visit, id: str) -> bool:
    """The tab goes over to a kept conversation; False, and nothing changes, where it is not there for who asks."""
    if visit.kept is None:
        return False
    try:
        conversation, asked = visit.kept.open(id)
        visit.open(conversation.base)
    except NotFoundError:
        return False
    session.switch(conversation.base)
    session.exchanges = [_shown(conversation.id, one) for one in asked]
    return True


def take_up(session: Session, visit: Visit) -> bool:
    """Whatever a tab does begins with this. It forgets what is not for who asks: of somebody else (signed in or out), asked
    while they were staff, or deleted or erased since. A tab without a conversation goes on with the one that the address of the
    page names: it is new to the server after a restart, or when it slept for an hour. Where that one is not there for who asks,
    False, and a tab without a base gets the first.
    """
    person = visit.person
    was_staff = session.audience == "internal" != person.audience
    if session.owner != person.owner or was_staff or _is_gone(session, visit):
        session.clear()
    session.owner, session.audience = person.owner, person.audience
    there = bool(session.exchanges) or not visit.conversation or recall(session, visit, visit.conversation)
    if not session.base and (first := next(iter(visit.names()), "")):
        session.switch(first)
    return there


def exchange(session: Session, visit: Visit, number: int) -> Exchange:
    """One that the tab shows; raises NotFoundError where it is not there any more."""
    take_up(session, visit)
    if not 0 <= number < len(session.exchanges):
        raise NotFoundError(texts.NO_CONVERSATION)
    return session.exchanges[number]


def question(session: Session, visit: Visit, exchange: Exchange, instead_of: Exchange | None) -> None:
    """Keeps a question that is being asked, in the tab's conversation, which may begin with it.

    Raises WithPeopleError where people have that by now.
    """
    if visit.kept is None:
        return
    with _or_not():
        before = session.conversation
        replaced = instead_of.kept if instead_of else None
        begun = before or (instead_of.conversation if instead_of else "")
        exchange.conversation, exchange.kept = visit.kept.ask(begun, session.base, exchange.question, instead_of=replaced)


def answer(visit: Visit, exchange: Exchange) -> None:
    """Keeps the answer, where the question is kept. What people have taken over meanwhile is not answered."""
    if visit.kept is not None and exchange.kept is not None and exchange.answer:
        try:
            with _or_not():
                visit.kept.answered(exchange.kept, exchange.answer)
        except WithPeopleError as error:
            exchange.answer, exchange.problem = None, str(error)


def judgement(visit: Visit, exchange: Exchange) -> None:
    """Remembers that an answer was judged."""
    if visit.kept is not None and exchange.kept is not None:
        with _or_not():
            visit.kept.judged(exchange.kept)


def _is_gone(session: Session, visit: Visit) -> bool:
    """Whether the tab holds what is kept no more, or what is not kept from before the last erasure."""
    if visit.kept is not None and session.conversation:
        with _or_not():
            if not visit.kept.has(session.conversation):
                return True
    erased_at = visit.erased_at
    return erased_at is not None and any(one.kept is None and one.at <= erased_at for one in session.exchanges)


def _shown(conversation: str, asked: Asked) -> Exchange:
    return Exchange(
        asked.question,
        running=False,
        verified="" if asked.answer else asked.text,
        answer=asked.answer,
        judged=asked.judged,
        kept=asked.id,
        conversation=conversation,
        at=asked.asked_at,
    )


@contextmanager
def _or_not() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        log.warning("a conversation is not kept: %s", error)
