"""The line in which questions wait: side by side, in order, and never full of one client's."""

import threading
import time

import pytest

from rag.apps.line import Line, LineFullError


def test_questions_of_one_client_wait_in_their_order() -> None:
    line, said = Line(side_by_side=1), list[str]()
    first = line.join("a")
    assert first.wait()
    places = [line.join("a") for _ in range(3)]

    def take(n: int) -> None:
        with places[n] as place:
            place.wait()
            said.append(str(n))

    threads = [threading.Thread(target=take, args=(n,)) for n in (2, 0, 1)]
    for thread in threads:
        thread.start()
    with line.join("b") as other:
        assert other.wait(), "another client does not wait for them"
    assert said == []
    with first:
        pass
    for thread in threads:
        thread.join(5)
    assert (said, line.length) == (["0", "1", "2"], 0)


def test_a_place_is_free_once_it_is_left() -> None:
    line = Line(side_by_side=1, of_one=1)
    for _ in range(3):
        with line.join("a") as place:
            assert place.wait()
            with pytest.raises(LineFullError) as told:
                line.join("a")
            assert told.value.own
            assert told.value.seconds >= 1
    broken = line.in_turn("a", (1 // n for n in (1, 0)), lambda: False)
    with pytest.raises(ZeroDivisionError):
        list(broken)
    assert line.length == 0


def test_who_leaves_while_waiting_is_waited_for_no_more() -> None:
    line = Line(side_by_side=1)
    with line.join("a") as running:
        running.wait()
        begun = time.monotonic()
        assert list(line.in_turn("a", iter("never"), lambda: True)) == []
        assert time.monotonic() - begun < 1
        assert line.length == 1
    assert list(line.in_turn("a", iter("now"), lambda: False)) == ["n", "o", "w"]


def test_a_full_line_takes_nobody_and_one_client_cannot_fill_it() -> None:
    line = Line(side_by_side=1, of_one=2, most=3)
    for _ in range(2):
        line.join("a")
    with pytest.raises(LineFullError) as told:
        line.join("a")
    assert told.value.own
    line.join("b")
    with pytest.raises(LineFullError) as told:
        line.join("c")
    assert not told.value.own
