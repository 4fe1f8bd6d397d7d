"""Preflight and, where nothing speaks against it, the trial: one report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector import __version__
from detector.doctor.preflight import preflight, verdict
from detector.doctor.result import EXITS, SCHEMA_VERSION, Effect, Report, Verdict
from detector.doctor.trial import failed_trial, trial_results
from detector.errors import ObservationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from detector.doctor.host import Host
    from detector.doctor.result import CheckResult
    from detector.doctor.trial import AttachTrial


def examine(host: Host, load_trial: Callable[[], AttachTrial | None]) -> Report:
    """Ask the host everything, then try what it promised; a host that cannot is not tried."""
    results = preflight(host)
    trial = None if verdict(results) is Verdict.NOTHING else load_trial()
    if trial is not None:
        results += _attempt(trial, results)
    conclusion = verdict(results)
    return Report(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        release=host.uname.release,
        machine=host.uname.machine,
        verdict=conclusion,
        exit_code=int(EXITS[conclusion]),
        tried=trial is not None,
        checks=results,
    )


def _attempt(trial: AttachTrial, asked: tuple[CheckResult, ...]) -> tuple[CheckResult, ...]:
    """Try; of a stage whose loss was foretold in the same words, nothing more is said."""
    lost = [result.found for result in asked if result.effect is Effect.STAGE]
    try:
        tried = [t for t in trial() if not (t.reason and any(t.reason in text for text in lost))]
    except ObservationError as error:
        return (failed_trial(str(error)),)
    return tuple(trial_results(tried))
