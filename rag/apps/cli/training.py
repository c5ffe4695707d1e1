"""`rag train`: fine-tunes each of the models behind a gate, checks what they learn from, and undoes a training."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.config import load_settings
from rag.datasets.formats import Format
from rag.models.versions import Kind, roll_back
from rag.types import Progress

if TYPE_CHECKING:
    from rag.training.kept import Outcome
    from rag.training.source import Source

Bar = Callable[[], AbstractContextManager[Progress]]
Datasets = Annotated[
    list[Path] | None, typer.Argument(help="SQuAD files, BEIR folders, or tables of question, document, answer.")
]
Layout = Annotated[Format | None, typer.Option("--format", help="The datasets' layout; found out where not given.")]
Split = Annotated[str | None, typer.Option(help="The part of each dataset to learn from, such as train.")]
Documents = Annotated[Path | None, typer.Option(help="The folder of documents that a table asks of.")]
Feedback = Annotated[
    bool, typer.Option("--from-feedback", help="Learn from liked answers, and from the right ones that people gave.")
]
Synthetic = Annotated[int, typer.Option(min=0, help="So many questions, written by the language model for --documents.")]
Most = Annotated[int | None, typer.Option(min=1, help="Questions to learn from, at most.")]
Seed = Annotated[int, typer.Option(help="Order of the questions, and what is drawn beside them.")]
Out = Annotated[Path | None, typer.Option(help="Write the result to this folder, better or not, instead of using it.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the training that was interrupted.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def commands(progress_bar: Bar) -> typer.Typer:
    """The command group; a training shows how far it is in a bar that `progress_bar` opens."""
    app = typer.Typer(
        help="Fine-tune on your own questions; what is not better is not used.", no_args_is_help=True, rich_markup_mode=None
    )
    _add_readers(app, progress_bar)
    _add_encoders(app, progress_bar)
    _add_checks(app, progress_bar)
    return app


def _source(
    datasets: list[Path] | None, format: Format | None, split: str | None, documents: Path | None, feedback: bool, count: int
) -> "Source":
    from rag.training.source import Source

    return Source(tuple(datasets or ()), format, split, documents, feedback, count)


def _add_readers(app: typer.Typer, progress_bar: Bar) -> None:
    """What reads passages: the reader, and the language model."""

    @app.command()
    def reader(
        datasets: Datasets = None,
        format: Layout = None,
        split: Split = None,
        documents: Documents = None,
        from_feedback: Feedback = False,
        synthetic: Synthetic = 0,
        base: Annotated[
            str, typer.Option(help="Start from: trained (the reader in use), a reader's folder, or an encoder.")
        ] = "trained",
        epochs: Annotated[
            float, typer.Option(min=0, help="How often each question is seen; 0 fits only how sure it is.")
        ] = 3.0,
        learning_rate: Annotated[float, typer.Option(min=0, help="The highest, after warm-up.")] = 1e-4,
        dropout: Annotated[float, typer.Option(min=0, max=0.9, help="Share of each layer's output left out at random.")] = 0.1,
        most: Annotated[int | None, typer.Option(min=1, help="Questions of one dataset in one epoch, at most.")] = None,
        batch_tokens: Annotated[
            int, typer.Option(min=1, help="Tokens read in one step; four times as many want about 3e-4.")
        ] = 3000,
        seed: Seed = 1,
        out: Out = None,
        resume: Resume = False,
        as_json: AsJson = False,
    ) -> None:
        """Train the reader that marks and ranks evidence, and use it if it is better on held-out questions."""
        from rag.training.run import Request, train_reader

        source = _source(datasets, format, split, documents, from_feedback, synthetic)
        request = Request(source, base, epochs, learning_rate, dropout, most, batch_tokens, seed, out, resume)
        with progress_bar() as progress:
            outcome = train_reader(request, load_settings(), progress)
        _tell("reader", outcome, out, "RAG_READER=trained reads with it.", as_json)

    @app.command()
    def generator(
        datasets: Datasets = None,
        format: Layout = None,
        split: Split = None,
        documents: Documents = None,
        from_feedback: Feedback = False,
        synthetic: Synthetic = 0,
        base: Annotated[str, typer.Option(help="Start from: smollm2, a hub id such as gpt2, or a folder.")] = "smollm2",
        epochs: Annotated[int, typer.Option(min=1, help="How often each question is seen.")] = 1,
        learning_rate: Annotated[float, typer.Option(min=0, help="The highest, after warm-up.")] = 5e-4,
        rank: Annotated[int, typer.Option(min=0, help="Rank of the LoRA adapter; 0 trains all weights.")] = 16,
        most: Most = None,
        seed: Seed = 1,
        out: Out = None,
        resume: Resume = False,
        as_json: AsJson = False,
    ) -> None:
        """Train a language model to answer from passages, and use it if it is better on held-out questions."""
        from rag.training.generator_run import Request, train_generator

        source = _source(datasets, format, split, documents, from_feedback, synthetic)
        request = Request(source, base, epochs, learning_rate, rank, most, seed, out, resume)
        with progress_bar() as progress:
            outcome = train_generator(request, load_settings(), progress)
        _tell("generator", outcome, out, "RAG_GENERATOR=trained writes with it.", as_json)


def _add_encoders(app: typer.Typer, progress_bar: Bar) -> None:
    """What compares texts: the encoder, and a matcher."""

    @app.command()
    def embedder(
        datasets: Datasets = None,
        format: Layout = None,
        split: Split = None,
        documents: Documents = None,
        from_feedback: Feedback = False,
        synthetic: Synthetic = 0,
        base: Annotated[str, typer.Option(help="Start from: minilm, a hub id, or a folder with any BERT.")] = "minilm",
        epochs: Annotated[float, typer.Option(min=0.01, help="How often each question is seen.")] = 1.0,
        learning_rate: Annotated[float, typer.Option(min=0, help="The highest, after warm-up.")] = 2e-5,
        rank: Annotated[int, typer.Option(min=0, help="Rank of a LoRA adapter; 0 trains all weights.")] = 0,
        distil: Annotated[
            bool, typer.Option("--distil", help="Learn from the trained reader how much better the right passage is.")
        ] = False,
        seed: Seed = 1,
        out: Out = None,
        resume: Resume = False,
        as_json: AsJson = False,
    ) -> None:
        """Train the encoder that searches, and use it if it finds more on held-out questions."""
        from rag.training.embedder import Request, train_embedder

        source = _source(datasets, format, split, documents, from_feedback, synthetic)
        request = Request(source, base, epochs, learning_rate, rank, distil, seed, out, resume)
        with progress_bar() as progress:
            outcome = train_embedder(request, load_settings(), progress)
        how = (
            "Set RAG_EMBEDDER=trained and run `rag ingest --rebuild` to search with it; the old index answers until it is done."
        )
        _tell("embedder", outcome, out, how, as_json)

    @app.command()
    def matcher(
        pairs: Annotated[Path, typer.Argument(help="A CSV with the columns a, b and label: 1 where both texts match, else 0.")],
        base: Annotated[str, typer.Option(help="Start from: minilm, a hub id, or a folder with any BERT.")] = "minilm",
        epochs: Annotated[float, typer.Option(min=0.01, help="How often each pair is seen; less if it stops early.")] = 3.0,
        learning_rate: Annotated[float, typer.Option(min=0, help="The highest, after warm-up.")] = 1e-4,
        most: Most = None,
        seed: Seed = 1,
        out: Out = None,
        resume: Resume = False,
        as_json: AsJson = False,
    ) -> None:
        """Train a cross-encoder that says whether two texts match, and use it if it beats the encoder's cosine."""
        from rag.training.matcher import Request, train_matcher

        with progress_bar() as progress:
            request = Request(pairs, base, epochs, learning_rate, most, seed, out, resume)
            outcome = train_matcher(request, load_settings(), progress)
        _tell(
            "matcher",
            outcome,
            out,
            "RAG_MATCHER=trained compares questions by it, `rag similarity A B --matcher trained` any texts.",
            as_json,
        )


def _add_checks(app: typer.Typer, progress_bar: Bar) -> None:
    @app.command()
    def data(
        dataset: Annotated[Path, typer.Argument(help="A SQuAD file, BEIR folder, or table of question, document, answer.")],
        format: Layout = None,
        split: Split = None,
        documents: Documents = None,
        as_json: AsJson = False,
    ) -> None:
        """Check a dataset before training with it: says what is wrong with which question."""
        from rag.datasets import formats
        from rag.training.check import problems

        found = formats.read(dataset, format, split, documents)
        with progress_bar() as progress:
            wrong = list(problems(found, load_settings(), progress))
        if as_json:
            print(json.dumps([asdict(item) for item in wrong], indent=2))
        else:
            for item in wrong:
                print(f"{dataset} {item.question}: {item.message}" if item.question else f"{dataset}: {item.message}")
            print(f"{len(found.questions)} questions, {len(wrong)} problems.")
        if wrong:
            raise typer.Exit(1)

    @app.command()
    def average(
        readers: Annotated[list[Path], typer.Argument(help="Folders of readers that were trained from one another.")],
        out: Annotated[Path, typer.Option(help="The folder the averaged reader is written to.")],
    ) -> None:
        """Average the weights of readers; fit order and confidence anew with `rag train reader --epochs 0 --base`."""
        from rag.training.averaging import average

        average(readers, out)
        print(f"The average of {len(readers)} readers is in {out}.")

    @app.command()
    def rollback(kind: Annotated[Kind, typer.Argument(help="What to roll back.")] = "reader") -> None:
        """Use the model that was used before the last training."""
        before = roll_back(kind, load_settings().data_dir)
        print(
            f"In use now: {before or 'none of your own; what comes with the package, where the settings do not name another'}."
        )


def _tell(kind: Kind, outcome: "Outcome", out: Path | None, how: str, as_json: bool) -> None:
    """The verdict, and `how` to use what was trained where it is used from now on."""
    verdict = outcome.verdict
    if as_json:
        print(json.dumps({**asdict(verdict), "folder": outcome.folder and str(outcome.folder)}, indent=2))
        return
    print(f"On {verdict.questions} held-out questions, before and after, with the 95 % interval of the difference:")
    for item in verdict.differences:
        print(f"  {item.metric:<22}{item.a:.3f}  {item.b:.3f}  {item.low:+.3f} to {item.high:+.3f}")
    better = "It is better." if verdict.better else "It is not better beyond chance."
    if out:
        print(f"{better} Written to {outcome.folder}.")
    elif outcome.folder:
        print(f"{better} It is in {outcome.folder}. {how} `rag train rollback {kind}` undoes this.")
    else:
        print(f"{better} Nothing was changed.")
