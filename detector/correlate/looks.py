"""Everything that was taken of one argument in one call, ready to be compared."""

from __future__ import annotations

import msgspec

from detector.correlate.missing import Missing, copy_failed_before
from detector.correlate.open_call import OpenCall
from detector.model.judgement import Verdict
from detector.model.snapshot import Content
from detector.model.stage import Stage
from detector.syscalls.entry import Argument

_REGISTER = (1 << 64) - 1


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """The looks at one argument; None stands for a stage that is not there."""

    argument: Argument
    copy_observed: bool
    """Whether copies can be seen at all here; if not, later looks stand in."""
    asked_bits: int
    """How many bits the caller asks the kernel to read: maxnode-1, unsigned, 64 bits."""
    null: bool
    """Whether the caller passed no mask."""
    supervise: Content | None
    entry: Content | None
    copy: Content | None
    copy_returned: int | None
    use: Content | None
    exit: Content | None
    cpusets: tuple[bytes, ...]
    """The caller's cpuset nodes as taken at the use and at the copy, in this order."""
    without_copy: Verdict
    """What a missing copy means: `unused`, or `incomplete`."""
    without_use: Verdict
    """What a missing use means: `unused`, or `incomplete`."""

    @property
    def copy_failed(self) -> bool:
        """Whether the kernel's copy is there and says that it failed: its bytes mean nothing."""
        return self.copy is not None and self.copy_returned != 0


def looks_at(
    argument: Argument, call: OpenCall, missing: Missing, armed: frozenset[Stage]
) -> Looks:
    """Gather what was taken of `argument` in `call`."""
    name = argument.name
    stages = call.stages
    use = stages.get(Stage.USE)
    copy = call.copies.get(name) if Stage.COPY in armed else None
    args = call.first.args
    failed_before = Stage.COPY in armed and copy_failed_before(call, name)
    failed = failed_before or (copy is not None and bool(copy.returned))
    # Until the exit is there, and nothing unknown is missing, any stage may have been passed.
    reached_end = Stage.EXIT in stages and not missing.holes
    no_copy = Stage.COPY in armed and reached_end and name not in missing.copies
    no_use = Stage.USE in armed and reached_end and not missing.use
    return Looks(
        argument=argument,
        copy_observed=Stage.COPY in armed,
        asked_bits=(_register(args, argument.bits_position) - 1) & _REGISTER,
        null=_register(args, argument.position) == 0,
        supervise=_content(call, Stage.SUPERVISE, name),
        entry=_content(call, Stage.ENTRY, name),
        copy=copy.contents[name] if copy else None,
        copy_returned=copy.returned if copy else None,
        use=_content(call, Stage.USE, name),
        exit=_content(call, Stage.EXIT, name),
        cpusets=tuple(taken.cpuset for taken in (use, copy) if taken and taken.cpuset),
        without_copy=Verdict.UNUSED if failed_before or no_copy else Verdict.INCOMPLETE,
        without_use=Verdict.UNUSED if failed or no_use else Verdict.INCOMPLETE,
    )


def _content(call: OpenCall, stage: Stage, name: str) -> Content | None:
    snapshot = call.stages.get(stage)
    return snapshot.contents.get(name) if snapshot else None


def _register(args: tuple[int, ...], position: int) -> int:
    return args[position] if position < len(args) else 0
