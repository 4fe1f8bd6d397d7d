"""Probes that go behind their owner's back are told once, and no others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from detector.capture.attachment import Attachment, attachment
from detector.capture.kept import CLOSED, Kept
from detector.capture.switches import (
    DISABLED,
    FTRACE_OFF,
    KPROBES_OFF,
    UNLISTED,
    SwitchFiles,
    parse_list,
)

LIST = """\
ffffffff99df9234  k  __x64_sys_call+0x4    [FTRACE]
0000000000000000  k  static_one.constprop.0+0x0    [OPTIMIZED]
ffffffff99df74d0  k  get_nodes+0x0    [FTRACE]
ffffffff99df74d0  r  get_nodes+0x0    [DISABLED][FTRACE]
ffffffff99df74d0  r  get_nodes+0x0    [FTRACE]
ffffffffc0001234  k  in_a_module+0x0  module
"""
KPROBES = (
    "kprobe:__x64_sys_call",
    "kprobe:get_nodes",
    "kprobe:static_one.constprop.0",
    "kretprobe:get_nodes",
)
TRAMPOLINES = ("fentry:one", "fexit:one", "lsm:task_movememory")
OTHERS = ("tracepoint:syscalls:sys_enter_call", "raw_tracepoint:sched_process_exec")
ALL = (*KPROBES, *TRAMPOLINES, *OTHERS)


class Kernel:
    """The files that it tells by, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.enabled, self.ftrace, self.listed = (
            folder / name for name in ("enabled", "ftrace_enabled", "list")
        )
        self.enabled.write_text("1\n")
        self.ftrace.write_text("1\n")
        self.listed.write_text(LIST)

    def looked_after(self, *attached: Attachment) -> Kept:
        """Begin to look after these, and all that needs no descriptor here."""
        probes = [*attached, *(Attachment(via, -1, None) for via in ALL)]
        return Kept(lambda: probes, SwitchFiles(self.enabled, self.ftrace, self.listed))


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


@pytest.fixture
def kept(kernel: Kernel) -> Iterator[Kept]:
    kept = kernel.looked_after()
    yield kept
    kept.close()


def without(*gone: str) -> str:
    return "".join(
        line for line in LIST.splitlines(keepends=True) if not set(line.split()) & {*gone}
    )


def test_probes_that_stay_are_not_doubted(kernel: Kernel, kept: Kept) -> None:
    assert kept.lost() == {}
    kernel.listed.write_text(LIST.replace("[FTRACE]", "[OPTIMIZED]"))
    assert kept.lost() == {}


def test_kprobes_that_are_switched_off_are_lost_once_and_no_trampoline(
    kernel: Kernel, kept: Kept
) -> None:
    kernel.enabled.write_text("0\n")
    assert kept.lost() == dict.fromkeys(KPROBES, KPROBES_OFF)
    assert kept.lost() == {}
    kernel.enabled.write_text("1\n")
    assert kept.lost() == {}


def test_without_ftrace_all_is_lost_that_is_its(kernel: Kernel, kept: Kept) -> None:
    kernel.ftrace.write_text("0\n")
    its = [one for one in (*KPROBES, *TRAMPOLINES) if "static_one" not in one]
    assert kept.lost() == dict.fromkeys(its, FTRACE_OFF)


@pytest.mark.parametrize(
    ("listed", "lost"),
    [
        (without("__x64_sys_call+0x4"), {"kprobe:__x64_sys_call": UNLISTED}),
        ("", dict.fromkeys(KPROBES, UNLISTED)),
        (
            LIST.replace("0  k  get_nodes+0x0    ", "0  k  get_nodes+0x0    [DISABLED]"),
            {"kprobe:get_nodes": DISABLED},
        ),
        (LIST.replace("[OPTIMIZED]", "[GONE]"), {"kprobe:static_one.constprop.0": DISABLED}),
        (LIST.replace("r  get_nodes+0x0    [FTRACE]", ""), {"kretprobe:get_nodes": DISABLED}),
    ],
)
def test_what_the_kernel_lists_no_more_is_lost_alone(
    kernel: Kernel, kept: Kept, listed: str, lost: dict[str, str]
) -> None:
    kernel.listed.write_text(listed)
    assert kept.lost() == lost


def test_what_is_off_or_unlisted_from_the_beginning_is_not_doubted_for_that(kernel: Kernel) -> None:
    kernel.ftrace.write_text("0\n")
    kernel.listed.write_text("another format\n")
    kept = kernel.looked_after()
    assert kept.lost() == {}
    kernel.enabled.write_text("0\n")
    assert kept.lost() == dict.fromkeys(KPROBES, KPROBES_OFF)
    kept.close()


def test_a_list_that_changed_while_it_was_read_makes_no_alarm(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = SwitchFiles(kernel.enabled, kernel.ftrace, kernel.listed)
    kept = Kept(lambda: [Attachment(via, -1, None) for via in ALL], files)
    read = files.read
    torn = iter([msgspec.structs.replace(read(), listed={})])
    monkeypatch.setattr(files, "read", lambda: next(torn, None) or read())
    assert kept.lost() == {}
    kept.close()


def test_a_kernel_that_tells_nothing_makes_no_alarm(tmp_path: Path) -> None:
    nowhere = tmp_path / "missing"
    kept = Kept(
        lambda: [Attachment(via, -1, None) for via in ALL], SwitchFiles(nowhere, nowhere, nowhere)
    )
    assert kept.lost() == {}
    kept.close()


def test_a_descriptor_that_is_closed_or_another_files_loses_its_probe(kernel: Kernel) -> None:
    here = os.open("/dev/null", os.O_RDONLY)
    held = attachment("kprobe:held", here)
    os.close(here)
    assert held.identity is None  # a file that is neither is not looked after
    closed = Attachment("tracepoint:closed", here, ("event", 7))
    kept = kernel.looked_after(held)
    assert kept.lost() == {}
    probes = [held, closed]
    kept = Kept(lambda: probes, SwitchFiles(kernel.enabled, kernel.ftrace, kernel.listed))
    later = Attachment("fexit:later", here, ("link", 8))
    probes.append(later)
    assert kept.lost() == {"fexit:later": CLOSED}


def test_the_list_is_read_with_every_probe_at_a_function() -> None:
    listed = parse_list(LIST)
    assert listed["kretprobe:get_nodes"] == ("[DISABLED][FTRACE]", "[FTRACE]")
    assert set(listed) == {*KPROBES, "kprobe:in_a_module"}


def test_a_long_list_is_read_whole_again_and_again(kernel: Kernel) -> None:
    kernel.listed.write_text("ffffffff99df9234  k  another_one+0x4    [FTRACE]\n" * 5_000 + LIST)
    files = SwitchFiles(kernel.enabled, kernel.ftrace, kernel.listed)
    for _ in range(2):
        assert set(files.read().listed or ()) >= set(KPROBES)
    files.close()
