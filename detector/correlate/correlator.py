"""The correlator: snapshots in, judged calls out.

Its input is in order for each source and merged within WINDOW_NS. A call is judged as soon as its
exit says how many snapshots it had and all of these are there. When some are not, it is held until
they come, until the stream has moved on by the window, or until the input ends; then it is judged
from what is there. A half that is lost makes no finding, and its pairs are never clean.

A call that stays in the kernel is judged as it stands once it has been there for PARKED_NS, if
what is there of it shows a race that nothing to come can take back. Its end is then expected, and
no loss.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping

from detector.correlate.deadlines import Deadlines
from detector.correlate.judge import judge
from detector.correlate.limits import MOST_SNAPSHOTS, WINDOW_NS, Limits
from detector.correlate.open_call import OpenCall
from detector.correlate.parked import may_show, shows
from detector.correlate.tally import Tally
from detector.model.judgement import Cut, JudgedCall
from detector.model.snapshot import Loss, Snapshot
from detector.model.stage import Stage
from detector.syscalls.entry import Syscall
from detector.syscalls.table import BY_NAME

NO_OTHERS: Mapping[str, frozenset[Stage]] = {}


def correlate(
    items: Iterable[Snapshot | Loss],
    *,
    armed: frozenset[Stage],
    limits: Limits | None = None,
    table: Mapping[str, Syscall] = BY_NAME,
) -> Iterator[JudgedCall]:
    """Judge the calls of a whole input, each as soon as it can be, the open ones at its end."""
    correlator = Correlator(armed=armed, limits=limits, table=table)
    for item in items:
        yield from correlator.feed(item)
    yield from correlator.finish()


class Correlator:
    """Assembles calls from the items of one run on one boot, and judges them.

    Its memory is bounded by its limits, whatever is fed; it never raises.
    """

    def __init__(
        self,
        *,
        armed: frozenset[Stage],
        armed_by_call: Mapping[str, frozenset[Stage]] = NO_OTHERS,
        limits: Limits | None = None,
        table: Mapping[str, Syscall] = BY_NAME,
    ) -> None:
        """Begin with nothing open. `armed`: the stages that could be seen in this run.

        `armed_by_call` has those of a call by its name, where they are known by call.
        """
        self.tally = Tally()
        # A stage that a call does not have at all can never be missing from it.
        self._armed = {
            name: armed_by_call.get(name, armed) & syscall.stages for name, syscall in table.items()
        }
        self._limits = limits or Limits()
        self._table = table
        self._losses = 0
        self._open: OrderedDict[int, OpenCall] = OrderedDict()
        self._waiting = Deadlines()
        # Judged calls, with the sequences that had arrived of each.
        self._judged: OrderedDict[int, int] = OrderedDict()
        # Calls judged while in the kernel, of which the end has not arrived, oldest first.
        self._parked: OrderedDict[int, OpenCall] = OrderedDict()
        self._look_due_ns = 0
        # By task address: its newest call, and when that was first seen.
        self._newest: OrderedDict[int, tuple[int, int]] = OrderedDict()

    @property
    def open_calls(self) -> tuple[OpenCall, ...]:
        """The calls that are still open, oldest first; not to be changed."""
        return tuple(self._open.values())

    @property
    def remembered(self) -> int:
        """How many numbers of judged calls are remembered."""
        return len(self._judged)

    def feed(self, item: Snapshot | Loss) -> list[JudgedCall]:
        """Take one item; give the calls that can be judged now."""
        if isinstance(item, Loss):
            self._losses += 1
            self.tally.lost += item.count
            return []
        self.tally.snapshots += 1
        time_ns = item.time_ns
        judged = self.advance(time_ns) if self._waiting or time_ns >= self._look_due_ns else []
        call = self._open.get(item.call)
        if call is None:
            if item.call in self._parked and _possible(item):
                self._take_rest(item)
                return judged
            syscall = self._table.get(item.syscall)
            if syscall is None or item.call in self._judged or not _possible(item):
                self._count_late(item)
                return judged
            call = self._begin(syscall, item, judged)
        elif not _possible(item):
            self.tally.strays += 1
            return judged
        if not call.add(item, exit_armed=Stage.EXIT in self._armed_for(call)):
            self.tally.duplicates += 1
        elif call.settled:
            self._close(call, judged)
        elif call.end is item:
            self._waiting.add(item.call, item.time_ns + WINDOW_NS)
        return judged

    def advance(self, time_ns: int) -> list[JudgedCall]:
        """Say that the stream has reached `time_ns` (CLOCK_BOOTTIME); give up waiting past it.

        To be said also while nothing arrives: a parked call makes no further snapshots.
        """
        judged: list[JudgedCall] = []
        for number in self._waiting.passed(time_ns):
            self._close(self._open[number], judged)
        if time_ns >= self._look_due_ns:
            # A look at all that is open costs, and a second more or less says nothing.
            self._look_due_ns = time_ns + WINDOW_NS
            for call in self.open_calls:
                if may_show(call, time_ns):
                    self._look_at(call, judged)
        return judged

    def finish(self) -> list[JudgedCall]:
        """Judge what is still open, oldest first: the input has ended."""
        judged: list[JudgedCall] = []
        for call in self.open_calls:
            self._close(call, judged)
        return judged

    def _count_late(self, item: Snapshot) -> None:
        seen = self._judged.get(item.call, 0)
        if _possible(item) and seen >> item.sequence & 1:
            self.tally.duplicates += 1
        else:
            self.tally.strays += 1

    def _begin(self, syscall: Syscall, item: Snapshot, judged: list[JudgedCall]) -> OpenCall:
        if len(self._open) >= self._limits.open_calls:
            oldest = next(iter(self._open.values()))
            self._close(oldest, judged, early=Cut.EVICTED)
        call = OpenCall(syscall, item, self._losses)
        self._open[item.call] = call
        self._supersede(call, item)
        return call

    def _supersede(self, call: OpenCall, item: Snapshot) -> None:
        """Let the older of a task's two calls wait no longer than the window: it has ended.

        Whichever arrives first: the calls of a task do not overlap, and an address that another
        task has taken over says that the first one is gone.
        """
        task = item.task.address
        newest, seen_ns = self._newest.get(task, (item.call, item.time_ns))
        if seen_ns > item.time_ns:
            call.superseded = True
            self._waiting.add(item.call, seen_ns + WINDOW_NS)
            return
        older = self._open.get(newest)
        if older is not None and older is not call:
            older.superseded = True
            self._waiting.add(newest, item.time_ns + WINDOW_NS)
        self._newest[task] = (item.call, item.time_ns)
        self._newest.move_to_end(task)
        if len(self._newest) > self._limits.tasks:
            self._newest.popitem(last=False)

    def _armed_for(self, call: OpenCall) -> frozenset[Stage]:
        return self._armed[call.syscall.name]

    def _look_at(self, call: OpenCall, judged: list[JudgedCall]) -> None:
        """Give out a call that is still in the kernel, if what is there of it tells enough."""
        call.looked = call.seen
        one = self._judge(call, early=Cut.PARKED)
        if not shows(one, self._armed_for(call)):
            return
        del self._open[call.number]
        self._parked[call.number] = call
        if len(self._parked) > self._limits.parked:
            self._remember(self._parked.popitem(last=False)[1])
        judged.append(one)
        self.tally.judged += 1
        self.tally.parked += 1

    def _take_rest(self, item: Snapshot) -> None:
        """Take what a call that was judged in the kernel made after that."""
        call = self._parked[item.call]
        if not call.add(item, exit_armed=Stage.EXIT in self._armed_for(call)):
            self.tally.duplicates += 1
            return
        self.tally.after += 1
        if call.settled:
            self._remember(self._parked.pop(item.call))

    def _judge(self, call: OpenCall, early: Cut | None) -> JudgedCall:
        # What was lost may be the end of any call that is waited for no longer; a parked one's is
        # expected still, and tells by its number what else there was.
        suspect = early is None and call.losses_before != self._losses
        return judge(call, self._armed_for(call), suspect=suspect, early=early)

    def _remember(self, call: OpenCall) -> None:
        self._judged[call.number] = call.seen
        if len(self._judged) > self._limits.remembered:
            self._judged.popitem(last=False)

    def _close(self, call: OpenCall, judged: list[JudgedCall], *, early: Cut | None = None) -> None:
        number = call.number
        del self._open[number]
        self._waiting.discard(number)
        self._remember(call)
        if call.unentered:
            self.tally.unentered += 1
            self.tally.strays += call.seen.bit_count()
            return
        judged.append(self._judge(call, early))
        self.tally.judged += 1
        self.tally.evicted += early is Cut.EVICTED


def _possible(item: Snapshot) -> bool:
    """Whether a ladder can have a snapshot with this sequence."""
    return 0 <= item.sequence < MOST_SNAPSHOTS
