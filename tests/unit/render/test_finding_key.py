"""Fingerprints: the same in another run of the same program on the same defect."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given

from detector.model.finding import Finding
from detector.render.finding_key import fingerprint, key_of
from tests.unit.builders import Mask, content, ladder, make_task
from tests.unit.hostile import hostile_findings
from tests.unit.samples import PROCESS, findings, found, judged

ROOT = "/work/project"
FOUND = findings()


def told(finding: Finding, root: str = ROOT) -> str:
    return fingerprint(key_of(finding, root))


def race(*nodes: int, **changes: Any) -> Finding:
    old = Mask(content(nodes[0]), copy=content(nodes[1]), exit=content(nodes[1]))
    return found(judged(ladder(masks={"old_nodes": old}, **changes)))


def test_pids_addresses_times_and_nodes_do_not_matter() -> None:
    task = make_task(0xFFFF888000002000, tgid=7, tid=8, start_ns=9, uid=0, cgroup=1, comm="other")
    other = race(3, 5, number=99, began_ns=10**15, task=task, args=(4, 129, 1, 2, 0, 0))
    assert told(other) == told(race(2, 1))


def test_rules_kinds_arguments_and_programs_do() -> None:
    names = ("race", "race-both", "tamper", "restore", "late", "blind")
    assert len({told(FOUND[name]) for name in names}) == len(names)
    other = msgspec.structs.replace(PROCESS, executable="/usr/bin/other")
    assert told(msgspec.structs.replace(FOUND["race"], process=other)) != told(FOUND["race"])


def test_the_place_of_the_checkout_does_not() -> None:
    here, there = (
        msgspec.structs.replace(
            FOUND["race"],
            process=msgspec.structs.replace(PROCESS, executable=f"{root}/build/racer"),
        )
        for root in ("/work/project", "/home/runner/work/project")
    )
    assert told(here) == told(there, "/home/runner/work/project")


@given(hostile_findings())
def test_a_hostile_finding_has_one_too(finding: Finding) -> None:
    assert len(told(finding)) == 32
    assert key_of(finding, ROOT).program.encode()


def test_a_fingerprint_is_a_promise() -> None:
    """A change here makes every baseline stale: raise the version in SARIF's key with it."""
    assert told(FOUND["race"]) == "efd609834fab1e5b2612b429d92ebb13"
