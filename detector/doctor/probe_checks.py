"""Each probe of each stage of each system call: whether its function is there and probeable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from detector.doctor.distribution import KERNEL, commands
from detector.doctor.kprobe_checks import absent
from detector.doctor.result import Effect, fine, problem, unknown
from detector.doctor.tracepoint_checks import lack
from detector.syscalls.table import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from detector.doctor.host import Host
    from detector.doctor.result import CheckResult
    from detector.syscalls.entry import Probe, Syscall

EMULATION_PREFIX = "__ia32_"
"""Every function of this prefix is there only with CONFIG_IA32_EMULATION (syscall_wrapper.h)."""


class Lists(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel says of its functions; None where it would not say."""

    functions: Mapping[str, int] | None
    unprobeable: frozenset[str] | None
    traceable: frozenset[str] | None


def check_probes(host: Host, syscalls: Iterable[Syscall] = DEFAULT) -> Iterator[CheckResult]:
    """Ask for every symbol of these calls; where the list is unreadable, all will be tried."""
    if absent(host):
        if lack(host) is None:
            yield from without_kprobes(syscalls, commands(KERNEL, host.family))
        return
    lists = Lists(functions=host.functions, unprobeable=host.unprobeable, traceable=host.traceable)
    yield from judge(syscalls, lists, commands(KERNEL, host.family))


def judge(
    syscalls: Iterable[Syscall], lists: Lists, other_kernel: tuple[str, ...]
) -> Iterator[CheckResult]:
    """Judge every probe alone: a missing optional one costs its stage, a required one all."""
    for syscall in syscalls:
        for probe in syscall.probes:
            yield _judge(syscall, probe, lists, other_kernel)


def without_kprobes(
    syscalls: Iterable[Syscall], other_kernel: tuple[str, ...]
) -> Iterator[CheckResult]:
    """Name the stages that a tracepoint stands in for, and those that are lost."""
    for syscall in syscalls:
        for probe in syscall.probes:
            id_, where = _named(syscall, probe)
            stage = probe.stage.value
            if probe.tracepoint:
                yield fine(id_, f"{where}: {probe.tracepoint}", syscall=syscall.name, stage=stage)
            else:
                yield problem(
                    id_,
                    Effect.STAGE,
                    f"{where} is lost: {probe.untraced}",
                    remedy=f"Boot a kernel with kprobes. What is missing: {probe.purpose}.",
                    commands=other_kernel,
                    syscall=syscall.name,
                    stage=stage,
                )


def refusal(symbol: str, lists: Lists) -> str:
    """Return why this symbol cannot be probed, or nothing."""
    count = (lists.functions or {}).get(symbol, 0)
    if count == 0:
        return "is not in this kernel"
    if count > 1:
        # Kernels since 6.7 refuse such a name; older ones silently take the first of them.
        return f"is the name of {count} functions"
    if lists.unprobeable is not None and symbol in lists.unprobeable:
        return "is on the kprobes blacklist"
    if lists.traceable is not None and symbol not in lists.traceable:
        return "is not among ftrace's functions"
    return ""


def _judge(
    syscall: Syscall, probe: Probe, lists: Lists, other_kernel: tuple[str, ...]
) -> CheckResult:
    name, stage = syscall.name, probe.stage.value
    id_, where = _named(syscall, probe)
    if lists.functions is None:
        return unknown(
            id_,
            f"{where}: the list of symbols cannot be read, all will be tried",
            syscall=name,
            stage=stage,
        )
    if _has_no_callers(probe, lists.functions):
        return fine(id_, f"{where}: no 32-bit callers on this kernel", syscall=name, stage=stage)
    refusals = {symbol: refusal(symbol, lists) for symbol in probe.symbols}
    usable = [symbol for symbol, reason in refusals.items() if not reason]
    if usable:
        return fine(id_, f"{where}: {usable[0]}", syscall=name, stage=stage)
    reasons = "; ".join(f"{symbol} {reason}" for symbol, reason in refusals.items())
    return problem(
        id_,
        Effect.FATAL if probe.required else Effect.STAGE,
        f"{where} is lost: {reasons}",
        remedy=f"Boot a kernel where it can be probed. What is missing: {probe.purpose}.",
        commands=other_kernel,
        syscall=name,
        stage=stage,
    )


def _named(syscall: Syscall, probe: Probe) -> tuple[str, str]:
    """Give the result's id, and the stage's name for a person."""
    stage = probe.stage.value
    where = f"{syscall.name} {stage}" + (" (32-bit)" if probe.abi == "i386" else "")
    return f"symbols.{syscall.name}.{stage}.{probe.abi}", where


def _has_no_callers(probe: Probe, functions: Mapping[str, int]) -> bool:
    """Without 32-bit emulation nobody can make the call, so nothing is lost."""
    return probe.abi == "i386" and not any(name.startswith(EMULATION_PREFIX) for name in functions)
