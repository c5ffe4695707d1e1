"""A conversation for the person who had it, to take along: as JSON for programs, as text to read."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from rag.kept.conversations import Asked, Conversation
from rag.languages.formats import day, moment
from rag.languages.spoken import texts
from rag.types import Citation

FORMAT = 1


def as_json(conversation: Conversation, exchanges: Sequence[Asked]) -> str:
    """All that is kept of it; an `answer` is null where there was none."""
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
    }
    return json.dumps(values, ensure_ascii=False, indent=2)


def as_text(conversation: Conversation, exchanges: Sequence[Asked]) -> str:
    """Questions, answers and the words that each answer rests on, to read and to print."""
    head = [conversation.title, texts.EXPORT_FROM.format(day=day(conversation.created_at), base=conversation.base)]
    parts = ["\n".join(head)]
    for one in exchanges:
        answered = one.text or texts.STOPPED_EARLY
        parts.append(f"{texts.YOU} ({moment(one.asked_at)} UTC)\n{one.question}\n\n{answered}")
        if one.answer and one.answer.citations:
            parts.append("\n".join(_source(citation) for citation in one.answer.citations))
    return "\n\n".join(parts) + "\n"


def _source(citation: Citation) -> str:
    page = [texts.PAGE.format(page=citation.page)] if citation.page else []
    place = " · ".join([citation.title or citation.document, *page, citation.document])
    words = "\n".join(f"    {line}" for line in citation.text.splitlines())
    return f"[{citation.n}] {place}\n{words}"
