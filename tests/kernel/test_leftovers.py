"""What a dead instance left defined goes at the next start, and nothing that is another's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.capture.leftovers import remove_leftovers
from tests.attached import DEFINITIONS, attached, kinds
from tests.waiting import wait_until

PERF_EVENTS = "/sys/bus/event_source/devices/kprobe"
"""Where they are hidden bcc defines events in tracefs, as where the kernel refuses them."""
DEFINING = Path(__file__).with_name("defining.py")
SYMBOL = "do_migrate_pages"
DEAD = 4_194_305
"""Past PID_MAX_LIMIT."""


def definitions() -> list[str]:
    return DEFINITIONS.read_text().splitlines()


def define(line: str) -> None:
    """Add a definition, or take one away."""
    descriptor = os.open(DEFINITIONS, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


def name_of(definition: str) -> str:
    return definition.partition(":")[2].partition(" ")[0]


@pytest.fixture(scope="module")
def left() -> list[str]:
    """Kill an instance that had to define its probes; give what it left behind."""
    hidden = f'mount -t tmpfs none {PERF_EVENTS} && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", hidden, "-", sys.executable, str(DEFINING)]
    before = attached()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as killed:
        assert killed.stdout
        assert killed.stdout.readline() == b"attached\n"
        assert kinds(attached() - before) == {"program", "link", "kprobe", "definition"}
        killed.kill()
    wait_until(lambda: kinds(attached() - before) == {"definition"})
    behind = [line for line in definitions() if f"definition {line}" not in before]
    assert all(line.partition(" ")[0].endswith(f"_bcc_{killed.pid}") for line in behind)
    return behind


OTHERS = (
    f"p:kprobes/p_{SYMBOL}_bcc_{DEAD} {SYMBOL}",  # of another tool of bcc's
    f"p:kprobes/p_toctrace_{SYMBOL}_bcc_{os.getpid()} {SYMBOL}",  # its process lives
    f"p:kprobes/mine {SYMBOL}",
)
IN_USE = f"p:kprobes/p_toctrace_{SYMBOL}_bcc_{DEAD} {SYMBOL}"


@pytest.fixture
def others() -> Iterator[tuple[str, ...]]:
    """Define what is nobody's to take away, for as long as the test runs."""
    for line in (*OTHERS, IN_USE):
        define(line)
    enable = DEFINITIONS.parent / "events" / name_of(IN_USE) / "enable"
    enable.write_text("1")
    yield (*OTHERS, IN_USE)
    enable.write_text("0")
    for line in (*OTHERS, IN_USE):
        define(f"-:{name_of(line)}")


def test_the_next_start_removes_what_a_dead_instance_defined_and_no_others(
    left: list[str], others: tuple[str, ...]
) -> None:
    symbols = {line.rpartition(" ")[2] for line in left}
    assert {SYMBOL, "handle_userfault"} <= symbols
    assert {*left, *others} <= {*definitions()}
    remove_leftovers()  # as every start does
    assert not {*left} & {*definitions()}
    assert {*others} <= {*definitions()}
