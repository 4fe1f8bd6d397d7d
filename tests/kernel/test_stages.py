from __future__ import annotations

import msgspec
import pytest

from detector.capture.capture import Capture
from detector.capture.filters import Filters
from detector.capture.proof import prove
from detector.errors import ObservationError
from detector.model.stage import Stage
from detector.simulate.own import play_own_honest, play_own_raced
from detector.syscalls.entry import Syscall
from detector.syscalls.migrate_pages import MIGRATE_PAGES


def hiding(stage: Stage, symbol: str) -> Syscall:
    """The table entry with one stage's symbols replaced."""
    probes = tuple(
        msgspec.structs.replace(probe, symbols=(symbol,)) if probe.stage is stage else probe
        for probe in MIGRATE_PAGES.probes
    )
    return msgspec.structs.replace(MIGRATE_PAGES, probes=probes)


def test_a_hidden_symbol_loses_its_stage_alone_and_a_silent_probe_is_said() -> None:
    with Capture((hiding(Stage.COPY, "no_such_function"),)) as capture:
        missing = [state.stage for state in capture.stages if not state.armed]
        assert missing == [Stage.COPY]
        capture.arm(Filters(marked=True))
        assert prove(capture, play_own_honest, play_own_raced) == []
    with Capture((hiding(Stage.USE, "do_mbind"),)) as capture:
        capture.arm(Filters(marked=True))
        problems = prove(capture, play_own_honest, play_own_raced)
        assert problems == ["migrate_pages: the use stage stayed silent at an own call"]
        assert Stage.USE not in capture.armed_stages


def test_without_entry_nothing_can_be_observed() -> None:
    with (
        pytest.raises(ObservationError, match="nothing to watch"),
        Capture((hiding(Stage.ENTRY, "no_such_function"),)),
    ):
        pass
