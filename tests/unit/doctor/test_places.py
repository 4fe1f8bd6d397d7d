"""What this host shows of each call of the table, also of those that are watched only by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from detector.doctor.places import places
from detector.syscalls.table import SYSCALLS
from tests.unit.doctor.fake_host import FakeHost

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kprobes", [True, False])
def test_every_probe_of_every_call_has_a_place(tmp_path: Path, *, kprobes: bool) -> None:
    host = FakeHost(tmp_path)
    if not kprobes:
        host.remove("sys/bus/event_source/devices/kprobe")
    told = [(place.syscall, place.stage, place.abi) for place in places(host.host())]
    assert told == [
        (call.name, probe.stage, probe.abi) for call in SYSCALLS for probe in call.probes
    ]
