"""`/healthz`: the process answers. `/readyz`: it can be asked. Both are for machines, and say nothing of what is in it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from rag.apps.access import Visit
from rag.apps.server.allow import allow
from rag.errors import RagError

router = APIRouter()


@router.get("/healthz")
def is_alive(visit: Annotated[Visit[Any], Depends(allow(None))]) -> dict[str, str]:
    """A failing answer is to restart the process, so that nothing else is looked at."""
    return {"status": "ok"}


@router.get("/readyz")
def is_ready(visit: Annotated[Visit[Any], Depends(allow(None))], response: Response) -> dict[str, str]:
    """503 while the catalogue or the index cannot be read: the balancer is to send people elsewhere."""
    try:
        for name in visit.bases.names("internal"):
            visit.bases.open(name, "internal").files()
    except RagError:
        response.status_code = 503
        return {"status": "not ready"}
    return {"status": "ok"}
