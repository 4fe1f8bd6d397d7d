"""What a renderer must be told because it reads nothing itself."""

from __future__ import annotations

import msgspec


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """The run and the host that a result is from."""

    run: str
    """The run's id, as bound to every log line."""
    host: str
    boot_id: str
    """/proc/sys/kernel/random/boot_id."""
    kernel: str
    """The kernel's release, as uname -r gives it."""
    version: str
    """The tool's own version."""
