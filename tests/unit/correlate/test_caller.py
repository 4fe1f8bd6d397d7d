"""A judged call has its caller, at whichever snapshot the kernel told it."""

from __future__ import annotations

import msgspec
import pytest

from detector.correlate.correlator import correlate
from detector.model.caller import Caller
from tests.unit.builders import ALL_ARMED, ladder

CALLER = Caller(executable="/usr/bin/racer")


@pytest.mark.parametrize("place", range(5))
def test_the_call_has_the_caller_of_any_of_its_snapshots(place: int) -> None:
    snapshots = ladder()
    snapshots[place] = msgspec.structs.replace(snapshots[place], caller=CALLER)
    (call,) = correlate(snapshots, armed=ALL_ARMED)
    assert call.caller == CALLER


def test_a_call_that_was_not_told_of_has_none() -> None:
    (call,) = correlate(ladder(), armed=ALL_ARMED)
    assert call.caller is None
