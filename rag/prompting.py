"""A question and evidence in, the two parts of a prompt out: within a budget of tokens, retrieved text inert."""

from collections.abc import Callable, Collection, Sequence

from rag.types import Evidence

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

    Later passages are left out, and the last is cut at its end, before the question is shortened: a question is
    cut only when it alone overruns the budget.
    """
    asked = neutralise(question, control_tokens)
    texts = [neutralise(item.passage.chunk.context + "\n" + item.passage.chunk.text, control_tokens) for item in evidence]
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


def neutralise(text: str, control_tokens: Collection[str]) -> str:
    """`text` with every control token broken by a blank, so that the tokenizer reads it as plain characters."""
    for token in sorted(control_tokens, key=len, reverse=True):
        if len(token) > 1:
            text = text.replace(token, token[0] + " " + token[1:])
    return text


def _user(question: str, texts: Sequence[str]) -> str:
    return "\n\n".join((*texts, f"Question: {question}"))


def _shorten(text: str, room: int, count_tokens: Callable[[str], int]) -> str:
    """The beginning of `text` that has at most `room` tokens, up to a blank; "" if less than a sentence's worth fits."""
    if room < 24:
        return ""
    while text and count_tokens(text) > room:
        text = text[: len(text) * 7 // 8].rpartition(" ")[0]
    return text
