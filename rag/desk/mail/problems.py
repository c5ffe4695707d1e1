"""What is wrong with a mail: kept as kinds and values, and said in the language of whoever reads it."""

import json
from collections.abc import Iterable
from typing import NamedTuple

from rag.languages.formats import number
from rag.languages.spoken import texts
from rag.text import replace_lone_surrogates

Value = str | int | float


class Problem(NamedTuple):
    """One of `texts.MAIL_PROBLEMS`, with what stands in it."""

    kind: str
    values: tuple[tuple[str, Value], ...]


def problem(kind: str, /, **values: Value) -> Problem:
    return Problem(kind, tuple(values.items()))


def kept(problems: Iterable[Problem]) -> str:
    """Problems as the table of mails has them, each once; "" for none."""
    rows = [[kind, dict(values)] for kind, values in dict.fromkeys(problems)]
    return replace_lone_surrogates(json.dumps(rows, ensure_ascii=False)) if rows else ""


def in_words(text: str) -> str:
    """What was kept, in words. A sentence that an earlier release kept stays as it is."""
    try:
        return "; ".join(_sentence(kind, values) for kind, values in json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError):
        return text


def _sentence(kind: str, values: dict[str, Value]) -> str:
    return texts.MAIL_PROBLEMS[kind].format(**{name: _shown(value) for name, value in values.items()})


def _shown(value: Value) -> str:
    return value if isinstance(value, str) else number(value, int(isinstance(value, float)))
