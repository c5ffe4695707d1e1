"""What is measured: each task asks one question of the harness and scores what comes back; `TASKS` says how to sum up.

Scores of questions are averaged unless a task says otherwise; NaN is a score that a question cannot have.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from rag.datasets.dataset import Expected, Question
from rag.evaluation import calibration, conversation, overlap, ranking, wording
from rag.evaluation.comparison import Array, Columns
from rag.evaluation.harness import DocumentSpan, EvalHarness, answers
from rag.evaluation.index import canonical_name
from rag.text import sentences
from rag.types import ANSWERS, Answer, Evidence, Passage

TaskName = Literal["retrieval", "reading", "highlight", "refusal", "answering", "conversation"]

# Passages asked for so that 20 different documents are among them: a document has several.
_DEEP = 2 * ranking.DEEPEST
# A highlight counts as marked from this weight; below it the page shows a faint mark.
MARKED = 0.5
# Characters beside a quote in which its sentences are looked for: a document may be a whole book.
_NEAR = 1000
_MOST_ANSWERED = 0.95


@dataclass(frozen=True, slots=True)
class QuestionScores:
    """Scores of one question, and milliseconds by stage; what was said, where a report shows it."""

    scores: dict[str, float]
    timings: dict[str, float]
    transcript: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """`applies` says which questions can be scored, `needs` what a dataset without such lacks."""

    ask: Callable[[EvalHarness, Question], QuestionScores]
    applies: Callable[[Question], bool]
    needs: str
    summarise: Callable[[Columns], dict[str, float]]


def retrieval(harness: EvalHarness, question: Question) -> QuestionScores:
    """First what is read for an answer, in the reader's order, then what retrieval offers besides, in its own."""
    found, ms = harness.evidence(question, harness.settings.top_k)
    ranked = _documents([item.passage for item in found], question)
    if not question.documents.keys() <= ranked.keys():  # what follows the last right document changes no figure
        ranked |= _documents(harness.retrieved(question, _DEEP), question)
    return QuestionScores(ranking.scores(list(ranked), question.documents), {"evidence": ms})


def reading(harness: EvalHarness, question: Question) -> QuestionScores:
    """What the reader answers from the right document."""
    found, ms = harness.evidence(question, harness.settings.top_k, gold=True)
    said = said_by(found[0]) if found else ""
    scores = {"EM": wording.exact_match(said, question.answers), "F1": wording.f1(said, question.answers)}
    return QuestionScores(scores, {"evidence": ms})


def highlight(harness: EvalHarness, question: Question) -> QuestionScores:
    """Marked words in the right document beside the gold words, and beside the sentences these stand in.

    `best sentence` says whether the best sentence holds an answer (more than half of it, where the gold is longer).
    """
    found, ms = harness.evidence(question, harness.settings.top_k, gold=True)
    documents = {*question.documents, *(item.passage.chunk.document for item in found)}
    gold, around = _gold_words(harness, harness.places(question, documents))
    marked: set[overlap.Word] = set()
    for item in found:
        chunk = item.passage.chunk
        spans = [(span.start, span.end) for span in item.highlights if span.weight >= MARKED]
        marked |= overlap.words_in(chunk.document, chunk.text, spans, chunk.start)
    best = _best_sentence(found)
    if question.answers:
        holds = wording.contains(_sentence(found[0]), question.answers) if found else 0.0
    else:
        holds = float(2 * len(best & gold) > len(best))
    by_sentence = overlap.scores(marked, around)["F1"]
    return QuestionScores(
        {**overlap.scores(marked, gold), "sentence F1": by_sentence, "best sentence": holds}, {"evidence": ms}
    )


def refusal(harness: EvalHarness, question: Question) -> QuestionScores:
    """How likely the documents answer, which decides whether the product does; how sure it is of what it would answer from, and
    whether that is right.
    """
    answer = harness.ask(question)
    first = next(iter((*answer.citations, *answer.closest)), None)
    right = first is not None and answers(first, question, harness.places(question, [first.document]))
    looked_up = answer.status in ANSWERS or answer.status == "refused"  # another reply looks nothing up
    scores = {
        "confidence": first.score if first and looked_up else 0.0,
        "answerability": answer.answerable,
        "answerable": float(question.answerable),
        "right": float(right),
        "answered": float(answer.answerable >= harness.refuse_below(question)),
    }
    return QuestionScores(scores, _timings(answer))


def answering(harness: EvalHarness, question: Question) -> QuestionScores:
    """What the product says: a refusal holds no answer. `written` where the language model's words are shown, not a quote."""
    answer = harness.ask(question)
    answered = answer.status in ANSWERS
    said = answer.text if answered else ""
    scores = {
        "contains": wording.contains(said, question.answers),
        "F1": wording.best_span_f1(said, question.answers),
        "covered": wording.covered(said, question.answers),
        "answered": float(answered),
        "written": float(answer.status == "answered"),
    }
    return QuestionScores(scores, _timings(answer))


def acceptance(harness: EvalHarness, question: Question) -> QuestionScores:
    """The verdict on the answer to the last message of a conversation."""
    answer = harness.ask(question)
    expected = question.expected or Expected("answer")
    transcript = conversation.transcript(question, expected, answer)
    return QuestionScores(conversation.scores(question, expected, answer), _timings(answer), transcript)


def said_by(evidence: Evidence) -> str:
    """The reader's answer: its short answer, or its best sentence where it looks for none."""
    if evidence.answer is None:
        return _sentence(evidence)
    return evidence.passage.chunk.text[evidence.answer.start : evidence.answer.end]


def means(columns: Columns) -> dict[str, float]:
    return {name: _mean(values) for name, values in columns.items()}


def refusal_figures(columns: Columns) -> dict[str, float]:
    """Shares answered of the answerable and refused of the unanswerable at the shipped threshold; the rest without one.

    `refused@95` is the share refused where 95 % of the answerable are answered, AURC the area under risk and coverage.
    """
    confidence, answerable, right = columns["confidence"], columns["answerable"], columns["right"]
    likely = columns["answerability"]
    _, risk = calibration.risk_coverage(confidence, right)
    return {
        "AUROC": calibration.auroc(likely, answerable),
        "answered": _mean(columns["answered"][answerable > 0]),
        "refused": _mean(1 - columns["answered"][answerable == 0]),
        "ECE": calibration.expected_calibration_error(confidence, right),
        "refused@95": calibration.refused_at(likely, answerable, _MOST_ANSWERED),
        "AURC": _mean(risk),
    }


def acceptance_figures(columns: Columns) -> dict[str, float]:
    """Shares, and how far confidence is from what was right, over the messages that ask something."""
    asking = ~(np.isnan(columns["honest no"]) & np.isnan(columns["wrongly refused"]))
    confidence, right = columns["confidence"][asking], columns["right"][asking]
    error = calibration.expected_calibration_error(confidence, right) if asking.any() else float("nan")
    return {**means({name: values for name, values in columns.items() if name != "confidence"}), "ECE": error}


TASKS: Mapping[TaskName, Task] = {
    "retrieval": Task(retrieval, lambda q: q.answerable and bool(q.documents), "documents that answer its questions", means),
    "reading": Task(reading, lambda q: bool(q.documents and q.answers), "answers in words", means),
    "highlight": Task(highlight, lambda q: bool(q.documents and q.quotes), "quotes of the words that answer", means),
    "refusal": Task(refusal, lambda q: True, "questions", refusal_figures),
    "answering": Task(answering, lambda q: bool(q.answers), "answers in words", means),
    "conversation": Task(acceptance, lambda q: q.expected is not None, "conversations", acceptance_figures),
}


def _timings(answer: Answer) -> dict[str, float]:
    """The product's own times; a stage that a refusal never came to has none."""
    return {stage: ms or float("nan") for stage, ms in answer.timings_ms.items()}


def _documents(found: Iterable[Passage], question: Question) -> dict[str, None]:
    """The documents of the passages, each once, in order."""
    return dict.fromkeys(canonical_name(passage.chunk.document, question.documents) for passage in found)


def _gold_words(harness: EvalHarness, places: list[DocumentSpan]) -> tuple[set[overlap.Word], set[overlap.Word]]:
    """The words at the places, and of all sentences that these touch."""
    gold: set[overlap.Word] = set()
    around: set[overlap.Word] = set()
    for place in places:
        left = max(0, place.start - _NEAR)
        near = harness.text(place.document)[left : place.end + _NEAR]
        start, end = place.start - left, place.end - left
        touched = [(first, last) for first, last in sentences(near) if first < end and last > start]
        gold |= overlap.words_in(place.document, near, [(start, end)], left)
        around |= overlap.words_in(place.document, near, touched, left)
    return gold, around


def _best_sentence(found: list[Evidence]) -> set[overlap.Word]:
    if not found:
        return set()
    chunk, sentence = found[0].passage.chunk, found[0].sentence
    return overlap.words_in(chunk.document, chunk.text, [(sentence.start, sentence.end)], chunk.start)


def _sentence(evidence: Evidence) -> str:
    return evidence.passage.chunk.text[evidence.sentence.start : evidence.sentence.end]


def _mean(values: Array) -> float:
    """The mean of the scores there are; NaN without any."""
    kept = values[~np.isnan(values)]
    return float(kept.mean()) if len(kept) else float("nan")
