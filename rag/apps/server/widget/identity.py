"""Whom a widget's site says it shows the chat to: an id of the site's own, signed with the widget's secret."""

import hmac
from hashlib import sha256
from typing import Annotated, Final

from pydantic import BaseModel, Field

from rag.errors import RagError

LONGEST_USER: Final = 200  # characters
OFF = "This widget knows no users of its site: `rag widgets secret ID` makes the secret to sign them with."
WRONG = "The signature does not fit: it is the HMAC-SHA256 of the user's id in UTF-8 with the widget's secret, in hexadecimal."


class IdentityError(RagError):
    """Who somebody says they are is not borne out."""


class Named(BaseModel):
    """What the site says; "" where it says nothing, and the visitor is nobody in particular."""

    user: Annotated[str, Field(max_length=LONGEST_USER)] = ""
    signature: Annotated[str, Field(max_length=64)] = ""


def signature_of(user: str, secret: str) -> str:
    """What a site sends along with the id of its user: HMAC-SHA256 (RFC 2104), as 64 hexadecimal digits."""
    return hmac.new(secret.encode(), user.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def owner_of(widget: str, secret: str, named: Named) -> str:
    """The user of a widget's site as conversations are kept under, a hash; "" for nobody in particular.

    Raises IdentityError for a signature that does not fit, and where the widget has no secret ("").
    """
    if not named.user:
        return ""
    if not secret:
        raise IdentityError(OFF)
    if not hmac.compare_digest(signature_of(named.user, secret).encode(), named.signature.lower().encode()):
        raise IdentityError(WRONG)
    return known_as(widget, named.user)


def known_as(widget: str, user: str) -> str:
    """A hash that no visitor's own secret comes to: those have no colon."""
    return sha256(f"{widget}:user:{user}".encode("utf-8", "surrogatepass")).hexdigest()
