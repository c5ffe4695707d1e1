"""The command line: rag ingest | documents | search | ask | similarity | serve | models | eval | train.

Data on standard output (`--json` for programs), progress and one-line errors on standard error, exit code 0 only on success.
"""

import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from rag.apps.cli.evaluation import commands as evaluation_commands
from rag.apps.cli.training import commands as training_commands
from rag.apps.json_format import answer_json, citation_json, document_json, file_json
from rag.config import Settings, load_settings
from rag.errors import ModelError, NotFoundError, RagError
from rag.types import Answer, Citation, Delta, Event, FileReport, Progress

if TYPE_CHECKING:
    from rag.index.ingestion import IngestReport
    from rag.models.files import ModelInfo
    from rag.service import Assistant

app = typer.Typer(
    name="rag",
    help="Answers from your documents, every word traced to its source.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
documents_app = typer.Typer(help="The files in the index.", no_args_is_help=True, rich_markup_mode=None)
models_app = typer.Typer(help="Weights on this machine.", no_args_is_help=True, rich_markup_mode=None)

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A progress bar on standard error; nothing is drawn where that is no terminal."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn()
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def report(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=what[-60:])

        yield report


app.add_typer(documents_app, name="documents")
app.add_typer(models_app, name="models")
app.add_typer(evaluation_commands(_progress), name="eval")
app.add_typer(training_commands(_progress), name="train")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Documents = Annotated[list[str] | None, typer.Option("--document", "-d", help="Only this document (may be repeated).")]
Folders = Annotated[
    list[str] | None, typer.Option("--folder", "-f", help="Only documents below this folder (may be repeated).")
]


@app.command()
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders; folders are brought up to date.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the whole index anew, for changed settings.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read documents into the index; what has not changed is left alone."""
    if not paths and not rebuild:
        raise RagError("Nothing to ingest: name files or folders, as in `rag ingest knowledge/`.")
    for path in paths or ():
        if not path.exists():
            raise NotFoundError(f"{path} does not exist: check the path.")
    with _assistant() as assistant, _progress() as progress:
        reports = [assistant.rebuild(progress)] if rebuild else []
        reports += [assistant.ingest(paths, progress)] if paths else []
    _print_ingested(reports, as_json)


@documents_app.command("list")
def documents_list(as_json: AsJson = False) -> None:
    """Every file with its state, documents, chunks and error."""
    from rag.index.catalogue import Catalogue

    with closing(Catalogue.open(load_settings().data_dir)) as catalogue:
        files = catalogue.files()
    if as_json:
        _print_json([file_json(report) for report in files])
        return
    for report in files:
        counts = f"{report.documents} documents, {report.chunks} chunks" if report.documents != 1 else f"{report.chunks} chunks"
        out.print(Text(f"{report.state:12} {report.name}  ({counts})" + (f"  {report.message}" if report.message else "")))


@documents_app.command("show")
def documents_show(
    name: Annotated[str, typer.Argument(help="As `rag documents list` prints it.")], as_json: AsJson = False
) -> None:
    """The text of a document, exactly as answers quote it."""
    from rag.index.catalogue import Catalogue

    with closing(Catalogue.open(load_settings().data_dir)) as catalogue:
        document, report = catalogue.document(name)
    if as_json:
        _print_json(document_json(document, report))
    else:
        print(document.text)


@documents_app.command("delete")
def documents_delete(
    names: Annotated[list[str], typer.Argument(help="File names as `rag documents list` prints them.")],
) -> None:
    """Take files out of the index; the files themselves stay."""
    with _assistant() as assistant:
        for name in names:
            assistant.delete(name)
            err.print(Text(f"deleted {name}"))


@documents_app.command("retry")
def documents_retry(
    names: Annotated[list[str] | None, typer.Argument(help="None: all files that could not be read.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read files again."""
    with _assistant() as assistant, _progress() as progress:
        report = assistant.retry(names or [], progress)
    _print_ingested([report], as_json)


@app.command()
def search(
    question: str,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 10,
    document: Documents = None,
    folder: Folders = None,
    as_json: AsJson = False,
) -> None:
    """The best passages for a question, with the words that matter marked."""
    question = _text(question)
    with _assistant() as assistant:
        passages = assistant.search(question, k, documents=document or (), folders=folder or ())
    if as_json:
        _print_json({"question": question, "passages": [citation_json(passage) for passage in passages]})
        return
    for passage in passages:
        _print_citation(passage)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question; - reads it from standard input.")],
    document: Documents = None,
    folder: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question, with numbered sources."""
    with _assistant() as assistant:
        asked, names, folders = _text(question), document or (), folder or ()
        if sys.stdout.isatty() and not as_json:
            answer = _show_draft(assistant.stream(asked, documents=names, folders=folders))
        else:
            answer = assistant.ask(asked, documents=names, folders=folders)
    if as_json:
        _print_json(answer_json(answer))
        return
    if answer.status == "quoted":
        out.print("From the source:")
    out.print(Text(_with_markers(answer)))
    for citation in answer.citations:
        _print_citation(citation)
    if answer.status == "refused" and answer.closest:
        out.print("\nCame closest:")
        for citation in answer.closest:
            _print_citation(citation)


@app.command()
def similarity(
    a: str,
    b: str,
    matcher: Annotated[
        str | None, typer.Option(help="How likely both match: by `trained`, or the folder of a matcher.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How similar two texts are by the encoder, or how likely they match by a trained matcher: 1 means the same."""
    a = _text(a)
    if matcher:
        from rag.models import versions
        from rag.models.matcher import Matcher

        folder = Path(versions.find(matcher, "matcher", load_settings().data_dir))
        value = round(float(Matcher.from_folder(folder).match([(a, b)])[0]), 4)
        metric = "match"
    else:
        value, metric = _cosine(a, b)
    if as_json:
        _print_json({"a": a, "b": b, "similarity": value, "metric": metric})
    else:
        print(f"{value:.4f}")


def _cosine(a: str, b: str) -> tuple[float, str]:
    with _assistant() as assistant:
        return round(assistant.similarity(a, b), 4), assistant.settings.metric


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address; RAG_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; RAG_PORT.")] = None,
) -> None:
    """Read the knowledge folder and serve the chat page."""
    overrides = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    run(load_settings(overrides))


@models_app.command("list")
def models_list(
    verify: Annotated[bool, typer.Option("--verify", help="Read all files against their checksums; 1 if one differs.")] = False,
    as_json: AsJson = False,
) -> None:
    """The models that need no hub, and whether they are here."""
    from rag.models import files as models

    listing = models.listing(load_settings().models_dir)
    if verify:
        _print_verified(listing, as_json)
        return
    if as_json:
        _print_json([_model_json(model) for model in listing])
        return
    for model in listing:
        size = f"{(model.size_bytes or 0) / 1e6:.0f} MB" if model.ready else "not fetched"
        out.print(f"{model.name:10} {model.kind:10} {model.parameters / 1e6:6.1f}M  {size:12} {model.licence}  {model.source}")


@models_app.command("pull")
def models_pull(names: Annotated[list[str] | None, typer.Argument(help="None: all that the settings need.")] = None) -> None:
    """Fetch weights and convert them, so that nothing needs the network or has to wait later."""
    from rag.assembly import embedder_weights, generator_weights, reader_weights
    from rag.models import files as models
    from rag.models import versions
    from rag.models.generator.address import is_address

    settings = load_settings()
    with _progress() as progress:
        for name in names or []:
            folder = models.resolve(versions.find(name, "embedder", settings.data_dir), settings.models_dir, progress)
            err.print(Text(f"{name} is in {folder}"))
        if not names:
            if settings.reader != "late-interaction":
                reader_weights(settings, progress)
            err.print(Text(f"{settings.embedder} is in {embedder_weights(settings, progress)[0]}"))
            if is_address(settings.generator):
                err.print(Text(f"{settings.generator} is a server: it needs no weights here"))
            else:
                err.print(Text(f"{settings.generator} is in {generator_weights(settings, progress)}"))


@models_app.command("path")
def models_path(name: str) -> None:
    """The folder of a model's weights."""
    from rag.models import files as models

    print(models.path(name, load_settings().models_dir))


def run(settings: Settings) -> None:
    """Open the assistant, bring the index up to date with the knowledge folder, and serve the page until interrupted."""
    from rag.apps.page import launch
    from rag.service import Assistant

    with _progress() as progress:
        assistant = Assistant.open(settings, progress)
        if settings.knowledge.is_dir():
            for report in assistant.ingest([settings.knowledge], progress).quarantined:
                err.print(Text(f"not read: {report.name}: {report.message}"))
        else:
            err.print(Text(f"RAG_KNOWLEDGE is {settings.knowledge}, which is no folder; serving what the index holds."))
        progress(0, 1, f"Loading {settings.generator}")
        assistant.warm_up()
    with closing(assistant):
        launch(assistant)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command, by default the process's own; errors become one line on standard error and an exit code."""
    logging.basicConfig(level=os.environ.get("RAG_LOG", "WARNING").upper(), format="%(levelname)s %(name)s: %(message)s")
    try:
        code = app(args=arguments, standalone_mode=False)
    except RagError as error:
        code = _fail(str(error), 1)
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # the reader of our output (`| head`) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        code = _fail(f"{error.format_message()} See `rag --help`.", 2)
    sys.exit(code or 0)


def _fail(message: str, code: int) -> int:
    print("rag: " + " ".join(message.split()), file=sys.stderr)
    return code


@contextmanager
def _assistant() -> "Iterator[Assistant]":
    from rag.service import Assistant

    with _progress() as progress:
        assistant = Assistant.open(load_settings(), progress)
    with closing(assistant):
        yield assistant


def _text(argument: str) -> str:
    return sys.stdin.read().strip() if argument == "-" else argument


def _show_draft(events: Iterator[Event]) -> Answer:
    """The draft as it grows, dim; it gives way to the verified answer."""
    from rich.live import Live

    draft = Text("Searching…", style="dim")
    with Live(draft, console=out, transient=True) as live:
        for event in events:
            if isinstance(event, Answer):
                return event
            if isinstance(event, Delta):
                draft = Text(event.text if draft.plain == "Searching…" else draft.plain + event.text, style="dim")
                live.update(draft)
    raise RagError("The answer was interrupted; ask again.")


def _with_markers(answer: Answer) -> str:
    from rag.answering.citations import markers

    text = answer.text
    for position, n in reversed(list(markers(answer))):
        text = f"{text[:position]} [{n}]{text[position:]}"
    return text


def _print_citation(citation: Citation) -> None:
    repeated = citation.headings[:1] == (citation.title,)
    place = " > ".join(citation.headings if repeated else (citation.title, *citation.headings))
    page = f", page {citation.page}" if citation.page else ""
    out.print(Text(f"\n[{citation.n}] {citation.document}{page} — {place}", style="bold"))
    text = Text(citation.text)
    for span in citation.highlights:
        text.stylize("bold underline" if span.weight >= 0.7 else "underline", span.start, span.end)
    out.print(text)


def _print_ingested(reports: "list[IngestReport]", as_json: bool) -> None:
    names = ("added", "replaced", "unchanged", "removed")
    totals: dict[str, Any] = {name: sum(getattr(report, name) for report in reports) for name in names}
    quarantined: list[FileReport] = [item for report in reports for item in report.quarantined]
    if as_json:
        seconds = round(sum(report.seconds for report in reports), 2)
        _print_json({**totals, "quarantined": [file_json(item) for item in quarantined], "seconds": seconds})
        return
    print(", ".join(f"{count} {name}" for name, count in totals.items()) + f", {len(quarantined)} not readable")
    for item in quarantined:
        err.print(Text(f"not read: {item.name}: {item.message}"))


def _print_verified(listing: "list[ModelInfo]", as_json: bool) -> None:
    """Whether each model's files are as they were fetched; exit code 1 where one's are not."""
    results = [(model, *_verified(model)) for model in listing]
    if as_json:
        _print_json([{**_model_json(model), "verified": verified} for model, verified, _ in results])
    for model, verified, message in results:
        if not as_json:
            out.print(Text(f"{model.name:10} {message}"))
        elif verified is False:
            err.print(Text(f"{model.name}: {message}"))
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


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
