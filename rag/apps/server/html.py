"""Pages of the server's own: templates that escape by themselves, without any script."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from rag.apps.server.allow import visitors_of
from rag.languages.formats import count, day, moment
from rag.languages.spoken import LANGUAGES, texts, texts_in

_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors {frames}"
_TEMPLATES = Environment(loader=PackageLoader("rag.apps.server", "pages"), autoescape=True, undefined=StrictUndefined)
CHOICES = [{"code": one, "tag": texts_in(one).TAG, "name": texts_in(one).OWN_NAME} for one in LANGUAGES]
"""The languages that a page can be read in, for its switch."""
_TEMPLATES.globals |= {"texts": texts, "languages": CHOICES, "count": count, "day": day, "moment": moment}


def page(request: Request, template: str, title: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page of a template, with `values` in it, never kept by a browser or proxy."""
    given = {"problem": "", "said": "", "base": request.scope.get("root_path", ""), "title": title, **values}
    headers = {
        "Content-Security-Policy": _POLICY.format(frames=visitors_of(request).place.frames),
        "Cache-Control": "no-store",
    }
    return HTMLResponse(_TEMPLATES.get_template(template).render(given), status, headers)
