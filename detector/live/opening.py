"""Opening the capture; where that fails, the host is asked why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import structlog

from detector.capture.capture import Capture
from detector.capture.choose import open_capture
from detector.capture.enforcing import Enforcing
from detector.doctor.enforce_checks import lsm_lack
from detector.doctor.host import Host
from detector.doctor.kprobe_checks import absent
from detector.doctor.preflight import preflight
from detector.doctor.result import Effect
from detector.errors import ObservationError
from detector.model.enforcement import Mode
from detector.syscalls.entry import Syscall

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def explained(error: ObservationError, host: Host) -> ObservationError:
    """Put what is fatal on `host`, with its remedy, in the place of what merely failed."""
    reasons = [
        f"{result.found} ({result.remedy.rstrip('.')})"
        for result in preflight(host)
        if result.effect is Effect.FATAL
    ]
    if not reasons:
        return error
    return ObservationError("; ".join([*reasons, "`toctrace doctor` tells all of it"]))


@contextmanager
def opened_capture(
    backend: str | None,
    syscalls: tuple[Syscall, ...],
    enforcing: Enforcing | None = None,
    *,
    supervise: bool = False,
) -> Iterator[Capture]:
    """Watch `syscalls` by `backend`, or by the best there is; detach at the end.

    Raises ObservationError with everything that is fatal here, and where calls are to be refused
    and cannot be. The host is asked on failure alone, as asking takes a while.
    """
    host = Host()
    lack = lsm_lack(host) if enforcing is not None and enforcing.mode is not Mode.KILL else ""
    if lack:
        raise ObservationError(f"--enforce: {lack}, or ask for --enforce=kill")
    try:
        capture = open_capture(
            backend, lambda: absent(host), syscalls, enforcing, supervise=supervise
        )
    except ObservationError as error:
        raise explained(error, host) from None
    with closing(capture):
        if capture.because:
            log.warning("backend_fallback", backend=capture.backend, reason=capture.because)
        yield capture
