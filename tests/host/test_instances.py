"""Two instances at once: each finds all, and none takes what is the other's."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from detector.exits import Exit
from tests.attached import attached, kinds
from tests.waiting import DEADLINE_S, wait_until

TIMES = 3


class Instance(msgspec.Struct, frozen=True):
    """A `toctrace watch` that is watching."""

    tool: subprocess.Popen[bytes]
    folder: Path

    def found(self, pid: int) -> list[tuple[str, int]]:
        """Give what it found of a process: kind and thread, in the order of its lines."""
        return [
            (line["kind"], line["task"]["tid"])
            for line in self._lines()
            if line["type"] == "finding" and line["task"]["pid"] == pid
        ]

    def end(self) -> dict[str, Any]:
        """Interrupt it; give its observation."""
        self.tool.send_signal(signal.SIGINT)
        assert self.tool.wait(DEADLINE_S) == Exit.FOUND, (self.folder / "log").read_text()
        return self._lines()[-1]

    def _lines(self) -> list[dict[str, Any]]:
        output = (self.folder / "out.jsonl").read_bytes()
        # a line of more than a page is not there at once for who reads meanwhile
        return [json.loads(line) for line in output.splitlines(keepends=True) if line[-1:] == b"\n"]


def watching(folder: Path) -> Instance:
    """Start an instance, and wait until it watches."""
    folder.mkdir()
    log = folder / "log"
    of = ("--backend", "tracepoint", "--syscalls", "migrate_pages")
    options = ("-v", *of, "--all", "--output", folder / "out.jsonl")
    with log.open("wb") as said:
        tool = subprocess.Popen(["toctrace", "watch", *options], stdout=said, stderr=said)
    wait_until(lambda: "watching; stop with" in log.read_text() or tool.poll() is not None)
    assert tool.poll() is None, log.read_text()
    return Instance(tool, folder)


def race() -> int:
    """Race some calls; give the process' number."""
    command = ("toctrace", "simulate", "flip-old", "--times", str(TIMES))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as played:
        pass
    assert played.returncode == 0
    return played.pid


def test_two_instances_find_the_same_races_and_one_ends_without_the_other(tmp_path: Path) -> None:
    before = attached()
    first = watching(tmp_path / "first")
    with_first = attached()
    second = watching(tmp_path / "second")
    try:
        of_second = attached() - with_first
        assert "program" in kinds(of_second)
        assert not with_first - attached()  # its start took nothing away
        raced = race()
        wait_until(lambda: len(second.found(raced)) == len(first.found(raced)) == TIMES)
        found = second.found(raced)
        assert [kind for kind, _ in found] == ["race"] * TIMES
        assert found == first.found(raced)

        assert first.end()["lost"] == {}
        wait_until(lambda: attached() - before == of_second)
        raced = race()
        wait_until(lambda: len(second.found(raced)) == TIMES)
        assert second.end()["lost"] == {}
    finally:
        for one in (first, second):
            one.tool.kill()
            one.tool.wait()
