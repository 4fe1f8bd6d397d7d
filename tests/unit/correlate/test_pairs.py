"""Each verdict of each pair, sentence by sentence."""

from __future__ import annotations

import errno
from typing import Any

import msgspec
import pytest

from detector.model.judgement import Verdict
from detector.model.snapshot import Content
from detector.model.stage import Stage
from tests.unit.builders import (
    ADDRESSES,
    EFAULT,
    EINVAL,
    EPERM,
    Mask,
    content,
    ladder,
    make_mask,
    partly_read,
    unreadable,
    without,
)
from tests.unit.correlate.judging import (
    ENTRY_AND_EXIT,
    WITHOUT_COPY,
    argument,
    judge_one,
    verdicts,
)

WHOLE = content(0)
UNREAD = unreadable()


def old(mask: Mask, **call: Any) -> dict[str, Verdict]:
    """Judge a call with this old mask."""
    return verdicts(argument(judge_one(ladder(masks={"old_nodes": mask}, **call))))


def new(mask: Mask, **call: Any) -> dict[str, Verdict]:
    """Judge a call with this new mask, which the kernel narrows."""
    masks = {"new_nodes": mask}
    return verdicts(argument(judge_one(ladder(masks=masks, **call)), "new_nodes"))


@pytest.mark.parametrize(
    ("entry", "copy", "verdict"),
    [
        (content(0), content(0), Verdict.SAME),
        (content(0), content(0, length=128), Verdict.SAME),
        (content(length=0), content(length=0), Verdict.SAME),
        (content(0), content(1), Verdict.CHANGED),
        (content(0), content(0, 700, length=128), Verdict.CHANGED),
        (content(0, beyond=True), content(0), Verdict.CHANGED),
        (content(0, beyond=None), content(0), Verdict.SAME),
        (unreadable(), content(0), Verdict.BLIND),
        (unreadable(), content(), Verdict.BLIND),
        (partly_read(0, unread=(8, 16), length=16), content(0, 64, length=16), Verdict.BLIND),
        (partly_read(0, unread=(8, 16), length=16), content(1, length=16), Verdict.CHANGED),
    ],
)
def test_a_good_copy_is_held_against_entry(entry: Content, copy: Content, verdict: Verdict) -> None:
    assert old(Mask(entry, copy=copy))["entry-copy"] is verdict


@pytest.mark.parametrize(
    ("entry", "verdict"),
    [
        (WHOLE, Verdict.WITHDRAWN),
        (UNREAD, Verdict.SAME),
        (content(0, beyond=None), Verdict.SAME),
        (partly_read(0, unread=(8, 16), length=16), Verdict.SAME),
    ],
)
def test_a_copy_that_faulted_is_withdrawn_only_from_a_whole_look(
    entry: Content, verdict: Verdict
) -> None:
    assert old(Mask(entry, returned=EFAULT))["entry-copy"] is verdict


@pytest.mark.parametrize(
    ("beyond", "verdict"),
    [(True, Verdict.SAME), (False, Verdict.CHANGED), (None, Verdict.BLIND)],
)
def test_a_copy_refused_for_bits_beyond_is_held_against_entrys_flag(
    *, beyond: bool | None, verdict: Verdict
) -> None:
    args = (0, 1024 + 64 + 1, *ADDRESSES.values())
    mask = Mask(content(0, beyond=beyond), returned=EINVAL)
    assert old(mask, args=args)["entry-copy"] is verdict


@pytest.mark.parametrize("maxnode", [0, 4096 * 8 + 2, (1 << 64) - 1])
def test_a_copy_refused_for_maxnode_itself_reads_nothing_and_is_the_same(maxnode: int) -> None:
    args = (0, maxnode, *ADDRESSES.values())
    assert old(Mask(content(length=0), returned=EINVAL), args=args)["entry-copy"] is Verdict.SAME


@pytest.mark.parametrize("maxnode", [1, 4096 * 8 + 1])
def test_the_largest_maxnode_is_not_out_of_range(maxnode: int) -> None:
    args = (0, maxnode, *ADDRESSES.values())
    assert old(Mask(WHOLE, returned=EINVAL), args=args)["entry-copy"] is Verdict.CHANGED


def test_a_null_mask_is_never_refused_for_its_maxnode() -> None:
    args = (0, 0, 0, 0)
    assert old(Mask(content(length=0), returned=EINVAL), args=args)["entry-copy"] is (
        Verdict.CHANGED
    )


def test_a_null_mask_is_the_same_everywhere() -> None:
    empty = Mask(content(length=0, address=0))
    call = judge_one(
        ladder(masks={"old_nodes": empty, "new_nodes": empty}, args=(0, 65, 0, 0), returned=EINVAL)
    )
    assert {verdicts(a)["entry-copy"] for a in call.arguments} == {Verdict.SAME}
    assert call.kind is None


def test_an_error_that_get_nodes_does_not_know_is_never_clean_nor_a_finding() -> None:
    call = judge_one(ladder(masks={"old_nodes": Mask(WHOLE, returned=-errno.ENOMEM)}))
    assert verdicts(argument(call))["entry-copy"] is Verdict.INCOMPLETE
    assert call.kind is None


def test_the_second_mask_is_unused_after_the_first_one_failed() -> None:
    call = judge_one(ladder(masks={"old_nodes": Mask(UNREAD, returned=EFAULT)}))
    assert verdicts(argument(call, "new_nodes")) == {
        "entry-copy": Verdict.UNUSED,
        "copy-use": Verdict.UNUSED,
        "entry-exit": Verdict.SAME,
    }
    assert call.cut is None


def test_after_a_failed_copy_nothing_is_used_and_its_bytes_are_compared_with_nothing() -> None:
    assert old(Mask(UNREAD, exit=content(0), returned=EFAULT)) == {
        "entry-copy": Verdict.SAME,
        "copy-use": Verdict.UNUSED,
        "entry-exit": Verdict.BLIND,
    }


def test_a_refused_call_leaves_the_use_unused() -> None:
    assert old(Mask(WHOLE), returned=EPERM)["copy-use"] is Verdict.UNUSED


CPUSET = make_mask(0, 1)
WIDE = content(0, 1, 2)


@pytest.mark.parametrize(
    ("use", "verdict"),
    [
        (WIDE, Verdict.SAME),
        (content(0, 1), Verdict.NARROWED),
        (content(0), Verdict.CHANGED),
        (content(0, 1, 3), Verdict.CHANGED),
        (content(0, 1, 2, 3), Verdict.CHANGED),
    ],
)
def test_only_narrowing_by_the_cpuset_is_honest(use: Content, verdict: Verdict) -> None:
    assert new(Mask(WIDE, use=use), cpuset=CPUSET)["copy-use"] is verdict


def test_the_first_mask_is_never_narrowed() -> None:
    mask = Mask(WIDE, use=content(0, 1))
    assert old(mask, cpuset=CPUSET)["copy-use"] is Verdict.CHANGED


@pytest.mark.parametrize("at", ["copy", "use"])
def test_the_cpuset_at_either_stage_explains_a_narrowing(at: str) -> None:
    items = [
        msgspec.structs.replace(s, cpuset=CPUSET if s.stage == at else make_mask(0))
        for s in ladder(masks={"new_nodes": Mask(WIDE, use=content(0, 1))})
    ]
    assert verdicts(argument(judge_one(items), "new_nodes"))["copy-use"] is Verdict.NARROWED


def test_a_narrowing_is_incomplete_where_no_cpuset_was_seen() -> None:
    mask = Mask(WIDE, use=content(0, 1))
    assert new(mask, cpuset=b"")["copy-use"] is Verdict.INCOMPLETE
    assert new(Mask(WIDE, use=content(0, 5)), cpuset=b"")["copy-use"] is Verdict.CHANGED


@pytest.mark.parametrize(
    ("entry", "exit_", "verdict"),
    [
        (WHOLE, WHOLE, Verdict.SAME),
        (WHOLE, content(1), Verdict.CHANGED),
        (WHOLE, content(0, beyond=True), Verdict.CHANGED),
        (WHOLE, content(0, beyond=None), Verdict.BLIND),
        (WHOLE, UNREAD, Verdict.BLIND),
        (UNREAD, WHOLE, Verdict.BLIND),
        (UNREAD, UNREAD, Verdict.SAME),
        (
            partly_read(0, unread=(8, 16), length=16),
            partly_read(1, unread=(8, 16), length=16),
            Verdict.CHANGED,
        ),
        (
            partly_read(0, unread=(8, 16), length=16),
            partly_read(64, unread=(0, 8), length=16),
            Verdict.BLIND,
        ),
    ],
)
def test_entry_is_held_against_exit(entry: Content, exit_: Content, verdict: Verdict) -> None:
    mask = Mask(entry, copy=content(0), exit=exit_)
    assert old(mask)["entry-exit"] is verdict


@pytest.mark.parametrize(
    ("exit_", "verdict"),
    [
        (WHOLE, Verdict.SAME),
        (content(1), Verdict.CHANGED),
        (content(0, beyond=True), Verdict.CHANGED),
        (UNREAD, Verdict.BLIND),
    ],
)
def test_the_copy_is_held_against_exit(exit_: Content, verdict: Verdict) -> None:
    assert old(Mask(WHOLE, exit=exit_))["copy-exit"] is verdict


def blindly(name: str, mask: Mask, *, used: bool) -> dict[str, Verdict]:
    """Judge a call whose copies cannot be seen."""
    hidden = {Stage.COPY} if used else {Stage.COPY, Stage.USE}
    armed = WITHOUT_COPY if used else ENTRY_AND_EXIT
    items = without(ladder(masks={name: mask}), *hidden)
    return verdicts(argument(judge_one(items, armed), name))


def test_where_the_copy_cannot_be_seen_its_pairs_are_incomplete() -> None:
    assert blindly("old_nodes", Mask(WHOLE), used=True) == {
        "entry-copy": Verdict.INCOMPLETE,
        "copy-use": Verdict.INCOMPLETE,
        "entry-use": Verdict.SAME,
        "entry-exit": Verdict.SAME,
        "copy-exit": Verdict.INCOMPLETE,
    }


@pytest.mark.parametrize(
    ("name", "use", "verdict"),
    [
        ("old_nodes", content(0, 2), Verdict.CHANGED),
        ("old_nodes", content(0), Verdict.CHANGED),
        ("new_nodes", content(0, 2), Verdict.CHANGED),
        ("new_nodes", content(0), Verdict.NARROWED),
    ],
)
def test_without_the_copy_entry_is_held_against_the_use(
    name: str, use: Content, verdict: Verdict
) -> None:
    assert blindly(name, Mask(content(0, 1), use=use), used=True)["entry-use"] is verdict


def test_without_the_copy_an_unreadable_entry_is_blind_at_the_use() -> None:
    mask = Mask(UNREAD, use=WHOLE)
    assert blindly("old_nodes", mask, used=True)["entry-use"] is Verdict.BLIND


def test_without_the_use_probe_nothing_is_said_of_the_use() -> None:
    found = blindly("old_nodes", Mask(WHOLE), used=False)
    assert found["entry-use"] is Verdict.INCOMPLETE
    assert found["copy-use"] is Verdict.INCOMPLETE
