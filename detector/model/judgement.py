"""Judgements: what the stages of one call say when they are held against each other."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from detector.model.caller import Caller
from detector.model.enforcement import Enforced
from detector.model.form import Form
from detector.model.snapshot import Content, Task
from detector.model.stage import Stage


class Verdict(StrEnum):
    """What one pair of stages of one argument says."""

    SAME = "same"
    CHANGED = "changed"
    NARROWED = "narrowed"
    """Use equals the copy AND the caller's cpuset nodes: honest."""
    BLIND = "blind"
    """The earlier look could not read what the later one, or the kernel, then read."""
    WITHDRAWN = "withdrawn"
    """Readable at the earlier look, EFAULT at the copy: the observer believed a call that
    never was."""
    UNUSED = "unused"
    """The call ended before the later stage."""
    INCOMPLETE = "incomplete"
    """A snapshot is known lost, or could never be observed here."""


class Kind(StrEnum):
    """What kind of race an argument or a call shows; the order is the precedence."""

    TAMPER = "tamper"
    """The kernel acted on neither its copy nor the narrowed copy: kernel memory was changed."""
    RESTORE = "restore"
    """Entry and exit agree, the copy between them differs: tracks covered."""
    RACE = "race"
    """An earlier look differs from what the kernel copied."""
    BLIND = "blind"
    """Nobody could have read at entry what the kernel then read."""
    LATE = "late"
    """Only the look at exit differs: a tool that reads arguments at exit was deceived."""


class Cut(StrEnum):
    """Why a call was judged without having been seen to its end."""

    LOST = "lost"
    """At least one of its snapshots is lost."""
    END = "end"
    """It was still in the kernel when watching ended: no loss."""
    EVICTED = "evicted"
    """The correlator's bound on open calls was reached."""
    PARKED = "parked"
    """It was still in the kernel when it was judged, having shown its kind: no loss."""


class Pair(msgspec.Struct, frozen=True):
    """Two stages of one argument in one call."""

    earlier: Stage
    later: Stage
    verdict: Verdict


class Observer(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who looked at `stage` would have believed of the argument."""

    stage: Stage
    believed: bytes | None
    """What was there to be read, in the argument's form; None: nothing could be read."""
    deceived: bool
    """Whether that differs from what the kernel copied and used, or from there having been a
    call at all."""


class JudgedArgument(msgspec.Struct, frozen=True, kw_only=True):
    """One argument of a judged call."""

    name: str
    form: Form = Form.NODEMASK
    """What the bytes of its looks are."""
    word: int = 8
    """Bytes of an address for its caller."""
    looks: dict[Stage, Content]
    """What was taken, by stage, in ladder order; a stage that is missing was not seen."""
    copy_returned: int | None
    """What the kernel's copy returned (0 or -errno); None when not seen."""
    cpuset: bytes
    """The caller's cpuset nodes at the use (else at the copy); empty when not seen."""
    pairs: tuple[Pair, ...]
    kind: Kind | None
    window: tuple[Stage, Stage] | None
    """Where it changed; None without a kind."""
    came: bytes
    """Bits set at the window's end and not at its beginning, as a mask; of a mask alone."""
    went: bytes
    """Bits set at the window's beginning and not at its end, as a mask; of a mask alone."""
    observers: tuple[Observer, ...]


class JudgedCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call with all its pairs judged: the correlator's output."""

    number: int
    syscall: str
    abi: str
    task: Task
    """As at the call's first snapshot."""
    args: tuple[int, ...]
    began_ns: int
    """CLOCK_BOOTTIME, ns, of the first snapshot that was seen."""
    ended_ns: int
    """CLOCK_BOOTTIME, ns, of the last snapshot that was seen."""
    returned: int | None
    """The call's return value; None when the exit was not seen."""
    arguments: tuple[JudgedArgument, ...]
    kind: Kind | None
    """The strongest of the arguments' kinds."""
    copy_observed: bool
    """Whether the copy could be observed, be it at the use where that is the copy unchanged; if
    not, a race rests on later looks alone."""
    cut: Cut | None
    """None: seen to its end, with nothing lost."""
    unarmed: tuple[Stage, ...] = ()
    """Its stages that could not be seen in this run, in the ladder's order."""
    lost: int = 0
    """How many of its snapshots are known lost."""
    fault_held: bool = False
    fault_foreign: bool = False
    own: bool = False
    caller: Caller | None = None
    """Who called, as the kernel told it in the call; None: it did not."""
    enforced: Enforced | None = None
    """What enforcement made of it in the kernel; None: nothing."""

    @property
    def incomplete(self) -> bool:
        """Whether something of this call is known to be missing: never clean."""
        return self.cut in {Cut.LOST, Cut.EVICTED}
