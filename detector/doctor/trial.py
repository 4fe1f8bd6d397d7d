"""What came of really attaching the probes, as check results: the proof that asking cannot give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from detector.doctor.result import Effect, fine, problem
from detector.model.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from detector.doctor.result import CheckResult

REMEDY = "See the kernel's log; watching says which stages are lost, and goes on with the rest."
LOG = ("dmesg | tail",)


class StageTrial(Protocol):
    """How one stage took to being attached."""

    @property
    def stage(self) -> str:
        """The stage's name."""

    @property
    def abi(self) -> str:
        """Whose calls: `x86_64`, `i386`, or `any`."""

    @property
    def armed(self) -> bool:
        """Whether it attached."""

    @property
    def via(self) -> str:
        """By what it attached: kprobe, kretprobe, fexit."""

    @property
    def reason(self) -> str:
        """Why it did not."""


class AttachTrial(Protocol):
    """Attaches every stage and detaches it again; raises ObservationError when none can be."""

    def __call__(self) -> Sequence[StageTrial]:
        """Return how each stage took it."""


def trial_results(trials: Iterable[StageTrial]) -> Iterator[CheckResult]:
    """Turn a trial into results; without any entry there is nothing to watch."""
    trials = tuple(trials)
    entered = any(trial.armed for trial in trials if trial.stage == Stage.ENTRY)
    for trial in trials:
        id_ = f"trial.{trial.stage}" + ("" if trial.abi == "any" else f".{trial.abi}")
        if trial.armed:
            yield fine(id_, f"{trial.stage} attaches by {trial.via}", stage=trial.stage)
        else:
            yield problem(
                id_,
                Effect.STAGE if entered else Effect.FATAL,
                f"{trial.stage} ({trial.abi}) does not attach: {trial.reason}",
                remedy=REMEDY,
                commands=LOG,
                stage=trial.stage,
            )


def failed_trial(reason: str) -> CheckResult:
    """Say that the trial as a whole came to nothing."""
    return problem(
        "trial.attach",
        Effect.FATAL,
        f"the probes were tried and do not attach: {reason}",
        remedy="See the kernel's log.",
        commands=LOG,
    )
