"""Playing raced processes under `--name-writer`, and holding whom it names against the truth."""

from __future__ import annotations

import ctypes
import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from detector.raw_syscall import raw_syscall
from detector.writers.perf_event import NR_PERF_EVENT_OPEN
from tests.kernel.scenes import HERE, run

SOURCE = HERE / "writers" / "writers.c"
STORE_LINE = 1 + next(
    number for number, line in enumerate(SOURCE.read_text().splitlines()) if "THE STORE" in line
)
VALUES = {1 << 40, 1 << 51}
"""What the program writes, in turn."""
HAMMER_ENDS = {3, 6}
"""Where on its page the two stores of simulate's machine code end (HAMMER)."""


class Played(msgspec.Struct, frozen=True):
    """What one run found, and who was who."""

    who: dict[str, Any]
    lines: list[dict[str, Any]]
    stderr: str
    case: Path
    program: Path

    def finding(self, name: str) -> dict[str, Any]:
        """Give the finding that named a writer."""
        found = self.who[name]["found"]
        assert found, (
            f"{name}: no writer was named; {self.lines[-1]['notes']} {self.stderr[-2000:]}"
        )
        return dict(found)

    def writers(self, name: str) -> list[dict[str, Any]]:
        """Give the writers of that finding."""
        return list(self.finding(name)["writers"])


@contextmanager
def one_cpu() -> Iterator[None]:
    """Leave one CPU online."""
    others = [
        file
        for file in Path("/sys/devices/system/cpu").glob("cpu[0-9]*/online")
        if file.parent.name != "cpu0"
    ]
    for file in others:
        file.write_text("0")
    try:
        yield
    finally:
        for file in others:
            file.write_text("1")


@contextmanager
def perf_event_held() -> Iterator[None]:
    """Hold a perf event of this task, which counts nothing.

    The first such event on a host makes the kernel patch its scheduler, and the last one's end
    patches it back (kernel/events/core.c: perf_sched_events). An emulator of several CPUs runs code
    half patched, and 6.12 died of it each time: here it is patched while there is no other CPU.
    """
    software, size, dummy, cloexec = 1, 128, 9, 8
    attributes = ctypes.create_string_buffer(struct.pack("=IIQ", software, size, dummy), size)
    with one_cpu():
        event = raw_syscall(NR_PERF_EVENT_OPEN, ctypes.addressof(attributes), 0, -1, -1, cloexec)
    assert event >= 0, os.strerror(-event)
    try:
        yield
    finally:
        with one_cpu():
            os.close(event)


def play(folder: Path, names: tuple[str, ...], *options: str) -> Played:
    """Race in each of these ways under one `toctrace run`, until each writer is named."""
    program, who, case = folder / "writers", folder / "who.json", folder / "case"
    # without optimisation every function sets up a frame, the innermost one too
    strict = ("-O0", "-g", "-Wall", "-Wextra", "-Werror", "-pthread")
    subprocess.run(["gcc", *strict, "-o", program, SOURCE], check=True)
    player = [sys.executable, str(HERE / "play_writers.py")]
    played = [*player, str(who), str(folder / "out.jsonl"), str(program), *names]
    recorded = ("--name-writer", "--verbose", "--record", str(case))
    _, lines, stderr = run(folder, played, *recorded, *options)
    assert who.exists(), stderr[-4000:]
    return Played(json.loads(who.read_text()), lines, stderr, case, program)


def check_storm(played: Played) -> None:
    """Its thread is named, by one of its two stores."""
    who = played.who["storm"]
    for writer in played.writers("storm"):
        assert (writer["pid"], writer["how"]) == (who["caller"], "store")
        assert writer["tid"] != who["caller"]
        assert writer["tid"] in who["threads"]
        assert writer["argument"] == "old_nodes"
        assert int(writer["stack"][0]["address"], 16) % 4096 in HAMMER_ENDS
        assert "no file is mapped" in writer["stack"][0]["missing"]


def check_other_process(played: Played) -> None:
    """The other process is named, by an instruction of its C library that stores."""
    who = played.who["other-process"]
    (child,) = who["writers"]
    for writer in played.writers("other-process"):
        assert (writer["pid"], writer["tid"]) == (child, child)
        assert writer["how"] == "store"
        innermost = writer["stack"][0]
        assert Path(innermost["module"]).name == "libc.so.6"
        assert stores_before(Path(innermost["module"]), innermost["offset"])


def address_of(module: Path, offset: int) -> int:
    """Give the address, by the module's own count, of a place in its file."""
    told = subprocess.check_output(["readelf", "-lW", module], text=True)
    loads = re.findall(r"LOAD +0x([0-9a-f]+) 0x([0-9a-f]+) \S+ 0x([0-9a-f]+)", told)
    (found,) = [
        offset - begin + address
        for begin, address, size in ((int(a, 16), int(b, 16), int(c, 16)) for a, b, c in loads)
        if begin <= offset < begin + size
    ]
    return found


def functions_before(module: Path, offset: int) -> list[str]:
    """Give the names, by the word of readelf, of the function that a call returns into here."""
    last = address_of(module, offset) - 1
    told = subprocess.check_output(["readelf", "-W", "--dyn-syms", module], text=True)
    symbols = re.findall(r"^ +\d+: ([0-9a-f]+) +(\d+) FUNC .* (\S+)$", told, re.MULTILINE)
    return [name for begin, size, name in symbols if 0 <= last - int(begin, 16) < int(size)]


def stores_before(module: Path, offset: int) -> bool:
    """Whether, by the word of objdump, an instruction that stores ends at this place."""
    end = address_of(module, offset)
    return any(is_store(module, end - length, end) for length in range(1, 16))


def is_store(module: Path, begin: int, end: int) -> bool:
    """Whether one instruction goes from `begin` to `end` and its target is memory."""
    limits = (f"--start-address={begin}", f"--stop-address={end}")
    told = subprocess.check_output(["objdump", "-d", *limits, module], text=True)
    code = re.findall(r"^ +[0-9a-f]+:\t((?:[0-9a-f]{2} )+) *\t?(.*)$", told, re.MULTILINE)
    if len(code) != 1 or len(code[0][0].split()) != end - begin:
        return False
    return re.fullmatch(r"v?mov\w* +%\w+,\S*\(%\S+\)\s*", code[0][1]) is not None


def check_forked(played: Played) -> None:
    """The child is named, by symbol, file, line, code and stack, and by what it left."""
    who = played.who["forked"]
    (child,) = who["writers"]
    (writer,) = played.writers("forked")
    assert (writer["pid"], writer["tid"]) == (child, child)
    assert (writer["how"], writer["executable"]) == ("store", str(played.program))
    innermost, caller = writer["stack"][:2]
    assert innermost["symbol"] == "flip_forked"
    assert (innermost["file"], innermost["line"]) == (str(SOURCE), STORE_LINE)
    assert caller["symbol"] == "write_for_ever"
    assert writer["source"] == "*old_nodes = value; /* THE STORE */"
    assert writer["hits"] > 1
    assert int(writer["word"], 16) in VALUES
