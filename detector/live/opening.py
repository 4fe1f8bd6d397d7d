"""Opening the capture; where that fails, the host is asked why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import structlog

from detector.capture.capture import Capture
from detector.capture.choose import open_capture
from detector.doctor.host import Host
from detector.doctor.kprobe_checks import absent
from detector.doctor.preflight import preflight
from detector.doctor.result import Effect
from detector.errors import ObservationError

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
def opened_capture(backend: str | None) -> Iterator[Capture]:
    """Attach by `backend`, or by the best there is; detach at the end.

    Raises ObservationError with everything that is fatal here. The host is asked on failure
    alone, as asking takes a while.
    """
    host = Host()
    try:
        capture = open_capture(backend, lambda: absent(host))
    except ObservationError as error:
        raise explained(error, host) from None
    with closing(capture):
        if capture.because:
            log.warning("backend_fallback", backend=capture.backend, reason=capture.because)
        yield capture
