"""The language that a person is spoken to in, and what is said in it.

`texts.SEND` is the text in the language of the block `speaking(language)` that it is read in; outside of one, in English. The
desk's pages have names of their own: `desk_texts.SEND`, `assist_texts.TAKE`. A language is a package beside this module, as
`en` is; a test holds that all have the same texts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeGuard, get_args

Language = Literal["en", "de", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
_SPOKEN: ContextVar[Language] = ContextVar("language", default="en")


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Whoever is spoken to in the block is spoken to in this language. A thread begun in it needs `copy_context`."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def speak(language: Language) -> None:
    """Whoever is spoken to from now on in this context, as a request's is, is spoken to in this language."""
    _SPOKEN.set(language)


def spoken() -> Language:
    """The language of the innermost `speaking`, English where there is none."""
    return _SPOKEN.get()


def is_spoken(tag: str | None) -> TypeGuard[Language]:
    """Whether there are texts in a language."""
    return tag in LANGUAGES


def texts_in(language: Language) -> ModuleType:
    """All texts of one language."""
    return import_module(f"rag.languages.{language}")


def accepted(header: str) -> Language | None:
    """The language that a browser's `Accept-Language` likes best of those there are.

    >>> accepted("fr-CH, de;q=0.8, en;q=0.9, *;q=0.5"), accepted("zh-TW"), accepted("fr")
    ('en', 'zh', None)
    """
    wanted: list[tuple[float, Language]] = []
    for part in header[:_LONGEST_HEADER].split(","):
        tag, _, weight = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if is_spoken(primary):
            wanted.append((_weight(weight), primary))
    best = max(wanted, key=lambda one: one[0], default=None)  # of equals the first
    return best[1] if best and best[0] > 0 else None


_LONGEST_HEADER: Final = 1_000  # characters


def _weight(parameter: str) -> float:
    """`q=0.8` as a number; 1 where there is none, 0 for what is no number."""
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


class _Texts:
    """Any text by its name, in the language spoken; `area` is a module whose names are its own."""

    def __init__(self, area: str = "") -> None:
        self._area = area

    def __getattr__(self, name: str) -> Any:
        found = texts_in(spoken())
        return getattr(getattr(found, self._area) if self._area else found, name)


if TYPE_CHECKING:
    from rag.languages import en

    texts = en
    desk_texts = en.desk
    assist_texts = en.desk_assist
else:
    texts = _Texts()
    desk_texts = _Texts("desk")
    assist_texts = _Texts("desk_assist")
