"""What stands beside a conversation: the bot's note, a summary, conversations like it, files, and passages to search."""

from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from rag.apps.access import told
from rag.apps.server.desk.conversation import source_of
from rag.apps.server.desk.html import desk_page
from rag.apps.server.desk.marked import Quotes
from rag.apps.server.desk.proposing import base_choice
from rag.apps.server.desk.work import AtDesk, agent_of, assist_of, desk_of
from rag.apps.server.numbers import Number
from rag.desk.mail.files import SHOWN
from rag.errors import NotFoundError, RagError
from rag.languages.formats import number
from rag.languages.spoken import assist_texts as a
from rag.query import LONGEST_MESSAGE

router = APIRouter(prefix="/desk/c/{id}")
_SIZES: Final = ((1_000_000, "MB"), (1_000, "kB"))


@router.get("/beside")
def beside(request: Request, visit: AtDesk, id: str, view: str = "") -> Response:
    """The note, the summary, and conversations that were solved."""
    case = desk_of(request).cases.get(id)
    found = assist_of(request).beside(id, visit.names())
    tried = [(one, [source_of(request, case.base, passage) for passage in one.passages]) for one in found.note.tried]
    parts = []
    if found.summary:
        wanted, still = found.summary.wanted, found.summary.open
        same = wanted == still
        named = [
            (a.WANTED_STILL if same else a.WANTED, wanted),
            (a.TRIED, found.summary.tried),
            (a.OPEN, () if same else still),
        ]
        parts = [(name, [(excerpt, anchor(excerpt.said)) for excerpt in excerpts]) for name, excerpts in named if excerpts]
    return desk_page(
        request,
        visit,
        "beside.html",
        a.BESIDE,
        view,
        here=f"{request.scope.get('root_path', '')}/desk/c/{id}",
        view=view,
        reason=found.note.reason,
        nothing=a.NOTE_NOTHING_SINCE if found.note.again else a.NOTE_NOTHING,
        tried=tried,
        parts=parts,
        similar=found.similar,
        files=[(file, _size(file.size)) for file in found.files],
    )


@router.get("/passages")
def passages(
    request: Request,
    visit: AtDesk,
    id: str,
    q: Annotated[str, Query(max_length=LONGEST_MESSAGE)] = "",
    base: str = "",
    view: str = "",
) -> Response:
    """The passages nearest to a text, to be quoted."""
    desk_of(request).cases.get(id)
    agent_of(request, visit)
    names, problem = visit.names(), ""
    chosen = base if base in names else ""
    found = []
    try:
        found = assist_of(request).search(id, q, names, chosen) if q.strip() else []
    except NotFoundError:
        problem = a.NO_BASE.format(base=chosen or "–")
    except RagError as error:
        problem = told(error, visit.person)
    quotes = Quotes(request, visit)
    return desk_page(
        request,
        visit,
        "passages.html",
        a.PASSAGES,
        view,
        here=f"{request.scope.get('root_path', '')}/desk/c/{id}",
        view=view,
        query=q,
        line=problem or (a.PASSAGES_NONE.format(text=q) if q.strip() and not found else ""),
        found=[quotes.of(place) for place in found],
        bases=base_choice(visit, chosen),
    )


@router.get("/files/{n}")
def file(request: Request, visit: AtDesk, id: str, n: Number) -> Response:
    """A file of the conversation: to be saved, or shown where a browser can do that without running anything."""
    agent_of(request, visit)
    found, data = assist_of(request).files.data(id, n)
    shown = found.type in SHOWN
    how = "inline" if shown else "attachment"
    headers = {
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(found.name, safe='', errors='replace')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    kind = f"{found.type}; charset=utf-8" if found.type == "text/plain" else found.type
    return Response(data, media_type=kind if shown else "application/octet-stream", headers=headers)


def anchor(said: str) -> str:
    """Where the timeline shows a statement of `rag.desk.thread.Said`: "message:7" is "said-m7".

    >>> anchor("exchange:3"), anchor("answer:3")
    ('said-q3', 'said-a3')
    """
    kind, _, n = said.partition(":")
    return f"said-{'q' if kind == 'exchange' else kind[:1]}{n}"


def _size(size: int) -> str:
    least, unit = next(((least, unit) for least, unit in _SIZES if size >= least), (1, "B"))
    return f"{number(size / least)} {unit}"
