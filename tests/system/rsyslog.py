"""A real rsyslogd of Debian's, private to a test: on loopback, or with its own configuration."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

RSYSLOGD = "/usr/sbin/rsyslogd"
PATIENCE_S = 30.0

_CONFIG = """
global(workDirectory="{folder}" net.enableDNS="off" maxMessageSize="8k"
       defaultNetstreamDriverCAFile="{certificates}/ca.pem"
       defaultNetstreamDriverCertFile="{certificates}/{server}.pem"
       defaultNetstreamDriverKeyFile="{certificates}/{server}.key")
module(load="mmpstrucdata")
module(load="imudp")
module(load="imtcp")
template(name="all" type="list" option.jsonf="on") {{
  property(outname="pri" name="pri" format="jsonf")
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="procid" name="procid" format="jsonf")
  property(outname="msgid" name="msgid" format="jsonf")
  property(outname="raw" name="rawmsg" format="jsonf")
  property(outname="msg" name="msg" format="jsonf")
  property(outname="sd" name="$!rfc5424-sd" format="jsonf")
}}
ruleset(name="keep") {{
  action(type="mmpstrucdata")
  action(type="omfile" file="{folder}/received.jsonl" template="all")
}}
input(type="imudp" address="127.0.0.1" port="{udp}" ruleset="keep" rcvbufSize="4m")
input(type="imtcp" address="127.0.0.1" port="{tcp}" ruleset="keep")
"""
_TLS = """
input(type="imtcp" address="127.0.0.1" port="{tls}" ruleset="keep"
      streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="{auth}"
      {peers})
"""
_NAMESPACE = """
set -e
mount -t tmpfs -o mode=755 none {folder}/dev
for node in null zero full random urandom; do
  touch {folder}/dev/$node; mount --bind /dev/$node {folder}/dev/$node
done
mount --rbind {folder}/dev /dev
mount --bind {folder}/log /var/log
mount --bind {folder}/spool /var/spool/rsyslog
exec {rsyslogd} -n -i {folder}/pid
"""


def wait_until(
    true: Callable[[], bool], what: str, patience_s: float = PATIENCE_S, every_s: float = 0.02
) -> None:
    """Wait for a condition, looked at `every_s`."""
    until = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < until, f"waited {patience_s} s in vain until {what}"
        time.sleep(every_s)


def free_port(kind: socket.SocketKind) -> int:
    """Find a port on loopback that nobody uses."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Rsyslog:
    """A collector that can be stopped, killed and started again."""

    def __init__(
        self, folder: Path, certificates: Path, *, server: str = "", auth: str = "anon"
    ) -> None:
        """`server`: which of the certificates it shows; none: no TLS."""
        self._folder = folder
        self.udp = free_port(socket.SOCK_DGRAM)
        self.tcp = free_port(socket.SOCK_STREAM)
        self.tls = free_port(socket.SOCK_STREAM)
        config = _CONFIG + (_TLS if server else "")
        text = config.format(
            folder=folder,
            certificates=certificates,
            server=server or "server",
            auth=auth,
            peers="" if auth == "anon" else 'permittedPeer=["client.example"]',
            udp=self.udp,
            tcp=self.tcp,
            tls=self.tls,
        )
        if not server:
            text = "\n".join(line for line in text.splitlines() if "NetstreamDriver" not in line)
            text = text.replace('maxMessageSize="8k"', 'maxMessageSize="8k")')
        (folder / "rsyslog.conf").write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it listens."""
        with (self._folder / "stderr").open("ab") as errors:
            self._process = subprocess.Popen(
                [
                    RSYSLOGD,
                    *("-n", "-f", str(self._folder / "rsyslog.conf")),
                    *("-i", str(self._folder / "pid")),
                ],
                stdout=errors,
                stderr=errors,
            )
        wait_until(lambda: self._listens(self.tcp), self._complaint())

    def _complaint(self) -> str:
        return f"rsyslogd listens: {(self._folder / 'stderr').read_text()}"

    @staticmethod
    def _listens(port: int) -> bool:
        listening = Path("/proc/net/tcp").read_text().splitlines()
        return any(f":{port:04X} " in line and " 0A " in line for line in listening)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
            self._process.wait(PATIENCE_S)
            self._process = None

    def kill(self) -> None:
        """Kill it, with everything that it had in memory."""
        self.stop(signal.SIGKILL)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Hold it still."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def received(self) -> list[dict[str, Any]]:
        """Parse what it wrote."""
        file = self._folder / "received.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        whole = [json.loads(line) for line in lines if line.endswith("}")]
        return [message | {"sd": json.loads(message["sd"] or "null")} for message in whole]

    def lines(self) -> int:
        """Count what it wrote, without parsing it."""
        file = self._folder / "received.jsonl"
        return file.read_bytes().count(b"\n") if file.exists() else 0

    def fields(self) -> list[dict[str, str]]:
        """Give the structured data of every message that has some of ours."""
        return [
            message["sd"]["toctrace@32473"]
            for message in self.received()
            if isinstance(message["sd"], dict) and "toctrace@32473" in message["sd"]
        ]

    def ids(self) -> list[str]:
        """Give the id of every message, in the order of arrival."""
        return [fields["id"] for fields in self.fields()]


class DebianRsyslog:
    """rsyslogd with Debian's /etc/rsyslog.conf, unchanged, in a mount namespace of its own."""

    def __init__(self, folder: Path) -> None:
        for name in ("dev", "log", "spool"):
            (folder / name).mkdir()
        self._folder = folder
        script = _NAMESPACE.format(folder=folder, rsyslogd=RSYSLOGD)
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
            stderr=subprocess.DEVNULL,
        )
        self.socket = Path(f"/proc/{self._process.pid}/root/dev/log")
        wait_until(self.socket.is_socket, "Debian's rsyslogd listens on /dev/log")

    def stop(self) -> None:
        """End it; the namespace and its mounts go with it."""
        self._process.terminate()
        self._process.wait(PATIENCE_S)

    def auth_log(self) -> list[str]:
        """Give the lines of /var/log/auth.log that are ours."""
        file = self._folder / "log" / "auth.log"
        lines = file.read_text().split("\n") if file.exists() else []
        return [line for line in lines if "toctrace" in line]
