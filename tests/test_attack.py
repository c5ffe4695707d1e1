"""A small attack in the suite; `python -m tests.attack` is the large one."""

import logging
from pathlib import Path

from tests.attack import Tracebacks, attacked, routes
from tests.test_server_roles import GRADIO, SERVER


def test_hostile_requests_end_in_no_traceback_and_no_bare_500(tmp_path: Path) -> None:
    with attacked(tmp_path, seed=1) as (attack, tracebacks):
        attack.run(120)
    assert (attack.failures, tracebacks.found) == ([], [])
    assert sum(attack.statuses.values()) == 120
    assert len(attack.statuses) >= 6  # it comes through to more than one refusal


def test_the_attack_is_on_every_route() -> None:
    assert set(routes()) > set(SERVER) | set(GRADIO)


def test_the_attack_sees_a_bare_500_and_a_traceback(tmp_path: Path) -> None:
    with attacked(tmp_path, seed=1) as (attack, _):
        attack._judge(500, "Internal Server Error", "GET /x")
        attack._judge(400, "Traceback (most recent call last)", "GET /y")
    assert len(attack.failures) == 2
    seen = Tracebacks()
    try:
        raise ValueError("x")
    except ValueError as error:
        seen.emit(logging.LogRecord("a", logging.ERROR, "", 1, "failed", (), (type(error), error, None)))
    assert len(seen.found) == 1
