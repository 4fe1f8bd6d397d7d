"""Probes that are disabled behind the tool's back, and definitions that another start left."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.exits import Exit

EVENTS = Path("/sys/kernel/tracing/kprobe_events")
ONE = ("--syscalls", "migrate_pages")
ENABLED = Path("/sys/kernel/debug/kprobes/enabled")


@pytest.fixture
def ended() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


def define(*lines: str) -> None:
    for line in lines:
        with EVENTS.open("a") as events:
            events.write(line + "\n")


@pytest.fixture
def definitions(ended: int) -> Iterator[dict[str, str]]:
    """Definitions of a dead instance, of one that is alive, and of somebody else."""
    names = {
        "dead": f"p_get_nodes_bcc_{ended}",
        "alive": f"p_get_nodes_bcc_{os.getpid()}",
        "other": "somebody",
    }
    define(*(f"p:kprobes/{name} get_nodes" for name in names.values()))
    try:
        yield names
    finally:
        define(*(f"-:kprobes/{names[kept]}" for kept in ("alive", "other")))


@pytest.fixture(autouse=True)
def _kprobes_enabled() -> Iterator[None]:
    try:
        yield
    finally:
        ENABLED.write_text("1")


def test_probes_that_are_disabled_meanwhile_are_noticed_and_leftovers_are_removed(
    tmp_path: Path, definitions: dict[str, str]
) -> None:
    output, listed = tmp_path / "out", tmp_path / "listed"
    script = f"cat {EVENTS} >{listed}; echo 0 >{ENABLED}; toctrace simulate flip-old --times 3"
    done = subprocess.run(
        ["toctrace", "run", *ONE, "--output", output, "--", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    observation = json.loads(output.read_text().splitlines()[-1])
    assert done.returncode == Exit.DEGRADED, done.stderr
    assert any("the entry stage fell silent" in note for note in observation["notes"])
    [entry] = [
        stage
        for stage in observation["stages"]
        if (stage["stage"], stage["abi"]) == ("entry", "x86_64")
    ]
    assert not entry["armed"]
    assert "removed or disabled" in entry["reason"]
    assert "stage_lost" in done.stderr

    left = listed.read_text()
    assert definitions["dead"] not in left
    assert definitions["alive"] in left
    assert definitions["other"] in left
