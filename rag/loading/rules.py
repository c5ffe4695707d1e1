"""`footnote.toml`: what a maintainer says of the documents around it, which counts more than what they say of themselves.

    [[rules]]
    paths = ["staff/**", "*-internal.docx"]
    audience = "internal"

Paths are those of files below the folder of `footnote.toml`: `*` and `?` stand for anything but "/", `**` for anything. Besides
`audience` a rule may set every field of `rag.about.About`. Of two rules for one file, the later counts. The nearest
`footnote.toml` at or above a file holds for it.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rag.about import About, about_of, said
from rag.errors import RulesError

NAME = "footnote.toml"
_LARGEST, _MOST, _LONGEST = 64 * 1024, 500, 200  # Bytes of the file; rules, or paths of a rule; characters of a path.
_HINT = "see docs/documents.md"


@dataclass(frozen=True, slots=True)
class Rule:
    """Which files it is for, as regular expressions of their paths by the patterns as written, and what it says of them."""

    paths: Mapping[str, re.Pattern[str]]
    says: Mapping[str, Any]

    def is_for(self, place: str) -> bool:
        """Whether it is for the file of that path, counted from the folder of the rules."""
        return any(form.fullmatch(place) for form in self.paths.values())


class Rules:
    """The rules of every folder that files are read from; each file is read once, `forget` reads them again."""

    def __init__(self, without: Path | None = None) -> None:
        """`without`: a folder of uploads. Visitors may have put a `footnote.toml` there, and those above are not about it."""
        self._without = without.absolute().resolve() if without else None
        self._known: dict[Path, tuple[Rule, ...] | None] = {}

    def read(self, roots: Iterable[Path]) -> None:
        """Read the rules that hold for these folders and files anew. Raises RulesError; nothing has changed then."""
        self._known = {}
        for root in roots:
            self.of(root / NAME if root.is_dir() else root)
            for file in root.rglob(NAME) if root.is_dir() else ():
                self.of(file)

    def of(self, path: Path) -> dict[str, Any]:
        """What the rules say of a file, by the names of About's fields; raises RulesError."""
        if self._without and path.is_relative_to(self._without):
            return {}
        for folder in path.parents:
            rules = self._rules(folder)
            if rules is not None:
                place = path.relative_to(folder).as_posix()
                return {name: value for rule in rules if rule.is_for(place) for name, value in rule.says.items()}
        return {}

    def without_files(self, folder: Path, files: Iterable[Path]) -> list[str]:
        """The patterns in a folder's own rules that are those of none of its files: perhaps misspelt."""
        places = [file.relative_to(folder).as_posix() for file in files]
        patterns = {path: form for rule in self._rules(folder) or () for path, form in rule.paths.items()}
        return [path for path, form in patterns.items() if not any(map(form.fullmatch, places))]

    def _rules(self, folder: Path) -> tuple[Rule, ...] | None:
        if folder not in self._known:
            file = folder / NAME
            self._known[folder] = parse(file) if file.is_file() else None
        return self._known[folder]


def overruled(about: About, says: Mapping[str, Any]) -> About:
    """What a document says of itself, with what the rules say instead."""
    return about_of({**said(about), **says})


def mark(sha256: str, says: Mapping[str, Any]) -> str:
    """The hash of a file's content and of what rules say of it: where either changes, the file is read again."""
    return f"{sha256} {json.dumps(says, sort_keys=True, ensure_ascii=False)}" if says else sha256


def parse(file: Path) -> tuple[Rule, ...]:
    """The rules of one file. Raises RulesError, whose message has the value seen."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise RulesError(f"{file} has over {_LARGEST // 1024} kB; write fewer rules, with patterns for folders")
        table = tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise RulesError(f"{file} cannot be read ({error.strerror}); let it be read, or remove it") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise RulesError(f"{file} is not TOML ({error}); {_HINT}") from error
    if unknown := sorted(table.keys() - {"rules"}):
        raise RulesError(f"{file} has {unknown[0]!r}, which is not known: only [[rules]] stand there; {_HINT}")
    rules = table.get("rules", [])
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules) or len(rules) > _MOST:
        raise RulesError(f"{file}: rules are to be up to {_MOST} tables, each below a line [[rules]]; {_HINT}")
    return tuple(_rule(file, n, rule) for n, rule in enumerate(rules, start=1))


def _rule(file: Path, n: int, table: Mapping[str, Any]) -> Rule:
    paths = table.get("paths")
    if not isinstance(paths, list) or not paths or not all(isinstance(path, str) and path for path in paths):
        raise RulesError(f'{file}, rule {n}: paths is {paths!r}, not a list of patterns such as "staff/**"; {_HINT}')
    if len(paths) > _MOST or any(len(path) > _LONGEST for path in paths):
        raise RulesError(f"{file}, rule {n}: a rule has at most {_MOST} paths of {_LONGEST} characters")
    says = {name: _plain(value) for name, value in table.items() if name != "paths"}
    if not says:
        raise RulesError(f'{file}, rule {n} says nothing of {paths[0]!r}: add what it is to say, such as audience = "internal"')
    try:
        about_of(says)
    except ValueError as error:
        allowed = ", ".join(About.__slots__)
        allowed += ", dates as 2026-03-31, audience is public or internal"
        message = f"{file}, rule {n}: {error}, which cannot be; there are {allowed}; {_HINT}"
        raise RulesError(message) from error
    if says.get("superseded_by"):
        says.setdefault("superseded", True)
    return Rule({path: re.compile(_pattern(path)) for path in paths}, says)


def _plain(value: object) -> object:
    """TOML has dates of its own."""
    if isinstance(value, datetime):
        value = value.date()
    return value.isoformat() if isinstance(value, date) else value


def _pattern(path: str) -> str:
    """A pattern of paths as a regular expression; one that ends with "/" is all in that folder.

    >>> _pattern("staff/**"), _pattern("**/*.md")
    ('staff/.*', '(?:.*/)?[^/]*\\\\.md')
    """
    path = path.removeprefix("/").removeprefix("./")
    path += "**" if path.endswith("/") else ""
    forms = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(forms.get(part) or re.escape(part) for part in re.split(r"(\*\*/|\*\*|\*|\?)", path))
