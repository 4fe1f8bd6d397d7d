"""The process connector (drivers/connector/cn_proc.c): forks, execs, renames, exits as told.

pyroute2 opens, binds and decodes. Reading goes past its event loop: the loop moves messages
from the socket into a queue of its own whenever it runs, where poll(2) on the descriptor no
longer sees them, and its `control(listen=True)` waits for ever where the kernel stays silent.
"""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from pyroute2.netlink import NLMSG_DONE
from pyroute2.netlink.connector.cn_proc import (
    CN_IDX_PROC,
    CN_VAL_PROC,
    PROC_CN_MCAST_LISTEN,
    PROC_EVENT_COMM,
    PROC_EVENT_EXEC,
    PROC_EVENT_EXIT,
    PROC_EVENT_FORK,
    PROC_EVENT_NONE,
    ProcEventSocket,
    proc_event_base,
    proc_event_comm,
    proc_event_control,
)

from detector.enrich.procfs import text
from detector.errors import EnrichmentError

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER_SECONDS = 0.5
"""How long the kernel gets to say that it will tell; it answers within the send."""
BUFFER_BYTES = 4 << 20
"""Room for some thousand events (about 1 KiB each with the kernel's bookkeeping)."""
DRAIN_BOUND = 512
"""So many events are taken at once, so that a storm of forks cannot starve the caller."""
_DATAGRAM_BYTES = 4096
_SO_RCVBUFFORCE = 33  # include/uapi/asm-generic/socket.h; the socket module has no name for it
_KERNEL_PORT = 0
_SEQUENCE_MASK = 0xFFFFFFFF
_SEQUENCE_AHEAD = 1 << 31

SILENT = (
    "the kernel does not answer: it tells of processes only in the initial pid, user and network "
    "namespaces, to CAP_NET_ADMIN, and if built with CONFIG_PROC_EVENTS"
)


class EventKind(StrEnum):
    """What happened to a process."""

    FORK = "fork"
    EXEC = "exec"
    COMM = "comm"
    EXIT = "exit"
    LOST = "lost"
    """Events were lost here, or between here and the event before."""


@dataclass(frozen=True, slots=True)
class ProcessEvent:
    """One event about one thread group leader; ids are the root namespace's (0: lost)."""

    kind: EventKind
    tgid: int
    time_ns: int
    """CLOCK_MONOTONIC (`ktime_get_ns`)."""
    parent_tgid: int | None = None
    """fork only."""
    comm: str | None = None
    """comm only: the new name."""


class _RawComm(proc_event_base):  # type: ignore[misc]  # pyroute2 is untyped
    """pyroute2's own decoder of this event raises on a name that is not UTF-8."""

    fields = proc_event_comm.fields


def _event(kind: EventKind, message: Any, prefix: str) -> ProcessEvent | None:
    """Make an event of a decoded message; None for a thread that is not its group's leader."""
    tgid = int(message[f"{prefix}_tgid"])
    if int(message[f"{prefix}_pid"]) != tgid:
        return None
    name = message["comm"].split(b"\0")[0] if kind is EventKind.COMM else None
    return ProcessEvent(
        kind=kind,
        tgid=tgid,
        time_ns=int(message["timestamp_ns"]),
        parent_tgid=int(message["parent_tgid"]) if kind is EventKind.FORK else None,
        comm=None if name is None else text(name),
    )


_LOST = ProcessEvent(kind=EventKind.LOST, tgid=0, time_ns=0)
_KINDS = {
    PROC_EVENT_FORK: (EventKind.FORK, "child"),
    PROC_EVENT_EXEC: (EventKind.EXEC, "process"),
    PROC_EVENT_COMM: (EventKind.COMM, "process"),
    PROC_EVENT_EXIT: (EventKind.EXIT, "process"),
}


class Sequences:
    """Counts the events that never arrived, by the kernel's number of each on its CPU."""

    def __init__(self) -> None:
        """Begin with nothing expected."""
        self._next: dict[int, int] = {}

    def missing(self, cpu: int, number: int) -> int:
        """Note event `number` of `cpu`; give how many between it and the last one are missing."""
        gap = (number - self._next.get(cpu, number)) & _SEQUENCE_MASK
        if gap >= _SEQUENCE_AHEAD:  # behind what was expected: a repeat, nothing is missing
            return 0
        self._next[cpu] = (number + 1) & _SEQUENCE_MASK
        return gap


class ProcessConnector:
    """A poll-able source of process events; never blocks after it has been opened."""

    def __init__(self) -> None:
        """Open and begin to listen; raise EnrichmentError with the reason where refused."""
        self.lost = 0
        """Events known to be lost, by the gaps in their numbers."""
        self.overruns = 0
        """How often the socket's buffer was full (ENOBUFS)."""
        self._sequences = Sequences()
        self._overrun = False
        try:
            self._socket = ProcEventSocket()
        except OSError as error:
            message = f"no process connector in this kernel: {error.strerror}"
            raise EnrichmentError(message) from error
        try:
            self._listen()
        except BaseException:
            self.close()
            raise

    def _listen(self) -> None:
        """Bind, ask to be told, and wait for the kernel's answer."""
        self._socket.marshal.msg_map[PROC_EVENT_COMM] = _RawComm
        with contextlib.suppress(OSError):  # without CAP_NET_ADMIN: bind then says so
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, BUFFER_BYTES)
        try:
            self._socket.bind()
        except KeyError:  # what pyroute2 raises after every bind was refused
            message = "the process connector may not be bound (CAP_NET_ADMIN is needed)"
            raise EnrichmentError(message) from None
        # pyroute2 keeps a socket for each thread that asks; the bound one is meant
        self._bound = self._socket.asyncore.socket
        self._poll = select.poll()
        self._poll.register(self.fileno(), select.POLLIN)
        request = proc_event_control()
        request["action"] = PROC_CN_MCAST_LISTEN
        request["idx"], request["val"], request["len"] = CN_IDX_PROC, CN_VAL_PROC, 4
        request["header"]["type"] = NLMSG_DONE
        request.encode()
        try:
            self._bound.sendto(request.data, (0, 0))
        except OSError as error:  # ECONNREFUSED: another network namespace
            raise EnrichmentError(SILENT) from error
        deadline = time.monotonic() + ANSWER_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            self._poll.poll(left * 1000)
            if any(message["what"] == PROC_EVENT_NONE for message in self._messages(1)):
                return
        raise EnrichmentError(SILENT)

    def fileno(self) -> int:
        """Give the descriptor that is readable while events wait."""
        return int(self._bound.fileno())

    def waiting(self) -> bool:
        """Whether events wait."""
        return bool(self._poll.poll(0))

    def _messages(self, bound: int) -> Iterator[Any]:
        """Give decoded messages until the socket is empty or `bound` datagrams were read."""
        for _ in range(bound):
            if not self.waiting():
                return
            try:
                datagram, sender = self._bound.recvfrom(_DATAGRAM_BYTES, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self.overruns += 1
                self._overrun = True
                continue
            if sender[0] != _KERNEL_PORT:
                continue
            for message in self._socket.marshal.parse(datagram):
                if message["header"].get("error") is None:
                    yield message

    def drain(self, bound: int = DRAIN_BOUND) -> tuple[ProcessEvent, ...]:
        """Take the events that wait, at most `bound`, in order; losses stand in their place.

        Raises OSError when the socket breaks.
        """
        events = []
        for message in self._messages(bound):
            if message["what"] == PROC_EVENT_NONE:  # an answer, to this or another listener
                continue
            missing = self._sequences.missing(int(message["cpu"]), int(message["seq"]))
            if missing:
                self.lost += missing
                events.append(_LOST)
            known = _KINDS.get(message["what"])
            event = _event(known[0], message, known[1]) if known else None
            if event is not None:
                events.append(event)
        if self._overrun and not self.waiting():
            # ENOBUFS is told before the events that still found room: the loss is behind them
            self._overrun = False
            events.append(_LOST)
        return tuple(events)

    def close(self) -> None:
        """Close the socket, which ends the telling; the polite way can wait for ever."""
        self._socket.close()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
