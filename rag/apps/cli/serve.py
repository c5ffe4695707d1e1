"""`rag serve`: the knowledge folder into the index, and the page over it."""

from contextlib import closing
from typing import Annotated

import typer

from rag.apps.cli.printing import err, plain
from rag.apps.cli.progress import progress_bar
from rag.config import Settings, load_settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address; RAG_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; RAG_PORT.")] = None,
) -> None:
    """Read the knowledge folder and serve the chat page."""
    overrides = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    run(load_settings(overrides))


def run(settings: Settings) -> None:
    """Open the assistant, bring the index up to date with the knowledge folder, and serve the page until interrupted."""
    from rag.apps.page import launch
    from rag.service import Assistant

    with progress_bar() as progress:
        assistant = Assistant.open(settings, progress)
        if settings.knowledge.is_dir():
            for report in assistant.ingest([settings.knowledge], progress).quarantined:
                err.print(plain(f"not read: {report.name}: {report.message}"))
        else:
            err.print(plain(f"RAG_KNOWLEDGE is {settings.knowledge}, which is no folder; serving what the index holds."))
        progress(0, 1, f"Loading {settings.generator}")
        assistant.warm_up()
    with closing(assistant):
        launch(assistant)
