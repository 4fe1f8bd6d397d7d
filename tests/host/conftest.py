"""The gate of the tests that load programs into the kernel of the host that they run on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from detector.doctor.host import Host
from detector.doctor.tracepoint_checks import lack

SWITCH = "TOCTRACE_HOST_TESTS"
HERE = Path(__file__).parent


def is_host_test(item: pytest.Item) -> bool:
    """Say whether a test lies below this folder."""
    return item.path.is_relative_to(HERE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip every test below this folder, with the reason, where nobody asked for them."""
    if os.environ.get(SWITCH) == "1":
        return
    for item in filter(is_host_test, items):
        item.add_marker(pytest.mark.skip(reason=f"{SWITCH}=1 is not set; run: scripts/test"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail loudly where the tests were asked for and this host cannot run them."""
    if os.environ.get(SWITCH) != "1" or not is_host_test(item):
        return
    if os.geteuid() != 0:
        pytest.fail(f"{SWITCH}=1 is set, but these tests need root", pytrace=False)
    missing = lack(Host())
    if missing:
        pytest.fail(f"{SWITCH}=1 is set, but {missing.found}: {missing.remedy}", pytrace=False)
