"""Real collectors, and an outlet that sends to them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from detector.render.originator import Originator
from detector.sinks.outlet import Outlet, SpoolSettings
from detector.sinks.spool import DEFAULT_BYTES
from detector.sinks.url import parse_sink
from tests.system.certificates import make_certificates
from tests.system.journald import Journald
from tests.system.rsyslog import DebianRsyslog, Rsyslog
from tests.unit.samples import META

StartOutlet = Callable[..., Outlet]
StartRsyslog = Callable[..., Rsyslog]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of certificates."""
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


@pytest.fixture
def outlet(tmp_path: Path) -> Iterator[StartOutlet]:
    """Give a function that starts an outlet to some URLs; each is closed at the end."""
    with ExitStack() as stack:

        def start(*urls: str, spool_bytes: int = DEFAULT_BYTES) -> Outlet:
            spool = SpoolSettings(folder=tmp_path / "spool", bytes=spool_bytes)
            made = Outlet([parse_sink(url) for url in urls], META, Originator(pid=4711), spool)
            stack.callback(made.close, 0.5)
            made.start()
            return made

        yield start


@pytest.fixture
def rsyslog(tmp_path: Path, certificates: Path) -> Iterator[StartRsyslog]:
    """Give a function that starts a collector; each is stopped at the end."""
    numbers = itertools.count()
    with ExitStack() as stack:

        def start(**options: str) -> Rsyslog:
            folder = tmp_path / f"rsyslog-{next(numbers)}"
            folder.mkdir()
            made = Rsyslog(folder, certificates, **options)
            made.start()
            stack.callback(made.stop)
            return made

        yield start


@pytest.fixture
def debian(tmp_path: Path) -> Iterator[DebianRsyslog]:
    """rsyslog with Debian's unchanged configuration."""
    folder = tmp_path / "debian"
    folder.mkdir()
    made = DebianRsyslog(folder)
    yield made
    made.stop()


@pytest.fixture
def journald() -> Iterator[Journald]:
    """A journal of its own."""
    made = Journald()
    yield made
    made.stop()
