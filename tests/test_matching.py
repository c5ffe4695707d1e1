import csv
import json
import random
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from rag.apps.cli.main import app
from rag.config import load_settings
from rag.errors import ModelError, RagError
from rag.models.matcher import Matcher
from rag.service import Assistant
from rag.training.matcher import read_pairs

THINGS = "return refund delivery invoice lamp bag card".split()


def pairs(count: int) -> list[tuple[str, str, int]]:
    """Texts match if they ask for the same thing: its place among the others differs."""
    rng = random.Random(1)
    made = []
    for n in range(count):
        one, other, third = rng.sample(THINGS, 3)
        same = n % 2
        made.append((f"where is the {one} ?", f"the {one if same else other} not the days {third if n % 3 else ''}", same))
    return made


def write(path: Path, rows: list[tuple[str, str, int]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("a", "b", "label"), *rows])
    return path


def run(*arguments: object) -> object:
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.mark.slow
def test_a_matcher_is_trained_beside_the_cosine_and_used_by_similarity(tiny_bert: Path, tmp_path: Path) -> None:
    table = write(tmp_path / "pairs.csv", pairs(600))
    options = ("--base", tiny_bert, "--learning-rate", "3e-3", "--epochs", "12", "--json")
    result = run("train", "matcher", table, *options)
    assert result.exit_code == 0, result.output  # type: ignore[attr-defined]
    said = json.loads(result.stdout)  # type: ignore[attr-defined]
    assert {item["metric"] for item in said["differences"]} == {"accuracy", "F1", "AUC", "mean"}
    assert said["folder"], said
    assert list((load_settings().data_dir / "matcher" / "logs").rglob("events.*"))  # for TensorBoard
    result = run("similarity", "where is the lamp ?", "the lamp not the days bag", "--matcher", "trained", "--json")
    value = json.loads(result.stdout)  # type: ignore[attr-defined]
    assert value["metric"] == "match"
    assert 0 <= value["similarity"] <= 1
    faq = tmp_path / "faq.csv"
    faq.write_text("question,answer\nwhere is the lamp ?,the lamp is on the table\nis the days bag not ?,no\n")
    options = {"embedder": str(tiny_bert), "chunk_tokens": 100, "matcher": "trained", "reader": "late-interaction"}
    with closing(Assistant.open(load_settings(options))) as assistant:
        assistant.ingest([faq])
        found = {item.document: item.score for item in assistant.search("where is the lamp ?", 2)}
        asked = "where is the lamp ?"
        assert found["faq.csv#row=2"] >= round(float(Matcher.from_folder(Path(said["folder"])).match([(asked, asked)])[0]), 3)
    matcher = Matcher.from_folder(Path(said["folder"]))
    many = matcher.match([(a, b) for a, b, _ in pairs(40)])
    alone = np.array([matcher.match([(a, b)])[0] for a, b, _ in pairs(40)])
    assert np.allclose(many, alone, atol=1e-4)
    assert matcher.match([("", ""), ("x" * 5000, "\ud800")]).shape == (2,)


def test_what_is_not_better_is_not_used_and_other_folders_are_left_alone(tiny_bert: Path, tmp_path: Path) -> None:
    table = write(tmp_path / "pairs.csv", pairs(200))
    result = run("train", "matcher", table, "--base", tiny_bert, "--learning-rate", "0", "--json")
    assert json.loads(result.stdout)["folder"] is None, result.output  # type: ignore[attr-defined]
    result = run("train", "matcher", table, "--base", tiny_bert, "--out", tmp_path)
    assert result.exit_code == 1  # type: ignore[attr-defined]
    assert "give another folder" in str(result.exception)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("a", "b", 2)], "line 2 has the label '2'"),
        ([("a", "", 1)], "line 2 has an empty text"),
        ([("a", "b", 1)], "has 1 pairs; training needs at least 80"),
        ([("a", "b", 1)] * 90, "only pairs with the label 1"),
    ],
)
def test_pairs_that_cannot_be_learnt_from_are_named(tmp_path: Path, rows: list[tuple[str, str, int]], message: str) -> None:
    with pytest.raises(RagError, match=message):
        read_pairs(write(tmp_path / "pairs.csv", rows))


def test_an_encoder_is_no_matcher(tiny_bert: Path, tmp_path: Path) -> None:
    for folder in (tiny_bert, tmp_path):
        with pytest.raises(ModelError, match="no matcher that `rag train matcher` wrote"):
            Matcher.from_folder(folder)
