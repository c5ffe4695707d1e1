"""`POST /v1/responses`: the same answers in the form of OpenAI's Responses, nothing of which is kept."""

import time
import uuid
from collections.abc import AsyncGenerator
from itertools import count
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from rag.apps.server.api.answering import Asked, Done, Usage, pieces, whole
from rag.apps.server.api.asking import Asking, Name, base_of
from rag.apps.server.api.conversation import MOST_MESSAGES, ChatMessage, conversation, has_format, refuse
from rag.apps.server.api.sse import EventStream, begun, event
from rag.apps.server.problem import Json, told

router = APIRouter()


class ResponsesRequest(BaseModel):
    """What is asked. Other fields of OpenAI's change nothing."""

    model: Name
    input: str | Annotated[list[ChatMessage], Field(min_length=1, max_length=MOST_MESSAGES)]
    stream: bool | None = None
    previous_response_id: str | None = None
    conversation: Any = None
    background: bool | None = None
    tools: list[Any] | None = None
    text: Any = None

    def check(self) -> None:
        """Raises ApiError for what is not offered."""
        kept = "no conversation is kept; send the earlier messages in `input`."
        refuse("previous_response_id", self.previous_response_id is not None, kept)
        refuse("conversation", self.conversation is not None, kept)
        refuse("background", bool(self.background), "an answer takes seconds; use `stream`.")
        refuse("tools", bool(self.tools), "no tools are called here; leave them out.")
        format = self.text.get("format") if isinstance(self.text, dict) else None
        refuse("text.format", has_format(format), "answers are text; leave it out.")

    @property
    def messages(self) -> list[ChatMessage]:
        return [ChatMessage(role="user", content=self.input)] if isinstance(self.input, str) else self.input


@router.post("/v1/responses", summary="Answer the last message of an input")
async def respond(request: Request, visit: Asking, body: ResponsesRequest) -> Response:
    """Citations are annotations of the output's text; the output's message has `footnote`, the object of `rag ask --json`."""
    body.check()
    asked = Asked(f"resp_{uuid.uuid4().hex}", base_of(visit, body.model), conversation(body.messages, "input"))
    made = _Made(asked.id, body.model)
    if body.stream:
        return EventStream(_events(request, await begun(pieces(request, visit, asked)), made))
    return Json(made.response("completed", await whole(request, visit, asked)))


class _Made:
    """The parts of one response, by its id."""

    def __init__(self, id: str, model: str) -> None:
        self.message_id = f"msg_{uuid.uuid4().hex}"
        self._head = {"id": id, "object": "response", "created_at": int(time.time()), "model": model}

    def response(self, status: str, done: Done | None = None, error: dict[str, Any] | None = None) -> dict[str, Any]:
        """The response as a whole; what this server does not do is said as OpenAI says it."""
        return self._head | {
            "status": status,
            "error": error,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "output": [] if done is None else [self.message("completed", done)],
            "parallel_tool_calls": False,
            "previous_response_id": None,
            "store": False,
            "temperature": None,
            "tool_choice": "none",
            "tools": [],
            "top_p": None,
            "usage": None if done is None else _usage(done.usage),
        }

    def message(self, status: str, done: Done | None = None) -> dict[str, Any]:
        beside = {} if done is None else {"footnote": done.footnote}
        content = [] if done is None else [self.part(done.answer.text, done.annotations)]
        return {"id": self.message_id, "type": "message", "role": "assistant", "status": status, "content": content, **beside}

    def part(self, text: str, annotations: list[dict[str, Any]]) -> dict[str, Any]:
        return {"type": "output_text", "text": text, "annotations": annotations, "logprobs": []}


async def _events(request: Request, found: Any, made: _Made) -> AsyncGenerator[bytes]:
    """OpenAI's events from `response.created` to `response.completed`; where it breaks off, `response.failed`."""
    number = count()
    place = {"item_id": made.message_id, "output_index": 0, "content_index": 0}

    def said(kind: str, **fields: Any) -> bytes:
        return event({"type": f"response.{kind}", "sequence_number": next(number), **fields}, f"response.{kind}")

    try:
        yield said("created", response=made.response("in_progress"))
        yield said("output_item.added", output_index=0, item=made.message("in_progress"))
        yield said("content_part.added", **place, part=made.part("", []))
        async for piece in found:
            if isinstance(piece, str):
                yield said("output_text.delta", **place, delta=piece, logprobs=[])
            elif isinstance(piece, Done):
                text, cited = piece.answer.text, piece.annotations
                for n, annotation in enumerate(cited):
                    yield said("output_text.annotation.added", **place, annotation_index=n, annotation=annotation)
                yield said("output_text.done", **place, text=text, logprobs=[])
                yield said("content_part.done", **place, part=made.part(text, cited))
                yield said("output_item.done", output_index=0, item=made.message("completed", piece))
                yield said("completed", response=made.response("completed", piece))
    except Exception as error:
        _, message, _, code = told(request, error)
        yield said("failed", response=made.response("failed", error={"code": code or "server_error", "message": message}))
    finally:
        await found.aclose()


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.asked,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": usage.answered,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.asked + usage.answered,
    }
