"""What an agent writes: drafts, replies, notes. The page's script asks for JSON; without it a form leads back to the page."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from rag.apps.access import Visit
from rag.apps.server.desk.conversation import shown
from rag.apps.server.desk.html import zone_of
from rag.apps.server.desk.proposing import Vouched, canned_texts, checked, left_to_vouch
from rag.apps.server.desk.words import ago
from rag.apps.server.desk.work import AtDesk, agent_of, assist_of, by_script, desk_of
from rag.apps.server.login import to_page
from rag.apps.server.numbers import Number
from rag.apps.server.problem import Json
from rag.desk.canned import fill
from rag.desk.desk import Desk
from rag.desk.errors import ChangedError, DeskError, KeyUsedError, WrongRecipientError
from rag.desk.proof import InternalError, LongReplyError, UnprovenError
from rag.desk.store import LONGEST_TEXT
from rag.desk.values import DraftKind
from rag.languages.spoken import desk_texts as t

router = APIRouter(prefix="/desk")
_LONGEST: Final = 2 * LONGEST_TEXT  # characters that are read; the desk says which it takes
Text = Annotated[str, Form(max_length=_LONGEST)]
Line = Annotated[str, Form(max_length=400)]
View = Annotated[str, Form(max_length=20)]
Revision = Annotated[Number | None, Form()]
Kind = Annotated[DraftKind, Form()]


@router.post("/c/{id}/reply")
def reply(
    request: Request,
    visit: AtDesk,
    id: str,
    version: Annotated[Number, Form()],
    recipient: Line,
    key: Line,
    text: Text = "",
    view: View = "",
    revision: Revision = None,
    touched: Vouched = None,
    confirmed: Vouched = None,
) -> Response:
    """Sends a reply to the recipient who stood beside it: once for each key, only where nothing happened that the agent has not
    seen, and where they have `touched` each sentence that no document proves and `confirmed` each that only one for staff does;
    otherwise 409 says what, and the text is kept.
    """
    desk, me = desk_of(request), agent_of(request, visit)
    vouched = [*(touched or []), *canned_texts(request, visit, id)]
    try:
        sent = assist_of(request).send(
            id,
            me.id,
            text,
            visit.names(),
            touched=vouched,
            confirmed=confirmed or [],
            version=version,
            key=key,
            recipient=recipient,
            revision=revision,
        )
    except (UnprovenError, InternalError, LongReplyError) as error:
        desk.drafts.save(id, me.id, text, revision)
        proof = checked(request, visit, id, text, touched or [], confirmed or [])
        detail = str(error) if isinstance(error, LongReplyError) else left_to_vouch(proof["left"])
        return _refused(request, visit, id, view, {"detail": detail, "check": True}, proof)
    except ChangedError as error:
        detail, answer = _told(request, id, error)
        return _refused(request, visit, id, view, {"detail": detail, "answer": answer, "read": True})
    except KeyUsedError:  # it arrived, its answer did not, and the text was changed since
        desk.drafts.save(id, me.id, text, revision)
        return _refused(request, visit, id, view, {"detail": t.KEY_USED, "used": True})
    except DeskError as error:
        read = isinstance(error, WrongRecipientError)  # the page shows where replies go by now
        return _refused(request, visit, id, view, {"detail": str(error), "read": read})
    return _done(request, id, view, {"id": sent.id})


@router.post("/c/{id}/note")
def note(
    request: Request, visit: AtDesk, id: str, text: Text = "", key: Line = "", view: View = "", revision: Revision = None
) -> Response:
    """Writes a note for colleagues: once for each key and text."""
    desk, me = desk_of(request), agent_of(request, visit)
    try:
        noted = desk.notes.add(id, me.id, text, key, revision)
    except DeskError as error:
        desk.drafts.save(id, me.id, text, kind="note")
        return _refused(request, visit, id, view, {"detail": str(error)})
    return _done(request, id, view, {"id": noted.id})


@router.post("/c/{id}/draft")
def draft(
    request: Request,
    visit: AtDesk,
    id: str,
    text: Text = "",
    kind: Kind = "reply",
    revision: Revision = None,
) -> Response:
    """Keeps what is being written over the draft of a `revision`. `other` is that of another tab meanwhile, which can be had
    back; an empty text leaves it as it is.
    """
    desk, me = desk_of(request), agent_of(request, visit)
    kept = desk.drafts.save(id, me.id, text, revision, kind=kind)
    other = kept.other if kept else desk.drafts.get(id, me.id, kind)
    told = {"id": other.id, "text": other.text, "revision": other.revision} if other else None
    return Json({"revision": kept.revision if kept else None, "other": told})


@router.post("/c/{id}/discard")
def discard(request: Request, visit: AtDesk, id: str, text: Text = "", kind: Kind = "reply", view: View = "") -> Response:
    """Sets aside what is written, also what was not kept as a draft yet; it can be had back."""
    desk, me = desk_of(request), agent_of(request, visit)
    _keep(desk, id, me.id, text, kind)
    desk.drafts.discard(id, me.id, kind)
    return _done(request, id, view, {})


@router.post("/c/{id}/restore")
def restore(
    request: Request,
    visit: AtDesk,
    id: str,
    draft: Annotated[Number, Form()],
    text: Text = "",
    kind: Kind = "reply",
    view: View = "",
) -> Response:
    """Writes on with a draft that was set aside; what is written now is set aside for it."""
    desk, me = desk_of(request), agent_of(request, visit)
    _keep(desk, id, me.id, text, kind)
    desk.drafts.restore(draft, me.id)
    return _done(request, id, view, {})


@router.get("/c/{id}/canned")
def canned(request: Request, visit: AtDesk, id: str) -> Response:
    """The canned replies that this agent may use, filled in for this conversation."""
    desk, me = desk_of(request), agent_of(request, visit)
    case = desk.cases.get(id)
    return Json([{"shortcode": one.shortcode, "text": fill(one.text, case, me.name)} for one in desk.canned.of(me.id)])


def _keep(desk: Desk, id: str, me: str, text: str, kind: DraftKind) -> None:
    """Keeps what stands in the form, which the page's script may not have saved yet."""
    if text.strip():
        desk.drafts.save(id, me, text.replace("\r\n", "\n"), 0, kind=kind)  # what another tab saved is set aside, too


def _told(request: Request, id: str, error: ChangedError) -> tuple[str, str]:
    """What a colleague did meanwhile, and their answer where it was one."""
    if error.kind != "reply":
        return str(error), ""
    said = t.ANSWERED_AGO.format(name=error.name, time=ago(error.at, datetime.now(UTC), zone_of(request)))
    entries = desk_of(request).events.timeline(id)
    last = next((one.message for one in reversed(entries) if one.message and one.message.kind == "out"), None)
    return said, last.text if last else ""


def _done(request: Request, id: str, view: str, content: dict[str, Any]) -> Response:
    return Json(content) if by_script(request) else to_page(request, f"/desk/c/{id}?view={view}")


def _refused(
    request: Request, visit: Visit[Any], id: str, view: str, content: dict[str, Any], proof: dict[str, Any] | None = None
) -> Response:
    """`detail` says why, `answer` is a colleague's that came first; with `read` it can be sent once that has been read, with
    `check` once each sentence is vouched for: `proof` lists them.
    """
    if by_script(request):
        return Json(content, 409)
    return shown(request, visit, id, view, 409, problem=content["detail"], proof=proof)
