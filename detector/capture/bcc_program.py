"""The one module that imports bcc (Debian's `python3-bpfcc`, 0.26 or newer).

It compiles, attaches, and moves bytes between maps and Python; it knows nothing of what they mean.
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from detector.capture.attachment import FEXIT, Attachment, attachment
from detector.capture.leftovers import event_name
from detector.capture.portion import POLL_BYTES, Portion
from detector.capture.program_info import recursion_misses
from detector.capture.source import flatten
from detector.errors import AttachError, ObservationError

_CFLAGS = (
    "-Wall",
    "-Wextra",
    "-Werror",
    # the kernel's own headers, and bcc's way of declaring handlers
    "-Wno-duplicate-decl-specifier",
    "-Wno-ignored-attributes",
    "-Wno-unused-parameter",
    "-Wno-sign-compare",
    # bcc optimises what clang gives it, by passes of its own: once is enough
    "-Xclang",
    "-disable-llvm-passes",
)

_ATTACH_TYPES: dict[Literal["p", "r"], int] = {"p": 0, "r": 1}
"""libbpf.h: enum bpf_probe_attach_type, of a function's beginning and of its return."""


def _import_bcc() -> Any:
    """Import bcc, or say which package is missing or in its place."""
    try:
        import bcc  # noqa: PLC0415  (a host without bcc must still reach doctor)
    except ImportError as error:
        raise ObservationError(
            f"bcc cannot be imported by {sys.executable} ({error}): install Debian's "
            "python3-bpfcc and use /usr/bin/python3, or a virtual environment made by it with "
            "--system-site-packages; see `toctrace doctor`"
        ) from None
    if not hasattr(bcc, "BPF"):
        raise ObservationError(
            f"the `bcc` in {bcc.__file__} is an unrelated package of the same name: "
            "`pip uninstall bcc`, and install Debian's python3-bpfcc"
        )
    return bcc


@contextmanager
def _complaints_held() -> Iterator[Callable[[], str]]:
    """Keep what clang and libbpf write on descriptors 1 and 2; the function gives it as text.

    Raises AttachError where no more files can be opened.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    with ExitStack() as stack:
        kept: dict[int, int] = {}
        try:
            held = stack.enter_context(tempfile.TemporaryFile())
            for number in (1, 2):
                kept[number] = os.dup(number)
                stack.callback(os.close, kept[number])
        except OSError as error:
            raise AttachError(f"no file could be opened: {error.strerror}") from None
        for number in kept:
            os.dup2(held.fileno(), number)

        def text() -> str:
            held.seek(0)
            return held.read().decode("utf-8", "backslashreplace").strip()

        try:
            yield text
        finally:
            for number, original in kept.items():
                os.dup2(original, number)


def _own_words(error: Exception) -> str:
    """Give bcc's message; anything but bcc's bare `Exception` is a fault of ours and goes on."""
    if type(error) is not Exception:
        raise error
    return str(error)


def _compiled(compile_it: Callable[[], Any], complaints: Callable[[], str]) -> Any:
    """Compile and load. Raises ObservationError with the compiler's last words."""
    try:
        return compile_it()
    except Exception as error:  # noqa: BLE001  (bcc raises it bare)
        words = _own_words(error)
        # the interesting lines are clang's errors; a newer host's headers can be long
        lines = [line for line in complaints().splitlines() if "rror" in line][:4]
        raise ObservationError(
            "the programs do not compile on this host: " + "; ".join([words, *lines])
        ) from None


class Program:
    """The programs of one C file, loaded; nothing is attached until asked."""

    def __init__(self, source: Path, defines: dict[str, int]) -> None:
        """Compile `source`. Raises ObservationError with the compiler's last words."""
        bcc = _import_bcc()

        class Unattached(bcc.BPF):  # type: ignore[name-defined, misc]  # bcc ships no types
            def _trace_autoload(self) -> None:
                """Attach nothing by name: each probe is attached, and can fail, on its own."""

        flags = [*_CFLAGS, *(f"-D{name}={value}" for name, value in defines.items())]
        try:
            with _complaints_held() as complaints:
                self._bpf = _compiled(
                    lambda: Unattached(text=flatten(source).encode(), cflags=flags), complaints
                )
        except AttachError as error:
            raise ObservationError(str(error)) from None
        self._lib = bcc.lib
        self._perf_event = bcc.BPF.PERF_EVENT
        self._fexit = bool(bcc.BPF.support_kfunc())
        self._portion = Portion()
        self._ring_bytes = 0
        self.attached: list[Attachment] = []
        """What is attached now."""
        self._run_by_events: set[bytes] = set()
        """Programs of kprobes and tracepoints, by bcc's key of them."""

    def attach_kprobe(self, symbol: str, program: str) -> str:
        """Attach at a function's beginning; give how. Raises AttachError."""
        return self._noted(f"kprobe:{symbol}", self._probe("p", symbol, program))

    def attach_return(self, symbol: str, program: str) -> str:
        """Attach at a function's return; give how. Raises AttachError.

        fexit first: it has no pool of return instances that parked calls could use up.
        """
        if self._fexit:
            with suppress(AttachError):  # the kernel refuses fexit here: the kretprobe is next
                return self.attach_fexit(symbol, program)
        fd = self._probe("r", symbol, f"{program}_return")
        return self._noted(f"kretprobe:{symbol}", fd)

    def _probe(self, kind: Literal["p", "r"], symbol: str, program: str) -> int:
        """Attach a kprobe under a name of ours; give its descriptor. Raises AttachError.

        It is what bcc's own attach_kprobe and attach_kretprobe do, whose names any tool of bcc's
        may have defined.
        """
        name = event_name(kind, symbol).encode()

        def attach() -> None:
            loaded = self._bpf.load_func(program.encode(), self._bpf.KPROBE)
            where = (_ATTACH_TYPES[kind], name, symbol.encode(), 0, 0)
            fd = self._lib.bpf_attach_kprobe(loaded.fd, *where)
            if fd < 0:
                raise Exception("it cannot be probed")  # noqa: TRY002  (as bcc raises it)
            self._bpf._add_kprobe_fd(name, program.encode(), fd)  # noqa: SLF001

        self._attach(attach, symbol)
        self._run_by_events.add(program.encode())
        fd: int = self._bpf.kprobe_fds[name][program.encode()]
        return fd

    def _noted(self, via: str, fd: int) -> str:
        """Take note of what holds a probe; give how it is taken."""
        self.attached.append(attachment(via, fd))
        return via

    def attach_raw_tracepoint(self, name: str) -> str:
        """Attach the program of a raw tracepoint's name; give how. Raises AttachError."""
        program = f"raw_tracepoint__{name}"
        self._attach(
            lambda: self._bpf.attach_raw_tracepoint(tp=name.encode(), fn_name=program.encode()),
            name,
        )
        return self._noted(f"raw_tracepoint:{name}", self._bpf.raw_tracepoint_fds[name.encode()])

    def attach_tracepoint(self, event: str, program: str) -> str:
        """Attach at a tracepoint `category:name`; give how. Raises AttachError."""
        self._attach(
            lambda: self._bpf.attach_tracepoint(tp=event.encode(), fn_name=program.encode()), event
        )
        self._run_by_events.add(program.encode())
        return self._noted(f"tracepoint:{event}", self._bpf.tracepoint_fds[event.encode()])

    def attach_fentry(self, symbol: str, program: str) -> str:
        """Attach a fentry program at a function's beginning; give how. Raises AttachError."""
        name = self._load_tracing("kfunc__", symbol, program)
        self._attach(lambda: self._bpf.attach_kfunc(fn_name=name), symbol)
        return self._noted(f"fentry:{symbol}", self._bpf.kfunc_entry_fds[name])

    def attach_fexit(self, symbol: str, program: str) -> str:
        """Attach a fexit program at a function's return; give how. Raises AttachError."""
        name = self._load_tracing("kretfunc__", symbol, program)
        self._attach(lambda: self._bpf.attach_kretfunc(fn_name=name), symbol)
        return self._noted(f"{FEXIT}{symbol}", self._bpf.kfunc_exit_fds[name])

    def _load_tracing(self, kind: str, symbol: str, program: str) -> bytes:
        """Load a program for one function; give bcc's key of the two. Raises AttachError.

        bcc tells the kernel by a program's name which function it is for (libbpf.c:
        bcc_prog_load_xattr). Loaded under another name than it was compiled by, one program
        serves any number of functions, and the C names none of them. A function may have several.
        """
        name = f"{kind}{symbol}".encode()
        key = f"{kind}{symbol}/{program}".encode()
        if key in self._bpf.funcs:
            return key
        lib, module, compiled = self._lib, self._bpf.module, f"{kind}{program}".encode()
        with _complaints_held():
            fd = lib.bcc_func_load(
                module,
                self._bpf.TRACING,
                name,
                lib.bpf_function_start(module, compiled),
                lib.bpf_function_size(module, compiled),
                lib.bpf_module_license(module),
                lib.bpf_module_kern_version(module),
                *(0, None, 0, None, -1),  # no log, no device, and bcc finds the type of attaching
            )
        if fd < 0:
            raise AttachError(f"{symbol}: {os.strerror(ctypes.get_errno())}")
        self._bpf.funcs[key] = self._bpf.Function(self._bpf, key, fd)
        return key

    def perf_event(self, program: str) -> int:
        """Load the program that perf events are to run; give its descriptor, which stays open.

        Raises AttachError.
        """
        loaded: list[int] = []
        self._attach(
            lambda: loaded.append(self._bpf.load_func(program.encode(), self._perf_event).fd),
            program,
        )
        return loaded[0]

    def attach_lsm(self, hook: str) -> str:
        """Attach the program of an LSM hook; give how. Raises AttachError.

        A kernel in which BPF LSM is built in and not active lets it attach, and never runs it.
        """
        name = f"lsm__{hook}".encode()
        self._attach(lambda: self._bpf.attach_lsm(fn_name=name), hook)
        return self._noted(f"lsm:{hook}", self._bpf.lsm_fds[name])

    def _attach(self, attach: Callable[[], object], where: str) -> None:
        with _complaints_held() as complaints:
            try:
                attach()
            except Exception as error:  # noqa: BLE001  (bcc raises it bare)
                words = _own_words(error)
                # of a program that loaded, the verifier's statistics are there alone
                lines = [x for x in complaints().splitlines() if not x.startswith("processed ")]
                reason = lines[-1:] or [words]
                raise AttachError(f"{where}: {reason[0]}") from None

    def open_ring(self, name: str, receive: Callable[[bytes], None]) -> None:
        """Call `receive` with each record of the one ring buffer, during `poll` and `drain`."""

        def callback(_context: object, data: int, size: int) -> int:
            receive(ctypes.string_at(data, size))
            return self._portion.took(size)

        ring = self._bpf[name.encode()]
        self._ring_bytes = ring.max_entries
        ring.open_ring_buffer(callback)

    def poll(self, timeout_ms: int) -> None:
        """Wait at most `timeout_ms` for records, and receive what is there, up to a portion.

        What is left is there at once the next time: however fast records come, this comes back.
        """
        self._portion.begin(POLL_BYTES)
        self._bpf.ring_buffer_poll(timeout_ms)

    def drain(self) -> None:
        """Receive all records that are there now, without waiting.

        Of those that come meanwhile it takes no more than the ring buffer holds.
        """
        self._portion.begin(self._ring_bytes)
        self._bpf.ring_buffer_consume()

    def write(self, name: str, key: bytes, value: bytes) -> None:
        """Set one element of a map. Raises AttachError when the kernel refuses."""
        fd = self._lib.bpf_table_fd(self._bpf.module, name.encode())
        if self._lib.bpf_update_elem(fd, key, value, 0) < 0:
            raise AttachError(f"{name}: {os.strerror(ctypes.get_errno())}")

    def delete(self, name: str, key: bytes) -> None:
        """Take one element out of a map; one that is not there is no error."""
        self._lib.bpf_delete_elem(self._lib.bpf_table_fd(self._bpf.module, name.encode()), key)

    def sums(self, name: str) -> list[int]:
        """Give a per-CPU array of 64-bit counters, each summed over the CPUs."""
        table = self._bpf[name.encode()]
        return [sum(table[key]) for key in table]

    def values(self, name: str) -> list[bytes]:
        """Give the values of a hash, as bytes."""
        return [bytes(value) for value in self._bpf[name.encode()].values()]

    def items(self, name: str) -> list[tuple[bytes, bytes]]:
        """Give the keys and values of a hash, as bytes."""
        return [(bytes(key), bytes(value)) for key, value in self._bpf[name.encode()].items()]

    def skipped(self) -> int:
        """Count how often the kernel did not run a program, as one was running on that CPU.

        Programs of trampolines (fentry, fexit, LSM) can be preempted, and the kernel runs none of
        them twice on one CPU. Those of kprobes and tracepoints it runs not while any of theirs is
        running there, or a map is being read or written (kernel/trace/bpf_trace.c:
        trace_call_bpf), and counts that since 6.7: before, this knows nothing of them.
        """
        trampolines = (*self._bpf.kfunc_entry_fds, *self._bpf.kfunc_exit_fds, *self._bpf.lsm_fds)
        names = (*trampolines, *sorted(self._run_by_events))
        return sum(recursion_misses(self._bpf.funcs[name].fd) for name in names)

    def detach(self) -> None:
        """Detach everything; it stays loaded, and can be attached again."""
        self._forget_closed()
        self.attached.clear()
        for event in list(self._bpf.kprobe_fds):
            self._bpf.detach_kprobe_event(event)
        for event in list(self._bpf.tracepoint_fds):
            self._bpf.detach_tracepoint(event)
        for event in list(self._bpf.raw_tracepoint_fds):
            self._bpf.detach_raw_tracepoint(event)
        for name in list(self._bpf.kfunc_entry_fds):
            self._bpf.detach_kfunc(name)
        for name in list(self._bpf.kfunc_exit_fds):
            self._bpf.detach_kretfunc(name)
        for name in list(self._bpf.lsm_fds):
            self._bpf.detach_lsm(name)

    def _forget_closed(self) -> None:
        """Let bcc close no descriptor that somebody closed: it is another file's by now, or none's.

        bcc gives up closing the rest where one cannot be closed.
        """
        closed = {one.fd for one in self.attached if not one.held}
        bpf = self._bpf
        for event, programs in list(bpf.kprobe_fds.items()):
            for program in [program for program, fd in programs.items() if fd in closed]:
                bpf._del_kprobe_fd(event, program)  # noqa: SLF001
            if not programs:
                del bpf.kprobe_fds[event]
        for links in (
            bpf.tracepoint_fds,
            bpf.raw_tracepoint_fds,
            bpf.kfunc_entry_fds,
            bpf.kfunc_exit_fds,
            bpf.lsm_fds,
        ):
            for name in [name for name, fd in links.items() if fd in closed]:
                del links[name]

    def close(self) -> None:
        """Detach everything and free the maps."""
        self._forget_closed()
        self._bpf.cleanup()
