"""The correlator's own business: live feeding, duplicates, strays, eviction, the table."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detector.correlate.correlator import Correlator, correlate
from detector.correlate.limits import PARKED_NS, WINDOW_NS, Limits
from detector.model.judgement import Cut, JudgedCall, Kind
from detector.model.snapshot import Loss, Snapshot
from detector.model.stage import Stage
from detector.syscalls.entry import Argument
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from tests.unit.builders import (
    ALL_ARMED,
    Mask,
    content,
    ladder,
    make_snapshot,
    make_task,
    unreadable,
)

A, B = content(0), content(1)
SET_POLICY = msgspec.structs.replace(
    MIGRATE_PAGES,
    name="set_policy",
    wire=9,
    arguments=(Argument(name="policy", position=0, length_position=1),),
    success_is_use=False,
)
TABLE = {SET_POLICY.name: SET_POLICY}
RACED = {"old_nodes": Mask(A, copy=B, exit=B)}


def parked(number: int) -> Snapshot:
    """Make the entry of a call that never ends, each of its own task."""
    return ladder(number, masks=RACED, task=make_task(number))[0]


def test_a_call_is_judged_the_moment_its_exit_is_fed() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    judged = [correlator.feed(item) for item in ladder()]
    assert [len(calls) for calls in judged] == [0, 0, 0, 0, 1]
    assert correlator.open_calls == ()
    assert correlator.finish() == []


def test_open_calls_are_those_not_yet_judged_oldest_first() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    for number in (7, 3, 5):
        correlator.feed(parked(number))
    assert [call.number for call in correlator.open_calls] == [7, 3, 5]
    assert [call.number for call in correlator.finish()] == [7, 3, 5]
    assert correlator.open_calls == ()


def test_a_judged_call_carries_who_called_when_and_with_what() -> None:
    (call,) = correlate(
        ladder(42, began_ns=5_000, step_ns=7, returned=3, own=True), armed=ALL_ARMED
    )
    snapshot = ladder(42)[0]
    assert (call.number, call.syscall, call.abi) == (42, "migrate_pages", "x86_64")
    assert (call.task, call.args) == (snapshot.task, snapshot.args)
    assert (call.began_ns, call.ended_ns, call.returned) == (5_000, 5_028, 3)
    assert (call.own, call.fault_held) == (True, False)
    assert list(call.arguments[0].looks) == [Stage.ENTRY, Stage.COPY, Stage.USE, Stage.EXIT]
    assert (call.arguments[0].copy_returned, call.arguments[0].cpuset) == (0, b"\x03")


def test_input_is_taken_lazily() -> None:
    items = iter([*ladder(1), *ladder(2, began_ns=9_000)])
    calls = correlate(items, armed=ALL_ARMED)
    assert next(calls).number == 1
    assert len(list(items)) == 5


def test_a_duplicate_is_ignored_and_counted() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    judged = [call for item in ladder(masks=RACED) for _ in "ab" for call in correlator.feed(item)]
    assert [call.kind for call in judged] == [Kind.RACE]
    assert (correlator.tally.duplicates, correlator.tally.strays) == (5, 0)


def test_a_late_snapshot_never_reopens_a_call() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    *others, use, exit_ = ladder()
    for item in (*others, exit_):
        correlator.feed(item)
    far = make_snapshot(call=2, time_ns=exit_.time_ns + WINDOW_NS + 1, task=make_task(1))
    assert [call.number for call in correlator.feed(far)] == [1]
    assert correlator.feed(use) == []
    assert correlator.tally.strays == 1
    assert [call.number for call in correlator.open_calls] == [2]


def test_time_alone_ends_the_waiting() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    items = ladder()
    for item in (*items[:2], items[-1]):
        correlator.feed(item)
    ended = items[-1].time_ns
    assert correlator.advance(ended + WINDOW_NS) == []
    assert [call.cut for call in correlator.advance(ended + WINDOW_NS + 1)] == [Cut.LOST]


@pytest.mark.parametrize("first", [1, 2])
def test_a_call_that_its_tasks_next_one_ended_is_judged_when_the_window_has_passed(
    first: int,
) -> None:
    correlator = Correlator(armed=ALL_ARMED)
    without_exit = ladder(1, masks=RACED)[:-1]
    following = ladder(2, began_ns=9_000)
    for item in without_exit + following if first == 1 else following + without_exit:
        correlator.feed(item)
    assert correlator.advance(9_000 + WINDOW_NS) == []
    (call,) = correlator.advance(9_000 + WINDOW_NS + 1)
    assert (call.number, call.cut, call.lost, call.kind) == (1, Cut.LOST, 1, Kind.RACE)


def test_a_busy_tasks_newest_call_is_remembered_longest() -> None:
    correlator = Correlator(armed=ALL_ARMED, limits=Limits(tasks=2))
    for number, address in enumerate((0xA, 0xB, 0xA, 0xC), start=1):
        for item in ladder(number, began_ns=number * 1_000, task=make_task(address)):
            correlator.feed(item)
    (late,) = [ladder(9, began_ns=500, task=make_task(0xA))[0]]
    correlator.feed(late)
    assert [call.cut for call in correlator.finish()] == [Cut.LOST]


def test_a_stage_that_repeats_counts_once_in_any_order() -> None:
    entry, copy_old, copy_new, use, exit_ = ladder(masks=RACED)
    again = msgspec.structs.replace(use, sequence=4, contents={})
    end = msgspec.structs.replace(exit_, sequence=5)
    orders = ([copy_old, copy_new, use, again], [again, use, copy_new, copy_old])
    calls = [list(correlate([entry, *order, end], armed=ALL_ARMED)) for order in orders]
    assert calls[0] == calls[1]
    assert calls[0][0].arguments[0].looks[Stage.USE] == use.contents["old_nodes"]


def test_a_parked_call_that_shows_nothing_is_not_cut_by_time() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    correlator.feed(parked(1))
    assert correlator.advance(10**18) == []
    assert len(correlator.open_calls) == 1


def play(correlator: Correlator, items: list[Snapshot]) -> list[JudgedCall]:
    return [call for item in items for call in correlator.feed(item)]


def test_a_raced_call_that_stays_in_the_kernel_is_told_and_its_end_is_no_loss() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    *there, exit_ = ladder(masks=RACED)
    exit_ = msgspec.structs.replace(exit_, time_ns=3_000 * WINDOW_NS)
    assert play(correlator, there) == []
    others = [
        one
        for second in range(1, 3_000)
        for one in ladder(1 + second, began_ns=second * WINDOW_NS, task=make_task(2))
    ]
    judged = [call for call in play(correlator, others) if call.kind]
    assert [(call.number, call.kind, call.cut) for call in judged] == [(1, Kind.RACE, Cut.PARKED)]
    assert (judged[0].incomplete, judged[0].lost, judged[0].returned) == (False, 0, None)
    assert play(correlator, [exit_, exit_, there[0]]) == correlator.finish() == []
    tally = correlator.tally
    assert (tally.judged, tally.parked, tally.after) == (3_000, 1, 1)
    assert (tally.strays, tally.duplicates) == (0, 2)


def test_time_alone_tells_of_a_parked_call_and_not_before_its_time() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    there = ladder(masks=RACED)[:-1]
    assert play(correlator, there) == []
    began = there[0].time_ns
    assert correlator.advance(began + PARKED_NS) == []
    assert [call.cut for call in correlator.advance(began + PARKED_NS + WINDOW_NS)] == [Cut.PARKED]
    assert correlator.advance(10**18) == correlator.finish() == []


def test_a_parked_call_waits_for_what_may_be_on_its_way() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    *there, use, exit_ = ladder(masks=RACED, step_ns=PARKED_NS // 2)
    exit_ = msgspec.structs.replace(exit_, time_ns=use.time_ns + WINDOW_NS // 2)
    play(correlator, there[:2])
    newest = make_snapshot(call=9, time_ns=use.time_ns, task=make_task(9))
    (call,) = correlator.feed(newest)  # of the last one that is there a second has passed
    assert (call.number, call.kind, call.cut) == (1, Kind.RACE, Cut.PARKED)
    correlator = Correlator(armed=ALL_ARMED)
    play(correlator, [there[0], use])
    assert correlator.feed(newest) == []
    assert play(correlator, there[1:]) == []
    (call,) = correlator.feed(exit_)
    assert (call.number, call.kind, call.cut, call.lost) == (1, Kind.RACE, None, 0)


def test_a_parked_call_is_looked_at_again_only_when_it_made_something_new() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    raced_later = {"old_nodes": Mask(A), "new_nodes": Mask(A, copy=B, exit=B)}
    entry, old, new, use, _ = ladder(masks=raced_later, step_ns=2 * PARKED_NS)
    assert play(correlator, [entry, old]) == correlator.advance(new.time_ns - 1) == []
    looked = correlator.open_calls[0].looked
    assert looked == 0b11
    assert correlator.feed(new) == []
    (call,) = correlator.feed(make_snapshot(call=9, time_ns=use.time_ns, task=make_task(9)))
    assert (call.number, call.kind, call.cut) == (1, Kind.RACE, Cut.PARKED)


def test_a_blind_call_is_not_given_out_while_it_can_still_race() -> None:
    """Else a caller that parks between two copies would race in the second one untold."""
    correlator = Correlator(armed=ALL_ARMED)
    masks = {"old_nodes": Mask(unreadable(), copy=B), "new_nodes": Mask(A, copy=B, exit=B)}
    entry, old, new, use, _ = ladder(masks=masks, step_ns=2 * PARKED_NS)
    assert play(correlator, [entry, old]) == correlator.advance(new.time_ns - 1) == []
    play(correlator, [new])
    assert [call.kind for call in correlator.advance(use.time_ns)] == [Kind.RACE]
    correlator = Correlator(armed=ALL_ARMED)
    masks = {"old_nodes": Mask(unreadable(), copy=B)}
    play(correlator, ladder(masks=masks)[:-1])
    assert [call.kind for call in correlator.advance(2 * PARKED_NS)] == [Kind.BLIND]


def test_a_parked_call_of_which_something_is_lost_is_incomplete() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    entry, old, _, use, _ = ladder(masks=RACED)
    play(correlator, [entry, old, use])
    (call,) = correlator.advance(2 * PARKED_NS)
    assert (call.kind, call.cut, call.lost) == (Kind.RACE, Cut.LOST, 1)


def test_a_loss_of_others_does_not_make_a_parked_call_incomplete() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    *there, exit_ = ladder(masks=RACED)
    play(correlator, there)
    correlator.feed(Loss("ring", 1))
    (call,) = correlator.advance(2 * PARKED_NS)
    assert (call.cut, call.incomplete) == (Cut.PARKED, False)
    assert correlator.feed(exit_) == correlator.finish() == []


def test_ends_of_parked_calls_are_known_within_a_bound() -> None:
    correlator = Correlator(armed=ALL_ARMED, limits=Limits(parked=2))
    calls = [ladder(n, masks=RACED, task=make_task(n)) for n in (1, 2, 3)]
    for call in calls:
        play(correlator, call[:-1])
    assert len(correlator.advance(2 * PARKED_NS)) == 3
    assert play(correlator, [call[-1] for call in calls]) == []
    assert (correlator.tally.after, correlator.tally.strays) == (2, 1)


def test_the_oldest_call_is_judged_when_too_many_are_open() -> None:
    correlator = Correlator(armed=ALL_ARMED, limits=Limits(open_calls=2))
    first = ladder(1, masks=RACED, task=make_task(1))
    for item in first[:2]:
        correlator.feed(item)
    correlator.feed(parked(2))
    (evicted,) = correlator.feed(parked(3))
    assert (evicted.number, evicted.cut, evicted.kind) == (1, Cut.EVICTED, Kind.RACE)
    assert evicted.incomplete
    assert correlator.feed(first[-1]) == []
    assert (correlator.tally.evicted, correlator.tally.strays) == (1, 1)
    assert len(correlator.open_calls) == 2


def test_numbers_of_judged_calls_are_forgotten_oldest_first() -> None:
    correlator = Correlator(armed=ALL_ARMED, limits=Limits(remembered=2))
    for number in range(1, 6):
        for item in ladder(number, began_ns=number * 1_000):
            correlator.feed(item)
    assert correlator.remembered == 2
    correlator.feed(ladder(5)[0])
    assert correlator.tally.duplicates == 1


def test_losses_in_the_stream_are_added_up() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    correlator.feed(Loss("ring", 3))
    correlator.feed(Loss("map", 4))
    assert correlator.tally.lost == 7


@pytest.mark.parametrize(
    "changes",
    [{"syscall": "getpid"}, {"sequence": -1}, {"sequence": 64}, {"sequence": 1 << 60}],
)
@pytest.mark.parametrize("opened", [False, True])
def test_what_no_ladder_has_is_a_stray(changes: dict[str, Any], *, opened: bool) -> None:
    correlator = Correlator(armed=ALL_ARMED)
    if opened and "syscall" not in changes:
        correlator.feed(ladder()[0])
    correlator.feed(make_snapshot(Stage.USE, **changes))
    assert correlator.tally.strays == 1


def test_another_system_call_is_one_table_entry() -> None:
    items = ladder(masks={"policy": Mask(A, copy=B)}, syscall=SET_POLICY, args=(0x1000, 65))
    (call,) = correlate(items, armed=ALL_ARMED, table=TABLE)
    assert (call.syscall, call.kind) == ("set_policy", Kind.RESTORE)
    assert [argument.name for argument in call.arguments] == ["policy"]


def test_a_return_value_means_nothing_where_the_table_does_not_say_so() -> None:
    items = ladder(masks={"policy": Mask(A)}, syscall=SET_POLICY, args=(0x1000, 65), used=False)
    (call,) = correlate(items, armed=ALL_ARMED, table=TABLE)
    assert call.cut is None
