"""What kind of message it is that was typed, before anything is looked up: a question, or something said to whoever answers.

Retrieval is the default: a message is taken for something else only where the head is sure, as its card says.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from rag.conversation.follow_up import chosen
from rag.conversation.head import Head
from rag.languages.detect import is_chinese, language_of, written_in
from rag.protocols import Router
from rag.route import MessageKind, Route
from rag.types import Turn, Vectors

OTHER = "other"  # a language that there are no texts in, or that cannot be told
_TOLD = 0.6  # probability from which a language is one
_ASKS = ("?", "？")
_RECENT = 256  # messages whose route is kept: those of running conversations are asked for again as their history


class Unrouted:
    """For encoders that no head was learnt for: every message is a question."""

    def route(self, message: str) -> Route:
        return Route("question", language_of(message) or OTHER, 1.0)


class HeadRouter:
    """Routes by a head over the vectors of its encoder. Safe for threads.

    `embed` gives the sentence vector `(dim,)` of a message, None of one in a script that the encoder does not know.
    """

    def __init__(self, head: Head, embed: Callable[[str], Vectors | None]) -> None:
        self._head = head
        self._embed = embed
        self._recent: OrderedDict[str, Route] = OrderedDict()
        self._lock = threading.Lock()

    def route(self, message: str) -> Route:
        with self._lock:
            known = self._recent.get(message)
        if known is None:
            known = self._routed(message)
            with self._lock:
                self._recent[message] = known
                while len(self._recent) > _RECENT:
                    self._recent.popitem(last=False)
        return known

    def _routed(self, message: str) -> Route:
        vector = self._embed(message)
        if vector is None:
            return Unrouted().route(message)
        kinds, languages = self._head.probabilities(vector[None], [message])
        kind, sure = kind_of(self._head, kinds[0])
        spoken = int(languages[0].argmax())
        if is_chinese(message):
            return Route(kind, "zh", sure)
        told = self._head.languages[spoken] if languages[0, spoken] >= _TOLD else language_of(message)
        return Route(kind, told or OTHER, sure)


def route_in(router: Router, message: str, history: Sequence[Turn]) -> Route:
    """What a message is in its conversation: bare data, a yes and what it was to choose from are questions behind a question of
    ours, which they answer.
    """
    route, last = router.route(message), history[-1][1] if history else ""
    answers = last.rstrip().endswith(_ASKS) and (route.kind in {"acknowledgement", "data"} or chosen(message, last))
    return replace(route, kind="question") if answers else route


def asked_in(router: Router, question: str) -> str:
    """The primary tag of the language whose pages a question is answered from first; "" where it cannot be told."""
    told = router.route(question).language
    return written_in(question) if told == OTHER else told


def kind_of(head: Head, probabilities: Vectors) -> tuple[MessageKind, float]:
    """The kind that probabilities `(k,)` say, and how sure 0..1 that it is a question, or that it is none."""
    question = float(probabilities[head.kinds.index("question")])
    if 1 - question < head.sure:
        return "question", question
    order = np.argsort(-probabilities)
    return next(head.kinds[n] for n in order if head.kinds[n] != "question"), 1 - question
