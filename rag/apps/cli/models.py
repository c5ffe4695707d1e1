"""`rag models`: weights on this machine."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.apps.cli.opening import AsJson
from rag.apps.cli.printing import err, out, plain, print_json
from rag.apps.cli.progress import progress_bar
from rag.config import load_settings
from rag.errors import ModelError

if TYPE_CHECKING:
    from rag.models.files import ModelInfo

commands = typer.Typer(help="Weights on this machine.", no_args_is_help=True, rich_markup_mode=None)


@commands.command("list")
def list_models(
    verify: Annotated[
        bool, typer.Option("--verify", help="Read all files against their checksums; exit code 1 if one differs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The models that need no hub, and whether they are here."""
    from rag.models import files as models

    listing = models.listing(load_settings().models_dir)
    if verify:
        _print_verified(listing, as_json)
        return
    if as_json:
        print_json([_model_json(model) for model in listing])
        return
    for model in listing:
        size = f"{(model.size_bytes or 0) / 1e6:.0f} MB" if model.ready else "not fetched"
        out.print(f"{model.name:10} {model.kind:10} {model.parameters / 1e6:6.1f}M  {size:12} {model.licence}  {model.source}")


@commands.command()
def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Names or hub ids; without any, all that the settings need."),
    ] = None,
) -> None:
    """Fetch weights and convert them. Later nothing needs the network, or has to wait."""
    from rag.models import files as models
    from rag.models import versions
    from rag.models.generator.address import is_address
    from rag.models.load import embedder_weights, generator_weights
    from rag.reading.load import reader_weights

    settings = load_settings()
    with progress_bar() as progress:
        for name in names or []:
            folder = models.resolve(versions.find(name, "embedder", settings.data_dir), settings.models_dir, progress)
            err.print(plain(f"{name} is in {folder}"))
        if not names:
            if settings.reader != "late-interaction":
                reader_weights(settings, progress)
            err.print(plain(f"{settings.embedder} is in {embedder_weights(settings, progress)[0]}"))
            if is_address(settings.generator):
                err.print(plain(f"{settings.generator} is a server: it needs no weights here"))
            else:
                err.print(plain(f"{settings.generator} is in {generator_weights(settings, progress)}"))


@commands.command()
def path(name: Annotated[str, typer.Argument(help="As `rag models list` names it, or a hub id.")]) -> None:
    """The folder of a model's weights."""
    from rag.models import files as models

    print(models.path(name, load_settings().models_dir))


def _print_verified(listing: "list[ModelInfo]", as_json: bool) -> None:
    """Whether each model's files are as they were fetched; exit code 1 where one's are not."""
    results = [(model, *_verified(model)) for model in listing]
    if as_json:
        print_json([{**_model_json(model), "verified": verified} for model, verified, _ in results])
    for model, verified, message in results:
        if not as_json:
            out.print(plain(f"{model.name:10} {message}"))
        elif verified is False:
            err.print(plain(f"{model.name}: {message}"))
    if any(verified is False for _, verified, _ in results):
        raise typer.Exit(1)


def _verified(model: "ModelInfo") -> tuple[bool | None, str]:
    """Whether its files have their checksums, None where it is not here; and that in words."""
    from rag.models import files as models

    if model.size_bytes is None:
        return None, "not fetched"
    try:
        models.verify(model.name, model.folder.parent)
    except ModelError as error:
        return False, str(error)
    return True, "verified"


def _model_json(model: "ModelInfo") -> dict[str, Any]:
    return {**{field: getattr(model, field) for field in model.__dataclass_fields__}, "folder": str(model.folder)}
