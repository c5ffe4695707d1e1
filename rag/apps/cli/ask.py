"""`rag ask`, `rag search` and `rag similarity`: questions and texts to answers, passages and numbers."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from rag.apps.cli import batch as batches
from rag.apps.cli.opening import AsJson, Documents, Folders, given_text, opened_assistant
from rag.apps.cli.printing import print_answer, print_citation, print_json, print_problem, show_draft
from rag.apps.cli.progress import progress_bar
from rag.apps.json_format import answer_json, citation_json
from rag.config import load_settings
from rag.errors import RagError
from rag.types import Answer, Turn


def ask(
    question: Annotated[str | None, typer.Argument(help="The question; - reads it from standard input.")] = None,
    batch: Annotated[
        str | None,
        typer.Option(help='Ask all conversations of a file of JSON lines {"id", "turns"}; - reads standard input.'),
    ] = None,
    document: Documents = None,
    folder: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question, with numbered sources. With --batch, answer many."""
    documents, folders = document or (), folder or ()
    if batch is not None:
        if question is not None:
            raise RagError(f"Both a question, {question!r}, and --batch {batch} are given: ask one or the other.")
        if not as_json:
            raise RagError("--batch writes JSON lines: add --json.")
        _ask_all(batch, documents, folders)
        return
    if question is None:
        raise RagError('There is no question: ask one, as in `rag ask "How long may I return it?"`, or many with --batch.')
    with opened_assistant() as assistant:
        asked = given_text(question)
        if sys.stdout.isatty() and not as_json:
            answer = show_draft(assistant.stream(asked, documents=documents, folders=folders))
        else:
            answer = assistant.ask(asked, documents=documents, folders=folders)
    if as_json:
        print_json(answer_json(answer))
    else:
        print_answer(answer)


def search(
    question: str,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 10,
    document: Documents = None,
    folder: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Find the best passages for a question. The words that matter are marked."""
    question = given_text(question)
    with opened_assistant() as assistant:
        passages = assistant.search(question, k, documents=document or (), folders=folder or ())
    if as_json:
        print_json({"question": question, "passages": [citation_json(passage) for passage in passages]})
        return
    for passage in passages:
        print_citation(passage)


def similarity(
    a: str,
    b: str,
    matcher: Annotated[
        str | None, typer.Option(help="How likely both match: by `trained`, or the folder of a matcher.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two texts: 1 means the same. By the encoder's vectors, or by how likely a trained matcher finds it."""
    a = given_text(a)
    value, metric = _match(a, b, matcher) if matcher else _cosine(a, b)
    if as_json:
        print_json({"a": a, "b": b, "similarity": value, "metric": metric})
    else:
        print(f"{value:.4f}")


def _ask_all(source: str, documents: Sequence[str], folders: Sequence[str]) -> None:
    batches.check_source(source)  # before any weights are loaded
    with opened_assistant() as assistant, progress_bar() as progress:

        def asked(question: str, history: Sequence[Turn]) -> Answer:
            return assistant.ask(question, history, documents=documents, folders=folders)

        complete = batches.answer_all(source, asked, print_problem, progress)
    if not complete:
        raise typer.Exit(1)


def _match(a: str, b: str, matcher: str) -> tuple[float, str]:
    from rag.models import versions
    from rag.models.matcher import Matcher

    folder = Path(versions.find(matcher, "matcher", load_settings().data_dir))
    return round(float(Matcher.from_folder(folder).match([(a, b)])[0]), 4), "match"


def _cosine(a: str, b: str) -> tuple[float, str]:
    with opened_assistant() as assistant:
        return round(assistant.similarity(a, b), 4), assistant.settings.metric
