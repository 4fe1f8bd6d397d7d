"""Definitions of kprobes that an instance left in tracefs when it was killed.

bcc attaches by a perf event of its own, which ends with its descriptor. Where the kernel refuses
that, bcc 0.26 defines an event in tracefs instead (libbpf.c: create_probe_event), which outlives a
SIGKILL. It is called as bcc is told, with `_bcc_` and the process' number after it. What bcc would
tell by itself is the function's name alone, so that another tool's definition at the same function
could not be told from one of ours: ours have a name of our own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Literal

import structlog

TRACEFS = (Path("/sys/kernel/tracing"), Path("/sys/kernel/debug/tracing"))
_OURS = "toctrace"
_DEFINITION = re.compile(
    rf"([pr])\d*:(?P<name>kprobes/\1_{_OURS}_(?P<function>\w+)_bcc_(?P<pid>\d+)) "
    r"(?P<symbol>[\w.]+)(?:\+0)?"
)

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def event_name(kind: Literal["p", "r"], symbol: str) -> str:
    """Give the name by which a function's beginning (`p`) or return (`r`) is probed.

    The kernel takes 63 characters, of which bcc takes as many as 12.
    """
    return f"{kind}_{_OURS}_{_word(symbol)}"


def _word(symbol: str) -> str:
    return symbol.replace(".", "_")


def left_behind(definitions: str, alive: Callable[[int], bool]) -> Iterator[str]:
    """Give the names of our definitions whose processes have ended."""
    for line in definitions.splitlines():
        found = _DEFINITION.fullmatch(line)
        if found and found["function"] == _word(found["symbol"]) and not alive(int(found["pid"])):
            yield found["name"]


def remove_leftovers(tracefs: Collection[Path] = TRACEFS) -> None:
    """Remove what dead instances left; what anybody still uses the kernel does not let go.

    A host without tracefs, or one that refuses, has the definitions that it has.
    """
    for folder in tracefs:
        events = folder / "kprobe_events"
        try:
            names = list(left_behind(events.read_text("ascii"), _alive))
        except OSError:
            continue
        for name in names:
            _remove(events, name)
        return


def _remove(events: Path, name: str) -> None:
    try:
        descriptor = os.open(events, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    except OSError as error:
        log.warning("leftover_kept", definition=name, reason=error.strerror)
        return
    try:
        os.write(descriptor, f"-:{name}\n".encode())
        log.info("leftover_removed", definition=name)
    except OSError as error:
        log.warning("leftover_kept", definition=name, reason=error.strerror)
    finally:
        os.close(descriptor)


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
