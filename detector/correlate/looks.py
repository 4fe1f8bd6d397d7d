"""Everything that was taken of one argument in one call, ready to be compared."""

from __future__ import annotations

from enum import Enum, auto

import msgspec

from detector.correlate.missing import Missing, copy_failed_before, succeeded
from detector.correlate.open_call import OpenCall
from detector.model.form import Form
from detector.model.judgement import Verdict
from detector.model.snapshot import Content
from detector.model.stage import Stage
from detector.syscalls.entry import Argument

_REGISTER = (1 << 64) - 1


class Sight(Enum):
    """What of the kernel's side can be seen of an argument here, which says what is compared."""

    COPY = auto()
    """Its raw copy, and perhaps the use."""
    LATER = auto()
    """Not its copy, which is made: the looks after it stand in."""
    USE = auto()
    """The use, which is the kernel's copy unchanged."""
    PIECES = auto()
    """The use, of those elements that were used where it could be seen."""
    NOTHING = auto()
    """Nothing: user memory before and after is all that there is."""


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """The looks at one argument; None stands for a stage that is not there."""

    argument: Argument
    sight: Sight
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
    held_back: bool = False
    """Whether others could have held back or changed a page that the call had to have read in."""
    exit_looks: bool = True
    """Whether what is read at exit is the memory that the call was made from."""

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
    exact = argument.exact
    use = stages.get(Stage.USE)
    copy = call.copies.get(name) if Stage.COPY in armed else None
    args = call.first.args
    failed_before = Stage.COPY in armed and copy_failed_before(call, name)
    failed = failed_before or (copy is not None and bool(copy.returned))
    # Until the exit is there, and nothing unknown is missing, any stage may have been passed.
    reached_end = Stage.EXIT in stages and not missing.holes
    no_copy = Stage.COPY in armed and reached_end and name not in missing.copies
    no_use = Stage.USE in armed and reached_end and not missing.use
    if exact and no_use:
        # each argument has a use of its own, and all of them have passed
        no_use = not succeeded(call)
    return Looks(
        argument=argument,
        sight=_sight(argument, armed),
        asked_bits=(_length(argument, args) - 1) & _REGISTER,
        null=_register(args, argument.position) == 0,
        supervise=call.content(Stage.SUPERVISE, name),
        entry=call.content(Stage.ENTRY, name),
        copy=copy.contents[name] if copy else None,
        copy_returned=copy.returned if copy else None,
        use=call.content(Stage.USE, name),
        exit=call.content(Stage.EXIT, name) if call.syscall.exit_looks else None,
        cpusets=tuple(taken.cpuset for taken in (use, copy) if taken and taken.cpuset),
        without_copy=Verdict.UNUSED if failed_before or no_copy else Verdict.INCOMPLETE,
        without_use=Verdict.UNUSED if failed or no_use else Verdict.INCOMPLETE,
        held_back=call.fault_held or call.fault_foreign,
        exit_looks=call.syscall.exit_looks,
    )


def _sight(argument: Argument, armed: frozenset[Stage]) -> Sight:
    if argument.form is Form.NODEMASK:
        return Sight.COPY if Stage.COPY in armed else Sight.LATER
    if Stage.USE not in armed:
        return Sight.NOTHING
    if argument.in_pieces:
        return Sight.PIECES
    return Sight.USE if argument.exact else Sight.NOTHING


def _length(argument: Argument, args: tuple[int, ...]) -> int:
    return 0 if argument.length_position is None else _register(args, argument.length_position)


def _register(args: tuple[int, ...], position: int) -> int:
    return args[position] if position < len(args) else 0
