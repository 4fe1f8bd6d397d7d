"""Findings folded into alerts: the first at once, repeats counted, every finding exactly once."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from detector.folding.fold import Folding
from detector.model.alert import Alert
from detector.model.finding import Finding
from tests.unit.samples import findings

S = 1_000_000_000
RACE, RESTORE = (findings()[name] for name in ("race", "restore"))


def make(
    number: int,
    *,
    of: Finding = RACE,
    tgid: int = 7,
    tid: int | None = None,
    start_ns: int = 5,
    interval_s: float = 60.0,
    time_ns: int = 0,
) -> Finding:
    """Make the finding of call `number`, by the leading thread unless `tid` says otherwise."""
    task = msgspec.structs.replace(
        of.call.task, tgid=tgid, tid=tgid if tid is None else tid, start_ns=start_ns
    )
    call = msgspec.structs.replace(of.call, number=number, task=task)
    return msgspec.structs.replace(of, call=call, interval_s=interval_s, time_unix_ns=time_ns)


def counts(alerts: Iterable[Alert]) -> list[tuple[bool, int]]:
    return [(alert.repeat, alert.count) for alert in alerts]


def test_the_first_goes_out_at_once_and_repeats_together_when_the_interval_is_over() -> None:
    folding = Folding("run")
    assert counts(folding.feed(make(1, time_ns=100), 0)) == [(False, 1)]
    for number in range(2, 25):
        assert counts(folding.feed(make(number, time_ns=100 + number), number)) == []
    assert counts(folding.advance(60 * S - 1)) == []
    (alert,) = folding.advance(60 * S)
    assert (alert.repeat, alert.count, alert.interval_s) == (True, 23, 60.0)
    assert (alert.first_unix_ns, alert.last_unix_ns) == (102, 124)
    assert alert.finding.call.number == 2
    assert folding.folded == {"nodemask-race": 23}


def test_repeats_are_shown_by_the_first_that_names_a_writer() -> None:
    folding, written = Folding("run"), findings()["race-written"]
    folding.feed(make(1), 0)
    for number, of in ((2, RACE), (3, written), (4, written), (5, RACE)):
        folding.feed(make(number, of=of, time_ns=number), number)
    (alert,) = folding.advance(60 * S)
    assert alert.finding.call.number == 3
    assert (alert.count, alert.first_unix_ns, alert.last_unix_ns) == (4, 2, 5)


def test_what_goes_on_folds_on_and_what_ended_begins_anew() -> None:
    folding = Folding("run")
    assert counts(folding.feed(make(1), 0)) == [(False, 1)]
    assert counts(folding.feed(make(2), S)) == []
    assert counts(folding.feed(make(3), 61 * S)) == [(True, 1)]
    assert counts(folding.advance(121 * S)) == [(True, 1)]
    assert counts(folding.advance(181 * S)) == []
    assert folding.open_folds == 0
    assert counts(folding.feed(make(4), 182 * S)) == [(False, 1)]


def test_an_interval_of_zero_folds_nothing() -> None:
    folding = Folding("run")
    for number in range(3):
        assert counts(folding.feed(make(number, interval_s=0), 0)) == [(False, 1)]
    assert not folding.folded


def test_another_rule_process_or_window_is_another_fold() -> None:
    folding = Folding("run")
    late = findings()["late"]
    several = (make(1), make(2, tgid=8), make(3, of=RESTORE), make(4, of=late))
    assert [counts(folding.feed(finding, 0)) for finding in several] == [[(False, 1)]] * 4


def test_the_threads_of_a_process_are_one_fold() -> None:
    folding = Folding("run")
    assert counts(folding.feed(make(1, tid=70, start_ns=9), 0)) == [(False, 1)]
    assert counts(folding.feed(make(2, tid=71, start_ns=10), 0)) == []
    assert counts(folding.feed(make(3, start_ns=5), 0)) == []
    assert counts(folding.finish()) == [(True, 2)]


def test_a_process_that_took_over_a_number_is_not_counted_with_the_one_before() -> None:
    folding = Folding("run")
    assert counts(folding.feed(make(1, start_ns=5), 0)) == [(False, 1)]
    assert counts(folding.feed(make(2, start_ns=5), 0)) == []
    assert counts(folding.feed(make(3, start_ns=6), 0)) == [(True, 1), (False, 1)]


def test_the_oldest_fold_goes_out_where_there_are_too_many() -> None:
    folding = Folding("run", most=2)
    for number, tgid in enumerate((7, 7, 8)):
        list(folding.feed(make(number, tgid=tgid), 0))
    assert counts(folding.feed(make(9, tgid=9), 0)) == [(True, 1), (False, 1)]
    assert folding.open_folds == 2


def test_first_and_last_are_the_earliest_and_the_latest_in_whatever_order_they_came() -> None:
    folding = Folding("run")
    for number, time_ns in enumerate((9, 5, 8, 3, 6)):
        folding.feed(make(number, time_ns=time_ns), 0)
    (alert,) = folding.finish()
    assert (alert.first_unix_ns, alert.last_unix_ns) == (3, 8)


def test_an_id_is_of_one_alert_in_one_run() -> None:
    ids = set()
    for run in ("a", "b"):
        folding = Folding(run)
        for number in range(4):
            ids |= {alert.id for alert in folding.feed(make(number), 0)}
        ids |= {alert.id for alert in folding.finish()}
    assert len(ids) == 4


class Machine(RuleBasedStateMachine):
    """Whatever comes and whenever: no finding is lost, none is counted twice, memory is bounded."""

    @initialize(most=st.integers(1, 5))
    def begin(self, most: int) -> None:
        self.most = most
        self.folding = Folding("run", most=most)
        self.now = 0
        self.fed = 0
        self.out: list[Alert] = []

    @rule(
        of=st.sampled_from([RACE, RESTORE]),
        tgid=st.integers(1, 4),
        leader=st.booleans(),
        start_ns=st.integers(1, 2),
        interval_s=st.sampled_from([0.0, 0.5, 1.0, 60.0]),
        time_ns=st.integers(0, 5),
    )
    def find(
        self,
        *,
        of: Finding,
        tgid: int,
        leader: bool,
        start_ns: int,
        interval_s: float,
        time_ns: int,
    ) -> None:
        self.fed += 1
        finding = make(
            self.fed,
            of=of,
            tgid=tgid,
            tid=None if leader else 99,
            start_ns=start_ns,
            interval_s=interval_s,
            time_ns=time_ns,
        )
        self.out += self.folding.feed(finding, self.now)

    @rule(passed=st.integers(0, 2 * S))
    def wait(self, passed: int) -> None:
        self.now += passed
        self.out += self.folding.advance(self.now)

    @rule()
    def finish(self) -> None:
        self.out += self.folding.finish()
        assert self.folding.open_folds == 0

    @invariant()
    def every_finding_is_counted_once(self) -> None:
        if not hasattr(self, "fed"):
            return
        assert sum(alert.count for alert in self.out) + self.folding.waiting == self.fed
        repeated = sum(alert.count for alert in self.out if alert.repeat)
        assert self.folding.folded.total() == repeated + self.folding.waiting
        assert self.folding.open_folds <= self.most
        assert len({alert.id for alert in self.out}) == len(self.out)
        assert all(alert.first_unix_ns <= alert.last_unix_ns for alert in self.out)


TestMachine = Machine.TestCase
