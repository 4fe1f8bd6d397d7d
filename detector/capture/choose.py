"""Which backend: the one asked for, else kprobes, else (where kprobes are refused) tracepoints."""

from __future__ import annotations

from collections.abc import Callable

from detector.capture.backends import BACKENDS, KPROBE, TRACEPOINT, Backend
from detector.capture.capture import Capture
from detector.capture.enforcing import Enforcing
from detector.errors import ObservationError
from detector.model.stage import Stage


def open_capture(
    asked: str | None, no_kprobes: Callable[[], str], enforcing: Enforcing | None = None
) -> Capture:
    """Open a capture by the backend `asked` for, or by the best that there is.

    `no_kprobes` says why this kernel has none, or nothing where it may have them. Who is
    `enforcing` must see copies, which tracepoints do not. Raises ObservationError when nothing can
    be observed, or not by what was asked for.
    """
    if enforcing is not None:
        return _enforcing(asked, no_kprobes(), enforcing)
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


def _enforcing(asked: str | None, no_kprobes: str, enforcing: Enforcing) -> Capture:
    backend = BACKENDS[asked or KPROBE.name]
    if Stage.COPY not in backend.stages:
        raise ObservationError(
            f"--enforce: --backend {backend.name} does not see the kernel's copy"
        )
    if no_kprobes:
        raise ObservationError(f"--enforce needs kprobes, and this kernel has none ({no_kprobes})")
    return _opened(backend, enforcing=enforcing)


def _opened(backend: Backend, because: str = "", enforcing: Enforcing | None = None) -> Capture:
    capture = Capture(backend=backend, because=because, enforcing=enforcing)
    capture.open()
    return capture
