"""A question and evidence in, the messages that a language model is asked with out: within a budget of tokens."""

from collections.abc import Callable, Sequence

from rag.text import sentences
from rag.types import Evidence, Message

CountTokens = Callable[[Sequence[Message]], int]

# Tokens of the sentences around the best one that are shown of the first passage, and of each other: every token delays the
# first word, and a small model finds the answer more often in less text.
_FIRST, _OTHERS = 100, 50

SYSTEM = (
    "You answer questions from the passages only. Use the words, names and numbers of the passages. "
    "Answer in one or two short sentences. Do not add anything that the passages do not say."
)


def build(
    question: str, evidence: Sequence[Evidence], *, count_tokens: CountTokens, budget: int
) -> tuple[tuple[Message, ...], int]:
    """The messages and how many passages, from the first, are in them; a prompt of at most `budget` tokens.

    Of each passage the sentences around the one that answers best are shown, those that passages share once. Later passages are
    left out, and the last is cut at its end, before the question is shortened: that is cut only when it alone overruns the
    budget.
    """
    count = text_counter(count_tokens)
    shown = [excerpt(item, _OTHERS if n else _FIRST, count) for n, item in enumerate(evidence)]
    texts = [
        "" if _stands(item, text, evidence[:n], shown) else f"{item.passage.chunk.context}\n{text}"
        for n, (item, text) in enumerate(zip(evidence, shown, strict=True))
    ]
    used = len(texts)
    while used and count_tokens(_messages(question, texts[:used])) > budget:
        spare = budget - count_tokens(_messages(question, [*texts[: used - 1], ""]))
        shortened = _shorten(texts[used - 1], spare, count)
        if shortened:
            texts[used - 1] = shortened
            break
        used -= 1
    messages = _messages(question, texts[:used])
    while count_tokens(messages) > budget and question:
        question = question[: len(question) * 3 // 4]
        messages = _messages(question, texts[:used])
    return messages, used


def text_counter(count_tokens: CountTokens) -> Callable[[str], int]:
    """Counts the tokens that a text adds to a message."""
    empty = count_tokens((Message("user", ""),))
    return lambda text: count_tokens((Message("user", text),)) - empty


def excerpt(item: Evidence, room: int, count_tokens: Callable[[str], int]) -> str:
    """The best sentence of a passage with those after and before it in turn, as many as fit into `room` tokens."""
    text = item.passage.chunk.text
    spans = sentences(text) or [(0, len(text))]
    first = max((n for n, (start, _) in enumerate(spans) if start <= item.sentence.start), default=0)
    last = min((n for n, (_, end) in enumerate(spans) if end >= item.sentence.end), default=len(spans) - 1)
    grown = True
    while grown:
        grown = False
        for before, after in ((0, 1), (1, 0)):
            low, high = first - before, last + after
            if low >= 0 and high < len(spans) and count_tokens(text[spans[low][0] : spans[high][1]]) <= room:
                first, last, grown = low, high, True
    return text[spans[first][0] : spans[last][1]]


def _messages(question: str, texts: Sequence[str]) -> tuple[Message, ...]:
    user = "\n\n".join((*filter(None, texts), f"Question: {question}"))
    return Message("system", SYSTEM), Message("user", user)


def _stands(item: Evidence, text: str, before: Sequence[Evidence], shown: Sequence[str]) -> bool:
    """Whether what is shown of a passage stands in that of one before, of the same document: passages overlap."""
    document = item.passage.chunk.document
    return any(document == other.passage.chunk.document and text in said for other, said in zip(before, shown, strict=False))


def _shorten(text: str, room: int, count_tokens: Callable[[str], int]) -> str:
    """The beginning of `text` that has at most `room` tokens, up to a blank if there is one; "" if there is hardly room."""
    if room < 24:
        return ""
    while text and count_tokens(text) > room:
        text = text[: len(text) * 7 // 8]
        text = text.rpartition(" ")[0] or text
    return text
