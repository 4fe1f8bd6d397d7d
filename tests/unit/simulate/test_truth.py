from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from detector.simulate.host import Host
from detector.simulate.scenarios.parked import PARKED
from detector.simulate.scenarios.storm import CALLS
from detector.simulate.table import SCENARIOS
from detector.simulate.truth import PRECEDENCE, CallTruth, Kind, MaskTruth, TextTruth, Truth
from detector.syscalls.table import SYSCALLS

if TYPE_CHECKING:
    from detector.simulate.scenario import Scenario

TIMES = 23
CALLS_OF_23 = {
    "errors": 6 * TIMES,
    "beyond-maxnode": 2 * TIMES,
    "parked": PARKED + TIMES,
    "storm": CALLS * TIMES,
}

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)


def kind_by_definition(mask: MaskTruth) -> Kind:
    """Judge a mask from what is there at each stage, by the definitions of the kinds."""
    copied, readable = isinstance(mask.copy, tuple), isinstance(mask.entry, tuple)
    if mask.copy == "unreadable":
        return "race" if readable else "none"
    if not copied:
        return "none"
    if mask.entry == mask.exit != mask.copy and readable:
        return "restore"
    if not readable:
        return "blind"
    if mask.entry != mask.copy or mask.supervise not in (None, mask.copy):
        return "race"
    return "late" if mask.exit != mask.copy else "none"


def kind_of_text(text: TextTruth) -> Kind:
    """Judge a text likewise."""
    if text.use is None:
        return "none"
    if text.entry is None:
        return "blind"
    if text.entry != text.use:
        return "restore" if text.entry == text.exit else "race"
    return "none" if text.exit in {None, text.use} else "late"


HONEST_POLICIES = ("clean", "einval")


def masks_of(calls: tuple[CallTruth, ...]) -> list[MaskTruth]:
    return [mask for one in calls for mask in one.masks.values()]


@every_scenario
def test_truth_survives_json(scenario: Scenario, host: Host) -> None:
    truth = scenario.truth(TIMES, host)
    assert msgspec.json.decode(msgspec.json.encode(truth), type=Truth) == truth


@every_scenario
def test_truth_counts_its_calls(scenario: Scenario, host: Host) -> None:
    truth = scenario.truth(TIMES, host)
    assert truth.call_count == len(truth.calls) == CALLS_OF_23.get(scenario.name, TIMES)
    assert {one.repetition for one in truth.calls} == set(range(TIMES))


@every_scenario
def test_kind_of_a_mask_follows_from_what_is_there(scenario: Scenario, host: Host) -> None:
    for mask in masks_of(scenario.truth(TIMES, host).calls):
        if mask.kind == "any":
            assert len(mask.written) == 2
        else:
            assert mask.kind == kind_by_definition(mask)
            assert (mask.window is None) == (mask.kind == "none")


@every_scenario
def test_kind_of_a_call_is_the_strongest_of_its_masks(scenario: Scenario, host: Host) -> None:
    order = (*PRECEDENCE, "any", "none")
    for one in scenario.truth(TIMES, host).calls:
        taken = (one.masks | one.texts).values()
        assert one.kind == min((argument.kind for argument in taken), key=order.index)


@every_scenario
def test_kind_of_a_text_follows_from_what_is_there(scenario: Scenario, host: Host) -> None:
    for one in scenario.truth(TIMES, host).calls:
        if one.syscall == "move_pages" or scenario.name == "openat-untouched":
            continue  # where its pages lie is another place each time; denied, and honest
        for text in one.texts.values():
            assert text.kind == kind_of_text(text)
            assert (text.window is None) == (text.kind == "none")


@every_scenario
def test_use_is_the_copy_narrowed_to_existing_nodes(scenario: Scenario, host: Host) -> None:
    narrowed = {call.name: [a.name for a in call.arguments if a.narrowed] for call in SYSCALLS}
    for one in scenario.truth(TIMES, host).calls:
        for name, mask in one.masks.items():
            if name not in narrowed[one.syscall]:
                assert mask.use in (None, mask.copy)
            elif mask.use is not None:
                assert isinstance(mask.use, tuple)
                assert isinstance(mask.copy, tuple)
                assert set(mask.use) <= set(mask.copy) & set(host.nodes)


@every_scenario
def test_nothing_can_move(scenario: Scenario, host: Host) -> None:
    for one in scenario.truth(TIMES, host).calls:
        if one.syscall != "migrate_pages":
            continue
        mask = one.masks["old_nodes"]
        for seen in (mask.supervise, mask.entry, mask.copy, mask.use, mask.exit, *mask.written):
            if isinstance(seen, tuple):
                assert not set(seen) & set(host.nodes)


@pytest.mark.parametrize(
    "name",
    [
        "clean",
        "clean-cpuset",
        "errors",
        "beyond-maxnode",
        "seccomp-clean",
        "ptrace-clean",
        *(f"{call}-{end}" for call in ("mbind", "mempolicy") for end in HONEST_POLICIES),
    ],
)
def test_an_honest_scenario_expects_no_finding(name: str, host: Host) -> None:
    calls = SCENARIOS[name].truth(TIMES, host).calls
    assert {(one.kind, one.severity) for one in calls} == {("none", None)}


@pytest.mark.parametrize(
    ("name", "kinds", "severity"),
    [
        ("flip-old", ("race", "none"), "err"),
        ("flip-new", ("none", "race"), "err"),
        ("flip-both", ("race", "race"), "err"),
        ("restore", ("restore", "none"), "err"),
        ("flip-late", ("late", "none"), "notice"),
        ("blind-old", ("blind", "none"), "warning"),
        ("blind-new", ("none", "blind"), "warning"),
        ("withdrawn", ("race", "none"), "err"),
        ("other-process", ("race", "race"), "err"),
        ("compat", ("race", "race"), "err"),
        ("fail-after-copy", ("race", "none"), "err"),
        ("supervised-seccomp", ("race", "none"), "err"),
        ("supervised-ptrace", ("race", "none"), "err"),
        ("mbind-flip", ("race",), "err"),
        ("mbind-blind", ("blind",), "warning"),
        ("mbind-gone", ("race",), "err"),
        ("mbind-refused", ("race",), "err"),
        ("mempolicy-flip", ("race",), "err"),
        ("mempolicy-blind", ("blind",), "warning"),
        ("mempolicy-gone", ("race",), "err"),
        ("mempolicy-refused", ("race",), "err"),
    ],
)
def test_a_raced_scenario_expects_its_kinds(
    name: str, kinds: tuple[Kind, ...], severity: str, host: Host
) -> None:
    for one in SCENARIOS[name].truth(TIMES, host).calls:
        assert tuple(mask.kind for mask in one.masks.values()) == kinds
        assert one.severity == severity


def test_a_restore_is_first_second_first(host: Host) -> None:
    mask = SCENARIOS["restore"].truth(1, host).calls[0].masks["old_nodes"]
    assert (mask.entry, mask.copy, mask.use, mask.exit) == ((40,), (51,), (51,), (40,))


def test_a_call_refused_after_the_copy_has_no_use(host: Host) -> None:
    one = SCENARIOS["fail-after-copy"].truth(1, host).calls[0]
    assert (one.error, one.masks["old_nodes"].use, one.masks["new_nodes"].use) == (
        "ESRCH",
        None,
        None,
    )


def test_clean_cpuset_is_narrowed_where_there_are_two_nodes() -> None:
    mask = SCENARIOS["clean-cpuset"].truth(1, Host((0, 1))).calls[0].masks["new_nodes"]
    assert (mask.copy, mask.use) == ((0, 1), (0,))


def test_parked_calls_can_be_told_apart(host: Host) -> None:
    calls = SCENARIOS["parked"].truth(1, host).calls
    assert len({one.masks["old_nodes"].copy for one in calls}) == PARKED + 1


def test_repetitions_next_to_each_other_have_other_masks(host: Host) -> None:
    entries = [
        one.masks["old_nodes"].entry for one in SCENARIOS["flip-old"].truth(TIMES, host).calls
    ]
    assert len(set(entries)) == 11
