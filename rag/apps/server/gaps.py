"""`/gaps`: questions that were not answered, for editors, with what comes nearest to each."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from rag.apps.access import Visit
from rag.apps.server.allow import allow
from rag.apps.server.html import page
from rag.languages.spoken import texts
from rag.query import LONGEST_MESSAGE

router = APIRouter()
SHOWN: Final = 20
"""Groups on one page: the nearest passages of each are looked up while it is made."""
_NEAREST = 3
_OTHERS = 10  # wordings of a group that are listed
_EXCERPT = 200  # characters of a passage


@router.get("/gaps")
def gaps(request: Request, visit: Annotated[Visit[Any], Depends(allow("manage"))], base: str = "", after: int = 0) -> Response:
    """The groups of a base, by default the first, from number `after` on."""
    names = visit.names()
    if not names:
        return page(request, "message.html", texts.GAPS, problem=texts.NO_PUBLIC_BASE)
    chosen = base if base in names else names[0]
    assistant = visit.open(chosen)
    found = assistant.base.said.missing()
    after = max(0, min(after, len(found)))
    rows = [
        {
            "group": group,
            "others": group.others[:_OTHERS],
            "nearest": [passage.chunk for passage in assistant.retrieve(group.question[:LONGEST_MESSAGE], _NEAREST)],
        }
        for group in found[after : after + SHOWN]
    ]
    more = after + SHOWN if after + SHOWN < len(found) else None
    return page(request, "gaps.html", texts.GAPS, rows=rows, names=names, chosen=chosen, more=more, excerpt=_EXCERPT)
