"""What a document says of itself, at its head or in the keys of its front matter, its record or its table's row, to an About.

Only forms are read, never sentences for their meaning: a label and its value ("Valid from 1 March 2026", "Owner: Payments"), a
date that stands alone, a notice that is a whole sentence ("Staff only.") or in the title's brackets. Several may stand in one
sentence, but nothing else with them. The head ends with the first section.
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
    INTERNAL_VALUES,
    LABELS,
    MONTHS,
    PUBLIC_KEYS,
    SUPERSEDED_KEYS,
    SUPERSEDED_NOTICES,
    SUPERSEDED_VALUES,
    VALID_BETWEEN,
    VALID_FROM,
)
from rag.loading.cleaning import one_line
from rag.loading.dates import DATE, read_date
from rag.types import Document

_HEAD, _MOST_BLOCKS = 1_500, 12  # Characters and blocks of the head.
_MOST_SENTENCES, _MOST_LINES, _LONGEST = 4, 12, 200  # Of a block; of one with line breaks; characters of a sentence.
_LONGEST_BESIDE = 40  # Characters of each clause where one that says something stands beside prose: "Ann Lee, March 2026".
_HARMLESS = {"date", "version"}  # What is believed there: it hides no page.
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
_LISTED = re.compile(r"\s*[,;，、]\s*")
_OTHER = re.compile(r"[^:：]{1,40}[:：]\s*\S.*")  # Any label and its value.
_FREE = {"superseded_by", "status", "owner", "audience", "language"}  # Values of any form: their label ends with a colon.


def _any_of(forms: Iterable[str]) -> list[re.Pattern[str]]:
    return [re.compile(form.replace("{date}", f"({DATE})"), re.IGNORECASE) for form in forms]


_INTERNAL, _SUPERSEDED = _any_of((*INTERNAL_NOTICES, _TLP)), _any_of(SUPERSEDED_NOTICES)
_INTERNAL_VALUES, _SUPERSEDED_VALUES = _any_of(INTERNAL_VALUES), _any_of(SUPERSEDED_VALUES)
_BETWEEN, _STARTS, _EDITIONS = _any_of(rf"{form}(?!\w)" for form in VALID_BETWEEN), _any_of(VALID_FROM), _any_of(EDITIONS)
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
    """What its brackets say, or what stands before its colon or dash."""
    for match in _BRACKETS.finditer(title[:_LONGEST]):
        if found := _status((match[1] or match[2]).strip(), value=match[1] is not None):
            return found
    return {}


def _take_sentence(found: _Found, sentence: str, language: str) -> None:
    found.take(_status(sentence))
    for form in _BETWEEN:
        if match := form.search(sentence):
            before, after = sentence[: match.start()], sentence[match.end() :]
            beside = [*_clauses(before), *([] if match.groupdict().get("page") else _clauses(after))]
            if all(_is_said(clause, language) for clause in beside):
                *_, first, last = match.groups()
                found.take({"valid_from": read_date(first, language), "valid_until": read_date(last, language)})
                sentence = f"{before}; {after}"
    clauses = _clauses(sentence)
    if all(_is_said(clause, language) for clause in clauses) or all(map(_OTHER.fullmatch, clauses)):
        for clause in clauses:
            found.take(*_of_clause(clause, language))
        return
    found.take(*_of_clause(sentence, language))  # A value with commas in it, or prose.
    if all(len(clause) <= _LONGEST_BESIDE for clause in clauses):
        for said, rank in (_of_clause(clause, language) for clause in clauses):
            found.take({name: value for name, value in said.items() if name in _HARMLESS}, rank)


def _clauses(sentence: str) -> list[str]:
    clauses = (clause.strip(" .:：)）") for clause in _CLAUSE.split(sentence))
    return [clause for clause in clauses if clause]


def _is_said(clause: str, language: str) -> bool:
    """Whether a clause is nothing but a label and its value, or a date."""
    return bool(_of_clause(clause, language)[0] or read_date(clause, language))


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
                found = _status(value, value=True)
            case "audience" if all(_is_internal(part, value=True) for one in values for part in _LISTED.split(one)):
                found = {field: "internal"}
            case "language" if tag := _TAG.fullmatch(value):
                found = {field: tag[1].lower()}
            case "owner":
                found = {field: ", ".join(values)[:_LONGEST]}
    return found


def _status(text: str, *, value: bool = False) -> dict[str, Any]:
    """What a whole sentence says, or the `value` of a label or in a title's brackets."""
    for form in (*_SUPERSEDED, *(_SUPERSEDED_VALUES if value else ())):
        if match := form.fullmatch(text):
            return {"superseded": True, "superseded_by": (match.groupdict().get("by") or "").strip(" .。")}
    if text.casefold() in SUPERSEDED_KEYS:
        return {"superseded": True}
    return {"audience": "internal"} if _is_internal(text, value=value) else {}


def _flag(label: str, value: str) -> dict[str, Any]:
    if (label in INTERNAL_KEYS and value in _TRUE) or (label in PUBLIC_KEYS and value in _FALSE):
        return {"audience": "internal"}
    return {"superseded": True} if label in SUPERSEDED_KEYS and value in _TRUE else {}


def _is_internal(text: str, *, value: bool = False) -> bool:
    """Whether a notice keeps the document inside, as "Internal: staff only" and "STAFF ONLY – do not share" do in all parts.

    Who may read it is enough where it is the `value` of a label or in a title's brackets.
    """
    parts = [part.strip(" .!。！()[]*_") for part in re.split(r"\s*[:：]\s+|\s+[-–—]\s+|[;,|/]\s*|[.!。！]\s*", text)]
    rest = [part for part in parts if part and not _is_one(part, _INTERNAL)]
    told = any(part and part not in rest for part in parts) or (value and bool(rest))
    return _is_one(text.strip(" .!。！()[]*_"), _INTERNAL) or (told and all(_is_one(part, _INTERNAL_VALUES) for part in rest))


def _is_one(text: str, forms: Iterable[re.Pattern[str]]) -> bool:
    return any(form.fullmatch(text) for form in forms)
