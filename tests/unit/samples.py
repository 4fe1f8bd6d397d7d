"""One finding of each kind, as the correlator and the shipped rules make them, and observations."""

from __future__ import annotations

from typing import Any

import msgspec

from detector.correlate.correlator import Correlator, correlate
from detector.correlate.limits import PARKED_NS
from detector.model.caller import Ancestor, Program
from detector.model.finding import Finding, Severity
from detector.model.frame import Frame
from detector.model.judgement import JudgedCall, Kind
from detector.model.observation import Descendant, Observation, SinkState, StageState
from detector.model.process import Backing, Container, Cpuset, Process, Target
from detector.model.snapshot import Snapshot
from detector.model.stage import LADDER, Stage
from detector.model.writer import Way, Writer
from detector.render.meta import Meta
from detector.rules.evaluate import judge_by_rules
from detector.rules.load import shipped_rules
from tests.unit.builders import (
    ALL_ARMED,
    EFAULT,
    EPERM,
    Mask,
    content,
    ladder,
    lose,
    make_mask,
    make_task,
    partly_read,
    unreadable,
    without,
)

META = Meta(
    run="7d1f0a4c",
    host="build-17",
    boot_id="0f6a1c52-7c1e-4a35-9f0e-5d3c1f3f6a10",
    kernel="6.12.117+deb12-amd64",
    version="0.1.0",
)
RULES = shipped_rules()
OFFSET_NS = 1_700_000_000_123_456_789
PROCESS = Process(
    executable="/usr/local/bin/racer",
    command_line=("racer", "--nodes", "1"),
    parent_tgid=90,
    parent_comm="bash",
    cgroup_path="/system.slice/build.service",
    backing={"old_nodes": Backing.ANONYMOUS, "new_nodes": Backing.ANONYMOUS},
    program=Program(device=(8, 1), inode=262_411),
    sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    package="racer-tools",
    working_directory="/src/build",
    login_uid=1000,
    namespaces={"pid": 4026531836, "user": 4026531837, "mnt": 4026531841},
    cpuset=Cpuset(path="/", cpus="0-1", mems="0-1"),
    ancestors=(
        Ancestor(tgid=90, comm="bash", start_ns=4_000_000_000, executable="/usr/bin/bash"),
        Ancestor(tgid=1, comm="systemd", start_ns=10_000_000),
    ),
    target=Target(tgid=100, comm="racer", executable="/usr/local/bin/racer"),
    stack=(
        Frame(
            address=0x7F00_0001_C829,
            module="/usr/lib/x86_64-linux-gnu/libc.so.6",
            offset=0xFB829,
            symbol="syscall",
            symbol_offset=25,
        ),
        Frame(
            address=0x5500_0000_11C4,
            module="/usr/local/bin/racer",
            offset=0x11C4,
            symbol="move",
            symbol_offset=36,
            file="/src/build/racer.c",
            line=41,
        ),
        Frame(address=0x5500_0000_1300, module="/usr/local/bin/racer", missing="no table"),
    ),
)
IN_A_CONTAINER = msgspec.structs.replace(
    PROCESS,
    cgroup_path=f"/system.slice/docker-{'c0ffee00' * 8}.scope",
    container=Container(runtime="docker", id="c0ffee00" * 8, image="registry.example/racer:1"),
)
GONE = Process(missing={"executable": "it had ended before it could be asked"})
HELD = msgspec.structs.replace(
    PROCESS, backing={"old_nodes": Backing.USERFAULTFD, "new_nodes": Backing.ANONYMOUS}
)
WRITTEN = msgspec.structs.replace(
    PROCESS,
    writers=(
        Writer(
            way=Way.STORE,
            argument="old_nodes",
            address=0x1000,
            word=0b10,
            tgid=100,
            tid=102,
            start_ns=5_100_000_000,
            comm="racer",
            executable="/usr/local/bin/racer",
            frames=(
                Frame(
                    address=0x55D0_0000_1239,
                    module="/usr/local/bin/racer",
                    offset=0x1239,
                    symbol="flip_nodes",
                    symbol_offset=0x19,
                    file="/build/racer/flip.c",
                    line=42,
                ),
                Frame(
                    address=0x7F00_0008_9144,
                    module="/usr/lib/x86_64-linux-gnu/libc.so.6",
                    offset=0x89144,
                    missing="its file has no symbol table",
                ),
            ),
            source="*mask = 1UL << node;",
            hits=15_255,
            last_ns=6_000_000_000,
        ),
        Writer(
            way=Way.PROCESS_VM_WRITEV,
            argument="old_nodes",
            address=0x1000,
            tgid=777,
            tid=777,
            start_ns=5_200_000_000,
            comm="poker",
            frames=(Frame(address=0x7F11_2233_44AA),),
            hits=1,
            last_ns=6_000_000_000,
            missing="the process had ended before /proc could be read",
        ),
    ),
)
EVERY_OTHER = tuple(range(0, 1024, 2))


def judged(snapshots: list[Snapshot], *missing: Stage) -> JudgedCall:
    """Judge one call's snapshots, with these stages out of sight."""
    seen = without(snapshots, *missing) if missing else snapshots
    (call,) = correlate(seen, armed=ALL_ARMED - set(missing))
    return call


def found(call: JudgedCall, process: Process = PROCESS) -> Finding:
    """Give the one finding that the shipped rules make of a call."""
    (finding,) = judge_by_rules(call, process, RULES, OFFSET_NS)
    return finding


def _old(mask: Mask, **changes: Any) -> JudgedCall:
    return judged(ladder(masks={"old_nodes": mask}, **changes))


def calls() -> dict[str, JudgedCall]:
    """Give a call for each kind, and for each thing that must be said beside it."""
    raced = Mask(content(2), copy=content(1), exit=content(1))
    many = content(*EVERY_OTHER, length=128)
    fewer = content(*EVERY_OTHER[1:], 1, length=128)
    narrowed = Mask(content(0, 1, 2, 3), use=content(0, 1, length=128))
    return {
        "race": _old(raced),
        "race-both": judged(
            ladder(
                masks={
                    "old_nodes": raced,
                    "new_nodes": Mask(content(1), copy=content(3), exit=content(3)),
                },
                cpuset=make_mask(0, 1, 2, 3),
            )
        ),
        "race-refused": _old(raced, returned=EPERM),
        "race-many-nodes": _old(Mask(many, copy=fewer, exit=fewer), args=_args(1025)),
        "race-narrowed": judged(ladder(masks={"old_nodes": raced, "new_nodes": narrowed})),
        "race-without-copy": judged(ladder(masks={"old_nodes": raced}), Stage.COPY),
        "race-entry-and-exit-only": judged(
            ladder(masks={"old_nodes": raced}), Stage.COPY, Stage.USE
        ),
        "race-in-a-container": _old(
            raced, task=make_task(ns_tgid=7, ns_tid=8), abi="i386", args=_args(65, pid=4294967295)
        ),
        "race-written": _old(raced),
        "race-parked": _parked(raced),
        "race-lost-use": judged(lose(ladder(masks={"old_nodes": raced}), [3])),
        "withdrawn": _old(Mask(content(2), returned=EFAULT, exit=unreadable())),
        "restore": _old(Mask(content(2), copy=content(1), exit=content(2))),
        "tamper": _old(Mask(content(2), use=content(5, length=128))),
        "blind": _old(Mask(unreadable(), copy=content(1), exit=content(1))),
        "blind-held": _old(Mask(unreadable(), copy=content(1), exit=content(1)), fault_held=True),
        "blind-partly": _old(
            Mask(
                partly_read(1, unread=(8, 16), length=16, beyond=None),
                copy=content(1, 70, length=16),
                exit=content(1, 70, length=16),
            ),
            args=_args(129),
        ),
        "late": _old(Mask(content(2), exit=content(1))),
    }


def _parked(mask: Mask) -> JudgedCall:
    """Judge a call that did not return from the kernel."""
    correlator = Correlator(armed=ALL_ARMED)
    for item in ladder(masks={"old_nodes": mask})[:-1]:
        correlator.feed(item)
    (call,) = correlator.advance(2 * PARKED_NS)
    return call


def _args(maxnode: int, pid: int = 0) -> tuple[int, ...]:
    return (pid, maxnode, 0x7F0000001000, 0x7F0000002000, 0, 0)


def findings() -> dict[str, Finding]:
    """Give the finding of each of these calls."""
    processes = {
        "blind-held": HELD,
        "withdrawn": GONE,
        "race-in-a-container": IN_A_CONTAINER,
        "race-written": WRITTEN,
    }
    return {name: found(call, processes.get(name, PROCESS)) for name, call in calls().items()}


def make_observation(**changes: object) -> Observation:
    """Make an observation that saw everything and found nothing."""
    via = {
        Stage.ENTRY: "kprobe:__x64_sys_migrate_pages",
        Stage.COPY: "kretprobe:get_nodes",
        Stage.USE: "kprobe:do_migrate_pages",
        Stage.EXIT: "kretprobe:__x64_sys_migrate_pages",
    }
    observation = Observation(
        run=META.run,
        backend="kprobe",
        kernel=META.kernel,
        began_unix_ns=OFFSET_NS,
        ended_unix_ns=OFFSET_NS + 12_345_678_901,
        stages=tuple(
            StageState(
                syscall="migrate_pages", stage=stage, abi="x86_64", armed=True, via=via[stage]
            )
            for stage in LADDER
        ),
        judged=1234,
        findings={},
        severities={},
        incomplete=0,
        lost={},
        cut_by_start=0,
        cut_by_end=0,
    )
    return msgspec.structs.replace(observation, **changes)


def missing_stage(stage: Stage, reason: str) -> StageState:
    """Make the state of a stage that is not armed."""
    return StageState(
        syscall="migrate_pages", stage=stage, abi="x86_64", armed=False, via="", reason=reason
    )


def observations() -> dict[str, Observation]:
    """Give an observation of each outcome."""
    whole = make_observation()
    unseen = "get_nodes: not in the kernel's list of symbols; it was inlined"
    nothing = "kprobes are not built into this kernel (CONFIG_KPROBES)"
    return {
        "clean": whole,
        "nothing-called": make_observation(judged=0),
        "findings": make_observation(
            findings={Kind.RACE: 21, Kind.BLIND: 2},
            severities={Severity.ERR: 21, Severity.INFO: 2},
            cut_by_start=1,
            cut_by_end=2,
            descendants=(Descendant(pid=4711, comm="daemon"), Descendant(pid=4712, comm="sleep")),
            tool_status=10,
            command_status=128 + 9,
        ),
        "degraded": make_observation(
            stages=(whole.stages[0], missing_stage(Stage.COPY, unseen), *whole.stages[2:]),
            incomplete=3,
            lost={"ring buffer full": 17, "process names": 2},
            notes=("process names are missing: the process connector lost 2 messages",),
            sinks=(
                SinkState(name="journald:", sent=41, queued=0, dropped=0),
                SinkState(
                    name="syslog+tls://siem.example:6514",
                    sent=12,
                    queued=20_001,
                    dropped=8,
                    failure="Connection refused",
                    age_s=61.25,
                ),
            ),
            tool_status=12,
            command_status=0,
        ),
        "unobserved": make_observation(
            stages=tuple(missing_stage(stage, nothing) for stage in LADDER),
            backend="none",
            judged=0,
            ended_unix_ns=OFFSET_NS,
            notes=(nothing,),
            tool_status=11,
        ),
    }
