"""The parser process: what hangs, eats memory or crashes becomes an error, and the next file is read."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.about import About, LeftOut
from rag.errors import LoadError, RagError
from rag.loading import ParserProcess
from rag.loading.wire import pack, unpack
from rag.types import Block, Document, Mark, Section

ROOT = Path(__file__).parents[1]
FAULTS = "faults"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="memory limits are enforced on Linux only")


@pytest.fixture
def parser(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "data" / "loading"))
    with ParserProcess(FAULTS) as process:
        yield process


def parse(parser: ParserProcess, folder: Path, fault: str, seconds: float = 20) -> str:
    path = folder / f"{fault}.txt"
    path.write_text(fault)
    (document,) = parser.parse(path, path.name, seconds=seconds, memory_mb=400)
    return document.text


def pid_of(text: str) -> int:
    return int(text.split()[1])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def assert_dies(pid: int, within: float) -> None:
    end = time.monotonic() + within
    while is_alive(pid):
        assert time.monotonic() < end, f"{pid} lives on"
        time.sleep(0.02)


def test_one_child_reads_many_files(parser, tmp_path):
    assert len({pid_of(parse(parser, tmp_path, f"fine {n}")) for n in range(5)}) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "reason", "says"),
    [
        ("hang", "too slow", "more than 1.5 s"),
        ("sleep", "too slow", "more than 1.5 s"),
        pytest.param("eat", "too large", "more than 400 MB", marks=LINUX),
        ("flood", "too large", "400 MB"),
        ("crash", "damaged", "SIGSEGV"),
        ("exit", "damaged", "exit status 3"),
        ("raise", "damaged", "ZeroDivisionError: a bug in the parser"),
        ("overlap", "damaged", "sections do not cover"),
    ],
)
def test_a_fault_is_an_error_and_the_next_file_is_read(parser, tmp_path, fault, reason, says):
    parse(parser, tmp_path, "fine")
    with pytest.raises(LoadError, match=says) as caught:
        parse(parser, tmp_path, fault, seconds=1.5 if reason == "too slow" else 20)
    assert (caught.value.reason, caught.value.args[0].startswith(f"{fault}.txt")) == (reason, True)
    assert parse(parser, tmp_path, "fine")


def test_a_file_of_too_many_documents_is_refused_before_they_are_sent(parser, tmp_path):
    path = tmp_path / "fine.txt"
    path.write_text("fine")
    with pytest.raises(
        LoadError, match=r"fine\.txt has 1 rows or lines .* may give 0 passages; split it, or raise RAG_MAX_PASSAGES"
    ):
        parser.parse(path, path.name, seconds=20, memory_mb=400, most=0)
    assert parser.parse(path, path.name, seconds=20, memory_mb=400, most=1)


def test_what_a_parser_prints_is_no_reply(parser, tmp_path):
    assert parse(parser, tmp_path, "print").startswith("pid")


def test_a_child_killed_between_files_is_replaced(parser, tmp_path):
    first = pid_of(parse(parser, tmp_path, "fine"))
    os.kill(first, signal.SIGKILL)
    assert_dies(first, within=5)
    assert pid_of(parse(parser, tmp_path, "fine")) != first


def test_the_child_sees_no_secrets_and_no_heavy_modules(parser, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    seen = parse(parser, tmp_path, "fine")
    assert "HF_TOKEN" not in seen
    assert not [name for name in ("'torch'", "'gradio'", "'chromadb'", "'transformers'") if name in seen]


def test_the_child_ends_with_its_user(parser, tmp_path):
    child = pid_of(parse(parser, tmp_path, "fine"))
    parser.close()
    assert_dies(child, within=5)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["fine", "hang"])
def test_the_child_dies_when_its_parent_is_killed(tmp_path, monkeypatch, fault):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT), str(ROOT / "tests" / "data" / "loading"))))
    for name in ("fine", fault):
        (tmp_path / f"{name}.txt").write_text(name)
    code = f"""
from pathlib import Path
from rag.loading import ParserProcess
parser = ParserProcess({FAULTS!r})
for name in ("fine", {fault!r}):
    path = Path({str(tmp_path)!r}, name + ".txt")
    print(parser.parse(path, path.name, seconds=3, memory_mb=400)[0].text, flush=True)
input()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        child = pid_of(parent.stdout.readline())
        assert is_alive(child)
        time.sleep(0.3)
        parent.kill()
    assert_dies(child, within=6)


def test_threads_share_one_child(parser, tmp_path):
    def one(n: int) -> str:
        fault = "crash" if n % 5 == 0 else f"fine {n}"
        folder = tmp_path / str(n)
        folder.mkdir()
        try:
            return parse(parser, folder, fault)[:3]
        except LoadError as error:
            return error.reason

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(20))) == ["damaged" if n % 5 == 0 else "pid" for n in range(20)]


def test_a_child_that_cannot_start_names_the_command_to_see_why():
    with ParserProcess("no.such.module") as process, pytest.raises(RagError, match=r"-m rag\.loading\.child no\.such\.module"):
        process.parse(Path("a.txt"), "a.txt", seconds=1, memory_mb=400)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b'{"documents": [1]}',
        b'{"documents": [["a", "b", 3, [], [], [], [], ["","","","","","","","public"],[]]]}',
        b'{"documents": [["a", "b", "text", [], [], [], [], ["","","","","","","","public"],[]]]}',
        (
            b'{"documents": [["a", "b", "text", [[0, 5, [], null]], [[0, 4, "paragraph", 0, "", 0, []]], [[[], ""]], [],'
            b'["","","","","","","","public"],[]]]}'
        ),
        (
            b'{"documents": [["a", "b", "text", [[0, 4, [], "one"]], [[0, 4, "paragraph", 0, "", 0, []]], [[[], ""]], [],'
            b'["","","","","","","","public"],[]]]}'
        ),
        b'{"reason": "bored", "message": ""}',
        b"[" * 100_000,
    ],
)
def test_malformed_replies_are_refused(line):
    with pytest.raises(ValueError, match=r"reply|reason"):
        unpack(line)


ROW = [0, 9, "row", 0, "", 0, [3, 4, 9, 9]]
ITEM = [10, 15, "item", 0, "-", 1, []]
TABLES = [[["a", ""], "c"], [[], ""]]
LINK = [0, 1, "link", "https://x.y"]


def reply(blocks: list[object], marks: list[object], tables: object = TABLES, text: str = "a: 1; b:!\n- x y") -> bytes:
    return besides({}, [], blocks, marks, tables, text)


def besides(about, left_out, blocks=(), marks=(), tables=TABLES, text="") -> bytes:
    sections = [[0, len(text), [], None]] if text else []
    plain = ["a", "b", text, sections, blocks, tables, marks, about, left_out]
    return json.dumps({"documents": [plain]}).encode() + b"\n"


def test_blocks_and_marks_travel_whole():
    document = Document(
        "a",
        "b",
        "a: 1; 2\n- x y",
        (Section(0, 13),),
        (Block(0, 7, "row", columns=("a", ""), cells=((3, 4), (6, 7)), caption="c"), Block(8, 13, "item", 2, "-")),
        (Mark(3, 4, "link", "https://x.y"), Mark(10, 11, "code")),
        About(language="en", valid_until="2026-12-31", audience="internal"),
        (LeftOut("hidden sheets", 2, "Prices"),),
    )
    assert unpack(pack([document, document])) == (document, document)


@pytest.mark.parametrize(
    ("blocks", "marks"),
    [
        ([ROW], []),  # An item's text is left over.
        ([ITEM, ROW], []),
        ([[0, 10, "row", 0, "", 0, [3, 4, 9, 9]], ITEM], []),  # Ends with a line break.
        ([[True, 9, "row", 0, "", 0, [3, 4, 9, 9]], ITEM], []),
        ([[0, 9, "table", 0, "", 0, [3, 4, 9, 9]], ITEM], []),
        ([[0, 9, "row", -1, "", 0, [3, 4, 9, 9]], ITEM], []),
        ([[0, 9, "row", 0, "", 2, [3, 4, 9, 9]], ITEM], []),
        ([[0, 9, "row", 0, "", -1, []], ITEM], []),
        ([[0, 9, "row", 0, "", 0, [3, 4]], ITEM], []),
        ([[0, 9, "row", 0, "", 0, [3, 4, 9]], ITEM], []),
        ([[0, 9, "row", 0, "", 0, [3, 4, 2, 9]], ITEM], []),
        ([[0, 9, "row", 0, "", 0, [3, 4, 9, 10]], ITEM], []),
        ([[0, 9, "paragraph", 0, "", 0, [3, 4, 9, 9]], ITEM], []),
        ([ROW, [10, 15, "item", 0, "1.", 1, []]], []),
        ([ROW, [10, 16, "item", 0, "-", 1, []]], []),
        ([ROW, ITEM], [[0, 12, "link", "https://x.y"]]),  # In two blocks.
        ([ROW, ITEM], [[0, 1, "link", "javascript:x"]]),
        ([ROW, ITEM], [[0, 1, "link", ""]]),
        ([ROW, ITEM], [[0, 1, "strong", "https://x.y"]]),
        ([ROW, ITEM], [[0, 1, "blink", ""]]),
        ([ROW, ITEM], [[1, 3, "strong", ""], LINK]),
        ([ROW, ITEM], [[0, 0, "strong", ""]]),
        ([ROW, ITEM], [[0, 3, "strong", ""]]),  # Ends with a blank.
        ([ROW, ITEM], [[12, 16, "strong", ""]]),
    ],
)
def test_blocks_and_marks_that_do_not_fit_the_text_are_refused(blocks, marks):
    with pytest.raises(ValueError, match="malformed reply"):
        unpack(reply(blocks, marks))


def test_blocks_and_marks_that_fit_are_taken():
    (document,) = unpack(reply([ROW, ITEM], [LINK]))
    assert (document.blocks[0].cells, document.blocks[1].marker, document.marks[0].target) == (
        ((3, 4), (9, 9)),
        "-",
        "https://x.y",
    )


@pytest.mark.parametrize(
    ("about", "left_out"),
    [
        ({"audience": "everyone"}, []),
        ([], []),
        ({"owner": 1}, []),
        ({"superseded": "yes"}, []),
        ({"date": "yesterday"}, []),
        ({"price": "1"}, []),
        ({}, [["hidden sheets", 0, ""]]),
        ({}, [["jokes", 1, ""]]),
        ({}, [["hidden sheets", 1, None]]),
    ],
)
def test_what_is_known_besides_is_checked(about, left_out):
    with pytest.raises(ValueError, match="malformed reply"):
        unpack(besides(about, left_out))
