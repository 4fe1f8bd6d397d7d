"""What is known to be lost of a call, beyond what its numbers say."""

from __future__ import annotations

import pytest

from detector.correlate.correlator import Correlator, correlate
from detector.model.judgement import Cut, Verdict
from detector.model.stage import Stage
from tests.unit.builders import ALL_ARMED, EFAULT, EPERM, Mask, content, ladder, without
from tests.unit.correlate.judging import argument, judge_all, judge_one, verdicts


def test_a_success_without_a_use_has_lost_its_use() -> None:
    call = judge_one(without(ladder(), Stage.USE))
    assert (call.cut, call.lost) == (Cut.LOST, 1)
    assert verdicts(argument(call))["copy-use"] is Verdict.INCOMPLETE


def test_a_success_without_copies_has_lost_them_all() -> None:
    call = judge_one(without(ladder(), Stage.COPY))
    assert (call.cut, call.lost) == (Cut.LOST, 2)
    assert verdicts(argument(call))["entry-copy"] is Verdict.INCOMPLETE


@pytest.mark.parametrize("stage", [Stage.COPY, Stage.USE])
def test_a_stage_that_cannot_be_seen_is_not_lost(stage: Stage) -> None:
    call = judge_one(without(ladder(), stage), ALL_ARMED - {stage})
    assert (call.cut, call.lost) == (None, 0)
    assert Verdict.INCOMPLETE in verdicts(argument(call)).values()


def test_a_use_says_that_every_argument_was_copied() -> None:
    items = without(ladder(returned=-12, used=True), Stage.COPY)
    call = judge_one(items)
    assert (call.cut, call.lost) == (Cut.LOST, 2)


def test_a_later_arguments_copy_says_that_the_earlier_one_was_copied() -> None:
    entry, _, second, exit_ = without(ladder(returned=EPERM))
    renumbered = without([entry, second, exit_])
    call = judge_one(renumbered)
    assert (call.cut, call.lost) == (Cut.LOST, 1)
    assert verdicts(argument(call))["entry-copy"] is Verdict.INCOMPLETE
    assert verdicts(argument(call, "new_nodes"))["entry-copy"] is Verdict.SAME


def test_nothing_is_owed_after_a_failed_copy() -> None:
    call = judge_one(ladder(masks={"old_nodes": Mask(content(0), returned=EFAULT)}))
    assert (call.cut, call.lost) == (None, 0)


def test_without_an_exit_probe_the_use_ends_the_call() -> None:
    items = without(ladder(), Stage.EXIT)
    call = judge_one(items, ALL_ARMED - {Stage.EXIT})
    assert (call.cut, call.lost, call.returned) == (None, 0, None)
    assert verdicts(argument(call)) == {
        "entry-copy": Verdict.SAME,
        "copy-use": Verdict.SAME,
        "entry-exit": Verdict.INCOMPLETE,
        "copy-exit": Verdict.INCOMPLETE,
    }


def test_without_an_exit_probe_a_refused_call_ends_with_its_tasks_next_one() -> None:
    armed = ALL_ARMED - {Stage.EXIT}
    refused = without(ladder(1, returned=EPERM), Stage.EXIT)
    failed = {"old_nodes": Mask(content(0), returned=EFAULT)}
    following = without(ladder(2, masks=failed, began_ns=9_000), Stage.EXIT)
    calls = {call.number: call for call in judge_all(refused + following, armed)}
    assert (calls[1].cut, calls[2].cut) == (None, None)
    assert verdicts(argument(calls[1]))["copy-use"] is Verdict.INCOMPLETE
    assert verdicts(argument(calls[2]))["copy-use"] is Verdict.UNUSED


def test_a_stage_that_one_call_cannot_show_is_not_owed_by_it_alone() -> None:
    without_use = ladder(1, used=False)
    armed_by_call = {"other": ALL_ARMED, "migrate_pages": ALL_ARMED - {Stage.USE}}
    correlator = Correlator(armed=ALL_ARMED, armed_by_call=armed_by_call)
    (judged,) = [call for item in without_use for call in correlator.feed(item)]
    assert (judged.lost, judged.incomplete) == (0, False)
    (owed,) = correlate(without_use, armed=ALL_ARMED)
    assert (owed.lost, owed.incomplete) == (1, True)
