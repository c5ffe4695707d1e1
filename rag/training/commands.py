"""`rag train reader DATASET…` trains and judges, `rag train rollback` goes back to the reader before."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from rag.config import load_settings
from rag.evaluation.formats import Format
from rag.types import Progress

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def commands(progress_bar: Callable[[], AbstractContextManager[Progress]]) -> typer.Typer:
    """The command group; a training shows how far it is in a bar that `progress_bar` opens."""
    app = typer.Typer(
        help="Fine-tune on your own questions; what is not better is not used.", no_args_is_help=True, rich_markup_mode=None
    )

    @app.command()
    def reader(
        datasets: Annotated[
            list[Path], typer.Argument(help="SQuAD files, BEIR folders, or tables of question, document, answer.")
        ],
        format: Annotated[Format | None, typer.Option(help="The datasets' layout; found out where not given.")] = None,
        split: Annotated[str | None, typer.Option(help="The part of each dataset to learn from, such as train.")] = None,
        documents: Annotated[Path | None, typer.Option(help="The folder of documents that a table asks of.")] = None,
        base: Annotated[
            str, typer.Option(help="Start from: trained (the reader in use), a reader's folder, or an encoder.")
        ] = "trained",
        epochs: Annotated[
            float, typer.Option(min=0, help="How often each question is seen; 0 fits only how sure it is.")
        ] = 3.0,
        learning_rate: Annotated[float, typer.Option(min=0, help="The highest, after warm-up.")] = 1e-4,
        most: Annotated[int | None, typer.Option(min=1, help="Questions of one dataset in one epoch, at most.")] = None,
        seed: Annotated[int, typer.Option(help="Order of the questions, and what is drawn beside them.")] = 1,
        out: Annotated[Path | None, typer.Option(help="Write the reader to this folder instead of using it.")] = None,
        resume: Annotated[bool, typer.Option("--resume", help="Go on with the training that was interrupted.")] = False,
        as_json: AsJson = False,
    ) -> None:
        """Train the reader that marks and ranks evidence, and use it if it is better on held-out questions."""
        from rag.training.run import Request, train_reader

        request = Request(tuple(datasets), format, split, documents, base, epochs, learning_rate, most, seed, out, resume)
        with progress_bar() as progress:
            outcome = train_reader(request, load_settings(), progress)
        if as_json:
            print(json.dumps({**asdict(outcome.verdict), "folder": outcome.folder and str(outcome.folder)}, indent=2))
            return
        print(f"On {outcome.verdict.questions} held-out questions, before and after, with the 95 % interval of the difference:")
        for item in outcome.verdict.differences:
            print(f"  {item.metric:<22}{item.a:.3f}  {item.b:.3f}  {item.low:+.3f} to {item.high:+.3f}")
        print(_conclusion(outcome, out))

    @app.command()
    def rollback() -> None:
        """Use the reader that was used before the last training."""
        from rag.reading.weights import HOME
        from rag.training.gate import roll_back

        print(f"In use now: {roll_back(load_settings().data_dir / HOME)}.")

    return app


def _conclusion(outcome: Any, out: Path | None) -> str:
    if out:
        return f"Written to {outcome.folder}."
    if outcome.folder:
        return f"It is better, and what RAG_READER=trained reads with: {outcome.folder}. `rag train rollback` undoes this."
    return "It is not better beyond chance: nothing was changed."
