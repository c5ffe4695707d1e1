"""The order of the stages from a query to an answer, and nothing else: retrieve, read, compose, word, check, cite."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Generator as Stream
from contextlib import closing
from dataclasses import dataclass, replace

from rag.answering import ask_back, citations, hops, measures, prompt
from rag.answering.compose import NOTHING, Composed, compose
from rag.answering.editions import newest_first
from rag.checking.draft import SUPPORTED, Draft
from rag.config import Settings
from rag.errors import GeneratorError, ModelError
from rag.languages.spoken import speaking, texts
from rag.protocols import Checker, Generator, Reader
from rag.query import Query
from rag.reading import answerable, rank
from rag.types import Answer, Delta, Event, Evidence, Message, Passage, Reading, Status, Support, Verified
from rag.units import units

log = logging.getLogger(__name__)

Tally = Callable[[str, Sequence[Evidence], Composed], tuple[Composed, Sequence[Evidence]] | None]
_COMPUTED = 0.9  # confidence in what all rows say: of the messages told to want that .95 do (data/tables, docs/lab-log.md)
PROMPTED = 3  # passages the model reads; every one delays the first word


@dataclass(frozen=True, slots=True)
class Stages:
    """The parts that answer one query. `retrieve` takes how many passages are wanted, `behind` a sentence that the query then
    leans on; `generator` loads the model when called, None where nothing is to be worded anew.

    `names` says which embedder and generator are in use. `tally` computes what all rows of a table say, as `tally.tally`;
    without a `gate` nothing is asked back.
    """

    retrieve: Callable[[int], list[Passage]]
    behind: Callable[[str], list[Passage]]
    reader: Reader
    generator: Callable[[], Generator] | None
    checker: Checker
    settings: Settings
    names: dict[str, str]
    is_empty: Callable[[], bool]
    tally: Tally | None = None
    gate: ask_back.Gate | None = None


def read(text: str, passages: Sequence[Passage], reader: Reader, before: str = "") -> list[Evidence]:
    """Evidence of all passages, best first; of two editions of a page, the newer. `before` as of `Reader.read`."""
    return newest_first(rank(reader.read(text, passages, before)), text)


def stream(query: Query, stages: Stages) -> Iterator[Event]:
    """One Reading, then Delta pieces of the draft with Verified between them, then the Answer."""
    clock = Clock()
    settings, reader = stages.settings, stages.reader
    passages = stages.retrieve(max(settings.top_k, settings.candidates or reader.candidates))
    clock.lap("retrieve")
    evidence = read(query.search_text, passages, reader, query.before)
    evidence = (ask_back.about(query.choice, evidence) if query.choice else evidence)[: settings.top_k]
    evidence = hops.second(
        query.search_text, evidence, stages.behind, lambda behind, lead: read(query.search_text, behind, reader, lead)
    )
    clock.lap("read")
    found = tuple(citations.cite(n, item) for n, item in enumerate(evidence, 1))
    yield Reading(query.text, found)

    likely = round(answerable(evidence), 3)
    refuse_below = reader.refuse_below if settings.refuse_below is None else settings.refuse_below
    with speaking(query.language):
        composed = compose(evidence)
        computed = stages.tally and stages.tally(query.search_text, evidence, composed)
        if computed:  # as surely as the table says it, whatever the reader thinks of one passage; no model words it anew
            composed, stages = computed[0], replace(stages, generator=None)
            found += tuple(citations.cite(n, item) for n, item in enumerate(computed[1][len(found) :], len(found) + 1))
        elif likely < refuse_below:
            composed = NOTHING
        elif evidence:
            composed = measures.convert(query.search_text, evidence[0], composed)
        nothing = texts.NO_DOCUMENTS if stages.is_empty() else texts.REFUSAL
    if composed.text:  # a passage of headings alone answers nothing
        said = yield from _worded(query, evidence, composed, stages, clock)
        if stages.gate and not computed and not query.choice:
            choices = stages.gate.choices(ask_back.candidates(query.search_text, query.before, evidence))
            with speaking(query.language):
                said = ask_back.behind(said, choices)
    else:
        said = _answer(nothing, "refused")
    sure = 1 - likely if said.status == "refused" else _COMPUTED if computed else evidence[0].confidence
    cited, closest, support = citations.keep_cited(found, said.support)
    yield replace(
        said,
        question=query.message,
        searched=query.text,
        confidence=round(sure, 3),
        answerable=likely,
        citations=cited,
        closest=closest,
        support=support,
        timings_ms=clock.laps(),
        models={**stages.names, "reader": reader.name},
    )


def whole(events: Iterable[Event]) -> Answer:
    """The answer that a stream of events ends with."""
    *_, last = events
    if not isinstance(last, Answer):
        raise TypeError(f"the stream ended with {type(last).__name__}, not with an Answer")
    return last


def _worded(
    query: Query, evidence: Sequence[Evidence], composed: Composed, stages: Stages, clock: "Clock"
) -> Stream[Event, None, Answer]:
    """Streams the model's wording of the composed evidence until a sentence is not borne out. What is shown is the wording,
    where all of it is borne out and it leaves out nothing that was selected, and otherwise the composed evidence itself; also
    where the model's server fails.
    """
    many = len({n for _, _, n in composed.parts}) > 1
    # Steps, rows and code are not worded anew.
    if stages.generator is None or many or any(block.kind != "paragraph" for block in composed.blocks):
        return _answer(composed.text, "quoted", composed)
    draft = Draft(stages.checker, [composed.text])
    try:
        yield from _drafted(draft, composed.text, query, evidence, stages.generator(), stages.settings, clock)
    except GeneratorError as error:
        log.info("the answer is quoted: %s", error)
        return replace(_answer(composed.text, "quoted", composed), problem=str(error))
    if draft.verified and not draft.unverified and _says_all(composed, draft.verified, stages.checker):
        if draft.verified == composed.text:
            return _answer(draft.verified, "answered", composed)
        return _answer(
            draft.verified, "answered", Composed(draft.verified, parts=((0, len(draft.verified), composed.parts[0][2]),))
        )
    return _answer(composed.text, "quoted", composed, draft.unverified)


def _drafted(
    draft: Draft,
    otherwise: str,
    query: Query,
    evidence: Sequence[Evidence],
    generator: Generator,
    settings: Settings,
    clock: "Clock",
) -> Stream[Event, None, None]:
    """Streams what the model writes into the draft, until a sentence ends it.

    What is verified will not change any more as long as it is also how `otherwise` begins, which may take the draft's place.
    """
    messages = _prompt(generator, query.text, evidence, settings)
    with closing(generator.stream(messages, settings.answer_tokens)) as pieces:
        for piece in pieces:
            if not draft.text:
                clock.mark("first_token")
            yield Delta(piece)
            if draft.add(piece) and otherwise.startswith(draft.verified):
                yield Verified(draft.verified)
            if draft.ended:
                break
    if draft.finish() and otherwise.startswith(draft.verified):
        yield Verified(draft.verified)


def _says_all(composed: Composed, draft: str, checker: Checker) -> bool:
    """Whether a draft bears out each unit that was selected: half of the steps gets nobody there."""
    selected = [unit for unit in units(composed.text, composed.blocks) if unit.answers]
    return all(checker.check(composed.text[unit.start : unit.end], [draft]).supported >= SUPPORTED for unit in selected)


def _answer(text: str, status: Status, composed: Composed = NOTHING, left_out: str = "") -> Answer:
    """An answer that rests on the passages it was composed of, or on none."""
    support = tuple(Support(start, end, n, 1.0) for start, end, n in composed.parts)
    return Answer("", "", text, status, 0.0, (), support, left_out=left_out, blocks=composed.blocks, marks=composed.marks)


def _prompt(generator: Generator, question: str, evidence: Sequence[Evidence], settings: Settings) -> Sequence[Message]:
    room = generator.window - settings.answer_tokens
    if room < 1:
        raise ModelError(
            f"RAG_ANSWER_TOKENS is {settings.answer_tokens}, but {generator.name} has a window of "
            f"{generator.window} tokens: lower it."
        )
    budget = min(settings.prompt_tokens, room)
    messages, _ = prompt.build(question, evidence[:PROMPTED], count_tokens=generator.count_tokens, budget=budget)
    return messages


class Clock:
    """Milliseconds of each stage of one question."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps = {"retrieve": 0.0, "read": 0.0, "first_token": 0.0, "total": 0.0}

    def lap(self, stage: str) -> None:
        """The time since the last lap belongs to `stage`."""
        now = time.perf_counter()
        self._laps[stage], self._last = (now - self._last) * 1000, now

    def mark(self, event: str) -> None:
        """`event` happened now, counted from the question."""
        self._laps[event] = (time.perf_counter() - self._start) * 1000

    def laps(self) -> dict[str, float]:
        self.mark("total")
        return {stage: round(value, 1) for stage, value in self._laps.items()}
