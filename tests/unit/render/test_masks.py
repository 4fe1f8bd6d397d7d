"""The cells of the ladder."""

from __future__ import annotations

import pytest

from detector.model.judgement import Cut
from detector.model.stage import Stage
from detector.render.masks import cell, mark, narrowing
from tests.unit.builders import Mask, content, ladder, partly_read
from tests.unit.samples import calls, judged

CALLS = calls()


@pytest.mark.parametrize(
    ("name", "argument", "stage", "shown", "changed"),
    [
        ("race", 0, Stage.ENTRY, "2", ""),
        ("race", 0, Stage.COPY, "1", "<- changed: +1 -2"),
        ("race", 0, Stage.EXIT, "1", ""),
        ("race", 1, Stage.COPY, "1", ""),
        ("race-narrowed", 1, Stage.USE, "0-1", "<- narrowed by cpuset: -(2-3)"),
        ("race-refused", 0, Stage.USE, "not reached", ""),
        ("race-lost-use", 0, Stage.USE, "not seen: lost", ""),
        ("race-parked", 0, Stage.EXIT, "not yet: still in the call", ""),
        ("race-without-copy", 0, Stage.COPY, "not observable here", ""),
        ("race-without-copy", 0, Stage.USE, "1", "<- changed: +1 -2"),
        ("withdrawn", 0, Stage.COPY, "failed (EFAULT)", "<- withdrawn"),
        ("withdrawn", 1, Stage.COPY, "not reached", ""),
        ("restore", 0, Stage.EXIT, "2", "<- put back: +2 -1"),
        ("tamper", 0, Stage.USE, "5", "<- changed: +5 -2"),
        ("blind", 0, Stage.ENTRY, "unreadable (EFAULT)", ""),
        ("blind", 0, Stage.COPY, "1", "<- unseen before"),
        ("late", 0, Stage.EXIT, "1", "<- changed: +1 -2"),
    ],
)
def test_a_cell_says_what_was_there_and_what_had_changed(
    name: str, argument: int, stage: Stage, shown: str, changed: str
) -> None:
    call = CALLS[name]
    judged_argument = call.arguments[argument]
    assert cell(call, judged_argument, stage, 34) == shown
    assert mark(judged_argument, stage) == changed


def test_a_call_that_outlived_the_watching_says_so() -> None:
    call = judged(ladder()[:2])
    assert call.cut is Cut.END
    assert cell(call, call.arguments[0], Stage.EXIT, 34) == "not seen: watching ended"


def test_a_cell_with_many_nodes_counts_those_it_leaves_out() -> None:
    call = CALLS["race-many-nodes"]
    shown = cell(call, call.arguments[0], Stage.ENTRY, 34)
    assert len(shown) <= 34
    assert shown.endswith("and 503 more")


def test_bits_past_the_limit_are_said() -> None:
    masks = {"old_nodes": Mask(content(1, beyond=True), returned=-22)}
    call = judged(ladder(masks=masks))
    assert cell(call, call.arguments[0], Stage.ENTRY, 34) == "1 + bits past the limit"
    assert cell(call, call.arguments[0], Stage.COPY, 34) == "failed (EINVAL)"


def test_a_change_counts_only_bits_that_both_looks_could_read() -> None:
    entry = partly_read(2, unread=(8, 16), length=16)
    raced = Mask(entry, copy=content(1, 70, length=16), exit=content(1, 70, length=16))
    call = judged(ladder(masks={"old_nodes": raced}))
    assert mark(call.arguments[0], Stage.COPY) == "<- changed: +1 -2"


def test_narrowing_names_the_mask_and_the_cpuset() -> None:
    assert "new_nodes to the caller's cpuset (0-1)" in narrowing(CALLS["race-narrowed"])
    assert narrowing(CALLS["race"]) == ""


def test_an_empty_mask_is_called_empty() -> None:
    call = judged(ladder(masks={"old_nodes": Mask(content())}))
    assert cell(call, call.arguments[0], Stage.ENTRY, 34) == "empty"
