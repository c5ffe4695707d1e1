"""Sign-in with an OpenID provider: authorization code with PKCE, by authlib."""

import logging
from typing import Annotated, Any, Final

from authlib.integrations.base_client import OAuthError
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from httpx2 import HTTPError  # what authlib asks with
from itsdangerous import BadData
from joserfc.errors import JoseError

from rag.apps.access import Visit
from rag.apps.server.allow import allow, visitors_of
from rag.apps.server.html import page
from rag.apps.server.login import own_path, to_page
from rag.errors import RagError
from rag.languages.spoken import texts

log = logging.getLogger(__name__)
router = APIRouter()
Anyone = Annotated[Visit[Any], Depends(allow(None))]
COOKIE: Final = "footnote_sign_in"
_SECONDS = 600  # that a person has for the provider's pages


@router.get("/login/with")
async def leave(request: Request, visit: Anyone, next: str = "") -> Response:
    """To the provider; a cookie remembers what was asked of it, and the page to go to then."""
    visitors = visitors_of(request)
    if visitors.provider is None:
        return to_page(request, "/login")
    request.scope["session"] = {}
    try:
        response: Response = await visitors.provider.client.authorize_redirect(request, str(request.url_for("arrive")))
    except (OAuthError, HTTPError, JoseError, ValueError, RuntimeError) as error:
        return _failed(request, error)
    request.session["next"] = own_path(next)
    response.set_cookie(
        COOKIE, visitors.signer.dumps(request.session, salt=COOKIE), max_age=_SECONDS, **visitors.cookie(request)
    )
    return response


@router.get("/login/done")
async def arrive(request: Request, visit: Anyone) -> Response:
    """Back from the provider: who it says they are is signed in."""
    visitors = visitors_of(request)
    provider = visitors.provider
    if provider is None:
        return to_page(request, "/login")
    try:
        asked = request.cookies.get(COOKIE, "")
        request.scope["session"] = visitors.signer.loads(asked, max_age=_SECONDS, salt=COOKIE)
        token = await provider.client.authorize_access_token(request)
        claims = token["userinfo"]
        name = str(claims.get("preferred_username") or claims.get("email") or claims.get("name") or claims["sub"])
        account = await run_in_threadpool(
            visitors.accounts.sign_in_with,
            provider.issuer,
            str(claims["sub"]),
            name,
            visitors.settings.openid_role,
            admin=provider.is_admin(claims),
        )
    except (OAuthError, HTTPError, JoseError, BadData, ValueError, KeyError, RuntimeError, RagError) as error:
        return _failed(request, error)
    if account is None:
        return page(request, "message.html", texts.SIGN_IN, 403, problem=texts.ACCOUNT_DISABLED)
    response = to_page(request, own_path(str(request.session.get("next", "/"))))
    response.delete_cookie(COOKIE, **visitors.cookie(request))
    visitors.begin(request, response, account)
    return response


def _failed(request: Request, error: Exception) -> Response:
    """The person can only try again; who hosts it finds the reason in the log."""
    log.warning("sign-in with the provider failed: %s", error)
    return page(request, "message.html", texts.SIGN_IN, 400, problem=texts.SIGN_IN_FAILED)
