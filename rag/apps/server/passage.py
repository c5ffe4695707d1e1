"""`/d/BASE/DOCUMENT?c=START-END`: a page with a document's text around a passage, which is marked; citations link to it."""

import re
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from rag.apps.access import Visit
from rag.apps.page.markup import element
from rag.apps.page.viewer import excerpt
from rag.apps.server.allow import allow, visitors_of
from rag.apps.server.html import page
from rag.index.passage import VERSION, WORDS, Reference, find
from rag.languages.formats import number
from rag.languages.spoken import texts
from rag.types import Citation, Span

router = APIRouter()
ANCHOR: Final = "passage"
_NEAR = 5  # passages whose documents are looked through for one that is not in its own any more
_LONGEST = 50_000  # characters of a passage that is looked for
_RANGE: Final = re.compile(r"(\d{1,12})-(\d{1,12})")


def link(request: Request, base: str, citation: Citation) -> str:
    """The address of a cited passage on this server, as who asks reaches it, its short answer marked. By its first and last
    words it is found again in what its document will have become; of what staff are told the address has no words.
    """
    answer = "" if citation.answer_span is None else f"{citation.answer_span[0]}-{citation.answer_span[1]}"
    return link_to(request, base, Reference.of(citation.document, citation.start, citation.end, citation.text), answer)


def link_to(request: Request, base: str, known: Reference, answer: str = "") -> str:
    """As `link`, of a reference; `answer` is "START-END" in the passage, or ""."""
    path = f"d/{_quoted(base)}/{_quoted(known.document)}"
    visit = getattr(request.state, "visit", None)
    public = visit is not None and visit.person.audience == "public"
    words = {"q": known.first, "z": known.last} if public else {}
    fields = {"c": f"{known.start}-{known.end}", "a": answer, "h": known.check, **words}
    query = urlencode({name: value for name, value in fields.items() if value}, errors="replace", quote_via=quote)
    return f"{request.base_url}{path}?{query}#{ANCHOR}"


@router.get("/d/{base}/{document:path}")
def show_passage(
    request: Request,
    visit: Annotated[Visit[Any], Depends(allow("ask"))],
    base: str,
    document: str,
    c: str = "",
    a: str = "",
    h: Annotated[str, Query(max_length=VERSION)] = "",
    q: Annotated[str, Query(max_length=WORDS)] = "",
    z: Annotated[str, Query(max_length=WORDS)] = "",
    at: int | None = None,
) -> Response:
    """The document around the characters `c`, in which `a` are the short answer's, counted from `c`; or around `at`. Where the
    passage has moved since, it is found by its first and last words `q` and `z` and the check `h` of all of them.

    Who may not know of the base or the document is told the same as where there is none.
    """
    visitors_of(request).count(visit.person, "passage")
    if base not in visit.names():
        return page(request, "message.html", texts.NO_PAGE, 404)
    assistant = visit.open(base)

    def near(words: str) -> list[str]:
        return list(dict.fromkeys(passage.chunk.document for passage in assistant.retrieve(words, _NEAR)))

    place = find(Reference(document, *_range(c), q, z, h), assistant.document, near=near)
    found = place.document
    if found is None:
        return page(request, "message.html", texts.FOUND["gone"] if _range(c)[1] else texts.NO_PAGE, 404)
    start, end = place.start, place.end
    as_it_was = place.how in {"same", "moved", "elsewhere"}
    answer = _range(a) if as_it_was and _range(a)[1] <= end - start else (0, 0)
    here = place.how != "elsewhere"  # links to turn pages are of the document that is asked for
    marked = [Span(*answer, 1.0)] if any(answer) else []
    anchor = [(start, element("span", id=ANCHOR))]
    body, first, last = excerpt(found, start if at is None else at, (start, end), marked, answer, anchor)
    return page(
        request,
        "passage.html",
        found.title or found.name,
        document=found.name,
        body=body,
        said=texts.FOUND[place.how] if _range(c)[1] else "",
        shown=texts.VIEWER_RANGE.format(start=number(first), end=number(last), length=number(len(found.text))),
        here=f"c={start}-{end}&a={a if as_it_was else ''}" if start < end else "",
        earlier=first if here and first > 0 else None,
        later=last if here and last < len(found.text) else None,
    )


def _range(text: str) -> tuple[int, int]:
    """`START-END` as numbers; (0, 0) for what is none."""
    match = _RANGE.fullmatch(text)
    start, end = (int(match[1]), int(match[2])) if match else (0, 0)
    return (start, end) if start < end <= start + _LONGEST else (0, 0)


def _quoted(name: str) -> str:
    return quote(name, safe="/", errors="replace")
