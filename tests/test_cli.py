import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from rag.about import About
from rag.apps.cli.main import main
from rag.models.files.conversion import CONVERSION
from rag.models.files.sources import KNOWN
from tests.conftest import ROOT

POLICY = "# Returns\n\n## Deadline\n\nYou may return any item within 30 days of delivery. Sale items: within 14 days.\n"


@dataclass
class Result:
    returncode: int
    stdout: str
    stderr: str


Rag = Callable[..., Result]


@pytest.fixture
def rag(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rag:
    """Runs the command's entry point in this process: every start of a fresh one costs seconds of imports."""

    def run(data: Path, *arguments: str, stdin: str = "", **environment: str) -> Result:
        with monkeypatch.context() as patch:
            for name, value in {"RAG_DATA_DIR": str(data), **environment}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["rag", *arguments])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            capsys.readouterr()
            with pytest.raises(SystemExit) as exit_info:
                main()
        return Result(int(exit_info.value.code or 0), *capsys.readouterr())

    return run


def one_line_error(result: Result, code: int) -> str:
    assert result.returncode == code
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ingest"], "rag: Nothing to ingest: name files or folders"),
        (["ingest", "nowhere"], "rag: nowhere does not exist"),
        (["ask", "--batch", "a" * 300, "--json"], "File name too long"),
        (["documents", "show", "none.md"], "none.md"),
        (["ask"], "rag: There is no question"),
        (["ask", "why?", "--batch", "asked.jsonl", "--json"], "Both a question, 'why?', and --batch asked.jsonl are given"),
        (["ask", "--batch", "asked.jsonl"], "--batch writes JSON lines: add --json"),
    ],
)
def test_an_error_is_one_line_and_exit_code_1(rag: Rag, tmp_path: Path, arguments: list[str], message: str) -> None:
    assert message in one_line_error(rag(tmp_path, *arguments), 1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("keys add shop --per-minute", 1),
        ("keys add shop --days", 1),
        ("widgets add Shop --site https://shop.example --per-day", 1),
        ("widgets add Shop --site https://shop.example --per-minute", 1),
        ("documents delete --id", 1),
        ("desk hooks remove", 1),
        ("gaps -n", 2),
        ("privacy audit -n", 2),
        ("privacy erase --yes --older-than", 2),
        ("serve --port", 1),
    ],
)
def test_a_number_that_is_too_large_is_one_line(rag: Rag, tmp_path: Path, arguments: str, code: int) -> None:
    assert rag(tmp_path, "bases", "create", "default").returncode == 0
    assert one_line_error(rag(tmp_path, *arguments.split(), "9" * 23), code)


def test_a_wrong_option_is_one_line_and_exit_code_2(rag: Rag, tmp_path: Path) -> None:
    assert "--nonsense" in one_line_error(rag(tmp_path, "search", "x", "--nonsense"), 2)


def test_a_bad_setting_is_one_line(rag: Rag, tmp_path: Path) -> None:
    assert "RAG_TOP_K is 'many'" in one_line_error(rag(tmp_path, "documents", "list", RAG_TOP_K="many"), 1)


@pytest.mark.parametrize("closed", ["stdin", "stdout", "stderr"])
def test_a_closed_stream_is_empty_or_goes_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, closed: str) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(sys, closed, None)
    with pytest.raises(SystemExit) as exit_info:
        main(["documents", "list"])
    stream = getattr(sys, closed)
    assert exit_info.value.code == 0
    assert stream.read() == "" if closed == "stdin" else stream.write("x") == 1
    stream.close()


def test_bases_list_tells_a_damaged_base_and_shows_the_others(rag: Rag, tmp_path: Path) -> None:
    rag(tmp_path, "bases", "create", "whole")
    (tmp_path / "bases" / "broken").mkdir()
    (tmp_path / "bases" / "broken" / "catalogue.sqlite3").write_bytes(b"no database" * 1000)
    result = rag(tmp_path, "bases", "list", "--json")
    assert (result.returncode, [base["base"] for base in json.loads(result.stdout)]) == (1, ["default", "whole"])
    (problem,) = result.stderr.splitlines()
    assert "broken" in problem
    assert "not a database" in problem


def test_an_empty_index_lists_nothing(rag: Rag, tmp_path: Path) -> None:
    result = rag(tmp_path, "documents", "list", "--json")
    assert (result.returncode, json.loads(result.stdout)) == (0, [])


def test_help_names_every_command(rag: Rag, tmp_path: Path) -> None:
    help_text = rag(tmp_path, "--help").stdout
    assert all(name in help_text for name in ("ingest", "documents", "search", "ask", "similarity", "serve", "models"))


def test_models_are_verified_against_their_checksums(rag: Rag, tmp_path: Path) -> None:
    weights = tmp_path / "minilm" / "model.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"whole")
    files = {weights.name: {"size": 5, "sha256": hashlib.sha256(b"whole").hexdigest()}}
    manifest = {"wheel_sha256": KNOWN["minilm"].sha256, "conversion": CONVERSION, "files": files}
    (weights.parent / "manifest.json").write_text(json.dumps(manifest))

    def verified(*arguments: str) -> Result:
        return rag(tmp_path, "models", "list", "--verify", *arguments, RAG_MODELS_DIR=str(tmp_path))

    whole = verified()
    assert (whole.returncode, [line.split(maxsplit=1) for line in whole.stdout.splitlines()]) == (
        0,
        [["e5", "not fetched"], ["minilm", "verified"], ["mpnet", "not fetched"], ["smollm2", "not fetched"]],
    )
    assert [model["verified"] for model in json.loads(verified("--json").stdout)] == [None, True, None, None]

    weights.write_bytes(b"while")
    changed = verified()
    assert (changed.returncode, changed.stderr) == (1, "")
    assert f"minilm     {weights} has sha256 " in changed.stdout.splitlines()[1]
    as_json = verified("--json")
    assert (as_json.returncode, [model["verified"] for model in json.loads(as_json.stdout)]) == (1, [None, False, None, None])
    assert "rag models pull minilm" in as_json.stderr

    weights.write_bytes(b"half")  # of another size: neither ready nor absent
    assert verified().returncode == 1


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, default_models: Path) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "returns").mkdir()
    (folder / "returns" / "policy.md").write_text(POLICY)
    (folder / "lamps.md").write_text("# Lamps\n\nThe Corrie lamp burns for 30 hours on its lowest setting.\n")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    data = tmp_path_factory.mktemp("data")
    # A process of its own, as a person starts it: nothing but JSON on standard output, no traceback or warning beside it.
    command = [sys.executable, "-m", "rag", "ingest", str(folder), "--json"]
    environment = {**os.environ, "RAG_DATA_DIR": str(data)}
    result = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=300, check=False)
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert (report["added"], report["quarantined"][0]["document"]) == (2, "broken.pdf")
    assert result.stderr == ""
    return data


@pytest.mark.models
def test_ask_prints_the_promised_json(rag: Rag, data: Path) -> None:
    result = rag(data, "ask", "Within how many days may I return an item?", "--json")
    assert result.returncode == 0, result.stderr
    value = json.loads(result.stdout)
    promised = {"question", "answer", "status", "confidence", "citations", "support", "timings_ms", "models"}
    assert promised <= set(value)
    citation = value["citations"][0]
    promised = {
        "n",
        "document",
        "title",
        "headings",
        "page",
        "start",
        "end",
        "text",
        "score",
        "highlights",
        "answer_span",
        "blocks",
        "marks",
        "date",
        "about",
    }
    assert set(citation) == promised
    assert set(citation["about"]) == {field.name for field in fields(About)}
    assert citation["document"] == "returns/policy.md"
    shown = json.loads(rag(data, "documents", "show", "returns/policy.md", "--json").stdout)
    assert shown["state"] == "ready"
    assert shown["text"][citation["start"] : citation["end"]] == citation["text"]
    assert "30" in value["answer"]


@pytest.mark.models
def test_a_question_may_come_from_standard_input(rag: Rag, data: Path) -> None:
    result = rag(data, "ask", "-", stdin="How long does the Corrie lamp burn?\n")
    assert result.returncode == 0, result.stderr
    assert "[1]" in result.stdout
    assert "lamps.md" in result.stdout


@pytest.mark.models
def test_ask_batch_answers_conversations_from_standard_input_and_tells_a_bad_line(rag: Rag, data: Path) -> None:
    turns = ["How long does the Corrie lamp burn?", "Within how many days may I return an item?"]
    asked = json.dumps({"id": "a", "turns": turns}) + "\nnonsense\n" + json.dumps({"id": "b", "turns": turns[:1]})
    result = rag(data, "ask", "--batch", "-", "--json", stdin=asked)
    told = [line for line in result.stderr.splitlines() if not line.startswith("line ")]  # how far it is, where that takes time
    assert (result.returncode, told) == (1, ["rag: standard input line 2 is not JSON: 'nonsense'."])
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["id"], first["turns"], second["id"]) == ("a", turns, "b")
    assert first["output"]["question"] == turns[1]
    assert first["output"]["citations"][0]["document"] == "returns/policy.md"
    alone = json.loads(rag(data, "ask", turns[0], "--json").stdout)
    assert {**second["output"], "timings_ms": 0} == {**alone, "timings_ms": 0}


@pytest.mark.models
def test_off_topic_is_refused(rag: Rag, data: Path) -> None:
    value = json.loads(rag(data, "ask", "Who painted the Mona Lisa?", "--json").stdout)
    assert (value["status"], value["citations"]) == ("refused", [])


@pytest.mark.models
def test_search_and_filters(rag: Rag, data: Path) -> None:
    value = json.loads(rag(data, "search", "return deadline", "-k", "3", "--folder", "returns", "--json").stdout)
    assert {passage["document"] for passage in value["passages"]} == {"returns/policy.md"}
    assert "nowhere" in one_line_error(rag(data, "search", "x", "--document", "nowhere.md"), 1)


@pytest.mark.models
def test_similarity_of_a_text_with_itself_is_one(rag: Rag, data: Path) -> None:
    assert rag(data, "similarity", "a lamp", "a lamp").stdout.strip() == "1.0000"
    near, far = (
        json.loads(rag(data, "similarity", "a lamp", text, "--json").stdout)["similarity"] for text in ("a light", "tax law")
    )
    assert 1 > near > far


@pytest.mark.models
def test_list_delete_and_retry(rag: Rag, data: Path) -> None:
    states = {item["document"]: item["state"] for item in json.loads(rag(data, "documents", "list", "--json").stdout)}
    assert states == {"broken.pdf": "quarantined", "lamps.md": "ready", "returns/policy.md": "ready"}
    assert rag(data, "documents", "delete", "lamps.md").returncode == 0
    assert "lamps.md" in one_line_error(rag(data, "documents", "show", "lamps.md"), 1)
    assert json.loads(rag(data, "documents", "retry", "--json").stdout)["quarantined"][0]["document"] == "broken.pdf"
    assert rag(data, "documents", "retry", "lamps.md").returncode == 0
    assert rag(data, "documents", "show", "lamps.md").returncode == 0


@pytest.mark.models
def test_one_of_two_files_of_a_name_is_deleted_by_its_number(rag: Rag, data: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "lamps.md").write_text("# Lamps\n\nOther lamps.\n")
    ingested = json.loads(rag(data, "ingest", str(tmp_path / "more"), "--json").stdout)
    (second,) = ingested["quarantined"]
    assert (second["reason"], second["path"]) == ("name taken", str(tmp_path / "more" / "lamps.md"))
    message = one_line_error(rag(data, "documents", "delete", "lamps.md"), 1)
    assert "2 files are named 'lamps.md': " in message
    assert f"{second['id']} is {second['path']}" in message
    assert rag(data, "documents", "delete", "--id", str(second["id"])).stderr == "deleted lamps.md\n"
    assert rag(data, "documents", "show", "lamps.md").returncode == 0
    assert "Nothing to delete" in one_line_error(rag(data, "documents", "delete"), 1)


@pytest.mark.models
def test_what_was_left_out_is_told_by_ingest_list_and_show(rag: Rag, tmp_path: Path) -> None:
    (tmp_path / "faq.csv").write_text("question,answer\nWhy?,\nWhen?,Tomorrow.\n")
    ingested = rag(tmp_path / "data", "ingest", str(tmp_path / "faq.csv"))
    assert ingested.stderr == "not read of faq.csv: 1 row without an answer (row 2)\n"
    (file,) = json.loads(rag(tmp_path / "data", "documents", "list", "--json").stdout)
    assert file["left_out"] == [{"kind": "rows without an answer", "count": 1, "where": "row 2"}]
    assert "not read: 1 row without an answer (row 2)" in rag(tmp_path / "data", "documents", "list").stdout
    assert "1 row without an answer" in rag(tmp_path / "data", "documents", "show", "faq.csv#row=3").stderr
    again = json.loads(rag(tmp_path / "data", "documents", "retry", "faq.csv", "--json").stdout)
    assert (again["replaced"], [item["document"] for item in again["incomplete"]], again["stopped"]) == (1, ["faq.csv"], False)


@pytest.mark.models
@pytest.mark.slow
def test_ctrl_c_ends_an_ingestion_with_a_line_and_the_next_goes_on(rag: Rag, tmp_path: Path) -> None:
    rows = "".join(f"Question number {n}?,The answer is {n * 7}.\n" for n in range(6000))
    (tmp_path / "rows.csv").write_text(f"question,answer\n{rows}")
    command = [sys.executable, "-m", "rag", "ingest", str(tmp_path / "rows.csv")]
    environment = {**os.environ, "RAG_DATA_DIR": str(tmp_path / "data")}
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    ) as process:
        for _ in range(600):
            time.sleep(0.1)
            if "rows.csv" in rag(tmp_path / "data", "documents", "list").stdout:
                break
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "0 added, 0 replaced, 0 unchanged, 0 removed, 0 not readable\n")
    assert "interrupted before 1 file; what was read is kept, and the next `rag ingest` goes on" in told
    assert [file["state"] for file in json.loads(rag(tmp_path / "data", "documents", "list", "--json").stdout)] == ["pending"]
    assert rag(tmp_path / "data", "documents", "delete", "rows.csv").returncode == 0


@pytest.mark.models
def test_a_changed_setting_names_the_command_to_run(rag: Rag, data: Path) -> None:
    message = one_line_error(rag(data, "ask", "Return?", RAG_CHUNK_TOKENS="96"), 1)
    assert "rag ingest --rebuild" in message


@pytest.mark.models
def test_models_are_listed_and_found(rag: Rag, data: Path) -> None:
    listed = json.loads(rag(data, "models", "list", "--json").stdout)
    ready = {model["name"]: model["ready"] for model in listed}
    assert set(ready) == {"e5", "minilm", "mpnet", "smollm2"}
    assert ready["minilm"]
    assert ready["smollm2"]
    assert Path(rag(data, "models", "path", "minilm").stdout.strip()).is_dir()


@pytest.mark.models
def test_staff_documents_are_marked_shown_and_kept_from_visitors(rag: Rag, tmp_path: Path, default_models: Path) -> None:
    folder, own = tmp_path / "documents", tmp_path / "data"
    folder.mkdir()
    text = "# Goodwill\n\nVersion 3, valid from 1 March 2026.\n\nAn agent may give 40 pounds.\n"
    (folder / "goodwill.md").write_text(text, "utf-8")
    (folder / "orders.md").write_text("# Orders\n\nYou can order by telephone.\n", "utf-8")
    assert rag(own, "ingest", str(folder / "goodwill.md"), "--audience", "internal").returncode == 0
    assert rag(own, "ingest", str(folder)).returncode == 0
    listed = rag(own, "documents", "list").stdout.splitlines()
    assert [line.endswith("staff only") for line in listed] == [True, False]
    assert [file["audience"] for file in json.loads(rag(own, "documents", "list", "--json").stdout)] == ["internal", "public"]
    shown = rag(own, "documents", "show", "goodwill.md")
    assert "valid from: 2026-03-01\n" in shown.stderr
    assert "40 pounds" in shown.stdout
    for command in (["ask"], ["search"], ["ask", "--json"], ["search", "--json"]):
        asked = rag(own, command[0], "How much goodwill may an agent give?", *command[1:])
        assert asked.returncode == 0
        assert "40" not in asked.stdout
        assert "goodwill.md" not in asked.stdout
        staff = rag(own, command[0], "How much goodwill may an agent give?", *command[1:], RAG_AUDIENCE="internal")
        assert "40 pounds" in staff.stdout
        assert "2026" in staff.stdout
    hidden = rag(own, "ask", "How much?", "--document", "goodwill.md")
    assert one_line_error(hidden, 1).startswith("rag: no document or folder is named 'goodwill.md'")
