"""What a configuration file, and the command line, can say."""

from __future__ import annotations

from pathlib import Path

import msgspec

from detector.model.finding import Severity
from detector.render.originator import EXAMPLE_ENTERPRISE
from detector.sinks.spool import DEFAULT_BYTES
from detector.sinks.url import SinkUrl


class Address(msgspec.Struct, frozen=True):
    """Where metrics are served."""

    host: str
    port: int


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be configured; each has the default that holds without a file."""

    sinks: tuple[SinkUrl, ...] = ()
    heartbeat_s: float = 0.0
    """Seconds between heartbeats; 0: none."""
    facility: str = "authpriv"
    enterprise: int = EXAMPLE_ENTERPRISE
    rules: tuple[Path, ...] = ()
    """Rule files and folders, besides those that ship."""
    syscalls: tuple[str, ...] = ()
    """System calls that are watched; none named: all that can be."""
    supervise: bool = False
    """What `--supervise` says."""
    fail_on: Severity | None = None
    """None: the command's own default."""
    metrics: Address | None = None
    spool: Path | None = None
    """The spool's folder; None: the usual one."""
    spool_bytes: int = DEFAULT_BYTES
    """The most that each sink may spool."""
    i_understand_enforcement: bool = False
    """What `--i-understand` says."""
