from __future__ import annotations

from detector.capture.vanished import without
from detector.model.observation import StageState
from detector.model.stage import Stage


def state(stage: Stage, via: str, abi: str = "any", *, armed: bool = True) -> StageState:
    reason = "" if armed else "silent"
    return StageState(syscall="mbind", stage=stage, abi=abi, armed=armed, via=via, reason=reason)


STAGES = (
    state(Stage.ENTRY, "kprobe:entry", "x86_64"),
    state(Stage.ENTRY, "kprobe:entry32", "i386"),
    state(Stage.COPY, "kprobe:get_nodes + fexit:get_nodes"),
    state(Stage.USE, "kprobe:do_mbind", armed=False),
    state(Stage.EXIT, "fexit:entry", "x86_64"),
)


def test_nothing_vanished_changes_nothing() -> None:
    assert without(STAGES, {}) == (STAGES, [])


def test_the_stages_of_what_vanished_are_lost_and_said_together() -> None:
    left, told = without(
        STAGES,
        {"kprobe:entry": "off", "kprobe:entry32": "off", "kprobe:get_nodes": "off"},
    )
    assert told == ["mbind: the entry, copy stages were lost while watching: off"]
    assert [one.armed for one in left] == [False, False, False, False, True]
    assert [one.reason for one in left] == [*["lost while watching: off"] * 3, "silent", ""]
    assert left[4] == STAGES[4]


def test_one_stage_is_lost_with_either_of_its_probes() -> None:
    left, told = without(STAGES, {"fexit:get_nodes": "closed"})
    assert told == ["mbind: the copy stage was lost while watching: closed"]
    assert not left[2].armed


def test_a_stage_that_was_lost_before_keeps_its_reason_and_is_not_said_again() -> None:
    assert without(STAGES, {"kprobe:do_mbind": "off"}) == (STAGES, [])


def test_a_probe_of_no_stage_is_named_itself() -> None:
    left, told = without(STAGES, {"lsm:task_movememory": "closed"})
    assert told == ["lsm:task_movememory was lost while watching: closed"]
    assert left == STAGES
