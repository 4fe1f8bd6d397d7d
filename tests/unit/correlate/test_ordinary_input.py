"""What happens all the time: ends, deaths, reuse, disorder, loss. None of it confuses a call."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from detector.correlate.correlator import Correlator
from detector.model.judgement import Cut, JudgedCall, Kind, Verdict
from detector.model.snapshot import Loss, Snapshot
from detector.model.stage import Stage
from tests.unit.builders import (
    ALL_ARMED,
    EFAULT,
    EPERM,
    Mask,
    content,
    ladder,
    lose,
    make_snapshot,
    make_task,
    unreadable,
)
from tests.unit.correlate.judging import argument, judge_all, judge_one, verdicts

A, B = content(0), content(1)
RACED = {"old_nodes": Mask(A, copy=B, exit=B)}
RESTORED = {"old_nodes": Mask(A, copy=B)}
ENTRY, COPY_OLD, COPY_NEW, USE, EXIT = range(5)


def subsets(positions: range) -> list[frozenset[int]]:
    """Give every subset but the empty one."""
    return [
        frozenset(chosen)
        for size in range(1, len(positions) + 1)
        for chosen in itertools.combinations(positions, size)
    ]


def numbers(calls: list[JudgedCall]) -> list[int]:
    """Give the calls' numbers."""
    return [call.number for call in calls]


# Calls that end before the copy or the use.


def test_a_call_that_ends_before_its_copies_is_whole_and_unused() -> None:
    items = [
        make_snapshot(Stage.ENTRY, sequence=0, contents={"old_nodes": A, "new_nodes": B}),
        make_snapshot(
            Stage.EXIT, sequence=1, contents={"old_nodes": A, "new_nodes": B}, returned=EPERM
        ),
    ]
    call = judge_one(items)
    assert (call.kind, call.cut, call.lost, call.returned) == (None, None, 0, EPERM)
    for judged in call.arguments:
        assert verdicts(judged) == {
            "entry-copy": Verdict.UNUSED,
            "copy-use": Verdict.UNUSED,
            "entry-exit": Verdict.SAME,
        }


def test_a_call_that_ends_before_its_use_is_whole_and_unused() -> None:
    call = judge_one(ladder(returned=EPERM))
    assert (call.kind, call.cut, call.lost) == (None, None, 0)
    assert {verdicts(a)["copy-use"] for a in call.arguments} == {Verdict.UNUSED}


def test_a_use_that_fails_is_still_a_use() -> None:
    call = judge_one(ladder(returned=-12, used=True))
    assert verdicts(argument(call))["copy-use"] is Verdict.SAME
    assert call.cut is None


# Uses with no entry.


@pytest.mark.parametrize("stage", [Stage.COPY, Stage.USE, Stage.EXIT])
def test_a_stage_with_no_entry_is_counted_apart_and_is_no_loss(stage: Stage) -> None:
    correlator = Correlator(armed=ALL_ARMED)
    fed = correlator.feed(make_snapshot(stage, contents={"old_nodes": A}))
    assert fed + correlator.finish() == []
    assert (correlator.tally.unentered, correlator.tally.strays) == (1, 1)


def test_a_use_whose_entry_is_lost_is_judged_as_cut_by_loss() -> None:
    call = judge_one([make_snapshot(Stage.USE, sequence=3, contents={"old_nodes": A})])
    assert (call.cut, call.kind) == (Cut.LOST, None)
    assert call.lost == 3


# A task killed in the middle of a call.


def test_a_task_killed_while_its_fault_was_held_still_leaves_an_exit() -> None:
    killed = Mask(unreadable(), returned=EFAULT)
    call = judge_one(ladder(masks={"old_nodes": killed}, fault_held=True))
    assert (call.kind, call.cut, call.fault_held) == (None, None, True)


def test_a_task_that_never_returned_gives_way_to_the_next_owner_of_its_address() -> None:
    dead = ladder(1, masks=RACED)[:COPY_NEW]
    heir = ladder(2, began_ns=5_000, task=make_task(tgid=900, tid=900, start_ns=9))
    calls = {call.number: call for call in judge_all(dead + heir)}
    assert (calls[1].cut, calls[1].kind) == (Cut.LOST, Kind.RACE)
    assert (calls[2].cut, calls[2].kind) == (None, None)


# execve in the middle, by a thread that is not the leader.


def test_execve_changes_the_ids_and_the_calls_number_ties_the_stages() -> None:
    before = make_task(tgid=367, tid=368, start_ns=51_520_000_000)
    after = make_task(tgid=367, tid=367, start_ns=51_490_000_000, comm="other")
    items = [
        msgspec.structs.replace(s, task=before if s.sequence < USE else after)
        for s in ladder(masks=RACED)
    ]
    call = judge_one(items)
    assert (call.kind, call.cut, call.task) == (Kind.RACE, None, before)


# pid and tid reuse.


def test_two_tasks_with_the_same_ids_are_two_tasks() -> None:
    first = ladder(1, masks=RACED, task=make_task(address=0xA000))
    second = ladder(2, began_ns=1_005, task=make_task(address=0xB000))
    mixed = sorted(first + second, key=lambda s: s.time_ns)
    assert {c.number: (c.kind, c.cut) for c in judge_all(mixed)} == {
        1: (Kind.RACE, None),
        2: (None, None),
    }


# Snapshots out of order between CPUs.


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_any_order_of_a_calls_snapshots_gives_the_same_judgement(order: tuple[int, ...]) -> None:
    items = ladder(masks=RACED)
    (expected,) = judge_all(items)
    assert judge_one([items[position] for position in order]) == expected


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_order_does_not_matter_to_a_call_with_losses(order: tuple[int, ...]) -> None:
    items = lose(ladder(masks=RACED), {COPY_NEW})
    (expected,) = judge_all(items)
    assert judge_one([items[position] for position in order]) == expected


def test_a_late_stage_is_waited_for_and_judged_as_soon_as_it_is_there() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    items = ladder(masks=RACED)
    for item in [*items[:USE], items[EXIT]]:
        assert correlator.feed(item) == []
    assert numbers(correlator.feed(items[USE])) == [1]


def test_a_tasks_next_call_may_arrive_before_its_last_one_is_complete() -> None:
    first, second = ladder(1, masks=RACED), ladder(2, began_ns=2_000)
    calls = judge_all([*first[:EXIT], second[0], first[EXIT], *second[1:]])
    assert [(c.number, c.kind, c.cut) for c in calls] == [(1, Kind.RACE, None), (2, None, None)]


def test_a_tasks_next_call_may_arrive_whole_before_its_last_one() -> None:
    first, second = ladder(1, masks=RACED), ladder(2, began_ns=2_000)
    calls = judge_all(second + first)
    assert [(c.number, c.kind, c.cut) for c in calls] == [(2, None, None), (1, Kind.RACE, None)]


# Lost snapshots in any position.


@pytest.mark.parametrize("gone", subsets(range(5)), ids=str)
def test_an_honest_call_with_losses_is_neither_a_finding_nor_clean(gone: frozenset[int]) -> None:
    kept = lose(ladder(1), gone)
    calls = {call.number: call for call in judge_all(kept + ladder(2, began_ns=9_000))}
    assert (calls[2].kind, calls[2].cut) == (None, None)
    if not kept:
        assert list(calls) == [2]
        return
    call = calls[1]
    assert (call.kind, call.cut, call.incomplete) == (None, Cut.LOST, True)
    # Past the last one that came only the exit is known to have been there.
    known = {position for position in gone if position < kept[-1].sequence} | (gone & {EXIT})
    assert call.lost == len(known)
    found = {verdict for judged in call.arguments for verdict in verdicts(judged).values()}
    assert Verdict.INCOMPLETE in found
    assert Verdict.UNUSED not in found


@pytest.mark.parametrize("gone", subsets(range(3)), ids=str)
def test_a_refused_call_with_losses_is_not_taken_to_have_ended_early(gone: frozenset[int]) -> None:
    call = judge_one(lose(ladder(returned=EPERM), gone))
    assert (call.kind, call.cut, call.lost) == (None, Cut.LOST, len(gone))
    found = {verdict for judged in call.arguments for verdict in verdicts(judged).values()}
    # The lost snapshot may as well have been the use.
    assert Verdict.INCOMPLETE in found
    assert Verdict.UNUSED not in found


@pytest.mark.parametrize("gone", subsets(range(5)), ids=str)
def test_a_raced_call_with_losses_shows_what_the_halves_that_are_there_show(
    gone: frozenset[int],
) -> None:
    items = lose(ladder(1, masks=RESTORED), gone) + ladder(2, began_ns=9_000)
    call = next((c for c in judge_all(items) if c.number == 1), None)
    looks = {ENTRY, COPY_OLD, EXIT} - gone
    expected = {
        frozenset({ENTRY, COPY_OLD, EXIT}): Kind.RESTORE,
        frozenset({ENTRY, COPY_OLD}): Kind.RACE,
        frozenset({COPY_OLD, EXIT}): Kind.LATE,
    }.get(frozenset(looks))
    if call is None:
        assert gone == set(range(5))
        return
    assert (call.kind, call.cut) == (expected, Cut.LOST)


def test_a_lost_copy_is_not_replaced_by_later_looks() -> None:
    call = judge_one(lose(ladder(masks={"old_nodes": Mask(A, use=B, exit=B)}), {COPY_OLD}))
    assert call.kind is None
    assert call.copy_observed
    assert "entry-use" not in verdicts(argument(call))


def test_a_snapshot_that_is_only_missing_is_lost_when_the_window_has_passed() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    items = ladder(masks=RACED)
    for item in [*items[:USE], items[EXIT]]:
        assert correlator.feed(item) == []
    last = items[EXIT].time_ns
    at = make_snapshot(call=2, time_ns=last + 1_000_000_000, task=make_task(0xB000))
    assert correlator.feed(at) == []
    after = make_snapshot(call=3, time_ns=last + 1_000_000_001, task=make_task(0xC000))
    (call,) = correlator.feed(after)
    assert (call.number, call.cut, call.lost, call.kind) == (1, Cut.LOST, 1, Kind.RACE)


def test_a_missed_return_probe_loses_that_copy_alone() -> None:
    items = ladder(masks={"old_nodes": Mask(A, exit=B)})
    kept = [s for s in items if s.sequence != COPY_OLD]
    items = [
        msgspec.structs.replace(
            s,
            sequence=sequence,
            missed=("old_nodes",) if s.stage is Stage.EXIT else (),
        )
        for sequence, s in enumerate(kept)
    ]
    call = judge_one(items)
    assert (call.cut, call.lost, call.kind) == (Cut.LOST, 1, None)
    assert verdicts(argument(call))["entry-copy"] is Verdict.INCOMPLETE
    assert verdicts(argument(call, "new_nodes"))["entry-copy"] is Verdict.SAME


def test_a_missed_return_and_a_full_buffer_are_two_losses() -> None:
    items = lose(ladder(returned=EPERM), {1})
    items = [
        msgspec.structs.replace(s, sequence=s.sequence - 1 if s.sequence > 2 else s.sequence)
        for s in items
        if s.sequence != COPY_NEW
    ]
    items[-1] = msgspec.structs.replace(items[-1], missed=("new_nodes",))
    call = judge_one(items)
    assert (call.cut, call.lost) == (Cut.LOST, 2)


def test_a_missed_return_is_no_hole_in_the_numbers() -> None:
    items = lose(ladder(returned=-12, used=True), {2})
    items = [
        msgspec.structs.replace(s, sequence=s.sequence - 1 if s.sequence > 2 else s.sequence)
        for s in items
    ]
    use, exit_ = items[-2:]
    lost = msgspec.structs.replace(exit_, lost=1, missed=("new_nodes",))
    call = judge_one([*items[:-2], lost])
    assert use.stage is Stage.USE
    assert (call.cut, call.lost) == (Cut.LOST, 2)


# Loss items in the stream.


def test_a_loss_makes_the_calls_open_at_its_place_suspect_and_no_others() -> None:
    before = ladder(1)[:2]
    after = ladder(2, task=make_task(0xB000))[:2]
    calls = judge_all([*before, Loss("ring", 3), *after])
    assert [(c.number, c.cut) for c in calls] == [(1, Cut.LOST), (2, Cut.END)]


def test_a_suspect_call_that_is_accounted_for_is_whole() -> None:
    items: list[Snapshot | Loss] = [*ladder()]
    items.insert(2, Loss("ring", 1))
    call = judge_one(items)
    assert (call.cut, call.lost) == (None, 0)


# Many threads in the call at once.


def test_many_threads_at_once_are_judged_apart() -> None:
    threads = 200
    calls = [
        ladder(
            n,
            masks=RACED if n % 3 == 0 else None,
            began_ns=1_000 + n,
            step_ns=1_000,
            task=make_task(0xA000 + n, tid=n),
        )
        for n in range(threads)
    ]
    mixed = sorted(itertools.chain.from_iterable(calls), key=lambda s: s.time_ns)
    judged = judge_all(mixed)
    assert sorted(numbers(judged)) == list(range(threads))
    assert {c.number for c in judged if c.kind} == set(range(0, threads, 3))
    assert all(c.cut is None and c.task.tid == c.number for c in judged)


def test_parked_calls_hide_no_other_one() -> None:
    parked = [ladder(n, task=make_task(0xA000 + n))[0] for n in range(1, 65)]
    calls = judge_all([*parked, *ladder(99, masks=RACED, task=make_task(0x9000))])
    assert (calls[0].number, calls[0].kind, calls[0].cut) == (99, Kind.RACE, None)
    assert {c.cut for c in calls[1:]} == {Cut.END}


# In flight when watching starts or ends.


def test_a_call_in_flight_at_the_start_is_counted_apart() -> None:
    correlator = Correlator(armed=ALL_ARMED)
    tail = [
        msgspec.structs.replace(s, sequence=sequence)
        for sequence, s in enumerate(ladder(masks=RACED)[COPY_NEW:])
    ]
    assert [call for item in tail for call in correlator.feed(item)] == []
    assert correlator.finish() == []
    assert (correlator.tally.unentered, correlator.tally.strays) == (1, 3)


@pytest.mark.parametrize("seen", range(1, 5))
def test_a_call_in_flight_at_the_end_is_no_loss_and_nothing_is_unused(seen: int) -> None:
    call = judge_one(ladder()[:seen])
    assert (call.cut, call.kind, call.lost, call.incomplete) == (Cut.END, None, 0, False)
    for judged in call.arguments:
        assert Verdict.UNUSED not in verdicts(judged).values()
        assert verdicts(judged)["entry-exit"] is Verdict.INCOMPLETE


def test_a_call_in_flight_at_the_end_shows_what_is_already_certain() -> None:
    call = judge_one(ladder(masks=RACED)[:COPY_NEW])
    assert (call.cut, call.kind) == (Cut.END, Kind.RACE)


def test_a_call_in_flight_whose_first_copy_failed_never_reaches_the_second() -> None:
    call = judge_one(ladder(masks={"old_nodes": Mask(A, returned=EFAULT)})[:2])
    assert (call.cut, call.kind) == (Cut.END, Kind.RACE)
    assert verdicts(argument(call, "new_nodes"))["entry-copy"] is Verdict.UNUSED


# Old and new at one address.


def test_old_and_new_at_one_address_are_two_masks() -> None:
    both = content(0, address=0x5000)
    masks = {"old_nodes": Mask(both), "new_nodes": Mask(both, copy=B, exit=both)}
    call = judge_one(ladder(masks=masks, args=(0, 65, 0x5000, 0x5000)))
    assert argument(call, "old_nodes").kind is None
    assert argument(call, "new_nodes").kind is Kind.RESTORE
