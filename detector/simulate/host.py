"""What the simulations need to know of this host: its nodes, and which numbers are no nodes."""

from __future__ import annotations

import platform
from pathlib import Path

import msgspec

from detector.errors import SimulationError

ABSENT = range(40, 64)
"""Node numbers that the simulations take for nodes that do not exist.

The kernel accepts them in old_nodes as they are and finds no page there: nothing moves, so no
mask's own page is on its way between nodes when somebody looks at it.
"""


class Host(msgspec.Struct, frozen=True):
    """The nodes that this process may use."""

    nodes: tuple[int, ...]
    """Existing nodes with memory that the caller's cpuset allows; never empty."""

    @property
    def node(self) -> int:
        """A node that exists."""
        return self.nodes[0]

    @property
    def other(self) -> tuple[int, ...]:
        """A set of nodes other than {node}: another node, or on a one-node host one too many."""
        return self.nodes[1:2] or (self.node, ABSENT[-2])


def parse_nodelist(text: str) -> set[int]:
    """Return the numbers in a list of the kernel's format (`0,2-3`)."""
    numbers: set[int] = set()
    for part in filter(None, text.strip().split(",")):
        first, _, last = part.partition("-")
        numbers.update(range(int(first), int(last or first) + 1))
    return numbers


def _status(text: str, field: str) -> str:
    """Return the value of `field` in the text of /proc/PID/status."""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return value.strip()
    message = f"/proc/self/status has no {field}: this kernel has no cpusets (CONFIG_CPUSETS)"
    raise SimulationError(message)


def read_host(proc: Path = Path("/proc"), sysfs: Path = Path("/sys")) -> Host:
    """Read this host's nodes; raise SimulationError where the simulations make no sense."""
    if platform.machine() != "x86_64":
        message = f"simulations are for x86-64, this is {platform.machine()}"
        raise SimulationError(message)
    folder = sysfs / "devices/system/node"
    try:
        online = parse_nodelist((folder / "online").read_text())
        with_memory = parse_nodelist((folder / "has_memory").read_text())
    except FileNotFoundError as error:
        message = f"{error.filename} is missing: this kernel has no NUMA (CONFIG_NUMA), or no sysfs"
        raise SimulationError(message) from error
    status = (proc / "self/status").read_text()
    if online & set(ABSENT):
        message = f"node numbers {ABSENT[0]} to {ABSENT[-1]} must not exist here, some do"
        raise SimulationError(message)
    # Mems_allowed is printed as all MAX_NUMNODES bits, four to a digit (kernel/cgroup/cpuset.c).
    if 4 * len(_status(status, "Mems_allowed").replace(",", "")) <= ABSENT[-1]:
        message = f"this kernel knows too few nodes (CONFIG_NODES_SHIFT) to name {ABSENT[-1]}"
        raise SimulationError(message)
    allowed = parse_nodelist(_status(status, "Mems_allowed_list"))
    return Host(tuple(sorted(allowed & with_memory)))
