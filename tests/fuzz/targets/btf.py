"""The kernel's BTF."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from detector.capture.btf import Btf
from detector.errors import ObservationError
from tests.fuzz.target import Target
from tests.unit.capture.test_btf import BTF


def feed(data: bytes) -> None:
    with suppress(ObservationError):
        assert Btf(data).offset("task", "inner") >= 0


def seeds() -> Iterable[bytes]:
    yield BTF


TARGET = Target(feed, seeds)
