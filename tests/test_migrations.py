"""Catalogues of older versions: brought up to date once, whole or not at all. tests/data/index-v1 was made by version 1."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rag.errors import StoreError
from rag.index.catalogue import CatalogueReader, CatalogueWriter, migrations
from rag.index.catalogue.database import Database
from rag.index.store import Chroma
from tests.fakes import FakeStores, load, make_ingestion

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parent.parent
MADE_IN = "/srv/footnote"  # where the data folder and the documents of tests/data/index-v1 were


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The data folder of version 1, its documents beside it and known where they are now."""
    place = tmp_path.resolve() / "old"
    shutil.copytree(DATA / "index-v1", place)
    shutil.copytree(DATA / "index-v1-knowledge", place.parent / "knowledge")
    with closing(sqlite3.connect(place / "catalogue.sqlite3")) as connection, connection:
        for id, path in connection.execute("SELECT id, path FROM files").fetchall():
            here = os.fsdecode(path).replace(f"{MADE_IN}/data", str(place)).replace(MADE_IN, str(place.parent))
            connection.execute("UPDATE files SET path = ? WHERE id = ?", (os.fsencode(here), id))
    return place


@pytest.fixture
def catalogue(old: Path) -> Iterator[CatalogueReader]:
    with closing(CatalogueReader.open(old)) as found:
        yield found


def version(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "catalogue.sqlite3")) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def schema(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "catalogue.sqlite3")) as connection:
        found = connection.execute("SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY name").fetchall()
    return [(name, " ".join(sql.split())) for name, sql in found]


def test_migration_keeps_what_version_1_knew(old: Path, catalogue: CatalogueReader) -> None:
    assert version(old) == migrations.VERSION
    (hit, _), *_ = catalogue.search("How long is the warranty?", 3)
    chunk = catalogue.chunks_by_id([hit])[hit]
    document, file = catalogue.document("warranty.txt")
    assert document.text[chunk.start : chunk.end] == chunk.text
    assert "two years" in chunk.text
    assert catalogue.languages([hit]) == {hit: "en"}
    assert (chunk.lead, chunk.blocks, chunk.marks, document.blocks) == ("", (), (), ())
    assert file.state == "ready"
    assert [one.question for one in catalogue.feedback()] == ["How long is the warranty?"]


def test_migration_keeps_the_vectors(old: Path, catalogue: CatalogueReader) -> None:
    index = catalogue.active()
    assert index is not None
    with closing(Chroma.at(old)) as chroma:
        store = chroma.open(index.collection, index.spec.metric, index.revision)
        assert store.ids() == set(CatalogueWriter(catalogue.database).chunk_ids(index))


@pytest.mark.models
def test_an_index_of_version_1_answers_by_meaning(old: Path, catalogue: CatalogueReader, default_models: Path) -> None:
    from rag.models.encoder import BertEmbedder

    index = catalogue.active()
    assert index is not None
    minilm = BertEmbedder.from_folder(default_models / "minilm", "minilm")
    with closing(Chroma.at(old)) as chroma:
        store = chroma.open(index.collection, index.spec.metric, index.revision)
        (hit, _), *_ = store.search(minilm.embed(["Which guarantee does the light have?"])[0], 2)
    assert catalogue.chunks_by_id([hit])[hit].document == "warranty.txt"


def test_migration_and_a_new_file_have_one_schema(old: Path, tmp_path: Path) -> None:
    CatalogueReader.open(old).close()
    CatalogueReader.open(tmp_path / "new").close()
    assert schema(old) == schema(tmp_path / "new")


def test_files_of_an_older_parser_are_read_again_once(old: Path) -> None:
    read: list[str] = []

    def noting(path: Path, name: str) -> tuple[object, ...]:
        read.append(name)
        return load(path, name)

    with closing(CatalogueReader.open(old)) as catalogue:
        index = catalogue.active()
        assert index is not None
        _, ingestion = make_ingestion(old, FakeStores(), spec=index.spec, catalogue=catalogue, load=noting)
        folders = [old.parent / "knowledge", old / "uploads"]
        assert (ingestion.ingest(folders).replaced, sorted(read)) == (3, ["faq.csv", "returns.md", "warranty.txt"])
        read.clear()
        assert (ingestion.ingest(folders).unchanged, read) == (3, [])


def test_uploads_are_found_in_a_folder_that_was_moved(old: Path, tmp_path: Path) -> None:
    moved = old.rename(tmp_path / "moved")
    with closing(CatalogueReader.open(moved)) as catalogue:
        paths = {file.name: path for path, file in CatalogueWriter(catalogue.database).known().items()}
    assert paths["warranty.txt"] == moved.resolve() / "uploads" / "warranty.txt"
    again = moved.rename(tmp_path / "again")
    with closing(CatalogueReader.open(again)) as catalogue:
        paths = {file.name: path for path, file in CatalogueWriter(catalogue.database).known().items()}
        assert paths["warranty.txt"] == again.resolve() / "uploads" / "warranty.txt"
        assert paths["returns.md"] == old.parent / "knowledge" / "returns.md"


def test_an_interrupted_migration_leaves_the_old_state(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = schema(old)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Database, "steps", (*migrations.STEPS, fail))
    with pytest.raises(KeyboardInterrupt):
        Database(old / "catalogue.sqlite3")
    assert (version(old), schema(old)) == (1, before)
    monkeypatch.undo()
    CatalogueReader.open(old).close()
    assert version(old) == migrations.VERSION


def test_a_killed_migration_is_made_by_the_next(old: Path) -> None:
    program = """if True:
        import os, sys
        from pathlib import Path
        from rag.index.catalogue import migrations
        from rag.index.catalogue.database import Database
        Database.steps = (*migrations.STEPS[:-1], lambda *_: os._exit(9))
        Database(Path(sys.argv[1]) / "catalogue.sqlite3")"""
    assert subprocess.run([sys.executable, "-c", program, str(old)], cwd=ROOT, check=False).returncode == 9
    assert version(old) == 1
    CatalogueReader.open(old).close()
    assert version(old) == migrations.VERSION


def test_processes_that_migrate_at_once_do_not_collide(old: Path) -> None:
    program = """if True:
        import sys
        from pathlib import Path
        from rag.index.catalogue import CatalogueReader
        print("ready", flush=True)
        sys.stdin.readline()
        print(len(CatalogueReader.open(Path(sys.argv[1])).search("warranty", 5)))"""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(old)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for run in runs:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("\n")
        run.stdin.flush()
    assert [run.communicate() for run in runs] == [("1\n", "")] * 4
    assert version(old) == migrations.VERSION


def test_a_version_to_come_is_refused_and_left_alone(old: Path) -> None:
    with closing(sqlite3.connect(old / "catalogue.sqlite3")) as connection, connection:
        connection.execute(f"PRAGMA user_version = {migrations.VERSION + 1}")
    before = schema(old)
    with pytest.raises(StoreError, match=rf"format {migrations.VERSION + 1}, this one knows {migrations.VERSION}\); upgrade"):
        CatalogueReader.open(old)
    assert schema(old) == before


def test_chinese_of_an_older_index_takes_one_form() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE chunks (id INTEGER PRIMARY KEY, title, headings, lead, text)")
        connection.execute("CREATE VIRTUAL TABLE keywords USING fts5 (context, text)")
        connection.execute("INSERT INTO chunks VALUES (1, '退貨', '[]', '', '三十天'), (2, 'Returns', '[]', '', '30 days')")
        connection.execute("INSERT INTO keywords (rowid, context, text) VALUES (1, '退貨', '三十 十天'), (2, 'as', 'it was')")
        migrations.fold_chinese(connection, Path())
        assert connection.execute("SELECT * FROM keywords ORDER BY rowid").fetchall() == [
            ("退货", "三十 十天 30"),
            ("as", "it was"),
        ]
