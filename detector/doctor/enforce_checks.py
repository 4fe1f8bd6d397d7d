"""Whether raced calls can be stopped here: BPF LSM, and hooks between a copy and its use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.doctor.distribution import Family
from detector.doctor.kprobe_checks import absent
from detector.doctor.result import Effect, fine, problem, unknown
from detector.syscalls.table import SYSCALLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from detector.doctor.host import Host
    from detector.doctor.result import CheckResult
    from detector.syscalls.entry import Syscall

ID = "enforce.lsm"
LIST = "sys/kernel/security/lsm"
"""The active security modules, in order (security/inode.c: lsm_read); `bpf` where BPF LSM is."""
IMPLIED = "capability"
"""In the list always, and no word for the command line (security.c: LSM_ORDER_FIRST)."""

_GRUB = {
    Family.DEBIAN: ("update-grub", "reboot"),
    Family.UBUNTU: ("update-grub", "reboot"),
    Family.FEDORA: ("grub2-mkconfig -o /boot/grub2/grub.cfg", "reboot"),
}


def lsm_lack(host: Host) -> str:
    """Say why BPF LSM refuses nothing here, with the remedy; nothing where it may refuse.

    A list that cannot be read says nothing: it is tried.
    """
    active = _active(host)
    if active is None or "bpf" in active:
        return ""
    return f"BPF LSM is not active (active: {', '.join(active) or 'none'}): {_remedy(active)}"


def check_enforcement(host: Host) -> Iterator[CheckResult]:
    """Say whether `--enforce` can be used here."""
    active = _active(host)
    if absent(host):
        yield problem(
            ID,
            Effect.NOTE,
            "--enforce cannot be used: without kprobes the kernel's copy is not seen",
            remedy="Boot a kernel with kprobes.",
        )
    elif active is None:
        yield unknown(
            ID,
            f"whether --enforce can be used is not known: /{LIST} cannot be read",
            remedy="Mount securityfs.",
            commands=("mount -t securityfs securityfs /sys/kernel/security",),
        )
    elif "bpf" in active:
        yield fine(ID, f"BPF LSM is active, so --enforce can refuse: {stoppable(SYSCALLS)}")
    else:
        yield problem(
            ID,
            Effect.NOTE,
            f"BPF LSM is not active (active: {', '.join(active) or 'none'}): --enforce ends with "
            "11, and only --enforce=kill can be used",
            remedy=f"To refuse calls, {_remedy(active)}.",
            commands=_commands(host, active),
        )


def stoppable(syscalls: Iterable[Syscall]) -> str:
    """Name the calls that have a hook between copy and use, then those that are not enforceable."""
    hooked = ", ".join(f"{call.name} (at {call.hook})" for call in syscalls if call.hook)
    others = ", ".join(call.name for call in syscalls if not call.hook)
    return (hooked or "none") + (f"; not enforceable, without a hook: {others}" if others else "")


def _active(host: Host) -> list[str] | None:
    content = host.read(LIST)
    return [name for name in content.text.strip().split(",") if name] if content.readable else None


def _words(active: list[str]) -> str:
    return "lsm=" + ",".join([*(name for name in active if name != IMPLIED), "bpf"])


def _remedy(active: list[str]) -> str:
    return f"boot with {_words(active)} on the kernel's command line"


def _commands(host: Host, active: list[str]) -> tuple[str, ...]:
    edit = f"sed -i 's/^GRUB_CMDLINE_LINUX=\"/&{_words(active)} /' /etc/default/grub"
    return (edit, *_GRUB[host.family]) if host.family in _GRUB else ()
