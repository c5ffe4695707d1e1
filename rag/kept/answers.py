"""An answer to the JSON that is kept of it, and back: citations and highlights are there years later."""

import json
from dataclasses import replace
from functools import cache

from pydantic import TypeAdapter, ValidationError

from rag.privacy import Mask
from rag.text import replace_lone_surrogates
from rag.types import Answer


@cache
def _adapter() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)


def to_json(answer: Answer, mask: Mask) -> str:
    """The answer with what a person typed masked: the question and what was searched for. What documents say stays as it is."""
    hidden = replace(answer, question=mask(answer.question), searched=mask(answer.searched), left_out=mask(answer.left_out))
    return replace_lone_surrogates(json.dumps(_adapter().dump_python(hidden), ensure_ascii=False))


def from_json(text: str) -> Answer | None:
    """The answer; fields that a later version added have their defaults, None for what is none."""
    try:
        return _adapter().validate_json(text)
    except ValidationError:
        return None
