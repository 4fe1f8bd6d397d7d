"""Which snapshots of a call are known to be lost, and which stages it honestly never reached."""

from __future__ import annotations

import msgspec

from detector.correlate.open_call import OpenCall
from detector.model.stage import Stage


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known to be lost of one call."""

    holes: int = 0
    """Snapshots that were issued and never came: of any stage that is not here."""
    copies: frozenset[str] = frozenset()
    """Arguments that the kernel must have copied, and whose copy is not here."""
    missed: int = 0
    """Of these, copies whose return probe never ran: they have no number in the sequence."""
    exits: int = 0
    """Arguments whose own exit must have been there and is not."""
    entry: bool = False
    use: bool = False
    """The kernel must have acted on the arguments, and the use is not here."""
    exit: bool = False
    """The call has ended, and its exit is not here."""

    @property
    def count(self) -> int:
        """How many snapshots are known lost, at the least."""
        if self is NOTHING:
            return 0
        owed = len(self.copies) + self.exits + self.entry + self.use
        return max(self.holes + self.missed, owed) + self.exit


NOTHING = Missing()
"""Of a call that was seen whole, or of which nothing says that it was not."""


def missing_from(call: OpenCall, armed: frozenset[Stage]) -> Missing:
    """Say what is known to be lost of `call`, where the `armed` stages could be seen."""
    ended = call.stages.get(Stage.EXIT)
    missed = 0
    copies: frozenset[str] = frozenset()
    if Stage.COPY in armed and len(call.copies) < len(call.syscall.arguments):
        copies = _owed_copies(call)
        missed = len(copies.intersection(ended.missed)) if ended else 0
    found = Missing(
        holes=call.holes,
        copies=copies,
        missed=missed,
        exits=len(call.unseen) if ended else 0,
        entry=Stage.ENTRY not in call.stages,
        use=Stage.USE in armed and Stage.USE not in call.stages and succeeded(call),
        exit=Stage.EXIT in armed and ended is None and call.superseded,
    )
    return NOTHING if found == NOTHING else found


def copy_failed_before(call: OpenCall, name: str) -> bool:
    """Whether the call ended at the copy of an argument that stands before `name`."""
    for argument in call.syscall.arguments:
        if argument.name == name:
            return False
        copy = call.copies.get(argument.name)
        if copy is not None and copy.returned:
            return True
    return False


def succeeded(call: OpenCall) -> bool:
    """Whether the return value says that the use stage was passed."""
    ended = call.stages.get(Stage.EXIT)
    return (
        call.syscall.success_is_use
        and ended is not None
        and ended.returned is not None
        and ended.returned >= 0
    )


def _owed_copies(call: OpenCall) -> frozenset[str]:
    """Copies that are not here and must have been made: a later stage, or the exit, says so.

    The arguments are copied in the table's order, and a failed copy ends the call.
    """
    ended = call.stages.get(Stage.EXIT)
    missed = ended.missed if ended else ()
    passed = Stage.USE in call.stages or succeeded(call)
    owed = set()
    for argument in reversed(call.syscall.arguments):
        if argument.name in call.copies:
            passed = True
        elif passed or argument.name in missed:
            owed.add(argument.name)
            passed = True
    return frozenset(owed)
