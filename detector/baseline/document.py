"""The baseline file: JSON that a person can read, review and edit."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal

import msgspec

from detector.errors import UsageError
from detector.render.finding_key import FindingKey, fingerprint
from detector.render.jsonl import plain

_LARGEST = 16 * 1024 * 1024
"""Bytes of a baseline; one finding has about 500."""


class Entry(FindingKey, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One accepted finding. What is written besides the fingerprint must agree with it."""

    fingerprint: str
    reason: str = ""
    """Why it is accepted, in the words of whoever accepts it."""

    @property
    def key(self) -> FindingKey:
        """The finding's own part."""
        told = {name: getattr(self, name) for name in FindingKey.__struct_fields__}
        return FindingKey(**told)


class Baseline(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="baseline",
    tag_field="type",
):
    """The accepted findings."""

    schema: Literal[1] = 1
    findings: tuple[Entry, ...] = ()


def read_baseline(data: bytes, name: str) -> Baseline:
    """Read a baseline file; `name` is what an error calls it.

    Raises UsageError for what is not one, names a fingerprint twice, or says of a fingerprint
    what that does not stand for: a reviewer must be able to trust the words beside it.
    """
    if len(data) > _LARGEST:
        raise UsageError(f"{name}: larger than {_LARGEST} bytes: this is no baseline")
    try:
        baseline = msgspec.json.decode(data, type=Baseline)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        remedy = "write it anew with --write-baseline"
        raise UsageError(f"{name}: not a baseline: {error}: {remedy}") from error
    seen: set[str] = set()
    for number, entry in enumerate(baseline.findings):
        place = f"{name}: findings[{number}]"
        if entry.fingerprint != fingerprint(entry.key):
            remedy = f"{fingerprint(entry.key)} does; correct the one or the other"
            raise UsageError(f"{place}: {entry.fingerprint!r} is not its fingerprint: {remedy}")
        if entry.fingerprint in seen:
            raise UsageError(f"{place}: {entry.fingerprint} stands here twice: remove one")
        seen.add(entry.fingerprint)
    return baseline


def write_baseline(keys: Iterable[FindingKey], before: Baseline) -> str:
    """Write a baseline of these findings, in an order that makes for small differences.

    The reasons that `before` gives are kept. Gives indented JSON in ASCII, with a line break at
    the end.
    """
    reasons = {entry.fingerprint: entry.reason for entry in before.findings}
    entries = [
        Entry(
            **{name: getattr(key, name) for name in FindingKey.__struct_fields__},
            fingerprint=fingerprint(key),
            reason=reasons.get(fingerprint(key), ""),
        )
        for key in keys
    ]
    ordered = sorted(entries, key=lambda entry: (entry.rule, entry.program, entry.fingerprint))
    return json.dumps(plain(Baseline(findings=tuple(ordered))), indent=2) + "\n"
