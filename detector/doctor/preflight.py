"""The table of checks, and what their results amount to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.doctor import (
    compiler_checks,
    enforce_checks,
    kernel_checks,
    kprobe_checks,
    privilege_checks,
    probe_checks,
    surroundings_checks,
    tracepoint_checks,
)
from detector.doctor.result import Effect, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from detector.doctor.host import Host
    from detector.doctor.result import CheckResult

    Check = Callable[[Host], Iterator[CheckResult]]

CHECKS: tuple[Check, ...] = (
    kernel_checks.check_release,
    kernel_checks.check_architecture,
    kernel_checks.check_bpf,
    kernel_checks.check_nodes_limit,
    kernel_checks.check_jit,
    kernel_checks.check_lockdown,
    privilege_checks.check_capabilities,
    privilege_checks.check_paranoid,
    privilege_checks.check_user_namespace,
    privilege_checks.check_seccomp,
    kprobe_checks.check_kprobes,
    kprobe_checks.check_switch,
    kprobe_checks.check_lists,
    kprobe_checks.check_returns,
    tracepoint_checks.check_tracepoints,
    probe_checks.check_probes,
    compiler_checks.check_bcc,
    compiler_checks.check_clang,
    compiler_checks.check_headers,
    surroundings_checks.check_nodes,
    surroundings_checks.check_userfaultfd,
    surroundings_checks.check_cgroup,
    surroundings_checks.check_pid_namespace,
    surroundings_checks.check_process_connector,
    enforce_checks.check_enforcement,
)
"""Every check, in the order in which results are listed."""


def preflight(host: Host) -> tuple[CheckResult, ...]:
    """Ask the host everything; it is only asked, and nothing is attached."""
    return tuple(result for check in CHECKS for result in check(host))


def verdict(results: Iterable[CheckResult]) -> Verdict:
    """Say what can be observed: one fatal problem is enough for nothing."""
    effects = {result.effect for result in results}
    if Effect.FATAL in effects:
        return Verdict.NOTHING
    return Verdict.SOME if Effect.STAGE in effects else Verdict.EVERYTHING
