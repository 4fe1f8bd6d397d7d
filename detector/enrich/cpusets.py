"""Where a process may run and have memory, from /proc (Documentation/admin-guide/cgroup-v2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.enrich.procfs import reason, text
from detector.errors import EnrichmentError
from detector.model.process import Cpuset

if TYPE_CHECKING:
    from detector.enrich.procfs import ProcessDirectory

_NOT_TOLD = "/proc does not tell of cpusets"
NO_CPUSETS = "this kernel has no cpusets (CONFIG_CPUSETS)"


def parse_allowed(status: bytes) -> tuple[str, str]:
    """Give Cpus_allowed_list and Mems_allowed_list of a status file; raise EnrichmentError."""
    lines = (line.partition(b":") for line in status.split(b"\n"))
    found = {text(name): text(value.strip()) for name, _, value in lines}
    try:
        return found["Cpus_allowed_list"], found["Mems_allowed_list"]
    except KeyError:
        raise EnrichmentError(_NOT_TOLD) from None


def read_cpuset(directory: ProcessDirectory) -> Cpuset:
    """Read what holds now for a process; raise EnrichmentError with the reason."""
    try:
        cpus, mems = parse_allowed(directory.read("status"))
        path = text(directory.read("cpuset").removesuffix(b"\n"))
    except FileNotFoundError as error:
        raise EnrichmentError(NO_CPUSETS) from error
    except OSError as error:
        raise EnrichmentError(reason(error)) from error
    return Cpuset(path=path, cpus=cpus, mems=mems)
