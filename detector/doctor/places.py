"""What each stage of each system call comes to on this host, for `toctrace syscalls`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.doctor.probe_checks import check_probes
from detector.doctor.result import State
from detector.model.stage import Stage
from detector.render.syscalls_document import Place
from detector.syscalls.table import SYSCALLS

if TYPE_CHECKING:
    from detector.doctor.host import Host
    from detector.doctor.result import CheckResult

NOTHING = "neither kprobes nor tracepoints can be attached: `toctrace doctor` says why"
_SEEN = {State.OK: True, State.PROBLEM: False, State.UNKNOWN: None}


def places(host: Host) -> tuple[Place, ...]:
    """Ask for every probe of the table."""
    asked = tuple(_place(result) for result in check_probes(host, SYSCALLS))
    return asked or tuple(
        Place(syscall=syscall.name, stage=probe.stage, abi=probe.abi, seen=False, found=NOTHING)
        for syscall in SYSCALLS
        for probe in syscall.probes
    )


def _place(result: CheckResult) -> Place:
    return Place(
        syscall=result.syscall or "",
        stage=Stage(result.stage or ""),
        abi=result.id.rpartition(".")[2],
        seen=_SEEN[result.state],
        found=result.found.partition(": ")[2] or result.found,
    )
