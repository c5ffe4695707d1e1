"""A question in, passages out: vector search (Dense Passage Retrieval) and keyword search (BM25), fused.

The rule: the best 100 of each, scores brought to 0..1 by min-max, then weight x dense + (1 - weight) x keyword;
a passage one side did not find has 0 there. What is in another language than the question cannot have its words: there the
vectors stand for them too, and the whole loses OTHER_LANGUAGE, so that of two that answer as well the one in its language comes
first. Passages that say the same with the same numbers are shown once.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from rag.index import across
from rag.index.across import Hits, Languages
from rag.index.editions import holding, is_other_edition, without_future
from rag.text import is_number, terms
from rag.types import Chunk, Passage, Vectors

CANDIDATES = 100
WIDER = 4  # times as many are looked at, where too few of those found may be shown
_OF_CONTEXT = 0.75  # weight of a follow-up's search with what it leans on, beside the search of its own words
OTHER_LANGUAGE = 0.15  # of the fused score; what it costs and brings: benchmarks/mixed_languages.py
_SAME = 0.9  # share of terms two passages have in common when they are near-duplicates


class Retriever:
    """Both searches behind one call. The parts are functions, so that no stage knows another."""

    def __init__(
        self,
        embed: Callable[[Sequence[str]], Vectors],
        dense: Callable[[Vectors, int, Collection[str] | None], Hits],
        keyword: Callable[[str, int, Collection[str] | None], Hits],
        chunks: Callable[[Collection[str]], Mapping[str, Chunk]],
        dense_weight: float,
        knows: Callable[[str], bool] = lambda question: True,
        seen: Callable[[Collection[str]], Collection[str]] | None = None,
        today: Callable[[], date] = date.today,
        correct: Callable[[str], str] = str,
        languages: Languages | None = None,
    ) -> None:
        """Questions in a script that the vectors do not `know` are searched by keywords alone. `seen` gives those of the ids
        that this search may show, where the vectors are of more; `keyword` and `chunks` keep to them by themselves. `correct`
        mends slips of typing for the keywords; the vectors are of what was typed, whose pieces of words they understand.
        Without `languages` all are searched as one.
        """
        self._embed = embed
        self._dense = dense
        self._keyword = keyword
        self.chunks = chunks
        self._weight = dense_weight
        self._knows = knows
        self._seen = seen
        self._today = today
        self.correct = correct
        self._languages = languages

    def retrieve(
        self,
        question: str,
        k: int,
        documents: Collection[str] | None = None,
        named: Collection[str] = (),
        *,
        context: str = "",
        language: str = "",
    ) -> list[Passage]:
        """The k best passages, best first, of `documents` where given; none repeats another. `context` is the question with
        what it leans on before it, where it does: both are searched, and their scores added up with weights. `language` is the
        question's, "" where it is not known.

        Documents that hold no more are left out, unless the question names their date or version, or they are among `named`.
        """
        dense, ranked = self._ranked(context or question, documents, language)
        if context:
            ranked = mixed(ranked, self._ranked(question, documents, language)[1], _OF_CONTEXT)
        similarity = dict(dense)
        # The cosine of a passage only keywords found is unknown, but at most that of the last one vectors found.
        lowest = dense[-1][1] if dense else 0.0
        found = (Passage(c, score, similarity.get(c.id, lowest)) for c, score in self._chunks_of(ranked, max(1, 2 * k)))
        today = self._today()
        return without_future(collapse(holding(found, question, today, named), k), question, today)

    def _chunks_of(self, ranked: Hits, at_once: int) -> Iterator[tuple[Chunk, float]]:
        """The chunks with their scores, read as they are needed: the first few are mostly enough."""
        for at in range(0, len(ranked), at_once):
            part = ranked[at : at + at_once]
            chunks = self.chunks([identity for identity, _ in part])
            yield from ((chunks[identity], score) for identity, score in part if identity in chunks)

    def _ranked(self, question: str, documents: Collection[str] | None, language: str) -> tuple[Hits, Hits]:
        """What vectors find, and what both find together."""
        dense, keyword = self.candidates(question, documents, language)
        foreign: set[str] = set()
        if language and self._languages:
            told = self._languages.of([identity for identity, _ in (*dense, *keyword)])
            foreign = {identity for identity, other in told.items() if other != language}
        return dense, fuse(dense, keyword, self._weight, foreign)

    def candidates(self, question: str, documents: Collection[str] | None = None, language: str = "") -> tuple[Hits, Hits]:
        """What each search finds alone, by vectors and by keywords."""
        return self.nearest(question, documents, language), self.keywords(self.correct(question), documents)

    def keywords(self, question: str, documents: Collection[str] | None = None) -> Hits:
        """The CANDIDATES with the question's words, as they are written."""
        return [] if documents is not None and not documents else self._keyword(question, CANDIDATES, documents)

    def nearest(self, question: str, documents: Collection[str] | None = None, language: str = "") -> Hits:
        """The nearest that may be shown; as many more are looked at as it takes to find CANDIDATES. Where the language of the
        question is known, those in others beside.
        """
        if (documents is not None and not documents) or not self._knows(question):
            return []
        vector, wanted = self._embed([question])[0], CANDIDATES
        while True:
            found = self._dense(vector, wanted, documents)
            hits = self._shown(found)
            if len(hits) >= CANDIDATES or len(found) < wanted:
                break
            wanted *= WIDER
        if not language or not self._languages:
            return hits[:CANDIDATES]
        return self._shown(across.nearest(vector, hits[:CANDIDATES], language, self._languages, self._dense, documents))

    def _shown(self, hits: Hits) -> Hits:
        """Those that may be shown."""
        if self._seen is None:
            return hits
        seen = self._seen([identity for identity, _ in hits])
        return [hit for hit in hits if hit[0] in seen]


def fuse(dense: Hits, keyword: Hits, dense_weight: float, foreign: Collection[str] = frozenset()) -> Hits:
    """Ids with their fused score 0..1, best first; equal scores keep the order of the ids, so results repeat. Those `foreign`,
    in another language than the question, have OTHER_LANGUAGE less.
    """
    near, said = _min_max(dense), _min_max(keyword)
    said |= {identity: max(said.get(identity, 0.0), near.get(identity, 0.0)) for identity in foreign}
    fused = mixed(list(near.items()), list(said.items()), dense_weight)
    held = [(identity, score - OTHER_LANGUAGE * (identity in foreign)) for identity, score in fused]
    return sorted(held, key=lambda item: (-item[1], item[0]))


def mixed(some: Hits, others: Hits, weight: float) -> Hits:
    """Ids with the weighted mean of two scores 0..1, best first; what was not found has 0, equal ones keep the ids' order."""
    one, other = dict(some), dict(others)
    weights = {i: weight * one.get(i, 0.0) + (1 - weight) * other.get(i, 0.0) for i in one.keys() | other.keys()}
    return sorted(weights.items(), key=lambda item: (-item[1], item[0]))


def collapse(passages: Iterable[Passage], k: int) -> list[Passage]:
    """The first k passages, leaving out each that repeats an earlier one; a different number makes it another passage, and of
    two dated editions of a page any other word: which of them answers is told later.
    """
    kept: list[tuple[Passage, Counter[str]]] = []
    for passage in passages:
        bag = Counter(terms(passage.chunk.text))
        if not any(_repeats(bag, other) and (bag == other or not _dated(passage, one)) for one, other in kept):
            kept.append((passage, bag))
            if len(kept) == k:
                break
    return [passage for passage, _ in kept]


def _repeats(one: Counter[str], other: Counter[str]) -> bool:
    common, total = (one & other).total(), (one | other).total()
    return common >= _SAME * total and not any(is_number(term) for term in (one - other) + (other - one))


def _dated(one: Passage, other: Passage) -> bool:
    """Whether two passages are of editions of one page that hold or were written at other times."""
    return one.chunk.about.since != other.chunk.about.since and is_other_edition(one.chunk, other.chunk)


def _min_max(hits: Hits) -> dict[str, float]:
    if not hits:
        return {}
    low, high = hits[-1][1], hits[0][1]
    return {identity: (score - low) / (high - low) if high > low else 1.0 for identity, score in hits}
