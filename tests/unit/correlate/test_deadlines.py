"""Calls are waited for until a time, and stale entries are bounded."""

from __future__ import annotations

from detector.correlate.deadlines import Deadlines


def test_a_call_is_due_only_after_its_time_earliest_first() -> None:
    waiting = Deadlines()
    waiting.add(1, 20)
    waiting.add(2, 10)
    assert waiting.passed(10) == []
    assert waiting.passed(21) == [2, 1]
    assert len(waiting) == 0


def test_the_earlier_of_two_times_holds() -> None:
    waiting = Deadlines()
    waiting.add(1, 20)
    waiting.add(1, 10)
    waiting.add(1, 30)
    assert waiting.passed(11) == [1]
    assert waiting.passed(100) == []


def test_a_discarded_call_is_never_due() -> None:
    waiting = Deadlines()
    waiting.add(1, 10)
    waiting.discard(1)
    waiting.discard(1)
    assert waiting.passed(100) == []


def test_a_call_can_be_waited_for_again() -> None:
    waiting = Deadlines()
    waiting.add(1, 10)
    waiting.discard(1)
    waiting.add(1, 10)
    assert waiting.passed(100) == [1]
    assert waiting.passed(100) == []


def test_a_time_that_was_given_up_does_not_hold_for_the_next_wait() -> None:
    waiting = Deadlines()
    waiting.add(1, 10)
    waiting.discard(1)
    waiting.add(1, 30)
    assert waiting.passed(20) == []
    assert waiting.passed(31) == [1]


def test_memory_is_bounded_when_time_stands_still() -> None:
    waiting = Deadlines()
    for call in range(10_000):
        waiting.add(call, 10)
        waiting.discard(call)
    assert len(waiting._heap) < 200
