"""`rag ingest` and `rag documents`: files into the index, what is in it, and out again."""

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.about import Audience
from rag.apps import left_out
from rag.apps.cli.opening import AsJson, opened_assistant, pausing, settings_for_command
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
    """Read documents into the index. What has not changed is left alone."""
    if not paths and not rebuild:
        raise RagError("Nothing to ingest: name files or folders, as in `rag ingest knowledge/`.")
    for path in paths or ():
        if not path.exists():
            raise NotFoundError(f"{path} does not exist: check the path.")
    with opened_assistant() as assistant, progress_bar() as progress, pausing(assistant):
        reports = [assistant.rebuild(progress)] if rebuild else []
        if paths and not any(report.stopped for report in reports):
            reports.append(assistant.ingest(paths, progress, audience=audience))
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
        passages = "1 passage" if report.chunks == 1 else f"{report.chunks} passages"
        counts = passages if report.documents == 1 else f"{report.documents} documents, {passages}"
        message = f"  {report.message}" if report.message else ""
        internal = f"  {texts.INTERNAL}" if report.internal else ""
        unread = f"  not read: {left_out.say(report.left_out)}" if report.left_out else ""
        out.print(plain(f"{report.state:12} {report.name}  ({counts}){internal}{message}{unread}"))


@commands.command()
def show(name: Annotated[str, typer.Argument(help="As `rag documents list` prints it.")], as_json: AsJson = False) -> None:
    """Print what is known of a document, and its text. The text is exactly what answers quote."""
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
    if report.left_out:
        err.print(plain(f"not read of {report.name}: {left_out.say(report.left_out)}"))


@commands.command()
def delete(
    names: Annotated[list[str] | None, typer.Argument(help="File names as `rag documents list` prints them.")] = None,
    ids: Annotated[list[int] | None, typer.Option("--id", help="A file's number, where several have its name.")] = None,
) -> None:
    """Take files out of the index. The files themselves stay, but for copies of uploads."""
    if not names and not ids:
        raise RagError("Nothing to delete: name files, as in `rag documents delete old.md`.")
    with opened_assistant(audience="internal") as assistant:
        for id in [*(assistant.base.file_named(name).id for name in names or ()), *(ids or ())]:
            err.print(plain(f"deleted {assistant.delete(id).name}"))


@commands.command()
def retry(
    names: Annotated[list[str] | None, typer.Argument(help="File names as `rag documents list` prints them.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read files again. Without names: all that could not be read, and uploaded copies that the catalogue has lost."""
    with opened_assistant(audience="internal") as assistant, progress_bar() as progress, pausing(assistant):
        reports = [assistant.retry(names or [], progress)]
        if not names and (lost := assistant.base.unknown_uploads()):
            reports.append(assistant.ingest(lost, progress))
    _print_ingested(reports, as_json)


def _print_ingested(reports: "list[IngestReport]", as_json: bool) -> None:
    names = ("added", "replaced", "unchanged", "removed")
    totals: dict[str, Any] = {name: sum(getattr(report, name) for report in reports) for name in names}
    quarantined: list[FileReport] = [item for report in reports for item in report.quarantined]
    incomplete = [item for report in reports for item in report.incomplete]
    stopped = any(report.stopped for report in reports)
    if as_json:
        files = {"quarantined": quarantined, "incomplete": incomplete}
        listed = {kind: [file_json(item) for item in items] for kind, items in files.items()}
        print_json({**totals, **listed, "stopped": stopped, "seconds": round(sum(report.seconds for report in reports), 2)})
    else:
        print(", ".join(f"{count} {name}" for name, count in totals.items()) + f", {len(quarantined)} not readable")
        for item in quarantined:
            err.print(plain(f"not read: {said_of(item)}"))
        for item in incomplete:
            err.print(plain(f"not read of {item.name}: {left_out.say(item.left_out)}"))
        if unwanted := sum(report.unwanted for report in reports):
            err.print(f"{unwanted} found that were deleted from the index: `rag documents retry NAME` brings one back")
    if stopped:
        not_read = sum(report.not_read for report in reports)
        before = "1 file" if not_read == 1 else f"{not_read:,} files"
        err.print(f"interrupted before {before}; what was read is kept, and the next `rag ingest` goes on")
        raise typer.Exit(130)


def said_of(file: FileReport) -> str:
    """Why a file is not read; most messages begin with its name."""
    message = file.message or ""
    return message if message.startswith(file.name) else f"{file.name}: {message}"


def _base_folder() -> Path:
    from rag.index.bases import use_base

    settings = settings_for_command()
    return use_base(settings.data_dir, settings.base)
