"""What could be answered, and the proof of what is written: fetched once a conversation is shown, and as it is typed."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from rag.apps.access import Visit, told
from rag.apps.server.allow import visitors_of
from rag.apps.server.desk.html import desk_page, part
from rag.apps.server.desk.marked import Marked, Quotes, marked
from rag.apps.server.desk.work import AtDesk, agent_of, assist_of, by_script, desk_of
from rag.apps.server.login import to_page
from rag.apps.server.numbers import Number
from rag.apps.server.problem import Json
from rag.desk.canned import fill
from rag.desk.errors import DeskError
from rag.desk.proof import LongReplyError, Sentence
from rag.desk.proposals import Proposal
from rag.desk.store import LONGEST_TEXT, clean
from rag.errors import NotFoundError, RagError, TooOftenError
from rag.languages.formats import count, number
from rag.languages.spoken import assist_texts as a
from rag.languages.spoken import texts

router = APIRouter(prefix="/desk/c/{id}")
_TRIES: Final = 2  # of a proposal that something was said during
Text = Annotated[str, Form(max_length=2 * LONGEST_TEXT)]
Vouched = Annotated[list[str] | None, Form(max_length=1000)]
Line = Annotated[str, Form(max_length=1000)]


@router.get("/proposal")
def proposal(request: Request, visit: AtDesk, id: str, base: str = "", view: str = "") -> Response:
    """What could be answered to what the customer last asked: from all bases that the agent may read, or from one of them."""
    case, names = desk_of(request).cases.get(id), visit.names()
    agent_of(request, visit)
    chosen = base if base in names else ""
    found, problem = None, ""
    try:
        found = _composed(request, visit, id, names, chosen)
    except TooOftenError:
        raise
    except NotFoundError:
        problem = a.NO_BASE.format(base=case.base or "–")
    except RagError as error:
        problem = a.NO_PROPOSAL_NOW.format(problem=told(error, visit.person).rstrip(".。"))
    else:
        problem = a.JUST_CHANGED if found is None else _outcome(found)
    quotes = Quotes(request, visit)
    suggestion = found.found if found else None
    sentences = marked(quotes, suggestion.text, suggestion.sentences, offers=suggestion.offers) if suggestion else []
    return desk_page(
        request,
        visit,
        "proposal.html",
        a.PROPOSAL,
        view,
        here=f"{request.scope.get('root_path', '')}/desk/c/{id}",
        view=view,
        proposal=found,
        sentences=sentences,
        line=problem or _told(sentences),
        closest=[quotes.of(place) for place in suggestion.closest] if suggestion and not suggestion.text else [],
        bases=base_choice(visit, chosen),
    )


@router.post("/take")
def take(request: Request, visit: AtDesk, id: str, proposal: Annotated[Number, Form()], view: Line = "") -> Response:
    """Takes a proposal into the agent's draft. The page's script is told the text, and writes it where the cursor is."""
    desk, me, assist = desk_of(request), agent_of(request, visit), assist_of(request)
    assist.proposals.get(proposal, id)
    taken = assist.proposals.take(proposal, me.id)
    if by_script(request):
        return Json({"text": taken.found.text})
    draft = desk.drafts.get(id, me.id)
    text = f"{draft.text}\n\n{taken.found.text}" if draft else taken.found.text
    desk.drafts.save(id, me.id, text, draft.revision if draft else 0)
    return to_page(request, f"/desk/c/{id}?view={view}")


@router.post("/check")
def check(
    request: Request, visit: AtDesk, id: str, text: Text = "", touched: Vouched = None, confirmed: Vouched = None
) -> Response:
    """The sentences of a reply with their proof, and a box to vouch for each that has none."""
    agent_of(request, visit)
    return part(request, "checked.html", proof=checked(request, visit, id, text, touched or [], confirmed or []))


@router.post("/wrong")
def wrong(
    request: Request,
    visit: AtDesk,
    id: str,
    proposal: Annotated[Number, Form()],
    base: Line,
    document: Line,
    start: Annotated[Number, Form()],
    view: Line = "",
) -> Response:
    """The agent's word that a passage of a proposal does not answer what was asked; raises NotFoundError for one of none."""
    me, assist = agent_of(request, visit), assist_of(request)
    found = assist.proposals.get(proposal, id).found
    places = [*(one.place for one in found.sentences if one.place), *found.closest]
    place = next((one for one in places if (one.base, one.document, one.start) == (base, document, start)), None)
    if place is None:
        raise NotFoundError(texts.PROPOSAL_GONE)
    assist.verdicts.wrong(id, me.id, found.question, place)
    return Json({}) if by_script(request) else to_page(request, f"/desk/c/{id}?view={view}")


NOT_CHECKED: Final[dict[str, Any]] = {"sentences": [], "left": 0, "problem": ""}
"""What the list of a reply's sentences shows before any is written."""


def checked(
    request: Request, visit: Visit[Any], id: str, text: str, touched: list[str], confirmed: list[str]
) -> dict[str, Any]:
    """What the list of a reply's sentences shows; canned replies are vouched for by who wrote them."""
    problem, found = "", list[Marked]()
    try:
        text = clean(text)
        sentences: tuple[Sentence, ...] = assist_of(request).check(id, text, visit.names())
        vouched = [*touched, *canned_texts(request, visit, id)]
        found = marked(Quotes(request, visit), text, sentences, touched=vouched, confirmed=confirmed)
    except DeskError:  # nothing is written yet
        pass
    except LongReplyError as error:
        problem = str(error)
    return {"sentences": found, "left": sum(one.left for one in found), "problem": problem}


def left_to_vouch(n: int) -> str:
    """What keeps a reply from being sent."""
    return count(a.NO_SOURCE_SAYS, n)


def canned_texts(request: Request, visit: Visit[Any], id: str) -> list[str]:
    """The canned replies that an agent may use, as they are inserted."""
    desk, me = desk_of(request), agent_of(request, visit)
    case = desk.cases.get(id)
    return [fill(one.text, case, me.name) for one in desk.canned.of(me.id)]


def _composed(request: Request, visit: Visit[Any], id: str, names: list[str], base: str) -> Proposal | None:
    """A proposal, when it is its turn; None where something was said each time while it was composed."""
    person, assist = visit.person, assist_of(request)
    ticket = visitors_of(request).drafting.join(person.owner or person.client, person.client)
    tried = (assist.propose(id, names, base) for _ in range(_TRIES))
    return next((one for one in ticket.run(tried) if one is not None), None)


def _outcome(found: Proposal) -> str:
    """Why nothing is proposed; "" where something is."""
    return {"nothing asked": a.NOTHING_ASKED, "no answer": a.NO_ANSWER_FOUND}.get(found.found.outcome, "")


def _told(sentences: list[Marked]) -> str:
    proven = sum(one.verdict == "proven" for one in sentences)
    return count(a.PROPOSED, len(sentences), proven=number(proven))


def base_choice(visit: Visit[Any], chosen: str = "") -> list[tuple[str, bool, bool]]:
    """Name, whether it is for staff, whether it is chosen, of each base that may be read; none where there is no choice."""
    names = visit.names()
    public = set(visit.bases.names("public"))
    return [(name, name not in public, name == chosen) for name in names] if len(names) > 1 else []
