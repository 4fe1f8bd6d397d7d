from __future__ import annotations

import struct
from typing import Any

import pytest

from detector.capture.filters import Filters, encode
from detector.capture.wire import CONFIG, Armed, Filter


def told(filters: Filters, *, armed: Armed = Armed.ALL) -> dict[str, Any]:
    """What the kernel reads, by field."""
    values = struct.unpack(CONFIG.format, encode(filters, armed=armed, pid_namespace=4026531836))
    return dict(zip((name for name, _ in CONFIG.fields), values, strict=True))


def test_no_filter_watches_everything() -> None:
    config = told(Filters())
    assert config.pop("armed") == 1
    assert config.pop("pid_namespace") == 4026531836
    assert config.pop("comm") == bytes(16)
    assert not any(config.values())


def test_disarmed_keeps_the_filters() -> None:
    armed, disarmed = told(Filters(uid=5)), told(Filters(uid=5), armed=Armed.DISARMED)
    assert (armed.pop("armed"), disarmed.pop("armed")) == (1, 0)
    assert armed == disarmed


@pytest.mark.parametrize(
    ("filters", "bit", "field", "value"),
    [
        (Filters(pid=77), Filter.PID, "pid", 77),
        (Filters(uid=0), Filter.UID, "uid", 0),
        (Filters(uid=2**32 - 2), Filter.UID, "uid", 2**32 - 2),
        (Filters(comm=b"numactl"), Filter.COMM, "comm", b"numactl".ljust(16, b"\0")),
        (Filters(comm=b"f" * 15), Filter.COMM, "comm", b"f" * 15 + b"\0"),
        (Filters(cgroup=2**40, cgroup_level=3), Filter.CGROUP, "cgroup", 2**40),
        (Filters(cgroup=1, cgroup_level=3), Filter.CGROUP, "cgroup_level", 3),
    ],
)
def test_a_filter_is_a_bit_and_its_value(
    filters: Filters, bit: Filter, field: str, value: object
) -> None:
    assert (told(filters)["filters"], told(filters)[field]) == (bit, value)


def test_marks_are_a_bit_alone() -> None:
    assert told(Filters(marked=True))["filters"] == Filter.MARKED


def test_all_filters_hold_together() -> None:
    filters = Filters(marked=True, pid=1, uid=0, comm=b"x", cgroup=1, cgroup_level=0)
    assert told(filters)["filters"] == sum(Filter)
