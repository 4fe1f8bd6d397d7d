"""What this process may do. Which capabilities suffice was tried with bcc 0.26 on 6.1 and 6.12."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.doctor.result import Effect, fine, problem, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detector.doctor.host import Host
    from detector.doctor.result import CheckResult

# Bits of CapEff: include/uapi/linux/capability.h.
CAP_NET_ADMIN = 1 << 12
CAP_SYS_PTRACE = 1 << 19
CAP_SYS_ADMIN = 1 << 21
CAP_PERFMON = 1 << 38
CAP_BPF = 1 << 39

WANTED = (
    (CAP_SYS_PTRACE, "CAP_SYS_PTRACE", "what backs other tasks' masks stays unknown"),
    (CAP_NET_ADMIN, "CAP_NET_ADMIN", "names of short-lived tasks may be lost"),
)
"""Capabilities that no stage needs, and what goes without them."""

INITIAL_USER_NAMESPACE = "user:[4026531837]"
"""include/linux/proc_ns.h: PROC_USER_INIT_INO."""

PARANOID_LIMIT = 2
"""Debian's and Ubuntu's kernels refuse perf_event_open(2) above it without CAP_SYS_ADMIN."""

AS_ROOT = ("sudo toctrace doctor",)


def check_capabilities(host: Host) -> Iterator[CheckResult]:
    """CAP_SYS_ADMIN alone suffices; so do CAP_BPF and CAP_PERFMON where perf is not paranoid."""
    held = host.capabilities
    if held is None:
        yield unknown(
            "privileges.capabilities",
            "the capabilities of this process cannot be read: is /proc mounted?",
            remedy="Mount /proc.",
            commands=("mount -t proc proc /proc",),
        )
        return
    if may_trace(held):
        yield fine("privileges.capabilities", _held(held))
    else:
        yield problem(
            "privileges.capabilities",
            Effect.FATAL,
            "no privileges: CAP_SYS_ADMIN is missing, and so is CAP_BPF or CAP_PERFMON",
            remedy="Run as root, or give the process CAP_SYS_ADMIN.",
            commands=AS_ROOT,
        )
    lost = [f"without {name} {loss}" for bit, name, loss in WANTED if not held & bit]
    if lost and may_trace(held):
        yield problem(
            "privileges.enrichment",
            Effect.NOTE,
            "; ".join(lost),
            remedy="Run as root; no stage is lost without.",
        )


def check_paranoid(host: Host) -> Iterator[CheckResult]:
    """perf_event_paranoid matters only to a process that has CAP_PERFMON and not CAP_SYS_ADMIN."""
    held = host.capabilities or 0
    if held & CAP_SYS_ADMIN or not may_trace(held):
        return
    text = host.read("proc/sys/kernel/perf_event_paranoid").text.strip()
    if text.isascii() and text.isdigit() and int(text[:9]) > PARANOID_LIMIT:
        yield problem(
            "privileges.perf_event_paranoid",
            Effect.FATAL,
            f"kernel.perf_event_paranoid is {text}: CAP_PERFMON alone may attach no kprobe",
            remedy="Run as root (CAP_SYS_ADMIN), or lower it.",
            commands=("sysctl -w kernel.perf_event_paranoid=2",),
        )
    else:
        yield fine("privileges.perf_event_paranoid", f"perf_event_paranoid {text or 'unset'}")


def check_user_namespace(host: Host) -> Iterator[CheckResult]:
    """Capabilities of a user namespace of one's own count for nothing in bpf(2)."""
    namespace = host.link("proc/self/ns/user")
    if namespace == INITIAL_USER_NAMESPACE:
        yield fine("privileges.user_namespace", "initial user namespace")
    elif namespace:
        yield problem(
            "privileges.user_namespace",
            Effect.FATAL,
            "this process is root of a user namespace only: the kernel refuses it BPF",
            remedy="Run outside of the container, or in one without user namespaces"
            " (for docker: --privileged --userns=host --pid=host).",
        )
    else:
        yield unknown("privileges.user_namespace", "the user namespace cannot be read")


def check_seccomp(host: Host) -> Iterator[CheckResult]:
    """Warn of a container's seccomp filter: it may refuse bpf(2) to root, too."""
    if host.status.get("Seccomp", "0") == "2":
        yield problem(
            "privileges.seccomp",
            Effect.NOTE,
            "a seccomp filter is on this process: it may refuse bpf(2) or perf_event_open(2)",
            remedy="If attaching fails, run without (docker: --security-opt seccomp=unconfined).",
        )
    else:
        yield fine("privileges.seccomp", "no seccomp filter")


def may_trace(held: int) -> bool:
    """Say whether these capability bits allow loading BPF programs and attaching kprobes."""
    both = CAP_BPF | CAP_PERFMON
    return bool(held & CAP_SYS_ADMIN) or held & both == both


def _held(held: int) -> str:
    return "CAP_SYS_ADMIN" if held & CAP_SYS_ADMIN else "CAP_BPF and CAP_PERFMON"
