"""Instances beside one another and after one another: none takes what is another's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detector.exits import Exit
from tests.attached import DEFINITIONS, attached, kinds
from tests.waiting import DEADLINE_S, wait_until

PERF_EVENTS = "/sys/bus/event_source/devices/kprobe"
"""Where they are hidden bcc defines events in tracefs, as where the kernel refuses them."""
DEFINING = Path(__file__).with_name("defining.py")
SYMBOL = "do_migrate_pages"
DEAD = 4_194_305
"""Past PID_MAX_LIMIT."""
TIMES = 3


def definitions() -> list[str]:
    return DEFINITIONS.read_text().splitlines()


def define(line: str) -> None:
    """Add a definition, or take one away."""
    descriptor = os.open(DEFINITIONS, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


def name_of(definition: str) -> str:
    return definition.partition(":")[2].partition(" ")[0]


class Instance(msgspec.Struct, frozen=True):
    """A `toctrace watch` that is watching."""

    tool: subprocess.Popen[bytes]
    folder: Path

    def found(self, pid: int) -> list[tuple[str, int]]:
        """Give what it found of a process: kind and thread, in the order of its lines."""
        lines = self._lines()
        return [
            (line["kind"], line["task"]["tid"])
            for line in lines
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
    log = folder / "log"
    options = ("-v", "--syscalls", "migrate_pages", "--all", "--output", folder / "out.jsonl")
    with log.open("wb") as said:
        tool = subprocess.Popen(["toctrace", "watch", *options], stdout=said, stderr=said)
    wait_until(lambda: "watching" in log.read_text() or tool.poll() is not None)
    assert tool.poll() is None, log.read_text()
    return Instance(tool, folder)


@pytest.fixture(scope="module")
def left() -> list[str]:
    """Kill an instance that had to define its probes; give what it left behind."""
    hidden = f'mount -t tmpfs none {PERF_EVENTS} && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", hidden, "-", sys.executable, str(DEFINING)]
    before = attached()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as killed:
        assert killed.stdout
        assert killed.stdout.readline() == b"attached\n"
        assert kinds(attached() - before) == {"program", "link", "kprobe", "definition"}
        killed.kill()
    wait_until(lambda: kinds(attached() - before) == {"definition"})
    behind = [line for line in definitions() if f"definition {line}" not in before]
    assert all(line.partition(" ")[0].endswith(f"_bcc_{killed.pid}") for line in behind)
    return behind


OTHERS = (
    f"p:kprobes/p_{SYMBOL}_bcc_{DEAD} {SYMBOL}",  # of another tool of bcc's
    f"p:kprobes/p_toctrace_{SYMBOL}_bcc_{os.getpid()} {SYMBOL}",  # its process lives
    f"p:kprobes/mine {SYMBOL}",
)
IN_USE = f"p:kprobes/p_toctrace_{SYMBOL}_bcc_{DEAD} {SYMBOL}"


@pytest.fixture(scope="module")
def others() -> Iterator[tuple[str, ...]]:
    """Define what is nobody's to take away, for as long as the tests run."""
    for line in (*OTHERS, IN_USE):
        define(line)
    enable = DEFINITIONS.parent / "events" / name_of(IN_USE) / "enable"
    enable.write_text("1")
    yield (*OTHERS, IN_USE)
    enable.write_text("0")
    for line in (*OTHERS, IN_USE):
        define(f"-:{name_of(line)}")


class Begun(msgspec.Struct, frozen=True):
    """An instance, and what was attached before it began."""

    instance: Instance
    before: Counter[str]


@pytest.fixture(scope="module")
def first(
    left: list[str], others: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Begun]:
    assert {*left, *others} <= {*definitions()}
    before = attached()
    instance = watching(tmp_path_factory.mktemp("first"))
    yield Begun(instance, before)
    instance.tool.kill()
    instance.tool.wait()


def test_the_next_start_removes_what_a_dead_instance_defined_and_no_others(
    left: list[str], others: tuple[str, ...], first: Begun
) -> None:
    symbols = {line.rpartition(" ")[2] for line in left}
    assert {SYMBOL, "handle_userfault"} <= symbols
    assert not {*left} & {*definitions()}
    assert {*others} <= {*definitions()}
    log = (first.instance.folder / "log").read_text()
    assert log.count("leftover_removed") == len(left)
    assert log.count("leftover_kept") == 1


def race() -> int:
    """Race some calls; give the process' number."""
    command = ("toctrace", "simulate", "flip-old", "--times", str(TIMES))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as played:
        pass
    assert played.returncode == 0
    return played.pid


def test_two_instances_find_the_same_races_and_one_ends_without_the_other(
    first: Begun, tmp_path: Path
) -> None:
    # as where it had to define its probes; it takes that with it at its end
    define(f"p:kprobes/p_toctrace_{SYMBOL}_bcc_{first.instance.tool.pid} {SYMBOL}")
    with_first = attached()
    second = watching(tmp_path)
    try:
        of_second = attached() - with_first
        assert kinds(of_second) == {"program", "link", "kprobe"}
        assert not with_first - attached()  # its start took nothing away
        raced = race()
        wait_until(lambda: len(second.found(raced)) == len(first.instance.found(raced)) == TIMES)
        found = second.found(raced)
        assert [kind for kind, _ in found] == ["race"] * TIMES
        assert found == first.instance.found(raced)

        assert first.instance.end()["lost"] == {}
        wait_until(lambda: attached() - first.before == of_second)
        raced = race()
        wait_until(lambda: len(second.found(raced)) == TIMES)
        observation = second.end()
        assert observation["lost"] == {}
        assert [stage for stage in observation["stages"] if not stage["armed"]] == []
    finally:
        second.tool.kill()
        second.tool.wait()
