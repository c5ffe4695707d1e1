"""Paths of this machine in what a browser sends to the page: nothing is read or copied that was not uploaded."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import PROXY, Served, call, handlers, server


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def served(data: Path) -> Iterator[Served]:
    with server(data, **PROXY) as running:
        yield running


@pytest.fixture(scope="module")
def editor(served: Served) -> httpx.Client:
    return served.person("editor")


def naming(served: Served, path: str, **others: Any) -> dict[str, Any]:
    """What a browser sends to add a file, with a path of its own."""
    file = {"path": path, "meta": {"_type": "gradio.FileData"}, **others}
    number = handlers(served.app)["KnowledgePage.ingest"]
    return {"fn_index": number, "data": [[file], "", "", None], "event_data": None, "session_hash": "x", "trigger_id": None}


def kept(folder: Path, words: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]


def joined(client: httpx.Client, body: dict[str, Any]) -> int:
    return client.post("gradio_api/queue/join", json=body).status_code


def test_a_visitor_names_no_file(served: Served, data: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("the words of the canary")
    visitor = served.client(**{"X-Forwarded-For": "198.51.100.7"})
    assert joined(visitor, naming(served, str(secret))) == 401
    assert not kept(data, b"canary")


def test_a_pipe_stops_nobody(served: Served, editor: httpx.Client, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.md"
    os.mkfifo(pipe)
    for client, status in ((served.client(**{"X-Forwarded-For": "198.51.100.8"}), 401), (editor, 400)):
        assert joined(client, naming(served, str(pipe))) == status
    assert served.client().get("/health", timeout=5).status_code == 200


@pytest.mark.parametrize("others", [{}, {"url": "http://127.0.0.1/x"}, {"is_stream": True}])
def test_who_may_upload_names_only_what_was_uploaded(
    served: Served, editor: httpx.Client, data: Path, tmp_path: Path, others: dict[str, Any]
) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("the words of the canary")
    for path in (str(secret), "http://127.0.0.1:1/secret.md", "/dev/zero", "secret.md\0"):
        assert joined(editor, naming(served, path, **others)) == 400
    assert not kept(data, b"canary")


def test_a_link_in_the_folder_of_uploads_leads_nowhere_else(served: Served, editor: httpx.Client, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("the words of the canary")
    link = Path(os.environ["GRADIO_TEMP_DIR"]) / "link.md"
    link.symlink_to(secret)
    assert joined(editor, naming(served, str(link))) == 400


def test_what_was_uploaded_is_added(served: Served, editor: httpx.Client) -> None:
    answer = editor.post("gradio_api/upload", files={"files": ("returns.md", b"Returns take 30 days.", "text/markdown")})
    body = naming(served, answer.json()[0])
    said = call(editor, body["fn_index"], body["data"], session="y")[-1]
    assert said["success"], said
    assert "returns.md" in str(said["output"])
