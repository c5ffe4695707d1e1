"""A SQLite file of the program's: several that open it at once."""

import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest

from rag.database import Database
from rag.errors import StoreError
from tests.small_disk import full, small_disk


class Notes(Database):
    steps = (lambda connection, folder: connection.execute("CREATE TABLE IF NOT EXISTS note (text TEXT)"),)  # type: ignore[assignment,return-value]


def test_a_new_file_that_another_is_making_is_waited_for(tmp_path: Path) -> None:
    """SQLite itself refuses at once to begin a write-ahead log while another connection is about to write."""
    path = tmp_path / "notes.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE note (text TEXT)")
        other.execute("BEGIN IMMEDIATE")
        ending = threading.Timer(0.2, lambda: other.execute("COMMIT"))
        ending.start()
        with closing(Notes(path)) as notes:
            assert notes.read("PRAGMA journal_mode")[0][0] == "wal"
        ending.join()


def test_a_file_where_nothing_can_be_written_is_read(tmp_path: Path) -> None:
    try:
        with small_disk() as folder:
            with closing(Notes(folder / "notes.sqlite3")) as notes, notes.write() as connection:
                connection.execute("INSERT INTO note VALUES ('one')")
            subprocess.run(["mount", "-o", "remount,ro", folder], check=True, capture_output=True)
            with closing(Notes(folder / "notes.sqlite3")) as notes:
                assert notes.only_read
                assert [row["text"] for row in notes.read("SELECT * FROM note")] == ["one"]
                with pytest.raises(StoreError, match="cannot be opened"), notes.write():
                    pass
            with pytest.raises(StoreError, match="cannot be opened"):
                Notes(folder / "another.sqlite3")
            subprocess.run(["mount", "-o", "remount,rw", folder], check=True, capture_output=True)
            with full(folder, 0), closing(Notes(folder / "notes.sqlite3")) as notes:
                assert [row["text"] for row in notes.read("SELECT * FROM note")] == ["one"]
                with pytest.raises(StoreError, match="the disk is full"), notes.write():
                    pass
            with closing(Notes(folder / "notes.sqlite3")) as notes, notes.write() as connection:
                connection.execute("INSERT INTO note VALUES ('two')")
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system may be mounted here: {error}")


def test_a_new_file_is_opened_by_many_at_once(tmp_path: Path) -> None:
    together, problems = threading.Barrier(8), list[Exception]()

    def add() -> None:
        together.wait()
        try:
            with closing(Notes(tmp_path / "notes.sqlite3")) as notes, notes.write() as connection:
                connection.execute("INSERT INTO note VALUES ('one')")
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with closing(Notes(tmp_path / "notes.sqlite3")) as notes:
        assert (problems, len(notes.read("SELECT * FROM note"))) == ([], 8)
