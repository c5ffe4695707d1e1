"""`POST /v1/feedback`: what somebody thinks of an answer that this server gave."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from rag.apps.server.api.asking import Asking
from rag.apps.server.api.recent import recent
from rag.apps.server.problem import ApiError, Json
from rag.errors import RagError
from rag.index.said import LONGEST_COMMENT
from rag.languages.spoken import texts

router = APIRouter()


class FeedbackRequest(BaseModel):
    """`id` is the answer's, as `/v1/chat/completions` and `/v1/responses` give it."""

    id: Annotated[str, Field(min_length=1, max_length=100)]
    liked: bool
    reason: Annotated[str, Field(max_length=100)] = ""
    comment: Annotated[str, Field(max_length=LONGEST_COMMENT)] = ""


@router.post("/v1/feedback", summary="Judge an answer")
def judge(request: Request, visit: Asking, body: FeedbackRequest) -> Response:
    """An answer is judged once, by whom it was given to, while the server remembers it: its last 500 answers."""
    if body.reason and body.reason not in texts.REASONS:
        raise ApiError(400, f"reason is {body.reason!r}: take one of {', '.join(texts.REASONS)}, or none.", "reason")
    answers = recent(request)
    given = answers.take(body.id, visit.person.actor, visit.erased_at)
    try:
        visit.open(given.base).add_feedback(given.answer, liked=body.liked, reason=body.reason, comment=body.comment)
    except RagError:  # it is not kept, and can be tried again
        answers.add(body.id, given)
        raise
    return Json({"id": body.id, "object": "feedback", "liked": body.liked})
