"""Structured data of a page (JSON-LD of schema.org): questions with answers, products with prices, articles with dates."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MOST_ITEMS = 2_000  # Of one page.
_LONGEST = 2_000_000  # Characters of one script.
_DEEPEST = 12
_LONGEST_FACT = 300
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_WORD = re.compile(r"[\W_]+")
_PRICE = re.compile(r"(\d{1,12}(?:\.\d{1,4})?) ?[A-Z]{0,3}", re.ASCII)
_TAG = re.compile(r"<[^<>]{0,500}>")


@dataclass(frozen=True, slots=True)
class Question:
    """A question of an FAQ; the answer is HTML."""

    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of a product or an article: its name, and values by what they are."""

    name: str
    values: tuple[tuple[str, str], ...]


def structured_data(scripts: list[str]) -> Iterator[Question | Facts]:
    """What the scripts of type application/ld+json say; a script that is no JSON says nothing."""
    count = 0
    for script in scripts:
        if len(script) > _LONGEST:
            continue
        try:
            data = json.loads(script.strip().removeprefix("//<![CDATA[").removesuffix("//]]>"), strict=False)
        except (ValueError, RecursionError):
            continue
        for item in _items(data, 0):
            count += 1
            if count > _MOST_ITEMS:
                return
            yield from _said(item)


def lacks(page: str, text: str) -> bool:
    """Whether the words of `text` (HTML), or the number of a price, do not stand in `page`, which `comparable` gave."""
    if price := _PRICE.fullmatch(text):
        forms = {price[1], f"{float(price[1]):.2f}", f"{float(price[1]):g}"}
        return not any(comparable(form) in page for form in forms)
    words = comparable(_TAG.sub(" ", text))
    return bool(words.strip()) and words not in page


def comparable(text: str) -> str:
    """The words of a text, for comparison."""
    return f" {_NO_WORD.sub(' ', text).casefold().strip()} "


def _items(data: Any, depth: int) -> Iterator[dict[str, Any]]:
    """The typed objects, outermost first."""
    if depth > _DEEPEST:
        return
    if isinstance(data, list):
        for part in data:
            yield from _items(part, depth + 1)
    elif isinstance(data, dict):
        if "@type" in data:
            yield data
        for part in data.values():
            if isinstance(part, (dict, list)):
                yield from _items(part, depth + 1)


def _said(item: dict[str, Any]) -> Iterator[Question | Facts]:
    types = {kind.rpartition("/")[2] for kind in _list(item["@type"]) if isinstance(kind, str)}
    if "Question" in types:
        answers = [_text(answer, "text") for answer in _list(item.get("acceptedAnswer") or item.get("suggestedAnswer"))]
        answer = "\n".join(f"<p>{answer}</p>" for answer in answers if answer)
        if (question := _text(item, "name") or _text(item, "text")) and answer:
            yield Question(question, answer)
    elif types & {"Product", "ProductModel", "Service"}:
        values = [value for offer in _list(item.get("offers")) if isinstance(offer, dict) for value in _offer(offer)]
        described = [("Description", text)] if (text := _text(item, "description")) else []
        if name := _text(item, "name"):
            yield Facts(name, (*values, *described))
    elif any(kind.endswith(("Article", "Posting")) for kind in types):
        keys = (("Published", "datePublished"), ("Updated", "dateModified"))
        values = [(label, _text(item, key).partition("T")[0]) for label, key in keys if _text(item, key)]
        if name := _text(item, "headline") or _text(item, "name"):
            yield Facts(name, tuple(dict.fromkeys(values)))


def _offer(offer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    currency = _text(offer, "priceCurrency")
    low, high = _text(offer, "lowPrice"), _text(offer, "highPrice")
    between = f"{low} to {high}" if low and high and low != high else low or high
    if price := _text(offer, "price") or between:
        name = _text(offer, "name")
        yield (f"Price ({name})" if name else "Price"), f"{price} {currency}".strip()
    if state := _text(offer, "availability").rstrip("/").rpartition("/")[2]:
        yield "Availability", _CAMEL.sub(" ", state).capitalize()


def _text(item: Any, key: str) -> str:
    """A value as text, on one line; objects by their name or value."""
    value = item.get(key) if isinstance(item, dict) else item
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return " ".join(str(value).split())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
