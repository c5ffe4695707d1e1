"""Signing in and out, the own account, and the first account of all."""

from importlib.resources import files
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from rag.apps.access import Visit
from rag.apps.server.accounts.accounts import Account
from rag.apps.server.accounts.passwords import SHORTEST
from rag.apps.server.allow import allow, visitors_of
from rag.apps.server.health import LOOKED_AT
from rag.apps.server.html import page
from rag.apps.server.throttle import WAIT_MINUTES
from rag.errors import RagError
from rag.index.audit import acting_as
from rag.languages.formats import lasting
from rag.languages.spoken import texts

router = APIRouter()
Anyone = Annotated[Visit[Any], Depends(allow(None))]
Text = Annotated[str, Form(max_length=1000)]
_LONGEST_PATH: Final = 2000  # characters, of a page that somebody wanted before they signed in


@router.get("/login/style.css")
def style(visit: Anyone) -> Response:
    text = files(__package__).joinpath("pages/style.css").read_text("utf-8")
    return Response(text, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@router.api_route("/login", methods=LOOKED_AT, include_in_schema=False)
def login_page(request: Request, visit: Anyone, next: str = "") -> Response:
    """`next` is the page that somebody came from who was not signed in."""
    if visit.person.account is not None:
        return to_page(request, own_path(next) if next else "/account")
    return _login(request, next=own_path(next))


@router.post("/login")
def login(request: Request, visit: Anyone, name: Text, password: Text, next: Annotated[str, Form()] = "") -> Response:
    """Signs in with a name and its password. A browser that is signed in already gets another session."""
    visitors = visitors_of(request)
    if not visitors.throttle.takes(visit.person.network, name):
        return _login(request, 429, name=name[:64], next=own_path(next), problem=_too_many_tries())
    account = visitors.accounts.sign_in(name, password)
    if account is None:
        return _login(request, 401, name=name[:64], next=own_path(next), problem=texts.PW_WRONG)
    visitors.throttle.forget(visit.person.network, name)
    response = to_page(request, own_path(next))
    visitors.begin(request, response, account)
    return response


@router.post("/logout")
def logout(request: Request, visit: Anyone) -> Response:
    visitors = visitors_of(request)
    response = to_page(request, "/login")
    visitors.end(request, response, visitors.account(request))
    return response


@router.get("/account")
def account_page(request: Request, visit: Anyone) -> Response:
    return _account(request, visit)


@router.post("/account/password")
def change_password(request: Request, visit: Anyone, password: Text, new: Text) -> Response:
    """Sets another password; every other session of the account ends."""
    visitors = visitors_of(request)
    account = visitors.account(request)
    if account is None or account.provider:
        return to_page(request, "/login")
    if not visitors.throttle.takes(visit.person.network, account.name):
        return _account(request, visit, 429, problem=_too_many_tries())
    if visitors.accounts.sign_in(account.name, password) is None:
        return _account(request, visit, 401, problem=texts.PW_WRONG)
    visitors.throttle.forget(visit.person.network, account.name)
    try:
        with acting_as(f"account:{account.id}"):
            visitors.accounts.set_password(account.id, new)
    except RagError as error:
        return _account(request, visit, 400, problem=str(error))
    changed = visitors.accounts.by_id(account.id)
    if changed is None:  # deleted meanwhile
        return to_page(request, "/login")
    response = _of_account(request, visit, changed, said=texts.PW_CHANGED)
    visitors.begin(request, response, changed)
    return response


@router.get("/setup")
def setup_page(request: Request, visit: Anyone, token: str = "") -> Response:
    visitors = visitors_of(request)
    if not visitors.setup.fits(token) or visitors.accounts.exist():
        return _no_setup(request)
    return _setup(request, token)


@router.post("/setup")
def set_up(request: Request, visit: Anyone, token: Text, name: Text, password: Text) -> Response:
    """Makes the first account, an administrator, for who has the link. Tries are not counted: its token cannot be guessed."""
    visitors = visitors_of(request)
    if not visitors.setup.fits(token) or visitors.accounts.exist():
        return _no_setup(request)
    try:
        with acting_as("setup"):  # who has the link that was printed at the start
            account = visitors.accounts.add(name, "admin", password, first=True)
    except RagError as error:
        return _setup(request, token, 400, name=name[:64], problem=str(error))
    visitors.setup.use()
    response = to_page(request, "/")
    visitors.begin(request, response, account)
    return response


def _login(request: Request, status: int = 200, **values: str) -> Response:
    visitors = visitors_of(request)
    provider = visitors.provider.name if visitors.provider else ""
    values = {"name": "", "next": "/", **values}
    return page(request, "login.html", texts.SIGN_IN, status, provider=provider, space=visitors.place.space, **values)


def _too_many_tries() -> str:
    return texts.TOO_MANY_TRIES.format(minutes=lasting(WAIT_MINUTES, "minute"))


def _account(request: Request, visit: Visit[Any], status: int = 200, **values: str) -> Response:
    account = visitors_of(request).account(request)
    if account is None:
        return to_page(request, "/login")
    return _of_account(request, visit, account, status, **values)


def _of_account(request: Request, visit: Visit[Any], account: Account, status: int = 200, **values: str) -> Response:
    desk = visit.person.may("desk") and visitors_of(request).desk_is_served()
    return page(request, "account.html", texts.ACCOUNT, status, account=account, shortest=SHORTEST, desk=desk, **values)


def _setup(request: Request, token: str, status: int = 200, **values: str) -> Response:
    values = {"name": "", **values}
    return page(request, "setup.html", texts.SETUP, status, token=token, shortest=SHORTEST, **values)


def _no_setup(request: Request) -> Response:
    return page(request, "message.html", texts.SETUP, 403, problem=texts.SETUP_LINK_OVER)


def own_path(path: str) -> str:
    """A path of this server, "/" for whatever is none or may be read as another site: browsers take a backslash for a slash,
    and leave out tabs and line ends.

    >>> own_path("/desk/c/1?view=mine"), own_path("//evil.test"), own_path("https://evil.test")
    ('/desk/c/1?view=mine', '/', '/')
    """
    safe = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if safe and len(path) <= _LONGEST_PATH else "/"


def to_page(request: Request, path: str) -> RedirectResponse:
    """To another page of the server; a browser asks for it by GET."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}", 303, {"Cache-Control": "no-store"})
