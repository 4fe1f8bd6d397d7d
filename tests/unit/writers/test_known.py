from __future__ import annotations

from typing import Any

from detector.model.judgement import JudgedCall
from detector.model.writer import Way, Writer
from detector.writers.known import MOST_TASKS, MOST_TOLD, Known, task_of
from tests.unit.builders import Mask, content, ladder, make_task
from tests.unit.samples import judged

RACED = Mask(content(1), copy=content(2), exit=content(2))
PROCESS = (100, 500)


def call(**task: Any) -> JudgedCall:
    return judged(ladder(masks={"old_nodes": RACED}, task=make_task(**task)))


def writer(*, tid: int = 102, address: int = 0x1000, last_ns: int = 1) -> Writer:
    return Writer(
        way=Way.STORE,
        argument="old_nodes",
        address=address,
        tgid=100,
        tid=tid,
        start_ns=make_task().start_ns,
        comm="racer",
        hits=1,
        last_ns=last_ns,
    )


def known_of(*writers: Writer) -> Known:
    known = Known()
    known.meet(task_of(call()), PROCESS)
    for number, one in enumerate(writers):
        known.add(PROCESS, number, one)
    return known


def test_who_wrote_a_raced_mask_is_told_who_wrote_last_first() -> None:
    earlier, later = writer(tid=102, last_ns=3), writer(tid=103, last_ns=9)
    assert known_of(earlier, later).writers(call()) == (later, earlier)


def test_what_the_calling_thread_wrote_is_left_out() -> None:
    assert known_of(writer(tid=101)).writers(call()) == ()


def test_what_was_written_elsewhere_is_left_out() -> None:
    assert known_of(writer(address=0x1008)).writers(call()) == ()


def test_a_task_that_was_never_suspected_has_no_writers() -> None:
    assert known_of(writer()).writers(call(start_ns=1)) == ()


def test_an_unknown_process_of_a_reused_number_has_no_writers() -> None:
    known = known_of(writer())
    known.meet(task_of(call(start_ns=9)), (100, 900))
    assert known.writers(call(start_ns=9)) == ()


def test_hits_are_counted_on() -> None:
    known = known_of(writer())
    known.count(PROCESS, 0, 23, 77)
    known.count(PROCESS, "never seen", 1, 1)
    (found,) = known.writers(call())
    assert (found.hits, found.last_ns) == (23, 77)


def test_a_finding_names_only_so_many() -> None:
    crowd = [writer(tid=200 + number) for number in range(MOST_TOLD + 5)]
    assert len(known_of(*crowd).writers(call())) == MOST_TOLD


def test_the_task_that_was_met_least_recently_is_forgotten_first() -> None:
    known = known_of(writer())
    for number in range(MOST_TASKS):
        known.meet((1, 1, number), PROCESS)
    assert known.writers(call()) == ()
