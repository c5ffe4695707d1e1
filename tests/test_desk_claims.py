"""Many processes at one desk, and processes that are killed. `python -m tests.desk_kills --rounds 300` and
`python -m benchmarks.desk_claims` do the same at length."""

from pathlib import Path

import pytest

from benchmarks.desk_claims import claims
from tests import desk_kills


def test_eight_processes_claim_each_conversation_once(tmp_path: Path) -> None:
    found = claims(tmp_path, 200, 8)
    assert len(found.taken) == 200
    assert len({conversation for _, conversation in found.taken}) == 200
    assert len({agent for agent, _ in found.taken}) > 1, "they took turns"


@pytest.mark.slow
def test_killed_between_any_two_statements_nothing_is_lost_or_doubled() -> None:
    assert desk_kills.rounds(8, seed=1).total() == 8
