"""Short forms of the proofs that take minutes: `python -m tests.kills`, `tests.full_disk`, `tests.damage`, `tests.crowd`."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import full_disk, kills
from tests.crowd import crowd

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),  # both: gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
ROOT = Path(__file__).parent.parent


def test_what_a_killed_server_acknowledged_is_there() -> None:
    played = kills.run(1, seed=3)
    assert (played.wrong, played.refused) == ([], [])
    assert sum(played.record.counts.values()) > 0


def test_a_full_disk_is_told_and_spoils_nothing() -> None:
    if shutil.which("mount") is None:
        pytest.skip("there is no mount on this machine")
    try:
        (found,) = full_disk.run((256_000,), seed=1)  # Chroma once waited for ever here
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no file system may be mounted here: {error.stderr.decode().strip()}")
    assert found.wrong == []
    assert found.refused


def test_damaged_files_are_told_or_mended() -> None:
    command = [sys.executable, "-m", "tests.damage", "--files", "4", "--seed", "1", "--passages", "40"]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert "and 0 wrong" in ran.stdout, ran.stdout + ran.stderr[-2000:]


def test_a_crowd_is_answered_and_one_client_does_not_fill_the_queue(tmp_path: Path) -> None:
    with crowd(tmp_path / "data", fake=True) as asked:
        many, other = asked.burst(30)
        people = asked.people(4, 0.01, 0.05)
    assert many.errors + other.errors + people.errors == []
    assert len(other.all()) == 5
    assert len(people.seconds) == 4
    assert not other.refused + people.refused
