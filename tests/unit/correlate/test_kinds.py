"""The kind of each mask by precedence, with its window and the bits that came and went."""

from __future__ import annotations

import pytest

from detector.model.judgement import Kind
from detector.model.nodemask import nodes
from detector.model.stage import Stage
from tests.unit.builders import (
    EFAULT,
    EINVAL,
    Mask,
    content,
    ladder,
    partly_read,
    unreadable,
    without,
)
from tests.unit.correlate.judging import ENTRY_AND_EXIT, WITHOUT_COPY, argument, judge_one

A, B, C = content(0), content(1), content(2)
UNREAD = unreadable()
ENTRY_COPY = (Stage.ENTRY, Stage.COPY)
COPY_USE = (Stage.COPY, Stage.USE)
COPY_EXIT = (Stage.COPY, Stage.EXIT)
ENTRY_USE = (Stage.ENTRY, Stage.USE)
ENTRY_EXIT = (Stage.ENTRY, Stage.EXIT)

OBSERVED = {
    "honest": (Mask(A), None, None, (), ()),
    "race": (Mask(A, copy=B, exit=B), Kind.RACE, ENTRY_COPY, (1,), (0,)),
    "race, a third value at exit": (Mask(A, copy=B, exit=C), Kind.RACE, ENTRY_COPY, (1,), (0,)),
    "race, exit unreadable": (Mask(A, copy=B, exit=UNREAD), Kind.RACE, ENTRY_COPY, (1,), (0,)),
    "race in the words that were read": (
        Mask(
            partly_read(0, unread=(8, 16), length=16),
            copy=content(1, 64, length=16),
            exit=content(1, 64, length=16),
        ),
        Kind.RACE,
        ENTRY_COPY,
        (1,),
        (0,),
    ),
    "race in what lies beyond": (
        Mask(content(0, beyond=True), copy=A, exit=A),
        Kind.RACE,
        ENTRY_COPY,
        (),
        (),
    ),
    "race into a refusal": (
        Mask(A, exit=content(0, beyond=True), returned=EINVAL),
        Kind.RACE,
        ENTRY_COPY,
        (),
        (),
    ),
    "withdrawn": (Mask(content(0, 4), returned=EFAULT), Kind.RACE, ENTRY_COPY, (), (0, 4)),
    "restore": (Mask(A, copy=B, exit=A), Kind.RESTORE, ENTRY_COPY, (1,), (0,)),
    "tamper": (Mask(A, use=B), Kind.TAMPER, COPY_USE, (1,), (0,)),
    "tamper before restore": (Mask(A, copy=B, use=C), Kind.TAMPER, COPY_USE, (2,), (1,)),
    "blind": (Mask(UNREAD, copy=B, exit=B), Kind.BLIND, ENTRY_COPY, (1,), ()),
    "blind, never readable": (Mask(UNREAD, copy=B), Kind.BLIND, ENTRY_COPY, (1,), ()),
    "blind in one word": (
        Mask(partly_read(0, unread=(8, 16), length=16), copy=content(0, 64, length=16)),
        Kind.BLIND,
        ENTRY_COPY,
        (64,),
        (),
    ),
    "late": (Mask(A, exit=B), Kind.LATE, COPY_EXIT, (1,), (0,)),
    "exit unreadable": (Mask(A, exit=UNREAD), None, None, (), ()),
    "unreadable at every look": (Mask(UNREAD, returned=EFAULT), None, None, (), ()),
    "reused after a fault": (Mask(UNREAD, exit=A, returned=EFAULT), None, None, (), ()),
}


@pytest.mark.parametrize("case", OBSERVED)
def test_the_first_kind_that_holds_is_the_kind(case: str) -> None:
    mask, kind, window, came, went = OBSERVED[case]
    call = judge_one(ladder(masks={"old_nodes": mask}))
    found = argument(call)
    assert (found.kind, found.window) == (kind, window)
    assert (nodes(found.came), nodes(found.went)) == (came, went)
    assert call.kind is kind
    assert call.cut is None


UNOBSERVED = {
    "honest": ("old_nodes", Mask(A), None, None, (), ()),
    "race": ("old_nodes", Mask(A, use=B, exit=B), Kind.RACE, ENTRY_USE, (1,), (0,)),
    "restored": ("old_nodes", Mask(A, use=B), Kind.RACE, ENTRY_USE, (1,), (0,)),
    "late": ("old_nodes", Mask(A, exit=B), Kind.RACE, ENTRY_EXIT, (1,), (0,)),
    "blind": ("old_nodes", Mask(UNREAD, use=B, exit=B), Kind.BLIND, ENTRY_USE, (1,), ()),
    "narrowed": ("new_nodes", Mask(content(0, 1), use=A), None, None, (), ()),
    "extra bits": ("new_nodes", Mask(content(0, 1), use=C), Kind.RACE, ENTRY_USE, (2,), ()),
    "exit unreadable": ("old_nodes", Mask(A, exit=UNREAD), None, None, (), ()),
}


@pytest.mark.parametrize("case", UNOBSERVED)
def test_without_the_copy_a_change_is_a_race_and_nothing_stronger(case: str) -> None:
    name, mask, kind, window, came, went = UNOBSERVED[case]
    call = judge_one(without(ladder(masks={name: mask}), Stage.COPY), WITHOUT_COPY)
    found = argument(call, name)
    assert (found.kind, found.window) == (kind, window)
    assert (nodes(found.came), nodes(found.went)) == (came, went)
    assert not call.copy_observed


@pytest.mark.parametrize(
    ("mask", "kind"),
    [
        (Mask(A), None),
        (Mask(A, copy=B), None),
        (Mask(A, exit=B), Kind.RACE),
        (Mask(UNREAD, exit=A), Kind.BLIND),
        (Mask(UNREAD, exit=UNREAD), None),
        (Mask(A, exit=UNREAD), None),
    ],
)
def test_entry_and_exit_alone_see_a_change_that_lasts(mask: Mask, kind: Kind | None) -> None:
    items = without(ladder(masks={"old_nodes": mask}), Stage.COPY, Stage.USE)
    assert judge_one(items, ENTRY_AND_EXIT).kind is kind


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (Mask(A, exit=B), Mask(A, use=C), Kind.TAMPER),
        (Mask(A, copy=B), Mask(A, copy=B, exit=B), Kind.RESTORE),
        (Mask(UNREAD, copy=B), Mask(A, copy=B, exit=B), Kind.RACE),
        (Mask(A, exit=B), Mask(UNREAD, copy=B), Kind.BLIND),
        (Mask(A), Mask(A, exit=B), Kind.LATE),
    ],
)
def test_the_calls_kind_is_the_strongest_and_each_mask_keeps_its_own(
    old: Mask, new: Mask, kind: Kind
) -> None:
    call = judge_one(ladder(masks={"old_nodes": old, "new_nodes": new}))
    assert call.kind is kind
    assert argument(call, "new_nodes").kind is not argument(call).kind


def test_a_race_in_a_call_that_is_then_refused_is_still_a_race() -> None:
    call = judge_one(ladder(masks={"new_nodes": Mask(A, copy=B, exit=B)}, returned=-1))
    assert call.kind is Kind.RACE
    assert call.returned == -1
