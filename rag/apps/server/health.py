"""`/health` (also `/healthz`): the process answers. `/ready` (also `/readyz`): it can be asked. `/metrics`: how it fares. For
machines, and without a word of what is in it.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from rag.apps.access import NotAllowedError, Visit
from rag.apps.server.allow import allow, visitors_of
from rag.apps.server.place import is_loopback
from rag.errors import RagError

router = APIRouter()
LOOKED_AT = ["GET", "HEAD"]
"""How monitors ask; the server sends no body where they want none."""
METRICS = "text/plain; version=1.0.0; charset=utf-8"


@router.api_route("/health", methods=LOOKED_AT, include_in_schema=False)
@router.api_route("/healthz", methods=LOOKED_AT, include_in_schema=False)
def is_alive(visit: Annotated[Visit[Any], Depends(allow(None))]) -> dict[str, str]:
    """A failing answer is to restart the process, so that nothing else is looked at."""
    return {"status": "ok"}


@router.api_route("/ready", methods=LOOKED_AT, include_in_schema=False)
@router.api_route("/readyz", methods=LOOKED_AT, include_in_schema=False)
def is_ready(visit: Annotated[Visit[Any], Depends(allow(None))], response: Response) -> dict[str, str]:
    """503 while a catalogue cannot be read, the queue is full or the server stops: the balancer is to send people elsewhere."""
    if visit.turns.is_full():
        response.status_code = 503
        return {"status": "busy"}
    try:
        for name in visit.bases.names("internal"):
            visit.bases.open(name, "internal").files()
    except RagError:
        response.status_code = 503
        return {"status": "not ready"}
    return {"status": "ok"}


@router.get("/metrics")
def metrics(request: Request, visit: Annotated[Visit[Any], Depends(allow(None))]) -> Response:
    """For this machine itself, and for keys with the scope `admin`."""
    person = visit.person
    here = is_loopback(person.address) and not request.scope["state"].get("proxied")
    if not here and not (person.key and person.may("admin")):
        raise NotAllowedError("admin", known=person.known, key=person.key is not None)
    return Response(visitors_of(request).metrics.text(), media_type=METRICS)
