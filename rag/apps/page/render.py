"""The conversation to HTML, as pure functions; `evidence.py`, `viewer.py` and `documents.py` do the same for the rest.

Whatever comes from documents, models or people goes through `html.escape` first and is marked up afterwards, so it
always shows literally. What a click asks of the server is declared in `data-event` and carried there by `page.js`;
what a screen reader is to say of a change, once, stands in `data-say`.
"""

from collections.abc import Sequence
from html import escape

from rag.answering import citations
from rag.apps.access import Person
from rag.apps.dates import foreign
from rag.apps.page import blocks
from rag.apps.page.markup import Decoration, Html, Layer, element, escaped
from rag.apps.page.session import Exchange
from rag.index.said import LONGEST_COMMENT
from rag.languages.formats import count, number
from rag.languages.spoken import LANGUAGES, spoken, texts, texts_in
from rag.query import LONGEST_MESSAGE
from rag.types import ANSWERS, Answer, Citation, FileReport


def conversation(
    exchanges: Sequence[Exchange],
    files: Sequence[FileReport],
    examples: Sequence[str],
    *,
    reading: bool = False,
    redo: bool = True,
) -> list[str]:
    """One block of HTML an exchange, or the welcome where there is none yet; `reading`: files are being read. With `redo` the
    last question can be asked again.
    """
    last = len(exchanges) - 1 if redo else -1
    return [exchange_block(exchange, i, i == last) for i, exchange in enumerate(exchanges)] or [
        welcome(files, examples, reading=reading)
    ]


def welcome(files: Sequence[FileReport], examples: Sequence[str], *, reading: bool = False) -> str:
    """The empty state: what is in the base, and questions it answers."""
    ready = [file for file in files if file.state == "ready"]
    if not ready:
        why = texts.WELCOME_READING if reading else texts.WELCOME_EMPTY
        return f'<section class="welcome"><h2>{texts.WELCOME}</h2><p>{why}</p></section>'
    base = texts.WELCOME_BASE.format(
        files=count(texts.FILES, len(ready)), passages=count(texts.PASSAGES, sum(file.chunks for file in ready))
    )
    items = "".join(f"<li>{button(f'<bdi>{escape(example)}</bdi>', 'submit', question=example)}</li>" for example in examples)
    if reading:
        base = f"{base}{texts.SPACE}{texts.WELCOME_READING}"
    listed = f"<h3>{texts.WELCOME_EXAMPLES}</h3><ul>{items}</ul>" if items else ""
    return f'<section class="welcome"><h2>{texts.WELCOME}</h2><p>{base}</p>{listed}</section>'


def exchange_block(exchange: Exchange, index: int, last: bool) -> str:
    """Question and answer, with what can be done about them; the last question can be edited and asked again."""
    if exchange.answer:
        body = _answer_body(exchange.answer, index)
    elif exchange.running:
        body = _unverified(
            exchange.verified, "draft", texts.CHECKING if exchange.draft else texts.SEARCHING, len(exchange.verified)
        )
    elif exchange.problem:
        body = _unverified(exchange.problem, "failed", texts.FAILED)
    else:
        body = _unverified(exchange.verified or texts.STOPPED_EARLY, "stopped", texts.STOPPED, len(exchange.verified))
    question = escape(exchange.question)
    can_redo = last and not exchange.running
    choices = _choices(exchange.answer.choices) if exchange.answer and can_redo else ""
    return (
        f'<article class="exchange" id="exchange-{index}" tabindex="-1" aria-busy="{str(exchange.running).lower()}"'
        f' data-conversation="{escape(exchange.conversation)}"'
        f' data-say="{escape(_say(exchange))}">'
        f'<div class="asked"><h2 class="sr-only">{texts.YOU}</h2><p class="question" dir="auto">{question}</p>'
        f"{_edit_form(question) if can_redo else ''}</div>"
        f'<div class="answer">{body}{choices}<div class="tools">{_tools(exchange, index, can_redo)}</div></div></article>'
    )


def answer_text(answer: Answer, index: int) -> Html:
    """The answer with a marker for each citation it rests on, and unsupported words underlined.

    >>> answer_text(Answer("q", "q", "Up to 3 < 4.", "answered", 1.0, (), ()), 0)
    '<p dir="auto">Up to 3 &lt; 4.</p>'
    """
    titles = {citation.n: citation.title for citation in answer.citations}
    markers = sorted(citations.markers(answer), key=lambda marker: marker[0])
    hint = (("class_", "unsupported"), ("title", texts.UNSUPPORTED))
    unsupported = Layer(Decoration(start, end, "span", hint) for start, end in citations.unsupported(answer))
    inserts = [(position, _marker(n, titles.get(n, ""), index)) for position, n in markers]
    return blocks.render(answer.text, answer.blocks, answer.marks, layers=[unsupported], inserts=inserts, top=3)


def base_choice(names: Sequence[str], chosen: str) -> str:
    """A choice of the knowledge base; nothing where there is only one."""
    if len(names) < 2:
        return ""
    options = "".join(
        f'<option value="{escape(name)}"{" selected" if name == chosen else ""}>{escape(name)}</option>' for name in names
    )
    return f'<label>{texts.BASE} <select name="base" data-event="input">{options}</select></label>'


def account_link(person: Person, *, desk: bool = False) -> str:
    """Where their conversations are, where any are kept, the desk where it is on and theirs, and where to sign in or out;
    nothing where nobody has an account.
    """
    kept = f'<a href="conversations">{texts.CONVERSATIONS}</a>' if person.owner else ""
    kept += f'<a href="desk">{texts.DESK}</a>' if desk and person.may("desk") else ""
    if person.local:
        return kept
    return kept + (f'<a href="account">{escape(person.name)}</a>' if person.known else f'<a href="login">{texts.SIGN_IN}</a>')


def language_choice() -> str:
    """A choice of the language that the page speaks."""
    options = "".join(
        f'<option value="language/{one}" lang="{texts_in(one).TAG}"{" selected" if one == spoken() else ""}>'
        f"{texts_in(one).OWN_NAME}</option>"
        for one in LANGUAGES
    )
    return f'<label><span class="sr-only">{texts.LANGUAGE}</span><select data-go>{options}</select></label>'


def conversation_is_gone() -> str:
    """Above the welcome, where the page's address names a conversation that is not there."""
    return f'<p class="note gone" role="status">{texts.NO_CONVERSATION}</p>'


def nothing_to_ask() -> str:
    """Instead of the welcome, for who may read no knowledge base."""
    return f'<p class="note">{texts.NO_PUBLIC_BASE}</p>'


def confidence_word(confidence: float) -> str:
    """What a confidence 0..1 means to a person."""
    return next(word for least, word in texts.CONFIDENCE if confidence >= least)


def button(label: str, event: str, **data: object) -> str:
    """A button that raises `event` with `data` as its arguments; `label` is HTML."""
    fields = "".join(f' data-{name}="{escape(str(value))}"' for name, value in data.items())
    return f'<button type="button" data-event="{event}"{fields}>{label}</button>'


def _answer_body(answer: Answer, index: int) -> str:
    text = f'<div class="text blocks" dir="auto">{answer_text(answer, index)}</div>'
    if answer.status == "refused":
        links = "".join(
            f'<li><a class="near" href="#near-{index}-{near.n}" data-cite><bdi>{escape(_path(near))}</bdi></a></li>'
            for near in answer.closest
        )
        searched = f'<p class="note">{texts.SEARCHED} <q dir="auto">{escape(answer.searched)}</q></p>'
        text += searched + (f'<h3>{texts.CLOSEST}</h3><ul class="closest-links">{links}</ul>' if links else "")
    facts = [f'<span class="badge" title="{texts.STATUS_HINT[answer.status]}">{texts.STATUS[answer.status]}</span>']
    if answer.status in ANSWERS:
        facts.append(f"<span>{confidence_word(answer.confidence)} ({number(answer.confidence, 2)})</span>")
    if "total" in answer.timings_ms:
        facts.append(f"<span>{texts.SECONDS.format(seconds=number(answer.timings_ms['total'] / 1000, 1))}</span>")
    languages = {foreign(citation, answer.question) for citation in answer.citations}
    facts += [f"<span>{escape(note)}</span>" for note in languages if note and len(languages) == 1]
    if any(citations.unsupported(answer)):
        facts.append(f'<span class="legend">{texts.UNSUPPORTED_LEGEND}</span>')
    if answer.problem:
        text += f'<p class="note problem" role="status">{escape(answer.problem)}</p>'
    if answer.left_out:
        besides = f'<div class="blocks">{blocks.render(answer.left_out)}</div>'
        text += f'<details class="left-out"><summary>{texts.LEFT_OUT}</summary>{besides}</details>'
    return f'{text}<p class="status" data-status="{answer.status}">{"".join(facts)}</p>'


def _choices(choices: Sequence[str]) -> str:
    """What a question back may be answered with, each of which is the next message."""
    items = "".join(f"<li>{button(f'<bdi>{escape(choice)}</bdi>', 'submit', question=choice)}</li>" for choice in choices)
    return f'<ul class="choices" aria-label="{texts.CHOICES}">{items}</ul>' if items else ""


def _unverified(text: str, state: str, label: str, verified: int = 0) -> str:
    """What there is of an answer, of which so many characters are verified. What a model writes that nothing bears out may be
    what somebody had a document say, and is shown to nobody.
    """
    checked = Layer([Decoration(0, verified, "span", (("class_", "verified"),))])
    draft = f'<div class="draft blocks" dir="auto">{blocks.render(text, layers=[checked])}</div>'
    return f'{draft}<p class="status" data-status="{state}">{label}</p>'


def _say(exchange: Exchange) -> str:
    """What a screen reader says of the exchange: every change of its state, and the whole answer once."""
    if exchange.answer:
        return texts.SAY_ANSWER.format(status=texts.STATUS[exchange.answer.status], text=exchange.answer.text)
    if exchange.running:
        return texts.CHECKING if exchange.draft else texts.SEARCHING
    return texts.SAY_FAILED.format(status=texts.FAILED, problem=exchange.problem) if exchange.problem else texts.STOPPED


def _tools(exchange: Exchange, index: int, can_redo: bool) -> str:
    redo = button(texts.RETRY, "retry") if can_redo else ""
    if exchange.answer is None:
        return redo
    plain = escape(exchange.answer.text)
    copy = f'<button type="button" data-copy="{plain}" data-done="{texts.COPIED}">{texts.COPY}</button>'
    if exchange.judged:
        return f'{copy}{redo}<span class="note" role="status">{texts.THANKS}</span>'
    reasons = "".join(
        f'<label><input type="radio" name="reason" value="{value}" required> {label}</label>'
        for value, label in texts.REASONS.items()
    )
    return (
        f"{copy}{redo}{button(texts.LIKE, 'like', exchange=index, liked='yes')}"
        f'<details class="popover"><summary>{texts.DISLIKE}</summary>'
        f'<form data-event="like" data-exchange="{index}" data-liked="no">'
        f"<fieldset><legend>{texts.DISLIKE_WHY}</legend>{reasons}</fieldset>"
        f'<label>{texts.DISLIKE_COMMENT}<textarea name="comment" rows="2" maxlength="{LONGEST_COMMENT}"></textarea></label>'
        f'<button type="submit" class="primary">{texts.DISLIKE_SEND}</button></form></details>'
    )


def _edit_form(question: str) -> str:
    field = f'name="question" rows="2" maxlength="{LONGEST_MESSAGE}" required aria-label="{texts.QUESTION}" dir="auto"'
    return (
        f'<details class="edit"><summary>{texts.EDIT}</summary><form data-event="edit">'
        f"<textarea {field}>{question}</textarea>"
        f'<button type="submit" class="primary">{texts.EDIT_SEND}</button></form></details>'
    )


def _marker(n: int, title: str, index: int) -> Html:
    label = texts.SOURCE.format(n=n, title=title)
    return element(
        "a", escaped(f"[{n}]"), class_="marker", href=f"#cite-{index}-{n}", data_cite="", aria_label=label, title=label
    )


def _path(citation: Citation) -> str:
    return " › ".join(dict.fromkeys(part for part in (citation.title or citation.document, *citation.headings) if part))
