"""The steps of the Dockerfile without an engine: what is copied, what it starts, how its health is told, how it ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from fnmatch import fnmatch
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow
TINY = {"RAG_READER": "late-interaction", "RAG_ROUTER": "none", "RAG_CHUNK_TOKENS": "64", "RAG_CHUNK_OVERLAP": "8"}


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the file with what follows it, on one line."""
    lines = [line for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines() if line and not line.startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ")
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in whole.splitlines())]


def of(word: str) -> list[str]:
    return [rest for found, rest in instructions() if found == word]


def copied() -> list[tuple[str, str]]:
    """(source, target) of each COPY."""
    parts = [[part for part in rest.split() if not part.startswith("--")] for rest in of("COPY")]
    return [(source, target) for *sources, target in parts for source in sources]


def run_in_order(word: str) -> int:
    """The place of the first instruction that begins so."""
    return next(n for n, (found, rest) in enumerate(instructions()) if f"{found} {rest}".startswith(word))


def test_what_is_copied_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    for source, _ in copied():
        assert (ROOT / source).exists(), source
        assert not [pattern for pattern in ignored if fnmatch(source.split("/")[0], pattern)], source
    assert {"rag", "app.py", "knowledge", "requirements.txt"} <= {source for source, _ in copied()}


def test_packages_and_weights_come_before_what_changes_more_often() -> None:
    """So that another page of knowledge does not have 1 GB fetched again."""
    order = ("COPY --chown=user requirements.txt", "RUN pip install", "COPY --chown=user rag", "RUN python -m rag models pull")
    places = [run_in_order(word) for word in (*order, "COPY --chown=user app.py")]
    assert places == sorted(places)
    assert run_in_order("USER 1000") < places[0]


def test_it_serves_as_started_tells_its_health_and_ends(tiny_bert: Path, tiny_gpt2: Path, tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    for source, target in copied():
        (app / target).joinpath("" if target != "./" else Path(source).name).symlink_to(ROOT / source)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = dict(re.findall(r"(\w+)=(\S+)", " ".join(of("ENV"))))
    assert said["RAG_HOST"] == "0.0.0.0"
    models = {**TINY, "RAG_EMBEDDER": str(tiny_bert), "RAG_GENERATOR": str(tiny_gpt2)}
    own = {"RAG_PORT": str(port), "RAG_DATA_DIR": str(tmp_path / "data"), "RAG_KNOWLEDGE": "none"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAG_", "GRADIO_"))}
    environment = {**kept, **said, **models, **own, "PATH": os.environ["PATH"]}
    (command,), (health,) = of("CMD")[-1:], of("HEALTHCHECK")
    check = [sys.executable, *json.loads(health.partition("CMD")[2])[1:]]

    def is_healthy() -> bool:
        return subprocess.run(check, env=environment, capture_output=True, check=False).returncode == 0

    assert not is_healthy()
    started = [sys.executable, *json.loads(command)[1:]]
    with ExitStack() as at_end:
        process = at_end.enter_context(
            subprocess.Popen(started, env=environment, cwd=app, stdout=subprocess.PIPE, text=True, process_group=0)
        )
        at_end.callback(process.kill)
        assert process.stdout
        told = [process.stdout.readline() for _ in range(4)]  # in the log, for who hosts it
        assert f":{port}/" in told[0]
        assert "/setup?token=" in told[3]
        until = time.monotonic() + 60
        while not is_healthy():
            assert time.monotonic() < until
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            assert client.get("/ready").json() == {"status": "ok"}
            assert client.post("/gradio_api/upload").status_code == 401  # others reach it, so that visitors may only ask
        process.send_signal(getattr(signal, of("STOPSIGNAL")[0]))
        assert process.wait(60) in {0, 130}
