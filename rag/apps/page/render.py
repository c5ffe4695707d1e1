"""Conversation and evidence to HTML, as pure functions; `documents.py` does the same for the reader and the file list.

Whatever comes from documents, models or people goes through `html.escape` first and is marked up afterwards, so it
always shows literally. What a click asks of the server is declared in `data-event` and carried there by `page.js`.
"""

from collections.abc import Iterable, Sequence
from html import escape

from rag.answering import citations
from rag.apps.page import texts
from rag.apps.page.session import Exchange
from rag.service import LONGEST_QUESTION
from rag.types import Answer, Citation, FileReport, Span

LEVELS = 5  # grades of a highlight; a reader tells no more apart


def conversation(exchanges: Sequence[Exchange], files: Sequence[FileReport], examples: Sequence[str]) -> list[str]:
    """One block of HTML an exchange, or the welcome where there is none yet."""
    last = len(exchanges) - 1
    return [exchange_block(exchange, i, i == last) for i, exchange in enumerate(exchanges)] or [welcome(files, examples)]


def welcome(files: Sequence[FileReport], examples: Sequence[str]) -> str:
    """The empty state: what is in the base, and questions it answers."""
    ready = [file for file in files if file.state == "ready"]
    if not ready:
        return f'<section class="welcome"><h2>{texts.WELCOME}</h2><p>{texts.WELCOME_EMPTY}</p></section>'
    base = texts.WELCOME_BASE.format(
        files=count(texts.FILES, len(ready)), passages=count(texts.PASSAGES, sum(file.chunks for file in ready))
    )
    items = "".join(f"<li>{button(f'<bdi>{escape(example)}</bdi>', 'submit', question=example)}</li>" for example in examples)
    listed = f"<h3>{texts.WELCOME_EXAMPLES}</h3><ul>{items}</ul>" if items else ""
    return f'<section class="welcome"><h2>{texts.WELCOME}</h2><p>{base}</p>{listed}</section>'


def exchange_block(exchange: Exchange, index: int, last: bool) -> str:
    """Question and answer, with what can be done about them; the last question can be edited and asked again."""
    if exchange.answer:
        body = _answer_body(exchange.answer, index)
    elif exchange.running:
        body = _unverified(
            exchange.draft, "draft", texts.CHECKING if exchange.draft else texts.SEARCHING, len(exchange.verified)
        )
    elif exchange.problem:
        body = _unverified(exchange.problem, "failed", texts.FAILED)
    else:
        body = _unverified(exchange.draft or texts.STOPPED_EARLY, "stopped", texts.STOPPED, len(exchange.verified))
    question = escape(exchange.question)
    can_redo = last and not exchange.running
    return (
        f'<article class="exchange" id="exchange-{index}" tabindex="-1" aria-busy="{str(exchange.running).lower()}">'
        f'<div class="asked"><h2 class="sr-only">{texts.YOU}</h2><p class="question" dir="auto">{question}</p>'
        f"{_edit_form(question) if can_redo else ''}</div>"
        f'<div class="answer">{body}<div class="tools">{_tools(exchange, index, can_redo)}</div></div></article>'
    )


def answer_text(answer: Answer, index: int) -> str:
    """The answer with a marker for each citation it rests on, and unsupported words underlined.

    >>> answer_text(Answer("q", "q", "Up to 3 < 4.", "answered", 1.0, (), ()), 0)
    'Up to 3 &lt; 4.'
    """
    markers = dict[int, list[int]]()
    for position, n in citations.markers(answer):
        markers.setdefault(position, []).append(n)
    unsupported = list(citations.unsupported(answer))
    cuts = sorted({0, len(answer.text), *markers, *(edge for span in unsupported for edge in span)})
    titles = {citation.n: citation.title for citation in answer.citations}
    parts = []
    for start, end in zip(cuts, [*cuts[1:], len(answer.text)], strict=True):
        parts += [_marker(n, titles.get(n, ""), index) for n in markers.get(start, [])]
        piece = escape(answer.text[start:end])
        if piece and any(a <= start and end <= b for a, b in unsupported):
            piece = f'<span class="unsupported" title="{texts.UNSUPPORTED}">{piece}</span>'
        parts.append(piece)
    return "".join(parts)


def marked(text: str, spans: Iterable[Span], answer: tuple[int, int] | None = None) -> str:
    """`text` with each span marked in one of LEVELS grades, those in the short `answer` strongest; sorted and disjoint.

    >>> marked("a <b> c", [Span(2, 5, 0.5)])
    'a <mark class="level-3" title="weight 0.50">&lt;b&gt;</mark> c'
    >>> marked("30 days", [Span(0, 7, 1.0)], (0, 7))
    '<mark class="answer" title="the answer, weight 1.00">30 days</mark>'
    """
    parts, at = [], 0
    for span in spans:
        answers = answer is not None and answer[0] <= span.start and span.end <= answer[1]
        grade = "answer" if answers else f"level-{min(LEVELS, 1 + int(span.weight * LEVELS))}"
        title = (texts.WEIGHT_ANSWER if answers else texts.WEIGHT).format(weight=span.weight)
        parts.append(escape(text[at : span.start]))
        parts.append(f'<mark class="{grade}" title="{title}">{escape(text[span.start : span.end])}</mark>')
        at = span.end
    return "".join(parts) + escape(text[at:])


def evidence(exchanges: Sequence[Exchange]) -> list[str]:
    """The evidence of every exchange, so that its markers keep working; only the last is shown at first."""
    last = len(exchanges) - 1
    return [evidence_block(exchange, i, i == last) for i, exchange in enumerate(exchanges)] or [
        f'<section class="evidence current"><h2>{texts.EVIDENCE}</h2><p class="note">{texts.EVIDENCE_EMPTY}</p></section>'
    ]


def evidence_block(exchange: Exchange, index: int, current: bool) -> str:
    """The passages of one exchange: those the answer rests on as cards, the others folded below."""
    answer = exchange.answer
    found = answer.citations if answer else exchange.reading.citations if exchange.reading else ()
    closest = answer.closest if answer else ()
    refused = answer is not None and answer.status == "refused"
    if refused:
        note = texts.EVIDENCE_REFUSED if closest or found else texts.EVIDENCE_NONE
    else:
        note = texts.EVIDENCE_READING if exchange.running else ""
    cards = "".join(_card(citation, index, "cite") for citation in found)
    others = "".join(_card(citation, index, "near") for citation in closest)
    if others and not refused:
        summary = texts.EVIDENCE_CLOSEST.format(passages=count(texts.PASSAGES, len(closest)))
        others = f'<details class="closest"><summary>{summary}</summary>{others}</details>'
    shown = " current" if current else ""
    total = len(found) + (len(closest) if refused else 0)
    return (
        f'<section class="evidence{shown}" id="evidence-{index}"><h2>{texts.EVIDENCE}'
        f'<button type="button" class="fold" aria-expanded="false" data-fold>{count(texts.PASSAGES, total)}</button></h2>'
        f'<div class="foldable"><p class="note about" dir="auto">{escape(exchange.question)}</p>'
        + (f'<p class="note">{note}</p>' if note else "")
        + f"{cards}{others}</div></section>"
    )


def confidence_word(confidence: float) -> str:
    """What a confidence 0..1 means to a person."""
    return next(word for least, word in texts.CONFIDENCE if confidence >= least)


def count(forms: tuple[str, str], n: int) -> str:
    """A number with its noun: one or many."""
    return forms[n != 1].format(n=n)


def button(label: str, event: str, **data: object) -> str:
    """A button that raises `event` with `data` as its arguments; `label` is HTML."""
    fields = "".join(f' data-{name}="{escape(str(value))}"' for name, value in data.items())
    return f'<button type="button" data-event="{event}"{fields}>{label}</button>'


def _where(headings: Sequence[str], page: int | None, document: str) -> str:
    parts = [" › ".join(headings), texts.PAGE.format(page=page) if page else "", document]
    return " · ".join(f"<bdi>{escape(part)}</bdi>" for part in parts if part)


def _answer_body(answer: Answer, index: int) -> str:
    text = f'<div class="text" dir="auto">{answer_text(answer, index)}</div>'
    if answer.status == "refused":
        links = "".join(
            f'<li><a class="near" href="#near-{index}-{near.n}" data-cite><bdi>{escape(_path(near))}</bdi></a></li>'
            for near in answer.closest
        )
        searched = f'<p class="note">{texts.SEARCHED} <q dir="auto">{escape(answer.searched)}</q></p>'
        text += searched + (f'<h3>{texts.CLOSEST}</h3><ul class="closest-links">{links}</ul>' if links else "")
    facts = [f'<span class="badge" title="{texts.STATUS_HINT[answer.status]}">{texts.STATUS[answer.status]}</span>']
    if answer.status != "refused":
        facts.append(f"<span>{confidence_word(answer.confidence)} ({answer.confidence:.2f})</span>")
    if "total" in answer.timings_ms:
        facts.append(f"<span>{texts.SECONDS.format(seconds=answer.timings_ms['total'] / 1000)}</span>")
    if any(citations.unsupported(answer)):
        facts.append(f'<span class="legend">{texts.UNSUPPORTED_LEGEND}</span>')
    if answer.left_out:
        besides = f'<p dir="auto">{escape(answer.left_out)}</p>'
        text += f'<details class="left-out"><summary>{texts.LEFT_OUT}</summary>{besides}</details>'
    return f'{text}<p class="status" data-status="{answer.status}">{"".join(facts)}</p>'


def _unverified(text: str, state: str, label: str, verified: int = 0) -> str:
    """A draft, of which so many characters are verified already."""
    checked = f'<span class="verified">{escape(text[:verified])}</span>' if verified else ""
    return (
        f'<p class="draft" dir="auto">{checked}{escape(text[verified:])}</p><p class="status" data-status="{state}">{label}</p>'
    )


def _tools(exchange: Exchange, index: int, can_redo: bool) -> str:
    redo = button(texts.RETRY, "retry") if can_redo else ""
    if exchange.answer is None:
        return redo
    copy = f'<button type="button" data-copy data-done="{texts.COPIED}">{texts.COPY}</button>'
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
        f'<label>{texts.DISLIKE_COMMENT}<textarea name="comment" rows="2" maxlength="2000"></textarea></label>'
        f'<button type="submit" class="primary">{texts.DISLIKE_SEND}</button></form></details>'
    )


def _edit_form(question: str) -> str:
    field = f'name="question" rows="2" maxlength="{LONGEST_QUESTION}" required aria-label="{texts.QUESTION}" dir="auto"'
    return (
        f'<details class="edit"><summary>{texts.EDIT}</summary><form data-event="edit">'
        f"<textarea {field}>{question}</textarea>"
        f'<button type="submit" class="primary">{texts.EDIT_SEND}</button></form></details>'
    )


def _card(citation: Citation, index: int, kind: str) -> str:
    number = f'<span class="number">{citation.n}</span>' if kind == "cite" else ""
    score = texts.SCORE.format(score=citation.score)
    headings = citation.headings[citation.headings[:1] == (citation.title,) :]  # the title is said above
    return (
        f'<article class="card" id="{kind}-{index}-{citation.n}" tabindex="-1"'
        f' data-event="select" data-exchange="{index}" data-kind="{kind}" data-n="{citation.n}"><header>{number}'
        f'<h3 dir="auto">{escape(citation.title or citation.document)}</h3>'
        f'<span class="score" title="{texts.SCORE_HINT}">{score}</span></header>'
        f'<p class="where">{_where(headings, citation.page, citation.document)}</p>'
        f'<blockquote dir="auto">{marked(citation.text, citation.highlights, citation.answer_span)}</blockquote>'
        f'<footer><button type="button">{texts.OPEN}</button>'
        f'<a class="back" href="#exchange-{index}">{texts.BACK}</a></footer></article>'
    )


def _marker(n: int, title: str, index: int) -> str:
    label = escape(texts.SOURCE.format(n=n, title=title))
    return f'<a class="marker" href="#cite-{index}-{n}" data-cite aria-label="{label}" title="{label}">[{n}]</a>'


def _path(citation: Citation) -> str:
    return " › ".join(dict.fromkeys(part for part in (citation.title or citation.document, *citation.headings) if part))
