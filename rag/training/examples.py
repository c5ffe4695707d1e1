"""A dataset's questions to what a reader learns from: the passages that answer, and those that retrieval takes for answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.config import Settings
from rag.datasets.dataset import Dataset, Question
from rag.evaluation.harness import DocumentSpan, EvalHarness
from rag.evaluation.index import canonical_name, eval_assistant
from rag.evaluation.wording import contains
from rag.text import sentences, words
from rag.types import Chunk, Passage, Progress

_RETRIEVED = 12  # passages looked through for hard negatives
_NEGATIVES = 8  # of them kept
_SHORT = 16  # words; a longer answer is no short span, and teaches only which sentences answer


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage. Positions are characters of `text`.

    `answer` is the short answer; `evidence` the sentences that answer, None where the dataset does not say;
    `answers` None where it is not known whether the passage does. `score` and `similarity` are retrieval's.
    """

    question: str
    context: str
    text: str
    answer: tuple[int, int] | None = None
    evidence: tuple[tuple[int, int], ...] | None = ()
    answers: bool | None = False
    score: float = 0.0
    similarity: float = 0.0


@dataclass(frozen=True, slots=True)
class Group:
    """One question: a passage that answers it (None where nothing does), and passages that do not."""

    id: str
    positive: Example | None
    negatives: tuple[Example, ...]


def mine(dataset: Dataset, settings: Settings, progress: Progress) -> list[Group]:
    """A group for each question, with hard negatives from the product's own retrieval over the dataset's texts."""
    groups = []
    searching = settings.model_copy(update={"reader": "late-interaction"})  # nothing is read: no trained one is loaded
    with eval_assistant(dataset, searching, progress) as assistant:
        harness = EvalHarness(assistant, searching)
        for n, question in enumerate(dataset.questions):
            progress(n, len(dataset.questions), f"passages for question {n + 1} of {len(dataset.questions)}")
            found = assistant.retrieve(question.text, _RETRIEVED)
            group = _group(harness, question, found)
            if question.documents and not group.positive:  # not found, or nothing answers: first what it was asked of
                own = assistant.retrieve(question.text, _NEGATIVES, documents=list(question.documents))
                group = _group(harness, question, [*_beside(own, found), *found])
            if group.positive or not question.answerable:
                groups.append(group)
    return groups


def _beside(own: Sequence[Passage], found: Sequence[Passage]) -> list[Passage]:
    """A narrower search's passages with the scores of the whole search, at most its lowest where that did not find them."""
    scores = {passage.chunk.id: passage.score for passage in found}
    lowest = min(scores.values(), default=0.0)
    return [replace(passage, score=scores.get(passage.chunk.id, lowest)) for passage in own]


def _group(harness: EvalHarness, question: Question, found: Sequence[Passage]) -> Group:
    places = harness.places(question, {passage.chunk.document for passage in found})
    passages = list({passage.chunk.id: passage for passage in found}.values())
    positive = next((e for passage in passages if (e := _positive(question, passage, places))), None)
    negatives = [_example(question, passage) for passage in passages if not _may_answer(question, passage.chunk, places)]
    return Group(question.id, positive, tuple(negatives[:_NEGATIVES]))


def _positive(question: Question, passage: Passage, places: Sequence[DocumentSpan]) -> Example | None:
    """The passage as an example, if it holds one of the quotes whole; without quotes, if it is of a right document."""
    chunk = passage.chunk
    if not question.answerable:
        return None
    if not question.quotes:
        if canonical_name(chunk.document, question.documents) not in question.documents:
            return None
        return replace(_example(question, passage), evidence=None, answers=True)
    for place in places:
        start, end = place.start - chunk.start, place.end - chunk.start
        if place.document == chunk.document and start >= 0 and end <= len(chunk.text):
            touched = tuple(span for span in sentences(chunk.text) if span[0] < end and span[1] > start)
            answer = (start, end) if len(words(chunk.text[start:end])) <= _SHORT else None
            return replace(_example(question, passage), answer=answer, evidence=touched, answers=True)
    return None


def _may_answer(question: Question, chunk: Chunk, places: Sequence[DocumentSpan]) -> bool:
    """Whether a passage could answer unknown to the dataset: then it is no negative."""
    if any(p.document == chunk.document and p.start < chunk.end and p.end > chunk.start for p in places):
        return True
    if question.answerable and not places and canonical_name(chunk.document, question.documents) in question.documents:
        return True
    short = [answer for answer in question.answers if len(words(answer)) <= _SHORT]
    return bool(short) and contains(chunk.text, short) > 0


def _example(question: Question, passage: Passage) -> Example:
    context, text = passage.chunk.context, passage.chunk.text
    return Example(question.text, context, text, score=passage.score, similarity=passage.similarity)
