"""What is said to a message that asks nothing of the documents: texts by language and kind, a maintainer's own first.

[en]
greeting = "Welcome to Larkfell! Ask me about orders, delivery and returns."

[bases.staff.de]
bye = "Bis bald!"
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rag.errors import SettingsError
from rag.languages import CONTACT_QUESTIONS, REPLIES
from rag.languages.spoken import texts

_LARGEST = 64 * 1024  # bytes of the file
_BASES, _OTHERS = "bases", "en"
_HINT = "see docs/replies.md"
Texts = Mapping[str, Mapping[str, str]]


class Replies:
    """The texts of one base. `own` are a maintainer's, by language and kind; where these lack one, the package's stand."""

    def __init__(self, own: Texts | None = None) -> None:
        self._own = own or {}

    @classmethod
    def read(cls, path: Path | None, base: str) -> "Replies":
        """Those of a file for a base; raises SettingsError for a file that cannot be read or has another layout."""
        if path is None:
            return cls()
        table = _table(path)
        bases = table.pop(_BASES, {})
        if not isinstance(bases, dict) or not all(isinstance(own, dict) for own in bases.values()):
            raise SettingsError(f"{path}: {_BASES} are to be tables such as [bases.shop.en]; {_HINT}")
        shared, own = _checked(path, table), {name: _checked(path, said) for name, said in bases.items()}.get(base, {})
        return cls({language: {**shared.get(language, {}), **own.get(language, {})} for language in shared.keys() | own.keys()})

    def say(self, what: str, *languages: str) -> str:
        """The text for a kind of message in the first of the languages that has one, else in English."""
        for spoken in (*languages, _OTHERS):
            said = {**REPLIES.get(spoken, {}), **self._own.get(spoken, {})}.get(what)
            if said is not None:
                return said.replace("{name}", texts.NAME)
        raise KeyError(what)


def contact_questions(language: str) -> list[str]:
    """What the documents are asked, one after the other, for a person who wants to talk to people."""
    return list(dict.fromkeys(CONTACT_QUESTIONS.get(spoken, CONTACT_QUESTIONS[_OTHERS]) for spoken in (language, _OTHERS)))


def _table(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as opened:
            data = opened.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise SettingsError(f"RAG_REPLIES: {path} has over {_LARGEST // 1024} kB; {_HINT}")
        return tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{path}, which RAG_REPLIES names, cannot be read ({error.strerror}); {_HINT}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"RAG_REPLIES: {path} is not TOML ({error}); {_HINT}") from error


def _checked(path: Path, table: Mapping[str, Any]) -> Texts:
    """The texts of a table by language and kind; raises SettingsError with what is wrong."""
    for language, said in table.items():
        if not isinstance(said, dict):
            raise SettingsError(
                f"RAG_REPLIES: {path} has {language} = {said!r:.60}: texts stand in tables such as [en]; {_HINT}"
            )
        for what, text in said.items():
            if what not in REPLIES[_OTHERS]:
                raise SettingsError(
                    f"{path}: [{language}] has {what!r}, which is none of {', '.join(REPLIES[_OTHERS])}; {_HINT}"
                )
            if not isinstance(text, str) or not text.strip():
                raise SettingsError(f"{path}: [{language}] {what} is {text!r:.60}, which is no text; {_HINT}")
    return table
