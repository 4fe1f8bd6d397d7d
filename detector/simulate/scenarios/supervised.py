"""`supervised-seccomp`, `supervised-ptrace`: a supervisor reads a mask, and it changes afterwards.

The supervisor allows the mask that it reads. Before it lets the call go on, another thread of the
target puts another one in its place: what a slow supervisor loses by luck is certain here, as it
waits for the attacker. `seccomp-clean` and `ptrace-clean` are the same without the attack.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from detector.simulate import syscalls
from detector.simulate.child import call_in_child
from detector.simulate.masks import MAXNODE_WORD, WORD, Mask, encode
from detector.simulate.notify import go_under_notify, supervise_by_notify
from detector.simulate.scenario import Scenario, first_old, second_old
from detector.simulate.script import SELF
from detector.simulate.supervisor import Asked, Decide, read_memory
from detector.simulate.syscalls import NR_MIGRATE_PAGES
from detector.simulate.tracer import go_under_tracer, supervise_by_tracer
from detector.simulate.truth import CallTruth, MaskTruth, Nodes, call

if TYPE_CHECKING:
    from detector.simulate.host import Host

SUPERVISE_COPY = "supervise→copy"
OLD = 2
"""Where old_nodes is among the arguments."""

GoUnder = Callable[[socket.socket], None]
Supervise = Callable[[int, socket.socket, int, Decide], None]


def _steady(nodes: Nodes) -> MaskTruth:
    return MaskTruth(supervise=nodes, entry=nodes, copy=nodes, use=nodes, exit=nodes)


def _beaten(first: Nodes, second: Nodes) -> MaskTruth:
    return MaskTruth(
        supervise=first,
        entry=second,
        copy=second,
        use=second,
        exit=second,
        kind="race",
        window=SUPERVISE_COPY,
    )


def calls(raced: bool, host: Host, times: int) -> tuple[CallTruth, ...]:  # noqa: FBT001 (partial)
    """Return the truth: the supervisor alone is deceived, by every call or by none."""
    return tuple(
        call(
            r,
            None,
            _beaten(first_old(r), second_old(r)) if raced else _steady(first_old(r)),
            _steady((host.node,)),
            MAXNODE_WORD,
            caller="child",
        )
        for r in range(times)
    )


def by_notify(_: int, target: socket.socket, times: int, decide: Decide) -> None:
    """Supervise by seccomp user notification."""
    supervise_by_notify(target, times, decide)


def by_tracer(child: int, _: socket.socket, times: int, decide: Decide) -> None:
    """Supervise by ptrace."""
    supervise_by_tracer(child, NR_MIGRATE_PAGES, times, decide)


def under_notify(supervisor: socket.socket) -> None:
    """Go under a supervisor on seccomp user notification."""
    go_under_notify(NR_MIGRATE_PAGES, supervisor)


def under_tracer(_: socket.socket) -> None:
    """Go under a tracer."""
    go_under_tracer()


def play_supervised(
    go_under: GoUnder,
    supervise: Supervise,
    host: Host,
    times: int,
    *,
    raced: bool,
    allows: Callable[[int, bytes], bool] | None = None,
) -> list[int]:
    """Let a child make `times` calls, and supervise them; return what they returned.

    `allows` is given the repetition and the mask that was read; by default it allows what the
    target has there at first.
    """
    allowed = allows or (lambda repetition, mask: mask == encode(first_old(repetition), WORD))
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    seen = 0

    def decide(asked: Asked) -> bool:
        nonlocal seen
        goes_on = allowed(seen, read_memory(asked.pid, asked.arguments[OLD], WORD))
        seen += 1
        here.send(b"r")
        here.recv(1)
        return goes_on

    def meanwhile(child: int) -> None:
        there.close()
        supervise(child, here, times, decide)

    with here, there:
        return call_in_child(
            lambda: _target(go_under, here, there, host, times, raced=raced), meanwhile
        )


def _target(
    go_under: GoUnder,
    theirs: socket.socket,
    own: socket.socket,
    host: Host,
    times: int,
    *,
    raced: bool,
) -> list[int]:
    """Make the calls in this process, with the attacker beside them."""
    theirs.close()
    go_under(own)
    old, new = Mask(), Mask()
    new.write((host.node,))
    attacker = threading.Thread(target=_attack, args=(own, old, times, raced))
    attacker.start()
    returned = []
    for repetition in range(times):
        old.write(first_old(repetition))
        returned.append(syscalls.migrate_pages(SELF, MAXNODE_WORD, old.address, new.address))
    attacker.join()
    return returned


def _attack(supervisor: socket.socket, old: Mask, times: int, raced: bool) -> None:  # noqa: FBT001
    """Wait each time until the supervisor has read the mask, change it, and say so."""
    for repetition in range(times):
        if not supervisor.recv(1):
            return
        if raced:
            old.write(second_old(repetition))
        supervisor.send(b"w")


def _scenario(
    name: str, summary: str, go_under: GoUnder, supervise: Supervise, *, raced: bool
) -> Scenario:
    return Scenario(
        name,
        summary,
        partial(calls, raced),
        partial(play_supervised, go_under, supervise, raced=raced),
    )


SUPERVISED: tuple[Scenario, ...] = (
    _scenario(
        "supervised-seccomp",
        "old_nodes changes after a seccomp-notify supervisor read it",
        under_notify,
        by_notify,
        raced=True,
    ),
    _scenario(
        "supervised-ptrace",
        "old_nodes changes after a tracer read it at the call's entry",
        under_tracer,
        by_tracer,
        raced=True,
    ),
    _scenario(
        "seccomp-clean",
        "an honest call under a seccomp-notify supervisor",
        under_notify,
        by_notify,
        raced=False,
    ),
    _scenario(
        "ptrace-clean", "an honest call under a tracer", under_tracer, by_tracer, raced=False
    ),
)
"""To be watched with `--supervise`."""
