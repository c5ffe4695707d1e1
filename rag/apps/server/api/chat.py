"""`POST /v1/chat/completions`: an answer in OpenAI's form, with its citations and the whole answer object beside."""

import time
import uuid
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from rag.apps.server.api.answering import Asked, Done, Usage, pieces, whole
from rag.apps.server.api.asking import Asking, Name, base_of
from rag.apps.server.api.conversation import MOST_MESSAGES, ChatMessage, conversation, has_format, refuse
from rag.apps.server.api.sse import EventStream, begun, event
from rag.apps.server.problem import Json, error_json, told

router = APIRouter()


class StreamOptions(BaseModel):
    include_usage: bool | None = None


class ChatRequest(BaseModel):
    """What is asked. Fields of OpenAI's that are not named here, as `temperature`, change nothing: answers are composed of what
    the documents say.
    """

    model: Name
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=MOST_MESSAGES)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    response_format: Any = None
    logprobs: bool | None = None
    modalities: list[Any] | None = None

    def check(self) -> None:
        """Raises ApiError for what is not offered."""
        refuse("n", self.n not in {None, 1}, "there is one answer to a question; leave it out.")
        refuse("tools", bool(self.tools), "no tools are called here; leave them out.")
        refuse("functions", bool(self.functions), "no functions are called here; leave them out.")
        refuse("response_format", has_format(self.response_format), "answers are text; leave it out.")
        refuse("logprobs", bool(self.logprobs), "no probabilities of tokens are given; `footnote` has a confidence.")
        refuse("modalities", self.modalities not in (None, [], ["text"]), "answers are text; leave it out.")


@router.post("/v1/chat/completions", summary="Answer the last message of a conversation")
async def complete(request: Request, visit: Asking, body: ChatRequest) -> Response:
    """`message.annotations` has a `url_citation` for each stretch of the answer that a passage bears out; `message.footnote`
    is the object of `rag ask --json`. With `stream`, sentences come once they are verified, then annotations and the object.
    """
    body.check()
    said = conversation(body.messages, "messages")
    asked = Asked(f"chatcmpl-{uuid.uuid4().hex}", base_of(visit, body.model), said)
    if body.stream:
        usage = body.stream_options is not None and bool(body.stream_options.include_usage)
        found = await begun(pieces(request, visit, asked))
        return EventStream(_chunks(request, found, _head(asked.id, "chat.completion.chunk", body.model), usage))
    done = await whole(request, visit, asked)
    message = {"role": "assistant", "content": done.answer.text, "refusal": None, **_beside(done)}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return Json(_head(asked.id, "chat.completion", body.model) | {"choices": [choice], "usage": _usage(done.usage)})


async def _chunks(request: Request, found: Any, head: dict[str, Any], usage: bool) -> AsyncGenerator[bytes]:
    """The role, pieces of text, what they rest on, the end; where it breaks off, an error and no end."""
    none = {"usage": None} if usage else {}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return event(head | {"choices": [choice]} | none)

    try:
        yield chunk({"role": "assistant", "content": "", "refusal": None})
        async for piece in found:
            if isinstance(piece, str):
                yield chunk({"content": piece})
            elif isinstance(piece, Done):
                yield chunk(_beside(piece))
                yield chunk({}, "stop")
                if usage:
                    yield event(head | {"choices": [], "usage": _usage(piece.usage)})
        yield b"data: [DONE]\n\n"
    except Exception as error:
        status, message, _, code = told(request, error)
        yield event(error_json(status, message, code=code))
    finally:
        await found.aclose()


def _head(id: str, kind: str, model: str) -> dict[str, Any]:
    return {"id": id, "object": kind, "created": int(time.time()), "model": model}


def _beside(done: Done) -> dict[str, Any]:
    """In this form of OpenAI's, what a citation says stands in an object of its own."""
    cited = [{"type": one["type"], one["type"]: {k: v for k, v in one.items() if k != "type"}} for one in done.annotations]
    return {"annotations": cited, "footnote": done.footnote}


def _usage(usage: Usage) -> dict[str, int]:
    total = usage.asked + usage.answered
    return {"prompt_tokens": usage.asked, "completion_tokens": usage.answered, "total_tokens": total}
