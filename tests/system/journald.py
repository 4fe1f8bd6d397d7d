"""A real systemd-journald of Debian's, in a mount namespace with its own /run."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.system.rsyslog import PATIENCE_S, wait_until

_NAMESPACE = """
set -e
mount -t tmpfs -o mode=755 none /run
mkdir -p /run/systemd/journal /run/log/journal
mount -t tmpfs -o mode=755 none /var/log
[ -s /etc/machine-id ] || { echo 0123456789abcdef0123456789abcdef > /run/id
  mount --bind /run/id /etc/machine-id; }
exec /lib/systemd/systemd-journald
"""


class Journald:
    """journald, and journalctl reading its files."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", _NAMESPACE],
            stderr=subprocess.DEVNULL,
        )
        self._root = Path(f"/proc/{self._process.pid}/root")
        self.socket = self._root / "run/systemd/journal/socket"
        wait_until(self.socket.is_socket, "journald listens")

    def stop(self) -> None:
        """End it; the namespace and its mounts go with it."""
        self._process.terminate()
        self._process.wait(PATIENCE_S)

    def entries(self, *matches: str) -> list[dict[str, Any]]:
        """Read entries back, by `journalctl -o json`."""
        return [json.loads(line) for line in self.lines("json", *matches)]

    def lines(self, output: str, *matches: str) -> list[str]:
        """Give what journalctl writes in one of its forms."""
        done = subprocess.run(
            [
                "journalctl",
                *("--directory", str(self._root / "run/log/journal")),
                *("--output", output, "--all", "--no-pager", *matches),
            ],
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",  # as `verify --head` reads it: sizes of binary fields are no text
        )
        return done.stdout.splitlines()
