"""Values to the terminal: data on standard output, messages on standard error, one shape for people and one for programs."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from rag.apps.cli.rendering import inert, rendered
from rag.apps.dates import edition, other_editions
from rag.errors import RagError
from rag.languages import en as texts
from rag.types import ANSWERS, Answer, Citation, Delta, Event

STRONG = 0.7  # weight from which a highlight is bold as well

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_problem(message: str) -> None:
    """One line on standard error."""
    err.print(plain("rag: " + " ".join(message.split())))


def plain(text: str, style: str = "") -> Text:
    """A text whose control characters and markup do nothing."""
    return Text(inert(text), style=style)


def print_answer(answer: Answer) -> None:
    """The answer with its `[n]` markers, then what each number stands for; for a refusal, what came closest."""
    from rag.answering.citations import markers

    if answer.problem:
        print_problem(answer.problem)
    if answer.status in ANSWERS:
        sure = next(word for least, word in texts.CONFIDENCE if answer.confidence >= least)
        out.print(f"{texts.FROM[answer.status]} ({sure}, {answer.confidence:.2f}):")
    notes = [(position, f" [{n}]") for position, n in markers(answer)]
    _print_all(rendered(answer.text, answer.blocks, answer.marks, notes=notes, width=out.width))
    for citation in answer.citations:
        print_citation(citation)
        for line in other_editions(citation, (*answer.citations, *answer.closest), date.today()):
            out.print(plain(line, "dim"))
    if answer.status == "refused" and answer.closest:
        out.print("\nCame closest:")
        for citation in answer.closest:
            print_citation(citation)


def print_citation(citation: Citation) -> None:
    """Where a passage stands, and its text with the words that matter marked."""
    repeated = citation.headings[:1] == (citation.title,)
    place = " > ".join(citation.headings if repeated else (citation.title, *citation.headings))
    page = f", page {citation.page}" if citation.page else ""
    ocr = f" ({texts.OCR})" if any(mark.kind == "ocr" for mark in citation.marks) else ""
    out.print(plain(f"\n[{citation.n}] {citation.document}{page} — {place}{ocr}", "bold"))
    if said := edition(citation.about, date.today()):
        out.print(plain(said, "dim"))
    styles = [
        (span.start, span.end, "bold underline" if span.weight >= STRONG else "underline") for span in citation.highlights
    ]
    _print_all(rendered(citation.text, citation.blocks, citation.marks, styles=styles, width=out.width))


def show_draft(events: Iterator[Event]) -> Answer:
    """The draft as it grows, dim; it gives way to the verified answer, which is returned."""
    from rich.live import Live

    draft = ""
    with Live(Text("Searching…", style="dim"), console=out, transient=True) as live:
        for event in events:
            if isinstance(event, Answer):
                return event
            if isinstance(event, Delta):
                draft += event.text
                live.update(plain(draft, "dim"))
    raise RagError("The answer was interrupted; ask again.")


def _print_all(parts: Iterable[RenderableType]) -> None:
    for part in parts:
        out.print(part, soft_wrap=isinstance(part, Text))  # a table is laid out within the width
