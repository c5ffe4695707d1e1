"""Search across languages: a passage that is further from a question only because it is in another language is found as well.

An encoder puts texts of one language nearer to each other than to those that say the same in another. So the vectors of each
language are compared from their own middle (Libovický, Rosa and Fraser 2020), and of each other language the nearest are looked
for where the question would stand if it were asked in that language.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rag.types import Vectors

Hits = list[tuple[str, float]]
"""Chunk ids with a score, best first."""
Search = Callable[[Vectors, int, Collection[str] | None], Hits]
"""A vector `(dim,)`, how many, and among which documents: the nearest, by similarity."""
VectorsOf = Callable[[Sequence[str]], Mapping[str, Vectors]]

FEWEST = 8  # passages of a language that have a middle: of fewer it says what they are about
SAMPLED = 200  # passages of a language that the middle is taken of
NEAREST = 50  # passages that are looked for in each other language


class Sampled(Protocol):
    """What is known of the passages of a base: the ids of `most` of each language, and what changes when others are there."""

    def sample(self, most: int) -> Mapping[str, Sequence[str]]: ...

    def state(self) -> object: ...


class Middles:
    """The mean vector `(dim,)` of each language's passages, taken anew when others are there. Safe for threads."""

    def __init__(self, passages: Sampled) -> None:
        self._passages = passages
        self._kept: tuple[object, Mapping[str, Vectors]] = (None, {})

    def by_language(self, vectors: VectorsOf) -> Mapping[str, Vectors]:
        """Nothing where all that can be searched is in one."""
        state = self._passages.state()
        known = self._kept
        if known[0] != state:
            sampled = {language: ids for language, ids in self._passages.sample(SAMPLED).items() if len(ids) >= FEWEST}
            taken = {language: list(vectors(ids).values()) for language, ids in sampled.items()} if len(sampled) > 1 else {}
            if not all(taken.values()):  # the vectors cannot be read now
                return {}
            known = self._kept = state, {language: np.mean(found, axis=0) for language, found in taken.items()}
        return known[1]


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages of a base: `of` some ids, their `vectors` `(dim,)` of unit length, and the middles of these."""

    of: Callable[[Collection[str]], Mapping[str, str]]
    vectors: VectorsOf
    middles: Middles


def nearest(
    vector: Vectors, hits: Hits, language: str, languages: Languages, search: Search, among: Collection[str] | None
) -> Hits:
    """The hits of a question's vector `(dim,)` and those in other languages than its own, by cosines that can be compared."""
    middles = languages.middles.by_language(languages.vectors)
    if len(middles) < 2:
        return hits
    home = language if language in middles else max(middles, key=lambda one: float(vector @ middles[one]))
    found = dict(hits)
    written = dict(languages.of(list(found)))
    for other in middles.keys() - {home}:
        there = vector + middles[other] - middles[home]
        near = [id for id, _ in search(there / np.linalg.norm(there), NEAREST, among) if id not in found]
        told = languages.of(near)
        new = [id for id in near if told.get(id) == other]
        found |= {id: float(vector @ held) for id, held in languages.vectors(new).items()}
        written |= told
    nearer = {one: float(vector @ (middles[home] - middle)) for one, middle in middles.items()}
    moved = [(id, similarity + nearer.get(written.get(id, home), 0.0)) for id, similarity in found.items()]
    return sorted(moved, key=lambda hit: (-hit[1], hit[0]))
