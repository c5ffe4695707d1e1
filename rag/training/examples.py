"""A dataset's questions to what a reader learns from: the passages that answer, and those that retrieval takes for answers."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.conversation.history import CONVERSATION
from rag.datasets.dataset import Dataset, Leaning, Question, Verdict
from rag.errors import NotFoundError
from rag.evaluation.harness import DocumentSpan, EvalHarness
from rag.evaluation.index import canonical_name, eval_assistant
from rag.evaluation.wording import contains
from rag.text import words
from rag.types import Chunk, Passage, Progress
from rag.units import units

if TYPE_CHECKING:
    from rag.service import Assistant

_RETRIEVED = 12  # passages looked through for hard negatives
_NEGATIVES = 8  # of them kept
_SHORT = 16  # words; a longer answer is no short span, and teaches only which sentences answer


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage as search returned it. Positions are characters of `text`, the passage's.

    `answer` is the short answer; `evidence` the units that answer, None where the dataset does not say;
    `answers` None where it is not known whether the passage does; `verdict` is what it says to a question of yes or no;
    `before` what was said before a follow-up, of which the question is the message as it was typed.
    """

    question: str
    passage: Passage
    answer: tuple[int, int] | None = None
    evidence: tuple[tuple[int, int], ...] | None = ()
    answers: bool | None = False
    verdict: Verdict = "unknown"
    before: str = ""

    @property
    def text(self) -> str:
        return self.passage.chunk.text

    @property
    def context(self) -> str:
        return self.passage.chunk.context


@dataclass(frozen=True, slots=True)
class Group:
    """One question: a passage that answers it (None where nothing does), and passages that do not.

    Of a `conversation` it is a message beside what was said before it, and its evidence the words that the message leans on.
    `also` are other passages that answer, in part or again.
    """

    id: str
    positive: Example | None
    negatives: tuple[Example, ...]
    conversation: bool = False
    also: tuple[Example, ...] = ()

    @property
    def examples(self) -> tuple[Example, ...]:
        """All, the one that answers first."""
        return (self.positive, *self.negatives) if self.positive else self.negatives

    @property
    def before(self) -> str:
        """What was said before its question."""
        return self.examples[0].before if self.examples else ""

    @property
    def title(self) -> str:
        """What its passages are of: the questions of one title are about the same."""
        return self.examples[0].passage.chunk.title if self.examples else ""


def mine(dataset: Dataset, settings: Settings, progress: Progress) -> list[Group]:
    """A group for each question, with hard negatives from the product's own retrieval over the dataset's texts."""
    groups = []
    searching = settings.model_copy(update={"reader": "late-interaction"})  # nothing is read: no trained one is loaded
    with eval_assistant(dataset, searching, progress) as assistant:
        harness = EvalHarness(assistant, searching)
        for n, question in enumerate(dataset.questions):
            progress(n, len(dataset.questions), f"passages for question {n + 1} of {len(dataset.questions)}")
            asked = [question]
            if question.message:  # as it was typed, beside what was said before it, and as it would stand alone
                asked = [replace(question, before=""), replace(question, id=f"{question.id}:typed", text=question.message)]
            for one in asked:
                group = _mined(harness, assistant, one)
                if group.positive or not question.answerable:
                    groups.append(with_before(group, one.before) if one.before else group)
    return groups


def _mined(harness: EvalHarness, assistant: "Assistant", question: Question) -> Group:
    context = f"{question.before} {question.text}" if question.before else ""
    found = assistant.base.retrieve(question.text, _RETRIEVED, context=context)
    group = _group(harness, question, found)
    if question.documents and not group.positive:  # not found, or nothing answers: first what it was asked of
        with suppress(NotFoundError):  # of a document that is not shown to the public nothing is learnt
            own = assistant.base.retrieve(question.text, _NEGATIVES, documents=list(question.documents), context=context)
            group = _group(harness, question, [*_with_scores(own, found), *found])
    return group


def with_before(group: Group, before: str) -> Group:
    """The group of a question that something was said before."""

    def said(example: Example) -> Example:
        return replace(example, before=before)

    positive = said(group.positive) if group.positive else None
    return replace(group, positive=positive, negatives=tuple(map(said, group.negatives)), also=tuple(map(said, group.also)))


def of_conversation(leaning: Leaning) -> Group:
    """A message and what was said before it as a question and a passage."""
    chunk = Chunk(leaning.id, CONVERSATION, CONVERSATION, leaning.history, 0, len(leaning.history))
    made = Example(leaning.message, Passage(chunk, 0.0, 0.0), None, leaning.copied, bool(leaning.copied))
    return Group(leaning.id, made, (), True) if leaning.copied else Group(leaning.id, None, (made,), True)


def _with_scores(own: Sequence[Passage], found: Sequence[Passage]) -> list[Passage]:
    """A narrower search's passages with the scores of the whole search, at most its lowest where that did not find them."""
    scores = {passage.chunk.id: passage.score for passage in found}
    lowest = min(scores.values(), default=0.0)
    return [replace(passage, score=scores.get(passage.chunk.id, lowest)) for passage in own]


def _group(harness: EvalHarness, question: Question, found: Sequence[Passage]) -> Group:
    places = harness.places(question, {passage.chunk.document for passage in found})
    passages = list({passage.chunk.id: passage for passage in found}.values())
    answering = [e for passage in passages if (e := _positive(question, passage, places))]
    positive = max(answering, key=lambda example: len(example.evidence or ()), default=None)  # of equals the first found
    also = tuple(example for example in answering if example is not positive)
    negatives = [Example(question.text, passage) for passage in passages if not _may_answer(question, passage.chunk, places)]
    return Group(question.id, positive, tuple(negatives[:_NEGATIVES]), also=also)


def _positive(question: Question, passage: Passage, places: Sequence[DocumentSpan]) -> Example | None:
    """The passage as an example, if it holds one of the quotes whole; without quotes, if it is of a right document.

    All units of the passage that are quoted answer. The short answer is the quote, where that is one of a few words, or an
    accepted answer that stands in the units.
    """
    chunk = passage.chunk
    if not question.answerable:
        return None
    if not question.quotes:
        if canonical_name(chunk.document, question.documents) not in question.documents:
            return None
        return Example(question.text, passage, evidence=None, answers=True, verdict=question.verdict)
    own = [(p.start - chunk.start, p.end - chunk.start) for p in places if p.document == chunk.document]
    inside = [(start, end) for start, end in own if start >= 0 and end <= len(chunk.text)]
    if not inside:
        return None
    found = units(chunk.text, chunk.blocks)
    touched = tuple((u.start, u.end) for u in found if any(u.start < end and u.end > start for start, end in inside))
    first = chunk.text[slice(*inside[0])]
    if question.answers and first not in question.answers:
        answer = _said(chunk.text, touched, question.answers)
    else:
        answer = inside[0] if len(words(first)) <= _SHORT else None
    return Example(question.text, passage, answer, touched, answers=True, verdict=question.verdict)


def _said(text: str, units: Sequence[tuple[int, int]], answers: Sequence[str]) -> tuple[int, int] | None:
    """Where the first accepted answer of a few words stands in the units."""
    for answer in answers:
        if len(words(answer)) <= _SHORT:
            for start, end in units:
                if (at := text.find(answer, start, end)) >= 0:
                    return at, at + len(answer)
    return None


def _may_answer(question: Question, chunk: Chunk, places: Sequence[DocumentSpan]) -> bool:
    """Whether a passage could answer unknown to the dataset: then it is no negative."""
    if any(p.document == chunk.document and p.start < chunk.end and p.end > chunk.start for p in places):
        return True
    if question.answerable and not places and canonical_name(chunk.document, question.documents) in question.documents:
        return True
    short = [answer for answer in question.answers if len(words(answer)) <= _SHORT]
    return bool(short) and contains(chunk.text, short) > 0
