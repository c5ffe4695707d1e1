"""A small attack in the suite; `python -m tests.attack` is the large one."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.routing import APIRoute

from rag.apps.server.app import ROUTERS
from tests.attack import Attack, Tracebacks, attacked, routes
from tests.findings import FINDINGS, Outcomes
from tests.test_server_roles import GRADIO, SERVER

Attacked = tuple[Attack, Tracebacks]


@pytest.fixture(scope="module")
def attacking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    with attacked(tmp_path_factory.mktemp("data"), seed=1) as found:
        yield found


def test_hostile_requests_end_in_no_traceback_and_no_bare_500(attacking: Attacked) -> None:
    attack, tracebacks = attacking
    attack.run(120)
    assert (attack.failures, tracebacks.found) == ([], [])
    assert sum(attack.statuses.values()) == 120
    assert len(attack.statuses) >= 6  # it comes through to more than one refusal


def test_a_number_that_sqlite_cannot_hold_is_refused_by_every_route(attacking: Attacked) -> None:
    attack, tracebacks = attacking
    person = attack.client("editor")
    huge = "9" * 90
    asked = 0
    for method, path, fields in numbered():
        form = {name: huge if number else "x" for name, number in fields.items()} | {"base": "default"}
        answer = person.request(method, re.sub(r"{\w+}", huge, path), data=form if method == "POST" else None)
        assert 400 <= answer.status_code < 500 or answer.is_redirect, (method, path, answer.status_code)
        asked += 1
    assert asked > 10
    assert tracebacks.found == []


def numbered() -> Iterator[tuple[str, str, dict[str, bool]]]:
    """(method, path, fields of its form, and whether each is a number) of the routes that take a number."""
    for route in (route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)):
        fields = {field.alias: "int" in str(field.field_info.annotation) for field in route.dependant.body_params}
        of_path = any(field.field_info.annotation is int for field in route.dependant.path_params)
        if of_path or any(fields.values()):
            yield min(route.methods or ()), route.path, fields


def test_the_attack_is_on_every_route() -> None:
    assert set(routes()) > set(SERVER) | set(GRADIO)


def test_the_attack_sees_a_bare_500_and_a_traceback(attacking: Attacked) -> None:
    attack, _ = attacking
    attack.failures.clear()
    attack._judge(500, "Internal Server Error", "GET /x")
    attack._judge(400, "Traceback (most recent call last)", "GET /y")
    assert len(attack.failures) == 2
    seen = Tracebacks()
    try:
        raise ValueError("x")
    except ValueError as error:
        seen.emit(logging.LogRecord("a", logging.ERROR, "", 1, "failed", (), (type(error), error, None)))
    assert len(seen.found) == 1


def test_every_finding_has_tests_that_are_there() -> None:
    assert [name for name in FINDINGS if name[0] == "S"] == ["S1", "S2", "S3", "S4"]
    assert [name for name in FINDINGS if name[0] == "M"] == [f"M{n}" for n in range(1, 9)]
    assert [name for name in FINDINGS if name[0] == "L"] == [f"L{n}" for n in range(1, 16)]
    for _, tests in FINDINGS.values():
        for test in tests:
            file, name = test.split("::")
            assert f"\ndef {name}(" in (Path(__file__).parent / f"{file}.py").read_text("utf-8"), test


def test_the_worst_of_several_cases_is_how_a_finding_stands() -> None:
    outcomes = Outcomes()
    for case, outcome in (("a", "passed"), ("b", "failed"), ("c", "skipped"), ("d", "passed")):
        outcomes.pytest_runtest_logreport(
            SimpleNamespace(nodeid=f"tests/test_x.py::test_y[{case}]", when="call", outcome=outcome)
        )
    assert outcomes.of == {"test_x::test_y": "failed"}
