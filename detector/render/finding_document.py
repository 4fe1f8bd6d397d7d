"""The JSON of a finding: the published form, apart from the types inside.

Field names are a promise to those who read them (docs/schema/finding.json); fields are only added
while `schema` stays the same. The task's kernel address is left out: it would tell where the
kernel keeps its data (KASLR).
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from detector.model.enforcement import Enforced
from detector.model.finding import Confidence, Severity
from detector.model.judgement import Cut, Kind
from detector.model.observers import Present
from detector.model.process import Backing
from detector.model.stage import Stage
from detector.model.writer import Way
from detector.render.alert_document import AlertDocument
from detector.render.argument_document import ArgumentDocument
from detector.render.mask_document import Between, MaskDocument

Told = msgspec.Meta
_Hex = Annotated[str, Told(pattern="^0x[0-9a-f]+$")]


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """Where it was seen."""

    name: str
    boot_id: Annotated[str, Told(description="/proc/sys/kernel/random/boot_id")]
    kernel: Annotated[str, Told(description="the kernel's release")]


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """What saw it."""

    version: str
    name: Literal["toctrace"] = "toctrace"


class RuleDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that made the finding."""

    id: str
    title: str


class CallDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The system call."""

    syscall: str
    number: Annotated[int, Told(description="the call's number: unique in the run")]
    abi: Annotated[str, Told(description="x86_64, or i386 for a 32-bit call")]
    began_ns: Annotated[int, Told(description="CLOCK_BOOTTIME, ns, at the first look")]
    ended_ns: Annotated[int, Told(description="CLOCK_BOOTTIME, ns, at the last look")]
    args: Annotated[tuple[_Hex, ...], Told(description="the raw registers")]
    target_pid: Annotated[
        int | None,
        Told(description="pid argument, in the caller's namespace, 0: itself; null: has none"),
    ]
    maxnode: Annotated[int | None, Told(description="maxnode argument; null: has none")]
    returned: Annotated[int | None, Told(description="return value; null: not seen")]
    error: Annotated[str | None, Told(description="name of the error; null: none or not seen")]
    cut: Annotated[Cut | None, Told(description="why it was not seen to its end; null: it was")]
    lost: Annotated[int, Told(description="snapshots of this call that are known lost")]
    copy_observed: Annotated[bool, Told(description="whether the kernel's copy can be seen here")]
    stages_missing: Annotated[
        tuple[Stage, ...], Told(description="its stages that could not be seen in this run")
    ]
    fault_held: Annotated[
        bool, Told(description="whether userfaultfd was asked for a page during the call")
    ]
    fault_foreign: Annotated[
        bool | msgspec.UnsetType,
        Told(
            description="true: a page was faulted in during the call that others can change or"
            " serve; left out: none was, or it was not asked"
        ),
    ] = msgspec.UNSET


class PresentDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Who was there to look at the call, besides the tool."""

    present: Annotated[tuple[Present, ...], Told(description="as the kernel knew of them")]
    asked: Annotated[
        tuple[Present, ...],
        Told(description="--supervise: supervisors that were asked to decide on this very call"),
    ]
    deceived: Annotated[
        tuple[Present, ...],
        Told(description="who of them looks where a look was deceived; audit reads no mask"),
    ]


class TaskDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The calling task, as the kernel saw it when the call began."""

    pid: Annotated[int, Told(description="process id, root namespace")]
    tid: Annotated[int, Told(description="thread id, root namespace")]
    start_ns: Annotated[int, Told(description="start time, ns since boot")]
    ns_pid: Annotated[int, Told(description="process id in its own pid namespace")]
    ns_tid: Annotated[int, Told(description="thread id in its own pid namespace")]
    pid_namespace: Annotated[int, Told(description="inode of its pid namespace")]
    uid: int
    gid: int
    cgroup: Annotated[int, Told(description="cgroup id at the call")]
    comm: Annotated[str, Told(description="the task's name: chosen by the task itself")]


class AncestorDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A process that the caller is descended from."""

    pid: Annotated[int, Told(description="process id, root namespace")]
    comm: str
    start_ns: Annotated[int | None, Told(description="start time, ns since boot")]
    executable: Annotated[str | None, Told(description="null: could not be had")]


class ContainerDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A container, by the form of the cgroup's path."""

    runtime: str
    id: str
    image: Annotated[str | None, Told(description="null: `missing` says why")]


class CpusetDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Where the caller may run and have memory."""

    path: str
    cpus: Annotated[str, Told(description="in the kernel's list format")]
    mems: Annotated[str, Told(description="in the kernel's list format")]


class TargetDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A process, looked up after the call."""

    pid: Annotated[int, Told(description="process id, as the tool's /proc has it")]
    comm: str
    executable: Annotated[str | None, Told(description="null: could not be had")]


class FrameDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a program's code. Empty and null: not known."""

    address: _Hex
    module: Annotated[str, Told(description="path of the mapped file")]
    offset: Annotated[int | None, Told(description="in that file")]
    symbol: Annotated[str, Told(description="function, C++ names mangled")]
    symbol_offset: Annotated[int, Told(description="bytes from its beginning")]
    file: Annotated[str, Told(description="source file")]
    line: Annotated[int, Told(description="in it, from 1; 0: not known")]
    missing: Annotated[str, Told(description="why there is no symbol")]


class ProcessDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What else is known of the process. null: `missing` says why."""

    executable: str | None
    command_line: tuple[str, ...]
    parent_pid: int | None
    parent_comm: str | None
    cgroup_path: str | None
    backing: Annotated[
        dict[str, Backing], Told(description="by argument: what backed the mask's address")
    ]
    missing: Annotated[dict[str, str], Told(description="what could not be had, with the reason")]
    device: Annotated[
        str | None, Told(description="major:minor of the executable's file system in the kernel")
    ]
    inode: Annotated[int | None, Told(description="of the executable")]
    sha256: Annotated[str | None, Told(description="of the executable, hexadecimal")]
    package: Annotated[str | None, Told(description="dpkg package that the executable is of")]
    working_directory: str | None
    login_uid: Annotated[int | None, Told(description="who logged in; null: nobody, or missing")]
    namespaces: Annotated[dict[str, int], Told(description="inodes, by /proc/PID/ns's names")]
    container: Annotated[ContainerDocument | None, Told(description="null: none, or missing")]
    cpuset: CpusetDocument | None
    ancestors: Annotated[tuple[AncestorDocument, ...], Told(description="the nearest first")]
    target: Annotated[
        TargetDocument | None, Told(description="the process whose pages the call moves")
    ]
    stack: Annotated[
        tuple[FrameDocument, ...],
        Told(description="of the call in user space, innermost first, by frame pointers"),
    ]


class WriterDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One thread that was seen to write a word of a raced mask, by one instruction."""

    how: Annotated[Way, Told(description="how it wrote; a store or system call: by a watchpoint")]
    argument: Annotated[str, Told(description="the mask")]
    address: Annotated[_Hex, Told(description="of the word, in the caller's memory")]
    word: Annotated[
        _Hex | None, Told(description="what it held after the first such write; null: not known")
    ]
    pid: Annotated[int, Told(description="process id, root namespace")]
    tid: Annotated[int, Told(description="thread id, root namespace")]
    start_ns: Annotated[int, Told(description="start time, ns since boot")]
    comm: Annotated[str, Told(description="the task's name: chosen by the task itself")]
    executable: str | None
    stack: Annotated[
        tuple[FrameDocument, ...], Told(description="innermost first: the instruction that wrote")
    ]
    source: Annotated[str | None, Told(description="the line of code; null: could not be read")]
    hits: Annotated[int, Told(description="how often it was seen, up to this finding")]
    last_ns: Annotated[int, Told(description="CLOCK_BOOTTIME, ns, of the last of them")]
    missing: Annotated[str | None, Told(description="why its code is not named")]


class FindingDocument(msgspec.Struct, frozen=True, kw_only=True, tag="finding", tag_field="type"):
    """One rule's finding about one call."""

    schema: Literal[1] = 1
    id: Annotated[
        str,
        Told(
            pattern="^[0-9a-f]{32}$", description="the same if it is delivered again, else unique"
        ),
    ]
    time: Annotated[
        str,
        Told(
            pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{9}Z$",
            description="end of the call, RFC 3339, UTC, ns",
        ),
    ]
    run: Annotated[str, Told(description="id of the tool's run")]
    host: Host
    tool: Tool
    rule: RuleDocument
    kind: Annotated[Kind, Told(description="the strongest kind of the arguments")]
    kinds: Annotated[
        tuple[Kind, ...], Told(description="every kind of the arguments, strongest first")
    ]
    severity: Annotated[Severity, Told(description="syslog's word (RFC 5424)")]
    severity_number: Annotated[int, Told(ge=0, le=7, description="syslog's number, 0 is worst")]
    confidence: Confidence
    message: Annotated[str, Told(description="the rule's output: one line for a person")]
    tags: tuple[str, ...]
    window: Annotated[
        Between | None, Told(description="where the first argument of that kind changed")
    ]
    call: CallDocument
    task: TaskDocument
    masks: tuple[MaskDocument, ...]
    process: ProcessDocument
    arguments: Annotated[
        tuple[ArgumentDocument, ...] | msgspec.UnsetType,
        Told(description="the call's arguments that are no masks; left out: it has none"),
    ] = msgspec.UNSET
    writers: Annotated[
        tuple[WriterDocument, ...] | msgspec.UnsetType,
        Told(description="--name-writer: who was seen to write the masks; left out: nobody yet"),
    ] = msgspec.UNSET
    alert: Annotated[
        AlertDocument | msgspec.UnsetType,
        Told(description="what repeats this line stands for; left out: this one finding alone"),
    ] = msgspec.UNSET
    observers: Annotated[
        PresentDocument | msgspec.UnsetType,
        Told(description="who was there to look; left out: the kernel did not tell"),
    ] = msgspec.UNSET
    enforced: Annotated[
        Enforced | msgspec.UnsetType,
        Told(description="what enforcement made of the call; left out: nothing was enforced"),
    ] = msgspec.UNSET
