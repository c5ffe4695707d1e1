"""`rag serve` with small real models: the page is up before the documents are read, whoever else is writing."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from rag.index.bases import WRITER_LOCK
from rag.index.catalogue import CatalogueReader
from rag.index.ingestion import writing
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
ROWS = "question,answer\n" + "".join(f"Question number {n}?,The answer is {n * 7}.\n" for n in range(6000))


@pytest.fixture(scope="module")
def models(tiny_bert: Path, tiny_gpt2: Path) -> dict[str, str]:
    """Settings of models that load at once."""
    tiny = {"RAG_EMBEDDER": str(tiny_bert), "RAG_GENERATOR": str(tiny_gpt2)}
    return {**tiny, "RAG_READER": "late-interaction", "RAG_ROUTER": "none", "RAG_CHUNK_TOKENS": "64", "RAG_CHUNK_OVERLAP": "8"}


@contextmanager
def serving(data: Path, knowledge: Path, models: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A server of its own process, from when its page can be reached; stopped as by Ctrl-C."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, **models, "RAG_DATA_DIR": str(data), "RAG_KNOWLEDGE": str(knowledge), "RAG_PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "app.py"], env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True, process_group=0
    ) as process:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, process.stderr.read() if process.stderr else ""
                time.sleep(0.2)
        yield process
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def states(data: Path) -> dict[str, str]:
    with closing(CatalogueReader.open(data / "bases" / "default")) as catalogue:
        return {file.name: file.state for file in catalogue.files()}


def until(data: Path, expected: dict[str, str]) -> None:
    for _ in range(1200):
        if states(data) == expected:
            return
        time.sleep(0.1)
    assert states(data) == expected


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_server_is_up_while_it_reads_and_goes_on_where_it_was_killed(models: dict[str, str], tmp_path: Path) -> None:
    knowledge = tmp_path / "knowledge"
    knowledge.mkdir()
    (knowledge / "a.md").write_text("# Note\n\nThe vault code is 4711.\n")
    (knowledge / "rows.csv").write_text(ROWS)
    with serving(tmp_path, knowledge, models) as process:
        until(tmp_path, {"a.md": "ready", "rows.csv": "pending"})
        process.kill()
        process.wait()
    with serving(tmp_path, knowledge, models) as process:
        assert states(tmp_path) == {"a.md": "ready", "rows.csv": "pending"}  # the page is up, and it is not done
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) in {0, 130}
    assert states(tmp_path) == {"a.md": "ready", "rows.csv": "pending"}


def test_a_server_starts_while_another_process_writes_and_reads_when_that_has_ended(
    models: dict[str, str], tmp_path: Path
) -> None:
    knowledge = tmp_path / "knowledge"
    knowledge.mkdir()
    (knowledge / "a.md").write_text("# Note\n\nThe vault code is 4711.\n")
    (tmp_path / "bases" / "default").mkdir(parents=True)
    with writing(tmp_path / "bases" / "default" / WRITER_LOCK):
        server = serving(tmp_path, knowledge, models)
        process = server.__enter__()
        time.sleep(2)
        assert states(tmp_path) == {}
    until(tmp_path, {"a.md": "ready"})
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    server.__exit__(None, None, None)
    assert "is writing to this index" in told
    assert "serving what the index holds until then" in told
