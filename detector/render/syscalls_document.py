"""The JSON of `syscalls`."""

from __future__ import annotations

import json
from typing import Literal

import msgspec

from detector.model.stage import Stage
from detector.render.jsonl import plain
from detector.syscalls.entry import Syscall
from detector.syscalls.unwatched import UNWATCHED, Unwatched


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of one call on this kernel, for one kind of caller."""

    syscall: str
    stage: Stage
    abi: str
    seen: bool | None
    """None: the kernel would not say, and it will be tried."""
    found: str
    """Where it is taken, or why it cannot be."""


class ListedArgument(msgspec.Struct, frozen=True, kw_only=True):
    """One argument of a call."""

    name: str
    type: str
    by_value: bool
    raceable: bool
    optional: bool
    meaning: str


class ListedProbe(msgspec.Struct, frozen=True, kw_only=True):
    """One probe of a call, with what this kernel makes of it."""

    stage: Stage
    abi: str
    functions: tuple[str, ...]
    tracepoint: str | None
    purpose: str
    seen: bool | None
    found: str


class ListedCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call that is watched."""

    name: str
    number: int
    summary: str
    arguments: tuple[ListedArgument, ...]
    probes: tuple[ListedProbe, ...]
    limits: tuple[str, ...]
    uring: tuple[str, ...]
    """io_uring's operations that do the same without the call, and are not covered."""
    related: tuple[str, ...]


class SyscallsDocument(msgspec.Struct, frozen=True, kw_only=True, tag="syscalls", tag_field="type"):
    """Every call that is asked for."""

    schema: Literal[1] = 1
    syscalls: tuple[ListedCall, ...]
    unwatched: tuple[Unwatched, ...]


def syscalls_json(
    syscalls: tuple[Syscall, ...],
    places: tuple[Place, ...],
    unwatched: tuple[Unwatched, ...] = UNWATCHED,
) -> str:
    """Write the calls: indented JSON in ASCII, without a line break at the end."""
    document = SyscallsDocument(
        syscalls=tuple(_call(syscall, places) for syscall in syscalls), unwatched=unwatched
    )
    return json.dumps(plain(document), indent=2, allow_nan=False)


def _call(syscall: Syscall, places: tuple[Place, ...]) -> ListedCall:
    raceable = {argument.name for argument in syscall.arguments}
    here = {(place.stage, place.abi): place for place in places if place.syscall == syscall.name}
    return ListedCall(
        name=syscall.name,
        number=syscall.number,
        summary=syscall.summary,
        arguments=tuple(
            ListedArgument(
                name=parameter.name,
                type=parameter.type,
                by_value=parameter.by_value,
                raceable=parameter.name in raceable,
                optional=parameter.optional,
                meaning=parameter.meaning,
            )
            for parameter in syscall.parameters
        ),
        probes=tuple(
            ListedProbe(
                stage=probe.stage,
                abi=probe.abi,
                functions=probe.symbols,
                tracepoint=probe.tracepoint or None,
                purpose=probe.purpose,
                seen=here[probe.stage, probe.abi].seen,
                found=here[probe.stage, probe.abi].found,
            )
            for probe in syscall.probes
        ),
        limits=syscall.limits,
        uring=syscall.uring,
        related=syscall.related,
    )
