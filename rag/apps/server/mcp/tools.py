"""The tools, over the bases as who asks sees them. `search` and `fetch` have the form that ChatGPT's connectors ask for."""

import re
from collections.abc import Callable
from collections.abc import Generator as Stream
from contextlib import aclosing
from functools import wraps
from typing import Annotated, Any, Final, TypeVar

from fastapi.concurrency import run_in_threadpool
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from rag import __version__
from rag.apps.access import Visit
from rag.apps.server.api.answering import footnote
from rag.apps.server.api.working import result, steps
from rag.apps.server.mcp.shapes import AnswerObject, Base, BaseList, Fetched, Found, Origin, Results
from rag.apps.server.passage import link
from rag.apps.server.problem import told
from rag.errors import NotFoundError, RagError
from rag.languages.spoken import texts
from rag.query import LONGEST_MESSAGE
from rag.types import Answer, Citation, Event

MOST_FOUND: Final = 10
AROUND: Final = 10_000  # characters of a document that `fetch` gives on each side of a passage: 5 pages in all
_ID = re.compile(r"(?P<base>[^:]*):(?P<document>.+)#(?P<start>\d{1,9})-(?P<end>\d{1,9})", re.DOTALL)
_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
Question = Annotated[str, Field(max_length=LONGEST_MESSAGE)]
F = TypeVar("F", bound=Callable[..., Any])


def make_server() -> MCPServer[Any]:
    """A server with the tools; requests that reach it have been admitted, and carry their Visit in `state.visit`."""
    server: MCPServer[Any] = MCPServer(
        name=texts.NAME,
        version=__version__,
        instructions="Answers from documents. Cite the `url` of what you use; say so where nothing is found.",
        log_level="WARNING",
        subscriptions=False,
    )
    for tool in (search, fetch, ask, bases):
        server.add_tool(_telling(tool), annotations=_READS)
    return server


def _telling(tool: F) -> F:
    """The tool, whose errors become those of the protocol, with what who asked may know of them."""

    @wraps(tool)
    async def telling(*args: Any, context: Context[Any, Request], **kwargs: Any) -> Any:
        try:
            return await tool(*args, context=context, **kwargs)
        except (RagError, HTTPException) as error:  # the latter where the client has gone
            raise ToolError(told(_asked(context)[0], error)[1]) from error

    return telling  # type: ignore[return-value] # of the same signature


async def search(query: Question, context: Context[Any, Request]) -> Results:
    """Find passages that answer a question, in all knowledge bases; the best first. Use `fetch` to read one."""
    request, visit = _asked(context)
    found = await result(request, visit, lambda: _search(visit, query))
    return Results(
        results=[Found(id=_id(base, one), title=one.title or one.document, url=link(request, base, one)) for base, one in found]
    )


async def fetch(id: Annotated[str, Field(max_length=2000)], context: Context[Any, Request]) -> Fetched:
    """Read the text around a passage that `search` found, by its `id`."""
    request, visit = _asked(context)
    parts = _ID.fullmatch(id)
    if parts is None:
        raise NotFoundError(f"{id[:100]!r} is no id of a passage: take one that `search` gave")
    base, name = parts["base"], parts["document"]
    document = await run_in_threadpool(lambda: visit.open(base).document(name))
    length = len(document.text)
    start = min(int(parts["start"]), length)
    end = min(max(int(parts["end"]), start), start + AROUND, length)
    first, last = (0, length) if length <= 2 * AROUND else (max(0, start - AROUND), min(length, end + AROUND))
    return Fetched(
        id=id,
        title=document.title or document.name,
        text=document.text[first:last],
        url=link(request, base, Citation(1, name, document.title, (), None, start, end, document.text[start:end], 0.0, ())),
        metadata=Origin(
            base=base,
            document=name,
            start=first,
            end=last,
            length=length,
            passage_start=start,
            passage_end=end,
            date=document.about.since,
        ),
    )


async def ask(
    question: Question,
    context: Context[Any, Request],
    base: Annotated[str, Field(description="A name that `bases` gives; by default the first.", max_length=200)] = "",
) -> AnswerObject:
    """Answer a question from one knowledge base. Each statement of the answer is traced to the words it rests on; `status`
    is `refused` where the documents do not answer.
    """
    request, visit = _asked(context)

    def work() -> Stream[Event]:
        yield from visit.open(base or _first(visit)).stream(question)

    async with aclosing(steps(request, visit, work)) as coming:
        (answer,) = [one async for one in coming if isinstance(one, Answer)]
    return AnswerObject.model_validate(footnote(visit.person, answer))


async def bases(context: Context[Any, Request]) -> BaseList:
    """The knowledge bases that can be asked."""
    _, visit = _asked(context)
    names = await run_in_threadpool(visit.names)
    return BaseList(bases=[Base(name=name) for name in names])


def _asked(context: Context[Any, Request]) -> tuple[Request, Visit[Any]]:
    """The request that a call came with, and who asks."""
    request = context.request_context.request
    if request is None:
        raise TypeError("a call without its request")
    return request, request.state.visit


def _search(visit: Visit[Any], query: str) -> list[tuple[str, Citation]]:
    """The likeliest passages of all bases, with the name of each one's base."""
    found = [(name, one) for name in visit.names() for one in visit.open(name).search(query, MOST_FOUND)]
    return sorted(found, key=lambda item: -item[1].score)[:MOST_FOUND]


def _first(visit: Visit[Any]) -> str:
    names = visit.names()
    if not names:
        raise NotFoundError(texts.NO_PUBLIC_BASE)
    return names[0]


def _id(base: str, found: Citation) -> str:
    return f"{base}:{found.document}#{found.start}-{found.end}"
