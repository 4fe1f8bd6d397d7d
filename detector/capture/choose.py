"""Which backend: the one asked for, else kprobes, else (where kprobes are refused) tracepoints."""

from __future__ import annotations

from collections.abc import Callable

from detector.capture.backends import BACKENDS, KPROBE, TRACEPOINT, Backend
from detector.capture.capture import Capture
from detector.capture.enforcing import Enforcing
from detector.errors import ObservationError
from detector.model.stage import Stage
from detector.syscalls.entry import Syscall
from detector.syscalls.table import DEFAULT


def open_capture(
    asked: str | None,
    no_kprobes: Callable[[], str],
    syscalls: tuple[Syscall, ...] = DEFAULT,
    enforcing: Enforcing | None = None,
    *,
    supervise: bool = False,
) -> Capture:
    """Open a capture of `syscalls` by the backend `asked` for, or by the best that there is.

    `no_kprobes` says why this kernel has none, or nothing where it may have them. Who is
    `enforcing` must see copies, which tracepoints do not; and to `supervise` takes
    kprobes. Raises ObservationError when nothing can be observed, or not by what was asked for.
    """
    if supervise:
        _check_supervise(asked, no_kprobes())
    if enforcing is not None:
        return _enforcing(asked, no_kprobes(), syscalls, enforcing, supervise=supervise)
    if supervise:
        return _opened(BACKENDS[asked or KPROBE.name], syscalls, supervise=True)
    if asked is not None:
        refused = no_kprobes() if asked == KPROBE.name else ""
        if refused:
            raise ObservationError(f"--backend {asked}: this kernel has no kprobes ({refused})")
        return _opened(BACKENDS[asked], syscalls)
    refused = no_kprobes()
    if not refused:
        try:
            return _opened(KPROBE, syscalls)
        except ObservationError as error:
            refused = str(error)
    try:
        return _opened(TRACEPOINT, syscalls, because=f"no kprobes ({refused})")
    except ObservationError as error:
        raise ObservationError(f"no kprobes ({refused}), and no tracepoints: {error}") from None


def _check_supervise(asked: str | None, no_kprobes: str) -> None:
    """Raise ObservationError where no supervisor's look can be taken."""
    if asked == TRACEPOINT.name:
        raise ObservationError(
            f"--supervise: --backend {asked} does not see where supervisors are asked"
        )
    if no_kprobes:
        raise ObservationError(
            f"--supervise needs kprobes, and this kernel has none ({no_kprobes})"
        )


def _enforcing(
    asked: str | None,
    no_kprobes: str,
    syscalls: tuple[Syscall, ...],
    enforcing: Enforcing,
    *,
    supervise: bool,
) -> Capture:
    backend = BACKENDS[asked or KPROBE.name]
    if not any(syscall.hook for syscall in syscalls):
        names = ", ".join(syscall.name for syscall in syscalls)
        raise ObservationError(f"--enforce: nothing of --syscalls {names} can be stopped")
    if Stage.COPY not in backend.stages:
        raise ObservationError(
            f"--enforce: --backend {backend.name} does not see the kernel's copy"
        )
    if no_kprobes:
        raise ObservationError(f"--enforce needs kprobes, and this kernel has none ({no_kprobes})")
    return _opened(backend, syscalls, enforcing=enforcing, supervise=supervise)


def _opened(
    backend: Backend,
    syscalls: tuple[Syscall, ...],
    because: str = "",
    enforcing: Enforcing | None = None,
    *,
    supervise: bool = False,
) -> Capture:
    capture = Capture(
        syscalls, backend=backend, because=because, enforcing=enforcing, supervise=supervise
    )
    capture.open()
    return capture
