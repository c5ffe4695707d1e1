"""The answer to the last message of a conversation beside what is expected of it: a verdict, scores, and what to show of it.

The rules are told in docs/acceptance-questions.md.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from rag.datasets.dataset import Expected, Question
from rag.evaluation.facts import normalised, says, unreadable
from rag.evaluation.index import canonical_name
from rag.languages.acceptance import REFUSALS
from rag.types import Answer

Verdict = Literal[
    "right",
    "bad form",
    "incomplete or off",
    "wrong",
    "wrongly refused",
    "rightly refused",
    "not refused",
    "social ok",
    "handover ok",
    "social failure",
]
RIGHT: frozenset[Verdict] = frozenset(("right", "rightly refused", "social ok", "handover ok"))
SURE = 0.5  # confidence from which an answer that is not right counts as shown with confidence

_REFUSAL = re.compile("|".join(REFUSALS), re.IGNORECASE)
_NONE = float("nan")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and what it rests on in words where the verdict does not say it."""

    verdict: Verdict
    why: str = ""

    @property
    def right(self) -> bool:
        return self.verdict in RIGHT


def judge(expected: Expected, answer: Answer) -> Judgement:
    """A right answer says one of each group of `must`, nothing of `must_not`, and can be read."""
    said = normalised(answer.text)
    missing = [group for group in expected.must if not any(says(said, fact) for fact in group)]
    forbidden = [fact for fact in expected.must_not if says(said, fact)]
    if expected.outcome == "no":
        return Judgement("rightly refused") if refuses(answer) else Judgement("not refused")
    if expected.outcome in {"social", "handover"}:
        return _judge_social(expected, answer, missing or forbidden)
    if refuses(answer):
        return Judgement("wrongly refused")
    if forbidden:
        return Judgement("wrong", "says " + ", ".join(map(repr, forbidden)))
    if missing:
        return Judgement("incomplete or off", "lacks " + ", ".join(" or ".join(map(repr, group)) for group in missing))
    form = unreadable(answer.text)
    return Judgement("bad form", form) if form else Judgement("right")


def refuses(answer: Answer) -> bool:
    """An honest no, by its status or, without a citation, by its words."""
    return answer.status == "refused" or (not answer.citations and _REFUSAL.search(answer.text) is not None)


def first_citation_right(documents: Collection[str], answer: Answer) -> float:
    """Whether the first citation is of a document, or of a row of a file, that holds the answer; NaN where there is none to
    cite or none cited.
    """
    if not documents or not answer.citations:
        return _NONE
    return float(canonical_name(answer.citations[0].document, documents) in documents)


def scores(question: Question, expected: Expected, answer: Answer) -> dict[str, float]:
    """0 or 1 by name, NaN where the question cannot have the score; `right` also for the question's kind."""
    judgement, refused = judge(expected, answer), refuses(answer)
    right = float(judgement.right)
    sure = answer.confidence >= SURE and not (judgement.right or refused or judgement.verdict == "bad form")

    def where(outcome: str, value: bool) -> float:
        return float(value) if expected.outcome == outcome else _NONE

    honest = where("no", judgement.verdict == "rightly refused")
    of_kind = {f"right: {question.kind}": right}
    if expected.outcome == "no":
        of_kind[f"honest no: {question.kind}"] = honest
    return {
        "confidence": answer.confidence,
        "right": right,
        "sure and not right": float(sure),
        "honest no": honest,
        "wrongly refused": where("answer", judgement.verdict == "wrongly refused"),
        "unreadable form": _NONE if refused else float(bool(unreadable(answer.text))),
        "social": where("social", judgement.right),
        "handover": where("handover", judgement.right),
        "first citation right": first_citation_right(question.documents, answer),
        **of_kind,
    }


def transcript(question: Question, expected: Expected, answer: Answer) -> dict[str, Any]:
    """What a person needs to see why a verdict was given, as plain values."""
    judgement = judge(expected, answer)
    return {
        "kind": question.kind,
        "turns": [*question.earlier, question.text],
        "verdict": judgement.verdict,
        "why": judgement.why,
        "right": judgement.right,
        "answer": answer.text,
        "status": answer.status,
        "confidence": answer.confidence,
        "expected": expected.answer,
        "evidence": [
            {"document": citation.document, "page": citation.page, "headings": list(citation.headings), "text": citation.text}
            for citation in answer.citations
        ],
    }


def _judge_social(expected: Expected, answer: Answer, lacking: Collection[object]) -> Judgement:
    """A reply to a greeting, or a hand-over: neither a refusal nor a quote of a document."""
    if lacking or answer.status in {"refused", "quoted"}:
        return Judgement("social failure", answer.status)
    return Judgement("social ok" if expected.outcome == "social" else "handover ok")
