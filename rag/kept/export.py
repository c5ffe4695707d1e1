"""A conversation for the person who had it, to take along: as JSON for programs, as text to read."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from rag.kept.conversations import Asked, Conversation, Line
from rag.languages.formats import day, moment
from rag.languages.spoken import texts
from rag.types import Citation

FORMAT = 1


def as_json(conversation: Conversation, exchanges: Sequence[Asked], lines: Sequence[Line] = ()) -> str:
    """All that is kept of it; an `answer` is null where there was none. `people` is what was said with people."""
    values: dict[str, Any] = {
        "format": FORMAT,
        "id": conversation.id,
        "title": conversation.title,
        "base": conversation.base,
        "created_at": conversation.created_at.isoformat(),
        "changed_at": conversation.changed_at.isoformat(),
        "exchanges": [
            {
                "asked_at": one.asked_at.isoformat(),
                "question": one.question,
                "text": one.text,
                # What the models are and where is for who hosts the server.
                "answer": asdict(replace(one.answer, models={})) if one.answer else None,
            }
            for one in exchanges
        ],
        "people": [{"at": one.at.isoformat(), "kind": one.kind, "name": one.name, "text": _said(one)} for one in lines],
    }
    return json.dumps(values, ensure_ascii=False, indent=2)


def as_text(conversation: Conversation, exchanges: Sequence[Asked], lines: Sequence[Line] = ()) -> str:
    """Questions, answers and the words that each answer rests on, and what was said with people, to read and to print."""
    head = [conversation.title, texts.EXPORT_FROM.format(day=day(conversation.created_at), base=conversation.base)]
    told = [(one.asked_at, _exchange(one)) for one in exchanges] + [(one.at, _line(one)) for one in lines]
    return "\n\n".join(["\n".join(head), *(text for _, text in sorted(told, key=lambda pair: pair[0]))]) + "\n"


def _exchange(one: Asked) -> str:
    parts = [f"{texts.YOU} ({moment(one.asked_at)} UTC)\n{one.question}", one.text or texts.STOPPED_EARLY]
    if one.answer and one.answer.citations:
        parts.append("\n".join(_source(citation) for citation in one.answer.citations))
    return "\n\n".join(parts)


def _line(one: Line) -> str:
    who = {"in": texts.PERSON["you"], "out": one.name, "status": ""}[one.kind]
    return f"{who} ({moment(one.at)} UTC)\n{_said(one)}".strip()


def _said(one: Line) -> str:
    return texts.PERSON[f"status-{one.text}"].format(name=one.name) if one.kind == "status" else one.text


def _source(citation: Citation) -> str:
    page = [texts.PAGE.format(page=citation.page)] if citation.page else []
    place = " · ".join([citation.title or citation.document, *page, citation.document])
    words = "\n".join(f"    {line}" for line in citation.text.splitlines())
    return f"[{citation.n}] {place}\n{words}"
