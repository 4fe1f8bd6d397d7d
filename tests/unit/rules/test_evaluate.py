"""Rules applied to calls."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.model.finding import Confidence, Severity
from detector.model.judgement import Kind
from detector.model.process import Backing, Process
from detector.rules.evaluate import judge_by_rules
from detector.rules.load import shipped_rules
from detector.rules.parse import parse_rule
from detector.rules.rule import Rule
from tests.unit.builders import Mask, content, ladder, lose, unreadable
from tests.unit.samples import GONE, HELD, OFFSET_NS, PROCESS, calls, found, judged

CALLS = calls()
RULES = shipped_rules()


def ids(name: str, process: Process = PROCESS) -> list[str]:
    """Give the ids of the rules that find something in a sample call."""
    return [finding.rule for finding in judge_by_rules(CALLS[name], process, RULES, OFFSET_NS)]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("race", "nodemask-race"),
        ("race-both", "nodemask-race"),
        ("race-refused", "nodemask-race"),
        ("withdrawn", "nodemask-race"),
        ("restore", "nodemask-restore"),
        ("tamper", "nodemask-tamper"),
        ("blind", "nodemask-blind"),
        ("blind-held", "nodemask-blind-held"),
        ("late", "nodemask-late"),
    ],
)
def test_a_call_of_each_kind_gives_one_finding(name: str, rule: str) -> None:
    assert ids(name) == [rule]


@pytest.mark.parametrize("backing", Backing)
def test_blind_and_blind_held_exclude_each_other(backing: Backing) -> None:
    process = msgspec.structs.replace(PROCESS, backing={"old_nodes": backing})
    held = "nodemask-blind-held" if backing.suspicious else "nodemask-blind"
    assert ids("blind", process) == [held]


def test_a_fault_held_is_enough_where_the_backing_is_not_known() -> None:
    assert ids("blind-held", GONE) == ["nodemask-blind-held"]
    assert ids("blind", GONE) == ["nodemask-blind"]


def test_what_backs_the_mask_that_could_be_read_says_nothing() -> None:
    process = msgspec.structs.replace(PROCESS, backing={"new_nodes": Backing.FUSE})
    assert ids("blind", process) == ["nodemask-blind"]


def test_one_of_two_blind_masks_held_back_is_enough() -> None:
    blind = Mask(unreadable(), copy=content(1), exit=content(1))
    call = judged(ladder(masks={"old_nodes": blind, "new_nodes": blind}))
    assert [f.rule for f in judge_by_rules(call, HELD, RULES, 0)] == ["nodemask-blind-held"]


def test_a_stronger_kind_speaks_for_the_whole_call() -> None:
    blind = Mask(unreadable(), copy=content(1), exit=content(1))
    raced = Mask(content(1), copy=content(0), exit=content(0))
    call = judged(ladder(masks={"old_nodes": blind, "new_nodes": raced}))
    finding = found(call)
    assert (finding.rule, finding.kind) == ("nodemask-race", Kind.RACE)
    assert [argument.kind for argument in finding.call.arguments] == [Kind.BLIND, Kind.RACE]


@pytest.mark.parametrize(
    ("name", "confidence"),
    [
        ("race", Confidence.HIGH),
        ("tamper", Confidence.HIGH),
        ("late", Confidence.HIGH),
        ("blind", Confidence.MEDIUM),
        ("blind-held", Confidence.MEDIUM),
        ("race-without-copy", Confidence.LOW),
        ("race-entry-and-exit-only", Confidence.LOW),
    ],
)
def test_confidence_follows_what_could_be_seen(name: str, confidence: Confidence) -> None:
    assert found(CALLS[name]).confidence is confidence


def test_a_rule_is_no_surer_than_it_says() -> None:
    rule = msgspec.structs.replace(race_rule(), confidence=Confidence.MEDIUM)
    (finding,) = judge_by_rules(CALLS["race"], PROCESS, (rule,), 0)
    (unseen,) = judge_by_rules(CALLS["race-without-copy"], PROCESS, (rule,), 0)
    assert (finding.confidence, unseen.confidence) == (Confidence.MEDIUM, Confidence.LOW)


def test_honest_calls_give_no_finding() -> None:
    call = judged(ladder())
    assert judge_by_rules(call, PROCESS, RULES, 0) == ()


@given(st.sets(st.integers(0, 4), min_size=1))
def test_a_lost_half_gives_no_finding_of_an_honest_call(gone: set[int]) -> None:
    snapshots = lose(ladder(), gone)
    if snapshots:
        assert judge_by_rules(judged(snapshots), PROCESS, RULES, 0) == ()


def test_the_tools_own_call_gives_no_finding() -> None:
    own = msgspec.structs.replace(CALLS["race"], own=True)
    assert judge_by_rules(own, PROCESS, RULES, 0) == ()


def test_a_disabled_rule_finds_nothing() -> None:
    rule = msgspec.structs.replace(race_rule(), enabled=False)
    assert judge_by_rules(CALLS["race"], PROCESS, (rule,), 0) == ()


def test_several_rules_give_a_finding_each_the_most_severe_first() -> None:
    more = [
        msgspec.structs.replace(race_rule(), id="zz", priority=Severity.ALERT),
        msgspec.structs.replace(race_rule(), id="aa", priority=Severity.DEBUG),
    ]
    findings = judge_by_rules(CALLS["race"], PROCESS, (*more, *RULES), 0)
    assert [finding.rule for finding in findings] == ["zz", "nodemask-race", "aa"]


def test_the_time_is_the_calls_end_on_the_wall_clock() -> None:
    assert found(CALLS["race"]).time_unix_ns == CALLS["race"].ended_ns + OFFSET_NS


def test_the_message_says_who_and_what() -> None:
    assert found(CALLS["race"]).message == (
        "migrate_pages by racer (pid 100, uid 1000): old_nodes was 2 when observers looked at "
        "entry; the kernel copied and used 1: observer deceived at entry"
    )


def test_a_match_may_ask_for_the_copy() -> None:
    text = (
        "rule: T\nid: t\ndesc: D\npriority: info\nstatus: test\n"
        'match: {copy_observed: false}\noutput: "{syscall} {{{window}}} {error} {executable}"\n'
    )
    rule = parse_rule(text, "t")
    assert isinstance(rule, Rule)
    assert judge_by_rules(CALLS["race"], PROCESS, (rule,), 0) == ()
    (finding,) = judge_by_rules(CALLS["race-without-copy"], GONE, (rule,), 0)
    assert finding.message == "migrate_pages {entry->use} none unknown"


def race_rule() -> Rule:
    """Give the shipped rule for races."""
    return next(rule for rule in RULES if rule.id == "nodemask-race")
