"""Questions for documents that have none: written by the language model, kept where search and reader lead back to them."""

import random
from collections.abc import Iterator
from pathlib import Path

from rag.config import Settings
from rag.datasets.dataset import Dataset, Question, Quote
from rag.errors import RagError
from rag.evaluation.index import eval_assistant
from rag.models.versions import TRAINED
from rag.protocols import Generator
from rag.text import is_content, sentences, terms
from rag.types import Document, Evidence, Message, Progress

_SYSTEM = "You write questions that customers ask. Write one short question that the passage answers. Write nothing else."
_WRITER = "smollm2"
_PASSAGE = 80  # words a question is written for
_MOST = 2000  # characters of a passage without sentences
_TOKENS = 40  # of a question
_TRIES = 8  # passages looked at for each question wanted; most questions of a small model are not kept
_SURE = 0.5  # how likely the reader must find it that what search found answers
_LONGEST, _FEWEST = 200, 3  # characters, words of content of a question


def write(documents: Path, count: int, settings: Settings, progress: Progress) -> Dataset:
    """`count` questions about the files in a folder, fewer where no more can be had; drawn by a fixed seed.

    A question is kept if the product's own search and reader, asked it, put the document it was written for first and are sure
    that a passage answers (round-trip filtering, Alberti et al. 2019). Raises RagError where none is kept.
    """
    from rag.models.load import load_generator

    if settings.generator == TRAINED:  # a model that was trained to answer asks no more
        settings = settings.model_copy(update={"generator": _WRITER})
    generator = load_generator(settings, progress)
    kept: dict[str, Question] = {}
    with eval_assistant(Dataset(documents.name, (), folder=documents), settings, progress) as assistant:
        passages = [item for name in assistant.documents() for item in _passages(assistant.document(name))]
        random.Random(1).shuffle(passages)  # noqa: S311
        for tried, (name, text) in enumerate(passages[: _TRIES * count]):
            if len(kept) >= count:
                break
            progress(len(kept), count, f"question {len(kept) + 1} of {count}, passage {tried + 1}")
            question = _asked(generator, text)
            best = next(iter(assistant.evidence(question, 1)), None) if question else None
            if best and best.passage.chunk.document == name and best.relevance >= _SURE:
                quote = _answer(best)
                kept[question] = Question(question, question, {name: 1}, (quote,), (Quote(name, quote),))
    if not kept:
        raise RagError(f"No question that the model wrote for {documents} leads back to its passage: write some by hand.")
    return Dataset(f"{documents.name}-synthetic", tuple(kept.values()), folder=documents)


def _passages(document: Document) -> Iterator[tuple[str, str]]:
    """The document's name, and sentences in a row of about `_PASSAGE` words each."""
    start, words = 0, 0
    for first, last in sentences(document.text):
        start = start if words else first
        words += len(document.text[first:last].split())
        if words >= _PASSAGE:
            yield document.name, document.text[start:last]
            words = 0
    if words:
        yield document.name, document.text[start:]


def _asked(generator: Generator, text: str) -> str:
    """The first question the model writes; "" where it writes none."""
    messages = (Message("system", _SYSTEM), Message("user", text[:_MOST]))
    written = "".join(generator.stream(messages, _TOKENS))
    question = written.partition("?")[0].strip().rpartition("\n")[2] + "?"
    content = [term for term in terms(question) if is_content(term)]
    return question if "?" in written and len(question) <= _LONGEST and len(content) >= _FEWEST else ""


def _answer(found: Evidence) -> str:
    """The short answer, or the best sentence where the reader has none."""
    span = found.answer or found.sentence
    return found.passage.chunk.text[span.start : span.end]
