"""What is measured against each other: ways to be at the same places in the kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Protocol

import msgspec

from detector.capture.backends import BACKENDS, Backend
from detector.capture.bcc_program import Program
from detector.capture.capture import Capture
from detector.capture.filters import Filters
from detector.errors import ObservationError
from detector.resources import bpf_file
from detector.syscalls.entry import Syscall
from detector.syscalls.table import DEFAULT


class Variant(Protocol):
    """Something that is loaded, and attached for the length of one measurement."""

    def attach(self) -> None:
        """Be there. Raises ObservationError where the kernel refuses."""

    def detach(self) -> None:
        """Be gone."""


class Nothing:
    """Nothing at all: the bare call."""

    def attach(self) -> None:
        """Attach nothing."""

    def detach(self) -> None:
        """Detach nothing."""


class Empty:
    """A backend's places, with programs that do nothing."""

    def __init__(self, backend: Backend, syscalls: Sequence[Syscall] = DEFAULT) -> None:
        """Compile them, for the places of these calls."""
        self._backend = backend
        self._syscalls = syscalls
        self._program = Program(bpf_file(f"empty_{backend.source}"), {})

    def attach(self) -> None:
        """Be there. Raises ObservationError where the kernel refuses."""
        self._backend.attach(self._program, self._syscalls)

    def detach(self) -> None:
        """Be gone."""
        self._program.detach()

    def close(self) -> None:
        """Free it."""
        self._program.close()


class Watching:
    """Toctrace's own programs, armed for every call of the host; nobody reads what they send."""

    def __init__(self, capture: Capture, *, gated: bool) -> None:
        """Attach `capture`, which is loaded."""
        self._capture = capture
        self._gated = gated

    def attach(self) -> None:
        """Be there, armed. Raises ObservationError where the kernel refuses."""
        self._capture.attach()
        self._capture.arm(Filters(), gated=self._gated)

    def detach(self) -> None:
        """Be gone; what was sent is thrown away, or the ring buffer would be full next time."""
        self._capture.disarm()
        self._capture.detach()
        self._capture.read(0)


class Variants(msgspec.Struct, frozen=True):
    """What can be measured here, and why the rest cannot."""

    there: dict[str, Variant]
    refused: dict[str, str]


def load_variants(stack: ExitStack, began: Callable[[str], None]) -> Variants:
    """Compile all there is; `stack` frees it. `began` is told what is tried next."""
    there: dict[str, Variant] = {"bare": Nothing()}
    refused: dict[str, str] = {}
    for backend in BACKENDS.values():
        began(backend.name)
        try:
            there |= _of(backend, stack)
        except ObservationError as error:
            refused[backend.name] = str(error)
    return Variants(there, refused)


def _of(backend: Backend, stack: ExitStack) -> dict[str, Variant]:
    empty = Empty(backend)
    stack.callback(empty.close)
    _try(empty)
    capture = Capture(backend=backend)
    capture.load()
    stack.callback(capture.close)
    gated, ungated = (Watching(capture, gated=choice) for choice in (True, False))
    _try(gated)
    return {
        f"empty {backend.name}": empty,
        backend.name: gated,
        f"{backend.name} --no-gate": ungated,
    }


def _try(variant: Variant) -> None:
    try:
        variant.attach()
    finally:
        variant.detach()
