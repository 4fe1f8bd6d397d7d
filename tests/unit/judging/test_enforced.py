"""What enforcement made of a call goes from its snapshots into findings and counts."""

from __future__ import annotations

import msgspec
import pytest

from detector.judging.judging import Judging
from detector.model.enforcement import Enforced, Mode
from detector.model.finding import Finding
from detector.model.snapshot import Snapshot
from detector.model.stage import LADDER, Stage
from detector.rules.rule import Rule
from tests.unit.builders import EPERM, Mask, content, ladder, unreadable
from tests.unit.judging.test_observed import BEGINNING
from tests.unit.rules.writing import make_rule
from tests.unit.samples import PROCESS, make_observation

RACED = {"old_nodes": Mask(content(2), copy=content(1), exit=content(1))}
BLIND = {"old_nodes": Mask(unreadable(), copy=content(1), exit=content(1))}
ENFORCING = make_rule(enforce=True, match={"kind": ["race", "restore"]})
OBSERVING = make_rule(match={"kind": ["race", "restore", "blind"]})


def judge(
    snapshots: list[Snapshot], rule: Rule, mode: Mode | None = Mode.REFUSE
) -> tuple[list[Finding], dict[Enforced, int]]:
    found: list[Finding] = []
    beginning = msgspec.structs.replace(BEGINNING, stages=make_observation().stages, enforce=mode)
    assert beginning.armed == set(LADDER)
    judging = Judging(beginning, rules=(rule,), identify=lambda _: PROCESS, emit=found.append)
    for snapshot in snapshots:
        judging.feed(snapshot)
    judging.finish()
    return found, dict(judging.tally.enforced)


def decided(snapshots: list[Snapshot], word: Enforced) -> list[Snapshot]:
    """The kernel decides after the copies: what comes later carries it."""
    later = {Stage.USE, Stage.EXIT}
    return [msgspec.structs.replace(s, enforced=word) if s.stage in later else s for s in snapshots]


@pytest.mark.parametrize("rule", [ENFORCING, OBSERVING], ids=["enforcing", "observing"])
def test_every_finding_of_a_refused_call_says_so(rule: Rule) -> None:
    refused = decided(ladder(masks=RACED, returned=EPERM), Enforced.REFUSED)
    found, counted = judge(refused, rule)
    assert [finding.enforced for finding in found] == [Enforced.REFUSED]
    assert counted == {Enforced.REFUSED: 1}


def test_a_call_that_was_let_through_is_counted_without_a_finding_of_its_rule() -> None:
    blind = decided(ladder(masks=BLIND), Enforced.LET_THROUGH)
    assert judge(blind, ENFORCING) == ([], {Enforced.LET_THROUGH: 1})


def test_a_raced_call_that_ended_before_the_hook_is_not_enforceable() -> None:
    found, counted = judge(ladder(masks=RACED, returned=-3), ENFORCING)
    assert [finding.enforced for finding in found] == [Enforced.NOT_ENFORCEABLE]
    assert counted == {Enforced.NOT_ENFORCEABLE: 1}


def test_a_raced_call_that_was_used_without_a_decision_was_let_through() -> None:
    found, counted = judge(ladder(masks=RACED), ENFORCING)
    assert [finding.enforced for finding in found] == [Enforced.LET_THROUGH]
    assert counted == {Enforced.LET_THROUGH: 1}


def test_nothing_is_said_where_no_rule_enforces_or_nothing_was_enforced() -> None:
    assert [finding.enforced for finding in judge(ladder(masks=RACED), OBSERVING)[0]] == [None]
    assert [f.enforced for f in judge(ladder(masks=RACED), ENFORCING, None)[0]] == [None]
