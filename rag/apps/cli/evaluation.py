"""`rag eval DATASET …` measures, `rag eval compare A B` compares two measurements."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rag.apps.cli.opening import AsJson
from rag.config import load_settings
from rag.datasets.formats import Format
from rag.evaluation.tasks import TaskName
from rag.types import Progress

_DEFAULT = "run"


class _Group(TyperGroup):
    """What is no command is a dataset: `rag eval DATASET` is `rag eval run DATASET`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


def commands(progress_bar: Callable[[], AbstractContextManager[Progress]]) -> typer.Typer:
    """The command group; a run shows how far it is in a bar that `progress_bar` opens."""
    app = typer.Typer(
        cls=_Group,
        help="Measure search, reading and answers on a dataset. As in `rag eval DATASET --task retrieval`.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )

    @app.command(_DEFAULT)
    def run(
        dataset: Annotated[
            Path, typer.Argument(help="SQuAD file, BEIR folder, folder of gold excerpts, FAQ table, or conversations.")
        ],
        task: Annotated[TaskName, typer.Option(help="What to measure.")],
        format: Annotated[Format | None, typer.Option(help="The dataset's layout; found out where not given.")] = None,
        split: Annotated[str | None, typer.Option(help="The part of the dataset to ask; of BEIR, test by default.")] = None,
        limit: Annotated[int | None, typer.Option(min=1, help="Ask only this many questions, drawn by the seed.")] = None,
        seed: Annotated[int, typer.Option(help="Which questions --limit draws.")] = 1,
        documents: Annotated[
            Path | None, typer.Option(help="Ask of the files in this folder; of conversations, RAG_KNOWLEDGE by default.")
        ] = None,
        off_topic: Annotated[Path | None, typer.Option(help="Refusal: a dataset whose questions nothing answers.")] = None,
        gold: Annotated[bool, typer.Option("--gold", help="Refusal, answering: give the document that answers.")] = False,
        save: Annotated[str | None, typer.Option(help="Keep the run under this name, for `rag eval compare`.")] = None,
        report: Annotated[Path | None, typer.Option(help="Write a page with plots and weak questions to this folder.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Measure one task on one dataset, by the product's own stages."""
        from rag.evaluation import report as page
        from rag.evaluation import runs
        from rag.evaluation.result import result_json, table
        from rag.evaluation.run import Request
        from rag.evaluation.run import run as measure

        kept = runs.place(save) if save else None
        request = Request(dataset, task, format, split, limit, seed, documents, off_topic, gold)
        with progress_bar() as progress:
            result = measure(request, load_settings(), progress)
        if kept:
            runs.save(result, kept)
        if report:
            page.write(result, report)
        print(json.dumps(result_json(result), ensure_ascii=False, indent=2) if as_json else table(result))

    @app.command()
    def compare(
        a: Annotated[str, typer.Argument(help="A run kept by --save.")],
        b: Annotated[str, typer.Argument(help="Another, of the same questions.")],
        as_json: AsJson = False,
    ) -> None:
        """Whether b differs from a by more than noise (paired bootstrap)."""
        from rag.evaluation import runs
        from rag.evaluation.comparison import difference_json
        from rag.evaluation.result import comparison_table

        differences = runs.compare(a, b)
        if as_json:
            print(json.dumps([difference_json(item) for item in differences], indent=2))
        else:
            print(comparison_table(differences, a, b))

    return app
