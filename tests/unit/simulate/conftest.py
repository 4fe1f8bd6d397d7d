"""What the tests of simulations share."""

from __future__ import annotations

import pytest

from detector.errors import SimulationError
from detector.simulate.faultfd import FaultFd
from detector.simulate.host import Host

ONE_NODE = Host((0,))
TWO_NODES = Host((0, 1))


@pytest.fixture
def held_calls() -> None:
    """Skip, saying why, where userfaultfd may not hold the kernel's reads."""
    try:
        FaultFd().close()
    except SimulationError as error:
        pytest.skip(str(error))


@pytest.fixture(params=[ONE_NODE, TWO_NODES], ids=["one-node", "two-nodes"])
def host(request: pytest.FixtureRequest) -> Host:
    """A host with one node, and one with two."""
    chosen: Host = request.param
    return chosen
