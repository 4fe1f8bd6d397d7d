"""Which backend: the one asked for, else kprobes, else (where kprobes are refused) tracepoints."""

from __future__ import annotations

from collections.abc import Callable

from detector.capture.backends import BACKENDS, KPROBE, TRACEPOINT, Backend
from detector.capture.capture import Capture
from detector.errors import ObservationError


def open_capture(asked: str | None, no_kprobes: Callable[[], str]) -> Capture:
    """Open a capture by the backend `asked` for, or by the best that there is.

    `no_kprobes` says why this kernel has none, or nothing where it may have them. Raises
    ObservationError when nothing can be observed, or not by what was asked for.
    """
    if asked is not None:
        refused = no_kprobes() if asked == KPROBE.name else ""
        if refused:
            raise ObservationError(f"--backend {asked}: this kernel has no kprobes ({refused})")
        return _opened(BACKENDS[asked])
    refused = no_kprobes()
    if not refused:
        try:
            return _opened(KPROBE)
        except ObservationError as error:
            refused = str(error)
    try:
        return _opened(TRACEPOINT, because=f"no kprobes ({refused})")
    except ObservationError as error:
        raise ObservationError(f"no kprobes ({refused}), and no tracepoints: {error}") from None


def _opened(backend: Backend, because: str = "") -> Capture:
    capture = Capture(backend=backend, because=because)
    capture.open()
    return capture
