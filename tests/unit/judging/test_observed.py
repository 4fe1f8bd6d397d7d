"""Calls that never left the kernel are accounted for."""

from __future__ import annotations

import msgspec
import pytest

from detector.judging.beginning import Beginning, Ending
from detector.judging.judging import Judging
from detector.judging.observed import UNSEEN, observed
from detector.model.enforcement import Enforced, Mode
from detector.model.observation import Observation
from tests.unit.samples import PROCESS

BEGINNING = Beginning(
    run="0123456789abcdef",
    backend="kprobe",
    kernel="6.12",
    stages=(),
    began_unix_ns=1,
    offset_ns=0,
)
ENDING = Ending(ended_unix_ns=2, stages=(), begun=10, lost={}, cut_by_start=0)


def observation(*, judged: int, **ending: int) -> Observation:
    judging = Judging(BEGINNING, rules=(), identify=lambda _: PROCESS, emit=lambda _: None)
    judging.tally.judged = judged
    return observed(BEGINNING, msgspec.structs.replace(ENDING, **ending), judging)


def test_equal_calls_are_judged_and_held_ones_are_cut_by_the_end() -> None:
    told = observation(judged=2, equal=7, held=1)
    assert (told.judged, told.cut_by_end, told.lost) == (9, 1, {})


@pytest.mark.parametrize("equal", [0, 5])
def test_what_is_neither_sent_nor_equal_nor_held_is_lost(equal: int) -> None:
    assert observation(judged=3, equal=equal).lost == {UNSEEN: 7 - equal}


def test_what_the_kernel_counted_stands_where_less_arrived() -> None:
    judging = Judging(BEGINNING, rules=(), identify=lambda _: PROCESS, emit=lambda _: None)
    judging.tally.enforced.update({Enforced.REFUSED: 3, Enforced.NOT_ENFORCEABLE: 1})
    ending = msgspec.structs.replace(ENDING, enforced={Enforced.REFUSED: 5})
    told = observed(msgspec.structs.replace(BEGINNING, enforce=Mode.REFUSE), ending, judging)
    assert told.enforce is Mode.REFUSE
    assert told.enforced == {Enforced.REFUSED: 5, Enforced.NOT_ENFORCEABLE: 1}
