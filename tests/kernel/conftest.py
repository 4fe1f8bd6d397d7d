"""The gate of the tests that need a booted kernel with kprobes."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.kernel.scenes import DETERMINISTIC, STORM, TIMES, Ran, run_scenarios

SWITCH = "TOCTRACE_KERNEL_TESTS"
KPROBES = Path("/sys/bus/event_source/devices/kprobe")
HERE = Path(__file__).parent


def asked_for() -> bool:
    """Say whether these tests were asked for, and so may not skip."""
    return os.environ.get(SWITCH) == "1"


def is_kernel_test(item: pytest.Item) -> bool:
    """Say whether a test lies below this folder; all of those need a kernel with kprobes."""
    return item.path.is_relative_to(HERE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test below this folder; skip them, with the reason, where nobody asked."""
    for item in filter(is_kernel_test, items):
        item.add_marker("needs_kernel")
        if not asked_for():
            reason = f"{SWITCH}=1 is not set; run them by: scripts/test, or scripts/vm 6.12"
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail loudly where the tests were asked for and this kernel cannot run them."""
    if not (asked_for() and is_kernel_test(item)):
        return
    if os.geteuid() != 0:
        pytest.fail(f"{SWITCH}=1 is set, but the kernel tests need root", pytrace=False)
    if not KPROBES.exists():
        pytest.fail(
            f"{SWITCH}=1 is set, but this kernel has no kprobes ({KPROBES} is missing)",
            pytrace=False,
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where the tests were asked for: silence proves nothing."""
    report = yield
    if asked_for() and is_kernel_test(item) and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"may not skip while {SWITCH}=1: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Play every scenario under one `toctrace run`, recorded."""
    return run_scenarios(tmp_path_factory.mktemp("run"), (*DETERMINISTIC, STORM), TIMES)
