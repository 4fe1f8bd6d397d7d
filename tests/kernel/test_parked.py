"""A raced call whose caller stays in the kernel after the use is told while it is there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

from detector.raw_syscall import raw_syscall
from detector.simulate.faults import FaultServer
from detector.simulate.held_text import WORD, HeldText
from detector.simulate.pages import write

OPENAT, AT_FDCWD = 257, -100
READY_S, DEADLINE_S = 300, 60
TOLD_S = 30
"""How long after it began the alert may take, on an emulated machine."""
SEEN, USED = "aaaaaaa", "bbbbbbb"


def open_raced(folder: Path, returned: list[int]) -> None:
    """Open the pipe that nobody writes to, by a path that named another one at the entry."""
    path = f"{folder}/".encode()
    path += b"/" * (-len(path) % WORD)
    word = len(path) // WORD
    with HeldText() as text, FaultServer() as server:
        server.register(text.held)
        rest = text.across(path + SEEN.encode() + b"\0", word)
        begin = text.address_of_text + WORD * word
        server.arm(text.held, partial(write, begin, USED.encode()[: WORD - 1]), rest)
        returned.append(raw_syscall(OPENAT, AT_FDCWD, text.address_of_text, os.O_RDONLY, 0))


def lines(output: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.read_bytes().splitlines()]


def test_a_raced_call_that_blocks_after_its_use_is_told_while_it_is_parked(tmp_path: Path) -> None:
    output, log = tmp_path / "out.jsonl", tmp_path / "log"
    os.mkfifo(tmp_path / USED)
    options = ("--syscalls", "openat", "--pid", str(os.getpid()), "--output", str(output))
    with (
        log.open("wb") as said,
        subprocess.Popen(["toctrace", "watch", *options], stderr=said) as watch,
    ):
        deadline = time.monotonic() + READY_S
        while b"watching" not in log.read_bytes():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        returned: list[int] = []
        caller = threading.Thread(target=open_raced, args=(tmp_path, returned))
        caller.start()
        began = time.monotonic()
        try:
            while not (found := lines(output)):
                assert time.monotonic() - began < TOLD_S, log.read_text()
                time.sleep(0.2)
            assert returned == []  # it is there still
        finally:
            os.close(os.open(tmp_path / USED, os.O_WRONLY))
            caller.join()
        time.sleep(2)
        watch.send_signal(signal.SIGINT)
        watch.wait(DEADLINE_S)
    assert returned[0] > 0
    os.close(returned[0])
    assert [(one["kind"], one["call"]["cut"]) for one in found] == [("race", "parked")]
    *findings, observation = lines(output)
    assert len(findings) == 1
    assert (observation["incomplete"], observation["cut_by_end"]) == (0, 0)
    assert observation["lost"] == {}
    assert watch.returncode == 10
