"""`/d/BASE/DOCUMENT?c=START-END`: a page with a document's text around a passage, which is marked; citations link to it."""

import re
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from rag.apps.access import Visit
from rag.apps.page.markup import element
from rag.apps.page.viewer import excerpt
from rag.apps.server.allow import allow
from rag.apps.server.html import page
from rag.errors import NotFoundError
from rag.languages import en as texts
from rag.types import Citation, Span

router = APIRouter()
ANCHOR: Final = "passage"
_RANGE: Final = re.compile(r"(\d{1,12})-(\d{1,12})")


def link(request: Request, base: str, citation: Citation) -> str:
    """The address of a cited passage on this server, as who asks reaches it, with its short answer marked."""
    path = f"d/{_quoted(base)}/{_quoted(citation.document)}"
    a = "" if citation.answer_span is None else f"&a={citation.answer_span[0]}-{citation.answer_span[1]}"
    return f"{request.base_url}{path}?c={citation.start}-{citation.end}{a}#{ANCHOR}"


@router.get("/d/{base}/{document:path}")
def show_passage(
    request: Request,
    visit: Annotated[Visit[Any], Depends(allow("ask"))],
    base: str,
    document: str,
    c: str = "",
    a: str = "",
    at: int | None = None,
) -> Response:
    """The document around the characters `c`, in which `a` are the short answer's, counted from `c`; or around `at`.

    Who may not know of the base or the document is told that there is no such page.
    """
    try:
        if base not in visit.names():
            raise NotFoundError(base)
        found = visit.open(base).document(document)
    except NotFoundError:
        return page(request, "message.html", texts.NO_PAGE, 404)
    passage = _range(c)
    gone = passage[1] > len(found.text)
    start, end = (0, 0) if gone else passage
    answer = _range(a) if _range(a)[1] <= end - start else (0, 0)
    marked = [Span(*answer, 1.0)] if any(answer) else []
    anchor = [(start, element("span", id=ANCHOR))]
    body, first, last = excerpt(found, start if at is None else at, (start, end), marked, answer, anchor)
    return page(
        request,
        "passage.html",
        found.title or found.name,
        document=found.name,
        body=body,
        said=texts.PASSAGE_GONE if gone else "",
        shown=texts.VIEWER_RANGE.format(start=first, end=last, length=len(found.text)),
        here=f"c={start}-{end}&a={answer[0]}-{answer[1]}",
        earlier=first if first > 0 else None,
        later=last if last < len(found.text) else None,
    )


def _range(text: str) -> tuple[int, int]:
    """`START-END` as numbers; (0, 0) for what is none."""
    match = _RANGE.fullmatch(text)
    start, end = (int(match[1]), int(match[2])) if match else (0, 0)
    return (start, end) if start < end else (0, 0)


def _quoted(name: str) -> str:
    return quote(name, safe="/", errors="replace")
