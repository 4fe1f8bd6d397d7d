"""Golden files: what a renderer wrote once, was read by a person, and must go on writing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

# How long an example takes says more about who else is on the machine than about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

GOLDEN = Path(__file__).parents[1] / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes golden files anew."""
    parser.addoption(
        "--update-golden", action="store_true", help="write golden files anew instead of comparing"
    )


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Forget where a test made the log go: its stderr is closed when the next one logs."""
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Give a function that compares a text with the golden file of a name: JSON as values."""
    update = bool(request.config.getoption("--update-golden"))

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        as_json = file.suffix == ".json"
        if update:
            pretty = json.dumps(json.loads(text), indent=1) if as_json else text
            file.write_text(f"{pretty}\n")
        kept = file.read_text()
        assert (json.loads(text) if as_json else f"{text}\n") == (
            json.loads(kept) if as_json else kept
        )

    return compare
