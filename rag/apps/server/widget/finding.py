"""The widget that a request names, and its visitor."""

from typing import Any

from fastapi import HTTPException, Request

from rag.apps.access import SCOPES_OF, Person, Visit
from rag.apps.server.allow import visitors_of
from rag.apps.server.widget.identity import IdentityError, Named, owner_of
from rag.apps.server.widget.widgets import Widget
from rag.errors import NotFoundError
from rag.languages.spoken import texts


def as_visitor(request: Request, visit: Visit[Any], widget: Widget, named: Named) -> Visit[Any]:
    """Whoever is signed in here: in another site's page everybody is a visitor of the widget's base, whom the site may name.

    Raises HTTPException for a signature that does not fit.
    """
    visitors = visitors_of(request)
    try:
        visitor = owner_of(widget.id, visitors.widgets.secret(widget.id), named)
    except IdentityError as error:
        raise HTTPException(403, str(error)) from error
    person = Person(
        SCOPES_OF["visitor"],
        visitors.settings.audience,
        bases=frozenset({widget.base}),
        address=visit.person.address,
        visitor=visitor,
    )
    return Visit(person, visit.bases, turns=visit.turns)


def find(request: Request, id: str) -> Widget:
    """Raises HTTPException: who hosts the server is not who asks."""
    try:
        return visitors_of(request).widgets.find(id)
    except NotFoundError as error:
        raise HTTPException(404, texts.NO_PAGE) from error
