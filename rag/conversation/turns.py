"""Messages of one person in their order in, the answer to the last one out."""

from collections.abc import Callable, Sequence

from rag.types import Answer, Turn


def ask_in_order(ask: Callable[[str, Sequence[Turn]], Answer], turns: Sequence[str]) -> Answer:
    """The answer to the last of `turns` (at least one); the earlier ones are asked first and are, answered, its history."""
    history: list[Turn] = []
    for message in turns[:-1]:
        history.append((message, ask(message, tuple(history)).text))
    return ask(turns[-1], tuple(history))
