"""Configuration files: TOML, and the sink URLs in them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from detector.config.file import check_config
from tests.fuzz.target import Target
from tests.unit.config.test_file import WHOLE, WRONG


def feed(data: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="toctrace-fuzz-") as folder:
        path = Path(folder) / "config.toml"
        path.write_bytes(data)
        for problem in check_config(path).problems:
            assert problem.startswith(str(path)), problem
            assert problem.isprintable(), problem


def seeds() -> Iterable[bytes]:
    yield WHOLE.encode()
    yield from (text.encode() for text in WRONG)


TARGET = Target(feed, seeds)
