"""Memory that a process of its own may share."""

from __future__ import annotations

import mmap
from collections.abc import Iterator

import pytest


@pytest.fixture
def page() -> Iterator[mmap.mmap]:
    with mmap.mmap(-1, mmap.PAGESIZE) as shared:
        yield shared
