"""Conversations that people solved, found again by how the customer began: by the encoder, and by the matcher if one is set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rag.desk.store import Store
from rag.desk.thread import read_thread
from rag.index.gaps import ALIKE
from rag.privacy import Mask, mask
from rag.query import fit_window
from rag.reading.faq import Match
from rag.service import Models
from rag.text import replace_lone_surrogates
from rag.types import Vectors

FEWEST: Final = 8
"""Solved conversations from which it can be told what all have in common, and so what two have beyond that."""
_AT_ONCE = 20  # conversations that one look-up takes in: who opens one waits for it
_COMPARED = 20_000  # the last, in memory
_MATCHED = 20  # the nearest, which the matcher looks at
_SURE = 0.5  # probability of the matcher's from which two questions are one


@dataclass(frozen=True, slots=True)
class Solved:
    """A conversation, how its customer began, the reply that is nearest to that, and how alike 0..1 it is; masked."""

    conversation: str
    question: str
    reply: str
    alike: float


class SolvedConversations:
    """The index of them: rows with vectors in the desk's file; each look-up takes in some that were closed since. Safe for
    threads.
    """

    def __init__(self, store: Store, models: Models, hide: Mask = mask) -> None:
        self._store = store
        self._models = models
        self._hide = hide
        self._encoder = f"{models.spec.embedder}/{models.spec.fingerprint}"
        self._match: Match | None = next((reader.match for reader in models.readers if hasattr(reader, "match")), None)

    def find(self, question: str, bases: Sequence[str], k: int = 3, *, without: str = "") -> list[Solved]:
        """The k most alike of these bases, best first; `without` the conversation itself. Those that are not alike are left
        out, and so are all where there are fewer than 8 and no matcher.
        """
        self.catch_up()
        named = {"encoder": self._encoder, "most": _COMPARED}
        sql = """SELECT * FROM desk_solved WHERE encoder = :encoder AND question <> '' AND reply <> ''
            ORDER BY at DESC LIMIT :most"""
        rows = [row for row in self._store.read(sql, named) if row["base"] in bases and row["conversation"] != without]
        if not rows or not question.strip():
            return []
        vectors = np.stack([np.frombuffer(row["vector"], np.float32) for row in rows])
        alike = self._alike(self._vectors([self._hide(question)])[0], vectors)
        best = np.argsort(-alike, kind="stable")[: max(k, _MATCHED)]
        scores = {int(n): float(alike[n]) for n in best}
        least = ALIKE
        if self._match is not None:
            found = self._match([(self._hide(question), rows[n]["question"]) for n in scores])
            scores, least = dict(zip(scores, map(float, found), strict=True)), _SURE
        elif len(rows) < FEWEST:
            return []
        order = sorted(scores, key=lambda n: -scores[n])
        return [
            Solved(rows[n]["conversation"], rows[n]["question"], rows[n]["reply"], round(scores[n], 3))
            for n in order
            if scores[n] >= least
        ][:k]

    def catch_up(self) -> int:
        """Takes in conversations that were closed since, with a person's reply; returns how many it looked at."""
        sql = """SELECT desk_cases.conversation, base, resolved_at FROM desk_cases
            JOIN conversations ON conversations.id = desk_cases.conversation
            WHERE state = 'resolved' AND first_reply_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM desk_solved
                WHERE desk_solved.conversation = desk_cases.conversation AND at >= resolved_at AND encoder = :encoder)
            ORDER BY resolved_at LIMIT :most"""
        rows = self._store.read(sql, {"encoder": self._encoder, "most": _AT_ONCE})
        for row in rows:
            self._take_in(row["conversation"], row["base"])
        return len(rows)

    def _take_in(self, conversation: str, base: str) -> None:
        thread = read_thread(self._store, conversation, whole=True)
        first = thread.first_question()
        replies = [one.text for one in thread.said if one.who == "agent"]
        question = replace_lone_surrogates(self._hide(first.text)) if first else ""
        vector, *others = self._vectors([question or " ", *replies])
        reply = replies[int((np.array(others) @ vector).argmax())] if replies else ""
        values = {
            "conversation": conversation,
            "base": base,
            "question": question,
            "reply": replace_lone_surrogates(self._hide(reply)),
            "encoder": self._encoder,
            "vector": np.asarray(vector, np.float32).tobytes(),
            "at": self._store.stamp(),
        }
        with self._store.write() as connection:
            connection.execute("DELETE FROM desk_solved WHERE conversation = :conversation", values)
            sql = """INSERT INTO desk_solved (conversation, base, question, reply, encoder, vector, at)
                VALUES (:conversation, :base, :question, :reply, :encoder, :vector, :at)"""
            connection.execute(sql, values)

    def _alike(self, vector: Vectors, others: Vectors) -> Vectors:
        """Cosines, without what all the others have in common where there are enough of them to tell."""
        middle = others.mean(axis=0) if len(others) >= FEWEST else np.zeros_like(vector)
        one, rest = vector - middle, others - middle
        lengths = np.linalg.norm(rest, axis=1) * np.linalg.norm(one)
        return np.asarray(rest @ one / np.maximum(lengths, 1e-9), np.float32)

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        embedder = self._models.embedder
        return embedder.embed([fit_window(text, embedder) for text in texts], "query")
