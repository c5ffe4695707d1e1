"""Who asks the API, and which base: a `model` is a base, `footnote` the first one that they may ask."""

from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from fastapi import Depends
from pydantic import Field

from rag.apps.access import Visit
from rag.apps.server.allow import allow
from rag.apps.server.problem import ApiError

if TYPE_CHECKING:
    from rag.service import Assistant

Asking: TypeAlias = Annotated[Visit[Any], Depends(allow("ask"))]
Managing: TypeAlias = Annotated[Visit[Any], Depends(allow("manage"))]
NAME: Final = "footnote"
Name = Annotated[str, Field(min_length=1, max_length=200)]
"""The name of a model, base or document, as a request may hold it."""


def base_of(visit: "Visit[Assistant]", model: str) -> str:
    """The base that a model's name means; raises ApiError for one that they may not know of."""
    names = visit.names()
    if model == NAME and names:
        return names[0]
    kind, _, base = model.partition("/")
    if kind != NAME or base not in names:
        raise ApiError(404, f"There is no model {model!r}; /v1/models lists those there are.", "model", "model_not_found")
    return base


def base_named(visit: "Visit[Assistant]", name: str | None) -> str:
    """A base by its own name, by default the first; raises ApiError."""
    names = visit.names()
    if name is None and names:
        return names[0]
    if name not in names:
        raise ApiError(404, f"There is no base {name or ''!r}; /v1/models lists those there are.", "base", "not_found")
    return name


def model_of(base: str) -> str:
    """What a base is called as a model."""
    return f"{NAME}/{base}"
