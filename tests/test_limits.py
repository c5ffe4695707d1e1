"""Nobody fills the queue for others; who is refused is told when to come again; what is counted says nothing of anybody."""

import errno
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.apps.access import Person, told
from rag.apps.turns import StoppingError, Ticket, Turns
from rag.config import load_settings
from rag.errors import IndexBusyError, ModelError, NotFoundError, RagError, StoreError, TooOftenError
from rag.types import Answer, Event
from tests.scripted import ScriptedAssistant
from tests.serving import PROXY, Served, call, handlers, server

ANSWER = Answer("Why?", "Why?", "So.", "answered", 0.9, (), ())


def answer(order: list[str], ticket: Ticket, ends: threading.Event | None = None) -> threading.Thread:
    """Has a ticket's question answered in a thread; the client is written down when its turn comes."""

    def events() -> Iterator[Event]:
        order.append(ticket.client)
        if ends:
            ends.wait(10)
        yield ANSWER

    thread = threading.Thread(target=lambda: list(ticket.run(events())), daemon=True)
    thread.start()
    return thread


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not what():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_client_with_many_questions_does_not_keep_another_waiting() -> None:
    turns, order, first = Turns(each=8, running=1), list[str](), threading.Event()
    threads = [answer(order, turns.join("many"), first)]
    until(lambda: turns.depth() == (1, 0))
    threads += [answer(order, turns.join("many")) for _ in range(5)]
    threads.append(answer(order, turns.join("one")))
    until(lambda: turns.depth() == (1, 6))
    first.set()
    for thread in threads:
        thread.join(10)
    assert order[:2] == ["many", "one"]
    assert turns.depth() == (0, 0)


def test_a_network_of_many_clients_does_not_keep_another_waiting() -> None:
    turns, order, first = Turns(each=2, running=1), list[str](), threading.Event()
    threads = [answer(order, turns.join("cookie 0", "office"), first)]
    until(lambda: turns.depth() == (1, 0))
    threads += [answer(order, turns.join(f"cookie {n}", "office")) for n in range(1, 8)]
    with pytest.raises(TooOftenError, match="8 of your questions"):
        turns.join("cookie 8", "office")
    threads.append(answer(order, turns.join("somebody", "elsewhere")))
    until(lambda: turns.depth() == (1, 8))
    first.set()
    for thread in threads:
        thread.join(10)
    assert order[:2] == ["cookie 0", "somebody"]
    assert turns.depth() == (0, 0)


def test_a_client_has_one_question_in_work_however_many_there_is_room_for() -> None:
    turns, order, ends = Turns(running=8), list[str](), threading.Event()
    threads = [answer(order, turns.join(client), ends) for client in ("a", "a", "a", "b")]
    until(lambda: turns.depth() == (2, 2))
    assert sorted(order) == ["a", "b"]
    ends.set()
    for thread in threads:
        thread.join(10)


def test_who_has_too_many_is_told_when_and_others_are_not_refused() -> None:
    refused: list[str] = []
    turns = Turns(each=2, running=1, waiting=4, refused=refused.append)
    for _ in range(2):
        turns.join("many")
    with pytest.raises(TooOftenError, match="2 of your questions are waiting already") as error:
        turns.join("many")
    assert error.value.seconds >= 1
    for client in "abc":
        turns.join(client)
    with pytest.raises(TooOftenError, match="Many people are asking"):
        turns.join("d")
    assert refused == ["client", "full"]
    assert turns.is_full()


def test_a_question_that_is_given_up_makes_room_and_is_not_answered() -> None:
    turns, order, ends = Turns(running=1), list[str](), threading.Event()
    running = answer(order, turns.join("a"), ends)
    until(lambda: turns.depth() == (1, 0))
    waiting = turns.join("b")
    thread = answer(order, waiting)
    waiting.give_up()
    thread.join(10)
    ends.set()
    running.join(10)
    assert (order, turns.depth()) == (["a"], (0, 0))


def test_the_end_of_the_server_ends_answers_and_takes_no_more() -> None:
    turns, said = Turns(running=1), list[object]()

    def events() -> Iterator[Event]:
        try:
            while True:
                time.sleep(0.01)
                yield FIRST
        finally:
            said.append("the model has stopped")

    def run(ticket: Ticket) -> None:
        try:
            list(ticket.run(events()))
        except StoppingError as error:
            said.append(str(error))

    threads = [threading.Thread(target=run, args=(turns.join(client),), daemon=True) for client in "ab"]
    for thread in threads:
        thread.start()
    until(lambda: turns.depth() == (1, 1))
    turns.stop()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert "the model has stopped" in said
    with pytest.raises(StoppingError):
        turns.join("c")


FIRST = next(iter(ScriptedAssistant(load_settings(), delay=0).stream("How long?")))


@pytest.mark.parametrize(
    ("person", "client"),
    [
        (Person(account=7, address="198.51.100.7"), "account:7"),
        (Person(key="abc", address="198.51.100.7"), "key:abc"),
        (Person(address="198.51.100.7"), "198.51.100.7"),
        (Person(address="2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64"),
        (Person(address=""), ""),
    ],
)
def test_a_client_is_an_account_a_key_or_where_it_is(person: Person, client: str) -> None:
    assert person.client == client


PATH = "/home/anna/.local/share/footnote/bases/default/catalogue.sqlite3"


@pytest.mark.parametrize(
    "error",
    [
        StoreError(f"{PATH} cannot be used; it is damaged"),
        ModelError(f"its weights in {PATH} are damaged; delete it"),
        IndexBusyError("process 27092 (since 12:00) is writing to this index"),
        NotFoundError("no document is named 'x'; `rag documents list` shows all"),
        OSError(errno.ENOSPC, "No space left on device", PATH),
        ValueError(PATH),
    ],
)
def test_visitors_see_no_paths_and_no_advice_for_who_hosts_it(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    for person in (None, Person(), Person(scopes=frozenset({"ask", "manage"}))):
        said = told(error, person)
        assert said
        assert not any(hidden in said for hidden in ("/", "27092", "`rag", "delete"))
    admin = Person(scopes=frozenset({"ask", "manage", "admin"}))
    assert not isinstance(error, RagError) or told(error, admin) == str(error)
    assert not isinstance(error, StoreError) or PATH in caplog.text  # who hosts it finds it in the log


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = {"client_questions": 2, "questions_per_minute": 2, "requests_per_minute": 30, **PROXY}
    with server(tmp_path_factory.mktemp("data"), **settings) as running:
        yield running


def test_who_asks_too_often_is_told_so_on_the_page(served: Served) -> None:
    asking = served.client(**{"X-Forwarded-For": "198.51.100.1"})
    ask = handlers(served.app)["ChatPage.ask"]
    said = [json.dumps(call(asking, ask, ["How long?", None], session=f"tab{n}")) for n in range(3)]
    assert all("You have asked many" not in one for one in said[:2])
    assert "You have asked many questions within a minute. Please wait" in said[2]
    another = served.client(**{"X-Forwarded-For": "198.51.100.2"})
    assert "You have asked many" not in json.dumps(call(another, ask, ["How long?", None], session="other"))


def test_a_program_that_asks_too_often_gets_429_and_when_to_come_again(served: Served) -> None:
    asking = served.client(**{"X-Forwarded-For": "198.51.100.3"})
    answers = [asking.post("/logout") for _ in range(31)]
    assert {answer.status_code for answer in answers[:30]} == {303}
    assert answers[30].status_code == 429
    assert 1 <= int(answers[30].headers["Retry-After"]) <= 60
    assert asking.get("/login").status_code == 200


def test_metrics_are_for_this_machine_and_for_keys_and_name_nobody(served: Served) -> None:
    text = served.client().get("/metrics").text  # before it, tests have asked
    for wanted in (
        'footnote_questions_total{status="answered"}',
        'footnote_stage_seconds_bucket{le="0.05",stage="retrieve"}',
        'footnote_queue_depth{state="waiting"} 0.0',
        'footnote_files{state="ready"}',
        "footnote_passages",
        'footnote_refused_total{reason="rate"}',
    ):
        assert wanted in text
    assert "198.51" not in text
    assert served.client(**{"X-Forwarded-For": "198.51.100.4"}).get("/metrics").status_code == 401
    keys = served.app.state.visitors.keys
    for scopes, status in ((["ask"], 403), (["admin"], 200)):
        shown = keys.add("metrics", scopes)
        asking = served.client(**{"X-Forwarded-For": "198.51.100.4", "Authorization": f"Bearer {shown}"})
        assert asking.get("/metrics").status_code == status


@pytest.mark.parametrize("path", ["/health", "/healthz", "/ready", "/readyz", "/login"])
def test_a_monitor_may_ask_for_the_head_alone(tmp_path: Path, path: str) -> None:
    with server(tmp_path) as one:
        answer = one.client().head(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == one.client().get(path).headers["content-length"]


@pytest.mark.parametrize("path", ["/health", "/healthz", "/ready", "/readyz"])
def test_health_has_the_names_that_balancers_expect(served: Served, path: str) -> None:
    assert served.client().get(path).json() == {"status": "ok"}


def test_a_server_that_is_full_is_not_ready(tmp_path: Path) -> None:
    with server(tmp_path) as one:
        one.app.state.visitors.turns.stop()
        assert one.client().get("/ready").status_code == 503
        assert one.client().get("/health").status_code == 200


def test_a_question_is_refused_before_anything_of_it_is_kept(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    turns = served.app.state.visitors.turns
    held = [turns.join("198.51.100.9") for _ in range(2)]
    asking = served.client(**{"X-Forwarded-For": "198.51.100.9"})
    said = json.dumps(call(asking, handlers(served.app)["ChatPage.ask"], ["my secret question", None]))
    assert "2 of your questions are waiting already" in said
    assert "my secret question" not in said + caplog.text
    for ticket in held:
        ticket.give_up()
