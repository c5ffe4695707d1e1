"""What a conversation is about, in its own words: sentences with their places, chosen by encoder and router.

What was promised is left out: nothing here was trained to tell a promise, and a list of words would miss most of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rag.desk.store import Store
from rag.desk.thread import Said, Thread, read_thread
from rag.kept import answers
from rag.query import fit_window
from rag.service import Models
from rag.text import sentences
from rag.types import ANSWERS, Citation, Vectors

LEFT_OUT: Final = ("promised",)
"""Parts that a summary would have, and that cannot be chosen well enough."""
_MOST = 3  # sentences of a part
_EXCHANGES = 5  # with the bot, that its note lists
_ASKS = ("?", "？", "؟")
_LOOKED_AT = 60  # sentences of the customer's, the last, and of an answer, the first, that are compared


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Characters `[start, end)` of a statement, which read `text`; `said` is its id, as `rag.desk.thread.Said` has it."""

    said: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What the customer wants, what was answered so far, and what they asked since an agent's last reply. It belongs to the
    state `mark` of the conversation: another mark, another summary.
    """

    mark: str
    wanted: tuple[Excerpt, ...]
    tried: tuple[Excerpt, ...]
    open: tuple[Excerpt, ...]
    left_out: tuple[str, ...] = LEFT_OUT


@dataclass(frozen=True, slots=True)
class Tried:
    """What the bot was asked, how it ended (a status of `rag.types.Answer`, "none" where no answer is kept as it failed or was
    stopped, "" for one that cannot be read any more), and the passages it quoted or that came close.
    """

    question: str
    status: str
    confidence: float
    passages: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class HandOver:
    """Why a conversation came to people, and what the bot had tried since it was last closed (`again`: it was), the last
    first.
    """

    reason: str
    tried: tuple[Tried, ...]
    again: bool = False


def summarise(store: Store, conversation: str, models: Models) -> Summary:
    """The summary of what was said since the conversation was last closed."""
    thread = read_thread(store, conversation)
    told = [one for one in _excerpts(thread, "customer")[-_LOOKED_AT:] if _asks(models, one.text)]
    since = max((n for n, one in enumerate(thread.said) if one.who == "agent"), default=-1)
    later = {one.id for one in thread.said[since + 1 :]}
    pending = _asked([one for one in told if one.said in later])[-_MOST:]
    return Summary(thread.mark, _central(_asked(told), models), _tried(thread, models), tuple(pending))


def hand_over(store: Store, conversation: str) -> HandOver:
    """The note that the bot leaves; raises NotFoundError for a conversation that never came to people."""
    case = store.case(conversation)
    sql = "SELECT * FROM exchanges WHERE conversation = :id AND id > :since ORDER BY id DESC"
    rows = store.read(sql, {"id": conversation, "since": case.since_exchange})
    if case.state == "bot" and rows and not rows[0]["answer"]:
        del rows[0]  # the bot may be answering it
    tried = []
    for row in rows:
        found = answers.from_json(row["answer"]) if row["answer"] else None
        if found is None:
            tried.append(Tried(row["question"], "" if row["answer"] else "none", 0.0, ()))
        elif found.status not in {"social", "handover"}:
            passages = (*found.citations, *found.closest)[:_MOST]
            tried.append(Tried(row["question"], found.status, found.confidence, passages))
    return HandOver(case.reason, tuple(tried[:_EXCHANGES]), again=bool(case.since_exchange))


def _asked(told: Sequence[Excerpt]) -> list[Excerpt]:
    """Those that are written as questions; where none is, all: what is told may ask, too."""
    return [one for one in told if one.text.rstrip().endswith(_ASKS)] or list(told)


def _central(asked: Sequence[Excerpt], models: Models) -> tuple[Excerpt, ...]:
    """The first sentence that asks, and the one that is nearest to all that do, where that is another."""
    if len(asked) < 3:
        return tuple(asked[:1])
    vectors = _vectors([one.text for one in asked], models)
    middle = asked[int((vectors @ vectors.mean(axis=0)).argmax())]
    return tuple(dict.fromkeys((asked[0], middle)))


def _tried(thread: Thread, models: Models) -> tuple[Excerpt, ...]:
    """Of each answer, the last ones, the sentence that is nearest to what was asked before it."""
    found: list[Excerpt] = []
    for n, one in reversed([*enumerate(thread.said)]):
        if len(found) == _MOST:
            break
        before = next((other for other in reversed(thread.said[:n]) if other.who == "customer"), None)
        own = _of(one)[:_LOOKED_AT]
        if one.who == "customer" or before is None or not own or (one.who == "bot" and one.status not in ANSWERS):
            continue
        question, *rest = _vectors([before.text, *(excerpt.text for excerpt in own)], models)
        found.append(own[int((np.array(rest) @ question).argmax())])
    return tuple(reversed(found))


def _excerpts(thread: Thread, who: str) -> list[Excerpt]:
    return [excerpt for one in thread.said if one.who == who for excerpt in _of(one)]


def _of(said: Said) -> list[Excerpt]:
    return [Excerpt(said.id, start, end, said.text[start:end]) for start, end in sentences(said.text)]


def _asks(models: Models, text: str) -> bool:
    return models.router.route(text).kind == "question"


def _vectors(texts: Sequence[str], models: Models) -> Vectors:
    return models.embedder.embed([fit_window(text, models.embedder) for text in texts], "query")
