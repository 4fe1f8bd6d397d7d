"""The real proof of what this host can show: attach everything, make two calls, detach."""

from __future__ import annotations

from contextlib import closing

from detector.capture.choose import open_capture
from detector.capture.proof import prove
from detector.doctor.host import Host
from detector.doctor.kprobe_checks import absent
from detector.model.observation import StageState
from detector.simulate.own import play_own_honest, play_own_raced


def try_attach() -> tuple[StageState, ...]:
    """Give every stage as it turned out. Raises ObservationError when nothing attaches."""
    capture = open_capture(None, lambda: absent(Host()))
    with closing(capture):
        prove(capture, play_own_honest, play_own_raced)
        return capture.stages
