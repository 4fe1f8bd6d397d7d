"""The report: verdict, exit code, and the trial that outranks what was only asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from detector.doctor.report import examine
from detector.doctor.result import Effect, Report, Verdict
from detector.errors import ObservationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detector.doctor.trial import AttachTrial, StageTrial
    from tests.unit.doctor.fake_host import FakeHost


class Tried(msgspec.Struct, frozen=True):
    """How one stage took it."""

    stage: str
    armed: bool
    abi: str = "any"
    via: str = "kprobe"
    reason: str = ""


def trial_of(*stages: StageTrial) -> AttachTrial:
    """Return a trial with this outcome."""

    def attach() -> Sequence[StageTrial]:
        return stages

    return attach


def last(report: Report) -> tuple[str, Effect]:
    """Return the last check and its effect."""
    return report.checks[-1].id, report.checks[-1].effect


def test_every_stage_armed_is_everything_and_tried(fake: FakeHost) -> None:
    """The proof."""
    report = examine(
        fake.host(), lambda: trial_of(Tried("entry", armed=True), Tried("copy", armed=True))
    )
    assert (report.verdict, report.exit_code, report.tried) == (Verdict.EVERYTHING, 0, True)


def test_a_stage_that_does_not_attach_is_lost(fake: FakeHost) -> None:
    """Whatever the symbols promised."""
    report = examine(
        fake.host(),
        lambda: trial_of(Tried("entry", armed=True), Tried("copy", armed=False, reason="EINVAL")),
    )
    assert (report.verdict, report.exit_code) == (Verdict.SOME, 12)
    assert last(report) == ("trial.copy", Effect.STAGE)


def test_without_entry_nothing_is_observed(fake: FakeHost) -> None:
    """Entry numbers the call."""
    report = examine(fake.host(), lambda: trial_of(Tried("entry", armed=False)))
    assert (report.verdict, report.exit_code) == (Verdict.NOTHING, 11)


def test_without_the_entry_of_some_callers_the_others_are_observed(fake: FakeHost) -> None:
    """The tracepoints leave 32-bit callers out."""
    report = examine(
        fake.host(),
        lambda: trial_of(
            Tried("entry", armed=True, abi="x86_64"), Tried("entry", armed=False, abi="i386")
        ),
    )
    assert (report.verdict, last(report)) == (Verdict.SOME, ("trial.entry.i386", Effect.STAGE))


def test_a_trial_that_fails_as_a_whole_is_fatal(fake: FakeHost) -> None:
    """The backend's own words are kept."""

    def refused() -> Sequence[StageTrial]:
        message = "bpf(2): operation not permitted"
        raise ObservationError(message)

    report = examine(fake.host(), lambda: refused)
    assert last(report) == ("trial.attach", Effect.FATAL)
    assert "operation not permitted" in report.checks[-1].found


def test_a_host_that_cannot_is_not_tried(fake: FakeHost) -> None:
    """Nor is what tries it loaded: it would bring bcc."""
    fake.remove("sys/bus/event_source/devices/kprobe/type")

    def load() -> AttachTrial:
        pytest.fail("loaded")

    assert not examine(fake.host(), load).tried


def test_without_a_trial_it_is_said_that_nothing_was_tried(fake: FakeHost) -> None:
    """Asked is not proved."""
    assert not examine(fake.host(), lambda: None).tried
