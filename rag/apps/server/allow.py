"""The one dependency by which every route says who may use it."""

from collections.abc import Callable
from typing import Any

from fastapi import Request

from rag.apps.access import Scope, Visit
from rag.apps.server.sessions import Visitors


def allow(scope: Scope | None) -> Callable[[Request], Visit[Any]]:
    """A dependency that gives the visit of who asks, where they may use `scope`, otherwise the answer is 401 or 403; None is
    for everybody, as a page to sign in on is.
    """

    def admitted(request: Request) -> Visit[Any]:
        return visitors_of(request).admit(request, scope)

    admitted.scope = scope  # type: ignore[attr-defined] # read by the test that every route has a rule
    return admitted


def visitors_of(request: Request) -> Visitors:
    """The visitors of the application that a request came to."""
    visitors: Visitors = request.app.state.visitors
    return visitors
