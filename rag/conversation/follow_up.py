"""A question and what was said before in, a question that stands alone out: retrieval sees no conversation."""

import re
from collections.abc import Sequence

from rag.text import is_content, normalise, words
from rag.types import Turn

# Words that point back to something said before, and openings that continue a thought.
_POINTERS = frozenset(
    "it its they them their theirs this that these those he him his she her hers one ones there then same".split()
)
_OPENING = re.compile(
    r"^\s*(?:and|but|or|so|also|then|what about|how about|what if|why|why not|how so|else)\b|^\s*(?:那|那么|还有|如果|为什么)",
    re.IGNORECASE,
)
# With a verb and its subject, as a question that begins so has them, two words of content are a matter of their own.
_SENTENCE = re.compile(
    r"^\s*(?:(?:how|what|where|when|who|which)\s+)?(?:do|does|did|is|are|was|were|can|could|may|must|should|will|would)\b",
    re.IGNORECASE,
)
# Words of content with fewer of which a question can hardly be about something new: a sentence, and any other.
_FEW, _FEW_IN_A_FRAGMENT = 2, 3


def standalone(question: str, history: Sequence[Turn]) -> str:
    """`question` itself, or the last question it leans on put before it.

    A question leans on the conversation when it opens with a continuation ("and for sale items?"), points back with a
    pronoun, or has too few words of content: a fragment fewer than three, a sentence ("how do I …") fewer than two. Earlier
    questions, not answers, are joined: an answer may be wrong.
    """
    lead: list[str] = []
    leaning = question
    for earlier, _ in reversed(history):
        if not _leans(leaning):
            break
        lead.insert(0, earlier.strip())
        leaning = earlier
    return " ".join((*lead[-2:], question.strip()))


def _leans(question: str) -> bool:
    found = [normalise(question[start:end]) for start, end in words(question)]
    content = [word for word in found if is_content(word)]
    pointing = any(word in _POINTERS for word in found) and len(content) <= 4
    fewest = _FEW if _SENTENCE.match(question) else _FEW_IN_A_FRAGMENT
    return bool(_OPENING.match(question)) or pointing or len(content) < fewest
