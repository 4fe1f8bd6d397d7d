"""A bcc that loads and attaches nothing: what of it detector/capture/bcc_program.py uses."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

import pytest

PROGRAM_FDS = 1000
"""Descriptors of programs that are loaded count from here; no file has them."""


class Function:
    def __init__(self, bpf: Any, name: bytes, fd: int) -> None:
        self.bpf, self.name, self.fd = bpf, name, fd


class Lib:
    """libbcc, as far as loading one program goes."""

    def __init__(self) -> None:
        self.loaded: list[tuple[bytes, bytes]] = []
        """Of each program: the name that it was loaded by, and the one that it was compiled by."""

    def bcc_func_load(self, _module: object, _type: int, name: bytes, code: bytes, *_: Any) -> int:
        self.loaded.append((name, code))
        return PROGRAM_FDS + len(self.loaded)

    def bpf_attach_kprobe(self, *_: object) -> int:
        return _file()

    def bpf_function_start(self, _module: object, name: bytes) -> bytes:
        return name

    def bpf_function_size(self, *_: object) -> int:
        return 8

    def bpf_module_license(self, _: object) -> bytes:
        return b"GPL"

    def bpf_module_kern_version(self, _: object) -> int:
        return 0


class BPF:
    """bcc.BPF, each link a file of its own."""

    TRACING, PERF_EVENT, KPROBE = 26, 7, 2
    Function = Function
    lib = Lib()

    def __init__(self, **_: Any) -> None:
        self.module = object()
        self.funcs: dict[bytes, Function] = {}
        self.kprobe_fds: dict[bytes, dict[bytes, int]] = {}
        self.tracepoint_fds: dict[bytes, int] = {}
        self.raw_tracepoint_fds: dict[bytes, int] = {}
        self.kfunc_entry_fds: dict[bytes, int] = {}
        self.kfunc_exit_fds: dict[bytes, int] = {}
        self.lsm_fds: dict[bytes, int] = {}

    @staticmethod
    def support_kfunc() -> bool:
        return True

    def load_func(self, name: bytes, _type: int) -> Function:
        if name not in self.funcs:
            fd = self.lib.bcc_func_load(self.module, _type, name, name)
            self.funcs[name] = Function(self, name, fd)
        return self.funcs[name]

    def _add_kprobe_fd(self, name: bytes, fn_name: bytes, fd: int) -> None:
        self.kprobe_fds.setdefault(name, {})[fn_name] = fd

    def attach_tracepoint(self, tp: bytes, fn_name: bytes) -> None:
        self.load_func(fn_name, self.KPROBE)
        self.tracepoint_fds[tp] = _file()

    def attach_kfunc(self, fn_name: bytes) -> None:
        self._attach_tracing(self.kfunc_entry_fds, b"kfunc__", fn_name)

    def attach_kretfunc(self, fn_name: bytes) -> None:
        self._attach_tracing(self.kfunc_exit_fds, b"kretfunc__", fn_name)

    def _attach_tracing(self, fds: dict[bytes, int], kind: bytes, name: bytes) -> None:
        name = name if name.startswith(kind) else kind + name
        if name in fds:
            raise Exception(f"Kernel func {name!r} has been attached")  # noqa: TRY002  (as bcc does)
        self.load_func(name, self.TRACING)
        fds[name] = _file()

    def detach_kfunc(self, fn_name: bytes) -> None:
        os.close(self.kfunc_entry_fds.pop(fn_name))

    def detach_kretfunc(self, fn_name: bytes) -> None:
        os.close(self.kfunc_exit_fds.pop(fn_name))

    def detach_tracepoint(self, tp: bytes) -> None:
        os.close(self.tracepoint_fds.pop(tp))

    def detach_kprobe_event(self, event: bytes) -> None:
        for fd in self.kprobe_fds.pop(event).values():
            os.close(fd)

    def cleanup(self) -> None:
        """Free nothing."""


def _file() -> int:
    return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)


def install(monkeypatch: pytest.MonkeyPatch) -> Lib:
    """Put it in the place of bcc; give what was loaded by it."""
    module = ModuleType("bcc")
    BPF.lib = Lib()
    module.BPF, module.lib = BPF, BPF.lib  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bcc", module)
    return BPF.lib
