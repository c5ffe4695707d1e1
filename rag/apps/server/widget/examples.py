"""`/widgets`: for editors, what each widget's site puts into its pages, and a page that has the widget in it to try."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from rag.apps.access import Visit
from rag.apps.server.allow import allow, visitors_of
from rag.apps.server.html import page
from rag.apps.server.widget.widgets import Widget, snippet
from rag.errors import NotFoundError
from rag.languages.spoken import texts

router = APIRouter()
Editor = Annotated[Visit[Any], Depends(allow("manage"))]
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors {frames}"
)


@router.get("/widgets")
def widgets(request: Request, visit: Editor) -> Response:
    """The widgets of the bases that an editor sees, each with its line for a page."""
    seen = set(visit.names())
    rows = [_row(request, widget) for widget in visitors_of(request).widgets.all() if widget.base in seen]
    return page(request, "widgets.html", texts.WIDGETS, rows=rows)


@router.get("/widgets/{id}")
def example(request: Request, visit: Editor, id: str) -> Response:
    """A page with a widget in it, as its site's pages have it."""
    try:
        widget = visitors_of(request).widgets.find(id)
    except NotFoundError as error:
        raise HTTPException(404, texts.NO_PAGE) from error
    if widget.base not in visit.names():
        raise HTTPException(404, texts.NO_PAGE)
    shown = page(request, "widget-example.html", widget.name, row=_row(request, widget))
    shown.headers["Content-Security-Policy"] = _POLICY.format(frames=visitors_of(request).place.frames)
    return shown


def _row(request: Request, widget: Widget) -> dict[str, Any]:
    signed = bool(visitors_of(request).widgets.secret(widget.id))
    return {"widget": widget, "snippet": snippet(str(request.base_url).rstrip("/"), widget.id, signed=signed), "signed": signed}
