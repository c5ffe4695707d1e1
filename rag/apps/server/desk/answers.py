"""`/desk/gaps/N`: an answer to what had none, from a draft to a document, and what became of the question then."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from rag.apps.access import Visit
from rag.apps.server.allow import allow
from rag.apps.server.desk.html import desk_page
from rag.apps.server.desk.work import AtDesk, agent_of, assist_of, desk_of
from rag.apps.server.login import to_page
from rag.apps.server.numbers import Number
from rag.desk.errors import DeskError
from rag.desk.gap_answers import LONGEST_ANSWER, GapAnswers, as_kept
from rag.desk.gap_values import DuplicateError, GapAnswer, Known
from rag.errors import IndexBusyError, NotFoundError
from rag.languages.spoken import assist_texts as a
from rag.languages.spoken import texts

router = APIRouter(prefix="/desk/gaps/{n}")
Manages = Annotated[Visit[Any], Depends(allow("manage"))]
Line = Annotated[str, Form(max_length=200)]
Text = Annotated[str, Form(max_length=2 * LONGEST_ANSWER)]
Version = Annotated[Number, Form()]


@router.get("")
def answer(request: Request, visit: AtDesk, n: Number) -> Response:
    """The answer, beside what its base has already."""
    return answer_page(request, visit, _answer(request, visit, n))


@router.post("/edit")
def edit(request: Request, visit: AtDesk, n: Number, version: Version, question: Text, text: Text = "") -> Response:
    return _done(request, visit, n, lambda answers, me: answers.edit(n, question, text, me, version), (question, text))


@router.post("/review")
def review(request: Request, visit: AtDesk, n: Number, version: Version, question: Text, text: Text = "") -> Response:
    """The text that stands on the page was read; one that was changed there is saved instead."""

    def act(answers: GapAnswers, me: str) -> object:
        return _unchanged(answers, n, question, text, me, version).review(n, me, version)

    return _done(request, visit, n, act, (question, text))


@router.post("/publish")
def publish(
    request: Request, visit: Manages, n: Number, version: Version, question: Text, text: Text = "", despite: Line = ""
) -> Response:
    """Makes a document of it, for who may add documents, and asks its questions again; a text that was changed on the page is
    saved instead.
    """
    base = visit.bases.open(_answer(request, visit, n).base, "internal")

    def act(answers: GapAnswers, me: str) -> object:
        kept = _unchanged(answers, n, question, text, me, version)
        return kept.publish(n, base, me, version, despite=bool(despite))

    return _done(request, visit, n, act, (question, text))


@router.post("/withdraw")
def withdraw(request: Request, visit: Manages, n: Number, version: Version) -> Response:
    base = visit.bases.open(_answer(request, visit, n).base, "internal")
    return _done(request, visit, n, lambda answers, me: answers.withdraw(n, base, me, version))


def known_of(request: Request, visit: Visit[Any], base: str, question: str, text: str) -> Known | None:
    """What a base has already for a question; None where none is asked."""
    return assist_of(request).answers.known(visit.open(base), question, text) if question.strip() else None


def answer_page(
    request: Request,
    visit: Visit[Any],
    found: GapAnswer,
    status: int = 200,
    *,
    typed: tuple[str, str] | None = None,
    duplicate: bool = False,
    **said: str,
) -> Response:
    """The page of an answer, with the question and text that were `typed` and not kept; `duplicate`: its base answers the
    question already, and it can be published all the same.
    """
    kept = as_kept(found.question, found.text)
    question, text = as_kept(*typed) if typed else kept
    names = {agent.id: agent.name for agent in desk_of(request).agents.all()}
    wanted = found.state != "published"
    known = known_of(request, visit, found.base, found.question, found.text) if wanted else None
    return desk_page(
        request,
        visit,
        "gap.html",
        a.ANSWER,
        "gaps",
        status,
        address=f"{request.scope.get('root_path', '')}/desk/gaps/{found.id}",
        answer=found,
        gap_base=found.base,
        question=question,
        text=text,
        changed=(question, text) != kept,
        known=known,
        author=names.get(found.author, a.SOMEBODY),
        reviewer=names.get(found.reviewer, a.SOMEBODY) if found.reviewer else "",
        why_not="" if assist_of(request).answers.may_review(found, agent_of(request, visit).id) else texts.OWN_REVIEW,
        duplicate=duplicate,
        **said,
    )


def _answer(request: Request, visit: Visit[Any], n: int) -> GapAnswer:
    """Raises NotFoundError, also for one of a base that this person may not know of."""
    agent_of(request, visit)
    found = assist_of(request).answers.get(n)
    if found.base not in visit.names():
        raise NotFoundError(texts.NO_ANSWER)
    return found


def _unchanged(answers: GapAnswers, n: int, question: str, text: str, me: str, version: int) -> GapAnswers:
    """For a step that is about what stands on the page: raises DeskError where that was another text, which is a draft now."""
    if answers.keep(n, question, text, me, version):
        raise DeskError(a.KEPT_AS_DRAFT)
    return answers


def _done(
    request: Request,
    visit: Visit[Any],
    n: int,
    act: Callable[[GapAnswers, str], object],
    typed: tuple[str, str] | None = None,
) -> Response:
    """Does it, and shows the answer as it is then; what is refused is said there, and what was typed stays."""
    me = agent_of(request, visit)
    _answer(request, visit, n)
    try:
        act(assist_of(request).answers, me.id)
    except (DeskError, IndexBusyError) as error:
        is_known = isinstance(error, DuplicateError)
        found = _answer(request, visit, n)
        return answer_page(request, visit, found, 409, typed=typed, duplicate=is_known, problem=str(error))
    return to_page(request, f"/desk/gaps/{n}")
