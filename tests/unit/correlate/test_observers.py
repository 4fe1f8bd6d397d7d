"""What each observer would have believed, and whether it was deceived."""

from __future__ import annotations

import pytest

from detector.model.judgement import JudgedCall
from detector.model.stage import Stage
from tests.unit.builders import (
    EFAULT,
    Mask,
    content,
    ladder,
    lose,
    make_mask,
    partly_read,
    unreadable,
    without,
)
from tests.unit.correlate.judging import ENTRY_AND_EXIT, WITHOUT_COPY, argument, judge_one

A, B = content(0), content(1)
SAW_A, SAW_B = make_mask(0), make_mask(1)
UNREAD = unreadable()


def beliefs(call: JudgedCall) -> list[tuple[Stage, bytes | None, bool]]:
    """Give the observers of the old mask."""
    return [(o.stage, o.believed, o.deceived) for o in argument(call).observers]


@pytest.mark.parametrize(
    ("mask", "entry", "exit_"),
    [
        (Mask(A), (SAW_A, False), (SAW_A, False)),
        (Mask(A, copy=B, exit=B), (SAW_A, True), (SAW_B, False)),
        (Mask(A, copy=B), (SAW_A, True), (SAW_A, True)),
        (Mask(A, exit=B), (SAW_A, False), (SAW_B, True)),
        (Mask(UNREAD, copy=B, exit=B), (None, False), (SAW_B, False)),
        (Mask(A, exit=UNREAD), (SAW_A, False), (None, False)),
        (Mask(A, returned=EFAULT), (SAW_A, True), (SAW_A, False)),
        (Mask(A, use=B), (SAW_A, True), (SAW_A, True)),
        (Mask(UNREAD, copy=A, use=B), (None, False), (None, False)),
    ],
)
def test_an_observer_is_deceived_by_what_differs_from_the_kernels_side(
    mask: Mask, entry: tuple[bytes | None, bool], exit_: tuple[bytes | None, bool]
) -> None:
    call = judge_one(ladder(masks={"old_nodes": mask}))
    assert beliefs(call) == [(Stage.ENTRY, *entry), (Stage.EXIT, *exit_)]


def test_a_mask_that_was_partly_read_is_believed_in_part() -> None:
    seen = partly_read(0, unread=(8, 16), length=16)
    call = judge_one(ladder(masks={"old_nodes": Mask(seen, copy=content(0, 64, length=16))}))
    assert beliefs(call)[0] == (Stage.ENTRY, make_mask(0, length=16), False)


def test_a_narrowed_use_deceives_nobody() -> None:
    masks = {"new_nodes": Mask(content(0, 1, 5), use=content(0, 1))}
    call = judge_one(ladder(masks=masks, cpuset=make_mask(0, 1)))
    assert [o.deceived for o in argument(call, "new_nodes").observers] == [False, False]


@pytest.mark.parametrize(
    ("mask", "entry", "exit_"),
    [(Mask(A, use=B), True, True), (Mask(A, use=B, exit=B), True, False)],
)
def test_without_the_copy_the_use_is_the_kernels_side(
    mask: Mask, *, entry: bool, exit_: bool
) -> None:
    items = without(ladder(masks={"old_nodes": mask}), Stage.COPY)
    assert [o.deceived for o in argument(judge_one(items, WITHOUT_COPY)).observers] == [
        entry,
        exit_,
    ]


def test_with_entry_and_exit_alone_entry_is_taken_to_be_deceived() -> None:
    items = without(ladder(masks={"old_nodes": Mask(A, exit=B)}), Stage.COPY, Stage.USE)
    assert [o.deceived for o in argument(judge_one(items, ENTRY_AND_EXIT)).observers] == [
        True,
        False,
    ]


def test_nobody_is_called_deceived_where_the_kernels_side_is_lost() -> None:
    call = judge_one(lose(ladder(masks={"old_nodes": Mask(A, copy=B, exit=B)}), {1}))
    assert [o.deceived for o in argument(call).observers] == [False, False]


def test_a_look_that_was_lost_has_no_observer() -> None:
    call = judge_one(lose(ladder(), {0}))
    assert [o.stage for o in argument(call).observers] == [Stage.EXIT]
