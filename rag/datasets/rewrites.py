"""Messages beside their standalone forms, to which words of the conversation a message leans on.

A file has a line of JSON each: `history` (objects with a `text`, oldest first), `question`, `rewrite`; as CANARD (Elgohary et
al. 2019) gives them.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rag.conversation.history import as_text
from rag.datasets.dataset import Leaning
from rag.datasets.records import numbered_json_lines
from rag.errors import RagError
from rag.text import is_content, stem, words


def read(path: Path) -> list[Leaning]:
    """The messages of a file that something was said before; raises RagError for what is wrong, with its line."""
    found = []
    for n, record in numbered_json_lines(path, ("history", "question", "rewrite")):
        try:
            history = as_text([turn["text"] for turn in record["history"]])
        except (KeyError, TypeError, AttributeError) as error:
            raise RagError(f"{path} line {n} has a history that is no list of messages with a text ({error!r}).") from error
        if history:
            found.append(leaning(f"{path.stem}:{n}", record["question"], history, record["rewrite"]))
    if not found:
        raise RagError(f"{path} has no message that something was said before.")
    return found


def leaning(id: str, message: str, history: str, standalone: str) -> Leaning:
    """The words of `standalone` that the message lacks, where the history says them last."""
    return Leaning(id, message, history, copied(history, standalone, lacking=message))


def copied(text: str, standalone: str, lacking: str = "") -> tuple[tuple[int, int], ...]:
    """Where `text` says, for the last time, each word of content of `standalone` that `lacking` does not hold.

    Inflection aside.
    """
    held = {stem(lacking[a:b]) for a, b in words(lacking)}
    wanted = Counter(stem(standalone[a:b]) for a, b in words(standalone) if is_content(standalone[a:b]))
    found: dict[str, tuple[int, int]] = {}
    for start, end in words(text):
        if (word := stem(text[start:end])) in wanted and word not in held:
            found[word] = (start, end)
    return joined(text, sorted(found.values()))


def joined(text: str, spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans with only white space or a hyphen between them as one."""
    whole: list[tuple[int, int]] = []
    for start, end in spans:
        if whole and not text[whole[-1][1] : start].strip(" -"):
            whole[-1] = (whole[-1][0], end)
        else:
            whole.append((start, end))
    return tuple(whole)
