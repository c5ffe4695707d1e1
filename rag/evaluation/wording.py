"""What was said beside the accepted answers, 0..1: exact match and F1 as SQuAD scores them, and CMRC 2018 for Chinese.

The rules of both official scripts: https://rajpurkar.github.io/SQuAD-explorer/, https://github.com/ymcui/cmrc2018.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from rag.text import CJK, is_content, is_number, stem, terms, words

Score = Callable[[Sequence[str], Sequence[str]], float]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_LATIN = re.compile("[a-zA-Z]+")
_CHINESE = re.compile(f"[{CJK}]")


def exact_match(said: str, answers: Sequence[str]) -> float:
    """1 where what was said is one of the answers, normalised."""
    return max((float(one == other) for one, other, _ in _compared(said, answers)), default=0.0)


def f1(said: str, answers: Sequence[str]) -> float:
    """The best F1 of what was said and any of the answers."""
    return max((score(one, other) for one, other, score in _compared(said, answers)), default=0.0)


def contains(said: str, answers: Sequence[str]) -> float:
    """1 where one of the answers stands in what was said, both normalised."""
    return max((float(_holds(one, other)) for one, other, _ in _compared(said, answers)), default=0.0)


def best_span_f1(said: str, answers: Sequence[str]) -> float:
    """The best F1 that any stretch of what was said has with any of the answers: words around an answer cost nothing."""
    return max((_best_span(one, other, score) for one, other, score in _compared(said, answers)), default=0.0)


def covered(said: str, answers: Sequence[str]) -> float:
    """Share of an answer's words of content that were said, inflection aside; of several answers the best."""
    heard = _content(said)
    return max((len(heard & asked) / len(asked) for asked in map(_content, answers) if asked), default=0.0)


def normalise(text: str) -> str:
    """SQuAD's normal form: lower case, without punctuation, articles and needless white space."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def _compared(said: str, answers: Sequence[str]) -> Iterator[tuple[list[str], list[str], Score]]:
    """What was said and each answer as words, and the F1 for them: CMRC 2018 counts Chinese by characters, and in runs."""
    for answer in answers:
        if _is_chinese(said + answer):
            yield _characters(said), _characters(answer), _f1_of_run
        else:
            yield normalise(said).split(), normalise(answer).split(), _f1_of_bags


def _content(text: str) -> set[str]:
    return {stem(term) for term in terms(text) if is_content(term) or is_number(term)}


def _is_chinese(text: str) -> bool:
    """A few Chinese characters in an English answer leave it English, a Latin name in Chinese leaves it Chinese."""
    return len(_CHINESE.findall(text)) > len(_LATIN.findall(text))


def _characters(text: str) -> list[str]:
    """Each Chinese character, and between them words and numbers; no punctuation."""
    return [text[start:end].lower() for start, end in words(text)]


def _f1_of_bags(said: Sequence[str], answer: Sequence[str]) -> float:
    return _harmonic((Counter(said) & Counter(answer)).total(), len(said), len(answer))


def _f1_of_run(said: Sequence[str], answer: Sequence[str]) -> float:
    """CMRC 2018: what counts as common is the longest run of words that both have."""
    longest = 0
    ending = [0] * (len(answer) + 1)  # length of the common run that ends at each word of the answer
    for word in said:
        ending = [0, *(ending[i] + 1 if word == other else 0 for i, other in enumerate(answer))]
        longest = max(longest, *ending)
    return _harmonic(longest, len(said), len(answer))


def _harmonic(common: int, said: int, answer: int) -> float:
    """F1 of precision common/said and recall common/answer."""
    return 2 * common / (said + answer) if common else 0.0


def _holds(said: Sequence[str], answer: Sequence[str]) -> bool:
    length = len(answer)
    return bool(answer) and any(said[i : i + length] == answer for i in range(len(said) - length + 1))


def _best_span(said: Sequence[str], answer: Sequence[str], score: Score) -> float:
    """Only stretches from a word of the answer to a word of the answer can be best."""
    ends = [i for i, word in enumerate(said) if word in set(answer)]
    return max((score(said[i : j + 1], answer) for n, i in enumerate(ends) for j in ends[n:]), default=0.0)
