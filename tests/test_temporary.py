"""The folder of what is uploaded: private, of one process, and gone with it."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.conftest import ROOT

HOLD = """
    import sys
    from pathlib import Path
    from rag.apps.temporary import use_temporary_folder
    folder = use_temporary_folder(Path(sys.argv[1]))
    (folder / "upload.txt").write_text("secret")
    print(folder, flush=True)
    sys.stdin.read()
"""


def hold(data: Path, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(HOLD), str(data)]
    kept = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"}
    return subprocess.Popen(command, cwd=ROOT, env=kept | environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def folder_of(process: subprocess.Popen[str]) -> Path:
    assert process.stdout
    return Path(process.stdout.readline().strip())


@pytest.mark.slow
def test_the_folder_is_private_and_emptied_at_the_end_or_by_the_next_start(tmp_path: Path) -> None:
    with hold(tmp_path) as killed, hold(tmp_path) as living:
        left, used = folder_of(killed), folder_of(living)
        assert left.parent == used.parent == tmp_path / "temporary"
        assert used.stat().st_mode & 0o077 == 0
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert (left / "upload.txt").exists()
        with hold(tmp_path) as third:
            assert folder_of(third).is_dir()
            assert not left.exists()
            assert (used / "upload.txt").exists()  # of one that still runs
            third.communicate("")
        living.communicate("")
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.slow
def test_a_folder_that_a_person_names_is_left_to_them(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with hold(tmp_path / "data", GRADIO_TEMP_DIR=str(tmp_path / "mine")) as process:
        assert folder_of(process) == tmp_path / "mine"
        process.communicate("")
    assert (tmp_path / "mine" / "upload.txt").exists()
    assert not (tmp_path / "data").exists()
