"""`bench` measures what there is on this host, and says what is not."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from detector.bench.measure import BARE, Bench
from detector.capture.backends import BACKENDS
from detector.doctor.host import Host
from detector.doctor.kprobe_checks import absent

COMMAND = (sys.executable, "-m", "detector", "bench", "--calls", "1000", "--rounds", "5", "--json")


@pytest.fixture(scope="module")
def bench() -> Bench:
    made = subprocess.run(COMMAND, capture_output=True, check=True)
    return msgspec.json.decode(made.stdout, type=Bench)


def test_every_backend_is_measured_or_refused_with_a_reason(bench: Bench) -> None:
    measured = {name.removeprefix("empty ").partition(" ")[0] for name in bench.costs} - {BARE}
    assert measured | set(bench.refused) == set(BACKENDS)
    assert all(bench.refused.values())
    assert "tracepoint" in measured
    assert not absent(Host()) or "kprobe" in bench.refused


def test_each_variant_is_held_against_the_bare_call_and_the_empty_programs(bench: Bench) -> None:
    for name in ("empty tracepoint", "tracepoint", "tracepoint --no-gate"):
        cost = bench.costs[name]
        assert cost.to_bare is not None
        assert cost.others_to_bare is not None
        assert cost.programs_to_bare is not None
    assert bench.costs["tracepoint"].call.median > bench.costs[BARE].call.median
    assert bench.costs[BARE].added.median == 0


def test_the_start_is_that_of_the_command(bench: Bench) -> None:
    assert 0 < bench.start.loading < bench.start.armed
    assert bench.resident_bytes > 2**20
    assert bench.judging.per_second.median > 0
