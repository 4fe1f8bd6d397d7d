"""What is the same about a finding in another run: no pids, addresses, times or nodes."""

from __future__ import annotations

import hashlib
import json

import msgspec

from detector.model.finding import Finding
from detector.model.judgement import Kind
from detector.model.stage import Stage
from detector.render.jsonl import plain
from detector.render.location import program_of

_DIGITS = 32
"""Hexadecimal digits of a fingerprint: 128 bits, which do not collide by chance."""


class ChangedArgument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An argument that shows a kind."""

    argument: str
    kind: Kind
    earlier: Stage | None
    """Where its window begins; None where it has none."""
    later: Stage | None


class FindingKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What two runs of the same program on the same defect have in common."""

    rule: str
    syscall: str
    kind: Kind
    program: str
    """Path of the executable, relative to the repository where it is inside; valid Unicode."""
    arguments: tuple[ChangedArgument, ...]


def key_of(finding: Finding, root: str) -> FindingKey:
    """Give what identifies the finding across runs; `root` is the repository's folder."""
    changed = tuple(
        ChangedArgument(
            argument=argument.name,
            kind=argument.kind,
            earlier=argument.window[0] if argument.window else None,
            later=argument.window[1] if argument.window else None,
        )
        for argument in finding.call.arguments
        if argument.kind is not None
    )
    return FindingKey(
        rule=finding.rule,
        syscall=finding.call.syscall,
        kind=finding.kind,
        program=str(plain(program_of(finding, root))),
        arguments=changed,
    )


def fingerprint(key: FindingKey) -> str:
    """Write the key as 32 hexadecimal digits."""
    text = json.dumps(plain(key), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
