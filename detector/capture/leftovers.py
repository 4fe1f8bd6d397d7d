"""Definitions of kprobes that an instance left in tracefs when it was killed.

bcc attaches by a perf event of its own, which ends with its descriptor. Where the kernel refuses
that, bcc 0.26 defines an event in tracefs instead (libbpf.c: create_probe_event), named after the
function and the process, and that outlives a SIGKILL.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import structlog

TRACEFS = (Path("/sys/kernel/tracing"), Path("/sys/kernel/debug/tracing"))
_DEFINITION = re.compile(r"[pr]\d*:(kprobes/[pr]_\w+_bcc_(\d+)) ([\w.]+)(?:\+0)?")

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def left_behind(
    definitions: str, symbols: Collection[str], alive: Callable[[int], bool]
) -> Iterator[str]:
    """Give the names of definitions that were made for `symbols` by processes that have ended."""
    for line in definitions.splitlines():
        found = _DEFINITION.fullmatch(line)
        if found and found[3] in symbols and not alive(int(found[2])):
            yield found[1]


def remove_leftovers(symbols: Collection[str], tracefs: Collection[Path] = TRACEFS) -> None:
    """Remove what dead instances left; what anybody still uses the kernel does not let go.

    A host without tracefs, or one that refuses, has the definitions that it has.
    """
    for folder in tracefs:
        events = folder / "kprobe_events"
        try:
            names = list(left_behind(events.read_text("ascii"), symbols, _alive))
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
