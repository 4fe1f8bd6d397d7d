"""The fields of the process that called: who it is, where it is from, what it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from detector.model.frame import Frame
from detector.model.judgement import JudgedCall
from detector.model.process import Process
from detector.rules.field import Field, Type, Value, known

_Of = Callable[[Process], tuple[Value, ...]]


def process_fields() -> tuple[Field, ...]:
    """Give every field that enrichment tells."""
    return tuple(
        Field(name=name, type=kind, meaning=meaning, get=_ignoring_call(get), many=many)
        for name, kind, meaning, many, get in _FIELDS
    )


def _ignoring_call(get: _Of) -> Callable[[JudgedCall, Process], tuple[Value, ...]]:
    return lambda _, process: get(process)


def _command_line(process: Process) -> tuple[Value, ...]:
    return (" ".join(process.command_line),) if process.command_line else ()


def _each(values: Iterable[str | None]) -> tuple[Value, ...]:
    return tuple(value for value in values if value)


def source_of(frame: Frame) -> str:
    """Give a frame's place as FILE:LINE; empty where it is not known."""
    return f"{frame.file}:{frame.line}" if frame.file and frame.line else ""


_FIELDS: tuple[tuple[str, Type, str, bool, _Of], ...] = (
    (
        "cgroup_path",
        Type.TEXT,
        "the path of the caller's cgroup",
        False,
        lambda p: known(p.cgroup_path),
    ),
    (
        "executable",
        Type.TEXT,
        "the path of the caller's executable",
        False,
        lambda p: known(p.executable),
    ),
    (
        "executable_sha256",
        Type.TEXT,
        "the SHA-256 of the caller's executable, hexadecimal",
        False,
        lambda p: known(p.sha256),
    ),
    (
        "package",
        Type.TEXT,
        "the package that the caller's executable belongs to",
        False,
        lambda p: known(p.package),
    ),
    (
        "command_line",
        Type.TEXT,
        "the caller's command line, its words joined by spaces",
        False,
        _command_line,
    ),
    (
        "working_directory",
        Type.TEXT,
        "the caller's working directory",
        False,
        lambda p: known(p.working_directory),
    ),
    (
        "parent_pid",
        Type.NUMBER,
        "the parent process's id",
        False,
        lambda p: known(p.parent_tgid),
    ),
    (
        "parent_comm",
        Type.TEXT,
        "the parent process's name",
        False,
        lambda p: known(p.parent_comm),
    ),
    (
        "ancestors",
        Type.TEXT,
        "the names of the processes that the caller is descended from, the nearest first",
        True,
        lambda p: _each(one.comm for one in p.ancestors),
    ),
    (
        "ancestor_executables",
        Type.TEXT,
        "the paths of what they run",
        True,
        lambda p: _each(one.executable for one in p.ancestors),
    ),
    (
        "login_uid",
        Type.NUMBER,
        "the user who logged in, whoever the caller became since; not known where nobody did",
        False,
        lambda p: known(p.login_uid),
    ),
    (
        "user_namespace",
        Type.NUMBER,
        "the inode of the caller's user namespace",
        False,
        lambda p: known(p.namespaces.get("user")),
    ),
    (
        "mnt_namespace",
        Type.NUMBER,
        "the inode of the caller's namespace of mounts",
        False,
        lambda p: known(p.namespaces.get("mnt")),
    ),
    (
        "net_namespace",
        Type.NUMBER,
        "the inode of the caller's network namespace",
        False,
        lambda p: known(p.namespaces.get("net")),
    ),
    (
        "container_runtime",
        Type.TEXT,
        "what runs the caller's container: docker, containerd, cri-o, podman, systemd-nspawn",
        False,
        lambda p: known(p.container.runtime if p.container else None),
    ),
    (
        "container_id",
        Type.TEXT,
        "the id of the caller's container",
        False,
        lambda p: known(p.container.id if p.container else None),
    ),
    (
        "container_image",
        Type.TEXT,
        "the image of the caller's container",
        False,
        lambda p: known(p.container.image if p.container else None),
    ),
    (
        "cpuset_path",
        Type.TEXT,
        "the path of the caller's cpuset",
        False,
        lambda p: known(p.cpuset.path if p.cpuset else None),
    ),
    (
        "target_comm",
        Type.TEXT,
        "the name of the process whose pages the call moves",
        False,
        lambda p: known(p.target.comm if p.target else None),
    ),
    (
        "target_executable",
        Type.TEXT,
        "the path of its executable",
        False,
        lambda p: known(p.target.executable if p.target else None),
    ),
    (
        "symbols",
        Type.TEXT,
        "the functions of the user's stack in the call, innermost first",
        True,
        lambda p: _each(frame.symbol for frame in p.stack),
    ),
    (
        "sources",
        Type.TEXT,
        "the places in source files of that stack, as FILE:LINE",
        True,
        lambda p: _each(map(source_of, p.stack)),
    ),
)
