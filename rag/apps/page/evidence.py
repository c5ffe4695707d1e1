"""The passages behind the answers to HTML, as pure functions: cards with their highlights."""

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from itertools import pairwise

from rag.apps.dates import edition, foreign, other_editions
from rag.apps.page import blocks
from rag.apps.page.markup import Decoration, Layer
from rag.apps.page.session import Exchange
from rag.languages.formats import count, number, percent
from rag.languages.spoken import texts
from rag.types import Citation, Span

LEVELS = 5  # grades of a highlight; people tell no more apart


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
        nothing = answer is not None and answer.status in {"social", "handover"} and not found
        note = texts.EVIDENCE_READING if exchange.running else texts.EVIDENCE_SOCIAL if nothing else ""
    cards = "".join(_card(citation, index, "cite", exchange.question, (*found, *closest)) for citation in found)
    others = "".join(_card(citation, index, "near", exchange.question) for citation in closest)
    if others and not refused:
        summary = texts.EVIDENCE_CLOSEST.format(passages=count(texts.PASSAGES, len(closest)))
        others = f'<details class="closest"><summary>{summary}</summary>{others}</details>'
    shown = " current" if current else ""
    total = len(found) + (len(closest) if refused else 0)
    fold = f'<button type="button" class="fold" aria-expanded="false" data-fold>{count(texts.PASSAGES, total)}</button>'
    return (
        f'<section class="evidence{shown}" id="evidence-{index}"><div class="title"><h2>{texts.EVIDENCE}</h2>{fold}</div>'
        f'<div class="foldable"><p class="note about" dir="auto">{escape(exchange.question)}</p>'
        + (f'<p class="note">{note}</p>' if note else "")
        + f"{cards}{others}</div></section>"
    )


def highlights(spans: Iterable[Span], answer: tuple[int, int] | None = None, offset: int = 0) -> Layer:
    """Each span marked in one of LEVELS grades, what of it is in the short `answer` strongest; all moved by `offset`."""
    first, last = answer or (0, 0)
    marked = []
    for span in spans:
        edges = sorted({span.start, span.end, *(edge for edge in (first, last) if span.start < edge < span.end)})
        for start, end in pairwise(edges):
            answers = first <= start and end <= last
            grade = "answer" if answers else f"level-{min(LEVELS, 1 + int(span.weight * LEVELS))}"
            title = (texts.WEIGHT_ANSWER if answers else texts.WEIGHT).format(weight=number(span.weight, 2))
            marked.append(Decoration(start + offset, end + offset, "mark", (("class_", grade), ("title", title))))
    return Layer(marked)


def _card(citation: Citation, index: int, kind: str, question: str, found: Sequence[Citation] = ()) -> str:
    number = f'<span class="number">{citation.n}</span>' if kind == "cite" else ""
    score = texts.SCORE.format(score=percent(citation.score))
    headings = citation.headings[citation.headings[:1] == (citation.title,) :]  # the title is said above
    layers = [highlights(citation.highlights, citation.answer_span)]
    passage = blocks.render(citation.text, citation.blocks, citation.marks, layers=layers)
    name = f"{kind}-{index}-{citation.n}"
    is_read = any(mark.kind == "ocr" for mark in citation.marks)
    ocr = f' · <span class="ocr" title="{texts.OCR_HINT}">{texts.OCR}</span>' if is_read else ""
    return (
        f'<article class="card" id="{name}" tabindex="-1" aria-labelledby="{name}-title"'
        f' data-event="select" data-exchange="{index}" data-kind="{kind}" data-n="{citation.n}"><header>{number}'
        f'<h3 id="{name}-title" dir="auto">{escape(citation.title or citation.document)}</h3>'
        f'<span class="score" title="{texts.SCORE_HINT}">{score}</span></header>'
        f'<p class="where">{_where(headings, citation.page, citation.document)}{ocr}</p>{_edition(citation, question, found)}'
        f'<blockquote class="blocks" dir="auto">{passage}</blockquote>'
        f'<footer><button type="button" aria-describedby="{name}-title">{texts.OPEN}</button>'
        f'<a class="back" href="#exchange-{index}">{texts.BACK}</a></footer></article>'
    )


def _edition(citation: Citation, question: str, found: Sequence[Citation]) -> str:
    today = date.today()
    lines = [foreign(citation, question), edition(citation.about, today), *other_editions(citation, found, today)]
    return "".join(f'<p class="where edition"><bdi>{escape(line)}</bdi></p>' for line in lines if line)


def _where(headings: Sequence[str], page: int | None, document: str) -> str:
    parts = [" › ".join(headings), texts.PAGE.format(page=page) if page else "", document]
    return " · ".join(f"<bdi>{escape(part)}</bdi>" for part in parts if part)
