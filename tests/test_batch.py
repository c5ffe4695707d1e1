"""`rag ask --batch`: lines in, lines out, whatever is wrong with one of them. The assistant is any callable that answers."""

import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.apps.cli import batch
from rag.apps.json_format import answer_json
from rag.errors import RagError
from rag.types import Answer, Block, Mark, Turn


def quiet(done: int, total: int, what: str) -> None:
    pass


def answer(question: str, history: Sequence[Turn] = ()) -> Answer:
    """Says what it was asked, and after what."""
    if "fails" in question:
        raise RagError("the model gave up; ask again")
    if "bug" in question:
        raise ValueError("an error nobody planned")
    told = "; ".join(f"{asked} -> {said}" for asked, said in history)
    text = f"{question} ({told})"
    block = Block(0, len(text), "row", columns=("Country",), cells=((0, 1),), caption="Rates")
    marks = (Mark(0, 1, "link", "https://example.org"),)
    return Answer(question, question, text, "answered", 0.5, (), (), blocks=(block,), marks=marks)


Run = Callable[..., tuple[bool, list[dict[str, object]], list[str]]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """(whether all went well, the lines written, the problems reported) of a file's content."""

    def run(content: bytes) -> tuple[bool, list[dict[str, object]], list[str]]:
        path, problems = tmp_path / "asked.jsonl", list[str]()
        path.write_bytes(content)
        complete = batch.answer_all(str(path), answer, problems.append, quiet)
        written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return complete, written, [problem.replace(str(path), "asked.jsonl") for problem in problems]

    return run


def line(id: object, *turns: str) -> bytes:
    return json.dumps({"id": id, "turns": turns}).encode() + b"\n"


def test_batch_answers_each_line_in_order_with_its_history(run: Run) -> None:
    complete, written, problems = run(line("b", "hi", "price?", "and 退货?") + b"\n" + line(7, "lamp?"))
    assert (complete, problems) == (True, [])
    assert [(item["id"], item["turns"]) for item in written] == [("b", ["hi", "price?", "and 退货?"]), (7, ["lamp?"])]
    said = "and 退货? (hi -> hi (); price? -> price? (hi -> hi ()))"
    assert written[0]["output"] == answer_json(answer("and 退货?", [("hi", "hi ()"), ("price?", "price? (hi -> hi ())")]))
    assert written[0]["output"]["answer"] == said
    assert written[1]["output"]["answer"] == "lamp? ()"


def test_batch_output_carries_the_structure_of_the_answer(run: Run) -> None:
    (written,) = run(line("a", "x"))[1]
    (block,), (mark,) = written["output"]["blocks"], written["output"]["marks"]
    assert block == {
        "start": 0,
        "end": 4,
        "kind": "row",
        "level": 0,
        "marker": "",
        "columns": ["Country"],
        "cells": [[0, 1]],
        "caption": "Rates",
    }
    assert mark == {"start": 0, "end": 1, "kind": "link", "target": "https://example.org"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{oh no\n", "is not JSON: '{oh no'."),
        (b"[" * 100_000 + b"\n", "is not JSON: '[[["),
        (b'{"id": "a\xff"}\n', 'is not UTF-8 (byte 9): b\'{"id": "a\\xff"}'),
        (b"[1, 2]\n", "is no object with id and turns: [1, 2]."),
        (b'{"turns": ["x"]}\n', "has no id: {'turns': ['x']}."),
        (b'{"id": null, "turns": ["x"]}\n', "has the id None, not a text or number."),
        (b'{"id": "", "turns": ["x"]}\n', "has the id '', not a text or number."),
        (b'{"id": "a"}\n', "has no turns: {'id': 'a'}."),
        (b'{"id": "a", "turns": []}\n', "has the turns [], not a list of at least one message."),
        (b'{"id": "a", "turns": "hello"}\n', "has the turns 'hello', not a list of at least one message."),
        (b'{"id": "a", "turns": ["x", 3]}\n', "has the turns ['x', 3], not a list"),
        (b'{"id": "a", "turns": ["x", " "]}\n', "has the turns ['x', ' '], not a list"),
        (
            b'{"id": "a", "turns": ["\\ud800"]}\n',
            "holds half a character, which no text can: {'id': 'a', ",
        ),
        (b'{"id": "a\\u001b[31m", "turns": 0}\n', "has the turns 0, not a list"),
        (b'{"id": "a", "turns": ["ok", "fails"]}\n', "was not answered: the model gave up; ask again"),
        (b'{"id": "a", "turns": ["bug", "ok"]}\n', "was not answered: ValueError: an error nobody planned"),
    ],
)
def test_batch_reports_a_bad_line_with_its_number_and_goes_on(run: Run, content: bytes, message: str) -> None:
    complete, written, problems = run(line("first", "x") + b"\n" + content + line("last", "y"))
    assert not complete
    assert [item["id"] for item in written] == ["first", "last"]
    (problem,) = problems
    assert problem.startswith(f"asked.jsonl line 3 {message}")
    assert len(problem) < 200


def test_batch_reads_a_file_with_a_byte_order_mark_and_without_a_last_line_feed(run: Run) -> None:
    complete, written, _ = run(b"\xef\xbb\xbf" + line("a", "x") + line("b", "y").rstrip())
    assert (complete, [item["id"] for item in written]) == (True, ["a", "b"])


def test_batch_writes_each_line_before_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that asks on standard input waits for the answer before it asks again."""
    flushed: list[str] = []

    class Out(io.StringIO):
        def flush(self) -> None:
            flushed.append(self.getvalue())

    class In:
        @property
        def buffer(self) -> Iterator[bytes]:
            yield line("a", "x")
            assert json.loads(flushed[-1])["id"] == "a"
            yield line("b", "y")

    monkeypatch.setattr(sys, "stdin", In())
    monkeypatch.setattr(sys, "stdout", Out())
    assert batch.answer_all("-", answer, pytest.fail, quiet)
    assert [json.loads(text)["id"] for text in flushed[-1].splitlines()] == ["a", "b"]


def test_batch_names_a_file_that_does_not_exist() -> None:
    with pytest.raises(RagError, match=r"--batch is nowhere\.jsonl, which is no file"):
        batch.answer_all("nowhere.jsonl", answer, pytest.fail, quiet)


def test_batch_shows_how_far_it_is(tmp_path: Path) -> None:
    (tmp_path / "asked.jsonl").write_bytes(line("a", "x") + b"\n" + line("b", "y"))
    seen: list[tuple[int, int, str]] = []
    batch.answer_all(str(tmp_path / "asked.jsonl"), answer, pytest.fail, lambda *step: seen.append(step))
    assert seen == [(0, 2, "line 1"), (1, 2, "line 3")]


@given(st.binary(max_size=60).filter(lambda content: b"\n" not in content))
def test_batch_takes_any_bytes_for_a_line(content: bytes) -> None:
    problem = ""
    try:
        assert batch.conversation(content).turns
    except RagError as error:
        problem = str(error)
    assert not problem or problem.isprintable()
