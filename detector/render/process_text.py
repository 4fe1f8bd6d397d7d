"""What is known of a process, in words: one line for each thing, by its label."""

from __future__ import annotations

from detector.model.frame import Frame
from detector.model.judgement import JudgedCall
from detector.model.process import Process
from detector.rules.fields import target_pid
from detector.rules.process_fields import source_of

SHORT_ID = 12
"""Digits of a container's id that are shown, as its runtime shows it."""
_WHOLE_ID = 64


def process_rows(process: Process, call: JudgedCall) -> dict[str, str]:
    """Give the rows that something is known for. Hostile text, not escaped for anything."""
    rows = {
        "program": _program(process),
        "sha256": process.sha256 or "",
        "command": " ".join(process.command_line),
        "parents": _parents(process),
        "cgroup": process.cgroup_path or "",
        "container": _container(process),
        "target": _target(process, call),
        "code": " < ".join(_frame(frame) for frame in process.stack if frame.symbol or frame.file),
    }
    return {label: text for label, text in rows.items() if text}


def reasons(process: Process) -> dict[str, str]:
    """Give what could not be had, several things that have one reason together."""
    by_reason: dict[str, list[str]] = {}
    for name, why in sorted(process.missing.items()):
        by_reason.setdefault(why, []).append(name.replace("_", " "))
    return {", ".join(names): why for why, names in by_reason.items()}


def _program(process: Process) -> str:
    package = f" (package {process.package})" if process.package else ""
    return f"{process.executable}{package}" if process.executable else ""


def _parents(process: Process) -> str:
    if process.ancestors:
        return " < ".join(f"{one.comm or 'unknown'}, pid {one.tgid}" for one in process.ancestors)
    if process.parent_tgid is None:
        return ""
    return f"{process.parent_comm or 'unknown'}, pid {process.parent_tgid}"


def _container(process: Process) -> str:
    container = process.container
    if container is None:
        return ""
    image = f", image {container.image}" if container.image else ""
    short = container.id[:SHORT_ID] if len(container.id) == _WHOLE_ID else container.id
    return f"{container.runtime} {short}{image}"


def _target(process: Process, call: JudgedCall) -> str:
    """Name the target; nothing where it is the caller itself."""
    if process.target is None or target_pid(call) == 0:
        return ""
    program = f", {process.target.executable}" if process.target.executable else ""
    return f"{process.target.comm}, pid {process.target.tgid}{program}"


def _frame(frame: Frame) -> str:
    source = source_of(frame)
    if not frame.symbol:
        return source
    return f"{frame.symbol} ({source})" if source else frame.symbol
