"""What a document says of itself, at its head or in the keys of its front matter, its record or its table's row, to an About.

Only forms are read, never sentences for their meaning: a label and its value ("Valid from 1 March 2026", "Owner: Payments"), a
date that stands alone, a notice that is a whole sentence ("Staff only.") or in the title's brackets. The head ends with the
first section.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rag.about import About, about_of
from rag.languages import (
    EDITION_WORDS,
    EDITIONS,
    INTERNAL_KEYS,
    INTERNAL_NOTICES,
    LABELS,
    MONTHS,
    PUBLIC_KEYS,
    SUPERSEDED_KEYS,
    SUPERSEDED_NOTICES,
    VALID_BETWEEN,
    VALID_FROM,
)
from rag.loading.cleaning import one_line
from rag.loading.dates import DATE, read_date
from rag.types import Document

_HEAD, _MOST_BLOCKS = 1_500, 12  # Characters and blocks of the head.
_MOST_SENTENCES, _MOST_LINES, _LONGEST = 4, 12, 200  # Of a block; of one with line breaks; characters of a sentence.
_LONGEST_BESIDE = 40  # Characters of what stands beside a label and its value in one sentence: "Edition 4, February 2026".
_TRUE, _FALSE = {"true", "yes", "1", "on", "ja", "是"}, {"false", "no", "0", "off", "nein", "否"}
_TLP = r"tlp:\s?(?:red|amber(?:\+strict)?|green)"  # The traffic light protocol of incident teams: all but "clear".
_TITLE = r"[^()\[\]（）【】]{1,60}"
_BRACKETS = re.compile(rf"[(\[（【]({_TITLE})[)\]）】]|^({_TITLE}?)(?::\s|\s[-–—|]\s)")
# Behind a full stop, but not of "1. März 2026", "1. 3. 2026" or "4. Auflage".
_SENTENCE = re.compile(rf"\n|(?<=[。！？])|(?<=[.!?])\s+(?!(?:{'|'.join((*MONTHS, *EDITION_WORDS))})\b|\d)", re.IGNORECASE)
_US_DATE = re.compile(r"([^\W\d]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?), ((?:19|20)\d\d)")
_CLAUSE = re.compile(
    r"\s{2,}|\s+(?=[\u4e00-\u9fff]{2,8}[:：])|\s*[(（]|\s*[,;；，|·•/]\s+|\s+[-–—|·•]\s+|\s*[,;；，|·•]\s*(?=[^\W\d_])"
)
_VERSION = re.compile(r"(?:v\.?\s?)?(\d[\w.+-]{0,30})", re.IGNORECASE)
_TAG = re.compile(r"([a-z]{2,3})(?:[-_][\w-]{1,20})?", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_FREE = {"superseded_by", "status", "owner", "audience", "language"}  # Values of any form: their label ends with a colon.


def _any_of(forms: Iterable[str]) -> list[re.Pattern[str]]:
    return [re.compile(form.replace("{date}", f"({DATE})"), re.IGNORECASE) for form in forms]


_INTERNAL, _SUPERSEDED = _any_of((*INTERNAL_NOTICES, _TLP)), _any_of(SUPERSEDED_NOTICES)
_BETWEEN, _STARTS, _EDITIONS = _any_of(VALID_BETWEEN), _any_of(VALID_FROM), _any_of(EDITIONS)
_FIELD = {label: (field, rank) for field, lists in LABELS.items() for labels in lists for rank, label in enumerate(labels)}
_BARE = _FIELD["date"][1]  # The rank of a date without a label.
_LABELS = "|".join(sorted(map(re.escape, _FIELD), key=len, reverse=True))
_LABEL = re.compile(rf"({_LABELS})(?:\s*[:：]\s*|\s+|(?<=[\u4e00-\u9fff])(?=\d))(.+)", re.IGNORECASE)


def of_values(values: Iterable[tuple[str, Sequence[str]]], language: str = "") -> About:
    """What keys and their values say, as front matter, a record or a row of a table has them; unknown ones say nothing."""
    found = _Found()
    for key, given in values:
        label = re.sub(r"[\s_.-]+", " ", _CAMEL.sub(" ", key[:80])).strip().casefold()
        parts = [one_line(value)[: _LONGEST + 1] for value in given if value.strip()]
        if parts:
            found.take(_flag(label, parts[0].casefold()))
            if label in _FIELD:
                field, rank = _FIELD[label]
                found.take(_read(field, parts, language), rank)
    return found.about()


def of_head(document: Document) -> About:
    """What the title and the lines above a document's first section say, and a last line such as "Internal use only"."""
    found = _Found()
    found.take(_of_title(document.title))
    for sentence in _head(document):
        _take_sentence(found, sentence, document.about.language)
    for last in document.blocks[-1:]:
        text = document.text[last.start : last.end]
        if last.kind == "paragraph" and len(text) <= _LONGEST and _is_internal(text):
            found.take({"audience": "internal"})
    return found.about()


def is_of_page(sentence: str, about: About) -> bool:
    """Whether a sentence says nothing but what is known of its document: "As of: 2 November 2026", "Valid from 1 October"."""
    clause = sentence.strip(" .。!！*_")
    if len(clause) > _LONGEST or not (_LABEL.fullmatch(clause) or any(form.fullmatch(clause) for form in _STARTS)):
        return False
    said, _ = _of_clause(clause, about.language)
    return bool(said) and all(getattr(about, name) == value for name, value in said.items())


class _Found:
    """What was said so far: of one field the label of the lowest rank counts, and of equal ones the first."""

    def __init__(self) -> None:
        self._said: dict[str, Any] = {}
        self._ranks: dict[str, int] = {}

    def take(self, said: Mapping[str, Any], rank: int = 0) -> None:
        for name, value in said.items():
            if value and rank < self._ranks.get(name, rank + 1):
                self._said[name], self._ranks[name] = value, rank

    def about(self) -> About:
        return about_of(self._said)


def _head(document: Document) -> Iterator[str]:
    headings = texts = 0
    for block in document.blocks[:_MOST_BLOCKS]:
        if block.kind == "heading":
            headings += 1
            if headings > 1 and texts:
                return
            continue
        if block.kind == "code" or (block.kind == "row" and (any(block.columns) or len(block.cells) != 2)):
            continue
        texts += 1
        text = document.text[block.start : min(block.end, block.start + _MOST_SENTENCES * _LONGEST)]
        if block.start > _HEAD or text.count("\n") > _MOST_LINES:
            continue
        for sentence in _SENTENCE.split(text)[: _MOST_LINES if "\n" in text else _MOST_SENTENCES]:
            if len(sentence) <= _LONGEST:
                yield _US_DATE.sub(r"\1 \2", sentence.removeprefix(block.marker)).strip(" .。!！*_")


def _of_title(title: str) -> dict[str, Any]:
    for match in _BRACKETS.finditer(title[:_LONGEST]):
        said = next(filter(None, match.groups()), "").strip()
        if found := _status(said):
            return found
    return {}


def _take_sentence(found: _Found, sentence: str, language: str) -> None:
    for form in _BETWEEN:
        if match := form.search(sentence):
            found.take({"valid_from": read_date(match[1], language), "valid_until": read_date(match[2], language)})
    found.take(_status(sentence))
    clauses = [clause.strip(" .:：)）") for clause in _CLAUSE.split(sentence)]
    for n, clause in enumerate(clauses):
        if all(len(other) <= _LONGEST_BESIDE for m, other in enumerate(clauses) if m != n):
            found.take(*_of_clause(clause, language))


def _of_clause(clause: str, language: str) -> tuple[dict[str, Any], int]:
    """What a clause says that is nothing but a label and its value, or a date; and the rank of the label."""
    if match := _LABEL.fullmatch(clause):
        field, rank = _FIELD[match[1].casefold()]
        if field not in _FREE or clause[len(match[1]) :].lstrip()[:1] in {":", "："}:
            return _read(field, [match[2].strip()], language), rank
    for form in _STARTS:
        if match := form.fullmatch(clause):
            return {"valid_from": read_date(match[1], language)}, 0
    for form in _EDITIONS:
        if match := form.fullmatch(clause):
            return {"version": match["n"]}, 0
    day = read_date(clause, language)
    return ({"date": day} if len(day) > 4 else {}), _BARE  # A year alone may be anything.


def _read(field: str, values: Sequence[str], language: str) -> dict[str, Any]:
    """What a labelled value says; nothing where it is not of the field's form."""
    value = values[0]
    found: dict[str, Any] = {}
    if len(value) <= _LONGEST:
        match field:
            case "date" | "valid_from" | "valid_until":
                found = {field: read_date(value, language)}
            case "version" if number := _VERSION.fullmatch(value):
                found = {field: number[1].rstrip(".")}
            case "superseded_by" if value.casefold() not in _FALSE:
                found = {"superseded": True, field: "" if value.casefold() in _TRUE else value}
            case "status":
                found = _status(value)
            case "audience" if all(_is_internal(part) for one in values for part in re.split(r"\s*[,;，、]\s*", one)):
                found = {field: "internal"}
            case "language" if tag := _TAG.fullmatch(value):
                found = {field: tag[1].lower()}
            case "owner":
                found = {field: ", ".join(values)[:_LONGEST]}
    return found


def _status(value: str) -> dict[str, Any]:
    for form in _SUPERSEDED:
        if match := form.fullmatch(value):
            return {"superseded": True, "superseded_by": (match.groupdict().get("by") or "").strip(" .。")}
    if value.casefold() in SUPERSEDED_KEYS:
        return {"superseded": True}
    return {"audience": "internal"} if _is_internal(value) else {}


def _flag(label: str, value: str) -> dict[str, Any]:
    if (label in INTERNAL_KEYS and value in _TRUE) or (label in PUBLIC_KEYS and value in _FALSE):
        return {"audience": "internal"}
    return {"superseded": True} if label in SUPERSEDED_KEYS and value in _TRUE else {}


def _is_internal(text: str) -> bool:
    """Whether a notice keeps the document inside, as "Internal: staff only" and "STAFF ONLY – do not share" do in all parts."""
    parts = [part.strip(" .!。！()[]*_") for part in re.split(r"\s*[:：]\s+|\s+[-–—]\s+|[;,|/]\s*|[.!。！]\s*", text)]
    parts = [part for part in parts if part]
    whole = text.strip(" .!。！()[]*_")
    return any(form.fullmatch(whole) for form in _INTERNAL) or (
        bool(parts) and all(any(form.fullmatch(part) for form in _INTERNAL) for part in parts)
    )
