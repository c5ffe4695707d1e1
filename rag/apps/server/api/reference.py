"""`/openapi.json` and `/docs`: what the API offers, for programs and people; nothing of it comes from another server."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from rag import __version__
from rag.apps.access import Visit
from rag.apps.server.allow import allow
from rag.apps.server.html import page
from rag.apps.server.problem import API, ApiError, Json
from rag.languages.spoken import texts

router = APIRouter()
Anyone = Annotated[Visit[Any], Depends(allow(None))]
_ALL: Final = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
_METHODS: Final = frozenset(("get", "post", "delete"))


@router.get("/openapi.json", include_in_schema=False)
def description(request: Request, visit: Anyone) -> Response:
    return Json(openapi(request.app))


@router.get("/docs", include_in_schema=False)
def reference(request: Request, visit: Anyone) -> Response:
    schema = openapi(request.app)
    routes = [
        {"method": method.upper(), "path": path, "fields": list(_fields(schema, route)), "description": "", **route}
        for path, methods in schema["paths"].items()
        for method, route in methods.items()
        if method in _METHODS
    ]
    return page(request, "reference.html", "API", routes=routes)


@router.api_route("/v1/{path:path}", methods=_ALL, include_in_schema=False)
def unknown(visit: Anyone, path: str) -> Response:
    """What is not there is said in the API's form too."""
    raise ApiError(404, "There is no such route; /docs lists those there are.", code="not_found")


def openapi(app: FastAPI) -> dict[str, Any]:
    """The routes of the API as OpenAPI 3.1 describes them, made once."""
    if not hasattr(app.state, "openapi"):
        made = get_openapi(title=texts.NAME, version=__version__, routes=app.routes)
        made["paths"] = {path: methods for path, methods in made["paths"].items() if path.startswith(API)}
        made["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        made["security"] = [{"key": []}, {}]
        app.state.openapi = made
    found: dict[str, Any] = app.state.openapi
    return found


def _fields(schema: dict[str, Any], route: dict[str, Any]) -> Any:
    """(name, what it is, whether it has to be there) of each parameter and field of a body."""
    for parameter in route.get("parameters", ()):
        yield parameter["name"], _kind(parameter["schema"]), parameter["required"]
    for content in route.get("requestBody", {}).get("content", {}).values():
        body = content["schema"]
        body = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]] if "$ref" in body else body
        for name, field in body["properties"].items():
            yield name, _kind(field), name in body.get("required", ())


def _kind(field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return " | ".join(dict.fromkeys(_kind(one) for one in field["anyOf"]))
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    if field.get("type") == "array":
        return f"[{_kind(field['items'])}]"
    return str(field.get("type", "any"))
