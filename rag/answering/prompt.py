"""A question and evidence in, the two parts of a prompt out: within a budget of tokens, retrieved text inert."""

from collections.abc import Callable, Collection, Sequence

from rag.text import asks_how, sentences
from rag.types import Evidence

# Tokens of the sentences around the best one that are shown of the first passage, and of each other: every token delays the
# first word, and a small model finds the answer more often in less text.
_FIRST, _OTHERS = 100, 50

SYSTEM = (
    "You answer questions from the passages only. Use the words, names and numbers of the passages. "
    "Answer in one or two short sentences. Do not add anything that the passages do not say."
)


def build(
    question: str,
    evidence: Sequence[Evidence],
    *,
    render: Callable[[str, str], str],
    count_tokens: Callable[[str], int],
    control_tokens: Collection[str],
    budget: int,
) -> tuple[str, int]:
    """The prompt in the model's format and how many passages, from the first, are in it; at most `budget` tokens.

    Of each passage the sentences around the one that answers best are shown, those that passages share once. Later passages are
    left out, and the last is cut at its end, before the question is shortened: that is cut only when it alone overruns the
    budget.
    """
    asked = neutralise(question, control_tokens)
    shown = [excerpt(item, _OTHERS if n else _FIRST, count_tokens) for n, item in enumerate(evidence)]
    texts = [
        "" if _stands(item, text, evidence[:n], shown) else neutralise(f"{item.passage.chunk.context}\n{text}", control_tokens)
        for n, (item, text) in enumerate(zip(evidence, shown, strict=True))
    ]
    used = len(texts)
    while used and count_tokens(render(SYSTEM, _user(asked, texts[:used]))) > budget:
        spare = budget - count_tokens(render(SYSTEM, _user(asked, [*texts[: used - 1], ""])))
        shortened = _shorten(texts[used - 1], spare, count_tokens)
        if shortened:
            texts[used - 1] = shortened
            break
        used -= 1
    prompt = render(SYSTEM, _user(asked, texts[:used]))
    while count_tokens(prompt) > budget and asked:
        asked = asked[: len(asked) * 3 // 4]
        prompt = render(SYSTEM, _user(asked, texts[:used]))
    return prompt, used


def likely(question: str, best: Evidence) -> str:
    """What the answer may well be, on one line: the reader's short answer, or what would be quoted."""
    span = best.quote or best.sentence if asks_how(question) or not best.answer else best.answer
    return " ".join(best.passage.chunk.text[span.start : span.end].split())


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


def neutralise(text: str, control_tokens: Collection[str]) -> str:
    """`text` with every control token broken by a blank, so that the tokenizer reads it as plain characters."""
    for token in sorted(control_tokens, key=len, reverse=True):
        if len(token) > 1:
            text = text.replace(token, token[0] + " " + token[1:])
    return text


def _user(question: str, texts: Sequence[str]) -> str:
    return "\n\n".join((*filter(None, texts), f"Question: {question}"))


def _stands(item: Evidence, text: str, before: Sequence[Evidence], shown: Sequence[str]) -> bool:
    """Whether what is shown of a passage stands in that of one before, of the same document: passages overlap."""
    document = item.passage.chunk.document
    return any(document == other.passage.chunk.document and text in said for other, said in zip(before, shown, strict=False))


def _shorten(text: str, room: int, count_tokens: Callable[[str], int]) -> str:
    """The beginning of `text` that has at most `room` tokens, up to a blank; "" if less than a sentence's worth fits."""
    if room < 24:
        return ""
    while text and count_tokens(text) > room:
        text = text[: len(text) * 7 // 8].rpartition(" ")[0]
    return text
