"""Words that no passage holds, to the nearest that one does: Damerau-Levenshtein distance over the vocabulary of an index."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import product

from rag.index.catalogue.database import Database
from rag.index.catalogue.keyword import STATE, VISIBLE, expression
from rag.index.catalogue.vocabulary import is_kept
from rag.text import is_content, normalise, spellings, words

FEWEST = 5  # letters of a word that is corrected: of shorter ones more are slang and short forms than slips
TWO_SLIPS = 8  # letters from which a word may have two slips: shorter ones are two slips away from too many others
MOST_WORDS = 200_000  # of the vocabulary, the commonest: about 25 MB
MOST_CORRECTED = 16  # words of one question that are looked for: each costs some milliseconds
_TRIED = 8  # of the nearest words, so many are looked up: the first may stand in what is not to be seen

_HELD = f"""SELECT 1 FROM keywords CROSS JOIN chunks ON chunks.id = keywords.rowid JOIN {VISIBLE}
    AND keywords MATCH :match LIMIT 1"""  # noqa: S608

Vocabulary = dict[tuple[int, str], tuple[list[str], list[int]]]
"""By their length and first letter, words and in how many passages each stands."""


class Spelling:
    """Corrects questions by what a person may see. The vocabulary is read when it is needed first, and after a change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._vocabulary: tuple[tuple[object, ...], Vocabulary] | None = None

    def corrected(self, question: str, is_word: Callable[[str], bool], *, internal: bool = False) -> str:
        """The question with each word that no passage holds and that `is_word` does not know replaced by the nearest word that
        one holds, if there is one near enough. Numbers, codes, short words and Chinese, Japanese and Korean stay as they are.
        """
        parts, end, tried = [], 0, 0
        for first, last in words(question):
            typed = normalise(question[first:last])
            if not _may_be_corrected(typed) or tried >= MOST_CORRECTED:
                continue
            if self._held(typed, internal) or is_word(question[first:last]):
                continue
            tried += 1
            for word in self._nearest(typed):
                if self._held(word, internal):
                    parts += [question[end:first], word]
                    end = last
                    break
        return "".join([*parts, question[end:]])

    def _held(self, word: str, internal: bool) -> bool:
        return bool(self._database.read(_HELD, {"match": expression([word, *spellings(word)]), "internal": internal}))

    def _nearest(self, typed: str) -> Iterator[str]:
        """The words at the least distance that is not too far, those with its first letter first, then the commonest; their
        first letter is one of its first two.
        """
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        most = 1 if len(typed) < TWO_SLIPS else 2
        vocabulary = self._read()
        found = []
        # the first letter is rarely wrong (Pollock and Zamora 1984), and exchanged with the second at most
        for key in product(range(len(typed) - most, len(typed) + most + 1), {typed[0], typed[1]}):
            candidates, counts = vocabulary.get(key, ([], []))
            for word, distance, at in process.extract(typed, candidates, scorer=OSA.distance, score_cutoff=most, limit=None):
                found.append((distance, word[0] != typed[0], -counts[at], word))
        found.sort()
        nearest = bisect_left(found, (found[0][0] + 1,)) if found else 0
        return (word for *_, word in found[: min(nearest, _TRIED)])

    def _read(self) -> Vocabulary:
        key = tuple(self._database.read(STATE)[0])
        if self._vocabulary is None or self._vocabulary[0] != key:
            made: Vocabulary = {}
            sql = "SELECT word, passages FROM vocabulary ORDER BY passages DESC LIMIT :most"
            for word, passages in self._database.read(sql, {"most": MOST_WORDS}):
                of_length = made.setdefault((len(word), word[0]), ([], []))
                of_length[0].append(word)
                of_length[1].append(passages)
            self._vocabulary = key, made
        return self._vocabulary[1]


def _may_be_corrected(word: str) -> bool:
    return len(word) >= FEWEST and is_kept(word) and is_content(word)
