"""Run the observer of observer.c, and nothing of the tool: `observer.py OUT` until SIGTERM.

Says `ready` once it observes; OUT takes a line for each look: what it saw, in hexadecimal.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import bcc

HERE = Path(__file__).parent


def main(out: Path) -> None:
    """Observe, and write down what was seen."""
    seen: list[dict[str, Any]] = []
    ended: list[int] = []

    def terminate(number: int, _: FrameType | None) -> None:
        ended.append(number)

    def lost(count: int) -> None:
        sys.exit(f"{count} looks were lost")

    signal.signal(signal.SIGTERM, terminate)
    program = bcc.BPF(text=(HERE / "observer.c").read_text())
    looks = program["looks"]

    def take(_cpu: int, data: Any, _size: int) -> None:
        told = looks.event(data)
        seen.append(
            {
                "at": told.at,
                "tid": told.tid,
                "syscall": "connect" if told.address else "openat",
                "stage": "exit" if told.exit else "enter",
                "partly": bool(told.partly),
                "content": bytes(bytearray(told)[_CONTENT_AT:])[: told.bytes].hex(),
            }
        )

    looks.open_perf_buffer(take, page_cnt=256, lost_cb=lost)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not ended:
        program.perf_buffer_poll(timeout=200)
    program.perf_buffer_poll(timeout=0)
    out.write_text("".join(json.dumps(one) + "\n" for one in seen))


_CONTENT_AT = 32
"""Of struct told; ctypes would end an array of characters at its first zero."""

if __name__ == "__main__":
    main(Path(sys.argv[1]))
