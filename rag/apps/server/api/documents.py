"""`/v1/documents`: the files of a base; who manages them lists, adds and deletes."""

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi import Path as Part
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from rag.apps.access import Visit
from rag.apps.json_format import file_json
from rag.apps.server.allow import visitors_of
from rag.apps.server.api.asking import Managing, Name, base_named
from rag.apps.server.numbers import Number
from rag.apps.server.problem import ApiError, Json
from rag.apps.temporary import use_temporary_folder
from rag.index.audit import acting_as
from rag.types import FileReport

if TYPE_CHECKING:
    from rag.service import Assistant

router = APIRouter()
PATH: Final = "/v1/documents"
MOST_FILES: Final = 100  # of one request
_LONGEST_NAME: Final = 200  # bytes; a file name has 255, and a copy of it may get a number
_AUDIENCES: Final = {"public": "public", "internal": "internal", "": None}
Base = Annotated[Name | None, Query(description="The base's name; by default the first that may be asked.")]
Id = Annotated[Number, Part(ge=1)]
_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "base": {"type": "string"},
                        "audience": {"type": "string", "enum": ["public", "internal"]},
                    },
                }
            }
        },
    }
}


@router.get(PATH, summary="List files")
def list_documents(
    visit: Managing,
    base: Base = None,
    after: Number = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """By their ids, those behind `after`; `has_more` says that there are others behind the last."""
    name = base_named(visit, base)
    files = sorted((file for file in visit.open(name).files() if file.id > after), key=lambda file: file.id)
    data = [_file(file) for file in files[:limit]]
    return Json({"object": "list", "base": name, "data": data, "has_more": len(files) > limit})


@router.get(PATH + "/{id}", summary="State of a file")
def find_document(visit: Managing, id: Id, base: Base = None) -> Response:
    """`pending` while it is to be read, `ready`, or `quarantined` with the reason why it cannot be read."""
    found = next((file for file in visit.open(base_named(visit, base)).files() if file.id == id), None)
    if found is None:
        raise ApiError(404, f"No file has the id {id}; {PATH} lists those there are.", "id", "not_found")
    return Json(_file(found))


@router.delete(PATH + "/{id}", summary="Delete a file")
async def delete_document(request: Request, visit: Managing, id: Id, base: Base = None) -> Response:
    """From the index, with the copy that was uploaded; a file of the server's own folder stays there."""
    name = base_named(visit, base)

    def delete() -> FileReport:
        with acting_as(visit.person.actor):
            deleted: FileReport = visit.open(name).delete(id)
            return deleted

    async with _writer(request):
        deleted = await run_in_threadpool(delete)
    return Json({"id": id, "object": "document.deleted", "document": deleted.name, "deleted": True})


@router.post(PATH, summary="Add files", openapi_extra=_FORM)
async def add_documents(request: Request, visit: Managing) -> Response:
    """Multipart form data: one `file` or several, and if need be `base` and `audience` (`internal`: for staff only). The answer
    comes when they have been read; a file that cannot be read is in it too, with the reason.
    """
    visitors_of(request).count_upload(request, visit.person)
    async with request.form(max_files=MOST_FILES, max_fields=10) as form:
        base = base_named(visit, _text(form, "base") or None)
        audience = _text(form, "audience")
        if audience not in _AUDIENCES:
            raise ApiError(400, f"audience is {audience!r}: take public or internal.", "audience")
        if audience == "internal" != visit.person.audience:  # they could neither find it again nor delete it
            raise ApiError(403, "What is internal is added by who sees it: a key made with --audience internal.", "audience")
        files = [one for one in form.getlist("file") if isinstance(one, UploadFile)]
        if not files:
            raise ApiError(400, "Send at least one file, in a form's field `file`.", "file")
        most = visitors_of(request).settings.max_upload_mb
        named = {_name(file.filename or ""): file for file in files}
        if len(named) < len(files):
            raise ApiError(400, "Two of the files have one name: send them one after the other.", "file")
        for name, file in named.items():
            if (file.size or 0) > most * 1_000_000:
                raise ApiError(413, f"{name} is larger than {most} MB (RAG_MAX_UPLOAD_MB).", "file", "too_large")
        async with _writer(request):
            return Json(await run_in_threadpool(_added, request, visit, base, named, _AUDIENCES[audience]))


def _added(
    request: Request, visit: "Visit[Assistant]", base: str, files: dict[str, UploadFile], audience: Any
) -> dict[str, Any]:
    assistant = visit.open(base)
    before = {file.id for file in assistant.files()}
    with tempfile.TemporaryDirectory(dir=use_temporary_folder(visitors_of(request).settings.data_dir)) as folder:
        paths = [Path(folder, name) for name in files]
        for path, file in zip(paths, files.values(), strict=True):
            with path.open("wb") as copy:
                while piece := file.file.read(1 << 20):
                    copy.write(piece)
        with acting_as(visit.person.actor):
            report = assistant.upload(paths, audience=audience)
    kept = [file for file in assistant.files() if file.uploaded and (file.id not in before or file.name in files)]
    numbers = {"added": report.added, "replaced": report.replaced, "unchanged": report.unchanged}
    return {"object": "list", "base": base, **numbers, "data": [_file(file) for file in kept]}


def _writer(request: Request) -> asyncio.Lock:
    """Files are added and deleted one after the other; who waits keeps no thread from those who ask."""
    state = request.app.state
    if not hasattr(state, "writer"):
        state.writer = asyncio.Lock()
    found: asyncio.Lock = state.writer
    return found


def _file(file: FileReport) -> dict[str, Any]:
    """As `rag documents list --json` has it, without the place on the server's disk."""
    found = file_json(file)
    return {"object": "document", **{key: value for key, value in found.items() if key != "path"}, "uploaded": file.uploaded}


def _text(form: FormData, field: str) -> str:
    value = form.get(field, "")
    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        raise ApiError(400, f"{field} is no name.", field)
    return value


def _name(sent: str) -> str:
    """The last part of a file's name, as its copy has it; raises ApiError for one that no file can have here."""
    name = sent.replace("\\", "/").rpartition("/")[2].strip().lstrip(".")
    if not name or not name.isprintable() or len(name.encode("utf-8", "replace")) > _LONGEST_NAME:
        raise ApiError(400, f"{name[:100]!r} is no name of a file: send another `filename`.", "file")
    return name
