"""One compiled program for the whole room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.symbols.compiled import build


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with debug information."""
    return build(tmp_path_factory.mktemp("symbols"), "-g")
