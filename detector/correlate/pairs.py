"""The verdict of each pair of stages of one argument."""

from __future__ import annotations

import errno
from collections.abc import Callable

import msgspec

from detector.correlate.compare import (
    came,
    differ,
    differ_outside,
    equally_unread,
    number,
    reads_more,
    unread,
)
from detector.correlate.looks import Looks, Sight
from detector.model.judgement import Pair, Verdict
from detector.model.snapshot import Content
from detector.model.stage import Stage

MOST_BITS = 4096 * 8
"""mm/mempolicy.c get_nodes() answers EINVAL to more (PAGE_SIZE * BITS_PER_BYTE), reading none."""


class Window(msgspec.Struct, frozen=True):
    """The two stages of a pair, and how they are compared."""

    earlier: Stage
    later: Stage
    judge: Callable[[Looks], Verdict | None]
    """None: the pair says nothing here and is left out."""

    @property
    def stages(self) -> tuple[Stage, Stage]:
        """The earlier and the later stage."""
        return self.earlier, self.later


def judge_pairs(looks: Looks) -> tuple[Pair, ...]:
    """Judge every pair of one argument, in the ladder's order."""
    pairs = []
    for window in WINDOWS[looks.sight]:
        if window.later is Stage.EXIT and not looks.exit_looks:
            continue
        verdict = window.judge(looks)
        if verdict is not None:
            pairs.append(Pair(window.earlier, window.later, verdict))
    return tuple(pairs)


def entry_to_copy(looks: Looks) -> Verdict:
    """Hold what could be read at entry against what the kernel copied, or could not."""
    return _user_to_copy(looks, looks.entry)


def supervise_to_copy(looks: Looks) -> Verdict | None:
    """Hold what a supervisor was about to read against the kernel's copy; None: none was asked."""
    return None if looks.supervise is None else _user_to_copy(looks, looks.supervise)


def _user_to_copy(looks: Looks, user: Content | None) -> Verdict:
    if looks.copy is None:
        return looks.without_copy
    judge = COPY_RESULTS.get(looks.copy_returned)
    if user is None or judge is None:
        return Verdict.INCOMPLETE
    return judge(looks, user, looks.copy)


def _copied(_: Looks, entry: Content, copy: Content) -> Verdict:
    if differ(entry, copy) or entry.beyond is True:
        return Verdict.CHANGED
    if copy.unread:
        return Verdict.INCOMPLETE
    # What is past MAX_NUMNODES decides EINVAL alone: the kernel found it clear, and used the bits.
    return Verdict.BLIND if entry.unread else Verdict.SAME


def _faulted(looks: Looks, entry: Content, _: Content) -> Verdict:
    if entry.unread:
        return Verdict.SAME
    if entry.beyond is None:
        # The bits could be read, the words past MAX_NUMNODES could not. If they alone are what
        # still cannot be read at exit, they are what the kernel failed on: nothing was withdrawn.
        if looks.exit is None:
            return Verdict.INCOMPLETE
        if looks.exit.beyond is None and not looks.exit.unread:
            return Verdict.SAME
    return Verdict.WITHDRAWN


def _refused(looks: Looks, entry: Content, _: Content) -> Verdict:
    if looks.asked_bits > MOST_BITS and not looks.null:
        return Verdict.SAME
    return BEYOND_COPY[entry.beyond]


BEYOND_COPY = {True: Verdict.SAME, False: Verdict.CHANGED, None: Verdict.BLIND}
"""By what entry saw past MAX_NUMNODES, where the kernel found something there."""

COPY_RESULTS: dict[int | None, Callable[[Looks, Content, Content], Verdict]] = {
    0: _copied,
    -errno.EFAULT: _faulted,
    -errno.EINVAL: _refused,
}
"""By what get_nodes() returned; it returns nothing else."""


def copy_to_use(looks: Looks) -> Verdict:
    """Hold the kernel's raw copy against what it acted on."""
    if looks.copy_failed:
        return Verdict.UNUSED
    if looks.use is None:
        return looks.without_use
    if looks.copy is None:
        return Verdict.INCOMPLETE
    if differ(looks.copy, looks.use):
        return _narrowed(looks, looks.copy, looks.use)
    return Verdict.INCOMPLETE if looks.copy.unread or looks.use.unread else Verdict.SAME


def _narrowed(looks: Looks, copy: Content, use: Content) -> Verdict:
    """Tell an honest narrowing (kernel_migrate_pages: nodes_and(*new, *new, task_nodes))."""
    if not looks.argument.narrowed or came(copy, use):
        return Verdict.CHANGED
    if not looks.cpusets:
        # Bits went, and what may take them away was not seen.
        return Verdict.INCOMPLETE
    read = ~(unread(copy) | unread(use))
    for cpuset in looks.cpusets:
        if (number(copy) & int.from_bytes(cpuset, "little") ^ number(use)) & read == 0:
            return Verdict.NARROWED
    return Verdict.CHANGED


def entry_to_use(looks: Looks) -> Verdict:
    """Hold entry against use, where the copy between them cannot be observed."""
    if looks.use is None:
        return looks.without_use
    if looks.entry is None:
        return Verdict.INCOMPLETE
    return user_to_use(looks, looks.entry, looks.use)


def supervise_to_use(looks: Looks) -> Verdict | None:
    """Hold what a supervisor was about to read against the use; None: none was asked."""
    if looks.supervise is None:
        return None
    if looks.use is None:
        return looks.without_use
    return user_to_use(looks, looks.supervise, looks.use)


def user_to_use(looks: Looks, user: Content, use: Content) -> Verdict:
    """Hold a look at user memory against the use: of a narrowed argument, by extra bits only."""
    if came(user, use) or (user.beyond is True and use.beyond is not True):
        return Verdict.CHANGED
    if differ(user, use):
        return Verdict.NARROWED if looks.argument.narrowed else Verdict.CHANGED
    if use.unread:
        return Verdict.INCOMPLETE
    return Verdict.SAME if user.whole else Verdict.BLIND


def entry_to_exit(looks: Looks) -> Verdict:
    """Hold user memory as the call began against user memory as it returned."""
    if looks.entry is None or looks.exit is None:
        return Verdict.INCOMPLETE
    return same_bytes(looks.entry, looks.exit)


def copy_to_exit(looks: Looks) -> Verdict | None:
    """Hold the kernel's raw copy against user memory as the call returned."""
    if looks.copy_failed or (looks.copy is None and looks.without_copy is Verdict.UNUSED):
        return None
    if looks.copy is None or looks.exit is None:
        return Verdict.INCOMPLETE
    return same_bytes(looks.copy, looks.exit)


def exact_to_use(looks: Looks) -> Verdict | None:
    """Hold entry against the use that is the kernel's copy; left out where the call has none."""
    return entry_to_use(looks) if looks.argument.exact else None


def use_to_exit(looks: Looks) -> Verdict | None:
    """Hold the use that is the kernel's copy against user memory as the call returned."""
    if not looks.argument.exact or (looks.use is None and looks.without_use is Verdict.UNUSED):
        return None
    if looks.use is None or looks.exit is None:
        return Verdict.INCOMPLETE
    return same_bytes(looks.use, looks.exit)


def entry_to_pieces(looks: Looks) -> Verdict:
    """Hold entry against the elements that were used; of the others this pair says nothing."""
    if looks.use is None:
        return looks.without_use
    if looks.entry is None:
        return Verdict.INCOMPLETE
    if differ(looks.entry, looks.use):
        return Verdict.CHANGED
    return Verdict.BLIND if reads_more(looks.entry, looks.use) else Verdict.SAME


def pieces_to_exit(looks: Looks) -> Verdict | None:
    """Hold the elements that were used against user memory as the call returned."""
    if looks.use is None and looks.without_use is Verdict.UNUSED:
        return None
    if looks.use is None or looks.exit is None:
        return Verdict.INCOMPLETE
    if differ(looks.use, looks.exit):
        return Verdict.CHANGED
    return Verdict.BLIND if reads_more(looks.exit, looks.use) else Verdict.SAME


def unused_changed(looks: Looks) -> bool:
    """Whether an element changed until the exit of which no use was seen."""
    if looks.entry is None or looks.exit is None:
        return False
    if looks.use is None:
        return differ(looks.entry, looks.exit)
    return differ_outside(looks.entry, looks.exit, looks.use)


def same_bytes(earlier: Content, later: Content) -> Verdict:
    """Hold two looks against each other of which neither is the kernel's decision."""
    if differ(earlier, later) or {earlier.beyond, later.beyond} == {True, False}:
        return Verdict.CHANGED
    return Verdict.SAME if equally_unread(earlier, later) else Verdict.BLIND


SUPERVISE_COPY = Window(Stage.SUPERVISE, Stage.COPY, supervise_to_copy)
SUPERVISE_USE = Window(Stage.SUPERVISE, Stage.USE, supervise_to_use)
ENTRY_COPY = Window(Stage.ENTRY, Stage.COPY, entry_to_copy)
COPY_USE = Window(Stage.COPY, Stage.USE, copy_to_use)
ENTRY_USE = Window(Stage.ENTRY, Stage.USE, entry_to_use)
ENTRY_EXIT = Window(Stage.ENTRY, Stage.EXIT, entry_to_exit)
COPY_EXIT = Window(Stage.COPY, Stage.EXIT, copy_to_exit)
EXACT_USE = Window(Stage.ENTRY, Stage.USE, exact_to_use)
USE_EXIT = Window(Stage.USE, Stage.EXIT, use_to_exit)
ENTRY_PIECES = Window(Stage.ENTRY, Stage.USE, entry_to_pieces)
PIECES_EXIT = Window(Stage.USE, Stage.EXIT, pieces_to_exit)

WITHOUT_COPY = (EXACT_USE, ENTRY_EXIT, USE_EXIT)

WINDOWS: dict[Sight, tuple[Window, ...]] = {
    Sight.COPY: (SUPERVISE_COPY, ENTRY_COPY, COPY_USE, ENTRY_EXIT, COPY_EXIT),
    # those with the copy are incomplete, the others stand in
    Sight.LATER: (
        SUPERVISE_COPY,
        SUPERVISE_USE,
        ENTRY_COPY,
        COPY_USE,
        ENTRY_USE,
        ENTRY_EXIT,
        COPY_EXIT,
    ),
    Sight.USE: WITHOUT_COPY,
    Sight.PIECES: (ENTRY_PIECES, ENTRY_EXIT, PIECES_EXIT),
    # those with the use are incomplete, or left out where there is none
    Sight.NOTHING: WITHOUT_COPY,
}
"""The pairs, by what can be seen of the kernel's side."""
