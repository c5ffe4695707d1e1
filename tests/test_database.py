"""A SQLite file of the program's: several that open it at once."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from rag.database import Database


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
