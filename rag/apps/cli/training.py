"""`rag train`, `rag data` and what `rag models` does with trained models.

A command of `rag train` has the options of its recipe's dataclasses: their names, defaults, bounds and help stand there alone.
"""

import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Annotated, Any, get_origin, get_type_hints

import typer

from rag.apps.cli.opening import AsJson, settings_for_command
from rag.datasets.formats import Format
from rag.models.versions import Kind, roll_back
from rag.training import encoder, generator, matcher, reader, router
from rag.training.recipe import Recipe, train
from rag.training.run_folder import Outcome
from rag.types import Progress

Bar = Callable[[], AbstractContextManager[Progress]]
Out = Annotated[Path | None, typer.Option(help="Write the result to this folder, better or not, instead of using it.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the training that was interrupted.")]
RECIPES: tuple[Recipe[Any, Any, Any], ...] = (reader.RECIPE, generator.RECIPE, encoder.RECIPE, matcher.RECIPE, router.RECIPE)


def commands(progress_bar: Bar) -> typer.Typer:
    """`rag train`; a training shows how far it is in a bar that `progress_bar` opens."""
    app = typer.Typer(
        help="Train a model on your own questions. What is not better is not used.", no_args_is_help=True, rich_markup_mode=None
    )
    for recipe in RECIPES:
        app.command(recipe.kind, help=recipe.help)(_command(recipe, progress_bar))
    return app


def data_commands(progress_bar: Bar) -> typer.Typer:
    """`rag data`."""
    app = typer.Typer(help="Look at datasets before training.", no_args_is_help=True, rich_markup_mode=None)

    @app.callback()
    def group() -> None:
        pass  # with it, a single command keeps its name

    @app.command()
    def check(
        dataset: Annotated[Path, typer.Argument(help="A SQuAD file, BEIR folder, or table of question, document, answer.")],
        format: Annotated[Format | None, typer.Option(help="The dataset's layout; found out where not given.")] = None,
        split: Annotated[str | None, typer.Option(help="The part of the dataset to learn from, such as train.")] = None,
        documents: Annotated[Path | None, typer.Option(help="The folder of documents that a table asks of.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Check a dataset before training. Says what is wrong with which question."""
        from rag.datasets import formats
        from rag.training.validation import problems

        found = formats.read(dataset, format, split, documents)
        with progress_bar() as progress:
            wrong = list(problems(found, settings_for_command(), progress))
        if as_json:
            print(json.dumps([asdict(item) for item in wrong], indent=2))
        else:
            for item in wrong:
                print(f"{dataset} {item.question}: {item.message}" if item.question else f"{dataset}: {item.message}")
            print(f"{len(found.questions)} questions, {len(wrong)} problems.")
        if wrong:
            raise typer.Exit(1)

    return app


def add_model_commands(app: typer.Typer, progress_bar: Bar) -> None:
    """`rag models average` and `rag models rollback`."""

    @app.command()
    def average(
        readers: Annotated[list[Path], typer.Argument(help="Folders of readers that were trained from one another.")],
        out: Annotated[Path, typer.Option(help="The folder the averaged reader is written to.")],
    ) -> None:
        """Average the weights of readers. Fit order and confidence anew with `rag train reader --epochs 0 --base`."""
        from rag.reading.load import resolver
        from rag.training.averaging import average

        with progress_bar() as progress:
            average(readers, out, resolver(settings_for_command(), progress))
        print(f"The average of {len(readers)} readers is in {out}.")

    @app.command()
    def rollback(kind: Annotated[Kind, typer.Argument(help="What to roll back.")] = "reader") -> None:
        """Use the model that was used before the last training."""
        before = roll_back(kind, settings_for_command().data_dir)
        print(
            f"In use now: {before or 'none of your own; what comes with the package, where the settings do not name another'}."
        )


def _command(recipe: Recipe[Any, Any, Any], progress_bar: Bar) -> Callable[..., None]:
    """A function whose signature, which the command line is read from, has the recipe's options."""

    def command(out: Path | None, resume: bool, as_json: bool, **given: Any) -> None:
        data, options = (_filled(kind, given) for kind in (recipe.data, recipe.options))
        with progress_bar() as progress:
            outcome = train(recipe, options, data, settings_for_command(), progress, out=out, resume=resume)
        _print_outcome(recipe, outcome, out, as_json)

    own = [("out", Out, None), ("resume", Resume, False), ("as_json", AsJson, False)]
    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, kind, default in [*_parameters(recipe.data), *_parameters(recipe.options), *own]
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _parameters(options: type) -> Iterator[tuple[str, Any, Any]]:
    """Name, annotated type and default of each field of a dataclass of `option`s; a tuple is a list on the command line."""
    hints = get_type_hints(options)
    for item in fields(options):
        kind, default = hints[item.name], item.default
        if get_origin(kind) is tuple:
            kind, default = list[kind.__args__[0]] | None, None  # type: ignore[name-defined]
        said = item.metadata
        if said["argument"]:
            value: Any = typer.Argument(help=said["help"])
        else:
            flags = [f"--{item.name.replace('_', '-')}"] if hints[item.name] is bool else []
            value = typer.Option(*flags, min=said["at_least"], max=said["at_most"], help=said["help"])
        yield item.name, Annotated[kind, value], inspect.Parameter.empty if default is MISSING else default


def _filled(options: type, given: dict[str, Any]) -> Any:
    hints = get_type_hints(options)
    values = {item.name: given[item.name] for item in fields(options)}
    lists = {name: tuple(value or ()) for name, value in values.items() if get_origin(hints[name]) is tuple}
    return options(**{**values, **lists})


def _print_outcome(recipe: Recipe[Any, Any, Any], outcome: Outcome, out: Path | None, as_json: bool) -> None:
    """The verdict, and how to use what was trained where it is used from now on."""
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
        print(f"{better} It is in {outcome.folder}. {recipe.use} `rag models rollback {recipe.kind}` undoes this.")
    else:
        print(f"{better} Nothing was changed.")
