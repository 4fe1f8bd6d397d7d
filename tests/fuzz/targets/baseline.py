"""Baseline files (`--baseline`): JSON."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from detector.baseline.document import Baseline, read_baseline, write_baseline
from detector.errors import UsageError
from tests.fuzz.target import Target
from tests.unit.baseline.test_document import KEYS


def feed(data: bytes) -> None:
    with suppress(UsageError):
        baseline = read_baseline(data, "fuzzed")
        keys = [entry.key for entry in baseline.findings]
        again = read_baseline(write_baseline(keys, baseline).encode(), "written")
        assert sorted(again.findings, key=repr) == sorted(baseline.findings, key=repr)


def seeds() -> Iterable[bytes]:
    yield write_baseline([], Baseline()).encode()
    yield from (write_baseline([key], Baseline()).encode() for key in KEYS)
    yield write_baseline(KEYS, Baseline()).encode()


TARGET = Target(feed, seeds)
