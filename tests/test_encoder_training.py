import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from rag.apps.cli.main import app
from rag.training.encoder import loss

THINGS = "return refund delivery invoice lamp bag card".split()


def test_the_loss_is_small_where_each_passage_is_nearest_to_its_question() -> None:
    questions = torch.eye(3)
    passages = torch.cat([torch.eye(3), -torch.eye(3)])
    none = torch.zeros(3, 6, dtype=torch.bool)
    assert loss(questions, passages, none) < 1e-4
    assert loss(questions, passages.roll(1, 0), none) > 10
    twice = torch.cat([torch.eye(3), torch.eye(3)[:1]])  # the first question's passage again, as another's negative
    same = torch.zeros(3, 4, dtype=torch.bool)
    assert loss(questions, twice, same) > 0.2
    same[0, 3] = True
    assert loss(questions, twice, same) < 1e-4


@pytest.fixture
def table(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    rows = []
    for n in range(48):
        thing, other = THINGS[n % len(THINGS)], THINGS[n // len(THINGS)]
        (folder / f"{n}.md").write_text(f"# {n}\n\nThe {thing} of {other} takes {n} days.\n")
        rows.append((f"How long is the {thing} of {other}?", f"{n}.md", f"takes {n} days"))
    path = tmp_path / "questions.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("question", "document", "answer"), *rows])
    return path


def test_what_the_reader_prefers_is_learnt() -> None:
    import torch

    from rag.training.encoder import distillation_loss

    question, near, far = (torch.tensor([row]) for row in ([1.0, 0.0], [0.8, 0.6], [0.6, 0.8]))
    sure, even = torch.tensor([1.0]), torch.tensor([0.5])
    # The nearer passage is the better one: little to learn if the reader says so, more if it sees no difference.
    assert distillation_loss(question, near, far, sure) < distillation_loss(question, near, far, even)
    assert distillation_loss(question, far, near, sure) > distillation_loss(question, far, near, even)


@pytest.mark.slow
@pytest.mark.parametrize(("rank", "pooling"), [(0, "mean"), (4, "cls")])
def test_a_table_of_questions_trains_an_encoder_behind_the_gate(
    table: Path, tmp_path: Path, tiny_bert: Path, monkeypatch: pytest.MonkeyPatch, rank: int, pooling: str
) -> None:
    monkeypatch.setenv("RAG_EMBEDDER", str(tiny_bert))
    monkeypatch.setenv("RAG_POOLING", pooling)
    monkeypatch.setenv("RAG_CHUNK_TOKENS", "100")
    command = ["train", "embedder", str(table), "--documents", str(table.parent / "documents"), "--base", str(tiny_bert)]
    command += ["--rank", str(rank), "--json", *(["--distil"] if rank else [])]
    result = CliRunner().invoke(app, [*command, "--learning-rate", "0"])
    assert result.exit_code == 0, result.output
    verdict = json.loads(result.stdout)
    assert {item["metric"] for item in verdict["differences"]} == {"first", "reciprocal rank", "mean"}
    assert all(np.isclose(item["a"], item["b"]) for item in verdict["differences"])  # nothing was learnt
    assert verdict["folder"] is None
    out = tmp_path / "encoder"
    result = CliRunner().invoke(app, [*command, "--learning-rate", "1e-2", "--epochs", "20", "--out", str(out)])
    assert json.loads(result.stdout)["folder"] == str(out), result.output
    result = CliRunner().invoke(app, ["similarity", "a", "b"], env={"RAG_EMBEDDER": str(out)})  # it loads as an encoder
    assert result.exit_code == 0, result.output
