"""The fake host of these tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.doctor.fake_host import FakeHost

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fake(tmp_path: Path) -> FakeHost:
    """Return a host on which everything can be observed."""
    return FakeHost(tmp_path)
