"""The observation of a run that could not see anything: said, never silent."""

from __future__ import annotations

import platform
import time

from detector.judging.beginning import Beginning, Ending
from detector.live.clock import boot_to_unix_ns
from detector.live.recorder import Recorder
from detector.live.verdict import Allowed, judged_by
from detector.model.observation import Observation, StageState
from detector.syscalls.entry import Syscall
from detector.syscalls.table import DEFAULT


def unobserved(
    run: str,
    reason: str,
    allowed: Allowed,
    *,
    syscalls: tuple[Syscall, ...] = DEFAULT,
    command_status: int | None = None,
) -> Observation:
    """Say that no stage of `syscalls` was armed, and why."""
    now = time.time_ns()
    observation = Observation(
        run=run,
        backend="none",
        kernel=platform.release(),
        began_unix_ns=now,
        ended_unix_ns=now,
        stages=tuple(
            StageState(
                syscall=syscall.name,
                stage=probe.stage,
                abi=probe.abi,
                armed=False,
                via="",
                reason=reason,
            )
            for syscall in syscalls
            for probe in syscall.probes
        ),
        judged=0,
        findings={},
        severities={},
        incomplete=0,
        lost={},
        cut_by_start=0,
        cut_by_end=0,
        notes=(reason,),
        command_status=command_status,
    )
    return judged_by(observation, allowed)


def record_unobserved(recorder: Recorder | None, observation: Observation) -> None:
    """Keep that nothing was observed, and why: a case in which a host is missing tells nothing."""
    if recorder is None:
        return
    recorder.begin(
        Beginning(
            run=observation.run,
            backend=observation.backend,
            kernel=observation.kernel,
            stages=observation.stages,
            began_unix_ns=observation.began_unix_ns,
            offset_ns=boot_to_unix_ns(),
        )
    )
    ending = Ending(
        ended_unix_ns=observation.ended_unix_ns,
        stages=observation.stages,
        begun=None,
        lost={},
        cut_by_start=0,
        notes=observation.notes,
        command_status=observation.command_status,
    )
    recorder.end(ending, observation)
