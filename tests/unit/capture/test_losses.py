"""What the kernel counts as lost is said, each cause by its name, and what is new of it once."""

from __future__ import annotations

import pytest

from detector.capture.capture import _LOSSES, SKIPPED, Capture
from detector.capture.wire import Counter
from detector.model.snapshot import Loss


class Counting:
    """A loaded program that has counted so much."""

    def __init__(self) -> None:
        self.counters = [0] * len(Counter)
        self.misses = 0

    def sums(self, _: str) -> list[int]:
        return self.counters

    def skipped(self) -> int:
        return self.misses

    def drain(self) -> None:
        pass


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> tuple[Capture, Counting]:
    capture, program = Capture(), Counting()
    monkeypatch.setattr(capture, "_program", program, raising=False)
    return capture, program


def test_a_program_that_the_kernel_skipped_is_a_loss_and_told_as_it_grows(
    counting: tuple[Capture, Counting],
) -> None:
    capture, program = counting
    assert (capture.totals().lost, capture.read(0)) == ({}, [])
    program.misses = 3
    assert capture.totals().lost == {SKIPPED: 3}
    assert capture.read(0) == [Loss(SKIPPED, 3)]
    assert capture.read(0) == []
    program.misses = 5
    assert capture.totals().lost == {SKIPPED: 5}
    assert capture.read(0) == [Loss(SKIPPED, 2)]


@pytest.mark.parametrize("counter", _LOSSES)
def test_what_is_counted_in_the_kernel_is_a_loss_by_its_cause(
    counting: tuple[Capture, Counting], counter: Counter
) -> None:
    capture, program = counting
    program.counters[counter] = 7
    assert capture.totals().lost == {_LOSSES[counter]: 7}
    assert capture.read(0) == [Loss(_LOSSES[counter], 7)]
