"""Reading single values: each reader gives the value, or raises UsageError that says what fits."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from detector.config.settings import Address
from detector.errors import UsageError
from detector.model.finding import Severity
from detector.render.priority import FACILITIES
from detector.sinks.spool import LEAST_BYTES
from detector.syscalls.table import BY_NAME

METRICS_PORT = 9477
"""Where metrics are served if no port is said."""
LOOPBACK = "127.0.0.1"
LONGEST_HEARTBEAT_S = 86_400.0
_ENTERPRISES = 2**32
_PORTS = 2**16
_DIGITS = re.compile(r"[0-9]{1,5}")


def word(known: list[str], value: object) -> str:
    """Read one of some words."""
    if value in known:
        return str(value)
    near = difflib.get_close_matches(value, known, n=1) if isinstance(value, str) else None
    raise UsageError(f"did you mean {near[0]!r}?" if near else f"it is one of {', '.join(known)}")


def severity(value: object) -> Severity:
    """Read one of the eight severities."""
    return Severity(word([one.value for one in Severity], value))


def syscall(value: object) -> str:
    """Read the name of a system call that can be watched."""
    return word(list(BY_NAME), value)


def facility(value: object) -> str:
    """Read a syslog facility."""
    return word(list(FACILITIES), value)


def enterprise(value: object) -> int:
    """Read a private enterprise number."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _ENTERPRISES:
        return value
    raise UsageError("it is a private enterprise number, as in 32473 (iana.org lists them)")


def heartbeat(value: object) -> float:
    """Read seconds between heartbeats."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        value = -1
    if 0 <= value <= LONGEST_HEARTBEAT_S:
        return float(value)
    raise UsageError("it is a number of seconds, at most a day's; 0 sends none")


def flag(value: object) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    raise UsageError("it is true or false, without quotes")


def spool_bytes(value: object) -> int:
    """Read the bound of a spool."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= LEAST_BYTES:
        return value
    raise UsageError(f"it is a number of bytes, at least {LEAST_BYTES}")


def path(value: object) -> Path:
    """Read a path."""
    if isinstance(value, str) and value and "\0" not in value:
        return Path(value)
    raise UsageError("it is a path in quotes")


def address(value: object) -> Address:
    """Read `HOST:PORT`, `[ADDRESS]:PORT`, `PORT`, or nothing for all defaults."""
    example = f"write HOST:PORT, as in {LOOPBACK}:{METRICS_PORT}"
    if not isinstance(value, str):
        raise UsageError(example)
    host, _, port = value.rpartition(":") if ":" in value else ("", "", value)
    host = host.removeprefix("[").removesuffix("]") or LOOPBACK
    if not value:
        return Address(LOOPBACK, METRICS_PORT)
    if not (_DIGITS.fullmatch(port) and 0 < int(port) < _PORTS):
        raise UsageError(example)
    return Address(host, int(port))
