"""Who has a conversation, and what people said in it, to HTML. All of it is escaped first, as in `render.py`."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from rag.apps.page.render import button
from rag.apps.page.session import Exchange
from rag.apps.people import Seen
from rag.kept.conversations import Line
from rag.languages.formats import weekday
from rag.languages.spoken import texts


def who(seen: Seen | None, conversation: str, *, takes: bool = True) -> str:
    """The line above the question box: who has the conversation, and what the customer may do about it. `takes`: it can be
    passed on to people.
    """
    standing = seen.standing if seen else None
    state = standing.state if standing else None
    if seen is None or standing is None or state in {None, "bot"}:
        return _line(texts.PERSON["bot"], button(texts.PERSON["talk"], "submit"), "bot", conversation, seen) if takes else ""
    name = escape(standing.agent or texts.PERSON["somebody"])
    if state == "waiting":
        place = texts.PERSON["next"] if standing.place == 1 else texts.PERSON["waiting"].format(n=standing.place)
        closed = (
            ""
            if standing.is_open or standing.opens_at is None
            else texts.SPACE + texts.PERSON["closed"].format(time=_day(standing.opens_at, seen.zone))
        )
        return _line(place + closed, button(texts.PERSON["back"], "undo"), "waiting", conversation, seen) + _address(seen)
    if state == "resolved":
        return _line(texts.PERSON["resolved"], button(texts.PERSON["back"], "undo"), "resolved", conversation, seen) + _rating(
            seen
        )
    said = texts.PERSON["snoozed"] if state == "snoozed" else texts.PERSON["open"]
    more = _address(seen) if state == "snoozed" else ""
    return _line(said.format(name=f"<bdi>{name}</bdi>"), "", str(state), conversation, seen) + more


def merged(blocks: list[str], exchanges: Sequence[Exchange], messages: Sequence[Line]) -> list[str]:
    """The exchanges' blocks with the messages between them, by their times."""
    placed = [(exchange.at, block) for exchange, block in zip(exchanges, blocks, strict=True)]
    placed += [(message.at, said(message)) for message in messages]
    return [block for _, block in sorted(placed, key=lambda item: item[0])]


def said(message: Line) -> str:
    """One message, or what happened."""
    name = escape(message.name or texts.PERSON["somebody"])
    if message.kind == "status":
        text = texts.PERSON.get(f"status-{message.text}", "").format(name=f"<bdi>{name}</bdi>")
        return f'<p class="happened" data-say="{escape(_plain(message))}">{text}</p>'
    head = texts.PERSON["you"] if message.kind == "in" else texts.PERSON["said"].format(name=f"<bdi>{name}</bdi>")
    spoken = f' data-say="{escape(_plain(message))}"' if message.kind == "out" else ""
    kind = "mine" if message.kind == "in" else "theirs"
    return (
        f'<article class="person {kind}"{spoken}><h2 class="by">{head}</h2>'
        f'<p class="text" dir="auto">{escape(message.text)}</p></article>'
    )


def _plain(message: Line) -> str:
    name = message.name or texts.PERSON["somebody"]
    if message.kind == "status":
        return texts.PERSON.get(f"status-{message.text}", "").format(name=name)
    return f"{texts.PERSON['said'].format(name=name)}{texts.COLON}{message.text}"


def _line(text: str, control: str, state: str, conversation: str, seen: Seen | None) -> str:
    mark = escape(seen.mark) if seen else ""
    watch = f' data-watch="{escape(conversation)}" data-mark="{mark}"' if seen and seen.standing.state else ""
    return f'<p class="who" data-state="{state}"{watch}><span role="status">{text}</span>{control}</p>'


def _address(seen: Seen) -> str:
    address = seen.standing.address
    if address:
        return f'<p class="note">{texts.PERSON["left"].format(name=f"<bdi>{escape(address)}</bdi>")}</p>'
    if address is None or (seen.standing.is_open and seen.standing.state == "waiting"):
        return ""
    return (
        f'<form class="line" data-event="input"><label class="grow"><span class="sr-only">{texts.PERSON["address"]}</span>'
        '<input name="address" type="email" maxlength="254" required autocomplete="email"'
        f' placeholder="{texts.PERSON["address"]}"></label>'
        f'<button type="submit" class="primary">{texts.PERSON["leave"]}</button></form>'
    )


def _rating(seen: Seen) -> str:
    if seen.standing.rating is not None:
        return f'<p class="note" role="status">{texts.PERSON["rated"]}</p>'
    stars = "".join(
        f'<label><input type="radio" name="rating" value="{n}" required> <span aria-hidden="true">{n}</span>'
        f'<span class="sr-only">{texts.PERSON["stars"].format(n=n)}</span></label>'
        for n in range(1, 6)
    )
    return (
        f'<form class="line" data-event="like"><fieldset><legend>{texts.PERSON["rate"]}</legend>{stars}</fieldset>'
        f'<label class="grow"><span class="sr-only">{texts.PERSON["comment"]}</span>'
        f'<input name="comment" maxlength="1000" placeholder="{texts.PERSON["comment"]}"></label>'
        f'<button type="submit" class="primary">{texts.SEND}</button></form>'
    )


def _day(at: datetime, zone: str) -> str:
    here = at.astimezone(ZoneInfo(zone))
    return f"{weekday(here)} ({zone})"
