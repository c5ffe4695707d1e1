"""`rag ingest` and `rag documents`: files into the index, what is in it, and out again."""

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.about import Audience
from rag.apps.cli.opening import AsJson, opened_assistant, settings_for_command
from rag.apps.cli.printing import err, out, plain, print_json
from rag.apps.cli.progress import progress_bar
from rag.apps.cli.rendering import inert
from rag.apps.json_format import document_json, file_json
from rag.errors import NotFoundError, RagError
from rag.languages import en as texts
from rag.types import FileReport

if TYPE_CHECKING:
    from rag.index.ingestion import IngestReport

commands = typer.Typer(help="The files in the index.", no_args_is_help=True, rich_markup_mode=None)


def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders; folders are brought up to date.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the whole index anew, for changed settings.")] = False,
    audience: Annotated[
        Audience | None, typer.Option(help="Who these files are for, from now on, whatever they say of themselves.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read documents into the index; what has not changed is left alone."""
    if not paths and not rebuild:
        raise RagError("Nothing to ingest: name files or folders, as in `rag ingest knowledge/`.")
    for path in paths or ():
        if not path.exists():
            raise NotFoundError(f"{path} does not exist: check the path.")
    with opened_assistant() as assistant, progress_bar() as progress:
        reports = [assistant.rebuild(progress)] if rebuild else []
        reports += [assistant.ingest(paths, progress, audience=audience)] if paths else []
    _print_ingested(reports, as_json)


@commands.command("list")
def list_files(as_json: AsJson = False) -> None:
    """Every file with its state, documents, chunks and error."""
    from rag.index.catalogue import CatalogueReader

    with closing(CatalogueReader.open(_base_folder())) as catalogue:
        files = catalogue.files(internal=True)
    if as_json:
        print_json([file_json(report) for report in files])
        return
    for report in files:
        counts = f"{report.documents} documents, {report.chunks} chunks" if report.documents != 1 else f"{report.chunks} chunks"
        message = f"  {report.message}" if report.message else ""
        internal = f"  {texts.INTERNAL}" if report.internal else ""
        out.print(plain(f"{report.state:12} {report.name}  ({counts}){internal}{message}"))


@commands.command()
def show(name: Annotated[str, typer.Argument(help="As `rag documents list` prints it.")], as_json: AsJson = False) -> None:
    """What is known of a document, and its text exactly as answers quote it."""
    from rag.index.catalogue import CatalogueReader

    with closing(CatalogueReader.open(_base_folder())) as catalogue:
        document, report = catalogue.document(name, internal=True)
    if as_json:
        print_json(document_json(document, report))
        return
    for field, value in document_json(document, report)["about"].items():
        if value:
            err.print(plain(f"{field.replace('_', ' ')}: {value}"))
    print(inert(document.text) if sys.stdout.isatty() else document.text)


@commands.command()
def delete(names: Annotated[list[str], typer.Argument(help="File names as `rag documents list` prints them.")]) -> None:
    """Take files out of the index; the files themselves stay."""
    with opened_assistant() as assistant:
        for name in names:
            assistant.delete(name)
            err.print(plain(f"deleted {name}"))


@commands.command()
def retry(
    names: Annotated[list[str] | None, typer.Argument(help="None: all files that could not be read.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read files again."""
    with opened_assistant() as assistant, progress_bar() as progress:
        report = assistant.retry(names or [], progress)
    _print_ingested([report], as_json)


def _print_ingested(reports: "list[IngestReport]", as_json: bool) -> None:
    names = ("added", "replaced", "unchanged", "removed")
    totals: dict[str, Any] = {name: sum(getattr(report, name) for report in reports) for name in names}
    quarantined: list[FileReport] = [item for report in reports for item in report.quarantined]
    if as_json:
        seconds = round(sum(report.seconds for report in reports), 2)
        print_json({**totals, "quarantined": [file_json(item) for item in quarantined], "seconds": seconds})
        return
    print(", ".join(f"{count} {name}" for name, count in totals.items()) + f", {len(quarantined)} not readable")
    for item in quarantined:
        err.print(plain(f"not read: {item.name}: {item.message}"))


def _base_folder() -> Path:
    from rag.index.bases import use_base

    settings = settings_for_command()
    return use_base(settings.data_dir, settings.base)
