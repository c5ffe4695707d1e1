"""How the desk fares, in numbers."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from rag.apps.server.desk.html import desk_page
from rag.apps.server.desk.words import span
from rag.apps.server.desk.work import AtDesk, assist_of, desk_of
from rag.desk.numbers import numbers
from rag.languages.formats import number, percent
from rag.languages.spoken import assist_texts as a
from rag.languages.spoken import desk_texts as t

router = APIRouter()


@router.get("/desk/numbers")
def show(request: Request, visit: AtDesk, days: Annotated[int, Query(ge=1, le=365)] = 7) -> Response:
    """Counts and times of the last days."""
    found = numbers(desk_of(request).store, days)
    share = percent(found.alone / found.all) if found.all else "–"
    cards = [
        (t.NUMBER_CAME, number(found.came)),
        (t.NUMBER_FIRST, span(found.first_reply) if found.first_reply is not None else "–"),
        (t.NUMBER_FIRST_90, span(found.first_reply_90) if found.first_reply_90 is not None else "–"),
        (t.NUMBER_RESOLVED, number(found.resolved)),
        (t.NUMBER_REOPENED, number(found.reopened)),
        (t.NUMBER_RATING.format(n=number(found.rated)), number(found.rating, 1) if found.rating is not None else "–"),
        (t.NUMBER_ALONE.format(n=number(found.all)), share),
    ]
    made = assist_of(request).drafts(days)
    changed = percent(made.distance) if made.distance is not None else "–"
    cards += [
        (a.NUMBER_MADE, number(made.made)),
        (a.NUMBER_TAKEN, number(made.taken)),
        (a.NUMBER_UNCHANGED, number(made.unchanged)),
        (a.NUMBER_CHANGED, number(made.changed)),
        (a.NUMBER_DISTANCE, changed),
    ]
    tables = [(t.BY_LABEL, found.labels), (t.BY_BASE, found.bases)]
    return desk_page(request, visit, "numbers.html", t.NUMBERS, "numbers", days=days, cards=cards, tables=tables)
