"""A small model kernel with a known truth plays against the correlator."""

from __future__ import annotations

from collections import Counter

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from detector.correlate.correlator import Correlator, correlate
from detector.correlate.limits import WINDOW_NS, Limits
from detector.model.judgement import Cut, JudgedCall, Kind
from detector.model.snapshot import Content, Loss, Snapshot, Unread
from detector.model.stage import Stage
from tests.unit.builders import ADDRESSES, ALL_ARMED, lose, make_snapshot, make_task
from tests.unit.correlate.scenarios import HONEST, RACED, SCENARIOS, Scenario

WHILE_PARKED = {kind: kind for kind in Kind} | {Kind.RESTORE: Kind.RACE, None: None}
"""By a call's kind: what it shows while it is in the kernel."""
TASKS = 4
POSITIONS = st.integers(min_value=0, max_value=1 << 16)


class Played(msgspec.Struct):
    """One call of the model kernel: what it will issue, and what became of it."""

    name: str
    coming: list[Snapshot]
    number: int
    dropped: int = 0
    exited: bool = False

    @property
    def scenario(self) -> Scenario:
        return SCENARIOS[self.name]


class ModelKernel(RuleBasedStateMachine):
    """Tasks make calls; snapshots are dropped, delayed, shuffled and repeated on their way."""

    limits = Limits()

    def __init__(self) -> None:
        super().__init__()
        self.correlator = Correlator(armed=ALL_ARMED, limits=self.limits)
        self.now_ns = 1_000
        self.calls: dict[int, Played] = {}
        self.running: dict[int, Played] = {}
        self.under_way: list[Snapshot] = []
        self.delivered: list[Snapshot] = []
        self.judged: list[JudgedCall] = []
        self.losses = 0

    # What the kernel does.

    @rule(task=st.integers(0, TASKS - 1), name=st.sampled_from(sorted(SCENARIOS)))
    def begin(self, task: int, name: str) -> None:
        """Let a task that is in no call make one."""
        if task in self.running:
            return
        number = len(self.calls) + 1
        coming = SCENARIOS[name].play(number, task=make_task(0xA000 + task))
        self.calls[number] = self.running[task] = Played(name, coming, number)
        self.advance(task, dropped=False, steps=1)

    @precondition(lambda self: self.running)
    @rule(task=st.integers(0, TASKS - 1), dropped=st.booleans(), steps=st.integers(1, 5))
    def advance(self, task: int, *, dropped: bool, steps: int) -> None:
        """Let a task's call pass its next stages; the first may find no room."""
        played = self.running.get(task)
        if played is None:
            return
        for step in range(min(steps, len(played.coming))):
            self.issue(played, dropped=dropped and step == 0)
        if not played.coming:
            played.exited = True
            del self.running[task]

    def issue(self, played: Played, *, dropped: bool) -> None:
        self.now_ns += 10
        snapshot = played.coming.pop(0)
        if dropped:
            played.dropped += 1
            return
        lost = played.dropped
        stamped = msgspec.structs.replace(snapshot, time_ns=self.now_ns, lost=lost)
        self.under_way.append(stamped)

    @rule(seconds=st.sampled_from([0.1, 0.6, 5, 11]))
    def idle(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ns += int(seconds * WINDOW_NS)

    # What happens on the way.

    @precondition(lambda self: self.under_way)
    @rule(positions=st.lists(POSITIONS, min_size=1, max_size=8))
    def deliver(self, positions: list[int]) -> None:
        """Deliver some snapshots in any order that the window allows."""
        for position in positions:
            if self.under_way:
                self.deliver_one(position)

    def deliver_one(self, position: int) -> None:
        oldest = min(snapshot.time_ns for snapshot in self.under_way)
        allowed = [s for s in self.under_way if s.time_ns <= oldest + WINDOW_NS]
        snapshot = allowed[position % len(allowed)]
        self.under_way.remove(snapshot)
        self.delivered.append(snapshot)
        self.feed(snapshot)

    @precondition(lambda self: self.delivered)
    @rule(position=POSITIONS)
    def repeat(self, position: int) -> None:
        """Deliver a snapshot a second time."""
        self.feed(self.delivered[position % len(self.delivered)])

    @rule(count=st.integers(1, 9))
    def report_loss(self, count: int) -> None:
        """Say that snapshots of calls unknown are lost."""
        self.losses += 1
        self.feed(Loss("ring buffer full", count))

    def feed(self, item: Snapshot | Loss) -> None:
        self.take(self.correlator.feed(item))

    # What is always true.

    @invariant()
    def memory_stays_within_the_limits(self) -> None:
        assert len(self.correlator.open_calls) <= self.limits.open_calls
        assert self.correlator.remembered <= self.limits.remembered
        assert len(self.correlator._parked) <= self.limits.parked
        assert len(self.correlator._newest) <= self.limits.tasks
        assert len(self.correlator._waiting) <= len(self.correlator.open_calls)

    def take(self, judged: list[JudgedCall]) -> None:
        """Hold what was judged against what is true, whatever was lost."""
        self.judged += judged
        for call in judged:
            played = self.calls[call.number]
            if played.name in HONEST:
                assert call.kind is None
            if played.exited and played.dropped:
                # a parked one may have lost what nobody has asked for yet
                assert call.incomplete or call.cut is Cut.PARKED

    @rule()
    def hear_nothing(self) -> None:
        """Say the time, when nothing that was made before it is still on its way."""
        if not self.under_way:
            self.take(self.correlator.advance(self.now_ns))

    def teardown(self) -> None:
        while self.under_way:
            self.deliver_one(0)
        # As at the edge: what the kernel counted as lost is read after the buffer was emptied.
        if any(played.dropped for played in self.calls.values()):
            self.report_loss(1)
        self.take(self.correlator.finish())
        assert self.correlator.open_calls == ()
        self.memory_stays_within_the_limits()


class RoomyKernel(ModelKernel):
    """With room for every call, each is judged once, and rightly."""

    @invariant()
    def every_call_is_judged_or_open(self) -> None:
        tally = self.correlator.tally
        fed = {snapshot.call for snapshot in self.delivered}
        assert tally.judged + len(self.correlator.open_calls) + tally.unentered == len(fed)
        assert (tally.strays, tally.unentered, tally.evicted) == (0, 0, 0)

    def teardown(self) -> None:
        super().teardown()
        counted = Counter(call.number for call in self.judged)
        assert counted == Counter({snapshot.call for snapshot in self.delivered})
        for call in self.judged:
            self.check(call, self.calls[call.number])

    def check(self, call: JudgedCall, played: Played) -> None:
        if call.cut is Cut.PARKED:
            # an exit that puts back what was there is still to come
            assert call.kind is WHILE_PARKED[played.scenario.kind]
            return
        if not played.exited:
            assert call.cut is Cut.END or (call.cut is Cut.LOST and self.losses)
            return
        if played.dropped:
            assert call.cut is Cut.LOST
            return
        assert (call.cut, call.lost) == (None, 0)
        truth = played.scenario
        assert call.kind is truth.kind
        for argument in call.arguments:
            if argument.name == truth.raced:
                found = (argument.window, argument.came, argument.went)
                assert found == (truth.window, truth.came, truth.went)
            else:
                assert argument.kind is None


class CrampedKernel(ModelKernel):
    """With room for next to nothing, memory holds and honest calls stay honest."""

    limits = Limits(open_calls=2, remembered=3, parked=1, tasks=2)


TestRoomyKernel = RoomyKernel.TestCase
TestCrampedKernel = CrampedKernel.TestCase
TestRoomyKernel.settings = TestCrampedKernel.settings = settings(
    max_examples=100, stateful_step_count=50, deadline=None
)


class Plan(msgspec.Struct, frozen=True):
    """One call of a stream: who makes it, how it goes, what is lost of it."""

    task: int
    name: str
    gone: frozenset[int]
    pause_ns: int
    step_ns: int
    """Between its snapshots."""


SHORT_NS, LONG_NS = 10, 4 * WINDOW_NS
PLANS = st.builds(
    Plan,
    task=st.integers(0, 2),
    name=st.sampled_from(sorted(SCENARIOS)),
    gone=st.frozensets(st.integers(0, 4), max_size=2),
    pause_ns=st.sampled_from([10, WINDOW_NS // 3, 2 * WINDOW_NS]),
    step_ns=st.sampled_from([SHORT_NS] * 3 + [LONG_NS]),
)


def stream(plans: list[Plan]) -> list[Snapshot]:
    """Play the plans one after the other for each task, the tasks at once."""
    clock = dict.fromkeys(range(3), 1_000)
    items: list[Snapshot] = []
    for number, plan in enumerate(plans):
        played = SCENARIOS[plan.name].play(
            number,
            task=make_task(0xA000 + plan.task),
            began_ns=clock[plan.task] + plan.task,
            step_ns=plan.step_ns,
        )
        clock[plan.task] = played[-1].time_ns + plan.pause_ns
        items += lose(played, plan.gone)
    return sorted(items, key=lambda s: (s.time_ns, s.call))


def by_number(items: list[Snapshot]) -> dict[int, JudgedCall]:
    """Judge the items, each call once."""
    judged = list(correlate(items, armed=ALL_ARMED))
    assert len({call.number for call in judged}) == len(judged)
    return {call.number: call for call in judged}


@given(plans=st.lists(PLANS, max_size=12), random=st.randoms(use_true_random=False))
@settings(deadline=None)
def test_any_order_within_the_window_gives_the_same_judgements(plans, random) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    items = stream(plans)
    late = {id(item): item.time_ns + random.randrange(WINDOW_NS) for item in items}
    shuffled = by_number(sorted(items, key=lambda item: late[id(item)]))
    for number, call in by_number(items).items():
        if plans[number].step_ns == LONG_NS:
            # what comes as a parked call is judged may be in the one and not in the other
            assert bool(shuffled.pop(number).kind) == bool(call.kind)
        else:
            assert shuffled.pop(number) == call
    assert not shuffled


@given(plans=st.lists(PLANS, max_size=12))
@settings(deadline=None)
def test_a_loss_takes_findings_away_and_never_makes_a_stronger_one(plans: list[Plan]) -> None:
    strength = [None, Kind.LATE, Kind.BLIND, Kind.RACE, Kind.RESTORE, Kind.TAMPER]
    for number, call in by_number(stream(plans)).items():
        truth = SCENARIOS[plans[number].name].kind
        assert strength.index(call.kind) <= strength.index(truth)


LARGE = st.integers(-(1 << 70), 1 << 70)
SMALL = st.integers(-2, 9)
MASKS = st.binary(max_size=24)
GARBAGE_CONTENT = st.builds(
    Content,
    address=LARGE,
    bits=SMALL | LARGE,
    data=MASKS,
    unread=st.lists(st.builds(Unread, SMALL | LARGE, SMALL | LARGE, SMALL), max_size=2).map(tuple),
    beyond=st.sampled_from([True, False, None]),
)
NAMES = st.sampled_from([*ADDRESSES, "unheard_of"])
GARBAGE_SNAPSHOT = st.builds(
    make_snapshot,
    st.sampled_from(Stage),
    call=st.integers(0, 5) | LARGE,
    sequence=SMALL | LARGE,
    contents=st.dictionaries(NAMES, GARBAGE_CONTENT, max_size=3),
    syscall=st.sampled_from(["migrate_pages"] * 9 + ["unheard_of"]),
    time_ns=st.integers(0, 3 * WINDOW_NS) | st.integers(0, 30 * WINDOW_NS) | LARGE,
    task=st.integers(0, 3).map(make_task),
    args=st.lists(SMALL | LARGE, max_size=6).map(tuple),
    cpuset=MASKS,
    returned=st.sampled_from([None, 0, 1, -14, -22, -1, 1 << 70]),
    lost=SMALL | LARGE,
    missed=st.lists(NAMES, max_size=2).map(tuple),
    fault_held=st.booleans(),
    fault_foreign=st.booleans(),
    own=st.booleans(),
)
GARBAGE = st.lists(GARBAGE_SNAPSHOT | st.builds(Loss, st.text(max_size=3), LARGE), max_size=40)
TIGHT = Limits(open_calls=3, remembered=3, parked=2, tasks=3)


@given(items=GARBAGE, armed=st.frozensets(st.sampled_from(Stage)))
@settings(deadline=None, max_examples=300)
def test_garbage_is_judged_without_an_error_and_within_bounds(
    items: list[Snapshot | Loss], armed: frozenset[Stage]
) -> None:
    correlator = Correlator(armed=armed, limits=TIGHT)
    judged = []
    for item in items:
        judged += correlator.feed(item)
        assert len(correlator.open_calls) <= TIGHT.open_calls
        assert correlator.remembered <= TIGHT.remembered
        assert len(correlator._parked) <= TIGHT.parked
        assert len(correlator._waiting) <= len(correlator.open_calls)
    judged += correlator.finish()
    assert correlator.open_calls == ()
    assert correlator.tally.snapshots == sum(isinstance(item, Snapshot) for item in items)
    assert correlator.tally.judged == len(judged)
    for call in judged:
        assert call.lost >= 0
        assert bool(call.kind) == any(argument.kind for argument in call.arguments)


def test_the_scenarios_cover_every_kind() -> None:
    assert {scenario.kind for scenario in RACED.values()} == set(Kind)
