"""Messages with what kind they are: what the router learns from, and is judged by.

Read from CSVs with the columns language, intent and message (data/messages), from help-desk archives (data/helpdesk) and
public sets, of which a table says what their labels mean here (data/messages/sources.toml). Other datasets are of questions.
"""

import random
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from rag.datasets import formats, helpdesk
from rag.datasets.records import numbered_json_lines, table, text_of
from rag.errors import NotFoundError, RagError
from rag.route import MessageKind

COLUMNS = ("language", "intent", "message")
ORDER: tuple[MessageKind, ...] = get_args(MessageKind)
_FIELDS = frozenset(("text", "label", "language", "kinds", "leave_out", "rest", "most", "digits"))
_SEED = 1


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message, what kind it is, the primary tag of its language ("" where the set does not say) and the set it is of."""

    message: str
    kind: MessageKind
    language: str
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """What the labels of a public set mean: `kinds` by label, `rest` for all others (None: they are left out).

    `most`: so many of a kind are drawn. `digits`: of data alone, only messages with at least so many are meant.
    """

    kinds: Mapping[str, MessageKind]
    text: str = "text"
    label: str = ""
    language: str = ""
    rest: MessageKind | None = None
    leave_out: frozenset[str] = frozenset()
    most: int | None = None
    digits: int = 0


def read(path: Path, sources: Mapping[str, Source]) -> list[Labelled]:
    """All messages of a dataset, none twice; raises RagError for what cannot be read, with the line that is wrong."""
    if not path.exists():
        raise NotFoundError(f"{path} does not exist: check the path.")
    source = sources.get(path.name) or sources.get(path.parent.name)
    found: Iterable[Labelled]
    if source and path.is_file() and path.suffix in {".jsonl", ".csv"}:
        found = _mapped(path, source)
    elif path.suffix == ".zip":
        found = _turns(path)
    elif path.suffix == ".csv":
        found = _labelled(path)
    else:
        language = source.language if source else _language(path)
        asked = formats.read(path).questions
        found = (Labelled(question.text, "question", language, path.parent.name) for question in asked)
    return _drawn(found, source.most if source else None)


def read_sources(path: Path) -> dict[str, Source]:
    """What a table (TOML) says of public sets, by the name of a set's folder; raises RagError."""
    try:
        return {name: _source(path, name, said) for name, said in tomllib.loads(text_of(path)).items()}
    except tomllib.TOMLDecodeError as error:
        raise RagError(f"{path} is not TOML: {error}.") from error


def primary(intents: Iterable[str]) -> MessageKind:
    """The kind of a message of several intents, see MessageKind; raises KeyError for one that is unknown."""
    known = {intent: ORDER.index(_kind(intent)) for intent in intents}
    return ORDER[min(known.values())]


def _turns(path: Path) -> Iterator[Labelled]:
    """The messages of a help-desk archive."""
    for n, turn in enumerate(helpdesk.turns(path), 1):
        try:
            yield Labelled(turn["message"], primary(turn["intents"]), turn["language"], path.stem)
        except (KeyError, TypeError, ValueError) as error:
            raise RagError(f"{path} {helpdesk.TURNS} line {n} is no turn: {error!r}") from error


def _kind(name: str) -> MessageKind:
    for kind in get_args(MessageKind):
        if kind == name:
            return kind  # type: ignore[no-any-return]
    raise KeyError(f"{name!r} is none of {', '.join(get_args(MessageKind))}")


def _source(path: Path, name: str, said: Mapping[str, Any]) -> Source:
    if unknown := sorted(said.keys() - _FIELDS):
        raise RagError(f"{path}: [{name}] has {unknown[0]!r}, which is none of {', '.join(sorted(_FIELDS))}.")
    try:
        kinds = {label: _kind(kind) for kind, labels in said.get("kinds", {}).items() for label in labels}
        rest = _kind(said["rest"]) if "rest" in said else None
    except KeyError as error:
        raise RagError(f"{path}: [{name}] {error.args[0]}.") from error
    others = {key: said[key] for key in ("text", "label", "language", "most", "digits") if key in said}
    return Source(kinds=kinds, rest=rest, leave_out=frozenset(said.get("leave_out", ())), **others)


def _labelled(path: Path) -> Iterator[Labelled]:
    for line, (language, intent, message) in table(path, COLUMNS, ","):
        try:
            yield Labelled(message, _kind(intent), language, path.stem)
        except KeyError as error:
            raise RagError(f"{path} line {line}: the intent {error.args[0]}.") from error


def _mapped(path: Path, source: Source) -> Iterator[Labelled]:
    """The messages of a public set whose labels mean something here."""
    language = source.language or _language(path)
    for line, label, message in _records(path, source):
        kind = source.kinds.get(label, None if label in source.leave_out else source.rest)
        if not isinstance(message, str):
            raise RagError(f"{path} line {line} has {source.text} {message!r:.60}, which is no text.")
        enough = kind != "data" or sum(map(str.isdigit, message)) >= source.digits
        if kind and message.strip() and enough:
            yield Labelled(message.strip(), kind, language, path.parent.name)


def _records(path: Path, source: Source) -> Iterator[tuple[int, Any, Any]]:
    if path.suffix == ".csv":
        columns = (source.label or source.text, source.text)
        yield from ((line, label, text) for line, (label, text) in table(path, columns, ","))
        return
    for line, record in numbered_json_lines(path, (source.text.split(".")[0],)):
        yield line, _field(record, source.label), _field(record, source.text)


def _field(record: Any, name: str) -> Any:
    """A field of a record by its name; "answers.friend" is a field of a field, "turns.0" an item. None where it lacks."""
    for part in filter(None, name.split(".")):
        if isinstance(record, list):
            record = record[int(part)] if len(record) > int(part) else None
        else:
            record = record.get(part) if isinstance(record, dict) else None
    return record if name else None


def _language(path: Path) -> str:
    """That of a file whose name begins with it, as in de.train.json; "" of others."""
    first = path.name.split(".")[0]
    return first if len(first) == 2 else ""


def _drawn(found: Iterable[Labelled], most: int | None) -> list[Labelled]:
    """Each message once, and of each kind and language at most so many, drawn by chance."""
    once = list({item.message.casefold(): item for item in found if item.message.strip()}.values())
    if most is None:
        return once
    groups: dict[tuple[str, str], list[Labelled]] = {}
    for item in once:
        groups.setdefault((item.kind, item.language), []).append(item)
    chance = random.Random(_SEED)  # noqa: S311
    return [item for group in groups.values() for item in chance.sample(group, min(most, len(group)))]
