"""Scenarios of the calls that make a policy by one mask: mbind and set_mempolicy.

Each is held in the middle of its copy, as those of migrate_pages are. The policies are made for a
page of the scenario's own, or for a child process that ends with it. No later read of the kernel
holds such a call after its copy, so none of them is `late` or a `restore` for certain.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from detector.simulate import syscalls
from detector.simulate.child import call_in_child
from detector.simulate.faults import FaultServer
from detector.simulate.masks import MAXNODE_TAILED, MAXNODE_WORD, BlindMask, HeldMask, encode
from detector.simulate.pages import PAGE, Region
from detector.simulate.scenario import Scenario, first_old, second_old
from detector.simulate.truth import CallTruth, MaskTruth, Nodes, call_of, steady

if TYPE_CHECKING:
    from collections.abc import Callable

    from detector.simulate.host import Host

ENTRY_COPY = "entry→copy"


@dataclass(frozen=True)
class PolicyCall:
    """One of the calls."""

    syscall: str
    make: Callable[[int, int, int, int], int]
    """Call with a mode, the address of a page, that of the mask, and maxnode."""
    lasting: bool
    """Whether the policy is the caller's own, and a child must be the caller."""
    short: str
    """How the names of its scenarios begin."""

    @property
    def caller(self) -> Literal["main", "child"]:
        """Who makes the calls of a scenario that succeeds."""
        return "child" if self.lasting else "main"


def _mbind(mode: int, page: int, mask: int, maxnode: int) -> int:
    return syscalls.mbind(page, PAGE, mode, mask, maxnode)


def _set_mempolicy(mode: int, _page: int, mask: int, maxnode: int) -> int:
    return syscalls.set_mempolicy(mode, mask, maxnode)


MBIND = PolicyCall("mbind", _mbind, lasting=False, short="mbind")
SET_MEMPOLICY = PolicyCall("set_mempolicy", _set_mempolicy, lasting=True, short="mempolicy")
CALLS = (MBIND, SET_MEMPOLICY)

Act = Literal["nothing", "flip", "protect", "hide"]


@dataclass(frozen=True)
class Plan:
    """What happens to the mask of each call of a scenario."""

    act: Act
    """While the kernel is held before its copy. `hide`: the page is not there before."""
    mode: int = syscalls.MPOL_PREFERRED
    """MPOL_DEFAULT with a mask of nodes is refused at the use (mpol_new), and changes nothing."""

    @property
    def refused(self) -> bool:
        """Whether the kernel refuses the call when it comes to use its copy."""
        return self.mode == syscalls.MPOL_DEFAULT


def first(host: Host, repetition: int) -> Nodes:
    """Return what a look at entry finds: a node that exists, and one that tells calls apart."""
    return tuple(sorted((host.node, *first_old(repetition))))


def second(host: Host, repetition: int) -> Nodes:
    """Return what the kernel copies after a flip."""
    return tuple(sorted((host.node, *second_old(repetition))))


def _mask(plan: Plan, host: Host, repetition: int) -> MaskTruth:
    seen, flipped = first(host, repetition), second(host, repetition)
    if plan.act == "flip":
        return MaskTruth(
            entry=seen,
            copy=flipped,
            use=flipped,
            exit=flipped,
            kind="race",
            window=ENTRY_COPY,
            beyond="unreadable",
        )
    if plan.act == "hide":
        return MaskTruth(
            entry="unreadable", copy=seen, use=seen, exit=seen, kind="blind", window=ENTRY_COPY
        )
    if plan.act == "protect":
        return MaskTruth(
            entry=seen,
            copy="unreadable",
            use=None,
            exit="unreadable",
            kind="race",
            window=ENTRY_COPY,
            beyond="unreadable",
        )
    return steady(seen, seen, beyond="zero")


def _error(plan: Plan) -> str | None:
    if plan.act == "protect":
        return "EFAULT"
    return "EINVAL" if plan.refused else None


def _calls(policy: PolicyCall, plan: Plan, host: Host, times: int) -> tuple[CallTruth, ...]:
    return tuple(
        call_of(
            policy.syscall,
            repetition,
            _error(plan),
            {"nodemask": _mask(plan, host, repetition)},
            MAXNODE_WORD if plan.act == "hide" else MAXNODE_TAILED,
            caller="main" if plan.refused else policy.caller,
        )
        for repetition in range(times)
    )


def _perform(policy: PolicyCall, plan: Plan, host: Host, times: int) -> list[int]:
    play = _hidden if plan.act == "hide" else _held
    if policy.lasting and not plan.refused:
        return call_in_child(lambda: play(policy, plan, host, times))
    return play(policy, plan, host, times)


def _held(policy: PolicyCall, plan: Plan, host: Host, times: int) -> list[int]:
    """Act on the mask while the kernel waits for its tail."""
    with ExitStack() as stack:
        mask = stack.enter_context(HeldMask())
        bound = stack.enter_context(Region(1))
        server = None
        if plan.act != "nothing":
            server = stack.enter_context(FaultServer())
            server.register(mask.tail_page)

        def act(repetition: int) -> None:
            if plan.act == "flip":
                mask.write(second(host, repetition))
            else:
                syscalls.protect(mask.body_page, PAGE, syscalls.PROT_NONE)

        returned = []
        for repetition in range(times):
            syscalls.protect(mask.body_page, PAGE, syscalls.PROT_READ | syscalls.PROT_WRITE)
            mask.write(first(host, repetition))
            if server is None:
                mask.touch_tail()
            else:
                server.arm(mask.tail_page, partial(act, repetition))
            returned.append(policy.make(plan.mode, bound.address, mask.address, MAXNODE_TAILED))
            if server is not None:
                server.check()
        return returned


def _hidden(policy: PolicyCall, plan: Plan, host: Host, times: int) -> list[int]:
    """Let the mask's page appear only when the kernel reads it."""
    with BlindMask() as mask, Region(1) as bound, FaultServer() as server:
        server.register(mask.page)
        returned = []
        for repetition in range(times):
            server.arm(mask.page, content=encode(first(host, repetition)))
            returned.append(policy.make(plan.mode, bound.address, mask.address, MAXNODE_WORD))
            server.check()
        return returned


PLANS: dict[str, tuple[str, Plan]] = {
    "clean": ("an honest call of {}", Plan("nothing")),
    "flip": ("{}'s mask changes between entry and copy", Plan("flip")),
    "blind": ("{}'s mask cannot be read before the kernel does", Plan("hide")),
    "gone": ("{}'s mask is readable at entry, gone at the copy", Plan("protect")),
    "refused": (
        "{}'s mask is raced, then it is refused (EINVAL)",
        Plan("flip", syscalls.MPOL_DEFAULT),
    ),
    "einval": (
        "an honest call of {} that is refused (EINVAL)",
        Plan("nothing", syscalls.MPOL_DEFAULT),
    ),
}
"""By the end of the scenario's name: what it is for a person, and how it is played."""

POLICIES: tuple[Scenario, ...] = tuple(
    Scenario(
        f"{policy.short}-{name}",
        summary.format(policy.syscall),
        partial(_calls, policy, plan),
        partial(_perform, policy, plan),
    )
    for policy in CALLS
    for name, (summary, plan) in PLANS.items()
)
